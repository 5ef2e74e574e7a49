"""Candidates that wait while others race, and what becomes of them in the end."""

import numpy as np
import pytest

from sktune._engine import Budget, EvaluationEngine, StopRequest
from sktune._engine.executors._contract import Outcome
from sktune._engine.executors._local import InlineExecutor
from sktune._records import StopReason
from sktune.optimizers._objective import Objective
from sktune.optimizers._racing import Race
from tests._engine.test_engine import ScriptedExecutor, WatchfulOptimizer
from tests.contracts.executor_contract import key, make_result

N_SPLITS = 4
# The first is the incumbent until the last comes. By their first folds, 1 to 3 have to wait; 1 is
# level but for its first fold, 2 is better but for it, and 3 is far behind.
NOISE = 0.05 * np.array([0, 1, -1, 0])
TABLE = np.array(
    [
        0.5 + NOISE,
        [0.46, *(0.5 + NOISE[1:])],
        [0.47, *(0.8 + NOISE[1:])],
        0.0 + NOISE,
        0.51 + NOISE,
    ]
)
WAITING = [1, 2, 3]


def score(task):
    return make_result(task, float(TABLE[key(task)]))


def make_engine(executor, n_iter=5, **kwargs):
    race = Race(Objective(), drop_failed=True)
    return EvaluationEngine(executor, N_SPLITS, Budget(n_iter), race=race, **kwargs)


class Noting:
    """Evaluates, and notes the folds in their order; calls `at` before the n-th."""

    def __init__(self, at=None, number=None):
        self.folds = []
        self._at, self._number = at, number

    def __call__(self, task):
        self.folds.append(key(task))
        if len(self.folds) == self._number:
            self._at()
        return score(task)


def n_done(history):
    return [len(history.folds(candidate)) for candidate in history.candidates]


# The two that are complete at once, and one fold of each that waits.
N_BEFORE = 2 * N_SPLITS + len(WAITING)


def test_who_waits_is_revived_when_nothing_else_is_left():
    evaluate, optimizer = Noting(), WatchfulOptimizer()
    history = make_engine(InlineExecutor()).run(optimizer, evaluate)
    first = [(0, split) for split in range(N_SPLITS)] + [(i, 0) for i in WAITING]
    assert evaluate.folds[:N_BEFORE] == first + [(4, split) for split in range(N_SPLITS)]
    # The most promising first: 2, ahead from its second fold on; then 1, until 2 is out of reach.
    assert evaluate.folds[N_BEFORE:] == [(2, 1), (2, 2), (2, 3), (1, 1), (1, 2)]
    assert n_done(history) == [N_SPLITS, 3, N_SPLITS, 1, N_SPLITS]
    assert [history.observation(c).status for c in history.candidates] == [
        "complete",
        "dropped",
        "complete",
        "dropped",
        "complete",
    ]
    assert history.stop_reason == "n_iter"


def test_what_the_optimizer_hears_of_them():
    optimizer = WatchfulOptimizer()
    make_engine(InlineExecutor()).run(optimizer, score)
    assert optimizer.statuses[2] == ["dropped"] * 3 + ["complete"]
    assert optimizer.statuses[3] == ["dropped"]
    assert optimizer.told[2] == {(2, split) for split in range(N_SPLITS)}


def test_paused_candidates_go_on_when_the_space_is_used_up():
    history = make_engine(InlineExecutor(), n_iter=99).run(WatchfulOptimizer(n=5), score)
    assert n_done(history) == [N_SPLITS, 3, N_SPLITS, 1, N_SPLITS]
    assert history.stop_reason == "space exhausted"


@pytest.mark.parametrize("number", [N_BEFORE, N_BEFORE + 1])
@pytest.mark.parametrize("reason", [r for r in StopReason if r is not StopReason.INTERRUPTED])
def test_nobody_is_revived_after_a_stop(reason, number):
    stop = StopRequest()
    evaluate, optimizer = Noting(lambda: stop.set(reason), number), WatchfulOptimizer()
    history = make_engine(InlineExecutor(), stop=stop).run(optimizer, evaluate)
    assert len(evaluate.folds) == number  # the fold that was running is kept
    assert history.stop_reason == reason
    assert n_done(history)[2] == 1 + number - N_BEFORE
    for candidate in WAITING:
        assert history.observation(history.candidates[candidate]).status == "dropped"
        assert optimizer.statuses[candidate][-1] == "dropped"


def test_nobody_is_revived_when_the_time_is_up(monkeypatch):
    evaluate = Noting(lambda: monkeypatch.setattr(Budget, "is_over_time", lambda _: True), N_BEFORE)
    history = make_engine(InlineExecutor()).run(WatchfulOptimizer(), evaluate)
    assert len(evaluate.folds) == N_BEFORE
    assert history.stop_reason == "max_time"


def test_an_interrupt_leaves_them_with_what_they_have():
    def interrupt():
        stop.set(StopReason.INTERRUPTED)
        raise KeyboardInterrupt

    stop = StopRequest()
    evaluate = Noting(interrupt, N_BEFORE + 2)
    history = make_engine(InlineExecutor(), stop=stop).run(WatchfulOptimizer(), evaluate)
    assert n_done(history) == [N_SPLITS, 1, 2, 1, N_SPLITS]
    assert history.unfinished() == []


@pytest.mark.parametrize("slots", [2, 3, 5])
@pytest.mark.parametrize("seed", range(10))
def test_no_worker_idles_while_one_of_them_can_win(slots, seed):
    executor = ScriptedExecutor(slots, seed)
    engine = make_engine(executor)
    wait = executor.wait

    def watched_wait(timeout):
        paused = engine._queue.paused(is_last_resort=True)
        can_win = engine._race.most_promising(paused) is not None
        assert len(executor.running) == slots or not can_win
        return wait(timeout)

    executor.wait = watched_wait
    history = engine.run(WatchfulOptimizer(), score)
    n_folds = n_done(history)
    assert n_folds[2] == N_SPLITS
    assert len(set(map(key, executor.submitted))) == len(executor.submitted) == sum(n_folds)


def test_who_fails_once_revived_stays_out():
    def fail_late(task):
        is_bad = key(task) == (2, 1)
        return make_result(task, np.nan, fit_error="no") if is_bad else score(task)

    history = make_engine(InlineExecutor()).run(WatchfulOptimizer(), fail_late)
    assert n_done(history)[2] == 2
    assert history.observation(history.candidates[2]).status == "failed"


def test_who_has_no_fold_left_to_wait_is_not_told_as_dropped():
    class InOrder(ScriptedExecutor):
        def wait(self, timeout=None):
            evaluate, task = min(self.running, key=lambda pair: key(pair[1]))
            self.running.remove((evaluate, task))
            return [Outcome(task, evaluate(task), None)]

    optimizer = WatchfulOptimizer()
    executor = InOrder(slots=2 * N_SPLITS)
    make_engine(executor, n_iter=2).run(optimizer, score)
    assert len(executor.submitted) == 2 * N_SPLITS  # before the first of them came back
    assert optimizer.statuses[1] == ["running"] * 3 + ["complete"]
