"""Long lists of numbers: values are looked up when needed, with no data kept for each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._same import kind_of
from ._base import Dimension, OrdinalDimension, as_float
from ._scales import LinearScale, LogScale, scale_of_numbers

Floats = NDArray[np.float64]

# Lists of more numbers become a LongOrdinalDimension.
MAX_SHORT = 1000


class LongOrdinalDimension(OrdinalDimension):
    """Many numbers: like an ``OrdinalDimension``, without memory beyond that of the list.

    Parameters
    ----------
    name : str
        The parameter.
    values : range, list, tuple or array of shape (n_values,)
        Finite numbers, strictly ascending.
    scale : LinearScale or LogScale
        Of the numbers.
    """

    def __init__(
        self, name: str, values: Sequence[Any] | NDArray[Any], scale: LinearScale | LogScale
    ) -> None:
        self.name = name
        self.values: Any = values
        self.n_values = len(values)
        self.is_log = isinstance(scale, LogScale)
        self._scale = scale

    def contains(self, value: Any, *, is_strict: bool = False) -> bool:
        """Whether `value` is in the list."""
        return self._place(value, is_strict) is not None

    def to_unit(self, value: Any) -> float:
        """Middle of the share of the listed value."""
        place = self._place(value)
        if place is None:
            raise ValueError(f"{value!r} is not a choice of {self.name!r}")
        return (place + 0.5) / self.n_values

    def encode(self, units: Floats) -> Floats:
        """Place of the value between the smallest and the largest, shape (n, 1)."""
        return np.asarray(self._scale.position(self._numbers(self.indices(units))))[:, None]

    def is_same_as(self, other: Dimension) -> bool:
        """Whether both mean the same: one name, and the same values in the same places."""
        theirs = other.values if isinstance(other, LongOrdinalDimension) else None
        if isinstance(self.values, range) and isinstance(theirs, range):
            return (self.name, self.values) == (other.name, theirs)
        return super().is_same_as(other)

    def grid(self) -> Floats:
        """Middles of the shares."""
        return (np.arange(self.n_values) + 0.5) / self.n_values

    def _place(self, value: Any, is_strict: bool = False) -> int | None:
        """Index of a number in the list, None if it is not there."""
        if is_strict and kind_of(value) is not kind_of(self.values[0]):
            return None
        if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
            return None
        if not np.isfinite(as_float(value)):
            return None
        place = bisect_left(self.values, value)
        return place if place < len(self.values) and self.values[place] == value else None

    def _numbers(self, places: NDArray[np.intp]) -> Floats:
        """The numbers at some places, shape (n,)."""
        if isinstance(self.values, range):
            return np.asarray(self.values.start + float(self.values.step) * places)
        if isinstance(self.values, np.ndarray):
            return np.asarray(self.values[places], dtype=np.float64)
        return np.array([self.values[place] for place in places.tolist()], dtype=np.float64)


def long_list(name: str, values: Any) -> Dimension | None:
    """Dimension of a long list that holds numbers of one kind; None for other lists."""
    if isinstance(values, range):
        ascending = values if values.step > 0 else values[::-1]
        scale = LinearScale(float(ascending[0]), float(ascending[-1]))
        return LongOrdinalDimension(name, ascending, scale)
    if not isinstance(values, np.ndarray) and set(map(type, values)) not in ({int}, {float}):
        return None
    numbers = _as_floats(values)
    if numbers is None:
        return None
    if not (numbers[1:] > numbers[:-1]).all():
        numbers, places = np.unique(numbers, return_index=True)
        is_array = isinstance(values, np.ndarray)
        values = values[places] if is_array else [values[place] for place in places]
    if len(numbers) <= MAX_SHORT:
        return None
    return LongOrdinalDimension(name, values, scale_of_numbers(numbers))


def _as_floats(values: ArrayLike) -> Floats | None:
    """Numbers as floats, shape (n,); None if they are not numbers or not distinct as floats."""
    try:
        array = np.asarray(values)
    except OverflowError:
        return None
    if array.dtype.kind not in "iuf":
        return None
    is_exact = array.dtype.kind == "f" or (array.min() >= -(2**53) and array.max() <= 2**53)
    numbers: Floats = array.astype(float, copy=False)
    return numbers if is_exact and np.isfinite(numbers).all() else None
