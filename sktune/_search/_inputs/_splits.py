"""The folds of a search, drawn once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.model_selection import check_cv

Split = tuple[NDArray[np.intp], NDArray[np.intp]]


def draw_splits(
    cv: Any, estimator: Any, X: Any, y: Any, params: Mapping[str, Any]
) -> Sequence[Split]:
    """Folds, so that every candidate meets the same, also from an unseeded splitter.

    Raises
    ------
    ValueError
        If there are none, or not as many as the splitter says.
    """
    splitter = check_cv(cv, y, classifier=is_classifier(estimator))
    n_splits = splitter.get_n_splits(X, y, **params)
    splits = list(splitter.split(X, y, **params))
    if not splits:
        raise ValueError(
            "No fits were performed. Was the CV iterator empty? Were there no candidates?"
        )
    if len(splits) != n_splits:
        raise ValueError(
            "cv.split and cv.get_n_splits return inconsistent results. Expected "
            f"{n_splits} splits, got {len(splits)}"
        )
    return splits


def rows_ratio(splits: Sequence[Split]) -> float:
    """Test rows for each training row, the mean over the folds.

    A fold without training rows, on which no fit succeeds, counts as one with one of them.
    """
    return float(np.mean([_n_rows(test) / max(_n_rows(train), 1) for train, test in splits]))


def _n_rows(part: Any) -> int:
    """Rows that one part of a fold selects, by index or by mask."""
    part = np.asarray(part)
    return int(part.sum()) if part.dtype == bool else part.size
