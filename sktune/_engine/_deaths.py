"""``Deaths``: decides what to do with folds whose worker died or that ran out of time.

A fold whose worker died is run again. If it is not known which of several folds killed the worker,
each of them is run alone, so that the next death shows which one it was. A candidate fails if its
folds have killed a worker twice, or if one of them ran out of time: its other folds are not run.
"""

from __future__ import annotations

import time
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from .._records import Candidate, FoldResult, FoldTask, StopReason
from ..exceptions import FitTimeoutError, WorkerDiedWarning
from ._limits import GRACE, TimeLimit
from ._queue import FoldQueue
from .executors._contract import Outcome
from .stopping._request import StopRequest

# Deaths of a worker after which a candidate fails: one may be chance.
MAX_DEATHS = 2

Fail = Callable[[FoldTask, Exception], FoldResult]


class Deaths:
    """Decides which lost folds are run again, and which candidates fail.

    Parameters
    ----------
    queue : FoldQueue
        Folds of failed candidates are removed from it, folds to run again are put back.
    stop : StopRequest
        Set if Ctrl-C ended a worker.
    fail : callable
        ``fail(task, error) -> FoldResult``: the result of a fold that cannot be run.
    record : callable
        ``record(result)``: called with each of these results.
    limit : TimeLimit or None
        The time limit of the folds.
    """

    def __init__(
        self,
        queue: FoldQueue,
        stop: StopRequest,
        fail: Fail,
        record: Callable[[FoldResult], None],
        limit: TimeLimit | None,
    ) -> None:
        self._queue = queue
        self._stop = stop
        self._fail = fail
        self._record = record
        self._limit = limit
        self._suspects: deque[FoldTask] = deque()
        self._n_deaths: Counter[int] = Counter()
        self._errors: dict[int, Exception] = {}  # of failed candidates, by id

    @property
    def has_suspects(self) -> bool:
        """Whether there are folds to run alone."""
        return bool(self._suspects)

    def next_suspect(self) -> FoldTask:
        """Take the next fold to run alone."""
        return self._suspects.popleft()

    def has_failed(self, candidate: Candidate) -> bool:
        """Whether a candidate failed, so that no more of its folds are run."""
        return candidate.id in self._errors

    def handle(self, lost: Sequence[Outcome], *, were_alone: bool, are_known: bool) -> None:
        """Run folds again whose worker died, or fail them.

        Parameters
        ----------
        lost : sequence of Outcome
            Outcomes without a result that came back together.
        were_alone : bool
            Whether nothing else was running: then it is one fold, and it killed its worker.
        are_known : bool
            Whether each of them is known to have run on a worker that died.

        Raises
        ------
        KeyboardInterrupt
            If the second Ctrl-C ended a worker.
        """
        timed_out = self._fail_timed_out(outcome.task for outcome in lost)
        for task, error in ((outcome.task, outcome.error) for outcome in lost):
            is_interrupted = isinstance(error, KeyboardInterrupt)
            if is_interrupted:
                if self._stop.is_urgent:
                    raise error  # type: ignore[misc]
                self._stop.set(StopReason.INTERRUPTED)
            elif not timed_out:
                self._count_death(task, were_alone or are_known)
            if self.has_failed(task.candidate):
                self._record(self._fail(task, self._errors[task.candidate.id]))
            elif timed_out or are_known or is_interrupted:
                self._queue.put_back(task)
            else:
                self._suspects.append(task)

    def after_time_out(self, candidate: Candidate) -> None:
        """Fail the waiting folds of a candidate after one of its folds ran out of time."""
        self._fail_others(candidate, self._error(" That was another fold of the candidate."))

    def hanging(self, running: Iterable[tuple[FoldTask, float]]) -> list[FoldTask]:
        """Tasks whose thread ignores the limit, out of tasks with their start times."""
        if self._limit is None:
            return []
        latest = time.monotonic() - self._limit.seconds - GRACE
        return [task for task, since in running if since < latest]

    def abandon(self, task: FoldTask) -> None:
        """Fail a fold whose thread cannot be stopped, and its candidate."""
        error = self._error(" Its thread could not be stopped and is left behind.")
        self._fail_others(task.candidate, error)
        self._record(self._fail(task, error))

    def _fail_timed_out(self, tasks: Iterable[FoldTask]) -> bool:
        """Fail the candidates whose worker the time limit ended; return whether there are any."""
        has_found = False
        for task in tasks:
            if self._limit is not None and (error := self._limit.error_of(task)):
                has_found = True
                self._fail_others(task.candidate, error)
        return has_found

    def _count_death(self, task: FoldTask, is_known: bool) -> None:
        """Warn of a death, and fail a candidate that has caused too many."""
        candidate = task.candidate
        what = f"A worker died while it ran candidate {candidate.id}, {candidate.params}"
        self._n_deaths[candidate.id] += is_known
        if not is_known or self._n_deaths[candidate.id] < MAX_DEATHS:
            warnings.warn(f"{what}; the fold is run again.", WorkerDiedWarning, stacklevel=2)
            return
        what = f"{what}, for the {MAX_DEATHS}nd time; perhaps it needs too much memory."
        warnings.warn(f"{what} It gets error_score.", WorkerDiedWarning, stacklevel=2)
        self._fail_others(candidate, RuntimeError(what))

    def _fail_others(self, candidate: Candidate, error: Exception) -> None:
        """Fail the folds of a candidate that are not running."""
        if self.has_failed(candidate):
            return
        self._errors[candidate.id] = error
        suspects = [task for task in self._suspects if task.candidate.id == candidate.id]
        self._suspects = deque(task for task in self._suspects if task not in suspects)
        for task in [*self._queue.drop(candidate), *suspects]:
            self._record(replace(self._fail(task, error), is_run=False))

    def _error(self, detail: str) -> FitTimeoutError:
        if self._limit is None:
            raise ValueError("a fold ran out of time, and there is no time limit")
        return self._limit.error(detail)
