"""``TimeLimit``: ends a fit that takes too long, from inside its worker.

It raises an exception in Python code. Compiled code may not return to Python; after some seconds
of grace its worker process is ended, unless it is the caller's own process.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from .._records import FoldTask
from ..exceptions import FitTimeoutError
from ._alarm import Alarm

T = TypeVar("T")

# Seconds in which code over its limit must come back to Python.
GRACE = 2.0

# A process has one timer in C; folds that run beside use timers in Python.
_c_clock = threading.Lock()


def _here() -> tuple[str, int]:
    return socket.gethostname(), os.getpid()


@dataclass(frozen=True)
class TimeLimit:
    """Limits the seconds that one fold may take; sent to the workers as it is.

    Parameters
    ----------
    seconds : float
        Above 0.
    folder : str
        Where a worker that is ended leaves its traceback, on the caller's machine.
    """

    seconds: float
    folder: str = field(default_factory=lambda: tempfile.mkdtemp(prefix="sktune-"))
    _caller: tuple[str, int] = field(default_factory=_here)

    def run(self, task: FoldTask, call: Callable[[], T]) -> tuple[T, bool]:
        """Result of ``call()``, and whether its time was over before it ended.

        Raises
        ------
        FitTimeoutError
            After `seconds`, inside `call`, which may catch it.
        """
        alarm = Alarm(self.seconds, str(self.error()))
        with self._end_of_worker(task):
            result = alarm.run(call)
        return result, alarm.has_expired

    def error(self, detail: str = "") -> FitTimeoutError:
        """The error that a fit over its limit raises."""
        return FitTimeoutError(f"The fit took longer than fit_timeout={self.seconds:g} s.{detail}")

    def error_of(self, task: FoldTask) -> FitTimeoutError | None:
        """The error of a fold whose worker was ended by the limit, None if it was not."""
        path = self._path(task)
        if not path.exists() or not (trace := path.read_text()):
            return None
        path.unlink()
        return self.error(f" Its worker was ended in\n{trace}")

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, task: FoldTask) -> Path:
        return Path(self.folder, f"{task.candidate.id}-{task.split}")

    @contextlib.contextmanager
    def _end_of_worker(self, task: FoldTask) -> Iterator[None]:
        """End this process if the code does not come back, unless it is the caller's."""
        if _here() == self._caller:
            yield
            return
        seconds = min(self.seconds + GRACE, threading.TIMEOUT_MAX)
        path = self._path(task)
        with contextlib.ExitStack() as stack:
            try:
                trace_file = stack.enter_context(path.open("w"))
                stack.callback(path.unlink, missing_ok=True)
            except OSError:  # a worker on another machine
                trace_file = stack.enter_context(open(os.devnull, "w"))
            if _c_clock.acquire(blocking=False):
                # This timer also runs while compiled code holds the GIL. (It must not be set in a
                # forked process whose parent has set it too: the call would wait for ever.)
                stack.callback(_c_clock.release)
                faulthandler.dump_traceback_later(seconds, exit=True, file=trace_file)
                stack.callback(faulthandler.cancel_dump_traceback_later)
            else:
                timer = threading.Timer(seconds, _end_process, [trace_file])
                timer.daemon = True
                timer.start()
                stack.callback(timer.cancel)
            yield


def _end_process(trace_file: Any) -> None:
    faulthandler.dump_traceback(trace_file)
    os._exit(1)
