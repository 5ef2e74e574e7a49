"""Steps downhill along slopes: polynomials along one coordinate, L-BFGS-B along several."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import KroghInterpolator
from scipy.optimize import minimize

Floats = NDArray[np.float64]

# Length of the first step in the unit cube; later ones know the curvature. Of 0.05, 0.2 and 0.35
# none is the best on all problems of benchmarks/results/gradient.md along several coordinates;
# along one, 0.2 was the best of 0.1 to 0.3.
FIRST_STEP = 0.2

# Lengths of the next step along one coordinate, as multiples of the last. Up to 3 was worse: it
# leaps over the valley, and cubics are poor there.
MIN_STRETCH = 0.3
MAX_STRETCH = 2.0

# A new point along one coordinate stands at least this share of the bracket from its ends. The
# polynomial through three points deserves more trust than that through two: 0.1 was worse.
MARGIN = 0.05

# A bracket that two steps leave longer than this share of its length is halved next. After each
# step it was worse: the third point on one side of the valley shows where the other side is.
SHRINKS = 0.6

# Shares of a bracket at which a polynomial is looked at.
SHARES = np.linspace(0.0, 1.0, 201)[1:-1]

# The end of a path: a step that gains this share of the first loss or less, or a slope that
# promises no more across the whole range. The path from which another begins ends sooner.
MIN_GAIN = 5e-5
MIN_GAIN_SHARED = 1e-3
MIN_SLOPE = 1e-4

# A polynomial that promises no gain is believed where the slope promises at most this many times
# as much across the bracket.
DOUBT = 50.0

# A step along one coordinate that is shorter than this ends the path.
MIN_STEP = 1e-3


class Slope(NamedTuple):
    """Mean loss of the folds, and its derivative by the point, shape (n_dims,)."""

    loss: float
    slope: Floats


def is_flat(loss: float, slope: Floats | float) -> bool:
    """Whether a slope promises no gain across the whole range that is worth a step."""
    return bool((np.abs(slope) <= MIN_SLOPE * abs(loss)).all())


def descend(
    look_up: Callable[[Floats], Slope | None],
    start: Floats,
    free: NDArray[np.bool_],
    limit: int | None,
    min_gain: float = MIN_GAIN,
) -> Floats:
    """The lowest point of a path in the unit cube.

    Parameters
    ----------
    look_up : callable
        Gives the loss and slope of a point, or None where they cannot be computed; there the step
        is halved.
    start : ndarray of shape (n_dims,)
    free : ndarray of bool of shape (n_dims,)
        Which coordinates move.
    limit : int or None
        Slopes at most.
    min_gain : float
        The gain of a step that ends the path, as a share of the first loss.
    """
    seen = _Seen(look_up, start, free, limit)
    with suppress(_Enough):
        first = seen(start[free])
        if first is None or not first.slope.any():
            return start
        if len(first.slope) == 1:
            _along_one(seen, float(start[free][0]), first, min_gain)
        else:
            _along_several(seen, start[free], first, min_gain)
    return seen.best


class _Enough(Exception):
    """A path has had its share of the budget."""


class _Seen:
    """Losses and slopes by the free coordinates, and the best point of them."""

    def __init__(
        self,
        look_up: Callable[[Floats], Slope | None],
        start: Floats,
        free: NDArray[np.bool_],
        limit: int | None,
    ) -> None:
        self._look_up = look_up
        self._free = free
        self._limit = limit
        self._known: dict[bytes, Slope | None] = {}
        self.best = start
        self.lowest: Slope | None = None

    def __call__(self, units: Floats) -> Slope | None:
        """Loss, and slope by the free coordinates.

        Raises
        ------
        _Enough
            If there were as many as there may be.
        """
        point = self.best.copy()
        point[self._free] = np.clip(units, 0.0, 1.0)
        key = point.tobytes()
        if key not in self._known:
            if self._limit is not None and len(self._known) >= self._limit:
                raise _Enough
            found = self._look_up(point)
            self._known[key] = found and Slope(found.loss, found.slope[self._free])
        slope = self._known[key]
        if slope is not None and (self.lowest is None or slope.loss < self.lowest.loss):
            self.best, self.lowest = point, slope
        return slope


def _along_several(seen: _Seen, start: Floats, first: Slope, min_gain: float) -> None:
    """By L-BFGS-B, which takes the slope as its first step."""
    unit = float(np.linalg.norm(first.slope)) / FIRST_STEP

    def loss(units: Floats) -> tuple[float, Floats]:
        found = seen(units)
        if found is None:
            # Back to the best point: its loss, and its slope in a mirror, halve the step.
            lowest = seen.lowest or first
            return lowest.loss * (1 + 1e-9) / unit, -lowest.slope / unit
        return found.loss / unit, found.slope / unit

    size = abs(first.loss) / unit
    minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, 1.0)] * len(start),
        # Gains are compared with losses in this unit, or with 1 where those are smaller.
        options={"ftol": min_gain * min(size, 1.0), "gtol": MIN_SLOPE * size, "maxiter": 1000},
    )


class _End(NamedTuple):
    """A point of one coordinate, with the loss and its derivative."""

    unit: float
    loss: float
    slope: float


def _along_one(seen: _Seen, start: float, first: Slope, min_gain: float) -> None:
    """By polynomials through losses and slopes, within a bracket once there is one.

    Up to the bracket they are cubics through two points (Nocedal and Wright (2006), Numerical
    Optimization, section 3.5); within, quintics through its ends and the point nearest to it.
    """
    line = _Line(_End(start, first.loss, float(first.slope[0])), abs(first.loss) * min_gain)
    while not is_flat(first.loss, line.best.slope) and (unit := line.next_unit()) is not None:
        found = seen(np.array([unit]))
        line.add(unit, None if found is None else _End(unit, found.loss, float(found.slope[0])))


class _Line:
    """What is known of one coordinate: the best point, and how far the lowest is from it at most.

    Parameters
    ----------
    best : _End
    gain : float
        What the next point has to promise.
    """

    def __init__(self, best: _End, gain: float) -> None:
        self.best = best
        self._gain = gain
        self._seen = {best.unit: best}
        # The other end of the bracket; None: the loss still falls at the last point.
        self._other: _End | None = None
        self._wall: float | None = None
        self._step: float | None = FIRST_STEP
        # Lengths of the brackets of the last two steps, the older one first.
        self._widths = (np.inf, np.inf)

    def add(self, unit: float, found: _End | None) -> None:
        """Take a point that `next_unit` gave; None: nothing can be computed there."""
        best = self.best
        if found is None:
            self._wall, self._other, self._widths = unit, None, (np.inf, np.inf)
            self._step = abs(unit - best.unit) / 2
            return
        self._seen[unit] = found
        falls_on = found.slope * best.slope > 0
        if found.loss >= best.loss:
            self._other = found
        elif not falls_on:
            self.best, self._other = found, best
        else:
            self.best = found
            if self._other is None:
                self._step = self._stretched(best, found)

    def next_unit(self) -> float | None:
        """Where to look next; None: nowhere is there a gain."""
        return self._beyond() if self._other is None else self._between(self._other)

    def _stretched(self, before: _End, last: _End) -> float | None:
        """The length of the next step in one direction; None: it promises too little."""
        width = last.unit - before.unit
        step = abs(width) * (
            _lowest(before.loss, before.slope * width, last.loss, last.slope * width)[0] - 1
        )
        if step <= 0:
            step = np.inf
        if step * abs(last.slope) / 2 < self._gain:
            return None
        return float(np.clip(step, MIN_STRETCH * abs(width), MAX_STRETCH * abs(width)))

    def _beyond(self) -> float | None:
        if self._step is None:
            return None
        unit = self.best.unit - np.sign(self.best.slope) * self._step
        if self._wall is not None:
            half = (self.best.unit + self._wall) / 2
            unit = min(unit, half) if self._wall > self.best.unit else max(unit, half)
        unit = float(np.clip(unit, 0.0, 1.0))
        return None if abs(unit - self.best.unit) < MIN_STEP else unit

    def _between(self, other: _End) -> float | None:
        best, width = self.best, other.unit - self.best.unit
        share, gain = self._lowest_between(best, other)
        if gain < self._gain and abs(best.slope * width) < DOUBT * self._gain:
            return None
        older, self._widths = self._widths[0], (self._widths[1], abs(width))
        is_slow = abs(width) > SHRINKS * older
        share = 0.5 if is_slow else min(max(share, MARGIN), 1 - MARGIN)
        unit = best.unit + share * width
        return None if abs(width) < MIN_STEP else unit

    def _lowest_between(self, best: _End, other: _End) -> tuple[float, float]:
        """Where in the bracket the polynomial is lowest, as a share of it, and its fall there."""
        width = other.unit - best.unit
        outside = [end for end in self._seen.values() if end not in (best, other)]
        nearest = sorted(outside, key=lambda end: abs(end.unit - best.unit - width / 2))[:1]
        ends = sorted([best, other, *nearest])
        places = [(end.unit - best.unit) / width for end in ends for _ in range(2)]
        values = [v for end in ends for v in (end.loss - best.loss, end.slope * width)]
        falls = -KroghInterpolator(places, values)(SHARES)
        lowest = int(np.argmax(falls))
        if falls[lowest] <= 0:
            return 0.5, 0.0
        return float(SHARES[lowest]), float(falls[lowest])


def _lowest(loss: float, slope: float, loss_at_1: float, slope_at_1: float) -> tuple[float, float]:
    """Where the cubic through losses and slopes at 0 and 1 is lowest beyond 0, and its fall there.

    Infinity and 0 where it has no lowest point there.
    """
    square = 3 * (loss_at_1 - loss) - 2 * slope - slope_at_1
    cube = 2 * (loss - loss_at_1) + slope + slope_at_1
    discriminant = square**2 - 3 * cube * slope
    if discriminant < 0 or square + np.sqrt(discriminant) <= 0:
        return np.inf, 0.0
    place = -slope / (square + np.sqrt(discriminant))
    return place, -place * (slope + place * (square + place * cube))
