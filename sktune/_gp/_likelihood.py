"""The likelihood of scores under hyperparameters, and the most likely hyperparameters.

Symbols are those of ``_posterior.py``; R&W is [1]_::

    lml             log p(t | X, theta)
                    = -r' alpha / 2 - sum log diag(L) - n log(2 pi) / 2    R&W Eq. 2.30
    dlml/dtheta_j   tr((alpha alpha' - K^-1) dK/dtheta_j) / 2              R&W Eq. 5.9

What is maximised is lml plus the log prior of theta (the maximum a posteriori); the only minimiser
is scipy's, which gets minus that. A step costs n^3 / 3 operations for L and twice that for K^-1.

References
----------
.. [1] Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, chapters 2
   and 5. https://gaussianprocess.org/gpml/
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ._cholesky import factor, inverse, solve
from ._kernels import Matern52
from ._priors import Priors
from ._trend import Trend
from ._warping import Warping

Floats = NDArray[np.float64]

# L-BFGS stops when a step gains less than `ftol` of the log posterior (some hundreds at most), or
# no derivative is above `gtol`, a hundredth of a nat: far less than the next observation changes.
# Takes half the time of scipy's defaults.
STOPPING = {"maxiter": 60, "ftol": 1e-5, "gtol": 1e-2}

# Fewest scores with which numbers are warped: a handful tells nothing about scales. With 6 the mean
# regret after 10 candidates was 0.012 higher (25 public tuning tasks, 6 seeds).
MIN_TO_WARP = 10

LOG_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Log marginal likelihood of standardised scores.

    Parameters
    ----------
    kernel : Matern52
        Covariance of warped features.
    warping : Warping
        Warping of the features.
    trend : Trend
        Prior mean from earlier models.
    X : ndarray of shape (n, p)
        Features.
    H : ndarray of shape (n, q)
        Basis functions of the trend, centred.
    r : ndarray of shape (n,)
        Standardised scores less their prior mean.
    noise : ndarray of shape (n,)
        Known variance of each score, standardised.
    """

    kernel: Matern52
    warping: Warping
    trend: Trend
    X: Floats
    H: Floats
    r: Floats
    noise: Floats

    def __call__(self, theta: Floats, Z: Floats | None = None) -> tuple[float, Floats]:
        """lml and its gradient, shape (n_theta,).

        If the scales are fixed, Z may be given, the features on them, shape (n, p): the gradient
        by the exponents, a third of the work, is then not computed but 0.
        """
        n = len(self.r)
        kernel_theta, exponents = split(theta, self.kernel.n_groups)
        are_fixed = Z is not None
        if Z is None:
            Z = self.warping(exponents, self.X)
        parts = self.kernel.parts(kernel_theta, Z, Z)
        noise = np.exp(theta[-1])
        K = self.trend.add_covariance(parts.value.copy(), self.H, self.H)
        L = factor(K, noise + self.noise)
        alpha = solve(L, self.r)
        value = -0.5 * (self.r @ alpha) - np.log(L.diagonal()).sum() - 0.5 * n * LOG_2PI
        # The trace is written as the sum of products.
        W = 0.5 * (alpha[:, None] * alpha - inverse(L))
        gradient = np.zeros_like(theta)
        by_kernel = self.kernel.gradient_theta(kernel_theta, Z, parts, W)
        gradient[: self.kernel.n_groups], gradient[-2] = by_kernel[:-1], by_kernel[-1]
        if not are_fixed:
            # Each point is in a row and in a column of K.
            by_z = 2.0 * self.kernel.gradient_point(kernel_theta, Z, Z, parts.slope, W)
            by_exponents = self.warping.gradient_exponents(exponents, self.X, by_z)
            gradient[self.kernel.n_groups : -2] = by_exponents
        gradient[-1] = noise * W.trace()
        return float(value), gradient

    def scaled(self, theta: Floats) -> Floats:
        """The features on the scales of theta, shape (n, p)."""
        return self.warping(split(theta, self.kernel.n_groups)[1], self.X)

    def covariance(
        self,
        kernel_theta: Floats,
        A: Floats,
        HA: Floats,
        B: Floats | None = None,
        HB: Floats | None = None,
    ) -> Floats:
        """Prior covariance of f at two sets of points, or at the first alone.

        A, shape (n, p), and B, shape (m, p), are their warped features, HA, shape (n, q), and
        HB, shape (m, q), the basis functions there.
        """
        B, HB = (A, HA) if B is None or HB is None else (B, HB)
        return self.trend.add_covariance(self.kernel(kernel_theta, A, B), HA, HB)


def most_likely(
    likelihood: Likelihood, priors: Priors, start: Floats, keep_scales: bool = False
) -> Floats:
    """The theta of the highest posterior, searched for from `start`.

    The exponents begin at 1, the user's scales, and are fitted after the rest. Fitted together with
    the rest, or from those of an earlier fit, they fit a little better but predict worse. With
    `keep_scales` they stay as they are in `start`.
    """
    is_exponent = priors.is_exponent
    if keep_scales:
        return _climb(likelihood, priors, start, ~is_exponent)
    theta = np.where(is_exponent, priors.medians, start)
    theta = _climb(likelihood, priors, theta, ~is_exponent)
    if is_exponent.any() and len(likelihood.r) >= MIN_TO_WARP:
        theta = _climb(likelihood, priors, theta, is_exponent)
        theta = _climb(likelihood, priors, theta, ~is_exponent)
    return theta


def _climb(
    likelihood: Likelihood, priors: Priors, theta: Floats, is_free: NDArray[np.bool_]
) -> Floats:
    """theta with its free part moved to the highest posterior, by L-BFGS-B."""
    theta = theta.copy()
    are_fixed = not is_free[priors.is_exponent].any()
    Z = likelihood.scaled(theta) if are_fixed else None

    def negative_log_posterior(free: Floats) -> tuple[float, Floats]:
        theta[is_free] = free
        value, gradient = likelihood(theta, Z)
        prior = priors.log_density(theta)
        return -(value + prior.value), -(gradient + prior.gradient)[is_free]

    theta[is_free] = minimize(
        negative_log_posterior,
        theta[is_free],
        jac=True,
        method="L-BFGS-B",
        bounds=priors.bounds[is_free],
        options=STOPPING,
    ).x
    return theta


def split(theta: Floats, n_groups: int) -> tuple[Floats, Floats]:
    """Hyperparameters of the kernel, shape (n_groups + 1,), and of the warping, shape (2 k,)."""
    return np.concatenate((theta[:n_groups], theta[-2:-1])), theta[n_groups:-2]
