"""``StopRequest``: how Ctrl-C, another thread or a callback ends a search cleanly."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..._records import StopReason


class StopRequest:
    """The reason to stop, if any: the first one given, or Ctrl-C. Any thread may set it.

    Attributes
    ----------
    reason : StopReason or None
        None while there is none.
    is_urgent : bool
        Whether Ctrl-C came a second time.
    """

    def __init__(self) -> None:
        self.reason: StopReason | None = None
        self.is_urgent = False

    def set(self, reason: StopReason) -> None:
        """Ask for the end of the search."""
        self.reason = self.reason or reason

    @property
    def is_interrupt(self) -> bool:
        """Whether the reason is Ctrl-C: running folds are then not waited for."""
        return self.reason is StopReason.INTERRUPTED

    @contextmanager
    def on_interrupt(self, is_evaluating: Callable[[], bool]) -> Iterator[None]:
        """Turn the first Ctrl-C into this request; the second raises at once.

        An exception could come between any two lines and leave the records of the search half
        written. So the first Ctrl-C raises only while a fold runs in this very thread, as
        `is_evaluating` says, to interrupt that fold.
        """

        def handle(number: int, frame: Any) -> None:
            self.is_urgent = self.is_interrupt
            self.reason = StopReason.INTERRUPTED
            if self.is_urgent or is_evaluating():
                raise KeyboardInterrupt

        is_main = threading.current_thread() is threading.main_thread()
        # A handler that the user has set stays in charge of Ctrl-C.
        if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            yield
            return
        signal.signal(signal.SIGINT, handle)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
