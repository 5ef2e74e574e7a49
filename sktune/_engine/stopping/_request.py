"""``StopRequest``: how Ctrl-C, another thread or a callback ends a search in order."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class StopRequest:
    """A reason to stop, once there is one; the first counts. Any thread may set it.

    Attributes
    ----------
    reason : str
        Empty while there is none.
    is_urgent : bool
        Whether Ctrl-C came a second time.
    """

    INTERRUPTED = "interrupted"

    def __init__(self) -> None:
        self.reason = ""
        self.is_urgent = False

    def set(self, reason: str) -> None:
        """Ask for the end of the search."""
        self.reason = self.reason or reason

    @property
    def is_interrupt(self) -> bool:
        """Whether it was Ctrl-C: then folds that run are not waited for."""
        return self.reason == self.INTERRUPTED

    @contextmanager
    def on_interrupt(self, is_evaluating: Callable[[], bool]) -> Iterator[None]:
        """Let the first Ctrl-C be this request, and the second leave at once.

        As an exception, Ctrl-C may come between any two lines, and leave the records of the
        search half written. Only a fold that runs in this very thread, as `is_evaluating`
        says, must be broken off so.
        """

        def handle(number: int, frame: Any) -> None:
            self.is_urgent = self.is_interrupt
            self.reason = self.INTERRUPTED
            if self.is_urgent or is_evaluating():
                raise KeyboardInterrupt

        is_main = threading.current_thread() is threading.main_thread()
        # Whoever has a handler of their own knows better what Ctrl-C should do.
        if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            yield
            return
        signal.signal(signal.SIGINT, handle)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
