"""Rules of a race in which several scores are traded for each other."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from ..._gp import boxes_above, front_above, hypervolume, is_on_front, sides_of
from ..._gp import log_expected_hypervolume_improvement as log_improvement
from .._models._units import unit_of
from ._rule import Z_DROP, Z_PAUSE, standings

Floats = NDArray[np.float64]

# What a candidate is expected to add to the front, in shares of its hypervolume, below which its
# other folds wait, and below which they are never run; and how far behind the worst the hypervolume
# begins, in shares of the range. Of 4 pairs of the first two and 0.1, 0.3 and 1 for the last, those
# that save enough and hardly lose an end of the front (results/pareto.md).
PAUSE, DROP = 0.02, 0.005
BEHIND = 0.3

# Least error of a mean score, in shares of the range, and least range, in shares of the scores:
# where the folds, or the candidates, do not differ at all.
LEAST = 1e-9


class _SeveralScoresRule(ABC):
    """What rules of several scores share; each says what is hopeless, and what to run on."""

    def waits(self, scores: Floats, complete: Floats) -> bool:
        """Whether the other folds of a candidate are not worth running now.

        Parameters
        ----------
        scores : ndarray of shape (n_scores, n_splits)
            Of the candidate, higher is better, nan where a fold has not been run.
        complete : ndarray of shape (n_complete, n_scores, n_splits)
            Of the candidates whose folds have all been run.

        Returns
        -------
        bool
        """
        if len(complete) == 0 or np.isnan(scores).all(axis=1).any():
            return False
        return self._is_hopeless(scores, complete)

    @abstractmethod
    def _is_hopeless(self, scores: Floats, complete: Floats) -> bool:
        """The same, where something is complete and each score has been seen."""

    @abstractmethod
    def most_promising(self, waiting: Floats, complete: Floats) -> int | None:
        """Which of the candidates that wait should run its next fold, once no others are left.

        Parameters
        ----------
        waiting : ndarray of shape (n_waiting, n_scores, n_splits)
            Their scores, nan where a fold has not been run.
        complete : ndarray of shape (n_complete, n_scores, n_splits)
            Of the candidates whose folds have all been run, at least one.

        Returns
        -------
        int or None
            Its place, the first of several; None: none of them has a chance.
        """


class HypervolumeRule(_SeveralScoresRule):
    r"""Decides by two or three scores: candidates wait that hardly add to the front.

    Each mean score of a candidate is estimated from its folds so far by the comparison of
    ``RacingRule`` with the best complete candidate of that score: that one's mean plus
    :math:`\bar d_k`, with the error :math:`\sigma_k \sqrt{1/m - 1/K}`. From these follows by how
    much it is expected to enlarge the hypervolume of the front, which is that of the mean scores of
    the complete candidates. While the search suggests candidates, one waits as soon as that is
    less than a share of the hypervolume. In the end the waiting one that is expected to add most
    runs its next fold, until none is left that adds a smaller share.

    The hypervolume begins three tenths of the range behind the worst of the front and the candidate
    itself. So what makes the front longer counts as well: by a fiftieth of its range, it is not
    dropped.

    To ask that one member of the front is ahead in every score, as ``DominanceRule`` does, saves a
    third of that: what a search suggests lies close to the front, seldom clearly behind one member
    of it.

    Parameters
    ----------
    pause, drop : float, default=0.02 and 0.005
        Shares of the front's hypervolume.
    """

    def __init__(self, pause: float = PAUSE, drop: float = DROP) -> None:
        self.pause = pause
        self.drop = drop

    def _is_hopeless(self, scores: Floats, complete: Floats) -> bool:
        return bool(_shares_added(scores[None], complete)[0] < self.pause)

    def most_promising(self, waiting: Floats, complete: Floats) -> int | None:
        shares = _shares_added(waiting, complete)
        return int(np.argmax(shares)) if shares.max() >= self.drop else None


def _shares_added(rows: Floats, complete: Floats) -> Floats:
    """What candidates are expected to add to the hypervolume, in shares of it, (n_candidates,)."""
    n_scores = complete.shape[1]
    units = np.array([unit_of(complete[:, k]) for k in range(n_scores)])
    means = complete.mean(axis=2) / units
    found = [standings(rows[:, k], complete[:, k]) for k in range(n_scores)]
    gaps, errors = (np.column_stack(part) for part in zip(*found, strict=True))
    front = means[is_on_front(means)]
    pairs = zip(means.max(axis=0) + gaps, errors, strict=True)
    return np.array([_share_added(mean, error, front) for mean, error in pairs])


def _share_added(mean: Floats, error: Floats, front: Floats) -> float:
    """The same of one candidate, from its means and their errors, each of shape (n_scores,)."""
    both = np.vstack([front, mean])
    worst, span = both.min(axis=0), np.ptp(both, axis=0)
    # Less than rounding is no range, and any will do.
    span = np.maximum(span, LEAST * np.abs(worst))
    span = np.where(span > 0, span, 1.0)
    reference = worst - BEHIND * span
    std = np.maximum(error, LEAST * span)
    sides = sides_of(boxes_above(front_above(front, reference), reference))
    added = log_improvement(mean[None], std[None], sides).value[0]
    return float(np.exp(added) / hypervolume(front, reference))


class DominanceRule(_SeveralScoresRule):
    r"""Says the same for four scores and more: who is behind a member of the front in all of them.

    The front is that of the mean scores of the complete candidates. A candidate waits as soon as
    one member of it is ahead in every score, by the comparison of ``RacingRule`` with that member
    for the incumbent:

    .. math:: \bar d_k + z \, \sigma_k \sqrt{1/m - 1/K} \leq 0 \text{ for all scores } k,

    with less than 0 for one at least, for scores such as a number of features may be equal. In the
    end the one runs on of which the member nearest to beating it is furthest behind it in some
    score, in standard deviations of the complete candidates' means.

    Parameters
    ----------
    z_pause, z_drop : float, default=0.5 and 2.5
        Standard errors, as of ``RacingRule``.
    """

    def __init__(self, z_pause: float = Z_PAUSE, z_drop: float = Z_DROP) -> None:
        self.z_pause = z_pause
        self.z_drop = z_drop

    def _is_hopeless(self, scores: Floats, complete: Floats) -> bool:
        gaps, errors = _standings_of_front(scores[None], complete)
        return bool(_is_beaten(gaps + self.z_pause * errors)[0])

    def most_promising(self, waiting: Floats, complete: Floats) -> int | None:
        gaps, errors = _standings_of_front(waiting, complete)
        can_win = ~_is_beaten(gaps + self.z_drop * errors)
        sizes = np.array([unit_of(complete[:, k]) for k in range(complete.shape[1])])
        spreads = (complete / sizes[:, None]).mean(axis=2).std(axis=0)
        leads = (gaps / np.where(spreads > 0, spreads, 1.0)).max(axis=2).min(axis=0)
        return int(np.argmax(np.where(can_win, leads, -np.inf))) if can_win.any() else None


def _standings_of_front(rows: Floats, complete: Floats) -> tuple[Floats, Floats]:
    """Standings against each member of the front, shape (n_front, n_candidates, n_scores)."""
    front = np.flatnonzero(is_on_front(complete.mean(axis=2)))
    found = [
        [standings(rows[:, k], complete[:, k], int(member)) for k in range(complete.shape[1])]
        for member in front
    ]
    gaps, errors = np.moveaxis(np.array(found), 2, 0)
    return np.swapaxes(gaps, 1, 2), np.swapaxes(errors, 1, 2)


def _is_beaten(leads: Floats) -> NDArray[np.bool_]:
    """Which candidates some member leads: of `leads`, (n_front, n_candidates, n_scores)."""
    is_led = (leads <= 0).all(axis=2) & (leads < 0).any(axis=2)
    return np.asarray(is_led.any(axis=0))
