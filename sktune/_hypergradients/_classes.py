"""Labels as targets, and the weights of classes, as scikit-learn has them."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.class_weight import compute_class_weight

Floats = NDArray[np.float64]

# In releases where it takes them, the weights of the rows count in "balanced".
_COUNTS_ROWS = "sample_weight" in inspect.signature(compute_class_weight).parameters


def indicators(y: ArrayLike, classes: NDArray[Any], low: float) -> Floats:
    """One column of `low` and 1 for each class; of two classes, one column for the second."""
    found = np.where(np.asarray(y).reshape(-1, 1) == classes[None], 1.0, low)
    return found[:, 1:] if len(classes) == 2 else found


def class_weights(
    class_weight: Any, y: NDArray[Any], sample_weight: Floats, classes: NDArray[Any]
) -> Floats:
    """Weight of each class, shape (n_classes,)."""
    if class_weight is None:
        return np.ones(len(classes))
    rows = {"sample_weight": sample_weight} if _COUNTS_ROWS else {}
    return np.asarray(compute_class_weight(class_weight, classes=classes, y=y, **rows), float)
