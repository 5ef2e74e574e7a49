"""``Surrogate``: prepares scores for the models, and fits them."""

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
    Posterior,
    Priors,
    Trend,
)
from ..._records import Candidate
from ...space import SearchSpace
from ._folds import noise_of_means
from ._lower_tail import LowerTail
from ._subset import MAX_OBSERVATIONS, representative
from ._units import in_unit, unit_of

Floats = NDArray[np.float64]

# The model's own scales are fitted again when there are so many times as many scores as they were
# fitted to: they change slowly, and cost twice as much as the rest. Refitting after every score
# gives a mean regret of 0.049 after 50 candidates, refitting at 10 % growth 0.051 (25 public
# tuning tasks, 12 seeds).
NEW_SCALES = 1.1

# Best candidates around which the acquisition is searched.
N_INCUMBENTS = 5


class Surrogate:
    """Models of all that was told: of the scores, and of failures.

    Parameters
    ----------
    space : SearchSpace
        Where the candidates lie.
    candidates : sequence of Candidate
        Candidates with a score, in order of suggestion; at least one.
    scores : ndarray of shape (n_candidates,)
        Their mean scores, higher is better.
    split_scores : ndarray of shape (n_candidates, n_splits)
        The scores of each fold, nan where it was not run.
    failed : sequence of Candidate
        Candidates that ended without a score.
    last : Surrogate or None, default=None
        An earlier surrogate: the fit starts from its hyperparameters.
    trend : Trend or None, default=None
        Prior mean of the scores, from earlier searches.
    test_ratio : float or None, default=None
        Test rows for each training row, the mean over the folds; None: as in K-fold
        cross-validation.

    Attributes
    ----------
    scores : Posterior
        Model of the scores, with bad ones drawn in (see ``LowerTail``).
    success : Posterior or None
        Model of the labels 1 (complete) and 0 (failed); None if nothing failed.
    n_scaled : int
        Number of scores that the model's own scales were fitted to.
    unit : float
        Unit of the model `scores`, in score units.
    best : float
        Highest mean of the model at an observed candidate, in its unit.
    incumbents : ndarray of shape (n_incumbents, n_dims)
        Points of the candidates with the highest means, best first.
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
        start, self.n_scaled = None, len(scores)
        if last is not None:
            start = last.scores.theta
            if len(scores) < NEW_SCALES * last.n_scaled:
                self.n_scaled = last.n_scaled
        noise = noise_of_means(split_scores, test_ratio)[chosen]
        self._tail = LowerTail(scores[chosen])
        self.scores: Posterior = GaussianProcess(space.feature_groups, trend=trend).fit(
            X,
            self._tail.draw_in(scores[chosen]),
            start,
            noise,
            keep_scales=self.n_scaled < len(scores),
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
        """The criterion that the next suggestion maximises, given the pending candidates."""
        points = points_of(pending)
        improvement: Criterion = ExpectedImprovement(self._settled, self.best)
        if len(points):
            X = self._space.encode(points)
            improvement = PendingImprovement(self._settled, X, self.best, rng)
        return improvement if self.success is None else Feasible(improvement, self.success)

    def _fit_success(
        self, X: Floats, failed: Sequence[Candidate], last: Surrogate | None
    ) -> Posterior | None:
        if not failed:
            return None
        groups = self._space.feature_groups
        labels = np.repeat([1.0, 0.0], [len(X), len(failed)])
        X = np.vstack([X, self._space.encode(points_of(failed))])
        start = last.success.theta if last and last.success else None
        return GaussianProcess(groups, Priors.of_labels(len(groups))).fit(X, labels, start)


def points_of(candidates: Iterable[Candidate]) -> Floats:
    """Points of candidates, shape (n, n_dims)."""
    return np.array([candidate.point for candidate in candidates])
