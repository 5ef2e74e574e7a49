"""The contract between a search and its optimiser: ``ask`` for a setting, ``tell`` its scores.

A new strategy is one subclass with one method, ``_suggest``. What all strategies need is
here: given starts come first, no setting is suggested twice, none that the constraint
forbids, and each suggestion draws from a generator of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._records import WAIT, Candidate, Done, Observation, StopReason, Wait
from ..exceptions import EmptySpaceError
from ..space import SearchSpace
from ._objective import Objective

Floats = NDArray[np.float64]

# Random draws before a finite space is enumerated for a setting that is left.
N_RANDOM_TRIES = 100

# If thousands of draws found nothing allowed, finite spaces up to this size are enumerated all the
# same: that takes 4 s with a quick constraint and three parameters.
MAX_LOOKED_THROUGH = 100_000


# The answer of a strategy that has suggested all settings of a finite space.
EXHAUSTED = Done(StopReason.SPACE_EXHAUSTED)


class Suggestion(NamedTuple):
    """What a strategy proposes.

    Parameters
    ----------
    point : ndarray of shape (n_dims,)
        A point of the unit cube.
    source : str
        Why it is proposed, in one word.
    resource : int or None, default=None
        How much to train it with in all, see ``Candidate``.
    parent : int or None, default=None
        Id of the candidate that it goes on from; its setting is used then, whatever `point` is.
    """

    point: Floats
    source: str
    resource: int | None = None
    parent: int | None = None


class BaseOptimizer(ABC):
    """Suggests settings and learns from their scores.

    An optimiser knows a space and scores, higher is better. It knows nothing of estimators
    or processes, and of folds only that a candidate may have several scores.

    Parameters
    ----------
    space : SearchSpace
        Where to search.
    metric : str or None, default=None
        Which of several scores in an observation to maximise; None: the first of them. A
        single score is taken whatever its name.
    seed : int, default=0
        Root of all randomness: the k-th suggestion draws from a generator seeded by
        ``(seed, k)``, so it depends on what was told, not on how often one has asked before.
    starts : iterable of dict, default=()
        Settings to suggest first, in their order and with their exact values; each must lie
        in `space`. Equal ones are suggested once.
    run_whole : bool, default=False
        Suggest the settings of a space of lists exactly as ``ParameterGrid`` gives them,
        repeats included, and no other.
    test_ratio : float or None, default=None
        Test rows for each training row, the mean over the folds; it tells how strongly the scores
        of the folds are correlated. None: as in K-fold cross-validation.

    Attributes
    ----------
    objective : Objective
        The score that is maximised, of `metric` and `test_ratio`.
    objectives : tuple of Objective
        All scores that are maximised: that one, or several that are traded for each other.
    earlier : sequence of EarlierScores
        What the strategy was told of earlier searches; empty if it does not use them.
    first_resource : int or None
        Resource with which given settings, and those of a grid, are trained first; None: the
        strategy uses no resource.
    pending : dict of int to Candidate
        Candidates that were suggested and are not finished, by id.
    observations : dict of int to Observation
        The latest observation of each candidate, by id.
    """

    earlier: Sequence[Any] = ()
    first_resource: int | None = None

    def __init__(
        self,
        space: SearchSpace,
        *,
        metric: str | None = None,
        seed: int = 0,
        starts: Iterable[Mapping[str, Any]] = (),
        run_whole: bool = False,
        test_ratio: float | None = None,
    ) -> None:
        self.space = space
        self.objective = Objective(metric, test_ratio)
        self.objectives: tuple[Objective, ...] = (self.objective,)
        self.seed = seed
        self.pending: dict[int, Candidate] = {}
        self.observations: dict[int, Observation] = {}
        # The next one is last. A deque would lose its items when skops saves it.
        self._starts = [dict(params) for params in starts][::-1]
        self._started: set[tuple[Any, ...]] = set()
        self._grid = list(space.grid())[::-1] if run_whole else None
        self._seen: set[tuple[Any, ...]] = set()
        self._n_asked = 0
        self._effects: dict[int, Floats] = {}  # of the folds, by resource, 0 without one

    def ask(self, progress: float = 0.0, n_slots: int = 1) -> Candidate | Wait | Done:
        """Suggest the next setting.

        Parameters
        ----------
        progress : float, default=0.0
            Share of the budget used, in [0, 1].
        n_slots : int, default=1
            Workers that run side by side.

        Returns
        -------
        Candidate, WAIT or Done
            The candidate, pending from now on. ``WAIT``: nothing to suggest before more
            is told; if nothing is pending, that is the end. ``Done``: nothing to suggest any
            more, and why.

        Raises
        ------
        EmptySpaceError
            If the constraint let none of 10,000 draws pass for the very first candidate.
            Later the space counts as used up.
        """
        candidate = self._next_start() or self._next_in_grid()
        if candidate is not None:
            return candidate
        if self._grid is not None and self.first_resource is None:
            return EXHAUSTED
        answer = self._suggest_new(self._next_rng(), progress, n_slots)
        return self._take(answer) if isinstance(answer, Suggestion) else answer

    def prepare(self) -> None:  # noqa: B027 (only a strategy with a model has something to do)
        """Do in advance what the next ``ask`` needs, without any effect on what it suggests."""

    def tell(self, observation: Observation) -> None:
        """Take the scores of a candidate; replaces what was told of it before."""
        candidate = observation.candidate
        self.observations[candidate.id] = observation
        if observation.status == "complete":
            self._effects.pop(candidate.resource or 0, None)
        if observation.status != "running":
            self.pending.pop(candidate.id, None)

    def adopt(
        self,
        candidate_id: int,
        point: Sequence[float],
        source: str,
        params: dict[str, Any],
        resource: int | None = None,
        parent: int | None = None,
    ) -> Candidate:
        """Take a given candidate as suggested, in place of the one that ``ask`` gave, if any."""
        wrong = self.pending.pop(candidate_id, None)
        if wrong is not None and wrong.parent is None:
            self._seen.discard(self.space.key(np.array(wrong.point)))
        self._n_asked = candidate_id
        return self._register(np.array(point), source, params, resource, parent)

    def split_scores(self, observation: Observation) -> Floats:
        """Scores of the metric that is maximised, shape (n_splits,), nan where there is none."""
        return self.objective.split_scores(observation)

    def score(self, observation: Observation) -> float:
        """Mean score of a candidate; nan if it has none that is finite.

        For a dropped candidate, the mean of the splits that were run, each less what it gives the
        complete candidates above their mean.
        """
        resource = observation.candidate.resource or 0  # skops cannot load a dict with None as key
        if observation.status == "dropped" and resource not in self._effects:
            latest = reversed(self.observations.values())
            alike = (o for o in latest if (o.candidate.resource or 0) == resource)
            self._effects[resource] = self.objective.effects(alike)
        return self.objective.score(observation, self._effects.get(resource, 0.0))

    @property
    def metric(self) -> str | None:
        """Name of the score that is maximised, None for the first."""
        return self.objective.metric

    @property
    def test_ratio(self) -> float | None:
        """Test rows for each training row, None for those of K-fold cross-validation."""
        return self.objective.test_ratio

    def remaining_gain(self) -> float | None:
        """How much could still be gained, in score units; None: this strategy cannot tell."""
        return None

    def expected_scores(self, candidates: Sequence[Candidate]) -> tuple[Floats, Floats]:
        """Expected scores of finished candidates, by a model if the strategy has one.

        Returns
        -------
        mean, std : ndarray of shape (n_candidates,)
            In score units. Without a model, `mean` has the mean score that was told, nan if there
            is none, and `std` is nan.
        """
        told = [self.observations.get(candidate.id) for candidate in candidates]
        mean = np.array([np.nan if o is None else self.score(o) for o in told])
        return mean, np.full(len(mean), np.nan)

    def completed(self) -> tuple[list[Candidate], Floats]:
        """Candidates with a score, in order of suggestion, and their scores, shape (n,)."""
        pairs = [(c, score) for c, score in self._finished() if not np.isnan(score)]
        return [c for c, _ in pairs], np.array([score for _, score in pairs])

    def failed(self) -> list[Candidate]:
        """Candidates that ended without a score, in order of suggestion."""
        return [c for c, score in self._finished() if np.isnan(score)]

    def is_new(self, point: Floats) -> bool:
        """Whether a canonical point, shape (n_dims,), is allowed and was not suggested yet."""
        return self.space.key(point) not in self._seen and bool(self.space.allowed(point)[0])

    @abstractmethod
    def _suggest(
        self, rng: np.random.Generator, progress: float, n_slots: int
    ) -> Suggestion | Wait | Done:
        """Propose a point, new or not; a repeat is replaced by a random new one.

        Only a suggestion with a parent may repeat a setting. If there is nothing to propose, return
        ``WAIT`` or ``Done``, as ``ask`` does.
        """

    def _next_rng(self) -> np.random.Generator:
        """Generator for the next suggestion."""
        return np.random.default_rng([self.seed, self._n_asked])

    def _finished(self) -> list[tuple[Candidate, float]]:
        """Candidates that are not running any more, in order of suggestion, with score or nan."""
        told = (observation for _, observation in sorted(self.observations.items()))
        return [(o.candidate, self.score(o)) for o in told if o.status != "running"]

    def _next_start(self) -> Candidate | None:
        while self._starts:
            params = self.space.held(self._starts.pop())
            (point,) = self.space.transform([params])
            key = self.space.key(point), self.space.beyond(params)
            if key not in self._started:
                self._started.add(key)
                return self._register(point, "start", params, self.first_resource)
        return None

    def _next_in_grid(self) -> Candidate | None:
        if not self._grid:
            return None
        params = self._grid.pop()
        (point,) = self.space.transform([params])
        return self._register(point, "grid", params, self.first_resource)

    def _suggest_new(
        self, rng: np.random.Generator, progress: float, n_slots: int
    ) -> Suggestion | Wait | Done:
        """What the strategy proposes, or any other setting that is left."""
        resource = self.first_resource
        try:
            answer = self._suggest(rng, progress, n_slots)
            if not isinstance(answer, Suggestion) or answer.parent is not None:
                return answer
            resource = answer.resource
            answer = answer._replace(point=self.space.snap(answer.point)[0])
            if self.is_new(answer.point):
                return answer
            tries = (self.space.sample(1, rng)[0] for _ in range(N_RANDOM_TRIES))
            point = self._first_unseen(tries)
            is_looked_through = bool(np.isfinite(self.space.size))
        except EmptySpaceError:
            # An error would lose the fits that were made so far.
            if not self._n_asked:
                raise
            point, is_looked_through = None, self.space.size <= MAX_LOOKED_THROUGH
        if point is None and is_looked_through:
            point = self._first_unseen(self.space.enumerate())
        if point is not None:
            return Suggestion(point, "random", resource)
        if (instead := self._without_new()) is not None:
            return instead
        # Draws that found nothing do not prove that nothing is left: the strategy may find
        # something once more is told.
        return WAIT if self.pending and not is_looked_through else EXHAUSTED

    def _without_new(self) -> Suggestion | Wait | None:
        """What to do where no new setting was found: known ones may be trained further."""
        return None

    def _first_unseen(self, points: Iterable[Floats]) -> Floats | None:
        """The first of some allowed points that was not suggested yet, None without one."""
        return next((p for p in points if self.space.key(p) not in self._seen), None)

    def _take(self, suggestion: Suggestion) -> Candidate:
        """Make a candidate of a suggestion."""
        point, source, resource, parent = suggestion
        if parent is None:
            return self._register(point, source, None, resource)
        if parent not in self.observations:
            raise ValueError(
                f"candidate {parent} cannot be trained further: nothing was told of it"
            )
        lower = self.observations[parent].candidate
        return self._register(np.array(lower.point), source, dict(lower.params), resource, parent)

    def _register(
        self,
        point: Floats,
        source: str,
        params: dict[str, Any] | None = None,
        resource: int | None = None,
        parent: int | None = None,
    ) -> Candidate:
        """Remember a canonical point as pending; exact `params` are passed on untouched."""
        if params is None:
            (params,) = self.space.inverse_transform(point)
        candidate = Candidate(
            id=self._n_asked,
            params=params,
            point=tuple(point.tolist()),
            branch=int(self.space.branch_of(point[None])[0]),
            source=source,
            resource=resource,
            parent=parent,
        )
        self._n_asked += 1
        self._seen.add(self.space.key(point))
        self.pending[candidate.id] = candidate
        return candidate
