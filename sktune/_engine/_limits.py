"""``TimeLimit``: the end of a fit that takes too long, from inside its worker.

Python code meets an exception: by the alarm signal in a main thread, else by an exception that
is sent to its thread. Compiled code need not come back to Python for it; after some seconds
of grace the worker process is ended with it. In the caller's own process that cannot be.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._records import FoldTask
from ..exceptions import FitTimeoutError

# Seconds in which code over its limit must come back to Python.
GRACE = 2.0

# Seconds after which the exception is sent again, to code that caught it and went on.
REPEAT = 1.0


# A process has one clock in C; other folds that run beside must do with one in Python.
_c_clock = threading.Lock()


def _here() -> tuple[str, int]:
    return socket.gethostname(), os.getpid()


@dataclass(frozen=True)
class TimeLimit:
    """Seconds that one fold may take; goes to the workers as it is.

    Parameters
    ----------
    seconds : float
        Above 0.
    folder : str
        Where a worker that is ended leaves word of it, on the caller's machine.
    """

    seconds: float
    folder: str = field(default_factory=lambda: tempfile.mkdtemp(prefix="sktune-"))
    _caller: tuple[str, int] = field(default_factory=_here)

    @contextlib.contextmanager
    def over(self, task: FoldTask) -> Iterator[threading.Event]:
        """Limit the time of what runs inside.

        Yields
        ------
        threading.Event
            Set once the time is over: code may have caught the exception.

        Raises
        ------
        FitTimeoutError
            After so many seconds, inside the code that runs.
        """
        rang = threading.Event()
        with self._end_of_worker(task), self._exception(rang):
            yield rang

    def error(self, detail: str = "") -> FitTimeoutError:
        """What a fit over its limit raises."""
        return FitTimeoutError(f"The fit took longer than fit_timeout={self.seconds:g} s.{detail}")

    def word_of(self, task: FoldTask) -> FitTimeoutError | None:
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

    def _exception(self, rang: threading.Event) -> contextlib.AbstractContextManager[None]:
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and hasattr(signal, "setitimer"):
            return self._alarm(rang)
        return self._sent_to_thread(rang)

    @contextlib.contextmanager
    def _alarm(self, rang: threading.Event) -> Iterator[None]:
        def fire(number: int, frame: Any) -> None:
            rang.set()
            raise self.error()

        before = signal.signal(signal.SIGALRM, fire)
        signal.setitimer(signal.ITIMER_REAL, self.seconds, REPEAT)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    @contextlib.contextmanager
    def _sent_to_thread(self, rang: threading.Event) -> Iterator[None]:
        thread = ctypes.c_ulong(threading.get_ident())
        lock, is_over = threading.Lock(), threading.Event()

        def send(error: object) -> None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, error)

        def fire() -> None:
            wait = self.seconds
            while not is_over.wait(wait):
                with lock:
                    if not is_over.is_set():
                        rang.set()
                        send(ctypes.py_object(FitTimeoutError))
                wait = REPEAT

        threading.Thread(target=fire, daemon=True).start()
        try:
            yield
        finally:
            with lock:
                is_over.set()
                send(None)  # take back one that was sent and has not been seen

    @contextlib.contextmanager
    def _end_of_worker(self, task: FoldTask) -> Iterator[None]:
        """End this process if the code does not come back, unless it is the caller's."""
        if _here() == self._caller:
            yield
            return
        seconds = self.seconds + GRACE
        with contextlib.ExitStack() as stack:
            try:
                word = stack.enter_context(self._path(task).open("w"))
                stack.callback(self._path(task).unlink)
            except OSError:  # a worker on another machine
                word = stack.enter_context(open(os.devnull, "w"))
            if _c_clock.acquire(blocking=False):
                # It rings also where compiled code never lets go of Python's lock. (Not in a
                # forked process whose parent has set it too: there this waits for ever.)
                stack.callback(_c_clock.release)
                faulthandler.dump_traceback_later(seconds, exit=True, file=word)
                stack.callback(faulthandler.cancel_dump_traceback_later)
            else:
                timer = threading.Timer(seconds, _end_process, [word])
                timer.daemon = True
                timer.start()
                stack.callback(timer.cancel)
            yield


def _end_process(word: Any) -> None:
    faulthandler.dump_traceback(word)
    os._exit(1)
