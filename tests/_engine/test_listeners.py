"""Who listens to a search hears all of it, in order, and can do it no harm."""

import threading

import pytest

from sktune._engine import Budget, EvaluationEngine, Recorder
from sktune._engine.executors._local import InlineExecutor
from sktune._records import FoldTask, Listener, StopReason
from sktune.exceptions import ListenerWarning
from sktune.optimizers._objective import Objective
from sktune.optimizers._racing import Race
from tests._engine.test_engine import ScriptedExecutor, WatchfulOptimizer, make_candidate
from tests.contracts.executor_contract import key, make_result, score_x

EVENTS = ["search_began", "candidate_began", "fold_ended", "candidate_ended", "search_ended"]


class Noting(Listener):
    """Notes what it hears; fails at the n-th event of a name."""

    def __init__(self, fails_at=None):
        self.heard = []
        self.threads = set()
        self._fails_at = fails_at

    def note(self, event, what):
        self.heard.append((event, what))
        self.threads.add(threading.current_thread())
        if event == self._fails_at:
            raise RuntimeError("the tracker is gone")

    def search_began(self, earlier):
        self.note("search_began", len(earlier))

    def candidate_began(self, candidate):
        self.note("candidate_began", candidate.id)

    def fold_ended(self, result):
        self.note("fold_ended", (result.candidate_id, result.split))

    def candidate_ended(self, observation):
        self.note("candidate_ended", (observation.candidate.id, observation.status))

    def search_ended(self, reason):
        self.note("search_ended", reason)


def run(listeners, evaluate=score_x, executor=None, n_iter=2, optimizer=None, replay=(), **kwargs):
    engine = EvaluationEngine(
        executor or InlineExecutor(), 2, Budget(n_iter), listeners=listeners, **kwargs
    )
    return engine.run(optimizer or WatchfulOptimizer(), evaluate, replay)


def test_all_that_happens_in_its_order():
    listener = Noting()
    run([listener])
    assert listener.heard == [
        ("search_began", 0),
        ("candidate_began", 0),
        ("fold_ended", (0, 0)),
        ("fold_ended", (0, 1)),
        ("candidate_ended", (0, "complete")),
        ("candidate_began", 1),
        ("fold_ended", (1, 0)),
        ("fold_ended", (1, 1)),
        ("candidate_ended", (1, "complete")),
        ("search_ended", StopReason.N_ITER),
    ]


def test_the_caller_s_thread_tells_and_the_recorder_hears_first():
    written = set()

    class Writing(Recorder):
        def add_candidate(self, candidate, *rest):
            written.add(candidate.id)

        def add_fold(self, result, elapsed):
            written.add((result.candidate_id, result.split))

    class Checking(Noting):
        def note(self, event, what):
            super().note(event, what)
            if event in ("candidate_began", "fold_ended"):
                assert what in written

    listener = Checking()
    run([listener], executor=ScriptedExecutor(3), n_iter=6, recorder=Writing())
    assert listener.threads == {threading.current_thread()}
    assert len(listener.heard) == 1 + 6 * (1 + 2 + 1) + 1


@pytest.mark.parametrize("event", EVENTS)
def test_a_listener_that_fails_is_dropped_with_one_warning(event):
    failing, other = Noting(fails_at=event), Noting()
    with pytest.warns(ListenerWarning, match=r"Noting failed, .* RuntimeError: the") as all_:
        history = run([failing, other])
    assert len(all_) == 1
    assert [heard for heard, _ in failing.heard].count(event) == 1
    assert failing.heard[-1][0] == event
    plain = Noting()
    assert len(run([plain]).candidates) == len(history.candidates) == 2
    assert other.heard == plain.heard


def test_dropped_and_failed_candidates_end_once():
    def evaluate(task):
        if task.candidate.id == 2:
            return make_result(task, 0.0, fit_error="Traceback")
        return make_result(task, -float(task.candidate.id) - 0.001 * task.split)

    listener = Noting()
    race = Race(Objective(), drop_failed=False)
    run([listener], evaluate, n_iter=4, race=race)
    ended = [what for event, what in listener.heard if event == "candidate_ended"]
    assert sorted(ended) == [(0, "complete"), (1, "dropped"), (2, "failed"), (3, "dropped")]
    assert listener.heard[-1] == ("search_ended", StopReason.N_ITER)


def test_an_error_ends_the_search_for_listeners_too():
    def evaluate(task):
        if key(task) == (1, 0):
            raise ZeroDivisionError
        return score_x(task)

    listener = Noting()
    with pytest.raises(ZeroDivisionError):
        run([listener], evaluate)
    assert listener.heard[-2:] == [("candidate_ended", (1, "dropped")), ("search_ended", None)]


def test_what_was_replayed_is_not_told_again():
    candidates = [make_candidate(0), make_candidate(1)]
    optimizer = WatchfulOptimizer()
    optimizer.n_asked = 2
    folds = [score_x(FoldTask(candidates[i], split)) for i, split in [(0, 0), (0, 1), (1, 0)]]
    events = [candidates[0], *folds[:2], candidates[1], folds[2]]
    listener = Noting()
    run([listener], n_iter=3, optimizer=optimizer, replay=events)
    assert listener.heard == [
        ("search_began", 2),
        ("fold_ended", (1, 1)),
        ("candidate_ended", (1, "complete")),
        ("candidate_began", 2),
        ("fold_ended", (2, 0)),
        ("fold_ended", (2, 1)),
        ("candidate_ended", (2, "complete")),
        ("search_ended", StopReason.N_ITER),
    ]


def test_a_listener_need_not_override_anything():
    assert len(run([Listener()]).candidates) == 2
