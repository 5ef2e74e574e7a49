"""The executors: this thread, joblib's threads, and loky's processes."""

import os
import queue
import threading
from multiprocessing.connection import Client, Listener

import joblib
import numpy as np
import pytest

from sktune._engine import make_executor
from sktune._engine.executors._joblib import JoblibExecutor
from sktune._engine.executors._local import InlineExecutor
from sktune._joblib_compat import BackendSession
from tests.contracts.executor_contract import (
    ExecutorContract,
    ScoreSum,
    make_result,
    make_task,
    run_all,
    score_x,
)

# Much longer than it takes: only a test that fails ever waits for it.
TIMEOUT = 60


def score_process(task):
    return make_result(task, float(os.getpid()))


def end_worker(task):
    os._exit(1)


def begin_and_never_end(task):
    with Client(task.context["address"]) as connection:
        connection.recv()  # nobody sends anything


class TestInline(ExecutorContract):
    backend, n_jobs = None, 1

    def test_a_task_runs_when_it_is_waited_for(self, executor):
        threads = []

        def note(task):
            threads.append(threading.current_thread())
            return score_x(task)

        executor.submit(note, make_task(0))
        assert not threads
        executor.wait()
        assert threads == [threading.current_thread()]


class TestThreading(ExecutorContract):
    backend, n_jobs = "threading", 2

    def test_tasks_run_side_by_side(self, executor):
        together = threading.Barrier(2)

        def meet(task):
            together.wait(TIMEOUT)
            return score_x(task)

        outcomes = run_all(executor, meet, [make_task(i) for i in range(4)])
        assert [o.error for o in outcomes] == [None] * 4

    def test_wait_gives_what_is_there_without_the_rest(self, executor):
        released = threading.Event()

        def hold_first(task):
            if task.candidate.id == 0:
                assert released.wait(TIMEOUT)
            return score_x(task)

        for i in range(2):
            executor.submit(hold_first, make_task(i))
        assert [o.task.candidate.id for o in executor.wait()] == [1]
        released.set()
        assert [o.task.candidate.id for o in executor.wait()] == [0]


class ProcessesContract(ExecutorContract):
    """What holds for all pools of processes."""

    def test_tasks_run_in_other_processes(self, executor):
        outcomes = run_all(executor, score_process, [make_task(i) for i in range(4)])
        assert os.getpid() not in {o.result.test_scores for o in outcomes}

    def test_large_data_is_memory_mapped(self, executor):
        (outcome,) = run_all(executor, ScoreSum(np.ones(300_000)), [make_task(0)])
        assert outcome.result.test_scores == {"sum": 300_000, "is_memmap": 1}

    def test_what_is_cancelled_does_not_go_on(self):
        executor = self.make()
        with Listener() as listener:
            for i in range(2):
                executor.submit(begin_and_never_end, make_task(i, address=listener.address))
            # Each has begun when it is accepted, and ends at the latest when this test does.
            with listener.accept() as first, listener.accept() as second:
                executor.close(cancel=True)
                for connection in (first, second):
                    assert connection.poll(TIMEOUT), "a cancelled task still runs"
                    with pytest.raises(EOFError):
                        connection.recv()

    def test_all_is_lost_with_one_worker_and_the_next_pool_goes_on(self, executor):
        with Listener() as listener:
            executor.submit(begin_and_never_end, make_task(0, address=listener.address))
            with listener.accept():
                executor.submit(end_worker, make_task(1))
                outcomes = executor.wait()
                while len(outcomes) < 2:
                    outcomes += executor.wait()
        assert sorted(o.task.candidate.id for o in outcomes) == [0, 1]
        assert all(o.is_lost and o.result is None for o in outcomes)
        again = run_all(executor, score_x, [make_task(i) for i in range(4)])
        assert sorted(o.result.test_scores for o in again) == [0, 10, 20, 30]


@pytest.mark.slow
class TestLoky(ProcessesContract):
    backend, n_jobs = "loky", 2

    def test_what_was_just_submitted_is_cancelled_silently(self):
        # Aborted at once, a thread of loky itself fails in 14 of 15 cases.
        for _ in range(3):
            with joblib.parallel_config(self.backend):
                session = BackendSession(self.n_jobs)
            done = queue.SimpleQueue()
            session.submit(abs, -1, done.put)
            done.get(timeout=TIMEOUT)
            session.submit(abs, -2, done.put)
            session.close(cancel=True)


@pytest.mark.slow
class TestMultiprocessing(ProcessesContract):
    backend, n_jobs = "multiprocessing", 2

    @pytest.mark.parametrize("cancel", [False, True])
    @pytest.mark.parametrize("way", ["while it writes", "while it reads"])
    def test_a_pool_ends_though_a_worker_died_with_a_lock(self, way, cancel):
        with joblib.parallel_config(self.backend):
            session = BackendSession(self.n_jobs)
        pool = session._backend._pool
        if way == "while it writes":
            pool._outqueue._wlock.acquire()  # as by a worker that nobody sees any more
        else:
            for worker in list(pool._pool):  # one of them waits for a task, with the lock
                worker.kill()
        ending = threading.Thread(target=session.close, args=(cancel,), daemon=True)
        ending.start()
        ending.join(TIMEOUT)
        assert not ending.is_alive(), "the pool waits for the dead"


@pytest.mark.parametrize(
    "config, n_jobs, slots, is_here",
    [
        ({}, None, 1, True),
        ({}, 1, 1, True),
        ({}, 2, 2, True),
        ({"n_jobs": 2}, None, 2, True),
        ({"n_jobs": 2}, 1, 1, True),
        ({"prefer": "threads", "n_jobs": 2}, None, 2, True),
        ({"backend": "loky", "n_jobs": 2}, None, 2, False),
        ({"backend": "loky"}, 2, 2, False),
        ({"backend": "sequential"}, 2, 1, True),
    ],
)
def test_the_hint_holds_where_no_backend_is_named(config, n_jobs, slots, is_here):
    with joblib.parallel_config(**config):
        executor = make_executor(n_jobs, prefer="threads")
    outcomes = run_all(executor, score_process, [make_task(i) for i in range(4)])
    executor.close()
    assert executor.slots == slots
    assert {o.result.test_scores == os.getpid() for o in outcomes} == {is_here}


@pytest.mark.parametrize(
    "config, n_jobs, kind, slots",
    [
        ({}, None, InlineExecutor, 1),
        ({}, 1, InlineExecutor, 1),
        ({}, 2, JoblibExecutor, 2),
        ({"n_jobs": 3}, None, JoblibExecutor, 3),
        ({"n_jobs": 3}, 1, InlineExecutor, 1),
        ({"backend": "threading"}, 2, JoblibExecutor, 2),
        ({"backend": "threading", "n_jobs": 2}, None, JoblibExecutor, 2),
        ({"backend": "sequential"}, 2, InlineExecutor, 1),
    ],
)
def test_executor_of_the_active_backend(config, n_jobs, kind, slots):
    with joblib.parallel_config(**config):
        executor = make_executor(n_jobs)
        executor.close()
    assert type(executor) is kind
    assert executor.slots == slots
