"""Arithmetic on the scores of cross-validation that the engine and the optimisers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def k_fold_ratio(n_splits: int) -> float:
    """Test rows for each training row in K-fold cross-validation."""
    return 1.0 / max(n_splits - 1, 1)


def rows_ratio(splits: Sequence[tuple[Any, Any]]) -> float:
    """Test rows for each training row, the mean over the folds.

    A fold without training rows, on which no fit succeeds, counts as one with a single row.
    """
    return float(np.mean([_n_rows(test) / max(_n_rows(train), 1) for train, test in splits]))


def _n_rows(part: Any) -> int:
    """Rows that one part of a fold selects, by index or by mask."""
    part = np.asarray(part)
    return int(part.sum()) if part.dtype == bool else part.size


def variance_of_mean(variance: ArrayLike, n_scores: ArrayLike, test_ratio: float) -> NDArray:
    """Variance of the mean score of some folds, as an estimate of the expected score.

    The folds' training parts overlap, so their scores are correlated, and the variance of their
    mean is not s^2 / n but s^2 (1 / n + n_test / n_train), after Nadeau and Bengio [1]_. Repeating
    the folds reduces only the first term.

    Parameters
    ----------
    variance : float or ndarray
        s^2, of the scores of single folds.
    n_scores : int or ndarray of the same shape
        Folds that were run.
    test_ratio : float
        Test rows for each training row, the mean over the folds.

    Returns
    -------
    ndarray of the same shape
        In the unit of `variance`.

    References
    ----------
    .. [1] Nadeau and Bengio, "Inference for the Generalization Error", Machine Learning 52,
       2003. https://doi.org/10.1023/A:1024068626366
    """
    return np.asarray(np.multiply(variance, np.divide(1.0, n_scores) + test_ratio))
