"""``Surrogate``: what the model is told, and the models that come of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..._gp import (
    Criterion,
    ExpectedImprovement,
    Feasible,
    GaussianProcess,
    PendingImprovement,
    Priors,
    Trend,
)
from ..._records import Candidate
from ..._scores import in_unit, unit_of
from ...space import SearchSpace
from ._folds import noise_of_means
from ._lower_tail import LowerTail
from ._subset import MAX_OBSERVATIONS, representative

Floats = NDArray[np.float64]

# The model's own scales are fitted anew when there are so many times the scores that they were
# fitted to: they change slowly, and cost twice as much as the rest. Refitting after every score
# gives a mean regret of 0.049 after 50 candidates, refitting at 10 % growth 0.051 (25 public
# tuning tasks, 12 seeds).
NEW_SCALES = 1.1

# Best candidates around which the acquisition is searched.
N_INCUMBENTS = 5


class Surrogate:
    """Models of all that was told: of the scores, and of where fits fail.

    Parameters
    ----------
    space : SearchSpace
        Where the candidates lie.
    candidates : sequence of Candidate
        Those with a score, in order of suggestion; at least one.
    scores : ndarray of shape (n_candidates,)
        Their mean scores, higher is better.
    split_scores : ndarray of shape (n_candidates, n_splits)
        The scores of each fold, nan where it was not run.
    failed : sequence of Candidate
        Those that ended without a score.
    last : Surrogate or None, default=None
        An earlier one: the fit starts from its hyperparameters.
    trend : Trend or None, default=None
        What earlier searches let expect of the scores.
    test_ratio : float or None, default=None
        Test rows for each training row, the mean over the folds; None: as in K-fold
        cross-validation.

    Attributes
    ----------
    scores : GaussianProcess
        Of the scores, bad ones drawn in (see ``LowerTail``).
    success : GaussianProcess or None
        Of the labels 1 (complete) and 0 (failed); None where nothing failed.
    unit : float
        What a 1 of the model `scores` is in score units.
    best : float
        Highest mean of the model at an observed candidate, in its unit.
    incumbents : ndarray of shape (n_incumbents, n_dims)
        The points that the model thinks best.
    """

    def __init__(
        self,
        space: SearchSpace,
        candidates: Sequence[Candidate],
        scores: Floats,
        split_scores: Floats,
        failed: Sequence[Candidate],
        last: Surrogate | None = None,
        trend: Trend | None = None,
        test_ratio: float | None = None,
    ) -> None:
        self._space = space
        self.unit = unit_of(split_scores)
        scores, split_scores = in_unit(scores, self.unit), in_unit(split_scores, self.unit)
        chosen = representative(scores)
        points = points_of(candidates)[chosen]
        X = space.encode(points)
        start, self._n_scaled = None, len(scores)
        if last is not None:
            start = last.scores.theta_
            if len(scores) < NEW_SCALES * last._n_scaled:
                self._n_scaled = last._n_scaled
        noise = noise_of_means(split_scores, test_ratio)[chosen]
        self._tail = LowerTail(scores[chosen])
        self.scores: GaussianProcess = GaussianProcess(space.feature_groups, trend=trend).fit(
            X,
            self._tail.draw_in(scores[chosen]),
            start,
            noise,
            keep_scales=self._n_scaled < len(scores),
        )
        self._settled = self.scores.interpolating()
        mean = self.scores.predict(X)
        self.best = float(mean.max())
        self.incumbents = points[np.argsort(-mean, kind="stable")[:N_INCUMBENTS]]
        self.success = self._fit_success(X, failed[-MAX_OBSERVATIONS:], last)

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation at points, shape (n, n_dims), in score units, no noise."""
        mean, std = self.scores.predict(self._space.encode(points), return_std=True)
        mean, std = self._tail.put_back(mean, std)
        return mean * self.unit, std * self.unit

    def improvement(self, pending: Iterable[Candidate], rng: np.random.Generator) -> Criterion:
        """What the next suggestion maximises, knowing of those that still run."""
        points = points_of(pending)
        improvement: Criterion = ExpectedImprovement(self._settled, self.best)
        if len(points):
            X = self._space.encode(points)
            improvement = PendingImprovement(self._settled, X, self.best, rng)
        return improvement if self.success is None else Feasible(improvement, self.success)

    def _fit_success(
        self, X: Floats, failed: Sequence[Candidate], last: Surrogate | None
    ) -> GaussianProcess | None:
        if not failed:
            return None
        groups = self._space.feature_groups
        labels = np.repeat([1.0, 0.0], [len(X), len(failed)])
        X = np.vstack([X, self._space.encode(points_of(failed))])
        start = last.success.theta_ if last and last.success else None
        return GaussianProcess(groups, Priors.of_labels(len(groups))).fit(X, labels, start)


def points_of(candidates: Iterable[Candidate]) -> Floats:
    """Points of candidates, shape (n, n_dims)."""
    return np.array([candidate.point for candidate in candidates])
