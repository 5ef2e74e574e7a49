"""``Evaluation``: what is needed to evaluate a setting as a search did."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import check_cv

from .._records._fold_scores import k_fold_ratio, rows_ratio


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a search evaluates a setting.

    Attributes
    ----------
    estimator : estimator
        The tuned estimator, with its own values.
    scorer : callable or None
        For the metric of the record; None if the search has none.
    cv : object
        The cross-validation splitter, or the value of `cv`, of the search.
    test_ratio : float
        Test rows for each training row, the mean over the folds.
    """

    estimator: Any
    scorer: Any
    cv: Any
    test_ratio: float


def evaluation_of(search: Any, metric: str) -> Evaluation:
    """How a fitted search has evaluated its settings by a metric."""
    scorer = getattr(search, "scorer_", None)
    if isinstance(scorer, Mapping):
        scorer = scorer.get(metric)
    cv = getattr(search, "cv_", search.cv)
    return Evaluation(search.estimator, scorer, cv, ratio_of_rows(cv, search.n_splits_))


def ratio_of_rows(cv: Any, n_splits: int) -> float:
    """Test rows for each training row, from the folds that the splitter gives on dummy data."""
    usual = k_fold_ratio(n_splits)
    if not hasattr(cv, "split") and not isinstance(cv, list | tuple):
        return usual
    rows = np.arange(20 * n_splits)
    with warnings.catch_warnings():
        # Most splitters ignore groups, and warn of it.
        warnings.simplefilter("ignore")
        try:
            # A copy: a splitter may hold a generator of random numbers.
            return rows_ratio(list(deepcopy(check_cv(cv)).split(rows[:, None], rows % 2, rows)))
        except Exception:  # code of others, which may only work on its own data
            return usual
