"""Rungs of a resource, and how far each setting of a search has been trained."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from numbers import Integral

import numpy as np

from ..._records import Candidate, Observation


def make_rungs(min_resource: int, max_resource: int, factor: float) -> tuple[int, ...]:
    """Resources at which candidates are compared, from the last rung down by a factor.

    The rungs are `max_resource` / `factor` ** k, rounded, as long as that is at least
    `min_resource`; so the first may be above it.

    Parameters
    ----------
    min_resource : int
        Least resource of the first rung, at least 1.
    max_resource : int
        Resource of the last rung, exactly.
    factor : float
        Ratio of one rung to the one before, above 1.

    Returns
    -------
    tuple of int
        Strictly increasing.

    Raises
    ------
    ValueError
        If `min_resource` is below 1 or above `max_resource`, or `factor` is not above 1.

    Examples
    --------
    >>> from sktune.optimizers import make_rungs
    >>> make_rungs(1, 81, 3)
    (1, 3, 9, 27, 81)
    >>> make_rungs(2, 52, 3)
    (2, 6, 17, 52)
    """
    for name, value in (("min_resource", min_resource), ("max_resource", max_resource)):
        if not isinstance(value, Integral) or value < 1:
            raise ValueError(f"{name} must be an integer from 1 up, got {value!r}")
    if min_resource > max_resource:
        raise ValueError(
            f"min_resource must be at most max_resource, got {min_resource} and {max_resource}"
        )
    if not (np.isfinite(factor) and factor > 1):
        raise ValueError(f"factor must be a number above 1, got {factor!r}")
    rungs = {int(max_resource)}
    resource = max_resource / factor
    while round(resource) >= min_resource:
        rungs.add(round(resource))
        resource /= factor
    return tuple(sorted(rungs))


def check_rungs(rungs: Sequence[int]) -> tuple[int, ...]:
    """The rungs as a tuple, if they are increasing integers from 1 up; else a ValueError."""
    rungs = tuple(rungs)
    is_whole = all(isinstance(rung, Integral) and rung >= 1 for rung in rungs)
    if not (rungs and is_whole and all(a < b for a, b in pairwise(rungs))):
        raise ValueError(f"rungs must be strictly increasing integers from 1 up, got {rungs!r}")
    return tuple(int(rung) for rung in rungs)


@dataclass(slots=True)
class Trial:
    """A setting, and what is known of it at each rung.

    Attributes
    ----------
    root : Candidate
        As what it was suggested first.
    last : Candidate
        As what it was trained furthest, or is being trained now.
    is_running : bool
        Whether `last` is still pending.
    has_failed : bool
        Whether it ended without a score on some rung.
    scores : dict of int to float
        By resource its finite mean scores.
    observations : dict of int to Observation
        By resource what was told, where there is a score.
    """

    root: Candidate
    last: Candidate
    is_running: bool = False
    has_failed: bool = False
    scores: dict[int, float] = field(default_factory=dict)
    observations: dict[int, Observation] = field(default_factory=dict)

    @property
    def resource(self) -> int:
        """What it has been trained with, or is being trained with now."""
        return resource_of(self.last)

    def has_ended(self, resource: int) -> bool:
        """Whether it has been on the rung of this resource, and is through with it."""
        return resource in self.scores or (self.has_failed and self.resource == resource)

    def is_paused(self, max_resource: int) -> bool:
        """Whether it could be trained further now.

        Not where it was dropped: a race has found it behind, and of the folds that were not run
        there is nothing to go on from.
        """
        told = self.observations.get(self.resource)
        is_complete = told is not None and told.status == "complete"
        is_open = is_complete and not (self.is_running or self.has_failed)
        return is_open and self.resource < max_resource


def resource_of(candidate: Candidate) -> int:
    """The resource of a candidate that has one."""
    if candidate.resource is None:
        raise ValueError(f"candidate {candidate.id} has no resource")
    return candidate.resource


def read_trials(
    observations: Collection[Observation],
    pending: Iterable[Candidate],
    score: Callable[[Observation], float],
) -> list[Trial]:
    """All settings of a search, in order of their first suggestion.

    Parameters
    ----------
    observations : collection of Observation
        The last that was told of each candidate.
    pending : iterable of Candidate
        Those that have not ended.
    score : callable
        ``score(observation) -> float``, nan where there is none.

    Returns
    -------
    list of Trial
    """
    ended = {o.candidate.id: o for o in observations if o.status != "running"}
    candidates = {candidate.id: candidate for candidate in pending}
    # What waits for its last folds has been told of, and is pending no more.
    candidates |= {o.candidate.id: o.candidate for o in observations}
    trials: dict[int, Trial] = {}  # by the id of each of their candidates
    for i, candidate in sorted(candidates.items()):
        trial = None if candidate.parent is None else trials.get(candidate.parent)
        if trial is None:
            trial = Trial(candidate, candidate)
        trials[i] = trial
        trial.last, trial.is_running = candidate, i not in ended
        if trial.is_running:
            continue
        value = score(ended[i])
        if np.isfinite(value):
            trial.scores[resource_of(candidate)] = value
            trial.observations[resource_of(candidate)] = ended[i]
        else:
            trial.has_failed = True
    return list({id(trial): trial for trial in trials.values()}.values())
