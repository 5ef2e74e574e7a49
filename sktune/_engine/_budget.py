"""``Budget``: the one place that says when no further candidate is started."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a search may spend.

    Parameters
    ----------
    n_iter : int
        Candidates to start, at least 1.
    """

    n_iter: int

    def progress(self, n_started: int) -> float:
        """Share used, in [0, 1], when `n_started` candidates have been started."""
        return min(n_started / self.n_iter, 1.0)

    def is_spent(self, n_started: int) -> bool:
        """Whether no further candidate may be started."""
        return n_started >= self.n_iter
