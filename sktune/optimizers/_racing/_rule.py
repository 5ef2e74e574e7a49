"""``RacingRule``: which candidates wait because they are behind in the one score that counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._models._units import unit_of

Floats = NDArray[np.float64]

# Standard errors by which a candidate must be behind for its other folds to wait. Of 0, 0.5, 1 and
# 1.5, the one that saves most in the end: with less, folds wait that must be run anyway, and
# incumbents come late; with more, folds are run against incumbents that do not last
# (results/racing.md).
Z_PAUSE = 0.5

# Standard errors by which a candidate must be behind in the end for these folds never to be run. Of
# 2, 2.1, 2.2, 2.3 and 2.5 the only one that loses the winner of clearly less than 0.5 % of
# searches.
Z_DROP = 2.5

# Weight of the variance of the incumbent's scores, in squares, beside the squared differences of
# the complete candidates. Of 0, 2, 4, 8 and 16: with 0 more winners are lost for what is saved.
PRIOR_SQUARES = 4

# Least variance of a difference, in squared steps of the scores. From
# 1 / (Z_DROP^2 (1 - 1 / n_splits)) on, a single step never drops a candidate: 0.2 with five folds,
# 0.32 with two. At Z_DROP = 2.1, 0.25 lost twice as many winners as 0.33; 0.5 as many as 0.33.
STEP_VARIANCE = 0.4


class RacingRule:
    r"""Decides which candidates wait, and which of these go on in the end.

    Folds differ in difficulty, for all candidates alike, so a candidate is compared with the
    incumbent, the complete candidate with the best mean, by their differences on the same folds: as
    in F-race [1]_, and unlike the comparison of means in [2]_. Let :math:`\bar d` be the mean
    difference on the :math:`m` folds of :math:`K` that were run, and :math:`\sigma` the standard
    deviation of a fold's difference about the candidate's own mean. The mean over all folds
    deviates from :math:`\bar d` by :math:`\sigma \sqrt{1/m - 1/K}`, because only the remaining
    folds are unknown. While the search suggests candidates, one waits as soon as

    .. math:: \bar d + z_{pause} \, \sigma \sqrt{1/m - 1/K} < 0.

    That is little evidence, but no more is needed: most of the waiting folds are never needed,
    because the final incumbent is better than the present one. In the end the waiting candidates
    are compared with the final incumbent. As long as there are candidates with

    .. math:: \bar d + z_{drop} \, \sigma \sqrt{1/m - 1/K} \geq 0

    the one of them with the largest :math:`\bar d` runs its next fold. Folds that still wait then
    are never run.

    :math:`\sigma^2` is pooled over the complete candidates, with the variance of the incumbent's
    own scores counted as four of the squares: it is the larger one, because folds also differ in
    difficulty, and so adds caution while complete candidates are few. It is at least
    :math:`0.4 \, q^2`, where :math:`q` is the smallest step between the scores of a fold. An
    accuracy counts samples; if the complete candidates agree on almost all of them,
    :math:`\sigma` is close to 0, and one sample would drop a candidate that wins by two others.
    With the floor, being behind by one step on one fold is never enough to be dropped.

    Variants that did not help are listed in ``benchmarks/results/racing.md``.

    Parameters
    ----------
    z_pause, z_drop : float, default=0.5 and 2.5
        Standard errors.

    References
    ----------
    .. [1] Birattari, Stützle, Paquete, Varrentrapp (2002), A Racing Algorithm for Configuring
       Metaheuristics, GECCO.
    .. [2] Bergman, Purucker, Hutter (2024), Don't Waste Your Time: Early Stopping
       Cross-Validation, https://arxiv.org/abs/2405.03389.
    """

    def __init__(self, z_pause: float = Z_PAUSE, z_drop: float = Z_DROP) -> None:
        self.z_pause = z_pause
        self.z_drop = z_drop

    def waits(self, scores: Floats, complete: Floats) -> bool:
        """Whether the other folds of a candidate are not worth running now.

        Parameters
        ----------
        scores : ndarray of shape (n_splits,)
            Scores of the candidate, higher is better, nan where a fold has not been run.
        complete : ndarray of shape (n_complete, n_splits)
            Scores of the candidates whose folds have all been run.

        Returns
        -------
        bool
        """
        if len(complete) == 0 or np.isnan(scores).all():
            return False
        (gap,), (error,) = standings(scores[None], complete)
        return bool(gap + self.z_pause * error < 0)

    def most_promising(self, waiting: Floats, complete: Floats) -> int | None:
        """Which of the waiting candidates should run its next fold, once no others are left.

        Parameters
        ----------
        waiting : ndarray of shape (n_waiting, n_splits)
            Their scores, nan where a fold has not been run.
        complete : ndarray of shape (n_complete, n_splits)
            Scores of the candidates whose folds have all been run, at least one.

        Returns
        -------
        int or None
            Its index, the first of several; None: none of them can win any more.
        """
        gaps, errors = standings(waiting, complete)
        can_win = gaps + self.z_drop * errors >= 0
        return int(np.argmax(np.where(can_win, gaps, -np.inf))) if can_win.any() else None


def standings(
    rows: Floats, complete: Floats, incumbent_place: int | None = None
) -> tuple[Floats, Floats]:
    """Mean difference from the incumbent so far, and its error as the mean over all folds.

    `rows` has the shape (n_candidates, n_splits), nan where a fold has not been run; the results
    have the shape (n_candidates,), in a unit of their own. The incumbent is the complete candidate
    at a place; None: that of the best mean.
    """
    unit = unit_of(complete)
    rows, complete = rows / unit, complete / unit
    if incumbent_place is None:
        incumbent_place = int(np.argmax(complete.mean(axis=1)))
    incumbent = complete[incumbent_place]
    is_run = ~np.isnan(rows)
    n_run = np.maximum(is_run.sum(axis=1), 1)
    gaps = np.where(is_run, rows - incumbent, 0.0).sum(axis=1) / n_run
    # Squares of one bad candidate may overflow; then no difference is significant.
    with np.errstate(over="ignore", invalid="ignore"):
        errors = np.sqrt(_variance(complete, incumbent) * (1 / n_run - 1 / len(incumbent)))
    return gaps, errors


def _variance(complete: Floats, incumbent: Floats) -> float:
    """Variance of a fold's difference from the incumbent, about a candidate's mean difference."""
    n_splits = len(incumbent)
    differences = complete - incumbent
    squares = (differences - differences.mean(axis=1, keepdims=True)) ** 2
    total = float(squares.sum()) + PRIOR_SQUARES * float(incumbent.var(ddof=1))
    pooled = total / ((len(complete) - 1) * (n_splits - 1) + PRIOR_SQUARES)
    return max(pooled, float(np.square(_step(complete, incumbent))) * STEP_VARIANCE)


def _step(complete: Floats, incumbent: Floats) -> float:
    """Smallest difference between two scores of a fold, e.g. of one sample; 0 if all agree."""
    ordered = np.sort(complete, axis=0)
    steps, sizes = np.diff(ordered, axis=0), np.maximum(np.abs(ordered), np.abs(incumbent).max())
    is_real = steps > 1e-12 * np.maximum(sizes[1:], sizes[:-1])  # not rounding
    return float(steps[is_real].min()) if is_real.any() else 0.0
