"""Two, eight and thirty weights on the same columns: fold loss and held-out loss along the path.

    python benchmarks/gradient/many_weights.py 0 1 2

Breast cancer with 200 shuffled columns. Two: measures, shuffled; eight: means, errors, worst and
five blocks of shuffled columns; thirty: the ten features and twenty blocks. Shown are all calls of
the path, those to within 0.1 % of its end, and after 5, 12 and 20 calls the loss of the folds and
that of the best setting on the other half of the rows.
"""

import os

# Before NumPy is loaded: more threads than one would only spin at these sizes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import sys
import warnings

import numpy as np
from problems import read_problem
from run import held_out, problem
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from sktune import GradientSearchCV

N_SHUFFLED = 200
N_FEATURES = 10
AFTER = 5, 12, 20


def groups(measures, shuffled):
    """Columns of the parts, by the number of weights."""
    kinds = [measures[start : start + N_FEATURES] for start in (0, 10, 20)]
    features = [measures[start::N_FEATURES] for start in range(N_FEATURES)]
    return {
        2: [measures, shuffled],
        8: [*kinds, *np.array_split(shuffled, 5)],
        30: [*features, *np.array_split(shuffled, 20)],
    }


def search_with(columns, estimator, space, data, common):
    parts = [(f"part {k}", StandardScaler(), list(map(str, c))) for k, c in enumerate(columns)]
    estimator = clone(estimator).set_params(parts=ColumnTransformer(parts))
    options = {"n_iter": 80, "check_parts": False, "refit": False, **common}
    return GradientSearchCV(estimator, space, **options).fit(*data)


def describe(search, data, judged):
    """Calls, and losses after so many of them."""
    losses = search.cv_results_["mean_loss"]
    best = np.fmin.accumulate(losses)
    n_to_end = int(np.argmax(best <= best[-1] * 1.001)) + 1
    folds, others = [], []
    for n_calls in AFTER:
        lowest = int(np.nanargmin(losses[:n_calls]))
        params = search.cv_results_["params"][lowest]
        fitted = clone(search.estimator).set_params(**params).fit(*data)
        folds.append(f"{losses[lowest]:.3f}")
        others.append(f"{held_out(fitted, *judged):.3f}")
    return f"{len(losses)} ({n_to_end}) | {', '.join(folds)} | {', '.join(others)}"


def main(splits):
    X, y, estimator = read_problem("cancer", N_SHUFFLED)
    names = np.array(X.columns)
    print(
        "| split | weights | calls | fold loss after 5, 12, 20 | held out |\n|---|---|---|---|---|"
    )
    for split in splits:
        X_search, X_judge, y_search, y_judge = train_test_split(
            X, y, test_size=0.5, random_state=split, stratify=y
        )
        one, parts, common = problem(estimator, split)
        data, judged = (X_search, y_search), (X_judge, y_judge)
        chosen = {1: [names], **groups(names[:-N_SHUFFLED], names[-N_SHUFFLED:])}
        for n_weights, columns in chosen.items():
            space = one if n_weights == 1 else parts
            search = search_with(columns, estimator, space, data, common)
            print(f"| {split} | {n_weights} | {describe(search, data, judged)} |", flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main([int(split) for split in sys.argv[1:]])
