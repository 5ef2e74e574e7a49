"""Racing: which candidates lose their remaining folds because they can no longer win."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .._gp import is_on_front
from .._records import Candidate, Observation
from ._models._units import unit_of
from ._objective import Objective

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
        (gap,), (error,) = _standings(scores[None], complete)
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
        gaps, errors = _standings(waiting, complete)
        can_win = gaps + self.z_drop * errors >= 0
        return int(np.argmax(np.where(can_win, gaps, -np.inf))) if can_win.any() else None


class ParetoRule:
    r"""Says the same for several scores: who is behind one member of the front in all of them.

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
        gaps, errors = _standings_of_front(scores[None], complete)
        return bool(_is_beaten(gaps + self.z_pause * errors)[0])

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
            Its place, the first of several; None: none of them can be on the front any more.
        """
        gaps, errors = _standings_of_front(waiting, complete)
        can_win = ~_is_beaten(gaps + self.z_drop * errors)
        sizes = np.array([unit_of(complete[:, k]) for k in range(complete.shape[1])])
        spreads = (complete / sizes[:, None]).mean(axis=2).std(axis=0)
        leads = (gaps / np.where(spreads > 0, spreads, 1.0)).max(axis=2).min(axis=0)
        return int(np.argmax(np.where(can_win, leads, -np.inf))) if can_win.any() else None


def _standings_of_front(rows: Floats, complete: Floats) -> tuple[Floats, Floats]:
    """Standings against each member of the front, shape (n_front, n_candidates, n_scores)."""
    front = np.flatnonzero(is_on_front(complete.mean(axis=2)))
    standings = [
        [_standings(rows[:, k], complete[:, k], int(member)) for k in range(complete.shape[1])]
        for member in front
    ]
    gaps, errors = np.moveaxis(np.array(standings), 2, 0)
    return np.swapaxes(gaps, 1, 2), np.swapaxes(errors, 1, 2)


def _is_beaten(leads: Floats) -> NDArray[np.bool_]:
    """Which candidates some member leads: of `leads`, (n_front, n_candidates, n_scores)."""
    is_led = (leads <= 0).all(axis=2) & (leads < 0).any(axis=2)
    return np.asarray(is_led.any(axis=0))


def _standings(
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


class Race:
    """Applies a rule after each fold of a candidate, against the complete candidates.

    Candidates with a resource race those with as much of it: less training is no worse setting.

    Parameters
    ----------
    objectives : Objective or sequence of Objective
        The score that decides, by ``RacingRule``, or several, by ``ParetoRule``.
    drop_failed : bool
        Whether a candidate that failed on a fold cannot win any more.
    may_end_early : bool, default=False
        Whether the search may end before waiting candidates go on, for example because its time is
        up. Then only those wait that would be dropped in the end as well.
    only_top : bool, default=False
        Whether only candidates with the largest resource can win, so that in the end no others
        go on.
    """

    def __init__(
        self,
        objectives: Objective | Sequence[Objective],
        *,
        drop_failed: bool,
        may_end_early: bool = False,
        only_top: bool = False,
    ) -> None:
        self._objectives = (objectives,) if isinstance(objectives, Objective) else tuple(objectives)
        self._only_top = only_top
        self._drop_failed = drop_failed
        rule = RacingRule if len(self._objectives) == 1 else ParetoRule
        self._rule = rule(z_pause=Z_DROP if may_end_early else Z_PAUSE)
        # By resource, shape (n_complete, n_splits), or (n_complete, n_scores, n_splits).
        self._complete: dict[int | None, Floats] = {}
        self._rows: dict[int, Floats] = {}  # by candidate; without those that cannot win

    def __call__(self, observation: Observation) -> bool:
        """Whether the other folds of a candidate should wait."""
        candidate_id, resource = observation.candidate.id, observation.candidate.resource
        complete = self._complete.get(resource)
        if observation.status == "failed":
            if self._drop_failed:
                self._rows.pop(candidate_id, None)
            return self._drop_failed
        scores = self._rows[candidate_id] = self._scores(observation)
        if observation.status != "complete":
            return complete is not None and self._rule.waits(scores, complete)
        if np.isfinite(scores).all():
            known = [] if complete is None else [complete]
            self._complete[resource] = np.concatenate([*known, scores[None]])
        return False

    def most_promising(self, waiting: Sequence[Candidate]) -> Candidate | None:
        """Which of the waiting candidates should go on; None: none of them can win.

        Those with the largest resource come first.
        """
        able = [candidate for candidate in waiting if candidate.id in self._rows]
        if self._only_top:
            top = max(self._complete, key=lambda resource: resource or 0, default=None)
            able = [candidate for candidate in able if candidate.resource == top]
        for resource in sorted({c.resource for c in able}, key=lambda r: -1 if r is None else -r):
            complete = self._complete.get(resource)
            if complete is None:
                continue
            alike = [candidate for candidate in able if candidate.resource == resource]
            rows = np.array([self._rows[candidate.id] for candidate in alike])
            place = self._rule.most_promising(rows, complete)
            if place is not None:
                return alike[place]
        return None

    def _scores(self, observation: Observation) -> Floats:
        """Scores by split, shape (n_splits,), or (n_scores, n_splits) of several scores."""
        rows = [objective.split_scores(observation) for objective in self._objectives]
        return rows[0] if len(rows) == 1 else np.array(rows)
