"""Bootstrap bias correction: the winner is chosen and judged on different rows.

With weights W_b of the rows in resample b, drawn with replacement::

    winner_b = argmax_c score_c(rows in the sample, weighted)
    L_b      = score_{winner_b}(rows left out)

The mean of L estimates the score of a search like this one, its percentiles an interval.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._records import OutOfFold
from ..._records._fitted import N_BEST
from ..._records._row_scores import Metric, is_quick, weighted_scores, without_column
from .._record import SearchRecord

Floats = NDArray[np.float64]
Score = Callable[[NDArray[Any], Floats], Floats]

# Resamples if each needs a call of the metric for every candidate: 5 s for 20 candidates.
MAX_SLOW = 200

# Weights that are held at a time, 8 bytes each; there are twice as many.
MAX_WEIGHTS = 2**23


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
    is_tested, rows = _tested(kept)
    values = kept.values[:, is_tested].astype(float)
    groups = np.unique(_groups(kept, rows), return_inverse=True)[1].reshape(-1)
    n_groups = int(groups.max()) + 1
    score = _mean_scores
    if metric is not None and y is not None:
        y = without_column(y)[rows]
        if not is_quick(metric, y):
            n_resamples = min(n_resamples, MAX_SLOW)
        predicted = values if kept.labels is None else kept.labels[values.astype(np.intp)]
        values, score = predicted, partial(_metric_scores, metric, y)
    rng, n_each = np.random.default_rng(seed), max(1, MAX_WEIGHTS // len(rows))
    parts = []
    for first in range(0, n_resamples, n_each):
        drawn = rng.integers(n_groups, size=(min(n_each, n_resamples - first), n_groups))
        weights = np.stack([np.bincount(row, minlength=n_groups) for row in drawn])[:, groups]
        parts.append(_judged(score, values, default, weights))
    won, plain = np.concatenate(parts, axis=1)
    return won, plain


def _judged(score: Score, values: NDArray[Any], default: int, weights: NDArray[np.intp]) -> Floats:
    """Scores of winner and default outside of each sample, shape (2, n_usable)."""
    inside, outside = weights.astype(float), (weights == 0).astype(float)
    in_sample = score(values, inside)
    winners = np.where(np.isfinite(in_sample), in_sample, -np.inf).argmax(axis=1)
    won = np.empty(len(weights))
    for candidate in np.unique(winners):
        chosen = winners == candidate
        won[chosen] = score(values[[candidate]], outside[chosen])[:, 0]
    plain = score(values[[default]], outside)[:, 0]
    usable = np.isfinite(in_sample).all(axis=1) & np.isfinite(won) & np.isfinite(plain)
    return np.stack([won[usable], plain[usable]])


def n_units(kept: OutOfFold) -> int:
    """Rows, or groups of rows, that can be resampled."""
    return len(np.unique(_groups(kept, _tested(kept)[1])))


def n_without_rows(record: SearchRecord, kept: OutOfFold) -> int:
    """How many complete candidates have no rows though they might have won.

    Those read from a journal, for example. Without them the choice cannot be repeated, and too
    little of the luck is taken out.
    """
    might_win = (np.array(record.status) == "complete") & record.is_scored & record.at_top
    might_win[kept.candidates] = False
    if len(kept.candidates) >= N_BEST:
        least = np.sort(record.scores[kept.candidates])[-N_BEST]
        might_win &= record.scores > least + 1e-9 * abs(least)
    return int(might_win.sum())


def _tested(kept: OutOfFold) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Which columns of the values are known for all candidates, and the row of each of these."""
    is_tested = np.asarray(np.isfinite(kept.values).all(axis=0))
    rows = np.arange(len(is_tested)) if kept.rows is None else kept.rows
    return is_tested, rows[is_tested]


def _groups(kept: OutOfFold, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """What is resampled together: groups, else all predictions of a row."""
    return rows if kept.groups is None else kept.groups[rows]


def _mean_scores(values: Floats, weights: Floats) -> Floats:
    """Weighted means of the rows, shape (n_resamples, n_candidates); nan without rows."""
    totals = weights.sum(axis=1)[:, None]
    return np.asarray((weights @ values.T) / np.where(totals > 0, totals, np.nan))


def _metric_scores(metric: Metric, y: Any, values: NDArray[Any], weights: Floats) -> Floats:
    """The metric of the weighted rows, shape (n_resamples, n_candidates)."""
    return np.stack([weighted_scores(metric, y, row, weights) for row in values], axis=1)
