"""Merge the branches of a space: shared coordinates, and the order of ``ParameterGrid``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from sklearn.model_selection import ParameterGrid

from ._conditions._activity import Activity
from ._conditions._rules import BranchKnowledge, parents_of
from ._dimensions._base import ConstantDimension, Dimension
from ._dimensions._categories import CategoricalDimension
from ._dimensions._hashing import key_of
from ._parse import Branches

BRANCH = "(branch)"


def merge(
    branches: Branches, knowledge: Sequence[BranchKnowledge]
) -> tuple[tuple[Dimension, ...], list[dict[str, int]]]:
    """Return the dimensions of the cube, and for each branch the columns of its parameters.

    Parameters that do not vary, or are active in no setting of a branch, have no column. First
    come those on which others depend, or the choice of the branch in their place: so a flat dict
    with conditions and the same as a list of dicts have their coordinates in the same order, and
    are searched alike.
    """
    varying = [
        [d for name, d in branch.items() if _varies(d) and known.rules.get(name) != ()]
        for branch, known in zip(branches, knowledge, strict=True)
    ]
    by_name: dict[str, list[Dimension]] = {}
    for dimension in chain.from_iterable(varying):
        alike = by_name.setdefault(dimension.name, [])
        if not any(dimension.is_same_as(other) for other in alike):
            alike.append(dimension)
    parents = {
        p for known in knowledge for name in known.rules for p in parents_of(name, known.rules)
    }
    dimensions: list[Dimension] = []
    if len(branches) > 1:
        dimensions.append(CategoricalDimension(BRANCH, range(len(branches))))
    first: dict[str, int] = {}
    for name in sorted(by_name, key=lambda name: (name not in parents, name)):
        first[name] = len(dimensions)
        dimensions += by_name[name]

    def column(dimension: Dimension) -> int:
        same = map(dimension.is_same_as, by_name[dimension.name])
        return first[dimension.name] + list(same).index(True)

    return tuple(dimensions), [{d.name: column(d) for d in branch} for branch in varying]


def _varies(dimension: Dimension) -> bool:
    return not isinstance(dimension, ConstantDimension)


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
