"""``Pace``: how often work may be done that must not take much of the time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

# Share of the time that the work may take.
SHARE = 0.01


class Pace:
    """Says when it is time again: after so many seconds, or more if the work takes long.

    Parameters
    ----------
    every : float
        Seconds from one piece of work to the next, at least.
    """

    def __init__(self, every: float) -> None:
        self._every = every
        self._next = time.monotonic() + every

    @property
    def is_due(self) -> bool:
        """Whether it is time."""
        return time.monotonic() >= self._next

    @contextmanager
    def work(self) -> Iterator[None]:
        """Round the work: what it took decides when it is time again."""
        begun = time.monotonic()
        try:
            yield
        finally:
            ended = time.monotonic()
            self._next = ended + max(self._every, (ended - begun) * (1.0 / SHARE - 1.0))
