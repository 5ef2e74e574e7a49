"""Ranges of real numbers and of integers."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._base import Dimension, as_float
from ._scales import TAIL, Scale

Floats = NDArray[np.float64]

# Between the ends of a difference that stands for a derivative: of a range over 300 magnitudes its
# error is 1e-6, as rounding adds where the range is narrow.
SLOPE_STEP = 1e-5


def snap_integers(units: Floats, scale: Scale, low: ArrayLike, high: ArrayLike) -> Floats:
    """Positions of the integers whose cells hold the units.

    The units of one range of integers, or of several in columns, with the ends of each.
    """
    values = np.round(scale.value(np.minimum(np.maximum(units, 0.0), 1.0)))
    # As floats: beyond 2**63 NumPy 1 turns integers into objects.
    low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    return np.asarray(scale.position(np.minimum(np.maximum(values, low), high)))


class RealDimension(Dimension):
    """Floats between two quantiles, TAIL and 1 - TAIL, of a continuous distribution.

    Parameters
    ----------
    name : str
        The parameter.
    support : tuple of float
        The ends of the distribution.
    scale : Scale
        Scale of the whole distribution.
    """

    n_values = float("inf")
    is_smooth = True

    def __init__(self, name: str, support: tuple[float, float], scale: Scale) -> None:
        self.name = name
        self._support = support
        self.scale = scale
        # A closed form may miss an end of the support by a rounding error.
        self.low = max(float(scale.value(TAIL)), support[0])
        self.high = min(float(scale.value(1.0 - TAIL)), support[1])

    def contains(self, value: Any, *, is_strict: bool = False) -> bool:
        """Whether `value` is a number inside the support."""
        if not isinstance(value, Real) or isinstance(value, bool):
            return False
        if is_strict and isinstance(value, Integral):
            return False
        low, high = self._support
        return low <= as_float(value) <= high and bool(np.isfinite(as_float(value)))

    def held(self, value: Any) -> float:
        """The value as a float, exactly."""
        return float(value)

    def to_unit(self, value: Any) -> float:
        """Unit of a value; values in a tail that was cut off are moved to the edge."""
        share = float(self.scale.position(as_float(value)))
        return min(max((share - TAIL) / (1.0 - 2.0 * TAIL), 0.0), 1.0)

    def from_unit(self, unit: float) -> float:
        """Value at a unit, as a Python float inside the support."""
        value = float(self.scale.value(TAIL + unit * (1.0 - 2.0 * TAIL)))
        return min(max(value, self.low), self.high)

    @property
    def support(self) -> tuple[float, float]:
        """The ends of the distribution."""
        return self._support

    def slope(self, unit: float) -> float:
        """Derivative of the value by the unit, to six digits."""
        ends = np.clip([unit - SLOPE_STEP, unit + SLOPE_STEP], 0.0, 1.0).tolist()
        return (self.from_unit(ends[1]) - self.from_unit(ends[0])) / (ends[1] - ends[0])

    def edge(self, value: Any, tolerance: float) -> str | None:
        """The end within `tolerance`, a fraction of the range, of which `value` lies."""
        low, high = self._support
        unit = self.to_unit(value)
        if unit <= tolerance and np.isfinite(low) and low != 0:
            return "lower"
        return "upper" if unit >= 1 - tolerance and np.isfinite(high) else None

    def end(self, edge: str) -> float:
        """End of the support."""
        return self._support[0 if edge == "lower" else 1]

    def snap(self, units: Floats) -> Floats:
        """Each unit is its own value."""
        return np.clip(units, 0.0, 1.0)

    def describe(self) -> str:
        """The ends."""
        return f"a number from {self._support[0]:g} to {self._support[1]:g}"


class IntegerDimension(Dimension):
    """All integers between two ends; the canonical unit is the middle of the value's cell.

    Parameters
    ----------
    name : str
        The parameter.
    support : tuple of float
        The ends of the distribution.
    scale : Scale
        Scale of the distribution between `low` and `high`, with half a step added at both ends,
        so that all integers have their full share.
    low, high : int
        Smallest and largest value that is suggested.
    """

    is_smooth = True

    def __init__(
        self, name: str, support: tuple[float, float], scale: Scale, low: int, high: int
    ) -> None:
        self.name = name
        self._support = support
        self.scale = scale
        self.low, self.high = low, high
        self.n_values = high - low + 1

    def contains(self, value: Any, *, is_strict: bool = False) -> bool:
        """Whether `value` is an integer inside the support."""
        is_integer = isinstance(value, Integral) and not isinstance(value, bool)
        return is_integer and self._support[0] <= int(value) <= self._support[1]

    def held(self, value: Any) -> int:
        """The value as an int, exactly."""
        return int(value)

    def to_unit(self, value: Any) -> float:
        """Middle of the value's cell; values in a tail that was cut off are moved to the end."""
        return float(self.scale.position(np.clip(as_float(value), self.low, self.high)))

    def from_unit(self, unit: float) -> int:
        """Value of the cell that holds the unit."""
        # Clipped as integers: beyond 2**53 the float next to an end may lie outside.
        value = round(float(self.scale.value(min(max(unit, 0.0), 1.0))))
        return min(max(value, self.low), self.high)

    def edge(self, value: Any, tolerance: float) -> str | None:
        """The end of the support at which `value` is, or near it in a range of many integers."""
        low, high = self._support
        unit = self.to_unit(value)
        if value == low or (unit <= tolerance and np.isfinite(low)):
            return None if low in (0, 1) else "lower"
        return "upper" if value == high or (unit >= 1 - tolerance and np.isfinite(high)) else None

    def end(self, edge: str) -> int:
        """End of the support."""
        return int(self._support[0 if edge == "lower" else 1])

    def snap(self, units: Floats) -> Floats:
        """Middle of the cell that holds each unit."""
        return snap_integers(units, self.scale, self.low, self.high)

    def describe(self) -> str:
        """The ends."""
        return f"an integer from {self._support[0]:g} to {self._support[1]:g}"

    def is_same_as(self, other: Dimension) -> bool:
        """Whether both mean the same: one name, and the same values in the same places."""
        if not isinstance(other, IntegerDimension) or type(self.scale) is not type(other.scale):
            return False
        places = np.linspace(0.0, 1.0, 1001)
        return (
            (self.name, self.low, self.high) == (other.name, other.low, other.high)
            and self.describe() == other.describe()
            and np.array_equal(self.scale.value(places), other.scale.value(places))
        )

    def grid(self) -> Floats:
        """Middles of the cells."""
        return np.asarray(self.scale.position(np.arange(self.low, self.high + 1, dtype=float)))
