"""``DescentOptimizer``: downhill along the slope of the fold loss.

Scores have no slope that an optimiser could be told. The folds report it beside them, see
``Observation.reports``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._records import WAIT, Candidate, Done, Observation, StopReason, Wait
from ..exceptions import InvalidSpaceError
from ..space import SearchSpace
from ..space._dimensions._numbers import RealDimension
from ._base import BaseOptimizer, Suggestion
from ._downhill import MIN_GAIN, MIN_GAIN_SHARED, Slope, descend, is_flat

Floats = NDArray[np.float64]

# A report of an estimator has the loss of its fold under this name of the estimator, which is the
# tuned estimator itself.
REPORTER = ""

# Settings that are tried with the first weights, which is where all others begin.
MAX_SHARED = 8

# Where a path begins without a start, and where it tries again if nothing can be computed there,
# or where the loss is flat, as it is where an L1 penalty leaves no coefficient.
BEGINNINGS = (0.5, 0.25, 0.75, 0.1, 0.9)


class DescentOptimizer(BaseOptimizer):
    """Steps down the mean loss of the folds: L-BFGS-B, or polynomials for one parameter.

    Each complete candidate is to come with reports of its folds: under the name ``""`` a dict with
    the ``"loss"`` of the fold and its ``"gradient"``, the derivative by each parameter, by name.
    Scores are not what is descended: they say which of the settings on the way is the best.

    A step needs the slope of the one before, so there is one candidate at a time.

    Parameters
    ----------
    space : SearchSpace
        One dict of continuous ranges.
    fixed_first : dict of str to float, default=None
        Values of parameters that stay as they are until the others have come to an end; for up to
        eight candidates. Weights of parts stand under their own names, ``name[part]``. None: none
        stays.
    **common : dict of str to object
        Other parameters of ``BaseOptimizer``; the path begins at the best of `starts`.

    Raises
    ------
    InvalidSpaceError
        If a parameter has no continuous range, or there are several dicts.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.stats import loguniform
    >>> from sktune.optimizers import DescentOptimizer, Done, Observation
    >>> from sktune.space import SearchSpace
    >>> space = SearchSpace.from_distributions({"alpha": loguniform(1e-3, 1e3)})
    >>> optimizer = DescentOptimizer(space)
    >>> while not isinstance(candidate := optimizer.ask(), Done):
    ...     alpha = candidate.params["alpha"]
    ...     distance = np.log(alpha / 20)
    ...     report = {"": {"loss": distance**2, "gradient": {"alpha": 2 * distance / alpha}}}
    ...     scores = {"score": np.array([-(distance**2)])}
    ...     optimizer.tell(Observation(candidate, scores, "complete", reports=(report,)))
    >>> best = min(optimizer.observations.values(), key=lambda o: -optimizer.score(o))
    >>> round(best.candidate.params["alpha"])
    20
    """

    def __init__(
        self, space: SearchSpace, *, fixed_first: Mapping[str, float] | None = None, **common: Any
    ) -> None:
        super().__init__(space, **common)
        self.fixed_first = dict(fixed_first or {})
        ranges = [d for d in space.dimensions if isinstance(d, RealDimension)]
        if space.n_branches > 1 or len(ranges) < space.n_dims:
            raise InvalidSpaceError("A descent needs one dict of continuous ranges.")
        self._ranges = ranges
        self._is_fixed = np.array([d.name in self.fixed_first for d in ranges], dtype=bool)
        self._fixed_units = np.array(
            [d.to_unit(self.fixed_first[d.name]) for d in ranges if d.name in self.fixed_first]
        )

    def slope(self, candidate: Candidate) -> Slope | None:
        """Loss of a candidate and its derivative by the point; None where they are not known."""
        observation = self.observations.get(candidate.id)
        if observation is None or observation.status != "complete":
            return None
        return self._slope_of(observation)

    def is_shared(self, candidate: Candidate) -> bool:
        """Whether a candidate has the first values of what is fixed first."""
        return np.array_equal(np.array(candidate.point)[self._is_fixed], self._fixed_units)

    def is_new(self, point: Floats) -> bool:
        """Whether a point was not suggested yet.

        A start beyond an end of a range has the point at that end, but is another setting.
        """
        return self.space.key(point) not in self._known()

    def _suggest(
        self, rng: np.random.Generator, progress: float, n_slots: int
    ) -> Suggestion | Wait | Done:
        if self.pending:
            return WAIT
        path = _Path(self.space, self._known())
        start = self._start()
        try:
            if start is None or not path.leads_down(start):
                start = self._first_that_leads_down(path)
            if start is None:
                return Done(StopReason.CONVERGED)
            if self._is_fixed.any():
                self._fix(start)
                start = path.descend(start, ~self._is_fixed, MAX_SHARED, MIN_GAIN_SHARED)
                start = self._best_known(path, start)
            path.descend(start, np.ones(len(start), dtype=bool))
        except _Unknown as unknown:
            return Suggestion(unknown.point, "move")
        return Done(StopReason.CONVERGED)

    def _known(self) -> dict[tuple[Any, ...], Slope | None]:
        """What is known of points, by their keys; None where they have no slope."""
        known: dict[tuple[Any, ...], Slope | None] = {}
        for observation in self.observations.values():
            candidate = observation.candidate
            if not self.space.beyond(candidate.params):
                known[self.space.key(candidate.point)] = self.slope(candidate)
        return known

    def _start(self) -> Floats | None:
        """The best of the given settings, as a point."""
        given = [
            (slope.loss, candidate.id, candidate)
            for candidate in (o.candidate for o in self.observations.values())
            if candidate.source == "start" and not self.space.beyond(candidate.params)
            if (slope := self.slope(candidate)) is not None
        ]
        return np.array(min(given)[2].point) if given else None

    def _first_that_leads_down(self, path: _Path) -> Floats | None:
        """A point where there is a slope to follow, else None."""
        for unit in BEGINNINGS:
            point = np.full(self.space.n_dims, unit)
            self._fix(point)
            if path.leads_down(point):
                return point
        return None

    def _fix(self, point: Floats) -> None:
        point[self._is_fixed] = self._fixed_units

    def _best_known(self, path: _Path, start: Floats) -> Floats:
        """The end of the first path, or a given setting that is better."""
        other = self._start()
        here, there = path.look_up(start), None if other is None else path.look_up(other)
        if other is None or there is None or here is None or here.loss <= there.loss:
            return start
        return other

    def _slope_of(self, observation: Observation) -> Slope | None:
        losses, slopes = [], []
        for report in observation.reports:
            fold = (report or {}).get(REPORTER, {})
            gradient = fold.get("gradient")
            if fold.get("loss") is None or not isinstance(gradient, Mapping):
                return None
            losses.append(float(fold["loss"]))
            slopes.append([float(gradient[d.name]) for d in self._ranges])
        if not losses:
            return None
        units = observation.candidate.point
        by_unit = [d.slope(unit) for d, unit in zip(self._ranges, units, strict=True)]
        found = Slope(float(np.mean(losses)), np.mean(slopes, axis=0) * by_unit)
        return found if np.isfinite(found.loss) and np.isfinite(found.slope).all() else None


class _Unknown(Exception):
    """A path needs the slope at a point where nothing was run yet."""

    def __init__(self, point: Floats) -> None:
        super().__init__()
        self.point = point


class _Path:
    """Replays a descent over what is known, up to the first point that is not.

    So nothing has to be kept from one suggestion to the next, or in a journal: the steps follow
    from what was told.

    Parameters
    ----------
    space : SearchSpace
    known : dict
        Slopes by the keys of points.
    """

    def __init__(self, space: SearchSpace, known: Mapping[tuple[Any, ...], Slope | None]) -> None:
        self._space = space
        self._known = known

    def look_up(self, point: Floats) -> Slope | None:
        """What is known of a point; None: it could not be computed.

        Raises
        ------
        _Unknown
            If it was not run yet.
        """
        (point,) = self._space.snap(point)
        key = self._space.key(point)
        if key not in self._known:
            raise _Unknown(point)
        return self._known[key]

    def leads_down(self, point: Floats) -> bool:
        """Whether a slope is known at a point that promises a gain within the unit cube."""
        found = self.look_up(point)
        return found is not None and not is_flat(found.loss, found.slope)

    def descend(
        self,
        start: Floats,
        free: NDArray[np.bool_],
        limit: int | None = None,
        min_gain: float = MIN_GAIN,
    ) -> Floats:
        """The lowest point of a path from a point with a slope, in some coordinates.

        Parameters
        ----------
        start : ndarray of shape (n_dims,)
        free : ndarray of bool of shape (n_dims,)
            Which coordinates move.
        limit : int or None, default=None
            Slopes at most.
        min_gain : float
            The gain of a step that ends the path, as a share of the first loss.
        """
        return descend(self.look_up, start, free, limit, min_gain) if free.any() else start
