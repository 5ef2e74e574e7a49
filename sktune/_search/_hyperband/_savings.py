"""``SavingsWatch``: do fits on fewer rows take less time at all?"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from ..._records import Listener, Observation
from ...exceptions import NoSavingsWarning

# Settings that have been trained on two rungs before anything is said.
N_PAIRS = 3

# Where a rung with three times the rows takes less than this many times the seconds, four rungs
# of halving save next to nothing: on 341 and 1078 rows they took 0.93 and 0.90 of the time of
# full cross-validation.
LEAST_RATIO = 1.5


class SavingsWatch(Listener):
    """Warns once where time hardly depends on the resource.

    The search itself goes on as it would: if it heeded the clock, one seed would not give one
    search.
    """

    def __init__(self) -> None:
        self._seconds: dict[int, float] = {}
        self._ratios: list[float] = []

    def search_began(self, earlier: Sequence[Observation]) -> None:
        """Look at what earlier sessions ran."""
        for observation in earlier:
            self.candidate_ended(observation)

    def candidate_ended(self, observation: Observation) -> None:
        """Compare a setting with itself on the rung below."""
        candidate = observation.candidate
        if observation.status != "complete" or observation.seconds is None:
            return
        self._seconds[candidate.id] = float(np.mean(observation.seconds))
        below = None if candidate.parent is None else self._seconds.get(candidate.parent)
        if below is None:
            return
        self._ratios.append(self._seconds[candidate.id] / max(below, 1e-9))
        if len(self._ratios) == N_PAIRS and float(np.median(self._ratios)) < LEAST_RATIO:
            warnings.warn(
                "Fits take hardly longer on more rows here: "
                f"{float(np.median(self._ratios)):.2g} times as long from one rung to the next. "
                "resource='n_samples' saves little time; BayesSearchCV trains every setting fully.",
                NoSavingsWarning,
                stacklevel=2,
            )
