"""Nested cross-validation: the search is run again in each training part, and its winner judged.

The test part has chosen nothing, so nothing has to be corrected, at the price of a search for each
fold.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.base import clone

from .._record import SearchRecord
from ._intervals import SAME_ON_FOLDS, Interval, is_constant, mean_interval
from ._rerun import Data, ScorerLike, folds_again, run, scorer_of, scores_in

Floats = NDArray[np.float64]


def check_nested(search: Any, data: Data) -> None:
    """Raise ValueError unless the search can be run again on parts of the data."""
    if data.X is None or isinstance(search, SearchRecord):
        raise ValueError("method='nested' runs the search again: pass the search itself, X and y.")
    if "groups" in data.params and not get_config()["enable_metadata_routing"]:
        raise ValueError(
            "method='nested' cannot give groups to the searches that it runs, unless "
            "sklearn.set_config(enable_metadata_routing=True)."
        )


def nested_intervals(
    search: Any, record: SearchRecord, default_scores: Floats, data: Data, level: float
) -> tuple[Interval, Interval, str]:
    """Difference and expected score of searches run again inside each training part, and a note."""
    inner = clone(search)
    if "journal" in inner.get_params(deep=False):
        inner.set_params(journal=None)
    if not search.refit:
        inner.set_params(refit=record.metric if search.multimetric_ else True)
    folds = folds_again(record, data)
    results = run(inner, _BestScorer(scorer_of(record)), data, folds, has_groups=True)
    tuned = scores_in(results, len(folds))
    gaps = tuned - default_scores
    gaps = gaps[np.isfinite(gaps)]
    ratio = record.evaluation.test_ratio
    difference = mean_interval(gaps, ratio, level)
    note = "a single fold: no interval" if np.isnan(difference.low) else ""
    if not note and is_constant(gaps, tuned):
        difference, note = Interval.unknown(difference.centre), SAME_ON_FOLDS
    return difference, mean_interval(tuned, ratio, level), note


class _BestScorer(ScorerLike):
    """A scorer of the estimator that a search has refitted."""

    def __call__(self, search: Any, *data: Any, **params: Any) -> float:
        return float(self.scorer(search.best_estimator_, *data, **params))
