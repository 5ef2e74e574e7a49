"""``Budget``: how much a search may spend."""

from __future__ import annotations

import time

from ..._records import Candidate


class Budget:
    """Units of work and seconds; the clock runs from `start` on.

    A candidate without a resource counts as one unit of work; one with a resource counts as many
    units as it is trained beyond its parent.

    Parameters
    ----------
    n_units : int
        Units of work that may be started, at least 1.
    max_time : float or None, default=None
        Seconds after which nothing more is started; None for no limit.
    goes_on : bool, default=True
        Whether the training of a candidate goes on from that of its parent.
    """

    def __init__(
        self, n_units: int, max_time: float | None = None, *, goes_on: bool = True
    ) -> None:
        self.n_units = n_units
        self.max_time = max_time
        self._goes_on = goes_on
        self._n_used = 0
        self.start()

    def start(self, elapsed: float = 0.0) -> None:
        """Start the clock, at the seconds that earlier sessions took."""
        self._began = time.monotonic() - elapsed

    def add(self, candidate: Candidate, parent: Candidate | None = None) -> None:
        """Count the work of a candidate that is started, beyond that of its parent."""
        trained = 0
        if self._goes_on and parent is not None and parent.resource is not None:
            trained = parent.resource
        self._n_used += 1 if candidate.resource is None else candidate.resource - trained

    def elapsed(self) -> float:
        """Seconds spent."""
        return time.monotonic() - self._began

    def progress(self) -> float:
        """Share used of the units or the time, the larger of the two, in [0, 1]."""
        share = self._n_used / self.n_units
        if self.max_time is not None:
            share = max(share, self.elapsed() / self.max_time)
        return min(share, 1.0)

    def is_used(self) -> bool:
        """Whether all units of work have been started."""
        return self._n_used >= self.n_units

    def is_over_time(self) -> bool:
        """Whether the time is over, so that nothing more may be started."""
        return self.max_time is not None and self.elapsed() >= self.max_time
