"""``Suspects``: which fold is it that its workers die of?"""

from __future__ import annotations

from collections import Counter, deque

from .._records import Candidate, FoldTask

# Deaths of a worker that cost a candidate its score: one may be chance.
MAX_DEATHS = 2


class Suspects:
    """Folds whose worker died, to be run again with nothing beside them.

    A pool of processes ends as a whole, and any of its folds may have been the reason, such
    as one that took all memory. Run one by one, a fold whose worker dies again is the culprit.
    """

    def __init__(self) -> None:
        self._waiting: deque[FoldTask] = deque()
        self._n_deaths: Counter[int] = Counter()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, task: FoldTask) -> None:
        """Let a fold be run alone."""
        self._waiting.append(task)

    def next(self) -> FoldTask:
        """Take the next fold to run with nothing beside it."""
        return self._waiting.popleft()

    def blame(self, candidate: Candidate) -> bool:
        """Count a death of which a candidate was the reason; whether that was one too many."""
        self._n_deaths[candidate.id] += 1
        return self._n_deaths[candidate.id] >= MAX_DEATHS

    def drop(self, candidate: Candidate) -> list[FoldTask]:
        """Take all folds of a candidate away."""
        dropped = [task for task in self._waiting if task.candidate.id == candidate.id]
        self._waiting = deque(task for task in self._waiting if task not in dropped)
        return dropped
