"""Bootstrap bias correction: the winner is chosen and judged on different rows.

With weights W_b of the rows in resample b, drawn with replacement::

    winner_b = argmax_c score_c(rows in the sample, weighted)
    L_b      = score_{winner_b}(rows left out)

The mean of L estimates the score of a search like this one, its percentiles an interval.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._records import OutOfFold
from ..._records._row_scores import Metric, is_quick, weighted_scores

Floats = NDArray[np.float64]

# Resamples if each needs a call of the metric for every candidate: 5 s for 20 candidates.
MAX_SLOW = 200


def resampled_scores(
    kept: OutOfFold,
    default: int,
    n_resamples: int,
    seed: int,
    metric: Metric | None = None,
    y: Any = None,
) -> tuple[Floats, Floats]:
    """Scores of the winner and of the default on the rows that a resample leaves out.

    Parameters
    ----------
    kept : OutOfFold
        Of all candidates that might have won.
    default : int
        Row of the default in ``kept.values``.
    n_resamples : int
        Resamples; those in which a score is not defined (a single class, say) are left out.
    seed : int
        Of the resamples.
    metric, y : Metric and array-like of shape (n_rows,), default=None
        The metric and the target that score predictions, if predictions were kept.

    Returns
    -------
    winner, default : ndarray of shape (n_resamples,)
    """
    is_tested = np.isfinite(kept.values).all(axis=0)
    values = kept.values[:, is_tested].astype(float)
    groups = np.arange(is_tested.sum())
    if kept.groups is not None:
        groups = np.unique(kept.groups[is_tested], return_inverse=True)[1].reshape(-1)
    n_groups = int(groups.max()) + 1
    if metric is not None and y is not None:
        y = np.asarray(y)[is_tested]
        if not is_quick(metric, y):
            n_resamples = min(n_resamples, MAX_SLOW)
    drawn = np.random.default_rng(seed).integers(n_groups, size=(n_resamples, n_groups))
    weights = np.stack([np.bincount(row, minlength=n_groups) for row in drawn])[:, groups]

    def score(candidate: int, weights: Floats) -> Floats:
        if metric is None:
            return _means(values[candidate], weights)
        return weighted_scores(metric, y, values[candidate], weights)

    inside, outside = weights.astype(float), (weights == 0).astype(float)
    in_sample = np.stack([score(c, inside) for c in range(len(values))], axis=1)
    winners = np.where(np.isfinite(in_sample), in_sample, -np.inf).argmax(axis=1)
    won = np.empty(n_resamples)
    for candidate in np.unique(winners):
        chosen = winners == candidate
        won[chosen] = score(int(candidate), outside[chosen])
    plain = score(default, outside)
    usable = np.isfinite(in_sample).all(axis=1) & np.isfinite(won) & np.isfinite(plain)
    return won[usable], plain[usable]


def n_units(kept: OutOfFold) -> int:
    """Rows, or groups of rows, that can be resampled."""
    is_tested = np.isfinite(kept.values).all(axis=0)
    if kept.groups is None:
        return int(is_tested.sum())
    return len(np.unique(kept.groups[is_tested]))


def _means(values: Floats, weights: Floats) -> Floats:
    """Weighted means of a candidate's rows, shape (n_resamples,); nan without rows."""
    totals = weights.sum(axis=1)
    return np.asarray((weights @ values) / np.where(totals > 0, totals, np.nan))
