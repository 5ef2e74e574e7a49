"""The only file with private joblib names; run with joblib 1.4.2, 1.5.3 and 1.6.0.

Private names: ``joblib.externals``, ``Parallel._backend``, ``Parallel._id``,
``joblib.parallel.BatchedCalls``, ``get_active_backend`` and ``ThreadingBackend``, loky's
``_workers._temp_folder_manager`` and the pool of multiprocessing, ``_pool``, with its attributes in
Python 3.11 to 3.13: ``_pool``, ``_terminate``, the three handlers, ``_inqueue`` and ``_outqueue``.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from multiprocessing.pool import TERMINATE
from typing import Any

import joblib
from joblib.parallel import BatchedCalls, ThreadingBackend, get_active_backend

try:  # part of joblib, or from 1.6 on a dependency of it
    from joblib.externals import cloudpickle as cloudpickle
except ImportError:
    import cloudpickle as cloudpickle  # type: ignore[import-untyped]

# Seconds to wait until loky's workers have taken a task, which needs some milliseconds.
HAND_OVER = 1.0
# Seconds to wait for the lock of a pool whose workers are all dead. If it is still held then, the
# worker that held it died.
POOL_LOCK_TIMEOUT = 1.0


def effective_slots(n_jobs: int | None, prefer: str | None = None) -> int:
    """Workers that ``joblib.Parallel(n_jobs=n_jobs, prefer=prefer)`` should use here."""
    if prefer is None or n_jobs == 1:
        return int(joblib.effective_n_jobs(n_jobs))
    if n_jobs is None:
        # Without the hint: with it, joblib 1.6 ignores the n_jobs of a parallel_config that names
        # no backend.
        n_jobs = get_active_backend(prefer=None)[1]
    return int(get_active_backend(prefer=prefer)[0].effective_n_jobs(n_jobs))


def cluster_of(n_jobs: int | None) -> tuple[str, Any, int | None]:
    """Which cluster joblib's active backend stands for, if any.

    Returns
    -------
    kind : {"dask", "ray", ""}
    client : distributed.Client or None
    n_jobs : int or None
        The one given, else that of the ``parallel_config``.
    """
    backend, active = get_active_backend()
    n_jobs = active if n_jobs is None else n_jobs
    client = getattr(backend, "client", None)
    if client is not None:
        return "dask", client, n_jobs
    is_ray = type(backend).__module__.startswith("ray.")
    return "ray" if is_ray else "", None, n_jobs


def as_nested() -> AbstractContextManager[Any]:
    """Context in which joblib behaves as in its own workers: nested calls use threads, once."""
    return joblib.parallel_config(backend=ThreadingBackend(nesting_level=1))


class BackendSession:
    """An open ``joblib.Parallel`` whose backend is called directly.

    Parameters
    ----------
    n_jobs : int or None
        As in ``joblib.Parallel``.
    prefer : {"threads", "processes"} or None, default=None
        As in ``joblib.Parallel``: a hint, which a backend that the user has named overrides.

    Attributes
    ----------
    n_workers : int
        Tasks that run side by side.
    uses_threads : bool
        Whether workers are threads of this process.
    """

    def __init__(self, n_jobs: int | None, prefer: str | None = None) -> None:
        self.n_workers = effective_slots(n_jobs, prefer)
        if prefer is None:
            self._open(joblib.Parallel(n_jobs=n_jobs))
        else:
            self._open(joblib.Parallel(n_jobs=self.n_workers, prefer=prefer))

    def another(self) -> BackendSession:
        """A new session of the same kind, whatever backend is active by now."""
        session = copy.copy(self)
        # With the settings of the first one, such as inner_max_num_threads, but not its threads.
        backend = copy.copy(self._backend)
        if hasattr(backend, "_pool"):
            backend._pool = None
        session._open(joblib.Parallel(n_jobs=self.n_workers, backend=backend))
        return session

    def _open(self, parallel: joblib.Parallel) -> None:
        self._parallel = parallel
        self._parallel.__enter__()
        self._backend = self._parallel._backend
        self._backend.start_call()
        # apply_async was renamed to submit in joblib 1.5.
        self._submit = getattr(self._backend, "submit", None) or self._backend.apply_async
        self._last: object = None
        self.uses_threads = bool(getattr(self._backend, "uses_threads", False))
        self._pids = self._pool_pids()

    def submit(
        self, function: Callable[[Any], Any], argument: Any, callback: Callable[[Any], None]
    ) -> None:
        """Run ``function(argument)`` on a worker; `callback` gets what ``result`` takes."""
        calls: list[Any] = [(function, (argument,), {})]
        nested = self._backend.get_nested_backend()
        batch = BatchedCalls(calls, nested, self._enter_memmap_folder, {})
        self._last = self._submit(batch, callback=callback)

    def result(self, raw: Any) -> Any:
        """Return value of a finished task; raises what the task raised."""
        return self._backend.retrieve_result_callback(raw)[0]

    def has_lost_worker(self) -> bool:
        """Whether a process of multiprocessing's pool died; the pool replaces it silently."""
        return self._pool_pids() != self._pids

    def _pool_pids(self) -> list[int]:
        return [worker.pid for worker in self._processes()]

    def _processes(self) -> list[Any]:
        """Workers of multiprocessing's pool; empty for all other backends."""
        workers = getattr(getattr(self._backend, "_pool", None), "_pool", [])
        return [worker for worker in workers if hasattr(worker, "pid")]

    def close(self, cancel: bool) -> None:
        """Leave the backend as ``Parallel`` itself does."""
        if self._processes():
            _end_pool(self._backend._pool)
        if cancel:
            self._await_hand_over()
            self._backend.abort_everything(ensure_ready=False)
        self._backend.stop_call()
        self._parallel.__exit__(None, None, None)

    def _await_hand_over(self) -> None:
        """Wait until loky has taken the last task, and so all before it, from its own queue.

        If loky is aborted earlier, its thread prints a KeyError and leaves its queues open.
        """
        end = time.monotonic() + HAND_OVER
        while isinstance(self._last, Future) and time.monotonic() < end:
            if self._last.running() or self._last.done():
                return
            time.sleep(0.001)

    def _enter_memmap_folder(self) -> None:
        """Make joblib write large arrays once, into this Parallel's own folder.

        Without this the second search of a process fails with a pickling error as soon as X
        is large enough to be memory-mapped.
        """
        workers = getattr(self._backend, "_workers", None)
        manager = getattr(workers, "_temp_folder_manager", None)
        if manager is not None:
            manager.set_current_context(self._parallel._id)


def _end_pool(pool: Any) -> None:
    """End a pool of multiprocessing, whatever its workers are doing.

    Its own ``terminate`` waits for ever if a worker is killed, by it or by the system, while
    that worker holds the lock of a queue or has written half a message.
    """
    pool._terminate.cancel()
    handlers = pool._worker_handler, pool._task_handler, pool._result_handler
    for handler in handlers:
        handler._state = TERMINATE
    pool._change_notifier.put(None)
    pool._worker_handler.join()  # from now on no worker is replaced
    for worker in pool._pool:
        worker.kill()
    for worker in pool._pool:
        worker.join()
    pool._inqueue._reader.close()  # a thread that writes to it fails
    lock = pool._outqueue._wlock  # None on Windows
    if lock is not None:
        lock.acquire(timeout=POOL_LOCK_TIMEOUT)
        lock.release()
    pool._task_handler.join(POOL_LOCK_TIMEOUT)
    pool._outqueue._writer.close()  # a thread that reads from it ends
    pool._result_handler.join(POOL_LOCK_TIMEOUT)
