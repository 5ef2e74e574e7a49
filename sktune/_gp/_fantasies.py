"""``PendingImprovement``: expected improvement while other candidates still run.

What is pending will be known when the next result is, so the improvement is expected over its
outcomes as well [1]_. With m pending features X_p and S outcomes drawn from their posterior::

    symbol   shape          meaning
    L        (n+m, n+m)     Cholesky factor of the covariance at the observed and the pending
    C        (m, m)         its last block: Cholesky factor of the posterior covariance at X_p
    E        (m, S)         C Z with standard normal Z: outcomes less their means
    A        (n+m, S)       (L L')^-1 [0; E]: what each outcome adds to alpha
    mean_s   (q,)           mean + k_*' A_s at q features

    value    = log (1/S) sum_s EI(mean_s, std, best_s)

The standard deviation is the same for all outcomes; best_s is the best of what was observed and
of outcome s, as that is what then has to be improved on.

References
----------
.. [1] Snoek, Larochelle and Adams, "Practical Bayesian Optimization of Machine Learning
   Algorithms", NeurIPS 2012, section 3.2. https://arxiv.org/abs/1206.2944
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ._acquisition import Acquisition, log_expected_improvement
from ._regressor import GaussianProcess

Floats = NDArray[np.float64]

# Outcomes, half of them the mirror images of the others.
N_OUTCOMES = 8


class PendingImprovement:
    """Log expected improvement, averaged over outcomes of what is pending.

    Parameters
    ----------
    scores : GaussianProcess
        Of the scores.
    pending : ndarray of shape (m, p)
        Features of what is pending, m >= 1.
    best : float
        What to improve on, in score units.
    rng : Generator
        Draws the outcomes.
    """

    def __init__(
        self, scores: GaussianProcess, pending: Floats, best: float, rng: np.random.Generator
    ) -> None:
        half = rng.standard_normal((len(pending), N_OUTCOMES // 2))
        self._scores = scores.condition_on(pending)
        self._added, outcomes = self._scores.outcomes(pending, np.hstack([half, -half]))
        self._best = np.maximum(best, outcomes.max(axis=0))

    def __call__(self, X: Floats) -> Floats:
        """Value at features, shape (n, p), in log score units."""
        mean, std = self._scores.predict(X, return_std=True)
        return self._average(self._improvements(X, mean, std))

    def with_gradient(self, X: Floats) -> tuple[Floats, Floats]:
        """The same, and its derivatives with respect to the features, shape (n, p)."""
        mean, std, mean_grad, std_grad = self._scores.predict(X, return_std=True, return_grad=True)
        improvements = self._improvements(X, mean, std)
        value = self._average(improvements)
        # d log mean(exp v_s) = sum_s w_s dv_s with the softmax of v_s for weights.
        weights = np.exp(improvements.value - value[:, None]) / N_OUTCOMES
        by_mean, by_std = weights * improvements.by_mean, weights * improvements.by_std
        added = self._scores.added_slope(X, self._added, by_mean)
        by_std_total = by_std.sum(axis=1)[:, None]
        return value, by_mean.sum(axis=1)[:, None] * mean_grad + by_std_total * std_grad + added

    def _improvements(self, X: Floats, mean: Floats, std: Floats) -> Acquisition:
        """Log expected improvement under each outcome, shape (n, S)."""
        means = mean[:, None] + self._scores.added_mean(X, self._added)
        return log_expected_improvement(means, std[:, None], self._best)

    @staticmethod
    def _average(improvements: Acquisition) -> Floats:
        return np.asarray(logsumexp(improvements.value, axis=1) - np.log(N_OUTCOMES))
