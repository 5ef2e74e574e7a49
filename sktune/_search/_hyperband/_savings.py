"""``SavingsWatch``: do fits on fewer rows take less time at all?"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from ..._records import Listener, Observation
from ...exceptions import NoSavingsWarning

# Settings that have been trained on two rungs before anything is said.
N_PAIRS = 3

# Where more of a rung's time than this does not depend on its rows, four rungs of halving save next
# to nothing: three times the rows then take less than 1.5 times the seconds. On 341 and 1078 rows
# such rungs took 0.93 and 0.90 of the time of full cross-validation.
MOST_FIXED = 0.75


class SavingsWatch(Listener):
    """Warns once where time hardly depends on the resource.

    The search itself goes on as it would: if it heeded the clock, one seed would not give one
    search.
    """

    def __init__(self) -> None:
        self._ended: dict[int, tuple[int, float]] = {}  # rows and seconds
        self._steps: list[tuple[float, float]] = []  # ratios of rows and of seconds

    def search_began(self, earlier: Sequence[Observation]) -> None:
        """Look at what earlier sessions ran."""
        for observation in earlier:
            self.candidate_ended(observation)

    def candidate_ended(self, observation: Observation) -> None:
        """Compare a setting with itself on the rung below."""
        candidate, seconds = observation.candidate, observation.seconds
        if observation.status != "complete" or seconds is None or candidate.resource is None:
            return
        rows, took = candidate.resource, float(np.mean(seconds))
        self._ended[candidate.id] = rows, took
        below = None if candidate.parent is None else self._ended.get(candidate.parent)
        if below is None:
            return
        self._steps.append((rows / below[0], took / max(below[1], 1e-9)))
        if len(self._steps) == N_PAIRS:
            self._judge()

    def _judge(self) -> None:
        """Warn if most of the time is spent on what is the same for any number of rows."""
        more_rows, more_time = np.transpose(self._steps)
        # With a share s of fixed time, seconds grow by s + (1 - s) times the ratio of the rows.
        fixed = (more_rows - more_time) / (more_rows - 1)
        if float(np.median(fixed)) <= MOST_FIXED:
            return
        warnings.warn(
            f"Fits take hardly longer on more rows here: {np.median(more_time):.2g} times as long "
            f"with {np.median(more_rows):.2g} times the rows. resource='n_samples' saves little "
            "time; BayesSearchCV trains every setting fully.",
            NoSavingsWarning,
            stacklevel=3,
        )
