"""``Alarm``: an exception raised in code that runs too long, and in no other code."""

from __future__ import annotations

import _thread
import ctypes
import signal
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from ..exceptions import FitTimeoutError

T = TypeVar("T")

# Seconds after which the exception is raised again, in code that caught it and went on.
REPEAT = 1.0

# The system ignores this signal where there is no handler, so one that comes late does no harm,
# and hardly any program uses it: SIGALRM with its timer is left to the user. Absent on Windows.
SIGNAL: Any = getattr(signal, "SIGURG", None)


class Alarm:
    """Raises ``FitTimeoutError`` inside one call, made in this thread, once its time is over.

    A second thread watches the clock. In the main thread it raises the exception by a signal,
    which also interrupts a blocking system call; in other threads, and on Windows, it uses
    Python's asynchronous exceptions, which are raised at the next line of Python.

    No exception may be raised once the call has ended, and Python cannot hold one back while
    a thread leaves a block of code. So the watcher sends exceptions only through a gate, a lock
    that is free while the call runs and is taken for good when the call ends; at most one
    exception is under way then. It may be raised before it can be cancelled, and interrupt the
    clean-up; hence the clean-up is done twice, and each of its steps may be repeated.

    Parameters
    ----------
    seconds : float
        Time that the call may take, above 0.
    message : str
        Text of the exception if a signal raises it; otherwise it has none.

    Attributes
    ----------
    has_expired : bool
        Whether the time was over before the call ended; it may have caught the exception.
    """

    def __init__(self, seconds: float, message: str) -> None:
        self.has_expired = False
        self._seconds = min(seconds, threading.TIMEOUT_MAX)
        self._message = message
        self._thread = threading.get_ident()
        self._gate = threading.RLock()  # its owner may take it again
        self._gate.acquire()
        self._has_ended, self._is_watched = threading.Lock(), threading.Lock()
        self._has_ended.acquire()
        self._is_watched.acquire()
        self._is_signalled = self._is_taken_back = False
        self._handler_before: Any = None
        self._uses_signal = self._can_signal()

    def run(self, call: Callable[[], T]) -> T:
        """Return the result of ``call()``; an alarm is used once.

        Raises
        ------
        FitTimeoutError
            Inside `call`, when its time is over and again each second after that.
        """
        if self._uses_signal:
            self._handler_before = signal.getsignal(SIGNAL)
        try:
            try:
                if self._uses_signal:
                    signal.signal(SIGNAL, self._on_signal)
                self._gate.release()
                _thread.start_new_thread(self._watch, ())
                # Python 3.11 gives an exception for this thread to the thread that it started
                # last, if that one is not running yet.
                self._is_watched.acquire()
                return call()
            finally:
                self._gate.acquire()
                self._take_back()
        finally:
            self._gate.acquire()
            self._take_back()
            self._has_ended.release()
            # A handler that the call has set itself stays.
            if self._uses_signal and _is_of_an_alarm(signal.getsignal(SIGNAL)):
                signal.signal(SIGNAL, self._handler_before)

    def _can_signal(self) -> bool:
        is_main = threading.current_thread() is threading.main_thread()
        if SIGNAL is None or not is_main or not hasattr(signal, "pthread_kill"):
            return False
        return signal.getsignal(SIGNAL) is not None  # None: set in C, and cannot be restored

    def _watch(self) -> None:
        self._is_watched.release()
        seconds = self._seconds
        while not self._has_ended.acquire(timeout=seconds) and self._ring():
            seconds = REPEAT

    def _ring(self) -> bool:
        """Send the exception; False once the gate is closed."""
        if not self._gate.acquire(blocking=False):
            return False
        try:
            self.has_expired = True
            self._send()
        finally:
            self._gate.release()
        return True

    def _send(self) -> None:
        if self._uses_signal:
            self._is_signalled = True
            signal.pthread_kill(self._thread, SIGNAL)
        else:
            _raise_in_thread(self._thread)

    def _take_back(self) -> None:
        """Cancel an exception that was sent but not raised yet."""
        if self._uses_signal:
            self._is_taken_back = True
        elif self.has_expired:
            # None in its place would do, but up to 3.12 Python then checks for an exception at
            # each step from now on, and 3.11 hangs under a debugger. So it is raised and caught.
            try:
                while True:
                    _raise_in_thread(self._thread)
            except FitTimeoutError:
                pass

    def _on_signal(self, number: int, frame: Any) -> None:
        if self._is_signalled:
            self._is_signalled = False
            if not self._is_taken_back:
                raise FitTimeoutError(self._message)
        elif callable(self._handler_before):  # the user's, or that of an alarm around this one
            self._handler_before(number, frame)


def _is_of_an_alarm(handler: Any) -> bool:
    """Whether it is this alarm's, or a nested one's whose clean-up this alarm interrupted."""
    return isinstance(getattr(handler, "__self__", None), Alarm)


def _raise_in_thread(thread: int) -> None:
    """Raise the exception in a thread; one that is under way is replaced."""
    error = ctypes.py_object(FitTimeoutError)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), error)
