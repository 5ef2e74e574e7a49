"""Fronts of several scores: which points are on them, and how much of the space they dominate.

Points are rows of scores, higher is better in each. A point dominates another that is nowhere
better and somewhere worse. The front of some points are those that none of them dominates; its
hypervolume is the volume of what it dominates above a reference point.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# Most scores of which what a front leaves is cut into boxes.
MAX_FOR_BOXES = 3


class Boxes(NamedTuple):
    """Boxes that together are all that a front does not dominate.

    Parameters
    ----------
    lower, upper : ndarray of shape (n_boxes, n_scores)
        Their corners; `upper` may be infinite.
    """

    lower: Floats
    upper: Floats


def is_on_front(points: ArrayLike) -> NDArray[np.bool_]:
    """Which points, shape (n, n_scores), no other dominates; shape (n,).

    Of equal points all are. A point with a score that is not finite is never on the front, and
    dominates none.
    """
    points = np.asarray(points, dtype=float)
    is_kept: NDArray[np.bool_] = np.isfinite(points).all(axis=1)
    if points.shape[1] == 2:
        is_kept[is_kept] = _is_on_staircase(points[is_kept])
        return is_kept
    # A point is dominated only by one with a larger sum, so most are gone early.
    rank = np.argsort(-np.where(is_kept, points.sum(axis=1), -np.inf), kind="stable")
    for place in rank:
        if is_kept[place]:
            is_kept &= ~dominates(points[place], points)
    return is_kept


def _is_on_staircase(points: Floats) -> NDArray[np.bool_]:
    """``is_on_front`` of finite points of two scores, by sorting."""
    unique, places = np.unique(points, axis=0, return_inverse=True)
    # Each is dominated by one of those after it, which have more of the first score, or as much of
    # it and more of the second, as soon as one of these has as much of the second.
    best_after = np.maximum.accumulate(unique[::-1, 1])[::-1]
    is_dominated = np.append(unique[:-1, 1] <= best_after[1:], np.zeros(len(unique[-1:]), bool))
    return np.asarray(~is_dominated[places.reshape(-1)])


def dominates(point: Floats, others: Floats) -> NDArray[np.bool_]:
    """Which of `others`, shape (n, n_scores), a point dominates; shape (n,)."""
    return np.asarray((others <= point).all(axis=1) & (others < point).any(axis=1))


def layers(points: ArrayLike, n_points: int | None = None) -> NDArray[np.intp]:
    """Layer of each of n finite points, shape (n,): 0 the front, 1 the front of the rest, ...

    Once so many points are in layers, all others are in the next; None: every layer is found.
    """
    points = np.asarray(points, dtype=float)
    n_points = len(points) if n_points is None else n_points
    layer, left, number = np.zeros(len(points), dtype=np.intp), np.arange(len(points)), 0
    while len(points) - len(left) < n_points and len(left):
        is_front = is_on_front(points[left])
        layer[left[is_front]] = number
        left, number = left[~is_front], number + 1
    layer[left] = number
    return layer


def front_above(points: ArrayLike, reference: ArrayLike) -> Floats:
    """The front of points, without repeats, and only what is above the reference in each score.

    Shape (n_front, n_scores), the first score falling.
    """
    points, reference = np.asarray(points, dtype=float), np.asarray(reference, dtype=float)
    points = points[(points > reference).all(axis=1)]
    front = np.unique(points[is_on_front(points)], axis=0)
    return front[::-1]


def hypervolume(points: ArrayLike, reference: ArrayLike) -> float:
    """Volume of what points dominate above a reference, in the product of the scores' units.

    By slices for two scores; for more by what each point adds to those after it, as in WFG [1]_.

    Parameters
    ----------
    points : array-like of shape (n, n_scores)
        Higher is better; those that are not above the reference in each score, or not finite,
        add nothing.
    reference : array-like of shape (n_scores,)

    References
    ----------
    .. [1] While, Bradstreet and Barone, "A Fast Way of Calculating Exact Hypervolumes", IEEE
       Transactions on Evolutionary Computation 16, 2012. https://doi.org/10.1109/TEVC.2010.2077298
    """
    reference = np.asarray(reference, dtype=float)
    return _volume(front_above(points, reference) - reference)


def _volume(front: Floats) -> float:
    """The same above 0, of a front whose first score falls."""
    if not len(front):
        return 0.0
    n_scores = front.shape[1]
    if n_scores == 1:
        return float(front.max())
    if n_scores == 2:
        steps = np.diff(front[:, 1], prepend=0.0)
        return float(front[:, 0] @ steps)
    total, zero = 0.0, np.zeros(n_scores)
    for place, point in enumerate(front):
        shared = np.minimum(front[place + 1 :], point)
        total += float(np.prod(point)) - _volume(front_above(shared, zero))
    return total


def boxes_above(front: Floats, reference: Floats) -> Boxes:
    """All that a front does not dominate above a reference, as boxes; for 1, 2 or 3 scores.

    For three scores a plane sweeps down the third, and the strips above the staircase of the first
    two are boxes between two places of the plane: at most 2 n + 1, as in [1]_.

    Parameters
    ----------
    front : ndarray of shape (n, n_scores)
        As `front_above` gives it; may be empty.
    reference : ndarray of shape (n_scores,)

    References
    ----------
    .. [1] Yang, Emmerich, Deutz and Baeck, "Efficient computation of expected hypervolume
       improvement using box decomposition algorithms", Journal of Global Optimization 75, 2019.
       https://arxiv.org/abs/1904.12672
    """
    n_scores = len(reference)
    if n_scores == 1:
        best = front.max() if len(front) else reference[0]
        return Boxes(np.array([[best]]), np.array([[np.inf]]))
    if n_scores == 2:
        right = np.append(front[:, 0], reference[0])
        left = np.append(np.inf, front[:, 0])
        base = np.append(reference[1], front[:, 1])
        top = np.full(len(base), np.inf)
        return Boxes(np.column_stack([right, base]), np.column_stack([left, top]))
    return _swept(front, reference)


class _Strip(NamedTuple):
    """A strip of the plane of the first two scores, above the staircase: from low to high."""

    low: float
    high: float
    base: float
    top: float  # where the plane was when the strip came to be


def _swept(front: Floats, reference: Floats) -> Boxes:
    strips = [_Strip(reference[0], np.inf, reference[1], np.inf)]
    lower: list[list[float]] = []
    upper: list[list[float]] = []

    def close(strip: _Strip, place: float) -> None:
        if strip.top > place:
            lower.append([strip.low, strip.base, place])
            upper.append([strip.high, np.inf, strip.top])

    for x, y, z in front[np.argsort(-front[:, 2], kind="stable")]:
        covered = [s for s in strips if s.low < x and s.base < y]
        strips = [s for s in strips if not (s.low < x and s.base < y)]
        for strip in covered:
            close(strip, z)
            if strip.high > x:
                strips.append(_Strip(x, strip.high, strip.base, z))
        strips.append(_Strip(min(s.low for s in covered), x, y, z))
    for strip in strips:
        close(strip, reference[2])
    return Boxes(np.array(lower), np.array(upper))
