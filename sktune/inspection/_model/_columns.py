"""Points of the cube as rows of numbers that a user can read, and back."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...space import SearchSpace

Floats = NDArray[np.float64]


class Columns:
    """One column for each dimension: numbers as they are, other values as places in their list."""

    def __init__(self, space: SearchSpace) -> None:
        self._dimensions = space.dimensions

    def numbers(self, points: ArrayLike) -> Floats:
        """Numbers, shape (n, n_dims): values where they are numbers, else places."""
        points = np.asarray(points, dtype=float)
        return np.column_stack(
            [self._column(d, points[:, j]) for j, d in enumerate(self._dimensions)]
        )

    def points(self, numbers: Floats) -> Floats:
        """Points of the cube, shape (n, n_dims); numbers outside a range are moved to its end."""
        return np.column_stack(
            [self._units(d, numbers[:, j]) for j, d in enumerate(self._dimensions)]
        )

    @staticmethod
    def _column(dimension: Any, units: Floats) -> Floats:
        if is_numeric(dimension):
            return np.array([float(dimension.from_unit(unit)) for unit in units.tolist()])
        return np.floor(units * dimension.n_values).clip(0, dimension.n_values - 1)

    @staticmethod
    def _units(dimension: Any, numbers: Floats) -> Floats:
        if not is_numeric(dimension):
            places = np.round(numbers).clip(0, dimension.n_values - 1)
            return np.asarray((places + 0.5) / dimension.n_values)
        if hasattr(dimension, "values"):
            values = np.asarray(dimension.values, dtype=float)
            nearest = np.abs(numbers[:, None] - values).argmin(axis=1)
            return np.asarray((nearest + 0.5) / len(values))
        return np.array([dimension.to_unit(number) for number in numbers.tolist()])


def is_numeric(dimension: Any) -> bool:
    """Whether the values of a dimension are numbers with an order."""
    return bool(dimension.is_ordered) and isinstance(dimension.from_unit(0.5), Real)
