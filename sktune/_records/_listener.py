"""``Listener``: told by the engine what happens in a search; for trackers and progress lines."""

from __future__ import annotations

from collections.abc import Sequence

from ._candidates import Candidate, FoldResult, Observation, StopReason


class Listener:
    """Is told what happens in a search; a subclass overrides the methods that it needs.

    All methods are called in the caller's thread, after the journal was written. An error in one
    of them becomes a ``ListenerWarning``, and this listener is not called again.
    """

    @property
    def name(self) -> str:
        """What warnings call it."""
        return type(self).__name__

    def search_began(self, earlier: Sequence[Observation]) -> None:
        """Called before the first candidate.

        Parameters
        ----------
        earlier : sequence of Observation
            What earlier sessions of a resumed search ran, in order of suggestion. Of these
            candidates only those that are not complete are reported again.
        """

    def candidate_began(self, candidate: Candidate) -> None:
        """Called when a candidate was suggested, before its folds run."""

    def fold_ended(self, result: FoldResult) -> None:
        """Called when a fold was run, or failed without being run."""

    def candidate_ended(self, observation: Observation) -> None:
        """Called once for each candidate, when no more of its folds will be run."""

    def search_ended(self, reason: StopReason | None) -> None:
        """Called after the last candidate has ended; None: an error ended the search."""
