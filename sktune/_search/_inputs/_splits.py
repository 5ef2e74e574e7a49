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
