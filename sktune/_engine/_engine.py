"""``EvaluationEngine``: the loop that keeps every worker busy.

It knows candidates, folds and executors. What a fold costs to evaluate, and how candidates
are chosen, it leaves to the function and the optimiser it is given.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from .._records import Candidate, FoldResult, FoldTask, Observation
from ._budget import Budget
from ._contract import Evaluate, Executor, Outcome
from ._history import History


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
    """

    def __init__(
        self,
        executor: Executor,
        n_splits: int,
        budget: Budget,
        new_context: Callable[[], Mapping[str, Any]] = dict,
        check_result: Callable[[FoldResult], None] | None = None,
    ) -> None:
        self._executor = executor
        self._n_splits = n_splits
        self._budget = budget
        self._new_context = new_context
        self._check_result = check_result

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
        queued: deque[FoldTask] = deque()
        n_running = 0
        try:
            while True:
                while n_running < self._executor.slots:
                    queued = queued or self._next_candidate(optimizer, history)
                    if not queued:
                        break
                    task = replace(queued.popleft(), context=self._new_context())
                    self._executor.submit(evaluate, task)
                    n_running += 1
                if not n_running:
                    return history
                outcomes = self._executor.wait()
                n_running -= len(outcomes)
                self._record(outcomes, history, optimizer)
        finally:
            self._executor.close(cancel=n_running > 0)

    def _next_candidate(self, optimizer: Optimizer, history: History) -> deque[FoldTask]:
        """Folds of a freshly suggested candidate; none when there is nothing to start now."""
        n_started = len(history.candidates)
        if self._budget.is_spent(n_started):
            history.stop_reason = "n_iter"
            return deque()
        candidate = optimizer.ask(self._budget.progress(n_started), self._executor.slots)
        if candidate is None:
            history.stop_reason = "space exhausted"
            return deque()
        history.stop_reason = ""
        history.start(candidate)
        return deque(FoldTask(candidate, split) for split in range(self._n_splits))

    def _record(self, outcomes: list[Outcome], history: History, optimizer: Optimizer) -> None:
        """Add results to the history, then tell the optimiser once per candidate."""
        for outcome in outcomes:
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
            optimizer.tell(history.observation(candidate))
