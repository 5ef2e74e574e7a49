"""Scales: map the values of a numeric parameter to [0, 1].

Places are probabilities under the user's own distribution: equal lengths have equal probability.
Each scale has the vectorised methods ``position`` (value to place) and ``value`` (place to value).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Values suggested from a continuous distribution lie between the quantiles TAIL and 1 - TAIL; a
# discrete one is cut there on a side without an end. The end of a range is often a value that an
# estimator does not accept and that no draw would give: a C of exactly 0, a momentum of 1.
TAIL = 1e-3

# Halvings of an interval of places, down to rounding errors.
N_HALVINGS = 50

# About so many numbers of a long list are used to find how they are spaced.
N_SPACED = 1000


class Scale(Protocol):
    """A monotone map between the values of a parameter and [0, 1]."""

    def position(self, value: Any) -> Any:
        """Place of `value` in [0, 1]."""

    def value(self, unit: Any) -> Any:
        """Value at the place `unit`."""


@dataclass(frozen=True, slots=True)
class LinearScale:
    """Equal differences are equal lengths; arrays of ends mean several scales, in columns."""

    low: Any
    high: Any
    # None if it overflows.
    _width: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        with np.errstate(over="ignore"):
            width = np.subtract(self.high, self.low)
        object.__setattr__(self, "_width", width if np.all(np.isfinite(width)) else None)

    def position(self, value: Any) -> Any:
        """Place of `value` in [0, 1]."""
        if self._width is None:
            return (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return (value - self.low) / self._width

    def value(self, unit: Any) -> Any:
        """Value at the place `unit`."""
        if self._width is None:
            return self.low * (1 - unit) + self.high * unit
        return self.low + unit * self._width


@dataclass(frozen=True, slots=True)
class LogScale:
    """Equal ratios are equal lengths; both ends are positive numbers, or arrays of them."""

    low: Any
    high: Any
    # None if it overflows.
    _ratio: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        with np.errstate(over="ignore"):
            ratio = np.divide(self.high, self.low)
        object.__setattr__(self, "_ratio", ratio if np.all(np.isfinite(ratio)) else None)

    def position(self, value: Any) -> Any:
        """Place of `value` in [0, 1]."""
        if self._ratio is None:
            low, high = np.log(self.low), np.log(self.high)
            return (np.log(value) - low) / (high - low)
        return np.log(value / self.low) / np.log(self._ratio)

    def value(self, unit: Any) -> Any:
        """Value at the place `unit`."""
        if self._ratio is None:
            return np.exp((1 - unit) * np.log(self.low) + unit * np.log(self.high))
        return self.low * self._ratio**unit


@dataclass(frozen=True, slots=True)
class QuantileScale:
    """Any continuous distribution with a ``ppf``.

    Parameters
    ----------
    distribution : object
        With ``ppf``, and ``cdf`` if `has_cdf`.
    shares, quantiles : ndarray of shape (n,)
        Places and their values, ascending, that are known to be right. They are used if the
        ``ppf`` fails, as a numerical inverse may at single places.
    has_cdf : bool
        Whether ``cdf`` can be trusted; else the ``ppf`` is inverted.
    """

    distribution: Any
    shares: Floats = field(repr=False)
    quantiles: Floats = field(repr=False)
    has_cdf: bool

    def position(self, value: Any) -> Any:
        """Place of a number `value` in [0, 1]."""
        if self.has_cdf:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                return float(np.squeeze(self.distribution.cdf(value)))
        low, high = 0.0, 1.0
        for _ in range(N_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self.value(middle) < value else (low, middle)
        return high

    def value(self, unit: Any) -> Any:
        """Value at one place `unit`."""
        try:
            value = quantile(self.distribution, unit)
        except Exception:  # code of others
            value = np.nan
        return value if np.isfinite(value) else np.interp(unit, self.shares, self.quantiles)


@dataclass(frozen=True, slots=True)
class TableScale:
    """Linear interpolation between the places of some values.

    Parameters
    ----------
    values, shares : ndarray of shape (n,)
        Values and their places, both ascending; the first place is 0 and the last 1.
    """

    values: Floats = field(repr=False)
    shares: Floats = field(repr=False)

    def position(self, value: Any) -> Any:
        """Place of `value` in [0, 1]."""
        return np.interp(value, self.values, self.shares)

    def value(self, unit: Any) -> Any:
        """Value at the place `unit`."""
        return np.interp(unit, self.shares, self.values)


def quantile(distribution: Any, share: float) -> float:
    """The ``ppf`` of one distribution, without its warnings."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return float(np.squeeze(distribution.ppf(share)))


def scale_of_numbers(numbers: Floats) -> LinearScale | LogScale:
    """The scale on which distinct ascending numbers are spaced more evenly."""
    some = numbers[:: 1 + len(numbers) // N_SPACED]
    return (LogScale if is_evenly_spaced_in_log(some) else LinearScale)(numbers[0], numbers[-1])


def is_evenly_spaced_in_log(values: Floats) -> bool:
    """Whether positive numbers, sorted, are spaced more evenly in ratio than in difference."""
    if values[0] <= 0 or len(values) < 3:
        return bool(values[0] > 0 and values[-1] / 10 >= values[0])
    steps, ratios = np.diff(values), np.diff(np.log(values))
    # Their squares might overflow.
    steps /= steps.max()
    return bool(np.std(ratios) / np.mean(ratios) < np.std(steps) / np.mean(steps))
