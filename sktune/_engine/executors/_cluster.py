"""``DaskExecutor`` and ``RayExecutor``: folds run on a cluster, through its own public interface.

joblib's backends for dask and ray serve any function. These executors send the one large object
that all tasks of a search share only once, and report a task whose worker died as lost, where the
cluster would run it again unknown to the engine.
"""

from __future__ import annotations

import itertools
import math
import queue
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from ..._joblib_compat import as_nested
from ..._optional import require
from ..._records import FoldResult, FoldTask
from ..._sklearn_compat import with_caller_settings
from ._contract import Evaluate, Outcome

# Seconds between two looks at the cluster, which may grow, shrink or lose a worker.
LOOK_INTERVAL = 1.0


def run_fold(evaluate: Evaluate, task: FoldTask, indices: Any) -> FoldResult:
    """Run a fold in a worker, with threads for what is nested in it, as in joblib's workers."""
    with as_nested():
        return evaluate(replace(task, indices=indices))


class _Shared:
    """Objects that many tasks share: the function, and the rows of each fold.

    Each object is sent once, and again if all copies of it are lost.
    """

    def __init__(self, put: Callable[[Any], Any], is_gone: Callable[[Any], bool]) -> None:
        self._put = put
        self._is_gone = is_gone
        self._handles: dict[int, tuple[Any, Any]] = {}  # by id, with the object

    def arguments(self, evaluate: Evaluate, task: FoldTask) -> tuple[Any, FoldTask, Any]:
        """Arguments of `run_fold`, with handles in place of shared objects."""
        indices = task.indices and self._handle(task.indices, lambda: task.indices)
        function = self._handle(evaluate, lambda: with_caller_settings(evaluate))
        return function, replace(task, indices=None), indices

    def forget(self) -> None:
        """Let the cluster free the memory."""
        self._handles.clear()

    def _handle(self, key: Any, make: Callable[[], Any]) -> Any:
        known, handle = self._handles.get(id(key), (None, None))
        if known is not key or self._is_gone(handle):
            handle = self._put(make())
            self._handles[id(key)] = key, handle
        return handle


class _RemoteTraceback(Exception):
    """The error that was raised in a worker, as ray describes it."""

    def __init__(self, text: str) -> None:
        super().__init__(f"\n{text}")


class _Sent(NamedTuple):
    """A task that was submitted to dask."""

    evaluate: Evaluate
    task: FoldTask
    worker: str
    future: Any


class DaskExecutor:
    """A cluster of dask.distributed.

    Each task is bound to one worker. So dask does not run it again elsewhere when that worker
    dies, which it would do up to three times, and it is known which tasks are lost.

    Parameters
    ----------
    client : distributed.Client
        Client of the cluster; neither of the two is closed.
    n_jobs : int or None, default=None
        Maximum of folds that run side by side; None or -1: as many as the workers have threads.

    Attributes
    ----------
    knows_dead_task : bool
        Whether each worker, up to now, ran one task at a time.
    """

    is_evaluating = False
    lookahead = 0  # a waiting task would be bound to its worker, however long that is busy

    def __init__(self, client: Any, n_jobs: int | None = None) -> None:
        self._client = client
        self._killed: Any = require("distributed", "dask", "The backend 'dask'").KilledWorker
        self._n_max = n_jobs if n_jobs is not None and n_jobs > 0 else math.inf
        self._shared = _Shared(self._scatter, lambda handle: handle.status != "finished")
        self._unsent: deque[tuple[Evaluate, FoldTask]] = deque()
        self._live: dict[int, _Sent] = {}  # by ticket
        self._hanging: Counter[str] = Counter()  # threads lost to tasks that were given up
        self._call: Any = None  # makes a cluster start its first worker
        self._tickets = itertools.count()
        self._finished: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.knows_dead_task = True
        self._look()

    @property
    def slots(self) -> int:
        """Threads of all workers; the cluster may grow and shrink. 1 while it has none."""
        self._look_if_due()
        return int(max(1, min(self._n_max, sum(self._n_threads.values()))))

    @property
    def shares_process(self) -> bool:
        """Whether workers are threads of this process, as with ``processes=False``."""
        return any(address.startswith("inproc:") for address in self._n_threads)

    def submit(self, evaluate: Evaluate, task: FoldTask) -> None:
        """Send the task to the worker with the most free threads, as soon as there is one."""
        self._unsent.append((evaluate, task))
        self._send()

    def wait(self, timeout: float | None = None) -> list[Outcome]:
        """Outcomes since the last call, of lost tasks too; waits for the first."""
        end = math.inf if timeout is None else time.monotonic() + timeout
        outcomes: list[Outcome] = []
        while not outcomes:
            self._send()
            left = end - time.monotonic()
            try:
                outcomes = self._take(self._finished.get(timeout=max(0, min(left, LOOK_INTERVAL))))
            except queue.Empty:
                if left <= LOOK_INTERVAL:
                    return self._lost()
            outcomes += self._lost()
        while not self._finished.empty():
            outcomes += self._take(self._finished.get())
        return outcomes

    def give_up(self, task: FoldTask) -> None:
        """Free the slot of a task that hangs; its thread is left running."""
        self._unsent = deque(unsent for unsent in self._unsent if unsent[1] is not task)
        for ticket in [t for t, sent in self._live.items() if sent.task is task]:
            sent = self._live.pop(ticket)
            self._hanging[sent.worker] += 1
            sent.future.cancel(force=True)
        self._look()

    def close(self, cancel: bool = False) -> None:
        """Cancel running tasks; client and cluster stay open."""
        for sent in self._live.values():
            sent.future.cancel(force=True)
        self._live.clear()
        self._unsent.clear()
        self._shared.forget()
        self._call = None

    def _scatter(self, shared: Any) -> Any:
        # In a list, because scatter takes a bare dict or list apart.
        try:
            return self._client.scatter([shared], broadcast=True, hash=False)[0]
        except OSError:  # a worker died meanwhile; if it was the scheduler, this raises again
            return self._client.scatter([shared], broadcast=True, hash=False)[0]

    def _send(self) -> None:
        """Send the tasks that wait for a worker.

        Raises
        ------
        RuntimeError
            If fits that hang hold all threads of the cluster.
        """
        if not self._unsent:
            return
        self._look()  # a task that goes to a dead worker would be lost without a start
        if not self._n_threads and self._hanging:
            raise RuntimeError(
                "Fits that hang hold all threads of the dask cluster. Run its workers as "
                "processes (processes=True): they can be ended and replaced."
            )
        if not self._n_threads and self._call is None:
            # An adaptive cluster starts its first worker only for a task bound to no worker.
            self._call = self._client.submit(int, pure=False)
        while self._unsent and self._n_threads:
            self._call = None
            self._send_to_freest(*self._unsent.popleft())

    def _send_to_freest(self, evaluate: Evaluate, task: FoldTask) -> None:
        free = Counter(self._n_threads)
        free.subtract(sent.worker for sent in self._live.values())
        worker = max(self._n_threads, key=lambda address: free[address])
        arguments = self._shared.arguments(evaluate, task)
        future = self._client.submit(run_fold, *arguments, workers=[worker], pure=False)
        ticket = next(self._tickets)
        self._live[ticket] = _Sent(evaluate, task, worker, future)
        future.add_done_callback(lambda _: self._finished.put(ticket))

    def _take(self, ticket: int) -> list[Outcome]:
        if ticket not in self._live:  # given up, or lost
            return []
        sent = self._live.pop(ticket)
        if sent.future.status == "error":
            return [self._failed(sent)]
        while sent.future.status == "finished":
            try:
                result = sent.future.result(timeout=LOOK_INTERVAL)
                return [Outcome(sent.task, result, None)]
            except TimeoutError:  # its worker may have died with the result
                self._look()
                if sent.worker not in self._addresses:
                    break
            except Exception as error:
                return [Outcome(sent.task, None, error)]
        self._look()  # raises where the scheduler is gone
        if sent.worker not in self._addresses:
            return [self._lost_with(sent)]
        # The task did not begin: the last worker that held the shared object died meanwhile.
        self._unsent.append((sent.evaluate, sent.task))
        self._send()
        return []

    def _failed(self, sent: _Sent) -> Outcome:
        error = sent.future.exception()
        # With `allowed-failures: 0` dask itself reports the death.
        return Outcome(sent.task, None, error, is_lost=isinstance(error, self._killed))

    def _lost(self) -> list[Outcome]:
        """Outcomes of tasks whose worker is gone: their futures would wait for ever."""
        self._look_if_due()
        gone = [t for t, sent in self._live.items() if sent.worker not in self._addresses]
        outcomes = []
        for sent in [self._live.pop(ticket) for ticket in gone]:
            sent.future.cancel(force=True)
            outcomes.append(self._lost_with(sent))
        return outcomes

    def _lost_with(self, sent: _Sent) -> Outcome:
        error = RuntimeError(f"Worker {sent.worker} died.")
        return Outcome(sent.task, None, error, is_lost=True)

    def _look_if_due(self) -> None:
        if time.monotonic() - self._looked_at > LOOK_INTERVAL:
            self._look()

    def _look(self) -> None:
        try:
            n_threads = self._client.nthreads()
        except OSError as error:
            raise ConnectionError("The scheduler of the dask cluster does not answer.") from error
        self._addresses = set(n_threads)
        if any(n > 1 for n in n_threads.values()):
            self.knows_dead_task = False
        self._hanging = Counter({w: n for w, n in self._hanging.items() if w in n_threads})
        free = {worker: n - self._hanging[worker] for worker, n in n_threads.items()}
        self._n_threads: dict[str, int] = {worker: n for worker, n in free.items() if n > 0}
        self._looked_at = time.monotonic()


class RayExecutor:
    """A cluster of ray.

    Parameters
    ----------
    n_jobs : int or None, default=None
        Maximum of folds that run side by side; None or -1: as many as the cluster has CPUs.
    """

    is_evaluating = False
    lookahead = 0
    knows_dead_task = True
    shares_process = False

    def __init__(self, n_jobs: int | None = None) -> None:
        ray = require("ray", "ray", "The backend 'ray'")
        if not ray.is_initialized():
            ray.init()
        self._ray = ray
        self._n_max = n_jobs if n_jobs is not None and n_jobs > 0 else math.inf
        self._run = ray.remote(max_retries=0)(run_fold)
        self._shared = _Shared(ray.put, lambda handle: False)
        self._live: dict[Any, FoldTask] = {}
        self._look()

    @property
    def slots(self) -> int:
        """CPUs of the cluster, which may grow and shrink."""
        if time.monotonic() - self._looked_at > LOOK_INTERVAL:
            self._look()
        return int(max(1, min(self._n_max, self._n_cpus)))

    def submit(self, evaluate: Evaluate, task: FoldTask) -> None:
        """Send the task to a worker."""
        self._live[self._run.remote(*self._shared.arguments(evaluate, task))] = task

    def wait(self, timeout: float | None = None) -> list[Outcome]:
        """Outcomes since the last call; waits for the first, at most `timeout` seconds."""
        waiting = list(self._live)
        if not waiting:
            return []
        done, waiting = self._ray.wait(waiting, num_returns=1, timeout=timeout)
        if done and waiting:
            done += self._ray.wait(waiting, num_returns=len(waiting), timeout=0)[0]
        return [self._outcome(self._live.pop(reference), reference) for reference in done]

    def give_up(self, task: FoldTask) -> None:
        """End the worker of a task."""
        for reference in [r for r, live in self._live.items() if live is task]:
            del self._live[reference]
            self._ray.cancel(reference, force=True)

    def close(self, cancel: bool = False) -> None:
        """Cancel running tasks; the cluster stays open."""
        for reference in self._live:
            self._ray.cancel(reference, force=True)
        self._live.clear()
        self._shared.forget()

    def _outcome(self, task: FoldTask, reference: Any) -> Outcome:
        errors = self._ray.exceptions
        died = (
            errors.WorkerCrashedError,
            errors.OutOfMemoryError,
            errors.NodeDiedError,
            errors.LocalRayletDiedError,
            errors.ObjectLostError,
        )
        try:
            return Outcome(task, self._ray.get(reference), None)
        except errors.RayTaskError as error:
            if not isinstance(error.cause, Exception):
                return Outcome(task, None, error)
            error.cause.__cause__ = _RemoteTraceback(str(error))
            return Outcome(task, None, error.cause)
        except died as error:
            if isinstance(error, errors.ObjectLostError):
                self._shared.forget()
            return Outcome(task, None, error, is_lost=True)
        except errors.RayError as error:
            return Outcome(task, None, error)

    def _look(self) -> None:
        self._n_cpus = self._ray.cluster_resources().get("CPU", 1)
        self._looked_at = time.monotonic()
