"""``EvaluationEngine``: the loop that keeps every worker busy.

It knows candidates, folds and executors. What a fold costs to evaluate, and how candidates
are chosen, it leaves to the function and the optimiser it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from .._records import Candidate, FoldResult, FoldTask, Observation
from ._budget import Budget
from ._contract import Evaluate, Executor, Outcome
from ._history import History
from ._queue import FoldQueue


class Optimizer(Protocol):
    """What the engine needs of an optimiser."""

    def ask(self, progress: float, n_slots: int) -> Candidate | None:
        """Next candidate, or None to wait; None with nothing running ends the search."""

    def tell(self, observation: Observation) -> None:
        """Take the scores of a candidate, after every fold of it."""


class EvaluationEngine:
    """Runs candidates fold by fold until the budget or the optimiser says stop.

    As soon as a slot is free the next fold goes out: of a candidate already started, else
    the first fold of a new one. Everything but the folds themselves happens in the caller's
    thread, so optimiser and history need no locks.

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
    check_result : callable, default=None
        ``check_result(result)``, called with every result before anyone else hears of it;
        what it raises ends the search.
    race : callable, default=None
        ``race(observation) -> bool``, called after each fold of a candidate: True drops its
        other folds. None: all folds are run.
    """

    def __init__(
        self,
        executor: Executor,
        n_splits: int,
        budget: Budget,
        new_context: Callable[[], Mapping[str, Any]] = dict,
        check_result: Callable[[FoldResult], None] | None = None,
        race: Callable[[Observation], bool] | None = None,
    ) -> None:
        self._executor = executor
        self._n_splits = n_splits
        self._budget = budget
        self._new_context = new_context
        self._check_result = check_result
        self._race = race

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
            All candidates, each with all its folds, and why the search stopped.

        Raises
        ------
        Exception
            What `evaluate` raised, with the candidate in its notes; running folds are
            dropped.
        """
        history = History(self._n_splits)
        queue = FoldQueue(self._n_splits, one_at_a_time=self._race is not None)
        n_running = 0
        try:
            while True:
                while n_running < self._executor.slots:
                    task = self._next_task(queue, optimizer, history)
                    if task is None:
                        break
                    task = replace(task, context=self._new_context())
                    self._executor.submit(evaluate, task)
                    n_running += 1
                if not n_running:
                    return history
                outcomes = self._executor.wait()
                n_running -= len(outcomes)
                self._record(outcomes, queue, history, optimizer)
        finally:
            self._executor.close(cancel=n_running > 0)

    def _next_task(
        self, queue: FoldQueue, optimizer: Optimizer, history: History
    ) -> FoldTask | None:
        """A fold of a candidate already started, else the first of a new one; None: wait."""
        task = queue.next()
        if task is None and (candidate := self._next_candidate(optimizer, history)) is not None:
            history.start(candidate)
            queue.add(candidate)
            task = queue.next()
        # Nothing new to start: better a fold that may prove needless than an idle worker.
        return queue.next(is_last_resort=True) if task is None else task

    def _next_candidate(self, optimizer: Optimizer, history: History) -> Candidate | None:
        """A freshly suggested candidate; None when there is nothing to start now."""
        n_started = len(history.candidates)
        if self._budget.is_spent(n_started):
            history.stop_reason = "n_iter"
            return None
        candidate = optimizer.ask(self._budget.progress(n_started), self._executor.slots)
        history.stop_reason = "space exhausted" if candidate is None else ""
        return candidate

    def _record(
        self,
        outcomes: list[Outcome],
        queue: FoldQueue,
        history: History,
        optimizer: Optimizer,
    ) -> None:
        """Add results to the history, then tell the optimiser once per candidate."""
        for outcome in outcomes:
            queue.finish(outcome.task)
            if outcome.result is None:
                error = outcome.error or RuntimeError("a fold ended without a result")
                error.add_note(
                    f"Raised by split {outcome.task.split} of candidate "
                    f"{outcome.task.candidate.id}: {outcome.task.candidate.params}"
                )
                raise error
            if self._check_result is not None:
                self._check_result(outcome.result)
            history.add(outcome.result)
        for candidate in {o.task.candidate.id: o.task.candidate for o in outcomes}.values():
            if self._race is not None and self._race(history.observation(candidate)):
                if queue.has_folds_of(candidate):
                    history.drop(candidate)
                queue.drop(candidate)
            optimizer.tell(history.observation(candidate))
