"""The engine's loop, with an executor and an optimiser that watch it."""

import threading
from dataclasses import replace

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.stats import uniform
from threadpoolctl import threadpool_info, threadpool_limits

from sktune._engine import Budget, EvaluationEngine, make_executor
from sktune._engine.executors._contract import Outcome
from sktune._engine.executors._local import InlineExecutor
from sktune._records import WAIT, Candidate, Done, StopReason
from sktune.optimizers import RandomOptimizer
from sktune.optimizers._objective import Objective
from sktune.optimizers._racing import Race
from sktune.space import SearchSpace
from tests.contracts.executor_contract import fail_on_odd, key, make_result, score_x

# Much longer than it takes: only a test that fails ever waits for it.
TIMEOUT = 60


class ScriptedExecutor:
    """Runs nothing before `wait`, then any number of its tasks in any order."""

    knows_dead_task = False
    shares_process = False
    is_evaluating = False

    def __init__(self, slots, seed=0, lookahead=0):
        self.slots = slots
        self.lookahead = lookahead
        self.running = []
        self.submitted = []
        self.finished = set()
        self.closed = None
        self._rng = np.random.default_rng(seed)

    def submit(self, evaluate, task):
        assert len(self.running) < self.slots + self.lookahead, "more tasks than slots"
        self.running.append((evaluate, task))
        self.submitted.append(task)

    def wait(self, timeout=None):
        self._rng.shuffle(self.running)
        n_done = self._rng.integers(1, len(self.running) + 1)
        done, self.running = self.running[:n_done], self.running[n_done:]
        self.finished |= {key(task) for _, task in done}
        return [Outcome.of(task, lambda e=e, t=task: e(t)) for e, task in done]

    def close(self, cancel=False):
        self.closed = cancel


class WatchfulOptimizer:
    """Suggests `n` candidates and notes what it was asked and told, and when."""

    def __init__(self, n=1000, on_ask=None):
        self.n = n
        self.asked, self.told, self.n_asked = [], {}, 0
        self.statuses = {}
        self.prepared = []
        self._on_ask = on_ask or (lambda optimizer: None)
        self.on_prepare = lambda: None

    def ask(self, progress, n_slots):
        self._on_ask(self)
        self.asked.append((progress, n_slots))
        if self.n_asked == self.n:
            return Done(StopReason.SPACE_EXHAUSTED)
        self.n_asked += 1
        return make_candidate(self.n_asked - 1)

    def prepare(self):
        self.on_prepare()
        self.prepared.append(self.n_asked)

    def tell(self, observation):
        number = observation.candidate.id
        (scores,) = observation.split_scores.values()
        self.told[number] = {(number, split) for split in np.flatnonzero(~np.isnan(scores))}
        self.statuses.setdefault(number, []).append(observation.status)

    @property
    def heard(self):
        return set().union(*self.told.values())


def make_candidate(number):
    return Candidate(number, {"x": 10.0 * number}, (), 0, "random")


def run(executor, optimizer, evaluate=score_x, n_splits=2, n_iter=5, **kwargs):
    return EvaluationEngine(executor, n_splits, Budget(n_iter), **kwargs).run(optimizer, evaluate)


def keys(tasks):
    return [key(task) for task in tasks]


@pytest.mark.parametrize("slots", [1, 2, 3, 5])
@pytest.mark.parametrize("n_splits", [1, 2, 4])
@pytest.mark.parametrize("lookahead", [0, 1, 2])
@pytest.mark.parametrize("seed", range(5))
def test_workers_are_busy_and_every_ask_is_informed(slots, n_splits, seed, lookahead):
    executor = ScriptedExecutor(slots, seed, lookahead)

    def on_ask(optimizer):
        assert len(executor.running) < slots, "asked before a slot was free"
        assert optimizer.heard == executor.finished, "asked before it was told all there is"
        n_folds = n_splits * optimizer.n_asked
        assert len(executor.submitted) == n_folds, "a new candidate before folds of an old one"

    optimizer = WatchfulOptimizer(on_ask=on_ask)
    wait = executor.wait

    def watched_wait(timeout):
        is_all_out = len(executor.submitted) == 7 * n_splits
        assert len(executor.running) >= slots or is_all_out, "waited with a free slot"
        n_out = max(len(executor.running) - slots, 0)
        has_folds = len(executor.submitted) < n_splits * optimizer.n_asked
        assert n_out == lookahead or not has_folds, "no fold waits that could"
        return wait(timeout)

    executor.wait = watched_wait
    history = run(executor, optimizer, n_splits=n_splits, n_iter=7)

    expected = [(number, split) for number in range(7) for split in range(n_splits)]
    assert keys(executor.submitted) == expected
    assert [candidate.id for candidate in history.candidates] == list(range(7))
    for candidate in history.candidates:
        found = [fold.test_scores for fold in history.folds(candidate)]
        assert found == [candidate.params["x"] + split for split in range(n_splits)]
        assert optimizer.statuses[candidate.id][-1] == "complete"
        assert set(optimizer.statuses[candidate.id][:-1]) <= {"running"}
    assert history.stop_reason == "n_iter"
    assert executor.closed is False


def test_inline_search_is_sequential():
    order = []

    def note(task):
        order.append(key(task))
        return score_x(task)

    optimizer = WatchfulOptimizer(on_ask=lambda _: order.append("ask"))
    run(InlineExecutor(), optimizer, note, n_splits=2, n_iter=3)
    assert order == ["ask", (0, 0), (0, 1), "ask", (1, 0), (1, 1), "ask", (2, 0), (2, 1)]
    assert optimizer.statuses == {i: ["running", "complete"] for i in range(3)}


def test_what_the_optimizer_is_asked_with():
    optimizer = WatchfulOptimizer()
    run(ScriptedExecutor(3), optimizer, n_iter=4)
    assert optimizer.asked == [(0.0, 3), (0.25, 3), (0.5, 3), (0.75, 3)]


def test_an_optimizer_that_has_nothing_left_ends_the_search():
    executor = ScriptedExecutor(2)
    history = run(executor, WatchfulOptimizer(n=3), n_iter=10)
    assert len(history.candidates) == 3
    assert all(history.is_complete(candidate) for candidate in history.candidates)
    assert history.stop_reason == "space exhausted"
    assert executor.closed is False


def test_an_optimizer_with_nothing_at_all():
    history = run(ScriptedExecutor(2), WatchfulOptimizer(n=0))
    assert history.candidates == []
    assert history.stop_reason == "space exhausted"


@pytest.mark.parametrize("slots", [1, 2, 4])
def test_an_optimizer_that_waits_is_asked_again(slots):
    class OneAtATime(WatchfulOptimizer):
        """Suggests nothing before all it has suggested is complete, as a rung of Hyperband."""

        def ask(self, progress, n_slots):
            if any(self.statuses.get(i, [""])[-1] != "complete" for i in range(self.n_asked)):
                return WAIT
            return super().ask(progress, n_slots)

    executor = ScriptedExecutor(slots)
    history = run(executor, OneAtATime(), n_splits=3, n_iter=4)
    assert len(history.candidates) == 4
    assert history.stop_reason == "n_iter"


def score_slowly(task):
    return replace(score_x(task), fit_time=100.0)


RACE = Race(Objective(), drop_failed=True)


@pytest.mark.parametrize("lookahead", [0, 1])
@pytest.mark.parametrize("n_splits", [1, 3])
def test_a_suggestion_is_prepared_while_all_workers_are_busy(n_splits, lookahead):
    executor, optimizer = ScriptedExecutor(3, lookahead=lookahead), WatchfulOptimizer()

    def on_prepare():
        assert len(executor.running) >= executor.slots, "prepared with a free slot"
        assert len(executor.submitted) == n_splits * optimizer.n_asked, "a fold was left"
        assert optimizer.heard == executor.finished

    optimizer.on_prepare = on_prepare
    run(executor, optimizer, score_slowly, n_splits, n_iter=9)
    assert optimizer.prepared
    assert max(optimizer.prepared) < 9, "prepared a candidate that will never run"


@pytest.mark.parametrize(
    ("slots", "evaluate", "race"),
    [(1, score_slowly, None), (3, score_x, None), (3, score_slowly, RACE)],
)
def test_nothing_is_prepared_where_that_does_not_pay(slots, evaluate, race):
    optimizer = WatchfulOptimizer()
    engine = EvaluationEngine(ScriptedExecutor(slots), 2, Budget(9), race=race)
    engine.run(optimizer, evaluate)
    assert optimizer.n_asked == 9
    assert not optimizer.prepared


def test_pending_candidates_are_those_that_run():
    pending = []

    class Watched(RandomOptimizer):
        def ask(self, progress=0.0, n_slots=1):
            running = {task.candidate.id for _, task in executor.running}
            pending.append((set(self.pending), running))
            return super().ask(progress, n_slots)

    executor = ScriptedExecutor(3)
    optimizer = Watched(SearchSpace.from_distributions({"x": uniform()}))
    run(executor, optimizer, n_iter=8)
    assert len(pending) == 8
    assert all(said == true for said, true in pending)
    assert max(len(said) for said, _ in pending) == 2
    assert optimizer.pending == {}
    assert len(optimizer.completed()[0]) == 8


@pytest.mark.parametrize("slots", [1, 3])
def test_an_error_is_raised_as_it_is_with_the_candidate(slots):
    executor, optimizer = ScriptedExecutor(slots), WatchfulOptimizer()
    with pytest.raises(KeyError, match="candidate 1 is odd") as caught:
        run(executor, optimizer, fail_on_odd, n_splits=1)
    (note,) = caught.value.__notes__
    assert note == "Raised by split 0 of candidate 1: {'x': 10.0}"
    assert executor.closed is (len(executor.running) > 0)
    assert 1 not in optimizer.told


def test_an_error_does_not_hide_what_came_back_with_it():
    executor = ScriptedExecutor(3)
    executor.wait = lambda timeout: [
        Outcome(executor.submitted[0], None, ValueError("at once")),
        Outcome(executor.submitted[1], make_result(executor.submitted[1], 3.0), None),
    ]
    engine = EvaluationEngine(executor, 1, Budget(5))
    with pytest.raises(ValueError, match="at once"):
        engine.run(WatchfulOptimizer(), score_x)
    assert [len(engine.history.folds(c)) for c in engine.history.candidates] == [0, 1, 0]


def test_running_folds_are_dropped_after_an_error():
    executor = ScriptedExecutor(4)
    executor.wait = lambda timeout: [
        Outcome(executor.running.pop()[1], None, ValueError("at once")),
    ]
    with pytest.raises(ValueError, match="at once"):
        run(executor, WatchfulOptimizer())
    assert len(executor.running) == 3
    assert executor.closed is True


def test_workers_are_freed_when_the_optimizer_fails():
    def fail(optimizer):
        if optimizer.n_asked == 2:
            raise RuntimeError("no idea")

    executor = ScriptedExecutor(4)
    with pytest.raises(RuntimeError, match="no idea"):
        run(executor, WatchfulOptimizer(on_ask=fail))
    assert executor.closed is True


def test_each_fold_is_given_a_context_of_its_own():
    contexts = []

    def new_context():
        contexts.append({"number": len(contexts)})
        return contexts[-1]

    executor = ScriptedExecutor(2)
    run(executor, WatchfulOptimizer(), n_splits=3, n_iter=2, new_context=new_context)
    assert [task.context for task in executor.submitted] == contexts
    assert [context["number"] for context in contexts] == list(range(6))


@pytest.mark.parametrize(
    "fields",
    [
        {"fit_error": "Traceback (most recent call last): ..."},
        {"failed_metrics": frozenset({"score"})},
    ],
)
def test_a_failed_fold_is_told_as_failed(fields):
    observations = []

    def fail_some(task):
        is_bad = key(task) == (1, 0)
        return make_result(task, 0.0 if is_bad else 1.0, **(fields if is_bad else {}))

    optimizer = WatchfulOptimizer()
    optimizer.tell = observations.append
    run(InlineExecutor(), optimizer, fail_some, n_splits=2, n_iter=3)
    assert [o.status for o in observations if o.candidate.id == 1] == ["failed", "failed"]
    assert [o.status for o in observations if o.candidate.id != 1] == ["running", "complete"] * 2
    assert_array_equal(observations[2].split_scores["score"], [np.nan, np.nan])
    assert_array_equal(observations[3].split_scores["score"], [np.nan, 1.0])


def test_no_worker_waits_for_the_slowest():
    # Candidate 0 ends only after candidate 3 has begun, on the only other thread.
    begun = threading.Event()

    def evaluate(task):
        if task.candidate.id == 3:
            begun.set()
        if task.candidate.id == 0:
            assert begun.wait(TIMEOUT)
        return score_x(task)

    with joblib.parallel_config("threading"):
        history = run(make_executor(2), WatchfulOptimizer(), evaluate, n_splits=1, n_iter=4)
    assert all(history.is_complete(candidate) for candidate in history.candidates)


@pytest.mark.slow
def test_processes_give_what_the_own_thread_gives():
    found = []
    for n_jobs in (1, 2):
        history = run(make_executor(n_jobs), WatchfulOptimizer(), n_splits=3)
        found.append([history.folds(candidate) for candidate in history.candidates])
    assert found[0] == found[1]


def blas_threads():
    return {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"}


@pytest.mark.parametrize("shares_process", [False, True])
def test_the_optimizer_has_one_blas_thread_unless_fits_run_beside_it(shares_process):
    found = []
    executor = ScriptedExecutor(2)
    executor.shares_process = shares_process
    optimizer = WatchfulOptimizer(
        on_ask=lambda _: found.append((len(executor.running), blas_threads()))
    )
    with threadpool_limits(3, user_api="blas"):
        run(executor, optimizer, n_splits=1)
        assert blas_threads() == {3}
    assert {n_running for n_running, _ in found} == {0, 1}
    for n_running, n_threads in found:
        assert n_threads == ({3} if shares_process and n_running else {1})


def count_threads(task):
    return make_result(task, float(max(blas_threads())))


@pytest.mark.slow
def test_worker_processes_share_the_cores(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    history = run(make_executor(2), WatchfulOptimizer(), count_threads)
    n_threads = {fold.test_scores for c in history.candidates for fold in history.folds(c)}
    assert max(n_threads) <= max(1, joblib.cpu_count() // 2)
