"""Models of several scores: what is maximised where none of them may be given up for another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._gp import (
    Criterion,
    Feasible,
    HypervolumeImprovement,
    PendingHypervolumeImprovement,
    Posterior,
    front_above,
    is_on_front,
    layers,
)
from ..._records import Candidate
from ...space import SearchSpace
from ._score_model import ScoreModel
from ._subset import MAX_OBSERVATIONS, representative
from ._surrogate import Surrogate, fit_success, points_of

Floats = NDArray[np.float64]

# How far behind the front the reference lies, as a share of the front's range: with less, its ends
# would count for nothing.
BEHIND = 0.1

# Quantile of all candidates behind which it lies as well, so that a short front may grow longer.
# No rule with the worst or the 10 % quantile of all, or the front alone, is ahead of it by more
# than two standard errors on each of three measures (18 public tasks;
# benchmarks/pareto/reference.py).
QUANTILE = 0.25

# Least range of a front, as a share of the standard deviation of all candidates.
LEAST_RANGE = 0.1

# Weight of the sum beside the worst score in the augmented Chebyshev function of ParEGO.
RHO = 0.05


class Told(NamedTuple):
    """What was told of candidates that have all scores.

    Parameters
    ----------
    candidates : sequence of Candidate
        In order of suggestion; at least one.
    means : ndarray of shape (n, n_scores)
        Higher is better.
    rows : ndarray of shape (n_scores, n, n_splits)
        Scores by fold, nan where one was not run.
    failed : sequence of Candidate
        Those that ended without one of the scores.
    """

    candidates: Sequence[Candidate]
    means: Floats
    rows: Floats
    failed: Sequence[Candidate]


class TradeOff:
    """A model for each of one to three scores, and the front of their means.

    The front is that of the posterior means, not of the scores themselves, so that lucky folds
    do not count.

    Parameters
    ----------
    space : SearchSpace
        Where the candidates lie.
    told : Told
        What the models are fitted to.
    thresholds : ndarray of shape (n_scores,)
        Below which a score is not worth knowing; nan: none.
    main : int
        Which of the scores `predict` predicts.
    last : TradeOff or None, default=None
        An earlier one: the fits start from its hyperparameters.
    test_ratio : float or None, default=None
        Test rows for each training row, the mean over the folds; None: as in K-fold
        cross-validation.

    Attributes
    ----------
    front : ndarray of shape (n_front, n_scores)
        What there is to improve on, in the units of the models.
    reference : ndarray of shape (n_scores,)
        The point below which nothing counts, in the same units.
    incumbents : ndarray of shape (n_incumbents, n_dims)
        The candidates on the front.
    """

    def __init__(
        self,
        space: SearchSpace,
        told: Told,
        thresholds: Floats,
        main: int = 0,
        last: TradeOff | None = None,
        test_ratio: float | None = None,
    ) -> None:
        self._space, self._main = space, main
        points = points_of(told.candidates)
        # Of too many, the best half are those of the first layers.
        chosen = representative(-layers(told.means, MAX_OBSERVATIONS // 2).astype(float))
        earlier: Sequence[ScoreModel | None]
        earlier = [None] * len(thresholds) if last is None else last.models
        self.models: list[ScoreModel] = [
            ScoreModel(space, points, mean, rows, chosen, model, test_ratio=test_ratio)
            for mean, rows, model in zip(told.means.T, told.rows, earlier, strict=True)
        ]
        means = np.column_stack([model.means for model in self.models])
        is_front = is_on_front(means)
        self.incumbents = points[chosen][is_front]
        self.reference = reference_point(means, means[is_front])
        for k, threshold in enumerate(thresholds):
            if not np.isnan(threshold):
                # Beyond all that was found, only ignorance would be worth anything: first come
                # nearer to it.
                least = self.models[k].drawn_in(threshold)
                self.reference[k] = min(least, means[:, k].max())
        self.front = front_above(means, self.reference)
        success = None if last is None else last.success
        self.success: Posterior | None = fit_success(space, points[chosen], told.failed, success)

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation of the main score at points, shape (n, n_dims)."""
        return self.models[self._main].predict(points)

    def improvement(self, pending: Iterable[Candidate], rng: np.random.Generator) -> Criterion:
        """What the next suggestion maximises, knowing of those that still run."""
        points, settled = points_of(pending), [model.settled for model in self.models]
        improvement: Criterion = HypervolumeImprovement(settled, self.front, self.reference)
        if len(points):
            X = self._space.encode(points)
            improvement = PendingHypervolumeImprovement(settled, X, self.front, self.reference, rng)
        return improvement if self.success is None else Feasible(improvement, self.success)

    def improvement_by_luck(
        self, expected: float, pending: Iterable[Candidate], rng: np.random.Generator
    ) -> Criterion | None:
        """None: somewhere along a front there is always something to gain."""
        return None


def reference_point(means: Floats, front: Floats) -> Floats:
    """A tenth of the front's range behind the front and the lower quarter of all, (n_scores,).

    `means`, shape (n, n_scores), are those of all candidates, `front` those of them on the front.
    """
    worst = front.min(axis=0) if len(front) > 1 else means.min(axis=0)
    span = np.maximum(front.max(axis=0) - worst, LEAST_RANGE * means.std(axis=0))
    # Scores that are all the same have no range: any will do.
    span = np.where(span > 0, span, np.maximum(np.abs(worst), 1.0) * 1e-6)
    return np.minimum(worst, np.quantile(means, QUANTILE, axis=0)) - BEHIND * span


class Scalarised:
    """A model of one weighted score at a time, with weights drawn anew: ParEGO [1]_.

    For more scores than the boxes of ``TradeOff`` are made for.

    Parameters
    ----------
    space, told, thresholds, main, test_ratio : object
        As those of ``TradeOff``.

    Attributes
    ----------
    incumbents : ndarray of shape (n_incumbents, n_dims)
        The candidates on the front of their scores.

    References
    ----------
    .. [1] Knowles, "ParEGO: A Hybrid Algorithm with On-Line Landscape Approximation for Expensive
       Multiobjective Optimization Problems", IEEE Transactions on Evolutionary Computation 10,
       2006. https://doi.org/10.1109/TEVC.2005.851274
    """

    def __init__(
        self,
        space: SearchSpace,
        told: Told,
        thresholds: Floats,
        main: int = 0,
        test_ratio: float | None = None,
    ) -> None:
        self._space, self._told, self._main = space, told, main
        self._test_ratio = test_ratio
        self.incumbents = points_of(told.candidates)[is_on_front(told.means)]
        best, worst = told.means.max(axis=0), told.means.min(axis=0)
        worst = np.where(np.isnan(thresholds), worst, np.minimum(thresholds, best))
        self._best, span = best, best - worst
        self._span = np.where(span > 0, span, np.maximum(np.abs(best), 1.0))

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation of the main score at points, shape (n, n_dims)."""
        return self._main_model.predict(points)

    def improvement(self, pending: Iterable[Candidate], rng: np.random.Generator) -> Criterion:
        """What the next suggestion maximises, knowing of those that still run."""
        weights = rng.dirichlet(np.ones(len(self._best)))
        rows = self._weighted(np.moveaxis(self._told.rows, 0, -1), weights)
        surrogate = Surrogate(
            self._space,
            self._told.candidates,
            self._weighted(self._told.means, weights),
            rows,
            self._told.failed,
            test_ratio=self._test_ratio,
        )
        return surrogate.improvement(pending, rng)

    def improvement_by_luck(
        self, expected: float, pending: Iterable[Candidate], rng: np.random.Generator
    ) -> Criterion | None:
        """None: each suggestion has weights of its own."""
        return None

    @cached_property
    def _main_model(self) -> ScoreModel:
        told, k = self._told, self._main
        return ScoreModel(
            self._space,
            points_of(told.candidates),
            told.means[:, k],
            told.rows[k],
            representative(told.means[:, k]),
            test_ratio=self._test_ratio,
        )

    def _weighted(self, scores: Floats, weights: Floats) -> Floats:
        """The augmented Chebyshev function of scores, shape (..., n_scores): 0 the best of all."""
        losses = weights * (self._best - scores) / self._span
        return np.asarray(-(losses.max(axis=-1) + RHO * losses.sum(axis=-1)))
