"""``Recorder``: what the engine tells of a search as it goes; this one keeps nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._records import Candidate, FoldResult


class Recorder:
    """Hears of all that happens in a search, in its order.

    Attributes
    ----------
    elapsed : float
        Seconds that earlier parts of the search took.
    """

    elapsed = 0.0

    def replay(self, optimizer: Any) -> Iterable[Candidate | FoldResult]:
        """What happened in earlier parts; candidates have then been suggested by `optimizer`."""
        return ()

    def add_candidate(
        self, candidate: Candidate, progress: float, n_slots: int, elapsed: float
    ) -> None:
        """Note a candidate, and what the optimiser was asked with, before a fold of it runs."""

    def add_fold(self, result: FoldResult, elapsed: float) -> None:
        """Note a result before anyone acts on it."""

    def close(self) -> None:
        """After the search, however it ended."""
