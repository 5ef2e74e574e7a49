"""Racing: which candidates lose their remaining folds because they can no longer win."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .._records import Observation

Floats = NDArray[np.float64]

# Standard errors by which a candidate must be behind. Of 2.2, 2.4, 2.5 and 2.6 the least that loses
# the winner of less than 0.5 % of searches, interval included (benchmarks/results/racing.md).
Z = 2.5

# With less complete candidates nothing tells how much differences of folds vary.
MIN_COMPLETE = 4

# Least variance of a difference, in squared steps of the scores. From 1 / (Z^2 (1 - 1 / n_splits))
# on, 0.32 with two folds, no single step decides. 0.2 lost more winners, 1 saved less.
STEP_VARIANCE = 1 / 3


class RacingRule:
    r"""Drops a candidate that would need too much luck on the folds that remain.

    Folds differ in difficulty, for all candidates alike, so a candidate is compared with the
    incumbent, the complete one of the best mean, by their differences on the same folds: as
    in F-race [1]_, and unlike the comparison of means in [2]_. Let :math:`\bar d` be the mean
    difference on the :math:`m` folds of :math:`K` that were run, and :math:`\sigma` the standard
    deviation of a fold's difference about the candidate's own mean. The mean over all folds
    deviates from :math:`\bar d` by :math:`\sigma \sqrt{1/m - 1/K}`, for nothing but the remaining
    folds is left to chance. The candidate is dropped if

    .. math:: \bar d + z \, \sigma \sqrt{1/m - 1/K} < 0.

    :math:`\sigma^2` is pooled over the complete candidates. While they are few, it is the
    variance of the incumbent's own scores: larger, for folds then differ in difficulty, too.
    It is at least :math:`q^2 / 3`, where :math:`q` is the smallest step between the scores of a
    fold. An accuracy counts samples; where the complete candidates agree on almost all of them,
    :math:`\sigma` is next to 0, and one sample would drop a candidate that wins by two others.
    With the floor, being behind by one step on one fold is never enough.

    Tried without gain (no better, or more winners lost for the same savings): to weight the
    variances towards candidates about as far from the incumbent as this one; Student's quantiles;
    to shrink the variance to that of single scores; the mean of all complete candidates as the
    folds' difficulty; covariances between folds; a z that grows with the share of the budget used,
    for a candidate has to beat those to come as well (1 % more saved). Kriging of that difficulty
    over the space, with the floor, saves less than 1 % more: not worth a second model.

    Parameters
    ----------
    z : float, default=2.5
        Standard errors, above 0.

    References
    ----------
    .. [1] Birattari, Stützle, Paquete, Varrentrapp (2002), A Racing Algorithm for Configuring
       Metaheuristics, GECCO.
    .. [2] Bergman, Purucker, Hutter (2024), Don't Waste Your Time: Early Stopping
       Cross-Validation, https://arxiv.org/abs/2405.03389.
    """

    def __init__(self, z: float = Z) -> None:
        self.z = z

    def is_dropped(self, scores: Floats, complete: Floats) -> bool:
        """Whether a candidate can no longer matter.

        Parameters
        ----------
        scores : ndarray of shape (n_splits,)
            Of the candidate, higher is better, nan where a fold has not been run.
        complete : ndarray of shape (n_complete, n_splits)
            Of the candidates whose folds have all been run.

        Returns
        -------
        bool
        """
        is_run = ~np.isnan(scores)
        n_run, n_splits = int(is_run.sum()), len(scores)
        if len(complete) == 0 or not 0 < n_run < n_splits:
            return False
        incumbent = complete[np.argmax(complete.mean(axis=1))]
        mean = (scores - incumbent)[is_run].mean()
        error = np.sqrt(_variance(complete, incumbent) * (1 / n_run - 1 / n_splits))
        return bool(mean + self.z * error < 0)


def _variance(complete: Floats, incumbent: Floats) -> float:
    """Variance of a fold's difference from the incumbent, about a candidate's mean difference."""
    least = _step(complete) ** 2 * STEP_VARIANCE
    if len(complete) < MIN_COMPLETE:
        return max(float(incumbent.var(ddof=1)), least)
    differences = complete - incumbent
    squares = (differences - differences.mean(axis=1, keepdims=True)) ** 2
    return max(float(squares.sum()) / ((len(complete) - 1) * (len(incumbent) - 1)), least)


def _step(complete: Floats) -> float:
    """Smallest difference between two scores of a fold, of one sample, say; 0 if all agree."""
    steps = np.diff(np.sort(complete, axis=0), axis=0)
    is_real = steps > 1e-12 * np.abs(complete).max()  # not of rounding
    return float(steps[is_real].min()) if is_real.any() else 0.0


class Race:
    """Asks the rule after each fold of a candidate, with the complete ones at hand.

    Parameters
    ----------
    split_scores : callable
        ``split_scores(observation) -> ndarray of shape (n_splits,)``: the metric that decides.
    drop_failed : bool
        Whether a candidate that failed on a fold cannot win any more.
    """

    def __init__(self, split_scores: Callable[[Observation], Floats], *, drop_failed: bool) -> None:
        self._split_scores = split_scores
        self._drop_failed = drop_failed
        self._rule = RacingRule()
        self._complete: Floats | None = None  # shape (n_complete, n_splits)

    def __call__(self, observation: Observation) -> bool:
        """Whether the other folds of a candidate should not be run."""
        if observation.status == "failed":
            return self._drop_failed
        scores = self._split_scores(observation)
        if observation.status != "complete":
            return self._complete is not None and self._rule.is_dropped(scores, self._complete)
        if np.isfinite(scores).all():
            rows = scores[None] if self._complete is None else np.vstack([self._complete, scores])
            self._complete = rows
        return False
