"""``Mailbox``: events on their way from the caller's thread to a tracker's own."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from .._records._events import FoldEnded, SearchEvent

# Events that wait at most. A server that takes 50 ms an event is behind by 8 minutes then.
MAX_EVENTS = 10_000


class Mailbox:
    """A queue, and the thread that empties it.

    When it is full the oldest of the events that a fold has ended makes room: what a candidate
    came to is told again when that ends.

    Parameters
    ----------
    write : callable
        ``write(event)``, called in the thread with each event, in their order.
    finish : callable
        ``finish()``, called in the thread after the last one; not after an error.
    name : str
        Of the thread.

    Attributes
    ----------
    error : BaseException or None
        What `write` or `finish` raised first. Then nothing more is written.
    n_dropped : int
        Events that made room.
    """

    def __init__(
        self, write: Callable[[SearchEvent], None], finish: Callable[[], None], name: str
    ) -> None:
        self._write, self._finish = write, finish
        self._changed = threading.Condition()
        # Each event in a cell, which is emptied where it makes room.
        self._cells: deque[list[SearchEvent]] = deque()
        self._folds: deque[list[SearchEvent]] = deque()
        self._n_waiting = 0
        self._is_closed = self._is_abandoned = False
        self.error: BaseException | None = None
        self.n_dropped = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, event: SearchEvent) -> None:
        """Leave an event; never waits."""
        with self._changed:
            if self.error is not None or self._is_closed:
                return
            if self._n_waiting >= MAX_EVENTS:
                self._make_room()
            cell = [event]
            self._cells.append(cell)
            if isinstance(event, FoldEnded):
                self._folds.append(cell)
            self._n_waiting += 1
            self._changed.notify()

    def close(self, timeout: float) -> int:
        """Let the thread write what is there, for so many seconds.

        Returns
        -------
        int
            Events that were not written.
        """
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join(timeout)
        with self._changed:
            self._is_abandoned = True
            is_busy = self._thread.is_alive() and self.error is None
            return self._n_waiting + is_busy

    def _make_room(self) -> None:
        while self._folds:
            cell = self._folds.popleft()
            if cell:  # not written yet
                cell.clear()
                self._n_waiting -= 1
                self.n_dropped += 1
                return

    def _run(self) -> None:
        try:
            while (event := self._next()) is not None:
                self._write(event)
            if not self._is_abandoned:
                self._finish()
        except BaseException as error:  # whatever a library raises must not end the search
            with self._changed:
                self.error = error
                self._cells.clear()
                self._folds.clear()
                self._n_waiting = 0

    def _next(self) -> SearchEvent | None:
        """The next event, waited for; None after the last."""
        with self._changed:
            while True:
                while self._cells:
                    cell = self._cells.popleft()
                    if cell:
                        self._n_waiting -= 1
                        event = cell[0]
                        cell.clear()
                        return None if self._is_abandoned else event
                if self._is_closed:
                    return None
                self._changed.wait()
