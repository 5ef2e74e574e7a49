"""``JoblibExecutor``: folds run on any joblib backend that works with callbacks.

Tasks are submitted to the backend one by one and a callback queues what comes back. The
obvious way, a generator fed to ``Parallel(return_as="generator_unordered")``, is the wrong
one: joblib pulls the next task before the caller has seen the result that freed the worker,
so every suggestion would miss results that are already there.
"""

from __future__ import annotations

import queue
from functools import partial
from typing import Any

from .._joblib_compat import BackendSession
from .._records import FoldTask
from .._sklearn_compat import with_caller_settings
from ._contract import Evaluate, Outcome


class JoblibExecutor:
    """Loky, threading, or what ``joblib.parallel_config`` names.

    Parameters
    ----------
    n_jobs : int or None
        Workers, as in ``joblib.Parallel``.
    prefer : {"threads", "processes"} or None, default=None
        As in ``joblib.Parallel``.
    """

    def __init__(self, n_jobs: int | None, prefer: str | None = None) -> None:
        self._session = BackendSession(n_jobs, prefer)
        self.slots = self._session.n_workers
        # Filled by joblib's thread, emptied by the caller's: the only thing they share.
        self._finished: queue.SimpleQueue[tuple[FoldTask, Any]] = queue.SimpleQueue()

    def submit(self, evaluate: Evaluate, task: FoldTask) -> None:
        """Send the task to a worker."""

        def on_done(raw: Any) -> None:
            self._finished.put((task, raw))

        self._session.submit(with_caller_settings(evaluate), task, callback=on_done)

    def wait(self) -> list[Outcome]:
        """All that has come back, at least one."""
        raw_results = [self._finished.get()]
        while not self._finished.empty():
            raw_results.append(self._finished.get())
        return [Outcome.of(task, partial(self._session.result, raw)) for task, raw in raw_results]

    def close(self, cancel: bool = False) -> None:
        """Leave the backend; with `cancel`, its running tasks are aborted first."""
        self._session.close(cancel)
