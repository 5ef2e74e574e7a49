"""Choose the winner of a search; ``best_by_model`` is one rule for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..._engine import History
from ..._sklearn_compat import BaseSearchCV
from ...optimizers import BaseOptimizer
from ._partial import complete_only
from ._rungs import may_win, winner_of


def best_by_model(cv_results: Mapping[str, Any]) -> int:
    """Choose the setting with the highest expected score, for ``refit=best_by_model``.

    The highest of many mean scores is too high: of settings that are equally good, the one that
    happens to suit the folds wins. A model that knows how noisy the folds are and what the
    neighbours of a setting achieve is less easily fooled. A search without a model uses the mean
    scores.

    Parameters
    ----------
    cv_results : dict of str to array of length n_candidates
        What a search of this package gives a callable `refit`: the complete rows of
        ``cv_results_``, with the score that the model expects of each in ``mean_model_score``
        and its standard deviation in ``std_model_score``.

    Returns
    -------
    int
        Index of the best setting.

    Raises
    ------
    ValueError
        If no complete setting has a finite score. ``cv_results_`` of the search is set all the
        same.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import BayesSearchCV, best_by_model
    >>> search = BayesSearchCV(
    ...     SVC(), {"gamma": loguniform(1e-4, 1e1)}, refit=best_by_model, random_state=0
    ... ).fit(*load_iris(return_X_y=True))
    >>> search.best_index_ in range(10)
    True
    """
    expected = np.asarray(cv_results["mean_model_score"], dtype=float)
    is_known = np.isfinite(expected)
    if not is_known.any():
        raise ValueError(
            f"best_by_model needs a setting with a finite score, and none of the {len(expected)} "
            "complete ones has one: see cv_results_ of the search, and the warnings about what "
            "failed."
        )
    return int(np.argmax(np.where(is_known, expected, -np.inf)))


def best_index(
    search: BaseSearchCV,
    results: Mapping[str, Any],
    metric: Any,
    history: History,
    optimizer: BaseOptimizer,
) -> int:
    """Index of the winner in the table.

    As in scikit-learn, the winner has rank 1 in the metric of `refit`, or a callable `refit`
    chooses it. The callable is given the complete candidates only, with the scores that a model
    expects of them.
    """
    refit = search.refit
    if callable(refit):
        able = may_win(history, winner_of(search))
        refit = complete_only(refit, history, model_columns(optimizer, history), able)
    index: int = search._select_best_index(refit, metric, results)
    return index


def model_columns(optimizer: BaseOptimizer, history: History) -> dict[str, Any]:
    """Scores that the optimiser expects of all candidates, as columns for a callable `refit`."""
    mean, std = optimizer.expected_scores(history.candidates)
    return {"mean_model_score": mean, "std_model_score": std}
