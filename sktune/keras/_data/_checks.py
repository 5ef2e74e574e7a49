"""Checks of samples and their weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from numbers import Integral, Real
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.utils import check_array, check_consistent_length

_SEVERAL = (
    "For several inputs give one frame or array, whose rows are the samples, and "
    "inputs={'name of an input layer': columns}, so that they can be split into folds."
)


def check_container(X: Any, y: Any = None) -> None:
    """Raise TypeError or ValueError if X is not an array of samples, but only valid for Keras."""
    streams = (tf.data.Dataset, keras.utils.PyDataset, Iterator)
    if isinstance(X, streams):
        raise TypeError(
            f"X must be an array of samples. Got {type(X).__name__}, which cannot be split into "
            "folds: give arrays, such as np.concatenate(list(batches)). Pictures that do not fit "
            "into memory can be read by ImageReader."
        )
    if isinstance(X, Mapping) and not issparse(X):  # SciPy's DOK matrices are mappings too
        raise ValueError(f"X must be an array of samples. Got a mapping. {_SEVERAL}")
    if isinstance(X, list | tuple) and X and all(hasattr(part, "shape") for part in X):
        shapes = [tuple(part.shape) for part in X]
        n_samples = None if y is None or np.ndim(y) == 0 else len(y)
        is_split = all(shape and shape[0] == n_samples != len(X) for shape in shapes)
        if len(set(shapes)) > 1 or is_split:
            raise ValueError(
                f"X must be an array of samples. Got {len(X)} arrays of the shapes "
                f"{', '.join(map(str, shapes))}. {_SEVERAL}"
            )


def check_weight(sample_weight: ArrayLike | None, X: np.ndarray) -> np.ndarray | None:
    """Return the weights as an array of shape (n_samples,), or None."""
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Real):
        sample_weight = np.full(len(X), sample_weight)
    weight = check_array(
        sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight"
    )
    if weight.ndim != 1:
        raise ValueError(f"Sample weights must be 1D, got an array of shape {weight.shape}.")
    check_consistent_length(X, weight)
    if (weight < 0).any():
        raise ValueError(f"Sample weights must not be negative, got {weight.min()!r}.")
    if not weight.any():
        raise ValueError("Sample weights are all zero: at least one must be positive.")
    return weight


def check_epochs_to_come(n_more: Any, early_stopping: bool, validation_split: float) -> None:
    """Check what decides how long a network is trained; `n_more` is None in ``fit``."""
    if n_more is not None and (not isinstance(n_more, Integral) or n_more < 1):
        raise ValueError(f"epochs must be an int of at least 1. Got {n_more!r} instead.")
    if n_more is not None and early_stopping:
        raise ValueError("partial_fit does not support early_stopping=True.")
    if early_stopping and validation_split:
        raise ValueError(
            "early_stopping=True holds back validation_fraction of the samples: "
            f"validation_split must be 0. Got {validation_split!r} instead."
        )
