"""Draw the folds of a search, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.model_selection import check_cv

Split = tuple[NDArray[np.intp], NDArray[np.intp]]


class DrawnFolds:
    """A splitter that gives folds which were drawn before.

    Parameters
    ----------
    splits : sequence of (train, test)
        Rows of the folds.
    """

    def __init__(self, splits: Sequence[Split]) -> None:
        self.splits = list(splits)

    def split(self, X: Any = None, y: Any = None, groups: Any = None) -> Iterator[Split]:
        """The folds, whatever the data."""
        return iter(self.splits)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of the folds."""
        return len(self.splits)


def draw_splits(
    cv: Any, estimator: Any, X: Any, y: Any, params: Mapping[str, Any]
) -> tuple[Any, Sequence[Split]]:
    """Draw the folds; return a splitter that gives them again, and the folds.

    They are drawn once, so that every candidate gets the same, also from an unseeded splitter.

    Raises
    ------
    ValueError
        If there are no folds, or not as many as the splitter says.
    """
    splitter = check_cv(cv, y, classifier=is_classifier(estimator))
    again = copy(splitter)
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
    is_repeatable = hasattr(cv, "split") or cv is None or isinstance(cv, Integral)
    is_seeded = isinstance(getattr(splitter, "random_state", 0), Integral)
    is_seeded = is_seeded or not getattr(splitter, "shuffle", True)
    if is_repeatable and is_seeded and not params:
        return again, splits
    return DrawnFolds(splits), splits


def places(part: Any, n_rows: int) -> NDArray[np.intp]:
    """Rows of one part of a fold, which may be a mask, by their numbers."""
    part = np.asarray(part)
    return np.arange(n_rows)[part] if part.size else np.arange(0)


def are_in_time(splits: Sequence[Split], n_rows: int) -> bool:
    """Whether every test part comes after all of its training part."""
    pairs = [(places(train, n_rows), places(test, n_rows)) for train, test in splits]
    return all(len(a) > 0 and len(b) > 0 and a.max() < b.min() for a, b in pairs)
