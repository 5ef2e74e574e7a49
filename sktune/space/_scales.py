"""Scales: how the values of a numeric parameter lie on [0, 1].

The cube is uniform under the user's own distribution: equal lengths have equal probability.
Three closed or tabulated forms of that one idea, each with ``position`` (value to unit) and
``value`` (unit to value), vectorised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

# An unbounded distribution is cut where only this share of its probability lies beyond.
TAIL = 1e-3


class Scale(Protocol):
    """A monotone map between the values of a parameter and [0, 1]."""

    def position(self, value: Any) -> Any:
        """Place of `value` in [0, 1]."""

    def value(self, unit: Any) -> Any:
        """Value at the place `unit`."""


@dataclass(frozen=True, slots=True)
class LinearScale:
    """Equal differences are equal lengths; arrays of ends are scales side by side."""

    low: Any
    high: Any

    def position(self, value: Any) -> Any:
        """Place of `value` in [0, 1]."""
        return (value - self.low) / (self.high - self.low)

    def value(self, unit: Any) -> Any:
        """Value at the place `unit`."""
        return self.low + unit * (self.high - self.low)


@dataclass(frozen=True, slots=True)
class LogScale:
    """Equal ratios are equal lengths; both ends are positive, or arrays of such."""

    low: Any
    high: Any

    def position(self, value: Any) -> Any:
        """Place of `value` in [0, 1]."""
        return np.log(value / self.low) / np.log(self.high / self.low)

    def value(self, unit: Any) -> Any:
        """Value at the place `unit`."""
        return self.low * (self.high / self.low) ** unit


@dataclass(frozen=True, slots=True)
class QuantileScale:
    """Equal probabilities of any distribution are equal lengths.

    ``lower`` and ``upper`` are the probabilities at the ends: 0 and 1, or `TAIL` and
    ``1 - TAIL`` on a side where the support is unbounded.
    """

    distribution: Any
    lower: float
    upper: float

    @classmethod
    def of(cls, distribution: Any) -> QuantileScale:
        """Scale of a frozen distribution, cut on its unbounded sides."""
        low, high = distribution.support()
        return cls(
            distribution,
            0.0 if np.isfinite(low) else TAIL,
            1.0 if np.isfinite(high) else 1.0 - TAIL,
        )

    def position(self, value: Any) -> Any:
        """Place of `value` in [0, 1]."""
        return (self.distribution.cdf(value) - self.lower) / (self.upper - self.lower)

    def value(self, unit: Any) -> Any:
        """Value at the place `unit`."""
        return self.distribution.ppf(self.lower + unit * (self.upper - self.lower))


def is_evenly_spaced_in_log(values: np.ndarray) -> bool:
    """Whether positive numbers, sorted, are spaced more evenly in ratio than in difference."""
    if values[0] <= 0 or len(values) < 3:
        return bool(values[0] > 0 and values[-1] >= 10 * values[0])
    steps, ratios = np.diff(values), np.diff(np.log(values))
    return bool(np.std(ratios) / np.mean(ratios) < np.std(steps) / np.mean(steps))
