"""``SearchSpace``: all parameters together, as points of one unit cube."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import pairwise, product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import ParameterGrid

from ..exceptions import EmptySpaceError
from ._dimensions._base import ConstantDimension, Dimension, as_float
from ._dimensions._categories import CategoricalDimension
from ._dimensions._snap import column_snaps
from ._members import branch_with, setting_in
from ._parse import Branches, parse_branches
from ._setting_keys import KEY_DIGITS, SettingKeys

Floats = NDArray[np.float64]
Constraint = Callable[[dict[str, Any]], bool]

# A space in which not one of so many draws is allowed is taken for empty.
MAX_DRAWS = 10_000

# The coordinate of a parameter that the point's branch does not have.
INACTIVE = 0.5

BRANCH = "(branch)"


class SearchSpace:
    """The settings that a search may try.

    A setting is a dict of parameter values; a point is the same in the unit cube, one
    coordinate for each parameter that varies. With several branches (a list of dicts) the
    first coordinate says which branch, as a category; parameters that branches share in name
    and values share a coordinate, and those that a branch does not have stand at 0.5 there.
    The cube is uniform under the user's own distributions.

    Use :meth:`from_distributions`.

    Parameters
    ----------
    branches : list of dict of str to Dimension
        The parameters of each branch, by name.
    constraint : callable, default=None
        ``constraint(params) -> bool``; None: all settings are allowed.
    listed : list of dict, default=None
        The branches as the user wrote them, where all values are lists; else None.

    Attributes
    ----------
    dimensions : tuple of Dimension, length n_dims
        What the coordinates mean.
    n_dims : int
        Coordinates of a point.
    n_branches : int
        Number of dicts.
    size : float
        Number of distinct settings before the constraint, inf with a continuous parameter.
        Settings that several branches share are counted more than once.
    n_listed : float
        Length of ``grid``: settings as they are listed, repeats and those that the constraint
        forbids included; inf where a parameter has a distribution.

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
    ) -> None:
        self._branches = branches
        self._constraint = constraint
        self.n_branches = len(branches)
        self.dimensions, self._columns = _merge(branches)
        self.n_dims = len(self.dimensions)
        self.size = sum(prod((float(d.n_values) for d in b.values()), start=1.0) for b in branches)
        self._listed = listed
        self.n_listed = float("inf") if listed is None else len(ParameterGrid(listed))
        self._setting_keys = SettingKeys(branches)
        self._last_key: tuple[bytes | None, tuple[Any, ...]] = None, ()
        self._snaps = column_snaps(self.dimensions)
        self._active = np.zeros((self.n_branches, self.n_dims), dtype=bool)
        self._active[:, 0:1] = self.n_branches > 1
        for branch, columns in enumerate(self._columns):
            self._active[branch, list(columns.values())] = True

    @classmethod
    def from_distributions(
        cls, param_distributions: Any, constraint: Constraint | None = None
    ) -> SearchSpace:
        """Read a space as ``RandomizedSearchCV`` and ``GridSearchCV`` take it.

        Parameters
        ----------
        param_distributions : dict or list of dict
            Names to distributions or lists. A distribution is one of ``scipy.stats`` or
            whatever has ``rvs``; of continuous ones, values between the quantiles 0.001 and
            0.999 are suggested. Numbers in a list are ordered, tuples of numbers have
            coordinates, anything else is a category.
        constraint : callable, default=None
            ``constraint(params) -> bool``: settings for which it is False are not tried.

        Returns
        -------
        SearchSpace

        Raises
        ------
        InvalidSpaceError
            If a parameter cannot be searched; the message names it.
        """
        branches = parse_branches(param_distributions)
        is_listed = all(d.is_listed for branch in branches for d in branch.values())
        if isinstance(param_distributions, Mapping):
            param_distributions = [param_distributions]
        listed = [_as_grid(branch) for branch in param_distributions] if is_listed else None
        return cls(branches, constraint, listed)

    def branch_of(self, points: ArrayLike) -> NDArray[np.intp]:
        """Branch of each point, shape (n_points,)."""
        points = np.asarray(points, dtype=float)
        if self.n_branches == 1:
            return np.zeros(len(points), dtype=np.intp)
        selector = self.dimensions[0]
        if not isinstance(selector, CategoricalDimension):  # for the type checker
            raise TypeError("the first dimension must select the branch")
        return selector.indices(points[:, 0])

    def is_active(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Which coordinates have a meaning in each point's branch, shape (n_points, n_dims)."""
        return self._active[self.branch_of(points)]

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
        points = np.atleast_2d(np.asarray(points, dtype=float))
        return [
            {
                name: dimension.from_unit(
                    point[self._columns[branch][name]] if name in self._columns[branch] else 0.5
                )
                for name, dimension in self._branches[branch].items()
            }
            for point, branch in zip(points.tolist(), self.branch_of(points), strict=True)
        ]

    def snap(self, points: ArrayLike) -> Floats:
        """The one point that stands for each point's setting, shape (n_points, n_dims)."""
        points = np.atleast_2d(np.asarray(points, dtype=float))
        snapped = np.minimum(np.maximum(points, 0.0), 1.0)
        for columns, snap in self._snaps:
            snapped[:, columns] = snap(snapped[:, columns])
        if self.n_branches == 1:
            return np.asarray(snapped)
        return np.where(self.is_active(snapped), snapped, INACTIVE)

    def key(self, point: ArrayLike) -> tuple[Any, ...]:
        """Hashable name of a canonical point's setting, the same for equal ones of two branches."""
        point = np.atleast_2d(np.asarray(point, dtype=float))
        # A suggestion is looked up several times in a row: only the first costs.
        last, key = self._last_key
        if point.tobytes() != last:
            key = self._key(point)
            self._last_key = point.tobytes(), key
        return key

    def _key(self, point: Floats) -> tuple[Any, ...]:
        """The same of a point of shape (1, n_dims)."""
        if self.n_branches == 1:
            return tuple(np.round(point[0], KEY_DIGITS).tolist())
        (params,) = self.inverse_transform(point)
        return self._setting_keys.key(params)

    def encode(self, points: ArrayLike) -> Floats:
        """Features for a model, shape (n_points, n_features).

        Numbers give one column, tuples of numbers one for each of theirs, categories (the
        branch among them) several. Columns of a parameter that is not active stand where all
        its values would weigh the same: 0.5 for numbers, 0 for choices.
        """
        points = self.snap(points)
        active = self.is_active(points)
        columns, further = [], []
        for j, dimension in enumerate(self.dimensions):
            inactive = INACTIVE if dimension.is_ordered else 0.0
            encoded = np.where(active[:, j, None], dimension.encode(points[:, j]), inactive)
            width = dimension.group_widths[0]
            columns.append(encoded[:, :width])
            if width < encoded.shape[1]:
                further.append(encoded[:, width:])
        return np.hstack(columns + further) if columns else np.zeros((len(points), 0))

    @property
    def feature_groups(self) -> list[slice]:
        """Columns of ``encode`` that share a length scale.

        Of each dimension one group, in their order, and then one for each further coordinate of
        tuples. Groups of a single column are numbers in [0, 1], those of several categories.
        """
        widths = [dimension.group_widths[0] for dimension in self.dimensions]
        widths += [width for dimension in self.dimensions for width in dimension.group_widths[1:]]
        return [slice(start, end) for start, end in pairwise(np.cumsum([0] + widths).tolist())]

    def held(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """A setting of the space with the space's own objects as values, names sorted.

        A number from a continuous range becomes a float, and a listed value that object of the
        list which equals it.

        Raises
        ------
        InvalidSpaceError
            If the setting lies in no branch.
        """
        dimensions = self._branches[branch_with(self._branches, params)]
        return {name: dimension.held(params[name]) for name, dimension in dimensions.items()}

    def setting_in(
        self, params: Mapping[str, Any], interchangeable: Collection[str] = ()
    ) -> dict[str, Any] | None:
        """The setting that `params` holds among other things; None if it holds none.

        With all parameters of an estimator: the setting that it has now, where that lies in
        the space.

        Parameters
        ----------
        params : dict
            Values by name.
        interchangeable : collection of str, default=()
            Names of the parameters to which an int means the same as the float that equals it.
            Others may mean a count by the one and a share by the other, so that 1 is not 1.0.

        Returns
        -------
        dict or None
            With the space's own objects as values.
        """
        return setting_in(self._branches, params, interchangeable)

    def beyond(self, params: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
        """Numbers of a setting that its point does not give: they lie beyond what is suggested.

        Settings may differ in these alone, and share a point on the edge of the cube.
        """
        (given,) = self.inverse_transform(self.transform([params]))
        return tuple(
            (name, as_float(value))
            for name, value in params.items()
            if isinstance(given[name], float)
            and not np.isclose(as_float(value), given[name], rtol=1e-9, atol=0.0)
        )

    def allows(self, params: Mapping[str, Any]) -> bool:
        """Whether the constraint lets a setting pass."""
        return self._constraint is None or bool(self._constraint(dict(params)))

    def allowed(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Which points, shape (n_points, n_dims), the constraint lets pass."""
        points = np.atleast_2d(np.asarray(points, dtype=float))
        if self._constraint is None:
            return np.ones(len(points), dtype=bool)
        return np.array([self.allows(params) for params in self.inverse_transform(points)], bool)

    def sample(self, n_points: int, rng: np.random.Generator) -> Floats:
        """Allowed random points, shape (n_points, n_dims), uniform in the cube.

        Raises
        ------
        EmptySpaceError
            If the constraint let none of 10,000 draws pass.
        """
        found = np.empty((0, self.n_dims))
        n_draws = 0
        while len(found) < n_points:
            draws = self.snap(rng.random((n_points, self.n_dims)))
            found = np.vstack([found, draws[self.allowed(draws)]])
            n_draws += n_points
            if n_draws >= MAX_DRAWS and not len(found):
                raise EmptySpaceError(
                    f"constraint allowed none of {n_draws} random settings of the space: "
                    "widen it, or correct the constraint."
                )
        return found[:n_points]

    def grid(self) -> list[dict[str, Any]]:
        """All allowed settings of a space of lists, exactly as ``ParameterGrid`` gives them.

        Raises
        ------
        EmptySpaceError
            If the constraint allows none of them.
        """
        found = [params for params in ParameterGrid(self._listed or {}) if self.allows(params)]
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
        for branch, dimensions in enumerate(self._branches):
            columns = self._columns[branch]
            varying = [(columns[n], d.grid()) for n, d in dimensions.items() if n in columns]
            start = np.full(self.n_dims, INACTIVE)
            if self.n_branches > 1:
                start[0] = (branch + 0.5) / self.n_branches
            for units in product(*(grid for _, grid in varying)):
                point = start.copy()
                point[[column for column, _ in varying]] = units
                yield point

    def _locate(self, params: Mapping[str, Any]) -> Floats:
        branch = branch_with(self._branches, params)
        point = np.full(self.n_dims, INACTIVE)
        if self.n_branches > 1:
            point[0] = (branch + 0.5) / self.n_branches
        for name, column in self._columns[branch].items():
            point[column] = self._branches[branch][name].to_unit(params[name])
        return point


def _as_grid(branch: Mapping[str, Any]) -> dict[str, Any]:
    """A branch of lists as ``ParameterGrid`` takes it, which knows no Series."""
    return {
        name: values if isinstance(values, Sequence | np.ndarray) else list(values)
        for name, values in branch.items()
    }


def _merge(branches: Branches) -> tuple[tuple[Dimension, ...], list[dict[str, int]]]:
    """Dimensions of the cube, and for each branch the column of each parameter that varies."""
    dimensions: list[Dimension] = []
    if len(branches) > 1:
        dimensions.append(CategoricalDimension(BRANCH, range(len(branches))))
    columns: list[dict[str, int]] = []
    for branch in branches:
        columns.append({})
        for name, dimension in branch.items():
            if isinstance(dimension, ConstantDimension):
                continue
            shared = (j for j, other in enumerate(dimensions) if dimension.is_same_as(other))
            column = next(shared, len(dimensions))
            if column == len(dimensions):
                dimensions.append(dimension)
            columns[-1][name] = column
    return tuple(dimensions), columns
