"""How certain the mean score of a candidate is, from its scores in single folds.

The model of a score is y_ik = mu_i + e_k + noise: candidate i, fold k. A fold's own effect e_k,
its difficulty, is the same for all candidates, so only the rest is noise when they are compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..._records._fold_scores import k_fold_ratio, variance_of_mean

Floats = NDArray[np.float64]

# From a handful of folds a variance is known only to within a factor of 3, so each candidate's own
# is averaged with that of all, which counts as so many degrees of freedom.
POOLED_DEGREES = 8

# No candidate counts as noisier than so many times the average: a very bad score often varies
# widely, and the model must still know that it is bad.
MAX_RATIO = 4.0


def fold_effects(scores: Floats) -> Floats:
    """How much the scores of each fold lie above the mean, shape (n_splits,).

    `scores` has shape (n, n_splits), nan where a fold was not run. The effects are taken from the
    better half of the rows without nan; without any such row they are 0.
    """
    complete = scores[np.isfinite(scores).all(axis=1)]
    if not len(complete):
        return np.zeros(scores.shape[1])
    good = complete[_better_half(complete.mean(axis=1))]
    return np.asarray(good.mean(axis=0) - good.mean())


def noise_of_means(scores: Floats, test_ratio: float | None = None) -> Floats:
    """Variance of each candidate's mean score, as an estimate of its expected score.

    See ``variance_of_mean``; the variance of single folds is pooled over the candidates.

    Parameters
    ----------
    scores : ndarray of shape (n, n_splits)
        nan where a fold was not run; each row has one score at least.
    test_ratio : float or None, default=None
        Test rows for each training row, the mean over the folds; None: as in K-fold
        cross-validation, 1 / (n_splits - 1).

    Returns
    -------
    ndarray of shape (n,)
        In squared score units; 0 if there is only a single fold or a single candidate.
    """
    is_run = np.isfinite(scores)
    n_run = is_run.sum(axis=1)
    rest = scores - fold_effects(scores)
    means = np.nanmean(rest, axis=1)
    with np.errstate(over="ignore"):  # of bad scores; they count with MAX_RATIO
        squares = np.nansum((rest - means[:, None]) ** 2, axis=1)
    # The effects were fitted to the same scores and take their share of the degrees of freedom.
    n_told = (int(is_run.all(axis=1).sum()) + 1) // 2
    degrees = (n_run - 1) * (1.0 - 1.0 / max(n_told, 2))
    good = _better_half(means)
    total = degrees[good].sum()
    if len(good) < 2 or total <= 0:
        return np.zeros(len(scores))
    usual = squares[good].sum() / total
    own = (POOLED_DEGREES * usual + squares) / (POOLED_DEGREES + degrees)
    if test_ratio is None:
        test_ratio = k_fold_ratio(scores.shape[1])
    return variance_of_mean(np.minimum(own, MAX_RATIO * usual), n_run, test_ratio)


def _better_half(means: Floats) -> NDArray[np.intp]:
    """Indices of the better half, at least two: scores of bad settings may vary without limit."""
    return np.argsort(-means, kind="stable")[: max(2, (len(means) + 1) // 2)]
