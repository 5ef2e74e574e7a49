"""Points of the cube as features for a model."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ._dimensions._base import Dimension

Floats = NDArray[np.float64]

# The coordinate of a parameter that the point's branch does not have, or that has no effect.
INACTIVE = 0.5


def features(
    dimensions: Sequence[Dimension], points: Floats, active: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Features, shape (n_points, n_features), of canonical points, shape (n_points, n_dims).

    `active`, of the shape of the points, marks the active coordinates. First come the first groups
    of all dimensions, then the further groups of dimensions that have several.
    """
    columns, further = [], []
    for j, dimension in enumerate(dimensions):
        inactive = INACTIVE if dimension.is_ordered else 0.0
        encoded = np.where(active[:, j, None], dimension.encode(points[:, j]), inactive)
        width = dimension.group_widths[0]
        columns.append(encoded[:, :width])
        if width < encoded.shape[1]:
            further.append(encoded[:, width:])
    return np.hstack(columns + further) if columns else np.zeros((len(points), 0))


def feature_groups(dimensions: Sequence[Dimension]) -> list[slice]:
    """Columns of `features` that share a length scale, in the same order."""
    widths = [dimension.group_widths[0] for dimension in dimensions]
    widths += [width for dimension in dimensions for width in dimension.group_widths[1:]]
    return [slice(start, end) for start, end in pairwise(np.cumsum([0] + widths).tolist())]
