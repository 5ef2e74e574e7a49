"""Settings evaluated after the search, on the folds that it used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.model_selection import check_cv, cross_val_score
from sklearn.utils import check_consistent_length

from .._record import SearchRecord

Floats = NDArray[np.float64]
Split = tuple[NDArray[np.intp], NDArray[np.intp]]


def folds_again(record: SearchRecord, X: Any, y: Any) -> list[Split]:
    """Draw the folds of a search again.

    Raises
    ------
    ValueError
        If two draws differ, so that neither need be that of the search, if the number of folds
        differs from that of the search, or if the folds have rows that the data do not have.
    """
    if record.resources is not None:
        raise ValueError(
            "A search with rungs trains settings otherwise than one fit does, or draws new samples "
            "for every rung: its folds cannot be drawn again. Include the setting in the search."
        )
    check_consistent_length(X, y)
    cv = record.evaluation.cv
    splitter = check_cv(cv, y, classifier=is_classifier(record.evaluation.estimator))
    first, second = (list(splitter.split(X, y)) for _ in range(2))
    n_splits = record.split_scores.shape[1]
    is_same = len(first) == len(second) == n_splits and all(
        np.array_equal(a, b)
        for one, other in zip(first, second, strict=True)
        for a, b in zip(one, other, strict=True)
    )
    if not is_same:
        raise ValueError(
            f"The {n_splits} folds of the search cannot be drawn again from cv={cv!r}, and scores "
            "on other folds cannot be paired with its own. Give the splitter an integer "
            "random_state, or include the setting in the search."
        )
    n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
    if any(_n_needed(part) > n_rows for split in first for part in split):
        raise ValueError(
            f"The folds of the search have rows beyond the {n_rows} rows of X: pass the data that "
            "the search was fitted to."
        )
    return first


def _n_needed(part: Any) -> int:
    """Rows that data must have for a part of a fold: a mask, or numbers of rows."""
    part = np.asarray(part)
    return len(part) if part.dtype == bool else int(part.max(initial=-1)) + 1


def evaluate(
    record: SearchRecord, params: Mapping[str, Any], X: Any, y: Any, folds: Sequence[Split]
) -> Floats:
    """Scores of a setting on these folds, shape (n_splits,), by the metric of the record.

    Raises
    ------
    ValueError
        If one of the fits fails, or a score is not finite.
    """
    estimator = clone(record.evaluation.estimator)
    estimator.set_params(**clone(dict(params), safe=False))
    scores = cross_val_score(
        estimator, X, y, scoring=record.evaluation.scorer, cv=folds, error_score="raise"
    )
    if not np.isfinite(scores).all():
        raise ValueError(f"The setting {dict(params)!r} has no finite score on every fold.")
    return np.asarray(scores, dtype=float)
