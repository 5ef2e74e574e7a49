"""Numbers with an interval, from the scores of folds that overlap in their training rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student_t

from ..._records._fold_scores import variance_of_mean

Floats = NDArray[np.float64]

# Why there is no interval where `is_constant`.
SAME_ON_FOLDS = "the difference is the same on every fold: no interval"


@dataclass(frozen=True, slots=True)
class Interval:
    """A number and the ends of its interval."""

    centre: float
    low: float
    high: float

    @classmethod
    def unknown(cls, centre: float) -> Interval:
        """A number without an interval."""
        return cls(centre, float("nan"), float("nan"))

    def plus(self, other: Interval) -> Interval:
        """The sum of two numbers whose errors are independent."""
        centre = self.centre + other.centre
        below = np.hypot(self.centre - self.low, other.centre - other.low)
        above = np.hypot(self.high - self.centre, other.high - other.centre)
        return Interval(centre, float(centre - below), float(centre + above))


def is_constant(differences: Floats, scores: Floats) -> bool:
    """Whether differences between scores are all the same but for rounding.

    Their variance of 0 says that the folds cannot tell them apart, or few of them agree by chance:
    not that the difference is known exactly.
    """
    return bool(len(differences) and np.ptp(differences) <= 1e-12 * np.abs(scores).max())


def half_width(scores: Floats, test_ratio: float, level: float) -> float:
    """Half of a t interval for the mean of scores of overlapping folds; nan for fewer than 2."""
    if len(scores) < 2:
        return float("nan")
    variance = variance_of_mean(scores.var(ddof=1), len(scores), test_ratio)
    return float(student_t.ppf(0.5 + level / 2.0, len(scores) - 1) * np.sqrt(variance))


def mean_interval(scores: Floats, test_ratio: float, level: float) -> Interval:
    """The mean of scores of overlapping folds."""
    centre, half = float(scores.mean()), half_width(scores, test_ratio, level)
    return Interval(centre, centre - half, centre + half)
