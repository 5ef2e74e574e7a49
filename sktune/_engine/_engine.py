"""``EvaluationEngine``: the loop that keeps every worker busy.

It knows candidates, folds and executors. How a fold is evaluated, and how candidates are chosen,
is left to the function and the optimiser that it is given.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from .._records import (
    Candidate,
    Done,
    FoldResult,
    FoldTask,
    Listener,
    Observation,
    StopReason,
    Wait,
)
from ._deaths import Deaths
from ._history import History
from ._limits import TimeLimit
from ._listeners import Listeners, Recorder
from ._pace import Pace
from ._queue import FoldQueue
from ._states import StateKeeper
from .executors._contract import Evaluate, Executor, Outcome
from .stopping._budget import Budget
from .stopping._request import StopRequest

# Seconds after which the waiting loop checks the clock, and whether it was asked to stop.
POLL_INTERVAL = 0.25


class Optimizer(Protocol):
    """What the engine needs of an optimiser."""

    def ask(self, progress: float, n_slots: int) -> Candidate | Wait | Done:
        """Next candidate; ``WAIT`` while nothing runs ends the search, as ``Done`` does."""

    def prepare(self) -> None:
        """Do in advance what the next `ask` needs, without any effect on what it suggests."""

    def tell(self, observation: Observation) -> None:
        """Take the scores of a candidate so far; called after each of its folds."""


class Race(Protocol):
    """Decides which candidates are worth their other folds."""

    def __call__(self, observation: Observation) -> bool:
        """Whether the other folds of a candidate should wait."""

    def most_promising(self, waiting: Sequence[Candidate]) -> Candidate | None:
        """Which of the waiting candidates should go on; None: none of them can win."""


def _raise(task: FoldTask, error: Exception) -> FoldResult:
    raise error


class EvaluationEngine:
    """Runs candidates fold by fold until the budget is used or the optimiser is done.

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
        ``new_context() -> dict``, called when a fold is submitted; returns what only its
        worker needs.
    rows : callable or None, default=None
        ``rows(candidate, split) -> (train, test)``: the rows that a task gets; None: tasks need
        no rows.
    states : StateKeeper or None, default=None
        Knows the states from which `evaluate` goes on; None: nothing is trained further.
    check_result : callable, default=None
        ``check_result(result)``, called with every result before it is recorded; an error
        that it raises ends the search.
    race : Race or None, default=None
        Called after each fold of a candidate: True makes its other folds wait until nothing else
        is left to run. Then ``race.most_promising`` says which of the waiting candidates may still
        win. None: all folds are run.
    fail : callable, default=None
        ``fail(task, error) -> FoldResult``: the result of a fold that cannot be run. None:
        the error ends the search.
    limit : TimeLimit or None, default=None
        The time limit that `evaluate` applies to each fold.
    stop : StopRequest or None, default=None
        Lets others end the search.
    is_converged : callable, default=None
        ``is_converged() -> bool``, called after each complete candidate: True ends the search.
    recorder : Recorder or None, default=None
        Writes down what happens.
    listeners : iterable of Listener, default=()
        Told what happens, after the recorder.

    Attributes
    ----------
    history : History
        All that has been run; also valid after `run` has raised an error.
    """

    def __init__(
        self,
        executor: Executor,
        n_splits: int,
        budget: Budget,
        new_context: Callable[[], Mapping[str, Any]] = dict,
        *,
        rows: Callable[[Candidate, int], tuple[Any, Any]] | None = None,
        states: StateKeeper | None = None,
        check_result: Callable[[FoldResult], None] | None = None,
        race: Race | None = None,
        fail: Callable[[FoldTask, Exception], FoldResult] | None = None,
        limit: TimeLimit | None = None,
        stop: StopRequest | None = None,
        is_converged: Callable[[], bool] | None = None,
        recorder: Recorder | None = None,
        listeners: Iterable[Listener] = (),
    ) -> None:
        self.history = History(n_splits)
        self._executor = executor
        self._budget = budget
        self._new_context = new_context
        self._rows = rows
        self._states = states
        self._check_result = check_result
        self._race = race
        self._limit = limit
        self._stop = stop or StopRequest()
        self._is_converged = is_converged
        self._recorder = recorder or Recorder()
        self._listeners = Listeners(listeners)
        self._queue = FoldQueue(n_splits, one_at_a_time=race is not None)
        self._deaths = Deaths(self._queue, self._stop, fail or _raise, self._record, limit)
        self._pace = Pace()
        self._running: dict[tuple[int, int], tuple[FoldTask, float]] = {}
        self._submitted: dict[tuple[int, int], float] = {}  # seconds since the search began

    def run(
        self,
        optimizer: Optimizer,
        evaluate: Evaluate,
        replay: Iterable[Candidate | FoldResult] = (),
        elapsed: float = 0.0,
    ) -> History:
        """Run the search.

        Parameters
        ----------
        optimizer : Optimizer
            Suggests candidates and is told of every fold.
        evaluate : callable
            ``evaluate(task: FoldTask) -> FoldResult``, run by the executor.
        replay : iterable of Candidate or FoldResult, default=()
            What happened in earlier sessions, in order; `optimizer` has suggested a candidate by
            the time it is yielded.
        elapsed : float, default=0.0
            Seconds that earlier sessions took.

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
        has_ended = False
        try:
            with self._stop.on_interrupt(lambda: self._executor.is_evaluating):
                self._budget.start(elapsed)
                self._replay(replay, optimizer)
                self._listeners.search_began(self.history)
                self._loop(optimizer, evaluate)
            has_ended = True
        finally:
            self._executor.close(cancel=bool(self._running))
            self.history.stop_reason = self._stop.reason or self.history.stop_reason
            unfinished = self.history.unfinished()
            for candidate in unfinished:
                self.history.drop(candidate)
                if has_ended and self.history.folds(candidate):
                    optimizer.tell(self.history.observation(candidate))
            reason = self.history.stop_reason if has_ended else None
            self._recorder.add_end(reason, self._budget.elapsed())
            self._listeners.search_ended(self.history, reason)
        return self.history

    def _replay(self, events: Iterable[Candidate | FoldResult], optimizer: Optimizer) -> None:
        """Apply the events of earlier sessions, without running a fold."""
        for event in events:
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
                rows = None if self._rows is None else self._rows(task.candidate, task.split)
                state = None if self._states is None else self._states.token_for(task)
                task = FoldTask(task.candidate, task.split, self._new_context(), rows, state)
                self._submitted[_key(task)] = self._budget.elapsed()
                self._executor.submit(evaluate, task)
                self._running[_key(task)] = task, time.monotonic()
            if not self._running:
                # Nothing is running, so there will be no news: waiting would never end.
                self.history.stop_reason = self.history.stop_reason or StopReason.SPACE_EXHAUSTED
                return
            self._think_ahead(optimizer)
            self._settle(self._executor.wait(POLL_INTERVAL), optimizer)
            if self._limit is not None and self._executor.shares_process:
                self._abandon_hanging(optimizer)
            if self._stop.is_interrupt and self.history.has_winner():
                return  # what still runs is not waited for

    def _think_ahead(self, optimizer: Optimizer) -> None:
        """Let the optimiser work while the workers do, if the next result asks for a candidate.

        The fold that was submitted last is seldom the next to come back, so most often nothing
        that matters to the suggestion happens in between. (With a race it would: the race pauses
        candidates one by one, and each pause matters.)
        """
        slots = self._executor.slots
        is_next = self._race is None and self._queue.is_empty and not self._deaths.has_suspects
        is_over = self._stop.reason or self.history.stop_reason or self._budget.is_used()
        if slots > 1 and is_next and not is_over and self._pace.leaves_time(slots):
            with self._pace.thinking(self._executor.shares_process and bool(self._running)):
                optimizer.prepare()

    def _next_to_submit(self, optimizer: Optimizer) -> FoldTask | None:
        n_free = self._executor.slots - len(self._running)
        if n_free > 0:
            return self._next_task(optimizer)
        # A submitted fold that waits has no known start for the time limit, and a race may still
        # find it needless.
        may_wait = self._limit is None and self._race is None
        is_orderly = not self._deaths.has_suspects and not self._stop.reason
        if may_wait and is_orderly and n_free + self._executor.lookahead > 0:
            return self._queue.next()
        return None

    def _next_task(self, optimizer: Optimizer) -> FoldTask | None:
        """A fold of a candidate already started, else the first of a new one; None: wait."""
        if self._budget.is_over_time():
            self._stop.set(StopReason.MAX_TIME)
        if self._stop.reason and self.history.has_winner():
            return None
        if self._deaths.has_suspects:
            return None if self._running else self._deaths.next_suspect()
        if self._stop.reason and self.history.candidates:
            # At least one candidate must be complete: the oldest that still can be.
            unfinished = self.history.unfinished()
            able = [candidate for candidate in unfinished if not self._deaths.has_failed(candidate)]
            return self._queue.next_of(able[0]) if able else None
        task = self._queue.next()
        if task is None and self._begin_candidate(optimizer):
            task = self._queue.next()
        # Nothing new to start: better a fold that may prove needless than an idle worker.
        return task or self._queue.next(is_last_resort=True) or self._revive()

    def _revive(self) -> FoldTask | None:
        """A fold of the most promising paused candidate; None: none of them can win any more.

        The candidate stays paused: after this fold another one may be the most promising.
        """
        if self._race is None:
            return None
        for is_last_resort in (False, True):
            candidate = self._race.most_promising(self._queue.paused(is_last_resort))
            if candidate is not None:
                return self._queue.next_of(candidate)
        return None

    def _begin_candidate(self, optimizer: Optimizer) -> bool:
        """Ask for a candidate and queue its folds; False when there is none to start now."""
        if self.history.stop_reason is None and self._budget.is_used():
            self.history.stop_reason = StopReason.N_ITER
        if self.history.stop_reason is not None:
            return False
        progress, slots = self._budget.progress(), self._executor.slots
        with self._pace.thinking(self._executor.shares_process and bool(self._running)):
            answer = optimizer.ask(progress, slots)
        self._pace.add_candidate()
        if isinstance(answer, Done):
            self.history.stop_reason = answer.reason
        if not isinstance(answer, Candidate):
            return False
        self._recorder.add_candidate(answer, progress, slots, self._budget.elapsed())
        self._start(answer)
        self._listeners.candidate_began(answer)
        return True

    def _start(self, candidate: Candidate) -> None:
        parent = None if candidate.parent is None else self.history.candidates[candidate.parent]
        self._budget.add(candidate, parent)
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
                self._record(outcome.result)
                if outcome.result.timed_out and self._limit is not None:
                    self._deaths.after_time_out(outcome.task.candidate)
        for outcome in outcomes:
            if outcome.result is None and not outcome.is_lost:
                raise _with_candidate(outcome)
        if lost := [outcome for outcome in outcomes if outcome.is_lost]:
            are_known = self._executor.knows_dead_task
            self._deaths.handle(lost, were_alone=is_alone, are_known=are_known)
        for candidate in {o.task.candidate.id: o.task.candidate for o in outcomes}.values():
            self._tell(candidate, optimizer)

    def _abandon_hanging(self, optimizer: Optimizer) -> None:
        """Give up folds whose threads ignore the time limit."""
        for task in self._deaths.hanging(self._running.values()):
            self._executor.give_up(task)
            del self._running[_key(task)]
            self._queue.finish(task)
            self._deaths.abandon(task)
            self._tell(task.candidate, optimizer)

    def _record(self, result: FoldResult) -> None:
        """Write a result down before anyone acts on it."""
        if self._check_result is not None:
            self._check_result(result)
        now = self._budget.elapsed()
        self._recorder.add_fold(result, now)
        self.history.add(result)
        submitted = self._submitted.pop((result.candidate_id, result.split), now)
        self.history.log.append((result, submitted, now))
        self._listeners.fold_ended(result)
        self._pace.add_fold(result)
        if self._states is not None:
            candidate = self.history.candidates[result.candidate_id]
            self._states.after(result, candidate, self._executor.slots)
        if result.asks_to_stop:
            self._stop.set(StopReason.CALLBACK)

    def _tell(self, candidate: Candidate, optimizer: Optimizer) -> None:
        if not self.history.folds(candidate):
            return
        observation = self.history.observation(candidate)
        may_wait = self._race is not None and self._race(observation)
        if may_wait and self._queue.has_folds_of(candidate):
            self._queue.pause(candidate)
            self.history.drop(candidate)
            if observation.status == "running":
                observation = replace(observation, status="dropped")
        optimizer.tell(observation)
        if self.history.is_complete(candidate):
            self._listeners.candidate_ended(candidate, self.history)
        is_complete = observation.status == "complete"
        if is_complete and self._is_converged is not None and self._is_converged():
            self._stop.set(StopReason.CONVERGED)


def _key(task: FoldTask) -> tuple[int, int]:
    return task.candidate.id, task.split


def _with_candidate(outcome: Outcome) -> BaseException:
    """The error of a fold, with the candidate in its notes."""
    error = outcome.error or RuntimeError("a fold ended without a result")
    task = outcome.task
    name = f"split {task.split} of candidate {task.candidate.id}"
    error.add_note(f"Raised by {name}: {task.candidate.params}")
    return error
