"""What becomes of folds whose worker died or that ran out of time."""

import pytest

from sktune._engine._deaths import MAX_DEATHS, Deaths
from sktune._engine._limits import TimeLimit
from sktune._engine._queue import FoldQueue
from sktune._engine.executors._contract import Outcome
from sktune._engine.stopping._request import StopRequest
from sktune._records import StopReason
from sktune.exceptions import WorkerDiedWarning
from tests.contracts.executor_contract import key, make_result, make_task

N_SPLITS = 3


class Scene:
    """Two candidates, of which one fold each is running, and who decides about them."""

    def __init__(self, limit=None):
        self.queue = FoldQueue(N_SPLITS, one_at_a_time=False)
        self.stop = StopRequest()
        self.recorded = []
        for number in range(2):
            self.queue.add(make_task(number).candidate)
        self.tasks = [self.queue.next_of(make_task(number).candidate) for number in range(2)]
        self.deaths = Deaths(self.queue, self.stop, self.fail, self.recorded.append, limit)

    def fail(self, task, error):
        return make_result(task, 0.0, fit_error=str(error))

    def lose(self, *tasks, error=None, alone=False, known=False):
        outcomes = [Outcome(task, None, error, is_lost=True) for task in tasks]
        self.deaths.handle(outcomes, were_alone=alone, are_known=known)

    def waiting(self):
        """Folds in the queue, emptied."""
        return [key(task) for task in iter(self.queue.next, None)]


def test_of_several_folds_each_is_run_alone():
    scene = Scene()
    with pytest.warns(WorkerDiedWarning, match="run again"):
        scene.lose(*scene.tasks)
    assert scene.deaths.has_suspects
    assert [scene.deaths.next_suspect() for _ in range(2)] == scene.tasks
    assert not scene.deaths.has_suspects
    assert not any(scene.deaths.has_failed(task.candidate) for task in scene.tasks)


def test_a_fold_that_is_known_goes_back_into_the_queue_first():
    scene = Scene()
    with pytest.warns(WorkerDiedWarning, match="run again"):
        scene.lose(scene.tasks[1], known=True)
    assert not scene.deaths.has_suspects
    assert scene.waiting()[0] == (1, 0)


@pytest.mark.parametrize("how", [{"alone": True}, {"known": True}])
def test_the_second_death_fails_the_whole_candidate(how):
    scene = Scene()
    task = scene.tasks[0]
    with pytest.warns(WorkerDiedWarning, match="run again"):
        scene.lose(task, **how)
    if scene.deaths.has_suspects:
        scene.deaths.next_suspect()
    else:
        scene.queue.next_of(task.candidate)
    with pytest.warns(WorkerDiedWarning, match=f"for the {MAX_DEATHS}nd time"):
        scene.lose(task, **how)
    assert scene.deaths.has_failed(task.candidate)
    assert [(r.split, r.is_run) for r in scene.recorded] == [(1, False), (2, False), (0, True)]
    assert all("nd time" in result.fit_error for result in scene.recorded)
    assert {candidate for candidate, _ in scene.waiting()} == {1}


def test_deaths_beside_other_folds_are_not_counted():
    scene = Scene()
    for _ in range(MAX_DEATHS + 1):
        with pytest.warns(WorkerDiedWarning, match="run again"):
            scene.lose(*scene.tasks)
    assert scene.recorded == []


def test_after_ctrl_c_no_death_is_counted():
    scene = Scene()
    scene.lose(scene.tasks[0], error=KeyboardInterrupt(), alone=True)
    assert scene.stop.reason is StopReason.INTERRUPTED
    assert scene.waiting()[0] == (0, 0)
    scene.stop.is_urgent = True
    with pytest.raises(KeyboardInterrupt):
        scene.lose(scene.tasks[1], error=KeyboardInterrupt())


def test_a_worker_that_the_limit_ended_fails_its_candidate_only(tmp_path):
    limit = TimeLimit(1.0, str(tmp_path))
    scene = Scene(limit)
    (tmp_path / "0-0").write_text("File model.py, line 7")
    scene.lose(*scene.tasks)
    assert [(r.candidate_id, r.split) for r in scene.recorded] == [(0, 1), (0, 2), (0, 0)]
    assert all("line 7" in result.fit_error for result in scene.recorded)
    assert scene.waiting() == [(1, 0), (1, 1), (1, 2)]  # run again, without a word


def test_a_thread_that_hangs_is_left_behind(tmp_path):
    scene = Scene(TimeLimit(1.0, str(tmp_path)))
    first, second = scene.tasks
    assert scene.deaths.hanging([(first, 0.0), (second, float("inf"))]) == [first]
    scene.deaths.abandon(first)
    assert [(r.split, r.is_run) for r in scene.recorded] == [(1, False), (2, False), (0, True)]
    assert all("left behind" in result.fit_error for result in scene.recorded)


def test_nothing_hangs_without_a_limit():
    scene = Scene()
    assert scene.deaths.hanging([(scene.tasks[0], 0.0)]) == []
