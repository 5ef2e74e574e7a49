"""Folds on dask and ray, with real clusters of two workers on this machine."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Client as Connection
from multiprocessing.connection import Listener

import joblib
import numpy as np
import pytest
from joblib.parallel import get_active_backend
from numpy.testing import assert_array_equal
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from sktune import BayesSearchCV
from sktune._engine import make_executor
from sktune._engine.executors._cluster import DaskExecutor, RayExecutor
from tests._search import test_faults as faults
from tests._search.test_faults import Watch, interrupted_search, scores
from tests.contracts.executor_contract import (
    ExecutorContract,
    make_result,
    make_task,
    run_all,
    score_x,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # those of the clusters
]

# Much longer than it takes: only a test that fails ever waits for it.
TIMEOUT = 60

PARAMS = {"C": [0.1, 1, 10, 100, 1000], "gamma": [0.01, 0.1, 1]}


@pytest.fixture(scope="module")
def dask():
    distributed = pytest.importorskip("distributed")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", os.getcwd())  # the workers must find the tests
        with (
            distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield client


@pytest.fixture(scope="module")
def ray():
    ray = pytest.importorskip("ray")
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        runtime_env={"env_vars": {"PYTHONPATH": os.getcwd()}},
        logging_level="ERROR",
        log_to_driver=False,
    )
    from ray.util.joblib import register_ray

    register_ray()
    yield ray
    ray.shutdown()


@pytest.fixture(params=["dask", "ray"])
def backend(request):
    request.getfixturevalue(request.param)
    return request.param


class OnCluster(ExecutorContract):
    n_jobs = None

    def test_slots(self, executor):
        assert executor.slots == 2

    def test_n_jobs_bounds_the_slots(self):
        with joblib.parallel_config(self.backend):
            executor = make_executor(1)
        assert executor.slots == 1
        executor.close()

    def test_what_is_given_up_does_not_come_back(self, executor):
        with Listener() as listener:
            task = make_task(0, address=listener.address)
            executor.submit(wait_for_word, task)
            with listener.accept() as connection:
                executor.give_up(task)
                connection.send("go on")
        outcomes = run_all(executor, score_x, [make_task(1), make_task(2)])
        assert sorted(o.task.candidate.id for o in outcomes) == [1, 2]

    def test_a_killed_worker_loses_its_task_alone(self, executor):
        with Listener() as listener:
            for i in range(2):
                executor.submit(wait_for_word, make_task(i, address=listener.address))
            with listener.accept() as first, listener.accept() as second:
                pid, lost = first.recv()
                second.recv()
                os.kill(pid, signal.SIGKILL)
                (outcome,) = executor.wait()
                second.send("go on")
            assert outcome.is_lost
            assert outcome.task.candidate.id == lost
            (other,) = executor.wait()
            assert other.result.test_scores == 10 * (1 - lost)
        again = run_all(executor, score_x, [make_task(i) for i in range(4)])
        assert sorted(o.result.test_scores for o in again) == [0, 10, 20, 30]


def wait_for_word(task):
    with Connection(task.context["address"]) as connection:
        connection.send((os.getpid(), task.candidate.id))
        connection.recv()
    return score_x(task)


@pytest.mark.usefixtures("dask")
class TestDask(OnCluster):
    backend = "dask"

    def test_kind(self, executor):
        assert type(executor) is DaskExecutor


@pytest.mark.usefixtures("ray")
class TestRay(OnCluster):
    backend = "ray"

    def test_kind(self, executor):
        assert type(executor) is RayExecutor


def small_cluster(**params):
    distributed = pytest.importorskip("distributed")
    return distributed.LocalCluster(
        **{"n_workers": 1, "threads_per_worker": 1, **params},
        dashboard_address=None,
        silence_logs=50,
    )


@pytest.fixture
def with_tests_on_path(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.getcwd())


def outcomes_of_a_death(executor, n_tasks):
    """What comes back where each of so many tasks has begun and the first one's worker dies."""
    with Listener() as listener, ExitStack() as stack:
        for i in range(n_tasks):
            executor.submit(wait_for_word, make_task(i, address=listener.address))
        connections = [stack.enter_context(listener.accept()) for _ in range(n_tasks)]
        os.kill(connections[0].recv()[0], signal.SIGKILL)
        return executor.wait()


@pytest.mark.usefixtures("with_tests_on_path")
def test_no_culprit_among_the_threads_of_a_worker_also_after_its_end():
    with small_cluster(threads_per_worker=2) as cluster, cluster.get_client() as client:
        executor = DaskExecutor(client)
        outcomes = outcomes_of_a_death(executor, 2)
        assert [o.is_lost for o in outcomes] == [True, True]
        assert not executor.knows_dead_task


def test_what_is_sent_after_a_death_is_not_lost(dask):
    dask.wait_for_workers(2)
    executor = DaskExecutor(dask)
    run_all(executor, score_x, [make_task(i) for i in range(2)])
    for worker, pid in dask.run(os.getpid).items():
        executor.slots  # noqa: B018 - it has just looked
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda worker=worker: worker not in dask.nthreads())
        executor.submit(score_x, make_task(2))
        (outcome,) = executor.wait()
        assert outcome.result.test_scores == 20
        assert not outcome.is_lost
    executor.close()


def wait_until(is_true):
    until = time.monotonic() + TIMEOUT
    while not is_true():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_data_go_out_again_only_where_no_copy_is_left(dask):
    dask.wait_for_workers(2)
    executor = DaskExecutor(dask)
    outcomes_of_a_death(executor, 1)

    def handle():
        function, _, _ = executor._shared.arguments(wait_for_word, make_task(0))
        return function

    before = handle()
    assert before.status == "finished"
    assert handle() is before
    for pid in dask.run(os.getpid).values():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: before.status != "finished")
    assert [o.error for o in run_all(executor, score_x, [make_task(i) for i in range(3)])] == [
        None
    ] * 3
    executor.close()


def test_fits_that_hang_in_all_threads_are_an_error():
    released = threading.Event()

    def hang(task):
        assert released.wait(TIMEOUT)

    with small_cluster(processes=False) as cluster, cluster.get_client() as client:
        executor = DaskExecutor(client)
        assert executor.shares_process
        task = make_task(0)
        executor.submit(hang, task)
        executor.give_up(task)
        with pytest.raises(RuntimeError, match="hold all threads of the dask cluster"):
            executor.submit(score_x, make_task(1))
        released.set()


@pytest.mark.usefixtures("with_tests_on_path")
def test_a_death_that_dask_tells_of_is_a_lost_task():
    dask = pytest.importorskip("dask")
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        small_cluster() as cluster,
        cluster.get_client() as client,
    ):
        (outcome,) = outcomes_of_a_death(DaskExecutor(client), 1)
        assert outcome.is_lost


@pytest.mark.usefixtures("with_tests_on_path")
def test_a_scheduler_that_goes_away_is_an_error():
    dask = pytest.importorskip("dask")
    distributed = pytest.importorskip("distributed")
    with (
        subprocess_scheduler() as (scheduler, address),
        distributed.Client(address, timeout=15) as client,
        dask.config.set({"distributed.comm.timeouts.connect": "2s"}),
    ):
        client.wait_for_workers(1)
        executor = DaskExecutor(client)
        with Listener() as listener:
            executor.submit(wait_for_word, make_task(0, address=listener.address))
            with listener.accept():
                scheduler.kill()
                with pytest.raises(ConnectionError, match="scheduler of the dask cluster"):
                    executor.wait()
        executor.close(cancel=True)


@contextmanager
def subprocess_scheduler():
    """A scheduler with one worker, as processes of their own."""
    command = [sys.executable, "-m", "distributed.cli.dask_{}", "--no-dashboard"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = [
        subprocess.Popen([part.format(kind) for part in command] + arguments, **quiet)
        for kind, arguments in [
            ("scheduler", ["--host", "127.0.0.1", "--port", address.rpartition(":")[2]]),
            ("worker", [address, "--nthreads", "1", "--no-nanny"]),
        ]
    ]
    try:
        yield processes[0], address
    finally:
        for process in processes:
            process.kill()
            process.wait()


def name_backend():
    return type(get_active_backend()[0]).__name__


def name_backends(task):
    (inner, _) = joblib.Parallel(n_jobs=2)(joblib.delayed(name_backend)() for _ in range(2))
    return make_result(task, {name_backend(): 0.0, inner: 1.0})


def test_nested_calls_use_threads_and_calls_within_them_none(backend):
    with joblib.parallel_config(backend):
        executor = make_executor(None)
    (outcome,) = run_all(executor, name_backends, [make_task(0)])
    executor.close()
    assert outcome.result.test_scores == {"ThreadingBackend": 0.0, "SequentialBackend": 1.0}


def fail_deeply(task):
    raise KeyError("far away")


def test_an_error_tells_where_it_was_raised(backend):
    with joblib.parallel_config(backend):
        executor = make_executor(None)
    (outcome,) = run_all(executor, fail_deeply, [make_task(0)])
    executor.close()
    assert type(outcome.error) is KeyError
    assert "in fail_deeply" in "".join(traceback.format_exception(outcome.error))


class OnlyHere:
    """Cannot be unpickled, as if its module were missing on the workers."""

    def __call__(self, task):
        return score_x(task)

    def __reduce__(self):
        return raise_missing, ()


def raise_missing():
    raise ModuleNotFoundError("No module named 'mine'")


def test_what_the_workers_cannot_import_is_an_error(backend):
    with joblib.parallel_config(backend):
        executor = make_executor(None)
    with pytest.raises(Exception, match="No module named 'mine'"):  # noqa: PT012
        executor.submit(OnlyHere(), make_task(0))
        (outcome,) = executor.wait()
        assert not outcome.is_lost
        raise outcome.error
    executor.close(cancel=True)


def search_over(settings, backend, **params):
    return faults.search_over(settings, backend, n_jobs=None, **params)


def test_search(backend):
    data = load_iris(return_X_y=True)
    here = BayesSearchCV(SVC(), PARAMS, n_iter=15).fit(*data)
    with joblib.parallel_config(backend):
        there = BayesSearchCV(SVC(), PARAMS, n_iter=15).fit(*data)
    assert_array_equal(scores(there), scores(here))
    assert there.best_params_ == here.best_params_


def test_large_data_go_out_once(backend, tmp_path):
    X = Counted(np.ones((200_000, 2)), str(tmp_path))
    with joblib.parallel_config(backend):
        executor = make_executor(None)
    outcomes = run_all(executor, SumOf(X), [make_task(i) for i in range(40)])
    executor.close()
    assert {o.result.test_scores for o in outcomes} == {400_000.0}
    assert len(list(tmp_path.iterdir())) < 10  # of 40 tasks; dask pickles more than once


class Counted:
    """An array that leaves a file for each time it is pickled."""

    def __init__(self, array, folder):
        self.array = array
        self.folder = folder

    def __reduce__(self):
        n_files = len(os.listdir(self.folder))
        with open(os.path.join(self.folder, str(n_files)), "w"):
            return Counted, (self.array, self.folder)


class SumOf:
    def __init__(self, X):
        self.X = X

    def __call__(self, task):
        return make_result(task, float(self.X.array.sum()))


def test_a_killed_worker_costs_its_fold(backend):
    victims = {4}
    watch = Watch(lambda n, pid: os.kill(pid, signal.SIGKILL) if n in victims else None)
    settings = [{"a": a, "address": watch.listener.address} for a in range(5)]
    search = search_over(settings, backend, refit=False)
    assert_array_equal(scores(search), range(5))
    assert watch.n_fits == 5 * 3 + 1


def test_a_setting_that_always_kills_its_worker_gets_error_score(backend):
    search = search_over([{"a": a, "do": "die" if a == 1 else "fit"} for a in range(4)], backend)
    assert_array_equal(scores(search), [0, np.nan, 2, 3])


@pytest.mark.parametrize(
    "hang", ["in a Python loop", "in C, without Python's lock", "in C, with Python's lock"]
)
def test_a_fit_that_hangs_costs_its_candidate_only(backend, hang):
    settings = [{"a": a, "do": hang if a == 1 else "fit"} for a in range(4)]
    search = search_over(settings, backend, fit_timeout=2)
    assert_array_equal(scores(search), [0, np.nan, 2, 3])


def test_ctrl_c_costs_the_folds_that_run(backend):
    assert interrupted_search(backend).stop_reason_ == "interrupted"


def test_an_estimator_that_cannot_travel(backend):
    with pytest.raises(Exception, match=r"(?i)pickle|serializ"):
        search_over([{"lock": threading.Lock()}, {"a": 1}], backend)


def test_a_result_that_cannot_travel(backend):
    with pytest.raises(Exception, match=r"(?i)pickle|serializ"):
        search_over([{"do": "report"}, {"a": 1}], backend)
