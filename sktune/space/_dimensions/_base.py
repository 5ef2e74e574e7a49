"""Dimensions: each maps the values of one searched parameter to [0, 1].

A dimension knows nothing of the others. Units that stand for the same value share one
canonical unit, which ``snap`` gives, so equal settings are equal points.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._same import is_alike, is_equal, is_same
from ._hashing import key_of
from ._scales import LogScale, scale_of_numbers

Floats = NDArray[np.float64]


def snap_shares(units: Floats, n_values: Floats | float) -> Floats:
    """Middles of the equal shares of [0, 1] that hold the units.

    The units of one list, or of several in columns, with the number of values of each.
    """
    # Minimum and maximum, because np.clip takes twice as long on the few values of a suggestion.
    places = np.minimum(np.floor(np.multiply(units, n_values)), n_values - 1)
    return np.asarray((np.maximum(places, 0.0) + 0.5) / n_values)


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
        Whether the only feature is the unit itself, so that a model's gradient can be followed.
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
        """Whether `value` is a value of the dimension.

        With `is_strict` an int and a float are never the same, so that a count is not taken for a
        fraction.
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
        """Describe the values in words, for messages."""

    def edge(self, value: Any, tolerance: float) -> str | None:
        """ "lower" or "upper" where `value` lies on the edge of a range that can be widened.

        None elsewhere. A range that begins at exactly 0 has no lower edge, nor has a range of
        integers that begins at 1: such an end is usually a natural limit (of a share, a rate or a
        count), so it is not reported.
        """
        return None

    def end(self, edge: str) -> Any:
        """The last value at the edge "lower" or "upper", as the user wrote it."""
        raise NotImplementedError(f"{type(self).__name__} {self.name!r} has no edges")

    def encode(self, units: Floats) -> Floats:
        """Features for a model, shape (n, n_features), of canonical units, shape (n,)."""
        return units[:, None]

    def coordinates(self, units: Floats) -> Floats:
        """Coordinates of the values, shape (n, n_coordinates): any two are at most 1 apart."""
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


# Not an attribute, which would be pickled with the dimension.
_places_of: WeakKeyDictionary[ListedDimension, dict[Any, int]] = WeakKeyDictionary()


class ListedDimension(Dimension):
    """A list of values: equal shares of [0, 1], in the order of `values`."""

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
        """Indices of the values that have a key, so that long lists are searched only once."""
        if self not in _places_of:
            keys = ((key_of(value), place) for place, value in enumerate(self.values))
            found = {key: place for key, place in reversed(list(keys)) if key is not None}
            _places_of[self] = found
        return _places_of[self]

    def _place(self, value: Any, is_strict: bool = False) -> int | None:
        """Index of the value in the list: of the object itself, else of the most similar one."""
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
        """The end of the list at which `value` is; a list of two values has no ends."""
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
    """A single value, which is part of the settings but not of the cube."""

    def __init__(self, name: str, value: Any, is_listed: bool) -> None:
        super().__init__(name, [value])
        self.is_listed = is_listed


def _is_identical(a: Any, b: Any) -> bool:
    return a is b
