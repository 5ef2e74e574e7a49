"""Warnings about spaces that are too small, and optima on the edge of a range."""

from __future__ import annotations

import sys
import warnings
from types import FrameType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata, t
from sklearn.base import clone

from .._sklearn_compat import ends_at, is_subtask
from ..exceptions import EdgeOfRangeWarning, SpaceExhaustedWarning
from ..optimizers import BaseOptimizer
from ..space import SearchSpace

Floats = NDArray[np.float64]

# A best value this close to an end, as a share of the range, counts as on the edge.
EDGE = 0.02

# The scores must rise towards the edge, with at most this probability that they do so by chance.
# Of the 45 ordinary uses in benchmarks/edge_warnings.py, 26 end on an edge, 16 on one that can be
# widened, and in 12 of these the scores rise towards it.
CHANCE = 0.05

# Least residual variance of the ranks: three or four settings in perfect order leave none, and
# prove nothing. With it, four give a probability of 0.02 (1/24 by counting all orders), three 0.11.
RANK_VARIANCE = 0.25

# Coordinates in the unit cube that differ by less are the same.
SAME_PLACE = 1e-9

# Relative difference below which two scores tie: then nothing favours the setting on the edge.
TIE = 1e-12

# Packages that run fits in loops, and the user's lines for which such a loop has warned.
_LOOPS = {"sklearn", "joblib"}
_warned_from: set[tuple[str, int]] = set()


class Edge(NamedTuple):
    """A parameter whose best value lies on the edge of its range, "lower" or "upper"."""

    name: str
    value: Any
    edge: str
    range: str
    is_listed: bool

    def __str__(self) -> str:
        return (
            f"The best value of {self.name!r}, {_short(self.value)}, lies on the {self.edge} edge "
            f"of its range, {self.range}: better ones may lie beyond."
        )


def warn_before_search(space: SearchSpace, n_iter: int) -> None:
    """Warn if there are fewer settings than the search may try."""
    if space.size < n_iter:
        warnings.warn(
            f"The search space has {space.size:g} settings, fewer than n_iter={n_iter}: each "
            "is tried once.",
            SpaceExhaustedWarning,
            stacklevel=6,
        )


def best_on_edges(search: Any, optimizer: BaseOptimizer) -> list[Edge]:
    """Numeric parameters whose best value lies on an edge, towards which the scores rise.

    An edge is left out if the estimator's own constraints say that its parameter ends there, so
    that it cannot be widened, and if a setting away from the edge ties with the best.
    """
    index = getattr(search, "best_index_", None)
    candidates, scores = optimizer.completed()
    places = {candidate.id: place for place, candidate in enumerate(candidates)}
    if index not in places:
        return []
    best, space = candidates[places[index]], optimizer.space
    points = np.array([candidate.point for candidate in candidates])
    active = space.is_active(points)
    is_active = active[places[index]]
    ordered = [j for j, d in enumerate(space.dimensions) if is_active[j] and d.is_ordered]
    # Settings of the same branch, trained with as much, in which all of these have an effect.
    is_comparable = np.array(
        [(c.branch, c.resource) == (best.branch, best.resource) for c in candidates]
    )
    is_comparable &= active[:, ordered].all(axis=1)
    points = points[is_comparable]
    scores, best_score = scores[is_comparable], scores[places[index]]
    own_row = int(is_comparable[: places[index]].sum())
    values = space.parts.flat(best.params)
    found = []
    for column, dimension in enumerate(space.dimensions[j] for j in ordered):
        value = values[dimension.name]
        edge = dimension.edge(value, EDGE)
        if edge is None or ends_at(_best_estimator(search), dimension.name, dimension.end(edge)):
            continue
        # Upper edges are mirrored, and then treated as lower ones.
        inwards = points[:, ordered] if edge == "lower" else 1 - points[:, ordered]
        place = inwards[own_row, column]
        is_inner = inwards[:, column] > max(place + SAME_PLACE, EDGE)
        if (scores[is_inner] >= best_score - TIE * abs(best_score)).any():
            continue
        if _chance_of_fall(inwards, scores, column) < CHANCE:
            found.append(
                Edge(dimension.name, value, edge, dimension.describe(), dimension.is_listed)
            )
    return found


def warn_of_edges(search: Any, found: list[Edge]) -> None:
    """Warn once of all parameters with a range, from the ``fit`` that calls this.

    The user has chosen the values of a list one by one: its ends are in `search_warnings_` only.
    Inside another search, or a task of scikit-learn's that has a callback context, there is no
    warning. In other loops, such as ``cross_val_score``, one text serves all fits, and is given
    once for each line of the user's: Python itself forgets what it has warned of there, because
    scikit-learn sets the filters in each fit.
    """
    found = [edge for edge in found if not edge.is_listed]
    callers = _callers(sys._getframe(1))
    modules = [caller.f_globals.get("__name__", "") for caller in callers]
    if (
        not found
        or is_subtask(search)
        or any(name.startswith("sktune._search") for name in modules)
    ):
        return
    loops = [place for place, name in enumerate(modules) if name.split(".")[0] in _LOOPS]
    if not loops:
        warnings.warn(_text(found), EdgeOfRangeWarning, stacklevel=3)
        return
    outside = min(loops[-1] + 1, len(callers) - 1)
    line = callers[outside].f_code.co_filename, callers[outside].f_lineno
    if line in _warned_from:
        return
    warnings.warn(
        "Best values lie on the edge of their ranges in searches that are fitted here: better ones "
        "may lie beyond. Each fitted search names them in search_warnings_.",
        EdgeOfRangeWarning,
        stacklevel=3 + outside,
    )
    _warned_from.add(line)


def _callers(frame: FrameType) -> list[FrameType]:
    """Frames that called this one, the nearest first."""
    callers = []
    while frame.f_back is not None:
        frame = frame.f_back
        callers.append(frame)
    return callers


def _text(found: list[Edge]) -> str:
    values = [f"{edge.name!r} ({_short(edge.value)}, {edge.edge} end)" for edge in found]
    is_one = len(found) == 1
    return (
        f"The best value{'' if is_one else 's'} of {', '.join(values)} "
        f"lie{'s' if is_one else ''} on the edge of {'its range' if is_one else 'their ranges'}: "
        f"better ones may lie beyond. Widen the range, or filter {EdgeOfRangeWarning.__name__} if "
        "the edge is a limit of the parameter itself."
    )


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else f"{value}"


def _best_estimator(search: Any) -> Any:
    """The estimator with the best setting, fitted or not."""
    if hasattr(search, "best_estimator_"):
        return search.best_estimator_
    return clone(search.estimator).set_params(**clone(search.best_params_, safe=False))


def _chance_of_fall(points: Floats, scores: Floats, column: int) -> float:
    """Probability that ranks fall so much along a coordinate on which scores do not depend.

    One-sided t test of the coordinate's coefficient in a linear regression of the ranks on all of
    them, shape (n_candidates, n_coordinates); 1 if there are too few candidates.
    """
    points = points - points.mean(axis=0)
    others = np.delete(points, column, axis=1)
    ranks = rankdata(scores) - (len(scores) + 1) / 2
    # What the other coordinates explain is removed from both (Frisch, Waugh and Lovell).
    own, ranks = (
        y - others @ np.linalg.lstsq(others, y, rcond=None)[0] for y in (points[:, column], ranks)
    )
    n_free = len(scores) - 2 - (int(np.linalg.matrix_rank(others)) if others.size else 0)
    if n_free < 1 or own @ own < SAME_PLACE:
        return 1.0
    slope = own @ ranks / (own @ own)
    rest = ranks - slope * own
    error = np.sqrt(max(rest @ rest / n_free, RANK_VARIANCE) / (own @ own))
    return float(t.cdf(slope / error, n_free))
