"""``JoblibExecutor``: folds run on any joblib backend that works with callbacks.

Tasks are submitted to the backend one by one and a callback queues what comes back. The
obvious way, a generator fed to ``Parallel(return_as="generator_unordered")``, would not
do: joblib pulls the next task before the caller has seen the result that freed the worker,
so every suggestion would miss results that are already there.
"""

from __future__ import annotations

import itertools
import queue
import time
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from ..._joblib_compat import BackendSession
from ..._records import FoldTask
from ..._sklearn_compat import with_caller_settings
from ._contract import Evaluate, Outcome

# Seconds between two checks of the workers of a pool that does not report their death.
CHECK_INTERVAL = 0.5


class JoblibExecutor:
    """Workers of loky, threading, multiprocessing, or what ``joblib.parallel_config`` names.

    Parameters
    ----------
    n_jobs : int or None
        Workers, as in ``joblib.Parallel``.
    prefer : {"threads", "processes"} or None, default=None
        As in ``joblib.Parallel``.
    """

    knows_dead_task = False  # a pool of processes breaks as a whole
    is_evaluating = False

    def __init__(self, n_jobs: int | None, prefer: str | None = None) -> None:
        self._session = BackendSession(n_jobs, prefer)
        self._left: list[BackendSession] = []  # given up, with threads that hang
        self.slots = self._session.n_workers
        self.shares_process = self._session.uses_threads
        # Handing a task to another process takes some 5 ms.
        self.lookahead = 0 if self.shares_process else 1
        self._is_closed = False
        self._live: dict[int, FoldTask] = {}  # by ticket; a fold may be submitted again
        self._tickets = itertools.count()
        # Filled by joblib's thread, emptied by the caller's: the only thing they share.
        self._finished: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()

    def submit(self, evaluate: Evaluate, task: FoldTask) -> None:
        """Send the task to a worker."""
        ticket = next(self._tickets)
        self._live[ticket] = task

        def on_done(raw: Any) -> None:
            self._finished.put((ticket, raw))

        try:
            self._session.submit(with_caller_settings(evaluate), task, callback=on_done)
        except BrokenProcessPool as error:  # a worker died since the last check
            on_done(error)

    def wait(self, timeout: float | None = None) -> list[Outcome]:
        """Outcomes since the last call; waits for the first, at most `timeout` seconds."""
        raw_results = self._take(timeout)
        if raw_results is None:
            return self._reopen(BrokenProcessPool("A worker process died."))
        outcomes = []
        for ticket, raw in raw_results:
            task = self._live.pop(ticket, None)
            if task is not None:  # else given up, or lost with an earlier pool
                outcomes.append(self._outcome(task, raw))
        broken = [o.error for o in outcomes if isinstance(o.error, BrokenProcessPool)]
        return outcomes + self._reopen(broken[0]) if broken else outcomes

    def give_up(self, task: FoldTask) -> None:
        """Start a new pool; the old one keeps the thread that hangs, and its other tasks."""
        self._live = {ticket: live for ticket, live in self._live.items() if live is not task}
        self._left.append(self._session)
        self._session = self._session.another()

    def close(self, cancel: bool = False) -> None:
        """Leave the backend; with `cancel`, its running tasks are aborted first."""
        if self._is_closed:
            return
        self._is_closed = True
        self._live.clear()
        for session in self._left:
            session.close(cancel=True)
        self._session.close(cancel)

    def _take(self, timeout: float | None) -> list[tuple[int, Any]] | None:
        """Raw results since the last call; waits for the first. None: a worker died silently."""
        end = float("inf") if timeout is None else time.monotonic() + timeout
        raw_results: list[tuple[int, Any]] = []
        while not raw_results:
            left = end - time.monotonic()
            try:
                raw_results.append(self._finished.get(timeout=max(0, min(left, CHECK_INTERVAL))))
            except queue.Empty:
                if self._session.has_lost_worker():
                    return None
                if left <= CHECK_INTERVAL:
                    break
        while not self._finished.empty():
            raw_results.append(self._finished.get())
        return raw_results

    def _outcome(self, task: FoldTask, raw: Any) -> Outcome:
        try:
            if isinstance(raw, BrokenProcessPool):
                raise raw
            return Outcome(task, self._session.result(raw), None)
        # A Ctrl-C in a terminal reaches the workers as well as the caller.
        except (BrokenProcessPool, KeyboardInterrupt) as error:
            return Outcome(task, None, error, is_lost=True)
        except Exception as error:
            return Outcome(task, None, error)

    def _reopen(self, error: BaseException) -> list[Outcome]:
        """Start a new pool; all tasks of the old one are lost."""
        lost = [Outcome(task, None, error, is_lost=True) for task in self._live.values()]
        self._live.clear()
        self._session.close(cancel=True)
        self._session = self._session.another()
        return lost
