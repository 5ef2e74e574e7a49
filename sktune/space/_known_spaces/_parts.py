"""An estimator and those inside it, and what is known about the data that each of them sees."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy.sparse import issparse

from .._owners import CONTAINERS, class_path, is_search, params_of
from ._data import Data

# Steps after which the sum of the variances is what it was, or nearly so.
_KEEP_VARIANCE = tuple(
    f"sklearn.{name}"
    for name in (
        "decomposition.PCA",
        "decomposition.TruncatedSVD",
        "feature_selection.SelectKBest",
        "feature_selection.SelectPercentile",
        "feature_selection.VarianceThreshold",
        "impute.KNNImputer",
        "impute.SimpleImputer",
    )
)

# Rows from which the variances of the features are taken.
_MAX_ROWS = 10_000

# Whose regressor sees another target than the one that is given.
_SCALES_TARGET = "sklearn.compose.TransformedTargetRegressor"


def parts(
    estimator: Any, data: Data | None = None, prefix: str = ""
) -> Iterator[tuple[str, Any, Data]]:
    """Yield the estimator and those inside it, with their names in ``set_params`` and data."""
    data = data or Data()
    yield prefix, estimator, data
    if not class_path(estimator).startswith(CONTAINERS) or is_search(estimator):
        return
    own = params_of(estimator)
    if class_path(estimator) == _SCALES_TARGET and _is_scaled(own):
        data = data._replace(spread=None)
    for name, value in own.items():
        if "__" not in name and _is_estimator(value):
            yield from parts(value, data, f"{prefix}__{name}" if prefix else name)
            if not class_path(value).startswith(_KEEP_VARIANCE):
                data = data._replace(variance=None)


def _is_scaled(own: Mapping[str, Any]) -> bool:
    """Whether a TransformedTargetRegressor changes the target."""
    return any(own.get(name) is not None for name in ("transformer", "func"))


def holds_parts(estimator: Any) -> bool:
    """Whether an estimator holds others, as a Pipeline does."""
    return len(list(parts(estimator))) > 1 and not is_search(estimator)


def describe(X: Any, y: Any) -> Data:
    """Read the properties of the data that the spaces use."""
    shape = getattr(X, "shape", None)
    if shape is None and isinstance(X, list | tuple):
        is_table = bool(X) and isinstance(X[0], list | tuple)
        shape = (len(X), len(X[0])) if is_table else (len(X),)
    n_rows = int(shape[0]) if shape else None
    n_features = int(shape[1]) if shape and len(shape) == 2 else None
    return Data(n_rows, n_features, _spread(y), _balance(y), _variance(X))


def _variance(X: Any) -> float | None:
    """Sum of the variances of a table of numbers, of some of its rows if there are many."""
    if len(getattr(X, "shape", ())) != 2 or not X.shape[0]:
        return None
    try:
        if issparse(X):
            found = np.sum(X.multiply(X).mean(axis=0) - np.square(X.mean(axis=0)))
        else:
            step = max(1, X.shape[0] // _MAX_ROWS)
            rows = np.asarray(X.iloc[::step] if hasattr(X, "iloc") else X[::step], dtype=float)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # columns without a number
                found = np.nansum(np.nanvar(rows, axis=0))
    except (TypeError, ValueError):  # texts
        return None
    return float(found) if np.isfinite(found) and found > 0 else None


def _spread(y: Any) -> float | None:
    """Standard deviation of a numeric target; None without one."""
    if y is None:
        return None
    try:
        spread = float(np.std(np.asarray(y, dtype=float)))
    except (TypeError, ValueError):  # labels
        return None
    return spread if np.isfinite(spread) and spread > 0 else None


def _balance(y: Any) -> float | None:
    """Smallest class among it and the largest; None without a target of one column."""
    try:
        labels = np.asarray(y)
        if labels.ndim != 1 or not len(labels):
            return None
        _, counts = np.unique(labels, return_counts=True)
    except (TypeError, ValueError):  # labels without an order, or rows of several lengths
        return None
    return float(counts.min() / (counts.min() + counts.max()))


def _is_estimator(value: Any) -> bool:
    return hasattr(value, "get_params") and hasattr(value, "fit") and not isinstance(value, type)
