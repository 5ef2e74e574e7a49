"""What to do next, each piece of advice with the numbers that it rests on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._comparison import Comparison
from .._model._surrogate import ExplainingModel
from .._shown import number, seconds, shown
from ._candidates import tied_with_best
from ._explained import Explained
from ._numbers import Data, plain, value_of
from ._source import ReportSource

Floats = NDArray[np.float64]

# How much cheaper a setting as good as the best must be to be named.
CHEAPER = 0.7

# A best value this close to an end of its range, as a share of the range, lies on the edge.
EDGE = 0.02

# R2 of the model below which importance is a guess.
LEAST_R2 = 0.5


def advice(source: ReportSource, explained: Explained, failed: Data | None) -> list[Data]:
    """Section 2: a list of ``{"kind": ..., "text": ...}``, and numbers with it."""
    found: list[Data] = _edges(source)
    found += explained.next_range
    found += _as_good(source)
    found += [{"kind": "unknown", "text": text} for text in explained.lacks]
    found += _uncertain(explained.model, explained.importance)
    found += _few_folds(source, explained.comparison)
    found += _failures(failed)
    return found


def _edges(source: ReportSource) -> list[Data]:
    """Values on an edge: as the search has found them, or else where the best one lies."""
    record = source.record
    if source.warnings is not None:
        return [{"kind": "edge", "text": text} for text in source.warnings]
    if record.best_index is None or record.is_inferred:
        return []
    best, space = record.settings[record.best_index], record.space
    active = space.is_active(space.snap(space.transform([best])))[0]
    found = []
    for dimension, is_active in zip(space.dimensions, active, strict=True):
        if not is_active or not dimension.is_ordered or dimension.name not in best:
            continue
        value = best[dimension.name]
        edge = dimension.edge(value, EDGE)
        if edge is not None:
            text = (
                f"The best value of {dimension.name}, {shown(value)}, lies on the {edge} edge of "
                f"its range, {dimension.describe()}: better ones may lie beyond."
            )
            found.append(
                {"kind": "edge", "text": text, "name": dimension.name, "value": value_of(value)}
            )
    return found


def _as_good(source: ReportSource) -> list[Data]:
    """Settings that the folds cannot tell from the best, and that cost less or are simpler."""
    record, best = source.record, source.record.best_index
    tied = tied_with_best(source)
    if best is None or not len(tied):
        return []
    found = []
    cheapest = int(tied[np.argmin(record.seconds[tied])])
    if record.seconds[cheapest] <= CHEAPER * record.seconds[best]:
        text = (
            f"Candidate {cheapest} scores {number(record.scores[cheapest])}, which the folds "
            f"cannot tell from the best, in {seconds(float(record.seconds[cheapest]))} where the "
            f"best takes {seconds(float(record.seconds[best]))}."
        )
        found.append({"kind": "cheaper", "text": text, "candidate": cheapest})
    changed = _n_changed(source)
    if changed is None:
        return found
    simplest = int(tied[np.argmin(changed[tied])])
    if changed[simplest] < changed[best] and changed[simplest] > 0:
        text = (
            f"Candidate {simplest} scores {number(record.scores[simplest])}, which the folds "
            f"cannot tell from the best, and differs from the estimator's own setting in "
            f"{changed[simplest]} of the parameters where the best differs in {changed[best]}."
        )
        found.append({"kind": "simpler", "text": text, "candidate": simplest})
    return found


def _n_changed(source: ReportSource) -> NDArray[np.intp] | None:
    """In how many parameters each candidate differs from the default, where that is known."""
    record = source.record
    if record.default_index is None or record.is_inferred:
        return None
    points = record.space.snap(record.space.transform(record.settings))
    return np.asarray((np.abs(points - points[record.default_index]) > 1e-9).sum(axis=1))


def _uncertain(model: ExplainingModel | None, mattered: Data | None) -> list[Data]:
    if model is None or mattered is None:
        return []
    n = len(model.y_)
    if model.n_features_in_ > n:
        text = (
            f"{model.n_features_in_} parameters were searched by {n} candidates with a score: what "
            "mattered is hardly known."
        )
        return [{"kind": "uncertain", "text": text}]
    if np.isfinite(model.r2_) and model.r2_ < LEAST_R2:
        text = (
            f"A model of the scores predicts candidates that it has not seen with an R2 of "
            f"{number(model.r2_, 2)}: what mattered, and how, is too uncertain to act on."
        )
        return [{"kind": "uncertain", "text": text, "r2": plain(model.r2_)}]
    if len(mattered["shares"]) > 1 and mattered["low"][0] < mattered["high"][1]:
        first, second = mattered["names"][:2]
        text = f"Whether {first} or {second} matters more is not settled: their bands overlap."
        return [{"kind": "uncertain", "text": text}]
    return []


def _few_folds(source: ReportSource, comparison: Comparison | None) -> list[Data]:
    if comparison is None or comparison.verdict != "not shown" or comparison.difference <= 0:
        return []
    half = (comparison.high - comparison.low) / 2.0
    if not np.isfinite(half):
        return []
    text = (
        f"{source.n_splits} folds can show a difference to the default of {number(half, 2)} or "
        f"more; here it is {number(comparison.difference, 2)}. Repeated folds, or more data, would "
        "tell more."
    )
    return [{"kind": "few folds", "text": text, "half_width": plain(half)}]


def _failures(failed: Data | None) -> list[Data]:
    found = []
    for group in (failed or {}).get("groups", []):
        if shared := group["shared"]:
            condition = f"{shared['name']} {shared['sign']} {shared['value']}"
            text = (
                f"{shared['n_failed']} of {group['n_candidates']} candidates that failed "
                f"have {condition}; of those that worked {shared['n_worked'] or 'none'} have."
            )
            found.append({"kind": "failures", "text": text, "candidates": group["candidates"]})
    return found
