"""Several inputs of one network, taken from the columns of one frame or array."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
from sklearn.utils import check_array

from sktune._sklearn_compat import safe_indexing


class SeveralInputs:
    """Arrays with the same samples in the structure that a network takes.

    Parameters
    ----------
    arrays : dict or tuple of ndarray of shape (n_samples, ...), nested or one alone
        Numbers, or strings as objects.
    """

    ndim = 2
    dtype = np.dtype(object)

    def __init__(self, arrays: Any) -> None:
        self.arrays = arrays

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_samples, n_columns)."""
        return len(self), sum(int(np.prod(array.shape[1:])) for array in self.leaves())

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of a sample by name, before the arrays are arranged."""
        return {name: array.shape[1:] for name, array in self.arrays.items()}

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(array.nbytes for array in self.leaves())

    def leaves(self) -> Iterator[np.ndarray]:
        """Yield the arrays."""
        yield from keras.tree.flatten(self.arrays)

    def __len__(self) -> int:
        return len(next(self.leaves()))

    def __getitem__(self, rows: Any) -> SeveralInputs:
        return SeveralInputs(keras.tree.map_structure(lambda array: array[rows], self.arrays))

    def arranged_for(self, model: keras.Model) -> SeveralInputs:
        """Return the arrays, named by input layers, in the structure that a built model takes.

        Raises ValueError if the names or shapes of the model's inputs differ.
        """
        if not getattr(model, "inputs", None):
            return self  # a subclass of keras.Model takes them by name
        names = [tensor.name for tensor in model.inputs]
        if sorted(names) != sorted(self.arrays):
            raise ValueError(
                f"The model has the input layers {sorted(names)}, but inputs has "
                f"{sorted(self.arrays)}: it must name each of them. Name the layers with "
                "keras.Input(..., name=...)."
            )
        arranged = keras.tree.map_structure(
            lambda tensor: _with_shape(tensor.name, self.arrays[tensor.name], tensor.shape[1:]),
            model.input,
        )
        # tf.data would stack a list into one tensor.
        return SeveralInputs(keras.tree.lists_to_tuples(arranged))


def select_inputs(X: Any, inputs: Mapping[str, Any]) -> SeveralInputs:
    """Return the columns of X, a frame or an array of shape (n_samples, n_columns), by input."""
    if not inputs or not all(isinstance(name, str) for name in inputs):
        raise ValueError(
            "The 'inputs' parameter must hold names of input layers and, for each, a column or a "
            f"list of columns. Got {inputs!r} instead."
        )
    if not hasattr(X, "shape"):
        X = np.asarray(X, dtype=object)
    if len(X.shape) != 2:
        raise ValueError(f"With inputs, X must have rows and columns. Got shape {X.shape}.")
    return SeveralInputs({name: _select(X, name, columns) for name, columns in inputs.items()})


def _select(X: Any, name: str, columns: Any) -> np.ndarray:
    """Return columns of X, shape (n_samples, n_columns), as numbers or as strings."""
    is_one = isinstance(columns, str) or (np.ndim(columns) == 0 and not isinstance(columns, slice))
    try:
        chosen = safe_indexing(X, [columns] if is_one else columns, axis=1)
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError(f"inputs[{name!r}]={columns!r} does not name columns of X.") from error
    values = np.asarray(chosen)
    if values.dtype.kind in "OUTS" and all(isinstance(v, str) for v in values.ravel()):
        return values.astype(object)
    floatx = keras.config.floatx()
    numbers = values.dtype.kind in "biuf" and values.dtype != np.float64
    checked: np.ndarray = check_array(
        values, dtype=None if numbers else floatx, input_name=f"inputs[{name!r}]"
    )
    return checked


def _with_shape(name: str, array: np.ndarray, shape: tuple[int | None, ...]) -> np.ndarray:
    """Return the array, its samples reshaped for an input layer."""
    known = [side for side in shape if side is not None]
    if len(known) < len(shape):
        return array
    if math.prod(known) != math.prod(array.shape[1:]):
        raise ValueError(
            f"The input layer {name!r} takes samples of shape {shape}, but "
            f"inputs[{name!r}] names {array.shape[1]} columns."
        )
    return array.reshape(len(array), *known)


def arranged(X: Any, model: keras.Model) -> Any:
    """Return X, with several inputs in the order of the model's."""
    return X.arranged_for(model) if isinstance(X, SeveralInputs) else X
