"""himalaya's GroupRidgeCV: a random search of group weights that ends after so many CPU seconds.

It takes one matrix with the columns of all parts, tries each draw of weights with all of its
alphas, and splits that matrix for the folds: steps of the parts see all rows to search, not those
of a fold alone. Its best setting is scored as that of the others, by the pipeline.
"""

import time
import warnings

import numpy as np
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

N_ALPHAS = 20
N_FIRST = 10


def search_group_ridge(seconds, estimator, X, y, seed, cv, **options):
    """The best setting, its mean score, and the number of draws that were tried in time."""
    from himalaya.ridge import GroupRidgeCV

    end = time.process_time() + seconds
    parts = clone(estimator.named_steps["parts"]).fit(X, y)
    columns = parts.transform(X)
    columns = columns.toarray() if issparse(columns) else np.asarray(columns, dtype=np.float64)
    names = [name for name, *_ in parts.transformers_ if name != "remainder"]
    groups = np.empty(columns.shape[1], dtype=int)
    for k, name in enumerate(names):
        groups[parts.output_indices_[name]] = k

    def search(n_draws):
        given = {
            "n_iter": n_draws,
            "alphas": np.logspace(-3, 5, N_ALPHAS),
            "progress_bar": False,
            "warn": False,
        }
        model = GroupRidgeCV(
            groups=groups, solver_params=given, fit_intercept=True, cv=cv, random_state=seed
        )
        start = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(columns, y)
        return model, time.process_time() - start

    model, taken = search(N_FIRST)
    n_draws = max(N_FIRST, int((end - time.process_time()) / taken * N_FIRST))
    model, _ = search(n_draws)
    # Columns times w, and a penalty alpha, are a penalty alpha / w**2; himalaya's is exp(-delta).
    weights = np.exp(model.deltas_ / 2)
    params = {
        "model__alpha": 1.0,
        "parts__transformer_weights": dict(zip(names, weights.tolist(), strict=True)),
    }
    best = clone(estimator).set_params(**params)
    return params, float(cross_val_score(best, X, y, cv=cv, **options).mean()), n_draws
