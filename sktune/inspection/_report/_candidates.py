"""The table of all candidates, the best ten fold by fold, and those that tie with the best."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._comparison import half_width
from ._numbers import Data, plain, value_of
from ._source import ReportSource

Floats = NDArray[np.float64]

# Values of parameters in the table: those of the best candidates; some 7 bytes each.
MAX_VALUES = 150_000

# Digits of the numbers in the table.
DIGITS = 5

# Candidates whose scores are shown fold by fold.
N_BEST = 10

# Of the interval that decides what the folds can tell from the best.
LEVEL = 0.95


def candidates(source: ReportSource) -> Data:
    """Section 7."""
    record = source.record
    order = ranked(source)
    names = _names(source)
    n_full = len(order) if not names else min(len(order), MAX_VALUES // len(names))
    with_values = np.zeros(len(order), dtype=bool)
    with_values[order[:n_full]] = True
    columns: Data = {
        "score": plain(record.scores, DIGITS),
        "std": plain(source.stds, DIGITS),
        "seconds": plain(record.seconds, 3),
        "folds": source.n_done.tolist(),
        "status": list(source.status),
    }
    if source.proposed_by:
        columns["proposed by"] = list(source.proposed_by)
    if record.resources is not None:
        columns["resources"] = plain(record.resources)
    values = {
        name: [
            _short_value(setting[name]) if keep and name in setting else None
            for setting, keep in zip(record.settings, with_values, strict=True)
        ]
        for name in names
    }
    best = [int(row) for row in order[:N_BEST] if np.isfinite(record.scores[row])]
    return {
        "columns": {name: _packed(column) for name, column in columns.items()},
        "params": {name: _packed(column) for name, column in values.items()},
        "order": order.tolist(),
        "n_with_values": n_full,
        "best": {"candidates": best, "scores": plain(record.split_scores[best])},
        "tied": tied_with_best(source).tolist(),
    }


def ranked(source: ReportSource) -> NDArray[np.intp]:
    """Candidates from the best to the worst; those that have all folds come first."""
    record = source.record
    scores = np.where(np.isfinite(record.scores), record.scores, -np.inf)
    is_partial = (np.array(source.status) != "complete") | ~record.at_top
    order = np.lexsort((np.arange(len(scores)), -scores, is_partial))
    if record.best_index is not None:  # the one that was chosen, also among equals
        order = np.r_[record.best_index, order[order != record.best_index]]
    return np.asarray(order, dtype=np.intp)


def tied_with_best(source: ReportSource) -> NDArray[np.intp]:
    """Candidates that the folds cannot tell from the best, the best first among equals.

    Those whose paired difference to it has an interval (Nadeau and Bengio) that holds 0.
    """
    record, best = source.record, source.record.best_index
    if best is None or record.split_scores.shape[1] < 2:
        return np.array([], dtype=np.intp)
    scores = record.split_scores
    ratio = record.evaluation.test_ratio
    found = []
    for row in ranked(source):
        if row == best or source.status[row] != "complete" or not record.at_top[row]:
            continue
        gaps = scores[best] - scores[row]
        if not np.isfinite(gaps).all():
            continue
        if gaps.mean() <= half_width(gaps, ratio, LEVEL):
            found.append(row)
    return np.array(found, dtype=np.intp)


def _names(source: ReportSource) -> list[str]:
    """All parameters, also those with one value, in the order of the settings."""
    return list(dict.fromkeys(name for s in source.record.settings for name in s))


def _short_value(value: Any) -> Any:
    short = value_of(value)
    return plain(short, DIGITS) if isinstance(short, float) else short


def _packed(column: list[Any]) -> Any:
    """A column whose words are written once: ``{"words": [...], "at": [...]}``."""
    words = list(dict.fromkeys(value for value in column if isinstance(value, str)))
    if not words or not all(isinstance(value, str) for value in column):
        return column
    places = {word: place for place, word in enumerate(words)}
    return {"words": words, "at": [places[value] for value in column]}


def unpacked(column: Any) -> list[Any]:
    """The column again."""
    if isinstance(column, dict):
        return [column["words"][place] for place in column["at"]]
    return list(column)
