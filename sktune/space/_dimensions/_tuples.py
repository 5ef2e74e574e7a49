"""Lists of tuples of numbers: choices that have coordinates.

Examples are layer sizes, ngram ranges or ends of an interval: tuples of similar numbers are near to
each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._base import ListedDimension
from ._scales import scale_of_numbers

Floats = NDArray[np.float64]

# Longer tuples are taken for data, not coordinates.
MAX_LENGTH = 16

# Bits of a coordinate that are used to order tuples.
N_BITS = 16

# If a tuple lacks a place, its coordinate lies this far below those of all numbers in that place.
GAP = 1 / 3


class TupleDimension(ListedDimension):
    """Tuples of numbers: equal shares when drawn, coordinates when modelled.

    Parameters
    ----------
    name : str
        The parameter.
    values : sequence of tuple
        Distinct.
    coordinates : ndarray of shape (n_values, n_coordinates)
        As ``tuple_coordinates`` gives them.
    is_listed : bool, default=True
        Whether the user listed them; else they were drawn.
    """

    def __init__(
        self, name: str, values: Sequence[Any], coordinates: Floats, is_listed: bool = True
    ) -> None:
        # Sorted so that neighbours in the list are near tuples, for searches that step along it.
        order = z_order(coordinates)
        super().__init__(name, [values[place] for place in order])
        self.is_listed = is_listed
        self._coordinates = coordinates[order]
        self.group_widths = (1,) * coordinates.shape[1]

    def encode(self, units: Floats) -> Floats:
        """The coordinates, shape (n, n_coordinates)."""
        return self._coordinates[self.indices(units)]

    def coordinates(self, units: Floats) -> Floats:
        """The same, scaled: two tuples are at most 1 apart."""
        return self.encode(units) / np.sqrt(len(self.group_widths))


def tuple_coordinates(values: Sequence[Any]) -> Floats | None:
    """Coordinates in [0, 1], shape (n_values, n_coordinates), of tuples or lists of numbers.

    One for each place in which they differ, on a log scale if that is more even. None if values
    are not tuples of numbers, or if their coordinates are not distinct.
    """
    if not all(_is_tuple_of_numbers(value) for value in values):
        return None
    numbers = np.full((len(values), max(map(len, values))), np.nan)
    try:
        for row, value in zip(numbers, values, strict=True):
            row[: len(value)] = value
    except OverflowError:  # too large for a float
        return None
    if np.isinf(numbers).any():
        return None
    columns = [_positions(column) for column in numbers.T]
    coordinates = np.array([c for c in columns if c.min() < c.max()]).T
    if not len(coordinates) or len(np.unique(coordinates, axis=0)) < len(values):
        return None
    return coordinates


def z_order(coordinates: Floats) -> NDArray[np.intp]:
    """Order of points in [0, 1], shape (n, k), along a Z-order curve [1]_, which keeps them near.

    References
    ----------
    .. [1] G. M. Morton (1966), "A computer oriented geodetic data base and a new technique in
       file sequencing", IBM.
    """
    levels = np.ascontiguousarray(np.round(coordinates * (2**N_BITS - 1)), dtype=">u2")
    # The first bits of all coordinates, then all second bits, and so on.
    bits = np.unpackbits(levels.view(np.uint8).reshape(*levels.shape, 2), axis=2)
    keys = np.packbits(bits.transpose(0, 2, 1).reshape(len(levels), -1), axis=1)
    return np.lexsort(keys.T[::-1])


def _is_tuple_of_numbers(value: Any) -> bool:
    is_tuple = isinstance(value, tuple | list) or (
        isinstance(value, np.ndarray) and value.ndim == 1
    )
    return is_tuple and len(value) <= MAX_LENGTH and all(map(_is_number, value))


def _is_number(value: Any) -> bool:
    # nan is not equal to itself.
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_) and value == value


def _positions(column: Floats) -> Floats:
    """Places in [0, 1] of numbers, shape (n,), nan where a tuple is too short."""
    is_there = ~np.isnan(column)
    distinct = np.unique(column[is_there])
    if len(distinct) < 2:
        positions = np.where(is_there, 1.0, 0.0)
    else:
        positions = np.asarray(scale_of_numbers(distinct).position(column))
    if is_there.all():
        return positions
    return np.where(is_there, GAP + (1.0 - GAP) * positions, 0.0)
