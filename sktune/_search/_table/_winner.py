"""Where the winner of a search is chosen, and ``best_by_model``, a rule for it."""

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
    """Choose the setting that the model expects most of: for ``refit=best_by_model``.

    The highest of many mean scores is too high: of settings that are equally good, the one that
    suits the folds wins. A model that knows how noisy the folds are and what the neighbours of a
    setting achieve is less easily fooled. A search without a model uses the mean scores.

    Parameters
    ----------
    cv_results : dict of str to array of length n_candidates
        What a search of this package gives a callable `refit`: the complete rows of
        ``cv_results_``, and with them what the model expects of each, in ``mean_model_score``
        and ``std_model_score``.

    Returns
    -------
    int
        Place of the best setting.

    Raises
    ------
    ValueError
        If no complete setting has a finite score. ``cv_results_`` of the search is there all the
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
    """Place of the winner in the table.

    It is the one that scikit-learn takes: of rank 1 by the metric of `refit`, or what a callable
    `refit` says, which is shown the complete candidates only, with what a model expects of them.
    """
    refit = search.refit
    if callable(refit):
        able = may_win(history, winner_of(search))
        refit = complete_only(refit, history, model_columns(optimizer, history), able)
    index: int = search._select_best_index(refit, metric, results)
    return index


def model_columns(optimizer: BaseOptimizer, history: History) -> dict[str, Any]:
    """What the optimiser expects of all candidates, in columns for a callable `refit`."""
    mean, std = optimizer.expected_scores(history.candidates)
    return {"mean_model_score": mean, "std_model_score": std}
