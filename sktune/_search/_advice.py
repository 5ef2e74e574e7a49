"""Warnings that save a wasted night."""

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

# The scores must rise towards the edge with no more than this chance that they would by accident.
# Of the 45 ordinary uses in benchmarks/edge_warnings.py, 26 end on an edge, 16 on one that the
# estimator lets be widened, and in 12 the scores rise towards it.
CHANCE = 0.05

# At least this variance is left in ranks: three or four settings in a perfect row have none, and
# are no proof. So four give a chance of 0.02, where all orders counted give 1/24; three give 0.11.
RANK_VARIANCE = 0.25

# Between settings that tie, nothing speaks for the one on the edge.
TIE = 1e-12

# Who runs fits in loops. The lines of the user's from which they were warned in one.
_LOOPS = {"sklearn", "joblib"}
_warned_from: set[tuple[str, int]] = set()


class Edge(NamedTuple):
    """A parameter whose best value lies on the edge of its range, "lower" or "upper"."""

    name: str
    value: Any
    edge: str
    range: str

    def __str__(self) -> str:
        return (
            f"The best value of {self.name!r}, {_short(self.value)}, lies on the {self.edge} edge "
            f"of its range, {self.range}: better ones may lie beyond."
        )


def warn_before_search(space: SearchSpace, n_iter: int) -> None:
    """Say it when there are fewer settings than the search may try."""
    if space.size < n_iter:
        warnings.warn(
            f"The search space has {space.size:g} settings, fewer than n_iter={n_iter}: each "
            "is tried once.",
            SpaceExhaustedWarning,
            stacklevel=6,
        )


def best_on_edges(search: Any, optimizer: BaseOptimizer) -> list[Edge]:
    """Numeric parameters whose best value lies on an edge, towards which the scores rise.

    Where the estimator's own constraints say that its parameter ends there, there is nothing to
    widen, and where another setting away from the edge ties with the best, nothing to gain.
    """
    index = getattr(search, "best_index_", None)
    candidates, scores = optimizer.completed()
    places = {candidate.id: place for place, candidate in enumerate(candidates)}
    if index not in places:
        return []
    best, space = candidates[places[index]], optimizer.space
    is_comparable = np.array([candidate.branch == best.branch for candidate in candidates])
    points = np.array([candidate.point for candidate in candidates])[is_comparable]
    scores, best_score = scores[is_comparable], scores[places[index]]
    features, found = space.encode(points), []
    for j in np.flatnonzero(space.is_active([best.point])[0]):
        dimension, column = space.dimensions[j], space.feature_groups[j].start
        value = best.params.get(dimension.name)
        edge = dimension.edge(value, EDGE)
        if edge is None or ends_at(_best_estimator(search), dimension.name, dimension.end(edge)):
            continue
        values = [dimension.from_unit(unit) for unit in points[:, j].tolist()]
        is_inner = np.array([dimension.edge(other, EDGE) != edge for other in values])
        if (scores[is_inner] >= best_score - TIE * abs(best_score)).any():
            continue
        if _chance_of_rise(features, scores, column, edge) < CHANCE:
            found.append(Edge(dimension.name, value, edge, dimension.describe()))
    return found


def warn_of_edges(search: Any, found: list[Edge]) -> None:
    """Warn once of all parameters, from the ``fit`` that calls this.

    Inside another search, or a task of scikit-learn's that has a context, nothing is said. In
    other loops, such as ``cross_val_score``, one text serves all fits, so that it is said once:
    there Python forgets what it has said, since scikit-learn sets the filters in each fit.
    """
    fit = sys._getframe(1)
    callers = _callers(fit)
    modules = [caller.f_globals.get("__name__", "") for caller in callers]
    if (
        not found
        or is_subtask(search)
        or any(name.startswith("sktune._search") for name in modules)
    ):
        return
    loops = [place for place, name in enumerate(modules) if name.split(".")[0] in _LOOPS]
    # The caller of fit may be scikit-learn's wrapper of a class that is derived from ours.
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


def _chance_of_rise(features: Floats, scores: Floats, column: int, edge: str) -> float:
    """How likely ranks of scores that do not depend on a feature rise so much towards an edge.

    One-sided t test of the feature's coefficient in a linear regression of the ranks on all
    features, shape (n_candidates, n_features): with few candidates for many features it is 1.
    """
    features = features - features.mean(axis=0)
    others = np.delete(features, column, axis=1)
    ranks = rankdata(scores) - (len(scores) + 1) / 2
    # What the other features explain is taken out of both (Frisch, Waugh and Lovell).
    own, ranks = (y - others @ np.linalg.lstsq(others, y)[0] for y in (features[:, column], ranks))
    n_free = len(scores) - 2 - int(np.linalg.matrix_rank(others))
    if n_free < 1 or own @ own < 1e-9:
        return 1.0
    slope = own @ ranks / (own @ own)
    rest = ranks - slope * own
    error = np.sqrt(max(rest @ rest / n_free, RANK_VARIANCE) / (own @ own))
    rise = slope if edge == "upper" else -slope
    return float(t.sf(rise / error, n_free))
