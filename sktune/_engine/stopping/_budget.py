"""``Budget``: how much a search may spend."""

from __future__ import annotations

import time


class Budget:
    """Candidates and seconds; the clock runs from `start` on.

    Parameters
    ----------
    n_iter : int
        Candidates to start, at least 1.
    max_time : float or None, default=None
        Seconds after which nothing more is started; None for no limit.
    """

    def __init__(self, n_iter: int, max_time: float | None = None) -> None:
        self.n_iter = n_iter
        self.max_time = max_time
        self.start()

    def start(self, elapsed: float = 0.0) -> None:
        """Set the clock to what earlier parts of the same search took."""
        self._began = time.monotonic() - elapsed

    def elapsed(self) -> float:
        """Seconds spent."""
        return time.monotonic() - self._began

    def progress(self, n_started: int) -> float:
        """Share used, in [0, 1], of whatever will run out first."""
        share = n_started / self.n_iter
        if self.max_time is not None:
            share = max(share, self.elapsed() / self.max_time)
        return min(share, 1.0)

    def is_spent(self, n_started: int) -> bool:
        """Whether as many candidates have been started as may be."""
        return n_started >= self.n_iter

    def is_over_time(self) -> bool:
        """Whether nothing more may be started."""
        return self.max_time is not None and self.elapsed() >= self.max_time
