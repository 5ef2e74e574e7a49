"""Report what happens in a search: to a ``Recorder`` first, then to any number of listeners."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable

from .._records import Candidate, FoldResult, Listener, StopReason
from ..exceptions import ListenerWarning
from ._history import History


class Recorder:
    """Writes down what happens before anyone acts on it; this one keeps nothing."""

    def add_candidate(
        self, candidate: Candidate, progress: float, n_slots: int, elapsed: float
    ) -> None:
        """Note a candidate, and the arguments of ``ask``, before its first fold runs."""

    def add_fold(self, result: FoldResult, elapsed: float) -> None:
        """Note a result before anyone acts on it."""

    def add_end(self, reason: StopReason | None, elapsed: float) -> None:
        """Note what ended the search; None: an error."""

    def close(self) -> None:
        """Called after the search, however it ended."""


class Listeners:
    """Calls all listeners; one that raises an error is not called again.

    Parameters
    ----------
    listeners : iterable of Listener
    """

    def __init__(self, listeners: Iterable[Listener] = ()) -> None:
        self._listeners = list(listeners)
        self._has_begun = False  # replayed events were reported in an earlier session
        self._ended: set[int] = set()

    def search_began(self, history: History) -> None:
        """Report the start, after the events of earlier sessions were replayed."""
        self._has_begun = True
        observations = [history.observation(candidate) for candidate in history.candidates]
        self._ended |= {c.id for c in history.candidates if history.is_complete(c)}
        self._tell(lambda listener: listener.search_began(observations))

    def candidate_began(self, candidate: Candidate) -> None:
        """Report a candidate, before its first fold is submitted."""
        self._tell(lambda listener: listener.candidate_began(candidate))

    def fold_ended(self, result: FoldResult) -> None:
        """Report a result, after it was written down."""
        if self._listeners:  # as a rule there are none
            self._tell(lambda listener: listener.fold_ended(result))

    def candidate_ended(self, candidate: Candidate, history: History) -> None:
        """Report a candidate's end, after the optimiser was told; once for each candidate."""
        if self._has_begun and self._listeners and candidate.id not in self._ended:
            self._ended.add(candidate.id)
            observation = history.observation(candidate)
            self._tell(lambda listener: listener.candidate_ended(observation))

    def search_ended(self, history: History, reason: StopReason | None) -> None:
        """Report the end of each candidate whose other folds are not run, then of the search."""
        if not self._has_begun:
            return
        for candidate in history.candidates:
            self.candidate_ended(candidate, history)
        self._tell(lambda listener: listener.search_ended(reason))

    def _tell(self, event: Callable[[Listener], None]) -> None:
        for listener in list(self._listeners):
            try:
                event(listener)
            except Exception as error:
                self._listeners.remove(listener)
                warnings.warn(
                    f"{listener.name} failed, and is not called again in this search: "
                    f"{type(error).__name__}: {error}",
                    ListenerWarning,
                    stacklevel=3,
                )
