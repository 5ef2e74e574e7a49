"""``Activity``: which coordinates of a point have an effect, in one branch of a space."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._dimensions._base import Dimension, ListedDimension
from ._rules import MAX_CHOICES, BranchKnowledge, Requirement, Rules, parents_of

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# If a parent has more values, settings are counted by sampling it at so many places.
N_PLACES = 10_000


class Activity:
    """Which parameters of a branch are active, by the values of those they depend on.

    Parameters
    ----------
    branch : dict of str to Dimension
        The parameters, names sorted.
    columns : dict of str to int
        Columns, in a point, of the parameters that vary and are active in some settings.
    n_dims : int
        Coordinates of a point.
    known : BranchKnowledge
        The conditions of the parameters.

    Attributes
    ----------
    rest : dict of str to object
        Values of the parameters that are not always active, for settings in which they are not:
        the value that they need, else the estimator's own value if it is in the space, else the
        first choice of an unordered list or the median.
    """

    def __init__(
        self,
        branch: Mapping[str, Dimension],
        columns: Mapping[str, int],
        n_dims: int,
        known: BranchKnowledge,
    ) -> None:
        rules = self.rules = known.rules
        self.rest = {name: _at_rest(branch[name], known) for name in rules}
        self._needed = known.needed
        self.branch = branch
        self.columns = columns
        self._fixed = [name for name in rules if name not in columns]
        self._order = _parents_first(list(columns), rules)
        self._tests = {
            name: [[_Test(part, branch, columns) for part in clause] for clause in rules[name]]
            for name in self._order
            if name in rules
        }
        self._always = np.zeros(n_dims, dtype=bool)
        self._always[[j for name, j in columns.items() if name not in rules]] = True

    def mask(self, points: Floats) -> Bools:
        """Which coordinates are active, shape (n_points, n_dims)."""
        active = np.repeat(self._always[None], len(points), axis=0)
        for name in self._tests:
            active[:, self.columns[name]] = self._is_active(name, points, active)
        return active

    def names(self, params: Mapping[str, Any]) -> set[str]:
        """Names of the parameters that are active in a setting, which need not be complete."""
        active = set(self.branch.keys() - self.rules.keys())
        for name in _parents_first(list(self.branch), self.rules):
            if name in self.rules and any(
                all(part.parent in active and self._meets(part, params) for part in clause)
                for clause in self.rules[name]
            ):
                active.add(name)
        return active

    def _meets(self, part: Requirement, params: Mapping[str, Any]) -> bool:
        """Whether a setting has a value of the space that a requirement allows."""
        # A function of the user may not accept other values.
        is_there = part.parent in params
        is_there = is_there and self.branch[part.parent].contains(params[part.parent])
        return is_there and part.holds(params[part.parent])

    def inactive(self, params: Mapping[str, Any]) -> set[str]:
        """Names of the parameters that have no effect in a setting, which need not be complete."""
        return self.rules.keys() - self.names(params) if self.rules else set()

    def complete(self, params: Mapping[str, Any], is_strict: bool = False) -> dict[str, Any]:
        """Fill in parameters without an effect that are missing, not in the space or not allowed.

        With `is_strict` an int does not match an equal float, nor the reverse.
        """
        completed = dict(params)
        for name in self.inactive(params):
            # Where such a parameter must have a certain value, any other is an error in ``fit``.
            may_stay = name in params and name not in self._needed
            if not (may_stay and self.branch[name].contains(params[name], is_strict=is_strict)):
                completed[name] = self.rest[name]
        return completed

    def setting(self, point: Sequence[float], active: Bools) -> dict[str, Any]:
        """The setting of a point, shape (n_dims,), with these active coordinates, (n_dims,)."""
        params = {}
        for name, dimension in self.branch.items():
            column = self.columns.get(name)
            if column is not None and active[column]:
                params[name] = dimension.from_unit(point[column])
            else:
                params[name] = dimension.from_unit(0.5) if column is None else self.rest[name]
        if self._fixed:
            params |= {n: self.rest[n] for n in self.inactive(params).intersection(self._fixed)}
        return params

    def point(self, params: Mapping[str, Any], start: Floats) -> Floats:
        """The point of a setting, shape (n_dims,): `start` except in the active coordinates."""
        point = start.copy()
        for name in self.columns.keys() & self.names(params):
            point[self.columns[name]] = self.branch[name].to_unit(params[name])
        return point

    def points(self, start: Floats) -> Iterator[Floats]:
        """All points of a finite branch, each of shape (n_dims,), once.

        Parameters
        ----------
        start : ndarray of shape (n_dims,)
            Values of the coordinates of other branches, and of inactive ones.
        """
        if self.rules:
            yield from self._points_from(start, 0)
            return
        # The same without finding the active coordinates, which takes most of the time.
        columns = list(self.columns.values())
        for units in product(*(self.branch[name].grid() for name in self.columns)):
            point = start.copy()
            point[columns] = units
            yield point

    def _points_from(self, point: Floats, place: int) -> Iterator[Floats]:
        """The points that agree with `point` in the first `place` parameters."""
        if place == len(self._order):
            yield point
            return
        name = self._order[place]
        column = self.columns[name]
        is_fixed = name in self.rules and not self.mask(point[None])[0, column]
        for unit in point[[column]] if is_fixed else self.branch[name].grid():
            following = point.copy()
            following[column] = unit
            yield from self._points_from(following, place + 1)

    def size(self) -> float:
        """Number of distinct settings, inf with a continuous parameter that may be active."""
        groups = _linked(self._order, self.rules)
        start = np.full(len(self._always), 0.5)
        return prod((self._count(names, start) for names in groups), start=1.0)

    def _count(self, names: list[str], point: Floats) -> float:
        """Number of settings of parameters, parents first, some of whose parents are set."""
        if not names:
            return 1.0
        name, *others = names
        column = self.columns[name]
        if name in self.rules and not self.mask(point[None])[0, column]:
            return self._count(others, point)
        total = 0.0
        for unit, n_values in self._kinds(name):
            following = point.copy()
            following[column] = unit
            total += n_values * self._count(others, following)
        return total

    def _kinds(self, name: str) -> list[tuple[float, float]]:
        """Group the values by the tests that they pass: a unit and a number of values each."""
        dimension = self.branch[name]
        tests = [t for ts in self._tests.values() for c in ts for t in c if t.parent == name]
        if not tests:
            return [(0.5, float(dimension.n_values))]
        is_short = dimension.n_values <= N_PLACES
        units = dimension.grid() if is_short else (np.arange(N_PLACES) + 0.5) / N_PLACES
        held = np.array([test.holds(units) for test in tests])
        _, first, counts = np.unique(held, axis=1, return_index=True, return_counts=True)
        weight = float(dimension.n_values) / len(units)
        return [(float(units[i]), float(n) * weight) for i, n in zip(first, counts, strict=True)]

    def _is_active(self, name: str, points: Floats, active: Bools) -> Bools:
        """Whether a parameter is active, shape (n_points,), given which parents are."""
        is_active = np.zeros(len(points), dtype=bool)
        for clause in self._tests[name]:
            holds = np.ones(len(points), dtype=bool)
            for test in clause:
                holds &= active[:, test.column] & test.holds(points[:, test.column])
            is_active |= holds
        return is_active


class _Test:
    """Test whether a unit of a parent stands for a value that a requirement allows."""

    def __init__(
        self, part: Requirement, branch: Mapping[str, Dimension], columns: Mapping[str, int]
    ) -> None:
        self.parent = part.parent
        self.column = columns[part.parent]
        self._part = part
        self._dimension = branch[part.parent]
        self._table: Bools | None = None
        if isinstance(self._dimension, ListedDimension) and self._dimension.n_values <= MAX_CHOICES:
            self._table = np.array([part.holds(value) for value in self._dimension.values], bool)

    def holds(self, units: Floats) -> Bools:
        """Whether the value at each unit is allowed, shape (n,)."""
        if self._table is not None and isinstance(self._dimension, ListedDimension):
            return np.asarray(self._table[self._dimension.indices(units)])
        distinct, places = np.unique(units, return_inverse=True)
        found = [self._part.holds(self._dimension.from_unit(unit)) for unit in distinct.tolist()]
        return np.array(found, dtype=bool)[places]


def _at_rest(dimension: Dimension, known: BranchKnowledge) -> Any:
    """The value of a parameter that has no effect."""
    name = dimension.name
    if name in known.needed:
        return known.needed[name]
    if name in known.own and dimension.contains(known.own[name], is_strict=True):
        return dimension.held(known.own[name])
    if isinstance(dimension, ListedDimension) and not dimension.is_ordered:
        return dimension.values[0]
    return dimension.from_unit(0.5)


def _parents_first(names: list[str], rules: Rules) -> list[str]:
    """The names in their order, except that each comes after those it depends on."""
    order: dict[str, None] = {}

    def add(name: str) -> None:
        if name not in order:
            for parent in parents_of(name, rules):
                add(parent)
            order[name] = None

    for name in names:
        add(name)
    return list(order)


def _linked(names: list[str], rules: Rules) -> list[list[str]]:
    """Split the names into groups that do not depend on each other, each in the given order."""
    group_of = {name: {name} for name in names}
    for name in names:
        for parent in parents_of(name, rules):
            if group_of[parent] is not group_of[name]:
                group_of[name] |= group_of[parent]
                for member in group_of[name]:
                    group_of[member] = group_of[name]
    groups = {id(group): group for group in group_of.values()}
    return [[name for name in names if name in group] for group in groups.values()]
