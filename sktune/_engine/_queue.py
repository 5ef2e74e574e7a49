"""``FoldQueue``: folds of started candidates that wait for a worker."""

from __future__ import annotations

from collections import deque

from .._records import Candidate, FoldTask


class FoldQueue:
    """Folds to run, those of older candidates first.

    Parameters
    ----------
    n_splits : int
        Folds of a candidate; they are run in their order.
    one_at_a_time : bool
        Whether a candidate's next fold waits for the one before, so that it can be dropped
        in between.
    """

    def __init__(self, n_splits: int, one_at_a_time: bool) -> None:
        self._n_splits = n_splits
        self._one_at_a_time = one_at_a_time
        self._waiting: dict[int, deque[FoldTask]] = {}  # by candidate, in order of suggestion
        self._n_running: dict[int, int] = {}
        self._paused: set[int] = set()

    @property
    def is_empty(self) -> bool:
        """Whether no fold is left that has not been taken."""
        return not self._waiting

    def add(self, candidate: Candidate) -> None:
        """Add the folds of a new candidate."""
        tasks = [FoldTask(candidate, split) for split in range(self._n_splits)]
        self._waiting[candidate.id] = deque(tasks)
        self._n_running[candidate.id] = 0

    def next(self, is_last_resort: bool = False) -> FoldTask | None:
        """Take a fold to run now; as a last resort also one that should wait for another.

        Folds of paused candidates are taken by `next_of` only.
        """
        for candidate_id in self._waiting:
            if candidate_id not in self._paused and self._may_run(candidate_id, is_last_resort):
                return self._take(candidate_id)
        return None

    def next_of(self, candidate: Candidate) -> FoldTask | None:
        """Take a fold of this candidate, None if it has none left."""
        if not self.has_folds_of(candidate):
            return None
        return self._take(candidate.id)

    def pause(self, candidate: Candidate) -> None:
        """Hold back the folds of a candidate: only `next_of` takes them."""
        self._paused.add(candidate.id)

    def paused(self, is_last_resort: bool = False) -> list[Candidate]:
        """Paused candidates with a fold to run now, see `next`, in order of suggestion."""
        ids = sorted(self._paused & self._waiting.keys())
        return [self._waiting[i][0].candidate for i in ids if self._may_run(i, is_last_resort)]

    def take(self, candidate: Candidate, split: int) -> None:
        """Remove a fold that need not be run any more."""
        tasks = self._waiting.get(candidate.id, deque())
        left = deque(task for task in tasks if task.split != split)
        self._waiting[candidate.id] = left
        if not left:
            del self._waiting[candidate.id]

    def finish(self, task: FoldTask) -> None:
        """Note that a fold is not running any more."""
        self._n_running[task.candidate.id] -= 1

    def put_back(self, task: FoldTask) -> None:
        """Queue a fold again, before all others."""
        tasks = self._waiting.pop(task.candidate.id, deque())
        tasks.appendleft(task)
        self._waiting = {task.candidate.id: tasks, **self._waiting}

    def has_folds_of(self, candidate: Candidate) -> bool:
        """Whether a candidate has folds that have not been taken."""
        return candidate.id in self._waiting

    def drop(self, candidate: Candidate) -> list[FoldTask]:
        """Remove and return the folds of a candidate that have not been taken."""
        return list(self._waiting.pop(candidate.id, ()))

    def _may_run(self, candidate_id: int, is_last_resort: bool) -> bool:
        is_held = self._one_at_a_time and self._n_running[candidate_id] > 0
        return is_last_resort or not is_held

    def _take(self, candidate_id: int) -> FoldTask:
        tasks = self._waiting[candidate_id]
        task = tasks.popleft()
        if not tasks:
            del self._waiting[candidate_id]
        self._n_running[candidate_id] += 1
        return task
