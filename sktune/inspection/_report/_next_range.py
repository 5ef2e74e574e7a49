"""Where to search on: the box that holds most optima of draws of the score."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from .._dependence import is_log
from .._model._surrogate import ExplainingModel
from ._numbers import Data, value_of
from ._source import ReportSource

Floats = NDArray[np.float64]

# Draws of the score's function, and the points among which each has its optimum.
N_OPTIMA, N_POINTS = 120, 1024

# Share of the optima that the box of the next search holds, and the part of a range below which it
# is worth narrowing.
SHARE, NARROW = 0.9, 0.7


def next_range(source: ReportSource, model: ExplainingModel | None) -> list[Data]:
    """The box that holds 90 % of the optima of draws of the score, where it is smaller."""
    if model is None or source.record.is_inferred:
        return []
    points = optima(model)
    space, rows = source.record.space, []
    for column, dimension in enumerate(space.dimensions):
        active = space.is_active(points)[:, column]
        if active.mean() < SHARE:
            continue
        units = points[active, column]
        box = _range_of(dimension, units) if dimension.is_ordered else _choices(dimension, units)
        if box is not None:
            rows.append({"name": dimension.name, **box})
    if not rows:
        return []
    text = (
        "To search on, look here: in 90 % of the functions that fit the scores, the best value "
        "lies in these ranges."
    )
    return [{"kind": "next range", "text": text, "ranges": rows}]


def optima(model: ExplainingModel) -> Floats:
    """Points at which draws of the score are best, shape (n_draws, n_dims)."""
    space = model.record.space
    points = space.snap(qmc.Sobol(model.n_features_in_, seed=0).random(N_POINTS))
    points = np.vstack([points, model.points_])
    return np.vstack([points[draw(points).argmax(axis=1)] for draw in model.draw(N_OPTIMA, 0)])


def _range_of(dimension: Any, units: Floats) -> Data | None:
    tail = (1.0 - SHARE) / 2.0
    low, high = np.quantile(units, [tail, 1.0 - tail])
    if high - low > NARROW:
        return None
    ends = [value_of(dimension.from_unit(unit)) for unit in dimension.snap(np.array([low, high]))]
    return {"low": ends[0], "high": ends[1], "is_log": is_log(dimension)}


def _choices(dimension: Any, units: Floats) -> Data | None:
    """The choices that most optima have, if they are not all."""
    values, counts = np.unique(units, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    n_kept = int(np.searchsorted(np.cumsum(counts[order]) / counts.sum(), SHARE) + 1)
    if n_kept >= min(dimension.n_values, NARROW * dimension.n_values + 1):
        return None
    return {"choices": [value_of(dimension.from_unit(float(values[i]))) for i in order[:n_kept]]}
