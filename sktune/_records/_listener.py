"""Who hears what happens in a search: the engine tells, trackers and progress lines listen."""

from __future__ import annotations

from collections.abc import Sequence

from ._candidates import Candidate, FoldResult, Observation, StopReason


class Listener:
    """Hears what happens in a search; a subclass overrides what it wants to hear of.

    All methods are called in the caller's thread, after the journal was written. An error in one
    of them is a ``ListenerWarning``; this listener then hears nothing more.
    """

    def search_began(self, earlier: Sequence[Observation]) -> None:
        """Before the first candidate.

        Parameters
        ----------
        earlier : sequence of Observation
            What earlier sessions of a resumed search ran, in order of suggestion. Of these
            candidates only those that are not complete are heard of again.
        """

    def candidate_began(self, candidate: Candidate) -> None:
        """A candidate was suggested, and its folds are about to run."""

    def fold_ended(self, result: FoldResult) -> None:
        """A fold was run, or failed without being run."""

    def candidate_ended(self, observation: Observation) -> None:
        """No more folds of a candidate will be run; once for each, with its final status."""

    def search_ended(self, reason: StopReason | None) -> None:
        """After the last candidate has ended; None: an error ended the search."""
