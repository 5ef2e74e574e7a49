"""Callbacks that hear the events of a search, besides scikit-learn's four hooks."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..._records import Candidate, FoldResult, Listener, Observation, StopReason
from ..._records._events import (
    CandidateBegan,
    CandidateEnded,
    FitEnded,
    FoldEnded,
    SearchBegan,
    SearchEnded,
    SearchEvent,
)
from ..._records._fold_scores import rows_ratio
from ..._sklearn_compat import callbacks_of
from ...exceptions import ListenerWarning
from .._plan import Plan


class EventListener(Listener):
    """Tells one callback, by its method ``on_search_event(event)``."""

    def __init__(self, callback: Any, search: Any, plan: Plan, elapsed: float) -> None:
        self._callback, self._search, self._plan = callback, search, plan
        self._elapsed = elapsed
        self._is_heard = True

    @property
    def name(self) -> str:
        """That of the class of the user's callback."""
        return type(self._callback).__name__

    def search_began(self, earlier: Sequence[Observation]) -> None:
        """What is searched."""
        plan, schedule = self._plan, self._plan.schedule
        self._tell(
            SearchBegan(
                search=self._search,
                time=time.time(),
                n_candidates=plan.n_candidates,
                n_splits=len(plan.splits),
                space=plan.read.space,
                metric=plan.optimizer.objective.metric,
                test_ratio=rows_ratio(plan.splits),
                earlier=earlier,
                elapsed=self._elapsed,
                n_units=schedule.budget(self._search).n_units if schedule.rungs else None,
                goes_on=schedule.goes_on,
            )
        )

    def candidate_began(self, candidate: Candidate) -> None:
        """A candidate."""
        self._tell(CandidateBegan(candidate, time.time()))

    def fold_ended(self, result: FoldResult) -> None:
        """A result, without rows: they are data, and large."""
        self._tell(FoldEnded(replace(result, rows=None), time.time()))

    def candidate_ended(self, observation: Observation) -> None:
        """What became of a candidate."""
        self._tell(CandidateEnded(observation, time.time()))

    def search_ended(self, reason: StopReason | None) -> None:
        """Why the search ended."""
        self._tell(SearchEnded(reason, time.time()))

    def _tell(self, event: SearchEvent) -> None:
        if self._is_heard and self._callback.on_search_event(event) is False:
            self._is_heard = False


def event_listeners(search: Any, plan: Plan, elapsed: float) -> list[Listener]:
    """One for each callback of the search that hears events.

    `elapsed`: seconds that earlier sessions took.
    """
    return [EventListener(callback, search, plan, elapsed) for callback in _who_hear(search)]


def tell_results(search: Any) -> None:
    """Tell that the results are there."""
    for callback in _who_hear(search):
        try:
            callback.on_search_event(FitEnded(search, time.time()))
        except Exception as error:  # as in the listeners: the results are worth more
            warnings.warn(
                f"{type(callback).__name__} failed at the end of the search: "
                f"{type(error).__name__}: {error}",
                ListenerWarning,
                stacklevel=3,
            )


def _who_hear(search: Any) -> list[Any]:
    return [callback for callback in callbacks_of(search) if hasattr(callback, "on_search_event")]
