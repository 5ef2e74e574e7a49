"""Distributions over single numbers: each value has a cell as wide as its probability."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._base import Dimension, OrdinalDimension, as_float

Floats = NDArray[np.float64]

# Cells of rare values are no narrower than this: keys of points distinguish units that differ by a
# thousandth of it.
MIN_CELL = 1e-9


class WeightedDimension(OrdinalDimension):
    """Numbers, each with a probability.

    Parameters
    ----------
    name : str
        The parameter.
    values : sequence of length n_values
        Distinct numbers, ascending.
    probabilities : array of shape (n_values,)
        Above 0; they are scaled to a sum of 1.
    """

    is_listed = False

    def __init__(self, name: str, values: Sequence[Any], probabilities: ArrayLike) -> None:
        super().__init__(name, values)
        self._ends = cell_ends(probabilities)[1:]
        self._units = self._ends - np.diff(self._ends, prepend=0.0) / 2

    def from_unit(self, unit: float) -> Any:
        """The listed object itself."""
        return self.values[int(self.indices(unit))]

    def indices(self, units: ArrayLike) -> NDArray[np.intp]:
        """Place in `values` of each unit."""
        return np.searchsorted(self._ends[:-1], units, side="right")

    def snap(self, units: Floats) -> Floats:
        """Middle of the share that holds each unit."""
        return self._units[self.indices(units)]

    def is_same_as(self, other: Dimension) -> bool:
        """Whether both mean the same: one name, and the same values in the same places."""
        return (
            isinstance(other, WeightedDimension)
            and super().is_same_as(other)
            and np.array_equal(self._ends, other._ends)
        )


class EmpiricalDimension(WeightedDimension):
    """Numbers that were drawn from a distribution about which no more is known.

    Numbers between them are in the space, too: they lie in the cell of the nearest drawn number.
    """

    def __init__(self, name: str, values: Sequence[Any], probabilities: ArrayLike) -> None:
        super().__init__(name, values, probabilities)
        self._numbers = np.array(self.values, dtype=float)
        self._kind = Integral if all(isinstance(v, Integral) for v in self.values) else Real

    def held(self, value: Any) -> Any:
        """The value as a Python number, exactly."""
        return int(value) if self._kind is Integral else float(value)

    def contains(self, value: Any, *, is_strict: bool = False) -> bool:
        """Whether `value` is a number of the same kind between the smallest and the largest."""
        is_number = isinstance(value, self._kind) and not isinstance(value, bool)
        if is_strict and self._kind is Real and isinstance(value, Integral):
            return False
        return is_number and self._numbers[0] <= as_float(value) <= self._numbers[-1]

    def to_unit(self, value: Any) -> float:
        """Middle of the cell of the nearest value."""
        return float(self._units[np.abs(self._numbers - as_float(value)).argmin()])

    def encode(self, units: Floats) -> Floats:
        """The units, shape (n, 1): equal probabilities are equal lengths."""
        return units[:, None]

    def describe(self) -> str:
        """The ends of the range."""
        kind = "an integer" if self._kind is Integral else "a number"
        return f"{kind} from {self._numbers[0]:g} to {self._numbers[-1]:g}"


class GappedDimension(EmpiricalDimension):
    """Integers of a discrete distribution with gaps: some between them have no probability."""

    def __init__(
        self, name: str, values: Sequence[Any], probabilities: ArrayLike, distribution: Any
    ) -> None:
        super().__init__(name, values, probabilities)
        self._distribution = distribution

    def contains(self, value: Any, *, is_strict: bool = False) -> bool:
        """Whether `value` is an integer of positive probability."""
        is_integer = isinstance(value, Integral) and not isinstance(value, bool)
        return is_integer and bool(mass(self._distribution, [as_float(value)])[0] > 0)

    def describe(self) -> str:
        """The ends of the suggested values."""
        return super().describe() + " that its distribution gives"


def cell_ends(masses: ArrayLike) -> Floats:
    """Ends of adjacent cells in [0, 1], shape (n + 1,), as wide as their masses, (n,).

    Rare values have cells of MIN_CELL, so that they can be distinguished.
    """
    masses = np.asarray(masses, dtype=float)
    widths = np.maximum(masses / masses.sum(), MIN_CELL)
    ends = np.concatenate([[0.0], np.cumsum(widths)])
    return np.asarray(ends / ends[-1])


def mass(distribution: Any, values: ArrayLike) -> Floats:
    """Probabilities of values, shape (n,); 0 where the distribution gives none."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        masses = np.asarray(distribution.pmf(np.asarray(values, dtype=float)), dtype=float)
    return np.where(np.isfinite(masses) & (masses > 0), masses, 0.0)
