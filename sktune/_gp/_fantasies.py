"""``PendingImprovement``: expected improvement while other candidates still run.

What is pending will be known when the next result is, so the improvement is expected over its
outcomes as well [1]_. With m pending features X_p and S outcomes drawn from their posterior::

    symbol   shape          meaning
    L        (n+m, n+m)     Cholesky factor of the covariance at the observed and the pending
    C        (m, m)         its last block: Cholesky factor of the posterior covariance at X_p
    E        (m, S)         C Z with standard normal Z: outcomes less their means
    A        (n+m, S)       (L L')^-1 [0; E]: what each outcome adds to alpha
    mean_s   (q,)           mean + k_*' A_s at q features
    v_s      (q,)           log EI(mean_s, std, best_s)

    value    = log (1/S) sum_s exp v_s

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

from ._acquisition import log_expected_improvement
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
        self._scores = scores.under_outcomes(pending, np.hstack([half, -half]))
        self._best = np.maximum(best, self._scores.predict(pending).max(axis=1))[:, None]

    def __call__(self, X: Floats) -> Floats:
        """Value at features, shape (n, p), in log score units."""
        mean, std = self._scores.predict(X, return_std=True)
        return log_mean_exp(log_expected_improvement(mean, std, self._best).value)

    def with_gradient(self, X: Floats) -> tuple[Floats, Floats]:
        """The same, and its derivatives with respect to the features, shape (n, p)."""
        mean, std, mean_grad, std_grad = self._scores.predict(X, return_std=True, return_grad=True)
        improvement = log_expected_improvement(mean, std, self._best)
        value = log_mean_exp(improvement.value)
        # d value = sum_s w_s dv_s with the softmax of v_s for weights.
        weights = np.exp(improvement.value - value) / N_OUTCOMES
        by_mean, by_std = weights * improvement.by_mean, weights * improvement.by_std
        gradient = np.einsum("si,sip->ip", by_mean, mean_grad)
        return value, gradient + by_std.sum(axis=0)[:, None] * std_grad


def log_mean_exp(values: Floats) -> Floats:
    """log of the mean of exp(values) along the first axis: shape (S, n) to (n,); finite values.

    On so few numbers SciPy's logsumexp takes ten times as long.
    """
    highest = values.max(axis=0)
    return np.asarray(highest + np.log(np.exp(values - highest).mean(axis=0)))
