"""Events of a search, as callbacks hear them: small and frozen, in the order of what happens.

``SearchBegan`` first; ``CandidateBegan``, ``FoldEnded`` and ``CandidateEnded`` of candidates that
overlap; then ``SearchEnded``, and ``FitEnded`` when results and refit are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ._candidates import Candidate, FoldResult, Observation, StopReason


@dataclass(frozen=True, slots=True)
class SearchBegan:
    """Before the first candidate.

    Parameters
    ----------
    search : estimator
        The search, which is being fitted.
    time : float
        Seconds since the epoch, here and in all events.
    n_candidates : int or None
        How many there will be at most; None: unknown.
    n_splits : int or None
        Folds of a candidate; None: unknown.
    space : SearchSpace or None
        What is searched; None: unknown.
    metric : str or None
        The metric that is maximised, None for the first one.
    test_ratio : float or None
        Test rows for each training row, the mean over the folds.
    earlier : sequence of Observation
        What earlier sessions of a resumed search ran.
    elapsed : float
        Seconds that these took.
    n_units : int or None
        Units of the resource that the search may spend on a fold; None: settings have no resource,
        and candidates are counted.
    goes_on : bool
        Whether a candidate costs only what it is trained beyond its parent.
    """

    search: Any
    time: float
    n_candidates: int | None = None
    n_splits: int | None = None
    space: Any = None
    metric: str | None = None
    test_ratio: float | None = None
    earlier: Sequence[Observation] = ()
    elapsed: float = 0.0
    n_units: int | None = None
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class CandidateBegan:
    """The folds of a candidate are about to run."""

    candidate: Candidate
    time: float


@dataclass(frozen=True, slots=True)
class FoldEnded:
    """A fold was run; without its result where the search does not tell it."""

    result: FoldResult | None
    time: float


@dataclass(frozen=True, slots=True)
class CandidateEnded:
    """No more folds of a candidate will be run."""

    observation: Observation
    time: float


@dataclass(frozen=True, slots=True)
class SearchEnded:
    """After the last candidate; `reason` is None where an error ended the search."""

    reason: StopReason | None
    time: float


@dataclass(frozen=True, slots=True)
class FitEnded:
    """The search has its results, and its best estimator if it refits."""

    search: Any
    time: float


SearchEvent = SearchBegan | CandidateBegan | FoldEnded | CandidateEnded | SearchEnded | FitEnded
