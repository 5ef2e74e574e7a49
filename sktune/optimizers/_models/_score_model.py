"""``ScoreModel``: a Gaussian process of one score, as the folds gave it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..._gp import GaussianProcess, Posterior, Trend
from ...space import SearchSpace
from ._folds import noise_of_means
from ._lower_tail import LowerTail
from ._units import in_unit, unit_of

Floats = NDArray[np.float64]

# The model's own scales are fitted anew when there are so many times the scores that they were
# fitted to: they change slowly, and cost twice as much as the rest. Refitting after every score
# gives a mean regret of 0.049 after 50 candidates, refitting at 10 % growth 0.051 (25 public
# tuning tasks, 12 seeds).
NEW_SCALES = 1.1


class ScoreModel:
    """A model of one score: noisy folds known as such, bad scores drawn in.

    Parameters
    ----------
    space : SearchSpace
        Where the candidates lie.
    points : ndarray of shape (n, n_dims)
        Candidates with a score, in order of suggestion; at least one.
    scores : ndarray of shape (n,)
        Their mean scores, higher is better.
    split_scores : ndarray of shape (n, n_splits)
        The scores of each fold, nan where it was not run.
    chosen : ndarray of int, default=None
        Which of them the model is fitted to; None: all.
    last : ScoreModel or None, default=None
        An earlier one: the fit starts from its hyperparameters.
    trend : Trend or None, default=None
        Prior mean of the scores, from earlier searches.
    test_ratio : float or None, default=None
        Test rows for each training row, the mean over the folds; None: as in K-fold
        cross-validation.

    Attributes
    ----------
    posterior : Posterior
        Of the scores, bad ones drawn in (see ``LowerTail``).
    settled : Posterior
        The same, its mean taken for the truth at what was observed.
    n_scaled : int
        Scores that the model's own scales were fitted to.
    unit : float
        What a 1 of the posterior is in score units.
    means : ndarray of shape (n_chosen,)
        Of the posterior at what it was fitted to, in its unit.
    """

    def __init__(
        self,
        space: SearchSpace,
        points: Floats,
        scores: Floats,
        split_scores: Floats,
        chosen: NDArray[np.intp] | None = None,
        last: ScoreModel | None = None,
        trend: Trend | None = None,
        test_ratio: float | None = None,
    ) -> None:
        self._space = space
        self.unit = unit_of(split_scores)
        scores, split_scores = in_unit(scores, self.unit), in_unit(split_scores, self.unit)
        if chosen is None:
            chosen = np.arange(len(scores))
        start, self.n_scaled = None, len(scores)
        if last is not None:
            start = last.posterior.theta
            if len(scores) < NEW_SCALES * last.n_scaled:
                self.n_scaled = last.n_scaled
        noise = noise_of_means(split_scores, test_ratio)[chosen]
        self._tail = LowerTail(scores[chosen])
        X = space.encode(points[chosen])
        self.posterior: Posterior = GaussianProcess(space.feature_groups, trend=trend).fit(
            X,
            self._tail.draw_in(scores[chosen]),
            start,
            noise,
            keep_scales=self.n_scaled < len(scores),
        )
        self.settled = self.posterior.interpolating()
        self.means = self.posterior.predict(X)

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation at points, shape (n, n_dims), in score units, no noise."""
        mean, std = self.posterior.predict(self._space.encode(points), return_std=True)
        mean, std = self._tail.put_back(mean, std)
        return mean * self.unit, std * self.unit

    def drawn_in(self, score: float) -> float:
        """A score in the unit of the posterior."""
        return float(self._tail.draw_in(in_unit(np.array([score]), self.unit))[0])
