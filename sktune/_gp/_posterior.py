"""``Posterior``: the predictions of a Gaussian process, given scores.

Notation, with the equations of Rasmussen and Williams (R&W) [1]_::

    symbol   shape       meaning
    n, m, p              numbers of observations, points to predict, features
    X        (n, p)      features of the observations, each in [0, 1]
    Z        (n, p)      w(X): the features on the model's own scales, see _warping.py
    y        (n,)        their scores, higher is better, in score units
    t        (n,)        standardised scores: (y - mean(y)) / std(y)
    theta    (n_theta,)  log l_1 .. log l_G, log a_1 .. log b_k, log s^2, log tau^2: length
                         scales, exponents of w, variance of the function and of the noise,
                         in standardised units
    v        (n,)        known variance of each score, standardised
    H        (n, q)      basis functions of the trend, with weights N(b, s_b^2): see _trend.py
    r        (n,)        t - H b
    K        (n, n)      k(Z, Z) + s_b^2 H H' + tau^2 I + diag(v)
    L        (n, n)      lower triangle with L L' = K
    alpha    (n,)        K^-1 r                              R&W Algorithm 2.1
    h_*      (m, q)      basis functions at X_*
    k_*      (n, m)      k(Z, w(X_*)) + s_b^2 H h_*'
    V        (n, m)      L^-1 k_*

    mean     (m,)        h_* b + k_*' alpha              R&W Eq. 2.25, 2.40
    var      (m,)        s^2 + s_b^2 |h_*|^2 - diag(V' V)    R&W Eq. 2.26, without noise

Under S possible outcomes of the pending points there are S rows of alpha, (S, n), and of means,
(S, m). Without earlier models q = 0, and H and h_* drop out. theta is fitted in _likelihood.py.
Predictions are in score units.

References
----------
.. [1] Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, chapter 2.
   https://gaussianprocess.org/gpml/
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._cholesky import factor, solve, solve_lower
from ._kernels import RoughMatern52
from ._likelihood import Likelihood, split
from ._priors import NOISE_BOUNDS

Floats = NDArray[np.float64]

# Least predicted variance, in standardised units, in case rounding leaves less: far below the
# smallest noise variance (1e-6), so it never hides a difference in the data.
MIN_VARIANCE = 1e-12

# Variance of the noise of fantasies and of an interpolation, which should have none, in
# standardised units: just enough to keep L well-conditioned.
JITTER = NOISE_BOUNDS[0]


@dataclass(frozen=True, eq=False)
class Posterior:
    """A Gaussian process given scores.

    Parameters
    ----------
    observed : Likelihood
        The observations, with kernel, warping and trend.
    theta : ndarray of shape (n_theta,)
        Hyperparameters: logarithms of length scales, exponents, variance and noise.
    y_mean, y_scale : float
        Mean and scale by which scores are standardised.
    basis_mean : ndarray of shape (q,)
        Mean by which the basis functions of the trend are centred.
    Z : ndarray of shape (n, p)
        Warped features of the observations.
    L : ndarray of shape (n, n)
        Cholesky factor of their covariance, noise included.
    alpha : ndarray of shape (n,)
        K^-1 r.
    """

    observed: Likelihood
    theta: Floats
    y_mean: float
    y_scale: float
    basis_mean: Floats
    Z: Floats
    L: Floats
    alpha: Floats

    @classmethod
    def of(
        cls,
        observed: Likelihood,
        theta: Floats,
        y_mean: float,
        y_scale: float,
        basis_mean: Floats,
    ) -> Posterior:
        """The posterior under given hyperparameters."""
        kernel_theta, exponents = split(theta, observed.kernel.n_groups)
        Z = observed.warping(exponents, observed.X)
        K = observed.covariance(kernel_theta, Z, observed.H)
        L = factor(K, np.exp(theta[-1]) + observed.noise)
        alpha = solve(L, observed.r)
        return cls(observed, theta, y_mean, y_scale, basis_mean, Z, L, alpha)

    @cached_property
    def kernel_theta(self) -> Floats:
        """Hyperparameters of the kernel: length scales and variance, as logarithms."""
        return split(self.theta, self.observed.kernel.n_groups)[0]

    @cached_property
    def exponents(self) -> Floats:
        """Hyperparameters of the warping, as logarithms."""
        return split(self.theta, self.observed.kernel.n_groups)[1]

    def log_marginal_likelihood(
        self, theta: Floats | None = None, eval_gradient: bool = False
    ) -> float | tuple[float, Floats]:
        """Log density of the standardised scores, R&W Eq. 2.30.

        Parameters
        ----------
        theta : ndarray of shape (n_theta,), default=None
            Hyperparameters; None: the fitted ones.
        eval_gradient : bool, default=False
            Whether to return the gradient with respect to theta too, R&W Eq. 5.9.

        Returns
        -------
        value : float
        gradient : ndarray of shape (n_theta,)
            If `eval_gradient`.
        """
        value, gradient = self.observed(self.theta if theta is None else np.asarray(theta))
        return (value, gradient) if eval_gradient else value

    @overload
    def predict(
        self, X: ArrayLike, return_std: Literal[False] = False, return_grad: Literal[False] = False
    ) -> Floats: ...

    @overload
    def predict(
        self, X: ArrayLike, return_std: Literal[True], return_grad: Literal[False] = False
    ) -> tuple[Floats, Floats]: ...

    @overload
    def predict(
        self, X: ArrayLike, return_std: Literal[True], return_grad: Literal[True]
    ) -> tuple[Floats, Floats, Floats, Floats]: ...

    def predict(
        self, X: ArrayLike, return_std: bool = False, return_grad: bool = False
    ) -> Floats | tuple[Floats, ...]:
        """Posterior of the function, without noise.

        Parameters
        ----------
        X : array-like of shape (m, p)
            Features.
        return_std, return_grad : bool, default=False
            Whether to return the standard deviation, and with it the gradients.

        Returns
        -------
        mean, std : ndarray of shape (m,)
            In score units.
        mean_grad, std_grad : ndarray of shape (m, p)
            Derivatives with respect to the features of each point.
        """
        return self.predict_by(self.alpha, X, return_std, return_grad)

    def predict_by(
        self, alpha: Floats, X: ArrayLike, return_std: bool, return_grad: bool
    ) -> Floats | tuple[Floats, ...]:
        """Predict with other weights, shape (..., n); means have the same leading dimensions."""
        X = np.asarray(X, dtype=float)
        kernel, trend, theta = self.observed.kernel, self.observed.trend, self.kernel_theta
        scale, H = self.y_scale, self.observed.H
        Z, h = self.warp(X), self._basis(X)
        if return_grad:
            value, slope = kernel.parts(theta, Z, self.Z)
        else:
            value = kernel(theta, Z, self.Z)
        k = trend.add_covariance(value, h, H)
        mean = self.y_mean + scale * (trend.prior_mean(h) + alpha @ k.T)
        if not return_std:
            return mean
        V = solve_lower(self.L, k.T)
        prior = kernel.variance(theta) + trend.prior_variance(h)
        variance = prior - np.einsum("ij,ij->j", V, V)
        std = scale * np.sqrt(np.maximum(variance, MIN_VARIANCE))
        if not return_grad:
            return mean, std
        z_grad, h_grad = self.observed.warping.slopes(self.exponents, X), trend.gradient(X)
        mean_grad = self._mean_gradient(alpha, Z, slope, z_grad, h_grad)
        # d var = 2 s_b^2 h' dh - 2 k_*' K^-1 dk_*, and d std = d var / (2 std).
        weights = solve_lower(self.L, V, transposed=True).T
        by_std = -z_grad * self._gradient_point(Z, slope, weights)
        by_std += trend.slope(h_grad, trend.variance * (h - weights @ H))
        return mean, std, scale * mean_grad, scale**2 * by_std / std[:, None]

    def interpolating(self) -> Posterior:
        """The posterior that takes its own mean at the observations for the truth.

        The mean stays the same everywhere; the variance is that of noise-free observations and
        vanishes at them. On the same folds the noise is the same: re-evaluating a setting adds no
        information, and to improve on the best a search has to go elsewhere. (The
        "re-interpolation" of Forrester, Keane and Bressloff, "Design and Analysis of 'Noisy'
        Computer Experiments", AIAA Journal 44, 2006.)
        """
        # K^-1 times the smoothed scores, K K_noisy^-1 r, is the same alpha as before.
        K = self.observed.covariance(self.kernel_theta, self.Z, self.observed.H)
        return replace(self, L=factor(K, JITTER))

    @property
    def repeating_noise(self) -> float:
        """Standard deviation of the noise that the same folds show again, in score units.

        That of the folds, the median over the observations; where they tell of none, as with a
        single fold, the model's own.
        """
        known = float(np.median(self.observed.noise))
        return self.y_scale * float(np.sqrt(known if known > 0.0 else np.exp(self.theta[-1])))

    def with_noise(self) -> Posterior:
        """The posterior of what is observed: the function and the noise that repeats.

        That noise is modelled as a rough function (see ``RoughMatern52``), and scores are taken to
        be exact apart from the rest.
        """
        seen, theta = self.observed, self.kernel_theta
        repeating, own = (self.repeating_noise / self.y_scale) ** 2, np.exp(self.theta[-1])
        seen = replace(seen, kernel=RoughMatern52(seen.kernel.groups, repeating))
        rest = np.maximum(seen.noise + own - repeating, 0.0) + JITTER
        L = factor(seen.covariance(theta, self.Z, seen.H), rest)
        alpha = solve(L, seen.r)
        return replace(self, observed=seen, L=L, alpha=alpha)

    def condition_on(self, X: ArrayLike) -> Posterior:
        """The posterior given also its own mean at X, shape (m, p): for pending points.

        Observing what was predicted adds no information about the mean, which stays the same
        everywhere; the variance shrinks around X. (The "kriging believer" of Ginsbourger, Le
        Riche and Carraro, "Kriging is well-suited to parallelize optimization", 2010.)

        The fantasies are free of noise: a setting is evaluated once, so evaluating a pending
        one again is worth nothing. With the noise of the scores, the next point was often within
        0.001 of a pending one (2 dimensions, 4 pending; without it, 0.01 to 0.1).
        """
        X = np.asarray(X, dtype=float)
        seen, theta = self.observed, self.kernel_theta
        n, m, h, Z = len(seen.X), len(X), self._basis(X), self.warp(X)
        V = solve_lower(self.L, seen.covariance(theta, self.Z, seen.H, Z, h))
        # The factor grows by a block: [[L, 0], [V', chol(K_** - V' V)]]. Because the new
        # scores agree with the mean, alpha grows by zeros.
        L = np.zeros((n + m, n + m))
        L[:n, :n], L[n:, :n] = self.L, V.T
        L[n:, n:] = factor(seen.covariance(theta, Z, h) - V.T @ V, JITTER)
        grown = replace(
            seen,
            X=np.vstack([seen.X, X]),
            H=np.vstack([seen.H, h]),
            r=np.append(seen.r, self.standardised_mean(X) - seen.trend.prior_mean(h)),
            noise=np.append(seen.noise, np.zeros(m)),
        )
        alpha = np.append(self.alpha, np.zeros(m))
        return replace(self, observed=grown, Z=np.vstack([self.Z, Z]), L=L, alpha=alpha)

    def under_outcomes(self, X: ArrayLike, normals: ArrayLike) -> Outcomes:
        """The posteriors given scores at X, shape (m, p), one for each joint outcome.

        Outcomes are drawn from this posterior, by means of the standard normal numbers `normals`,
        shape (m, S).
        """
        grown, normals = self.condition_on(X), np.asarray(normals, dtype=float)
        n, m = len(self.observed.X), len(normals)
        # The outcomes lie above the mean by C Z, with C the last block of L.
        less_mean = np.zeros((n + m, normals.shape[1]))
        less_mean[n:] = grown.L[n:, n:] @ normals
        added = solve(grown.L, less_mean).T
        return Outcomes(grown, grown.alpha + added)

    def standardised_mean(self, X: Floats) -> Floats:
        """Posterior mean at X, shape (m, p), in standard deviations of the scores; shape (m,)."""
        return (self.predict(X) - self.y_mean) / self.y_scale

    def standardised_slope(self, X: Floats) -> Floats:
        """Derivatives of `standardised_mean` with respect to the features, shape (m, p)."""
        Z = self.warp(X)
        slope = self.observed.kernel.parts(self.kernel_theta, Z, self.Z).slope
        z_grad = self.observed.warping.slopes(self.exponents, X)
        h_grad = self.observed.trend.gradient(X)
        return self._mean_gradient(self.alpha, Z, slope, z_grad, h_grad)

    def _mean_gradient(
        self, alpha: Floats, Z: Floats, slope: Floats, z_grad: Floats, h_grad: Floats
    ) -> Floats:
        """Derivatives of the standardised mean, shape (..., m, p); `slope` is that of k_*'."""
        trend = self.observed.trend
        beta = trend.mean + trend.variance * (alpha @ self.observed.H)
        by_kernel = z_grad * self._gradient_point(Z, slope, alpha[..., None, :])
        return by_kernel + trend.slope(h_grad, beta[..., None, :])

    def _gradient_point(self, Z: Floats, slope: Floats, weights: Floats) -> Floats:
        """Gradient of sum_k w_k k(z, z_k) with respect to each z of Z, shape (m, p).

        `slope`, shape (m, n), is that of k_*'; weights have shape (..., m or 1, n).
        """
        kernel = self.observed.kernel
        return kernel.gradient_point(self.kernel_theta, Z, self.Z, slope, weights)

    def warp(self, X: Floats) -> Floats:
        """Features, shape (m, p), on the fitted scales."""
        return self.observed.warping(self.exponents, X)

    def _basis(self, X: Floats) -> Floats:
        """Basis functions of the trend at X, shape (m, q), centred as H is."""
        return self.observed.trend(X) - self.basis_mean


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Predictions of a Gaussian process under each of S outcomes of the pending points.

    Parameters
    ----------
    conditioned : Posterior
        Posterior given its own mean at the pending points: all outcomes have its variance.
    alphas : ndarray of shape (S, n)
        The weights under each outcome.
    """

    conditioned: Posterior
    alphas: Floats

    @overload
    def predict(
        self, X: ArrayLike, return_std: Literal[False] = False, return_grad: Literal[False] = False
    ) -> Floats: ...

    @overload
    def predict(
        self, X: ArrayLike, return_std: Literal[True], return_grad: Literal[False] = False
    ) -> tuple[Floats, Floats]: ...

    @overload
    def predict(
        self, X: ArrayLike, return_std: Literal[True], return_grad: Literal[True]
    ) -> tuple[Floats, Floats, Floats, Floats]: ...

    def predict(
        self, X: ArrayLike, return_std: bool = False, return_grad: bool = False
    ) -> Floats | tuple[Floats, ...]:
        """Posterior of the function under each outcome, without noise.

        Parameters
        ----------
        X : array-like of shape (m, p)
            Features.
        return_std, return_grad : bool, default=False
            Whether to return the standard deviation, and with it the gradients.

        Returns
        -------
        mean : ndarray of shape (S, m)
            In score units.
        std : ndarray of shape (m,)
        mean_grad : ndarray of shape (S, m, p)
            Derivatives with respect to the features of each point.
        std_grad : ndarray of shape (m, p)
        """
        return self.conditioned.predict_by(self.alphas, X, return_std, return_grad)
