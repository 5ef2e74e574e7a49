"""Bootstrap bias correction: the winner is chosen and judged on different rows.

With weights W_b of the rows in resample b, drawn with replacement::

    winner_b = argmax_c score_c(rows in the sample, weighted)
    L_b      = score_{winner_b}(rows left out)

The mean of L is what to expect of a search like this one, its percentiles an interval.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._records import OutOfFold
from .._row_scores import Metric, weighted_scores

Floats = NDArray[np.float64]


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
        Resamples; those in which a score is not defined, of a single class, are left out.
    seed : int
        Of the resamples.
    metric, y : Metric and array-like of shape (n_rows,), default=None
        Where predictions were kept: what scores them.

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
    drawn = np.random.default_rng(seed).integers(n_groups, size=(n_resamples, n_groups))
    weights = np.stack([np.bincount(row, minlength=n_groups) for row in drawn])
    inside, outside = weights[:, groups].astype(float), (weights[:, groups] == 0).astype(float)
    if metric is None:
        in_sample, left_out = _means(values, inside), _means(values, outside)
    else:
        y = np.asarray(y)[is_tested]
        in_sample = np.stack([weighted_scores(metric, y, row, inside) for row in values], axis=1)
        left_out = np.stack([weighted_scores(metric, y, row, outside) for row in values], axis=1)
    usable = np.isfinite(in_sample).all(axis=1) & np.isfinite(left_out).all(axis=1)
    in_sample, left_out = in_sample[usable], left_out[usable]
    winners = in_sample.argmax(axis=1)
    return left_out[np.arange(len(winners)), winners], left_out[:, default]


def n_units(kept: OutOfFold) -> int:
    """Rows, or groups of rows, that can be resampled."""
    is_tested = np.isfinite(kept.values).all(axis=0)
    if kept.groups is None:
        return int(is_tested.sum())
    return len(np.unique(kept.groups[is_tested]))


def _means(values: Floats, weights: Floats) -> Floats:
    """Weighted means of each candidate, shape (n_resamples, n_candidates); nan of no rows."""
    totals = weights.sum(axis=1)
    return np.asarray((weights @ values.T) / np.where(totals > 0, totals, np.nan)[:, None])
