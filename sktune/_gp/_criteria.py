"""What a suggestion maximises: a value for each point, and the gradient to climb it by.

Values are functions of the features that ``SearchSpace.encode`` gives; higher is better.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from ._acquisition import SQRT_2PI, log_expected_improvement
from ._regressor import GaussianProcess

Floats = NDArray[np.float64]


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
    scores : GaussianProcess
        Of the scores.
    best : float
        What to improve on, in score units.
    """

    def __init__(self, scores: GaussianProcess, best: float) -> None:
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


class Feasible:
    """A criterion in logarithms, weighted with the probability of success where fits fail.

    The weight is P(label > 1/2) = Phi((mean - 1/2) / std) under a model of the labels 1
    (complete) and 0 (failed); its logarithm is added.

    Parameters
    ----------
    criterion : Criterion
        In logarithms.
    success : GaussianProcess
        Of the labels.
    """

    def __init__(self, criterion: Criterion, success: GaussianProcess) -> None:
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
    """A bound of the scores: the mean and so many standard deviations more.

    Parameters
    ----------
    scores : GaussianProcess
        Of the scores.
    width : float
        Standard deviations; below 0 for a lower bound.
    """

    def __init__(self, scores: GaussianProcess, width: float) -> None:
        self._scores, self._width = scores, width

    def __call__(self, X: Floats) -> Floats:
        """Bound at features, shape (n, p), in score units."""
        mean, std = self._scores.predict(X, return_std=True)
        return mean + self._width * std

    def with_gradient(self, X: Floats) -> tuple[Floats, Floats]:
        """The same, and its derivatives with respect to the features, shape (n, p)."""
        mean, std, mean_grad, std_grad = self._scores.predict(X, return_std=True, return_grad=True)
        return mean + self._width * std, mean_grad + self._width * std_grad
