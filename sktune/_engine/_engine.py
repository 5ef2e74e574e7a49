"""``EvaluationEngine``: the loop that keeps every worker busy.

It knows candidates, folds and executors. What a fold costs to evaluate, and how candidates
are chosen, it leaves to the function and the optimiser it is given.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any, Protocol

from .._records import Candidate, FoldResult, FoldTask, Observation
from ..exceptions import WorkerDiedWarning
from ._blas import one_blas_thread
from ._deaths import MAX_DEATHS, Suspects
from ._history import History
from ._limits import GRACE, TimeLimit
from ._listeners import Recorder
from ._pace import Pace
from ._queue import FoldQueue
from ._racing import Race
from .executors._contract import Evaluate, Executor, Outcome
from .stopping._budget import Budget
from .stopping._request import StopRequest

# Seconds after which the loop looks up from waiting: at the clock, and for a request to stop.
POLL_INTERVAL = 0.25


class Optimizer(Protocol):
    """What the engine needs of an optimiser."""

    def ask(self, progress: float, n_slots: int) -> Candidate | None:
        """Next candidate, or None to wait; None with nothing running ends the search."""

    def prepare(self) -> None:
        """Do in advance what the next `ask` needs, without any effect on what it suggests."""

    def tell(self, observation: Observation) -> None:
        """Take the scores of a candidate, after every fold of it."""


def _raise(task: FoldTask, error: Exception) -> FoldResult:
    raise error


class EvaluationEngine:
    """Runs candidates fold by fold until the budget or the optimiser says stop.

    As soon as a slot is free the next fold goes out: of a candidate already started, else
    the first fold of a new one. Everything but the folds themselves happens in the caller's
    thread, so optimiser and history need no locks. One engine serves one search.

    Parameters
    ----------
    executor : Executor
        Where folds run.
    n_splits : int
        Folds of a candidate.
    budget : Budget
        When to stop starting candidates.
    new_context : callable, default=dict
        ``new_context() -> dict``, called when a fold is submitted: what only its worker
        needs.
    indices : sequence of (train, test) or None, default=None
        Rows of each fold, of which a task gets those of its own; None: it needs none.
    check_result : callable, default=None
        ``check_result(result)``, called with every result before anyone else hears of it;
        what it raises ends the search.
    race : Race or None, default=None
        Asked after each fold of a candidate: True lets its other folds wait until nothing else is
        left to run, and then it says which of those that wait may still win. None: all folds
        are run.
    fail : callable, default=None
        ``fail(task, error) -> FoldResult``: what stands for a fold that cannot be run. None:
        the error ends the search.
    limit : TimeLimit or None, default=None
        The one that `evaluate` sets itself.
    stop : StopRequest or None, default=None
        Through which others may end the search.
    is_converged : callable, default=None
        ``is_converged() -> bool``, called after each complete candidate: True ends the search.
    recorder : Recorder or None, default=None
        Writes down what happens, and knows what happened before.

    Attributes
    ----------
    history : History
        All that has been run; of use also where `run` raises.
    """

    def __init__(
        self,
        executor: Executor,
        n_splits: int,
        budget: Budget,
        new_context: Callable[[], Mapping[str, Any]] = dict,
        *,
        indices: Sequence[tuple[Any, Any]] | None = None,
        check_result: Callable[[FoldResult], None] | None = None,
        race: Race | None = None,
        fail: Callable[[FoldTask, Exception], FoldResult] | None = None,
        limit: TimeLimit | None = None,
        stop: StopRequest | None = None,
        is_converged: Callable[[], bool] | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self.history = History(n_splits)
        self._executor = executor
        self._budget = budget
        self._new_context = new_context
        nothing: list[tuple[Any, Any] | None] = [None] * n_splits
        self._indices = indices or nothing
        self._check_result = check_result
        self._race = race
        self._fail = fail or _raise
        self._limit = limit
        self._stop = stop or StopRequest()
        self._is_converged = is_converged
        self._recorder = recorder or Recorder()
        self._queue = FoldQueue(n_splits, one_at_a_time=race is not None)
        self._suspects = Suspects()
        self._pace = Pace()
        self._running: dict[tuple[int, int], tuple[FoldTask, float]] = {}
        self._submitted: dict[tuple[int, int], float] = {}  # seconds since the search began
        self._condemned: dict[int, Exception] = {}  # why all folds of a candidate fail

    def run(self, optimizer: Optimizer, evaluate: Evaluate) -> History:
        """Search.

        Parameters
        ----------
        optimizer : Optimizer
            Suggests candidates and hears of every fold.
        evaluate : callable
            ``evaluate(task: FoldTask) -> FoldResult``, run by the executor.

        Returns
        -------
        History
            All candidates, each with all its folds or dropped, and why the search stopped.

        Raises
        ------
        Exception
            What `evaluate` raised, with the candidate in its notes; running folds are
            dropped.
        KeyboardInterrupt
            At the second Ctrl-C. The first ends the search as soon as a candidate is complete.
        """
        try:
            with self._stop.on_interrupt(lambda: self._executor.is_evaluating):
                self._budget.start(self._recorder.elapsed)
                self._replay(optimizer)
                self._loop(optimizer, evaluate)
        finally:
            self._executor.close(cancel=bool(self._running))
            self.history.stop_reason = self._stop.reason or self.history.stop_reason
            unfinished = self.history.unfinished()
            for candidate in unfinished:
                self.history.drop(candidate)
        for candidate in unfinished:
            if self.history.folds(candidate):
                optimizer.tell(self.history.observation(candidate))
        return self.history

    def _replay(self, optimizer: Optimizer) -> None:
        """Do again what happened before, without running a fold."""
        for event in self._recorder.replay(optimizer):
            if isinstance(event, Candidate):
                self._start(event)
            else:
                candidate = self.history.candidates[event.candidate_id]
                self._queue.take(candidate, event.split)
                self.history.add(event)
                self._tell(candidate, optimizer)

    def _loop(self, optimizer: Optimizer, evaluate: Evaluate) -> None:
        while True:
            while task := self._next_to_submit(optimizer):
                task = replace(task, context=self._new_context(), indices=self._indices[task.split])
                self._submitted[_key(task)] = self._budget.elapsed()
                self._executor.submit(evaluate, task)
                self._running[_key(task)] = task, time.monotonic()
            if not self._running:
                return
            self._think_ahead(optimizer)
            self._settle(self._executor.wait(POLL_INTERVAL), optimizer)
            self._give_up_hanging(optimizer)
            if self._stop.is_interrupt and self.history.has_winner():
                return  # what still runs is not waited for

    def _think_ahead(self, optimizer: Optimizer) -> None:
        """Let the optimiser work while the workers do, if the next result asks for a candidate.

        The last fold of a candidate to be sent is seldom the next to come back: so most often
        nothing that matters to the suggestion happens in between. (A race lets candidates wait
        one by one, and each time that does.)
        """
        slots, n_started = self._executor.slots, len(self.history.candidates)
        is_next = self._race is None and self._queue.is_empty and not self._suspects
        is_over = self._stop.reason or self._budget.is_spent(n_started)
        if slots > 1 and is_next and not is_over and self._pace.leaves_time(slots):
            with self._pace.thinking(), self._blas_limit():
                optimizer.prepare()

    def _next_to_submit(self, optimizer: Optimizer) -> FoldTask | None:
        n_free = self._executor.slots - len(self._running)
        if n_free > 0:
            return self._next_task(optimizer)
        # A fold that waits has no clock to tell its start by, and is not yet worth racing.
        may_wait = self._limit is None and self._race is None
        is_orderly = not self._suspects and not self._stop.reason
        if may_wait and is_orderly and n_free + self._executor.lookahead > 0:
            return self._queue.next()
        return None

    def _next_task(self, optimizer: Optimizer) -> FoldTask | None:
        """A fold of a candidate already started, else the first of a new one; None: wait."""
        if self._budget.is_over_time():
            self._stop.set("max_time")
        if self._stop.reason and self.history.has_winner():
            return None
        if self._suspects:
            return None if self._running else self._suspects.next()
        if self._stop.reason and self.history.candidates:
            # At least one candidate shall be complete: the oldest that still can be.
            unfinished = [c for c in self.history.unfinished() if c.id not in self._condemned]
            return self._queue.next_of(unfinished[0]) if unfinished else None
        task = self._queue.next()
        if task is None and (candidate := self._next_candidate(optimizer)) is not None:
            self._start(candidate)
            task = self._queue.next()
        # Nothing new to start: better a fold that may prove needless than an idle worker.
        return task or self._queue.next(is_last_resort=True) or self._revive()

    def _revive(self) -> FoldTask | None:
        """A fold of the most promising of the paused candidates; None: none can win any more.

        It stays paused: after this fold another one may be the most promising.
        """
        if self._race is None:
            return None
        for is_last_resort in (False, True):
            candidate = self._race.most_promising(self._queue.paused(is_last_resort))
            if candidate is not None:
                return self._queue.next_of(candidate)
        return None

    def _next_candidate(self, optimizer: Optimizer) -> Candidate | None:
        """A freshly suggested candidate; None when there is nothing to start now."""
        n_started = len(self.history.candidates)
        if self._budget.is_spent(n_started):
            self.history.stop_reason = "n_iter"
            return None
        progress, slots = self._budget.progress(n_started), self._executor.slots
        with self._pace.thinking(), self._blas_limit():
            candidate = optimizer.ask(progress, slots)
        self._pace.add_candidate()
        self.history.stop_reason = "space exhausted" if candidate is None else ""
        if candidate is not None:
            self._recorder.add_candidate(candidate, progress, slots, self._budget.elapsed())
        return candidate

    def _blas_limit(self) -> AbstractContextManager[object]:
        """One BLAS thread for the optimiser's algebra, where that limits nothing else."""
        # The limit holds for the whole process, so not while fits run in threads of it.
        has_fits_here = self._executor.shares_process and bool(self._running)
        return nullcontext() if has_fits_here else one_blas_thread()

    def _start(self, candidate: Candidate) -> None:
        self.history.start(candidate)
        self._queue.add(candidate)

    def _settle(self, outcomes: list[Outcome], optimizer: Optimizer) -> None:
        """Add what came back to the history, then tell the optimiser once per candidate."""
        is_alone = len(self._running) == 1
        for outcome in outcomes:
            del self._running[_key(outcome.task)]
            self._queue.finish(outcome.task)
        for outcome in outcomes:
            if outcome.result is not None:
                self._record(outcome.task, outcome.result)
        for outcome in outcomes:
            if outcome.result is None and not outcome.is_lost:
                raise _with_candidate(outcome)
        self._bury([outcome for outcome in outcomes if outcome.is_lost], is_alone)
        for candidate in {o.task.candidate.id: o.task.candidate for o in outcomes}.values():
            self._tell(candidate, optimizer)

    def _record(self, task: FoldTask, result: FoldResult) -> None:
        """Write a result down before anyone acts on it."""
        if self._check_result is not None:
            self._check_result(result)
        now = self._budget.elapsed()
        self._recorder.add_fold(result, now)
        self.history.add(result)
        self.history.log.append((result, self._submitted.pop(_key(task), now), now))
        self._pace.add_fold(result)
        if result.asks_to_stop:
            self._stop.set("callback")
        if result.timed_out and self._limit is not None:
            self._condemn(task.candidate, self._limit.error(" That was another fold of it."))

    def _tell(self, candidate: Candidate, optimizer: Optimizer) -> None:
        if not self.history.folds(candidate):
            return
        observation = self.history.observation(candidate)
        may_wait = self._race is not None and self._race(observation)
        if may_wait and self._queue.has_folds_of(candidate):
            self._queue.pause(candidate)
            self.history.drop(candidate)
            observation = self.history.observation(candidate)
        optimizer.tell(observation)
        is_complete = observation.status == "complete"
        if is_complete and self._is_converged is not None and self._is_converged():
            self._stop.set("converged")

    def _bury(self, lost: list[Outcome], is_alone: bool) -> None:
        """Say what becomes of folds whose worker died: run again, or failed."""
        late = {}
        for task in (outcome.task for outcome in lost):
            if self._limit is not None and (word := self._limit.error_of(task)):
                late[_key(task)] = word
                self._condemn(task.candidate, word)
        is_known = is_alone or self._executor.names_culprit
        for task, error in ((outcome.task, outcome.error) for outcome in lost):
            if isinstance(error, KeyboardInterrupt):
                if self._stop.is_urgent:
                    raise error
                self._stop.set(StopRequest.INTERRUPTED)
            elif not late:
                self._blame(task, is_known)
            if task.candidate.id in self._condemned:
                self._record(task, self._fail(task, self._condemned[task.candidate.id]))
            elif late or self._executor.names_culprit or isinstance(error, KeyboardInterrupt):
                self._queue.put_back(task)
            else:
                self._suspects.add(task)

    def _blame(self, task: FoldTask, is_known: bool) -> None:
        """Warn of a death, and condemn a candidate that caused too many."""
        candidate = task.candidate
        what = f"A worker died while it ran candidate {candidate.id}, {candidate.params}"
        if not is_known or not self._suspects.blame(candidate):
            warnings.warn(f"{what}; the fold is run again.", WorkerDiedWarning, stacklevel=2)
            return
        what = f"{what}, for the {MAX_DEATHS}nd time; perhaps it needs too much memory."
        warnings.warn(f"{what} It gets error_score.", WorkerDiedWarning, stacklevel=2)
        self._condemn(candidate, RuntimeError(what))

    def _condemn(self, candidate: Candidate, error: Exception) -> None:
        """Fail the folds of a candidate that do not run."""
        if candidate.id in self._condemned:
            return
        self._condemned[candidate.id] = error
        for task in [*self._queue.drop(candidate), *self._suspects.drop(candidate)]:
            self._record(task, replace(self._fail(task, error), is_run=False))

    def _give_up_hanging(self, optimizer: Optimizer) -> None:
        """Leave threads behind that do not heed the time limit."""
        if self._limit is None or not self._executor.shares_process:
            return
        latest = time.monotonic() - self._limit.seconds - GRACE
        for task in [task for task, since in self._running.values() if since < latest]:
            self._executor.give_up(task)
            del self._running[_key(task)]
            self._queue.finish(task)
            error = self._limit.error(" Its thread could not be stopped and is left behind.")
            self._condemn(task.candidate, error)
            self._record(task, self._fail(task, error))
            self._tell(task.candidate, optimizer)


def _key(task: FoldTask) -> tuple[int, int]:
    return task.candidate.id, task.split


def _with_candidate(outcome: Outcome) -> BaseException:
    """The error of a fold, with the candidate in its notes."""
    error = outcome.error or RuntimeError("a fold ended without a result")
    task = outcome.task
    error.add_note(
        f"Raised by split {task.split} of candidate {task.candidate.id}: {task.candidate.params}"
    )
    return error
