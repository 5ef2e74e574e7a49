"""``DaskExecutor`` and ``RayExecutor``: folds run on a cluster, by its own public interface.

joblib's backends for dask and ray serve any function; these know that all tasks of a search
share one large object, which goes out once, and that a task whose worker died must come back
as lost, not be run again behind the engine's back.
"""

from __future__ import annotations

import itertools
import math
import queue
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import joblib

from .._records import FoldResult, FoldTask
from .._sklearn_compat import with_caller_settings
from ._contract import Evaluate, Outcome

# Seconds between two looks at the cluster, which may grow, shrink or lose a worker.
LOOK_INTERVAL = 1.0


def run_fold(evaluate: Evaluate, task: FoldTask) -> FoldResult:
    """Run a fold in a worker, with threads for what is nested in it, as in joblib's workers."""
    with joblib.parallel_config(backend="threading"):
        return evaluate(task)


class _Shared:
    """The object that all tasks share: handed over once, and again after a worker died."""

    def __init__(self, put: Callable[[Any], Any]) -> None:
        self._put = put
        self._evaluate: Evaluate | None = None
        self._handle: Any = None

    def handle(self, evaluate: Evaluate) -> Any:
        """What stands for the object in a task."""
        if self._handle is None or self._evaluate is not evaluate:
            self._evaluate = evaluate
            self._handle = self._put(with_caller_settings(evaluate))
        return self._handle

    def forget(self) -> None:
        """A copy may be gone with its worker: hand it over again."""
        self._handle = None


class DaskExecutor:
    """A cluster of dask.distributed.

    Each task is bound to one worker. So dask does not run it again elsewhere when that worker
    dies, which it would do up to three times, and it is known which tasks are lost.

    Parameters
    ----------
    client : distributed.Client
        Of the cluster; neither is closed.
    n_jobs : int or None, default=None
        Most folds that run side by side; None or -1: as many as the workers have threads.
    """

    is_evaluating = False
    lookahead = 0

    def __init__(self, client: Any, n_jobs: int | None = None) -> None:
        self._client = client
        self._n_max = n_jobs if n_jobs is not None and n_jobs > 0 else math.inf
        # Bare, a dict or list would be taken apart.
        self._shared = _Shared(lambda x: client.scatter([x], broadcast=True, hash=False)[0])
        self._live: dict[int, tuple[FoldTask, str, Any]] = {}  # task, worker, future by ticket
        self._hanging: Counter[str] = Counter()  # threads lost to tasks that were given up
        self._tickets = itertools.count()
        self._finished: queue.SimpleQueue[int] = queue.SimpleQueue()
        client.wait_for_workers(1)
        self._look()

    @property
    def slots(self) -> int:
        """Threads of all workers; the cluster may grow and shrink."""
        self._look_if_due()
        return int(max(1, min(self._n_max, sum(self._n_threads.values()))))

    @property
    def names_culprit(self) -> bool:
        """Whether each worker runs one task at a time."""
        return all(n_threads == 1 for n_threads in self._n_threads.values())

    @property
    def shares_process(self) -> bool:
        """Whether workers are threads of this process, as with ``processes=False``."""
        return any(address.startswith("inproc:") for address in self._n_threads)

    def submit(self, evaluate: Evaluate, task: FoldTask) -> None:
        """Send the task to the worker that has most threads free."""
        self._evaluate = evaluate
        while not self._n_threads:
            self._client.wait_for_workers(1)
            self._look()
        n_busy = Counter(worker for _, worker, _ in self._live.values())
        worker = max(
            self._n_threads, key=lambda address: self._n_threads[address] - n_busy[address]
        )
        future = self._client.submit(
            run_fold, self._shared.handle(evaluate), task, workers=[worker], pure=False
        )
        ticket = next(self._tickets)
        self._live[ticket] = task, worker, future
        future.add_done_callback(lambda _: self._finished.put(ticket))

    def wait(self, timeout: float | None = None) -> list[Outcome]:
        """All that has come back or is lost, at least one."""
        end = math.inf if timeout is None else time.monotonic() + timeout
        outcomes: list[Outcome] = []
        while not outcomes:
            left = end - time.monotonic()
            try:
                outcomes = self._take(self._finished.get(timeout=max(0, min(left, LOOK_INTERVAL))))
            except queue.Empty:
                outcomes = self._lost()
                if left <= LOOK_INTERVAL:
                    break
        while not self._finished.empty():
            outcomes += self._take(self._finished.get())
        return outcomes

    def give_up(self, task: FoldTask) -> None:
        """Leave a thread that hangs to itself."""
        for ticket in [t for t, (live, _, _) in self._live.items() if live is task]:
            _, worker, future = self._live.pop(ticket)
            self._hanging[worker] += 1
            future.cancel(force=True)
        self._look()

    def close(self, cancel: bool = False) -> None:
        """Cancel what runs; client and cluster stay."""
        for _, _, future in self._live.values():
            future.cancel(force=True)
        self._live.clear()
        self._shared.forget()

    def _take(self, ticket: int) -> list[Outcome]:
        if ticket not in self._live:  # given up, or lost
            return []
        task, worker, future = self._live.pop(ticket)
        if future.status == "error":
            return [Outcome(task, None, future.exception())]
        while future.status == "finished":
            try:
                return [Outcome(task, future.result(timeout=LOOK_INTERVAL), None)]
            except TimeoutError:  # its worker may have died with the result
                self._look()
                if worker not in self._n_threads:
                    break
            except Exception as error:
                return [Outcome(task, None, error)]
        self._look()
        if worker in self._n_threads:  # what died was the last that held the shared object
            self._shared.forget()
            self.submit(self._evaluate, task)
            return []
        return [self._lost_with(worker, task)]

    def _lost(self) -> list[Outcome]:
        """Outcomes of tasks whose worker is gone: their futures would wait for ever."""
        self._look()
        lost = [t for t, (_, worker, _) in self._live.items() if worker not in self._n_threads]
        outcomes = []
        for ticket in lost:
            task, worker, future = self._live.pop(ticket)
            future.cancel(force=True)
            outcomes.append(self._lost_with(worker, task))
        return outcomes

    def _lost_with(self, worker: str, task: FoldTask) -> Outcome:
        self._shared.forget()
        return Outcome(task, None, RuntimeError(f"Worker {worker} died."), is_lost=True)

    def _look_if_due(self) -> None:
        if time.monotonic() - self._looked_at > LOOK_INTERVAL:
            self._look()

    def _look(self) -> None:
        n_threads = self._client.nthreads()
        free = {worker: n - self._hanging[worker] for worker, n in n_threads.items()}
        self._n_threads: dict[str, int] = {worker: n for worker, n in free.items() if n > 0}
        self._looked_at = time.monotonic()


class RayExecutor:
    """A cluster of ray.

    Parameters
    ----------
    n_jobs : int or None, default=None
        Most folds that run side by side; None or -1: as many as the cluster has CPUs.
    """

    is_evaluating = False
    lookahead = 0
    names_culprit = True
    shares_process = False

    def __init__(self, n_jobs: int | None = None) -> None:
        import ray

        if not ray.is_initialized():
            ray.init()
        self._ray = ray
        self._n_max = n_jobs if n_jobs is not None and n_jobs > 0 else math.inf
        self._run = ray.remote(max_retries=0)(run_fold)
        self._shared = _Shared(ray.put)
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
        self._live[self._run.remote(self._shared.handle(evaluate), task)] = task

    def wait(self, timeout: float | None = None) -> list[Outcome]:
        """All that has come back, at least one."""
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
        """Cancel what runs; the cluster stays."""
        for reference in self._live:
            self._ray.cancel(reference, force=True)
        self._live.clear()
        self._shared.forget()

    def _outcome(self, task: FoldTask, reference: Any) -> Outcome:
        errors = self._ray.exceptions
        try:
            return Outcome(task, self._ray.get(reference), None)
        except errors.RayTaskError as error:
            cause = error.cause if isinstance(error.cause, Exception) else error
            return Outcome(task, None, cause)
        except errors.RayError as error:
            self._shared.forget()
            return Outcome(task, None, error, is_lost=True)

    def _look(self) -> None:
        self._n_cpus = self._ray.cluster_resources().get("CPU", 1)
        self._looked_at = time.monotonic()
