"""``column_snaps``: snap all columns of a space to canonical units, those of a kind at once.

A suggestion is snapped more than once, and a call of NumPy on a few numbers takes as long as on a
thousand: snapping twenty parameters one by one would take longer than the search's other work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ._base import Dimension, snap_shares
from ._numbers import IntegerDimension, RealDimension, snap_integers
from ._scales import LinearScale, LogScale

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Snap = Callable[[Floats], Floats]


def column_snaps(dimensions: Sequence[Dimension]) -> list[tuple[Indices, Snap]]:
    """Columns to snap, each group with a function of units, shape (n_points, n_columns)."""
    snaps = [_lists(dimensions), *(_integers(dimensions, kind) for kind in (LinearScale, LogScale))]
    done = {j for columns, _ in snaps for j in columns.tolist()}
    for j, dimension in enumerate(dimensions):
        if j not in done and not isinstance(dimension, RealDimension):
            snaps.append((np.array([j]), dimension.snap))
    return [(columns, snap) for columns, snap in snaps if len(columns)]


def _lists(dimensions: Sequence[Dimension]) -> tuple[Indices, Snap]:
    """Columns of all lists of values, and their function."""
    n_values = {j: d.n_values for j, d in enumerate(dimensions) if d.is_listed}
    snap = partial(snap_shares, n_values=np.array(list(n_values.values())))
    return np.array(list(n_values), dtype=np.intp), snap


def _integers(
    dimensions: Sequence[Dimension], kind: type[LinearScale | LogScale]
) -> tuple[Indices, Snap]:
    """Columns of all ranges of integers on one kind of scale, and their function."""
    ends = {
        j: (d.scale.low, d.scale.high, d.low, d.high)
        for j, d in enumerate(dimensions)
        if isinstance(d, IntegerDimension) and isinstance(d.scale, kind)
    }
    scale_low, scale_high, low, high = np.array(list(ends.values())).reshape(-1, 4).T
    snap = partial(snap_integers, scale=kind(scale_low, scale_high), low=low, high=high)
    return np.array(list(ends), dtype=np.intp), snap
