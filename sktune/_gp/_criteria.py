"""Criteria that a suggestion maximises: the value of each point, and its gradient.

Values are functions of the features that ``SearchSpace.encode`` gives; higher is better.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from ._acquisition import SQRT_2PI, log_expected_improvement
from ._posterior import Posterior

Floats = NDArray[np.float64]

# Number of outcomes, half of them the mirror images of the others.
N_OUTCOMES = 8


class Criterion(Protocol):
    """What `maximize_acquisition` maximises."""

    def __call__(self, X: Floats) -> Floats:
        """Value of features, shape (n, p); higher is better. Shape (n,)."""

    def with_gradient(self, X: Floats) -> tuple[Floats, Floats]:
        """The same, and its derivatives with respect to the features, shape (n, p)."""


class ExpectedImprovement:
    """Log expected improvement.

    Parameters
    ----------
    scores : Posterior
        Model of the scores.
    best : float
        Score to improve on, in score units.
    """

    def __init__(self, scores: Posterior, best: float) -> None:
        self._scores, self._best = scores, best

    def __call__(self, X: Floats) -> Floats:
        """Log expected improvement of features, shape (n, p), in log score units."""
        mean, std = self._scores.predict(X, return_std=True)
        return log_expected_improvement(mean, std, self._best).value

    def with_gradient(self, X: Floats) -> tuple[Floats, Floats]:
        """The same, and its derivatives with respect to the features, shape (n, p)."""
        mean, std, mean_grad, std_grad = self._scores.predict(X, return_std=True, return_grad=True)
        value, by_mean, by_std = log_expected_improvement(mean, std, self._best)
        return value, by_mean[:, None] * mean_grad + by_std[:, None] * std_grad


class PendingImprovement:
    """Log expected improvement, averaged over outcomes of the pending points [1]_.

    With m pending features X_p and S outcomes drawn from their posterior::

        symbol   shape          meaning
        L        (n+m, n+m)     Cholesky factor of the covariance at the observed and the pending
        C        (m, m)         its last block: Cholesky factor of the posterior covariance at X_p
        E        (m, S)         C Z with standard normal Z: outcomes less their means
        A        (n+m, S)       (L L')^-1 [0; E]: what each outcome adds to alpha
        mean_s   (q,)           mean + k_*' A_s at q features
        v_s      (q,)           log EI(mean_s, std, best_s)

        value    = log (1/S) sum_s exp v_s

    The standard deviation is the same for all outcomes; best_s is the best of the observed
    scores and of outcome s, because that has to be improved on under this outcome.

    Parameters
    ----------
    scores : Posterior
        Model of the scores.
    pending : ndarray of shape (m, p)
        Features of the pending points, m >= 1.
    best : float
        Score to improve on, in score units.
    rng : Generator
        Draws the outcomes.
    contenders : ndarray of shape (n, p) or None, default=None
        Features whose scores under an outcome would have to be improved on; None: the pending.

    References
    ----------
    .. [1] Snoek, Larochelle and Adams, "Practical Bayesian Optimization of Machine Learning
       Algorithms", NeurIPS 2012, section 3.2. https://arxiv.org/abs/1206.2944
    """

    def __init__(
        self,
        scores: Posterior,
        pending: Floats,
        best: float,
        rng: np.random.Generator,
        contenders: Floats | None = None,
    ) -> None:
        half = rng.standard_normal((len(pending), N_OUTCOMES // 2))
        self._scores = scores.under_outcomes(pending, np.hstack([half, -half]))
        contenders = pending if contenders is None else contenders
        self._best = np.maximum(best, self._scores.predict(contenders).max(axis=1))[:, None]

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

    For so few numbers SciPy's logsumexp takes ten times as long.
    """
    highest = values.max(axis=0)
    return np.asarray(highest + np.log(np.exp(values - highest).mean(axis=0)))


class Feasible:
    """A logarithmic criterion, weighted with the probability that the fit succeeds.

    The weight is P(label > 1/2) = Phi((mean - 1/2) / std) under a model of the labels 1
    (complete) and 0 (failed); its logarithm is added.

    Parameters
    ----------
    criterion : Criterion
        The criterion, in logarithms.
    success : Posterior
        Model of the labels.
    """

    def __init__(self, criterion: Criterion, success: Posterior) -> None:
        self._criterion, self._success = criterion, success

    def __call__(self, X: Floats) -> Floats:
        """Value at features, shape (n, p)."""
        mean, std = self._success.predict(X, return_std=True)
        return self._criterion(X) + np.asarray(log_ndtr((mean - 0.5) / std))

    def with_gradient(self, X: Floats) -> tuple[Floats, Floats]:
        """The same, and its derivatives with respect to the features, shape (n, p)."""
        value, gradient = self._criterion.with_gradient(X)
        mean, std, mean_grad, std_grad = self._success.predict(X, return_std=True, return_grad=True)
        z = (mean - 0.5) / std
        log_cdf = np.asarray(log_ndtr(z))
        # d log Phi(z) = phi(z) / Phi(z) dz
        by_z = np.exp(-0.5 * z**2 - log_cdf) / SQRT_2PI / std
        return value + log_cdf, gradient + by_z[:, None] * (mean_grad - z[:, None] * std_grad)


class ConfidenceBound:
    """A confidence bound of the scores: the mean plus so many standard deviations.

    Parameters
    ----------
    scores : Posterior
        Model of the scores.
    width : float
        Standard deviations; below 0 for a lower bound.
    """

    def __init__(self, scores: Posterior, width: float) -> None:
        self._scores, self._width = scores, width

    def __call__(self, X: Floats) -> Floats:
        """Bound at features, shape (n, p), in score units."""
        mean, std = self._scores.predict(X, return_std=True)
        return mean + self._width * std

    def with_gradient(self, X: Floats) -> tuple[Floats, Floats]:
        """The same, and its derivatives with respect to the features, shape (n, p)."""
        mean, std, mean_grad, std_grad = self._scores.predict(X, return_std=True, return_grad=True)
        return mean + self._width * std, mean_grad + self._width * std_grad
