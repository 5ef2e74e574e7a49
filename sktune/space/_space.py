"""``SearchSpace``: all parameters together, as points of one unit cube."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import ParameterGrid

from ..exceptions import EmptySpaceError
from ._branches import as_grid, count_listed, in_grid_order, merge
from ._conditions._activity import Activity
from ._conditions._known import branch_knowledge
from ._conditions._rules import BranchKnowledge, as_conditions
from ._dimensions._base import Dimension
from ._dimensions._categories import CategoricalDimension
from ._dimensions._snap import column_snaps
from ._features import INACTIVE, feature_groups, features
from ._members import branch_with, held_in, numbers_beyond, setting_in
from ._parse import Branches, parse_branches
from ._part_weights import PartNames, expand_parts
from ._setting_keys import KEY_DIGITS, SettingKeys

Floats = NDArray[np.float64]
Constraint = Callable[[dict[str, Any]], bool]

# If the constraint allows none of so many draws, the space counts as empty.
MAX_DRAWS = 10_000


class SearchSpace:
    """The settings that a search may try.

    A setting is a dict of parameter values; a point is its place in the unit cube, with one
    coordinate for each parameter that varies. With several branches (a list of dicts) the
    first coordinate is the branch, as a category; parameters that branches share in name
    and values share a coordinate, and parameters that a branch does not have are at 0.5. So are
    parameters that, by the conditions, have no effect under the values of others: settings that
    differ only in these are one point. The cube is uniform under the user's own distributions.

    Made by :meth:`from_distributions`.

    Parameters
    ----------
    branches : list of dict of str to Dimension
        The parameters of each branch, by name.
    constraint : callable, default=None
        ``constraint(params) -> bool``; None: all settings are allowed.
    listed : list of dict, default=None
        The branches as the user wrote them, if all values are lists; else None.
    knowledge : list of BranchKnowledge, default=None
        The conditions of each branch; None: all parameters always have an effect.
    parts : PartNames, default=None
        Which parameters are weights of parts; None: none.

    Attributes
    ----------
    dimensions : tuple of Dimension, length n_dims
        The dimension of each coordinate.
    n_dims : int
        Coordinates of a point.
    n_branches : int
        Number of dicts.
    conditions : dict or list of dict
        Conditions of the parameters that do not always have an effect, in the form that
        ``from_distributions`` takes; an empty list: never an effect. With several branches a
        list, one for each.
    is_conditional : bool
        Whether some points have coordinates without an effect.
    parts : PartNames
        Which parameters are weights of parts.
    size : float
        Number of distinct settings before the constraint, inf with a continuous parameter.
        Settings that several branches share are counted more than once.
    n_listed : float
        Number of listed settings, including repeats and those that the constraint forbids; inf
        if a parameter has a distribution.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sktune.space import SearchSpace
    >>> space = SearchSpace.from_distributions({"alpha": loguniform(1e-4, 1), "k": [1, 2, 3]})
    >>> points = space.transform([{"alpha": 0.01, "k": 3}])
    >>> points.round(3).tolist()
    [[0.5, 0.833]]
    >>> space.inverse_transform(points)
    [{'alpha': 0.01, 'k': 3}]
    """

    def __init__(
        self,
        branches: Branches,
        constraint: Constraint | None = None,
        listed: Sequence[Mapping[str, Any]] | None = None,
        knowledge: Sequence[BranchKnowledge] | None = None,
        parts: PartNames | None = None,
    ) -> None:
        self.parts = parts or PartNames({})
        self._branches = branches
        self._constraint = constraint
        self.n_branches = len(branches)
        knowledge = knowledge or [BranchKnowledge()] * len(branches)
        self.dimensions, self._columns = merge(branches, knowledge)
        self.n_dims = len(self.dimensions)
        self._activities = [
            Activity(branch, columns, self.n_dims, known)
            for branch, columns, known in zip(branches, self._columns, knowledge, strict=True)
        ]
        self.is_conditional = self.n_branches > 1 or any(a.rules for a in self._activities)
        sizes = [activity.size() for activity in self._activities]
        self.size = sum(sizes)
        shown = [as_conditions(known.rules) for known in knowledge]
        self.conditions = shown[0] if self.n_branches == 1 else shown
        self._listed = listed
        self.n_listed = float("inf")
        if listed is not None:
            self.n_listed = count_listed(listed, knowledge, sizes)
        self._setting_keys = SettingKeys(branches)
        self._last_key: tuple[bytes | None, tuple[Any, ...]] = None, ()
        self._snaps = column_snaps(self.dimensions)

    @classmethod
    def from_distributions(
        cls,
        param_distributions: Any,
        constraint: Constraint | None = None,
        conditions: Any = None,
        estimator: Any = None,
    ) -> SearchSpace:
        """Make a space from the distributions or lists of a search.

        Parameters
        ----------
        param_distributions : dict or list of dict
            Names to distributions or lists. A distribution is one of ``scipy.stats`` or any
            object with ``rvs``; from continuous ones, values between the quantiles 0.001 and
            0.999 are suggested. Numbers in a list are ordered, tuples of numbers have
            coordinates, anything else is a category.
        constraint : callable, default=None
            ``constraint(params) -> bool``: settings for which it is False are not tried.
        conditions : "auto", dict or None, default=None
            Under which values of others a parameter has an effect: a dict from its name to a
            dict from the names of other parameters to lists of their values, or to functions that
            are True for them; all must hold. In a list of such dicts, one must hold. Settings
            that differ only in parameters without an effect are one. "auto": the known conditions
            of the estimator. None: all parameters always have an effect.
        estimator : estimator, default=None
            The estimator that has these parameters. Parameters that are not searched have its
            values; so do parameters without an effect, if that value is in the space. Needed for
            "auto" and ``PartWeights``.

        Raises
        ------
        InvalidSpaceError
            If a parameter cannot be searched, which the message names, or if conditions name
            unknown parameters or form a circle.
        """
        param_distributions, parts = expand_parts(param_distributions, estimator)
        branches = parse_branches(param_distributions)
        is_listed = all(d.is_listed for branch in branches for d in branch.values())
        if isinstance(param_distributions, Mapping):
            param_distributions = [param_distributions]
        listed = [as_grid(branch) for branch in param_distributions] if is_listed else None
        knowledge = branch_knowledge(branches, conditions, estimator)
        return cls(branches, constraint, listed, knowledge, parts)

    @property
    def at_rest(self) -> list[dict[str, Any]]:
        """Values of the parameters where they have no effect, for each branch."""
        return [activity.rest for activity in self._activities]

    def branch_of(self, points: ArrayLike) -> NDArray[np.intp]:
        """Branch of each point, shape (n_points,)."""
        points = np.asarray(points, dtype=float)
        if self.n_branches == 1:
            return np.zeros(len(points), dtype=np.intp)
        selector = self.dimensions[0]
        if not isinstance(selector, CategoricalDimension):
            raise TypeError("the first dimension must select the branch")  # for the type checker
        return selector.indices(points[:, 0])

    def is_active(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Which coordinates have an effect in each point's setting, shape (n_points, n_dims)."""
        points = np.asarray(points, dtype=float)
        if self.n_branches == 1:
            return self._activities[0].mask(points)
        branches = self.branch_of(points)
        active = np.zeros(points.shape, dtype=bool)
        for branch in np.unique(branches).tolist():
            rows = branches == branch
            active[rows] = self._activities[branch].mask(points[rows])
        active[:, 0] = True
        return active

    def branch_dimensions(self, branch: int) -> Mapping[str, Dimension]:
        """The parameters of a branch, including those with only one value."""
        return self._branches[branch]

    def column_of(self, branch: int, name: str) -> int | None:
        """Column of a parameter in a point; None if it does not vary."""
        return self._columns[branch].get(name)

    def transform(self, params: Sequence[Mapping[str, Any]]) -> Floats:
        """Points, shape (n_settings, n_dims), of settings that lie in the space.

        Raises
        ------
        InvalidSpaceError
            If a setting lies in no branch: the message says which parameter is at fault.
        """
        return np.array([self._locate(p) for p in params]).reshape(len(params), self.n_dims)

    def inverse_transform(self, points: ArrayLike) -> list[dict[str, Any]]:
        """Settings, as plain dicts with sorted names, of points, shape (n_points, n_dims)."""
        return [self.parts.nested(params) for params in self._flat_settings(points)]

    def _flat_settings(self, points: ArrayLike) -> list[dict[str, Any]]:
        """The same with each weight of a part under its own name."""
        points = np.atleast_2d(np.asarray(points, dtype=float))
        rows = zip(points.tolist(), self.branch_of(points), self.is_active(points), strict=True)
        return [self._activities[branch].setting(point, active) for point, branch, active in rows]

    def snap(self, points: ArrayLike) -> Floats:
        """The canonical point of each point's setting, shape (n_points, n_dims)."""
        points = np.atleast_2d(np.asarray(points, dtype=float))
        snapped = np.minimum(np.maximum(points, 0.0), 1.0)
        for columns, snap in self._snaps:
            snapped[:, columns] = snap(snapped[:, columns])
        if not self.is_conditional:
            return np.asarray(snapped)
        return np.where(self.is_active(snapped), snapped, INACTIVE)

    def key(self, point: ArrayLike) -> tuple[Any, ...]:
        """Hashable key of a canonical point's setting, equal for equal settings of two branches."""
        point = np.atleast_2d(np.asarray(point, dtype=float))
        last, key = self._last_key
        if point.tobytes() != last:
            key = self._key(point)
            self._last_key = point.tobytes(), key  # it is looked up several times in a row
        return key

    def _key(self, point: Floats) -> tuple[Any, ...]:
        """The key of a point of shape (1, n_dims)."""
        if self.n_branches == 1:
            return tuple(np.round(point[0], KEY_DIGITS).tolist())
        (params,) = self._flat_settings(point)
        active = self._activities[self.branch_of(point)[0]].names(params)
        return self._setting_keys.key({n: v for n, v in params.items() if n in active})

    def encode(self, points: ArrayLike) -> Floats:
        """Features for a model, shape (n_points, n_features), see ``feature_groups``.

        Parameters without an effect are at 0.5, or at 0 in all columns of a category.
        """
        points = self.snap(points)
        return features(self.dimensions, points, self.is_active(points))

    @property
    def feature_groups(self) -> list[slice]:
        """Columns of ``encode`` that share a length scale.

        Single columns are numbers in [0, 1], several are a category. Tuples have several groups.
        """
        return feature_groups(self.dimensions)

    def held(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Complete a setting of the space, with the space's own objects as values, names sorted.

        A number from a continuous range becomes a float, and a listed value the equal object of
        the list. Parameters without an effect in the setting may be missing; if they are, or if
        their value is not in the space, they are set to their value in ``at_rest``.

        Raises
        ------
        InvalidSpaceError
            If the setting lies in no branch.
        """
        params = self.parts.flat(params)
        activity = self._activities[branch_with(self._activities, params)]
        return self.parts.nested(held_in(activity, activity.complete(params)))

    def setting_in(
        self, params: Mapping[str, Any], interchangeable: Collection[str] = ()
    ) -> dict[str, Any] | None:
        """Find the setting of the space in `params`, which may hold more names; None without one.

        For all parameters of an estimator, this is its present setting, if it is in the space.

        Parameters
        ----------
        params : dict
            Values by name.
        interchangeable : collection of str, default=()
            Names of the parameters for which an int means the same as an equal float. For others
            the int may be a count and the float a fraction, so that 1 is not 1.0.
        """
        found = setting_in(self._activities, self.parts.flat(params), interchangeable)
        return None if found is None else self.parts.nested(found)

    def beyond(self, params: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
        """Numbers of a setting that lie beyond the suggested values, so its point does not give.

        Settings that differ only in these share a point on the edge of the cube. Numbers without
        an effect do not count.
        """
        points, params = self.transform([params]), self.parts.flat(params)
        (given,) = self._flat_settings(points)
        active = self._activities[self.branch_of(points)[0]].names(given)
        return numbers_beyond({n: v for n, v in params.items() if n in active}, given)

    def allows(self, params: Mapping[str, Any]) -> bool:
        """Whether the constraint allows a setting."""
        return self._constraint is None or bool(self._constraint(dict(params)))

    def allowed(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Which points, shape (n_points, n_dims), the constraint allows."""
        points = np.atleast_2d(np.asarray(points, dtype=float))
        if self._constraint is None:
            return np.ones(len(points), dtype=bool)
        return np.array([self.allows(params) for params in self.inverse_transform(points)], bool)

    def sample(self, n_points: int, rng: np.random.Generator) -> Floats:
        """Allowed random points, shape (n_points, n_dims), uniform in the cube.

        Raises
        ------
        EmptySpaceError
            If the constraint allows none of 10,000 draws.
        """
        found = np.empty((0, self.n_dims))
        n_draws = 0
        while len(found) < n_points:
            draws = self.snap(rng.random((n_points, self.n_dims)))
            found = np.vstack([found, draws[self.allowed(draws)]])
            n_draws += n_points
            if n_draws >= MAX_DRAWS and not len(found):
                raise EmptySpaceError(
                    f"constraint allowed none of {n_draws} random settings of the space: widen it, "
                    "or correct the constraint."
                )
        return found[:n_points]

    def grid(self) -> list[dict[str, Any]]:
        """All allowed settings of a space of lists, exactly as ``ParameterGrid`` gives them.

        Of settings that only differ in parameters without an effect, only the first is returned.

        Raises
        ------
        EmptySpaceError
            If the constraint allows none of them.
        """
        settings = (p for b, part in enumerate(self._listed or ()) for p in self._grid_of(b, part))
        found = [params for params in settings if self.allows(params)]
        if not found:
            raise EmptySpaceError(
                f"constraint allowed none of the {self.n_listed} settings of the space: "
                "widen it, or correct the constraint."
            )
        return found

    def enumerate(self) -> Iterator[Floats]:
        """All allowed points of a finite space, each of shape (n_dims,), once."""
        seen = set()
        for point in self._all_points():
            key = self.key(point) if self.n_branches > 1 else None
            if key in seen or not self.allowed(point)[0]:
                continue
            if key is not None:
                seen.add(key)
            yield point

    def _all_points(self) -> Iterator[Floats]:
        for branch, activity in enumerate(self._activities):
            yield from activity.points(self._start(branch))

    def _start(self, branch: int) -> Floats:
        """A point, shape (n_dims,), in which only the branch is set."""
        start = np.full(self.n_dims, INACTIVE)
        if self.n_branches > 1:
            start[0] = (branch + 0.5) / self.n_branches
        return start

    def _grid_of(self, branch: int, listed: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        """The settings of a branch of lists in the order of ``ParameterGrid``."""
        activity = self._activities[branch]
        if not activity.rules:
            return ParameterGrid(listed)
        settings = (self.inverse_transform(p)[0] for p in activity.points(self._start(branch)))
        return in_grid_order(settings, listed, activity)

    def _locate(self, params: Mapping[str, Any]) -> Floats:
        branch = branch_with(self._activities, params := self.parts.flat(params))
        return self._activities[branch].point(params, self._start(branch))
