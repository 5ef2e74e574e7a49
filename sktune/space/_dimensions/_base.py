"""Dimensions: one searched parameter each, between its values and [0, 1].

A dimension knows nothing of the others. Units that stand for the same value share one
canonical unit, which ``snap`` gives: so equal settings are equal points.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._hashing import key_of
from .._same import is_alike, is_equal, is_same
from ._scales import TAIL, LogScale, Scale, scale_of_numbers

Floats = NDArray[np.float64]


def snap_shares(units: Floats, n_values: Floats | float) -> Floats:
    """Middles of the equal shares of [0, 1] that hold the units.

    The units of one list, or of several in columns, with the number of values of each.
    """
    # Minimum and maximum: np.clip takes twice as long on the few values of a suggestion.
    places = np.minimum(np.floor(np.multiply(units, n_values)), n_values - 1)
    return np.asarray((np.maximum(places, 0.0) + 0.5) / n_values)


def snap_integers(units: Floats, scale: Scale, low: ArrayLike, high: ArrayLike) -> Floats:
    """Positions of the integers whose cells hold the units.

    The units of one range of integers, or of several in columns, with the ends of each.
    """
    values = np.round(scale.value(np.minimum(np.maximum(units, 0.0), 1.0)))
    return np.asarray(scale.position(np.minimum(np.maximum(values, low), high)))


def as_float(value: Any) -> float:
    """A real number as a float; infinite where it is beyond what a float can hold."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


class Dimension(ABC):
    """One searched parameter.

    Attributes
    ----------
    name : str
        The parameter, as ``set_params`` knows it.
    n_values : float
        Number of distinct values, inf if they are continuous.
    is_ordered : bool
        Whether near units are near values.
    is_listed : bool
        Whether the user listed the values.
    is_smooth : bool
        Whether the one feature is the unit itself, so that a model's gradient can be followed.
    group_widths : tuple of int
        Columns of ``encode`` that share a length scale in a model: a single one is a number in
        [0, 1], several are a category.
    """

    name: str
    n_values: float
    is_ordered = True
    is_listed = False
    is_smooth = False
    group_widths: tuple[int, ...] = (1,)

    @property
    def n_features(self) -> int:
        """Columns that ``encode`` gives."""
        return sum(self.group_widths)

    @abstractmethod
    def contains(self, value: Any, *, is_strict: bool = False) -> bool:
        """Whether `value` is one of the dimension's.

        With `is_strict` an int and a float are never the same, so that a count is not taken for a
        share.
        """

    def held(self, value: Any) -> Any:
        """The dimension's own object for a value that it contains."""
        return self.from_unit(self.to_unit(value))

    @abstractmethod
    def to_unit(self, value: Any) -> float:
        """Canonical unit of a value that the dimension contains."""

    @abstractmethod
    def from_unit(self, unit: float) -> Any:
        """Value at a unit."""

    @abstractmethod
    def snap(self, units: Floats) -> Floats:
        """Canonical units, shape (n,), of any units in [0, 1], shape (n,)."""

    @abstractmethod
    def describe(self) -> str:
        """The values in words, for messages."""

    def edge(self, value: Any, tolerance: float) -> str | None:
        """ "lower" or "upper" where `value` lies on the edge of a range that can be widened.

        None elsewhere. A range that begins at exactly 0 has no lower edge, nor has a range of
        integers that begins at 1: such an end is a limit of the parameter itself, of a share, a
        rate or a count, and no news.
        """
        return None

    def end(self, edge: str) -> Any:
        """The last value at the edge "lower" or "upper", as the user wrote it."""
        raise NotImplementedError(f"{type(self).__name__} {self.name!r} has no edges")

    def encode(self, units: Floats) -> Floats:
        """Features for a model, shape (n, n_features), of canonical units, shape (n,)."""
        return units[:, None]

    def coordinates(self, units: Floats) -> Floats:
        """Where values lie, shape (n, n_coordinates): two of them are at most 1 apart."""
        return units[:, None]

    def is_same_as(self, other: Dimension) -> bool:
        """Whether both mean the same: one name, and the same values in the same places."""
        if self.name != other.name or type(self) is not type(other):
            return False
        units = np.linspace(0.0, 1.0, 17).tolist()
        return self.describe() == other.describe() and all(
            is_same(self.from_unit(unit), other.from_unit(unit)) for unit in units
        )

    def grid(self) -> Floats:
        """Canonical units of all values, ascending; finite dimensions only."""
        raise NotImplementedError(f"{type(self).__name__} {self.name!r} is not finite")


class RealDimension(Dimension):
    """Floats between two quantiles, TAIL and 1 - TAIL, of a continuous distribution.

    Parameters
    ----------
    name : str
        The parameter.
    support : tuple of float
        The ends of the distribution.
    scale : Scale
        Of the whole distribution.
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
        """Unit of a value; values in a tail that was cut off sit on the edge."""
        share = float(self.scale.position(as_float(value)))
        return min(max((share - TAIL) / (1.0 - 2.0 * TAIL), 0.0), 1.0)

    def from_unit(self, unit: float) -> float:
        """Value at a unit, as a Python float inside the support."""
        value = float(self.scale.value(TAIL + unit * (1.0 - 2.0 * TAIL)))
        return min(max(value, self.low), self.high)

    def edge(self, value: Any, tolerance: float) -> str | None:
        """The end of which `value` is within the share `tolerance` of the range."""
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
        Of the distribution between `low` and `high`; half a step is added at both ends, so that
        all integers have their full share.
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
        """Middle of the value's cell; values in a tail that was cut off sit at its end."""
        return float(self.scale.position(np.clip(as_float(value), self.low, self.high)))

    def from_unit(self, unit: float) -> int:
        """Value of the cell that holds the unit."""
        # In whole numbers: beyond 2**53 the float next to an end may lie outside.
        value = round(float(self.scale.value(min(max(unit, 0.0), 1.0))))
        return min(max(value, self.low), self.high)

    def edge(self, value: Any, tolerance: float) -> str | None:
        """The end of the support that `value` is, or is near in a range of many integers."""
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


# No attribute of a dimension, for it would be saved with it.
_places_of: WeakKeyDictionary[ListedDimension, dict[Any, int]] = WeakKeyDictionary()


class ListedDimension(Dimension):
    """Values one by one: equal shares of [0, 1], in the order of `values`."""

    is_listed = True

    def __init__(self, name: str, values: Sequence[Any]) -> None:
        self.name = name
        self.values = tuple(values)
        self.n_values = len(self.values)
        self._units = (np.arange(len(self.values)) + 0.5) / len(self.values)

    def contains(self, value: Any, *, is_strict: bool = False) -> bool:
        """Whether `value` is in the list."""
        return self._place(value, is_strict) is not None

    def to_unit(self, value: Any) -> float:
        """Middle of the share of the listed value."""
        place = self._place(value)
        if place is None:
            raise ValueError(f"{value!r} is not a choice of {self.name!r}")
        return float(self._units[place])

    @property
    def _places(self) -> dict[Any, int]:
        """Where the values stand that have a key: long lists are looked through but once."""
        if self not in _places_of:
            keys = ((key_of(value), place) for place, value in enumerate(self.values))
            found = {key: place for key, place in reversed(list(keys)) if key is not None}
            _places_of[self] = found
        return _places_of[self]

    def _place(self, value: Any, is_strict: bool = False) -> int | None:
        """Where the value stands in the list: the object itself, else the most similar one."""
        if (place := self._places.get(key_of(value))) is not None:
            return place
        for is_match in (_is_identical, is_same, is_alike, is_equal)[: 3 if is_strict else 4]:
            for place, choice in enumerate(self.values):
                if is_match(value, choice):
                    return place
        return None

    def from_unit(self, unit: float) -> Any:
        """The listed object itself."""
        last = len(self.values) - 1
        return self.values[min(max(int(unit * len(self.values)), 0), last)]

    def indices(self, units: ArrayLike) -> NDArray[np.intp]:
        """Place in `values` of each unit."""
        places = np.floor(np.multiply(units, self.n_values))
        return np.minimum(np.maximum(places, 0), self.n_values - 1).astype(np.intp)

    def snap(self, units: Floats) -> Floats:
        """Middle of the share that holds each unit."""
        return snap_shares(units, self.n_values)

    def describe(self) -> str:
        """The list, shortened."""
        shown = [repr(value) for value in self.values[:10]]
        return "one of " + ", ".join(shown + ["..."] * (len(self.values) > 10))

    def is_same_as(self, other: Dimension) -> bool:
        """Whether both mean the same: one name, and the same values in the same places."""
        return (
            isinstance(other, ListedDimension)
            and self.name == other.name
            and type(self) is type(other)
            and len(self.values) == len(other.values)
            and all(map(is_same, self.values, other.values))
        )

    def grid(self) -> Floats:
        """Middles of the shares."""
        return self._units.copy()


class OrdinalDimension(ListedDimension):
    """A list of numbers: equal shares when drawn, spaced by value when modelled."""

    def __init__(self, name: str, values: Sequence[Any]) -> None:
        super().__init__(name, sorted(values))
        numbers = np.asarray(self.values, dtype=float)
        scale = scale_of_numbers(numbers)
        self.is_log = isinstance(scale, LogScale)
        self._features = np.asarray(scale.position(numbers))

    def edge(self, value: Any, tolerance: float) -> str | None:
        """The end of the list that `value` is; a list of two values has choices and no ends."""
        if len(self.values) < 3:
            return None
        if value == self.values[0]:
            return None if value == 0 else "lower"
        return "upper" if value == self.values[-1] else None

    def end(self, edge: str) -> Any:
        """The first or the last value."""
        return self.values[0 if edge == "lower" else -1]

    def encode(self, units: Floats) -> Floats:
        """Place of the value between the smallest and the largest, shape (n, 1)."""
        return self._features[self.indices(units)][:, None]


class ConstantDimension(ListedDimension):
    """A single value: it takes part in the settings, not in the cube."""

    def __init__(self, name: str, value: Any, is_listed: bool) -> None:
        super().__init__(name, [value])
        self.is_listed = is_listed


def _is_identical(a: Any, b: Any) -> bool:
    return a is b
