"""Read data for the network: arrays whole, pictures on disk and sparse rows by batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .._images._array import ImageArray
from ._several_inputs import SeveralInputs
from ._sparse_rows import SparseRows

# Types that become an array only when they are read.
_LAZY = (ImageArray, SparseRows)

# Samples and their target, and their weights if there are any.
Data = tuple[Any, ...]

# Bytes of pictures that are read at once. With TensorFlow's copy and a batch of floats they stay
# small beside TensorFlow itself, and the overhead of a call for so many is negligible.
_PART_BYTES = 2**25


def rescale_of(X: Any) -> float:
    """Return the factor by which the network should multiply X; 1 for arrays."""
    return (X.rescale or 1.0) if isinstance(X, ImageArray) else 1.0


def hold(data: Data) -> Data:
    """Return data to be read in every epoch: as tensors, except for lazy ones."""
    if isinstance(data[0], _LAZY):
        return data
    return tuple(tf.constant(array) for array in data)


def parts(data: Data, rows: tf.Tensor, batch_size: int) -> Iterator[tuple[tf.Tensor, Data]]:
    """Yield the data of an epoch, and the order of their rows, some whole batches at a time."""
    if not isinstance(data[0], _LAZY):
        yield rows, data
        return
    order = rows.numpy()
    n_batches = max(1, _PART_BYTES // max(1, data[0][:batch_size].nbytes))
    for start in range(0, len(order), n_batches * batch_size):
        chosen = order[start : start + n_batches * batch_size]
        yield tf.range(len(chosen)), tuple(tf.constant(read(array, chosen)) for array in data)


def read(array: Any, rows: Any = slice(None)) -> Any:
    """Return some rows, in memory; for several inputs as a structure of tensors."""
    if isinstance(array, SeveralInputs):
        return keras.tree.map_structure(tf.constant, array[rows].arrays)
    return np.asarray(array[rows])


def batches(data: Data, rows: tf.data.Dataset) -> tf.data.Dataset:
    """Return a pipeline that reads the data of each batch of row numbers."""
    sources = [_source(array) for array in data]
    return rows.map(lambda chosen: tuple(source(chosen) for source in sources)).prefetch(2)


def _source(array: Any) -> Callable[[tf.Tensor], Any]:
    """Return a function that reads rows inside a pipeline."""
    if isinstance(array, SeveralInputs):
        sources = keras.tree.map_structure(_source, array.arrays)
        return lambda rows: keras.tree.map_structure(lambda source: source(rows), sources)
    if not isinstance(array, _LAZY):
        tensor = tf.constant(array)
        return lambda rows: tf.gather(tensor, rows)

    def read_lazily(rows: tf.Tensor) -> tf.Tensor:
        part = tf.numpy_function(lambda chosen: read(array, chosen), [rows], array.dtype)
        return tf.ensure_shape(part, (None, *array.shape[1:]))

    return read_lazily


def first_rows(data: Sequence[Any], n_rows: int) -> Data:
    """Return the first rows of each array, in memory."""
    return tuple(read(array, slice(n_rows)) for array in data)
