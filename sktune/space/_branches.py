"""Merge the branches of a space: shared coordinates, and the order of ``ParameterGrid``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.model_selection import ParameterGrid

from ._conditions._activity import Activity
from ._conditions._rules import BranchKnowledge
from ._dimensions._base import ConstantDimension, Dimension
from ._dimensions._categories import CategoricalDimension
from ._dimensions._hashing import key_of
from ._parse import Branches

BRANCH = "(branch)"


def merge(
    branches: Branches, knowledge: Sequence[BranchKnowledge]
) -> tuple[tuple[Dimension, ...], list[dict[str, int]]]:
    """Return the dimensions of the cube, and for each branch the columns of its parameters.

    Parameters that do not vary, or are active in no setting of a branch, have no column.
    """
    dimensions: list[Dimension] = []
    if len(branches) > 1:
        dimensions.append(CategoricalDimension(BRANCH, range(len(branches))))
    columns: list[dict[str, int]] = []
    for branch, known in zip(branches, knowledge, strict=True):
        columns.append({})
        for name, dimension in branch.items():
            if isinstance(dimension, ConstantDimension) or known.rules.get(name) == ():
                continue
            shared = (j for j, other in enumerate(dimensions) if dimension.is_same_as(other))
            column = next(shared, len(dimensions))
            if column == len(dimensions):
                dimensions.append(dimension)
            columns[-1][name] = column
    return tuple(dimensions), columns


def as_grid(branch: Mapping[str, Any]) -> dict[str, Any]:
    """A branch of lists as ``ParameterGrid`` takes it, which does not accept a Series."""
    return {
        name: values if isinstance(values, Sequence | np.ndarray) else list(values)
        for name, values in branch.items()
    }


def count_listed(
    listed: Sequence[Mapping[str, Any]], knowledge: Sequence[BranchKnowledge], sizes: list[float]
) -> float:
    """Number of settings of branches of lists, with repeats; with conditions, without them."""
    return sum(
        size if known.rules else len(ParameterGrid(branch))
        for branch, known, size in zip(listed, knowledge, sizes, strict=True)
    )


def in_grid_order(
    settings: Iterable[dict[str, Any]], listed: Mapping[str, Any], activity: Activity
) -> list[dict[str, Any]]:
    """Sort settings of one branch as ``ParameterGrid`` does; of equal ones, the first counts."""
    places = {name: _places(values) for name, values in listed.items()}

    def place(setting: Mapping[str, Any]) -> list[int]:
        active = activity.names(setting)
        return [places[n][_key(setting[n])] if n in active else 0 for n in sorted(listed)]

    return sorted(settings, key=place)


def _places(values: Any) -> dict[Any, int]:
    places: dict[Any, int] = {}
    for place, value in enumerate(values):
        places.setdefault(_key(value), place)
    return places


def _key(value: Any) -> Any:
    key = key_of(value)
    return id(value) if key is None else key
