"""Say what to do with data that cannot be cut into folds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from scipy.sparse import issparse

_SEVERAL = (
    "For several inputs give one frame or array, whose rows are the samples, and "
    "inputs={'name of an input layer': columns}, so that folds can be cut."
)


def check_container(X: Any, y: Any = None) -> None:
    """Raise TypeError or ValueError if X is no array of samples, but what Keras would also take."""
    streams = (tf.data.Dataset, keras.utils.PyDataset, Iterator)
    if isinstance(X, streams):
        raise TypeError(
            f"X must be an array of samples. Got {type(X).__name__}, of which no folds can be cut: "
            "give arrays, as of np.concatenate(list(batches)). Pictures that do not fit into "
            "memory come from ImageReader."
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
