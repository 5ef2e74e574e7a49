"""What every executor must do; one subclass of the contract per place where folds run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import joblib
import numpy as np
import pytest
import sklearn

from sktune._engine import make_executor
from sktune._records import Candidate, FoldResult, FoldTask


def make_task(candidate_id: int, split: int = 0, **context: Any) -> FoldTask:
    params = {"x": 10.0 * candidate_id}
    return FoldTask(Candidate(candidate_id, params, (), 0, "random"), split, context)


def make_result(task: FoldTask, scores: Any = 0.0, **fields: Any) -> FoldResult:
    times = {"fit_time": 0.0, "score_time": 0.0}
    return FoldResult(task.candidate.id, task.split, scores, None, **times | fields)


def key(task: FoldTask) -> tuple[int, int]:
    """Candidate and split."""
    return task.candidate.id, task.split


def score_x(task: FoldTask) -> FoldResult:
    """The candidate's `x` plus the split: tells every task from every other."""
    return make_result(task, task.candidate.params["x"] + task.split)


def fail_on_odd(task: FoldTask) -> FoldResult:
    if task.candidate.id % 2:
        raise KeyError(f"candidate {task.candidate.id} is odd")
    return score_x(task)


def score_context(task: FoldTask) -> FoldResult:
    return make_result(task, task.context["bonus"])


def score_configuration(task: FoldTask) -> FoldResult:
    return make_result(task, float(sklearn.get_config()["working_memory"]))


@dataclass(frozen=True)
class ScoreSum:
    """The sum of large data, and whether the worker could write to it."""

    X: np.ndarray

    def __call__(self, task: FoldTask) -> FoldResult:
        scores = {"sum": self.X.sum(), "is_memmap": float(isinstance(self.X, np.memmap))}
        return make_result(task, scores)


def run_all(executor: Any, evaluate: Any, tasks: list[FoldTask]) -> list[Any]:
    """Outcomes of all tasks, each sent as soon as a slot is free."""
    outcomes: list[Any] = []
    n_sent = 0
    while len(outcomes) < len(tasks):
        while n_sent < len(tasks) and n_sent - len(outcomes) < executor.slots:
            executor.submit(evaluate, tasks[n_sent])
            n_sent += 1
        news = executor.wait()
        assert news, "wait came back with nothing"
        outcomes += news
    return outcomes


class ExecutorContract:
    """Subclass it with `backend` and `n_jobs`, and pytest runs it all."""

    backend: ClassVar[str | None]
    n_jobs: ClassVar[int]

    def make(self) -> Any:
        if self.backend is None:
            return make_executor(self.n_jobs)
        with joblib.parallel_config(self.backend):
            return make_executor(self.n_jobs)

    @pytest.fixture
    def executor(self) -> Iterator[Any]:
        executor = self.make()
        yield executor
        executor.close()

    def test_slots(self, executor):
        assert executor.slots == self.n_jobs

    def test_all_tasks_once_and_results_match(self, executor):
        tasks = [make_task(i, split) for i in range(8) for split in range(3)]
        outcomes = run_all(executor, score_x, tasks)
        assert Counter(key(o.task) for o in outcomes) == Counter(map(key, tasks))
        for outcome in outcomes:
            assert outcome.error is None
            assert (outcome.result.candidate_id, outcome.result.split) == key(outcome.task)
            assert outcome.result.test_scores == outcome.task.candidate.params["x"] + (
                outcome.task.split
            )

    def test_waits_no_longer_than_it_may(self, executor):
        if not executor.shares_process or self.backend is not None:
            assert executor.wait(timeout=0.01) == []

    def test_an_error_is_the_outcome_of_its_task_alone(self, executor):
        outcomes = run_all(executor, fail_on_odd, [make_task(i) for i in range(6)])
        assert len(outcomes) == 6
        for outcome in outcomes:
            number = outcome.task.candidate.id
            assert (outcome.result is None) == bool(number % 2)
            if number % 2:
                assert type(outcome.error) is KeyError
                assert outcome.error.args == (f"candidate {number} is odd",)

    def test_each_task_has_its_own_context(self, executor):
        tasks = [make_task(i, bonus=float(i * i)) for i in range(5)]
        outcomes = run_all(executor, score_context, tasks)
        found = {o.task.candidate.id: o.result.test_scores for o in outcomes}
        assert found == {i: float(i * i) for i in range(5)}

    def test_the_callers_configuration_reaches_the_worker(self, executor):
        with sklearn.config_context(working_memory=123):
            (outcome,) = run_all(executor, score_configuration, [make_task(0)])
        assert outcome.result.test_scores == 123

    def test_large_data_twice_in_one_process(self):
        # The second one fails with a pickling error where large data is memory-mapped, but
        # not into a folder that the executor itself has opened.
        X = np.arange(300_000, dtype=float)
        for factor in (1, 2):
            executor = self.make()
            outcomes = run_all(executor, ScoreSum(factor * X), [make_task(i) for i in range(4)])
            executor.close()
            assert [o.error for o in outcomes] == [None] * 4
            assert {o.result.test_scores["sum"] for o in outcomes} == {(factor * X).sum()}

    def test_another_follows_one_that_was_cancelled(self):
        executor = self.make()
        run_all(executor, fail_on_odd, [make_task(i) for i in range(4)])
        executor.close(cancel=True)
        executor = self.make()
        outcomes = run_all(executor, score_x, [make_task(i) for i in range(3)])
        executor.close()
        assert sorted(o.result.test_scores for o in outcomes) == [0, 10, 20]
