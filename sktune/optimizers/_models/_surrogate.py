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
from ._score_model import ScoreModel
from ._subset import MAX_OBSERVATIONS, representative
from ._units import in_unit, unit_of

Floats = NDArray[np.float64]

# Best candidates around which the acquisition is searched.
N_INCUMBENTS = 5

# Expected improvement, in standard deviations of the folds' noise, below which the expected score
# is known as well as it can be. With 0.01, 0.03, 0.05 and 0.1 the mean regret after 50 settings was
# 0.085, 0.070, 0.076 and 0.081 on the tuning half of benchmarks/real, 0.099 without (2 seeds).
NEGLIGIBLE = 0.03


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
        chosen = representative(in_unit(scores, unit_of(split_scores)))
        points = points_of(candidates)
        self._model: ScoreModel = ScoreModel(
            space,
            points,
            scores,
            split_scores,
            chosen,
            None if last is None else last._model,
            trend,
            test_ratio,
        )
        self.scores, self.unit = self._model.posterior, self._model.unit
        self.n_scaled = self._model.n_scaled
        points, means = points[chosen], self._model.means
        self.best = float(means.max())
        self.incumbents = points[np.argsort(-means, kind="stable")[:N_INCUMBENTS]]
        success = None if last is None else last.success
        self.success: Posterior | None = fit_success(space, points, failed, success)

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation at points, shape (n, n_dims), in score units, no noise."""
        return self._model.predict(points)

    def improvement(self, pending: Iterable[Candidate], rng: np.random.Generator) -> Criterion:
        """The improvement of the expected score that a suggestion promises, as a logarithm."""
        return self._improvement(self._model.settled, self.best, pending, rng)

    def improvement_by_luck(
        self, expected: float, pending: Iterable[Candidate], rng: np.random.Generator
    ) -> Criterion | None:
        """The same of the score that the folds would show, noise included.

        None as long as the `expected` improvement, a logarithm, is something beside that noise.
        """
        if expected >= np.log(NEGLIGIBLE * self.scores.repeating_noise):
            return None
        observed = self.scores.with_noise()
        best = float(observed.predict(observed.observed.X).max())
        return self._improvement(observed, best, pending, rng)

    def _improvement(
        self,
        scores: Posterior,
        best: float,
        pending: Iterable[Candidate],
        rng: np.random.Generator,
    ) -> Criterion:
        points = points_of(pending)
        improvement: Criterion = ExpectedImprovement(scores, best)
        if len(points):
            improvement = PendingImprovement(scores, self._space.encode(points), best, rng)
        return improvement if self.success is None else Feasible(improvement, self.success)


def fit_success(
    space: SearchSpace, points: Floats, failed: Sequence[Candidate], last: Posterior | None
) -> Posterior | None:
    """A model of the labels 1, of points with a score, and 0, of the latest that failed.

    `points` have shape (n, n_dims); None where nothing failed.
    """
    failed = failed[-MAX_OBSERVATIONS:]
    if not failed:
        return None
    groups = space.feature_groups
    labels = np.repeat([1.0, 0.0], [len(points), len(failed)])
    X = space.encode(np.vstack([points, points_of(failed)]))
    start = None if last is None else last.theta
    return GaussianProcess(groups, Priors.of_labels(len(groups))).fit(X, labels, start)


def points_of(candidates: Iterable[Candidate]) -> Floats:
    """Points of candidates, shape (n, n_dims)."""
    return np.array([candidate.point for candidate in candidates])
