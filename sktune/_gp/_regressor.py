"""Gaussian process regression: the model of the scores.

Notation, with the equations of Rasmussen and Williams (R&W) [1]_::

    symbol   shape       meaning
    n, m, p              observations, points asked for, features
    X        (n, p)      features of the observations, each in [0, 1]
    Z        (n, p)      w(X): the same on the model's own scales, see _warping.py
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

Under S possible outcomes of what is pending, alpha is (S, n) and mean is (S, m).
Without earlier models q = 0, and H and h_* drop out. How theta is fitted stands in
_likelihood.py. Predictions come back in score units.

References
----------
.. [1] Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, chapter 2.
   https://gaussianprocess.org/gpml/
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cho_solve, solve_triangular

from ._kernels import Matern52
from ._likelihood import Likelihood, factor, most_likely, split
from ._priors import NOISE_BOUNDS, Priors
from ._trend import Trend
from ._warping import Warping

Floats = NDArray[np.float64]

# Scores that differ by less than this share of their size are equal but for rounding.
EQUAL = 1e-12

# Least predicted variance, in standardised units, where rounding leaves less: far below the
# smallest noise variance (1e-6), so it never hides a difference that the data shows.
MIN_VARIANCE = 1e-12

# Variance of the noise where there is none to be, of fantasies and of an interpolation, in
# standardised units: only what keeps L well-conditioned.
JITTER = NOISE_BOUNDS[0]


class GaussianProcess:
    """Gaussian process with a Matern 5/2 kernel, fitted by gradients.

    Parameters
    ----------
    groups : sequence of slice
        Columns of each dimension, as ``SearchSpace.feature_groups`` gives them.
    priors : Priors, default=None
        Of the hyperparameters; None: those of scores. If they have exponents, numbers are warped.
    trend : Trend, default=None
        Prior mean; None: the mean of the scores.

    Attributes
    ----------
    kernel : Matern52
        The covariance function of warped features.
    warping : Warping
        What warps them.
    theta_ : ndarray of shape (n_theta,)
        Logarithms of length scales, exponents, variance and noise after ``fit``.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.linspace(0, 1, 9)[:, None]
    >>> model = GaussianProcess([slice(0, 1)]).fit(X, np.sin(3 * X[:, 0]))
    >>> mean, std = model.predict([[0.3]], return_std=True)
    >>> bool(abs(mean[0] - np.sin(0.9)) < 0.01), bool(std[0] < 0.05)
    (True, True)
    """

    def __init__(
        self, groups: Sequence[slice], priors: Priors | None = None, trend: Trend | None = None
    ) -> None:
        self.kernel, self.warping = Matern52(groups), Warping(groups)
        if priors is None:
            priors = Priors.of_scores(len(groups), self.warping.n_numbers)
        self.priors = priors
        self.trend = Trend() if trend is None else trend

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        theta_start: Floats | None = None,
        noise: ArrayLike = 0.0,
        keep_scales: bool = False,
    ) -> GaussianProcess:
        """Choose the hyperparameters and prepare to predict.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Features.
        y : array-like of shape (n,)
            Finite scores; n >= 1.
        theta_start : ndarray of shape (n_theta,), default=None
            Hyperparameters to start from, of an earlier fit; None: the medians of the priors.
        noise : float or array-like of shape (n,), default=0.0
            Known variance of each score, in squared score units, besides tau^2.
        keep_scales : bool, default=False
            Whether the exponents of the warping stay as they are in `theta_start`.

        Returns
        -------
        GaussianProcess
            The same object.

        Raises
        ------
        ValueError
            If a feature or score is not finite.
        """
        X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
        if not (np.isfinite(X).all() and np.isfinite(y).all()):
            raise ValueError("features and scores of a GaussianProcess must be finite")
        self._X = X
        self._y_mean, spread = float(y.mean()), float(y.std())
        self._y_scale = spread if spread > EQUAL * np.abs(y).max() else 1.0
        self._noise = np.broadcast_to(np.asarray(noise, dtype=float) / self._y_scale**2, y.shape)
        basis = self.trend(X)
        self._basis_mean = basis.mean(axis=0)
        self._H = basis - self._basis_mean
        t = (y - self._y_mean) / self._y_scale
        self._r = t - self.trend.prior_mean(self._H)
        start = self.priors.medians if theta_start is None else theta_start
        self.theta_ = most_likely(self._likelihood(), self.priors, start, keep_scales)
        self._kernel_theta, self._exponents = split(self.theta_, self.kernel.n_groups)
        self._Z = self._warp(self._X)
        noises = np.exp(self.theta_[-1]) + self._noise
        self._L = factor(self._covariance(self._Z, self._H), noises)
        self._alpha = cho_solve((self._L, True), self._r, check_finite=False)
        return self

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
        value, gradient = self._likelihood()(self.theta_ if theta is None else np.asarray(theta))
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
        X = np.asarray(X, dtype=float)
        scale, weight = self._y_scale, self.trend.variance
        Z, h = self._warp(X), self._basis(X)
        k, slope = self.kernel.parts(self._kernel_theta, Z, self._Z)
        k = self.trend.add_covariance(k, h, self._H)
        mean = self.trend.prior_mean(h) + self._alpha @ k.T
        if not return_std:
            return self._y_mean + scale * mean
        V = solve_triangular(self._L, k.T, lower=True, check_finite=False)
        prior = np.exp(self._kernel_theta[-1]) + weight * np.sum(h**2, axis=1)
        variance = prior - np.einsum("ij,ij->j", V, V)
        std = np.sqrt(np.maximum(variance, MIN_VARIANCE))
        predicted = (self._y_mean + scale * mean, scale * std)
        if not return_grad:
            return predicted
        z_grad, h_grad = self.warping.slopes(self._exponents, X), self.trend.gradient(X)
        mean_grad = self._mean_gradient(Z, slope, z_grad, h_grad)
        # d var = 2 s_b^2 h' dh - 2 k_*' K^-1 dk_*, and d std = d var / (2 std).
        weights = solve_triangular(self._L, V, lower=True, trans=1, check_finite=False).T
        var_grad = -2.0 * z_grad * self._gradient_point(Z, slope, weights)
        var_grad += 2.0 * weight * np.einsum("iqp,iq->ip", h_grad, h - weights @ self._H)
        return (*predicted, scale * mean_grad, scale * var_grad / (2.0 * std[:, None]))

    def interpolating(self) -> GaussianProcess:
        """The model that takes its own mean at what it has seen for the truth.

        The mean stays the same everywhere; the variance is that of noise-free observations and
        vanishes at them. Noise is repeated with the folds: trying a setting again teaches
        nothing, and to improve on the best a search has to go elsewhere. (The
        "re-interpolation" of Forrester, Keane and Bressloff, "Design and Analysis of 'Noisy'
        Computer Experiments", AIAA Journal 44, 2006.)

        Returns
        -------
        GaussianProcess
            A new object with the same hyperparameters.
        """
        exact = copy(self)
        # K^-1 times the smoothed scores, K K_noisy^-1 r, is the same alpha as before.
        exact._L = factor(self._covariance(self._Z, self._H), JITTER)
        return exact

    def condition_on(self, X: ArrayLike) -> GaussianProcess:
        """The model that has also seen its own mean at X, shape (m, p): for pending points.

        Observing what was predicted teaches nothing about the mean, which stays the same
        everywhere; the variance shrinks around X. (The "kriging believer" of Ginsbourger, Le
        Riche and Carraro, "Kriging is well-suited to parallelize optimization", 2010.)

        The fantasies are free of noise: a setting is evaluated once, so what is pending is
        worth no second look. With the noise of the scores, a next point often came to lie
        within 0.001 of a pending one (2 dimensions, 4 pending; without it, 0.01 to 0.1).

        Returns
        -------
        GaussianProcess
            A new object with the same hyperparameters.
        """
        X = np.asarray(X, dtype=float)
        n, m, h, Z = len(self._X), len(X), self._basis(X), self._warp(X)
        V = solve_triangular(
            self._L, self._covariance(self._Z, self._H, Z, h), lower=True, check_finite=False
        )
        # The factor grows by a block: [[L, 0], [V', chol(K_** - V' V)]]; and as the new
        # scores agree with the mean, alpha grows by zeros.
        grown = copy(self)
        grown._X, grown._H = np.vstack([self._X, X]), np.vstack([self._H, h])
        grown._Z = np.vstack([self._Z, Z])
        grown._L = np.zeros((n + m, n + m))
        grown._L[:n, :n], grown._L[n:, :n] = self._L, V.T
        grown._L[n:, n:] = factor(self._covariance(Z, h) - V.T @ V, JITTER)
        grown._alpha = np.append(self._alpha, np.zeros(m))
        grown._r = np.append(self._r, self.standardised_mean(X) - self.trend.prior_mean(h))
        grown._noise = np.append(self._noise, np.zeros(m))
        return grown

    def under_outcomes(self, X: ArrayLike, normals: ArrayLike) -> GaussianProcess:
        """The model that has seen scores at X, shape (m, p), once for each of S joint outcomes.

        Outcomes are drawn from the posterior: `normals`, shape (m, S), are the standard normal
        numbers they are made of. The variance is that of `condition_on` under all of them.

        Returns
        -------
        GaussianProcess
            A new object; means it predicts, and their gradients, have S in front of their shape.
        """
        grown, normals = self.condition_on(X), np.asarray(normals, dtype=float)
        n, m = len(self._X), len(normals)
        # What is observed lies above the mean by C Z, with C the last block of L.
        less_mean = np.zeros((n + m, normals.shape[1]))
        less_mean[n:] = grown._L[n:, n:] @ normals
        grown._alpha = grown._alpha + cho_solve((grown._L, True), less_mean, check_finite=False).T
        return grown

    def standardised_mean(self, X: Floats) -> Floats:
        """Posterior mean at X, shape (m, p), in standard deviations of the scores; shape (m,)."""
        return (self.predict(X) - self._y_mean) / self._y_scale

    def standardised_slope(self, X: Floats) -> Floats:
        """Derivatives of `standardised_mean` with respect to the features, shape (m, p)."""
        Z = self._warp(X)
        slope = self.kernel.parts(self._kernel_theta, Z, self._Z).slope
        z_grad, h_grad = self.warping.slopes(self._exponents, X), self.trend.gradient(X)
        return self._mean_gradient(Z, slope, z_grad, h_grad)

    def _mean_gradient(self, Z: Floats, slope: Floats, z_grad: Floats, h_grad: Floats) -> Floats:
        """Derivatives of the standardised mean, shape (m, p); `slope` is that of k_*'."""
        beta = self.trend.mean + self.trend.variance * (self._alpha @ self._H)
        by_kernel = z_grad * self._gradient_point(Z, slope, self._alpha[..., None, :])
        return by_kernel + np.einsum("iqp,...q->...ip", h_grad, beta)

    def _likelihood(self) -> Likelihood:
        """Of what was observed."""
        parts = self.kernel, self.warping, self.trend
        return Likelihood(*parts, self._X, self._H, self._r, self._noise)

    def _gradient_point(self, Z: Floats, slope: Floats, weights: Floats) -> Floats:
        """Gradient of sum_k w_k k(z, z_k) with respect to each z of Z, shape (m, p).

        `slope`, shape (m, n), is that of k_*'; weights have shape (..., m or 1, n).
        """
        return self.kernel.gradient_point(self._kernel_theta, Z, self._Z, slope, weights)

    def _warp(self, X: Floats) -> Floats:
        """Features, shape (m, p), on the fitted scales."""
        return self.warping(self._exponents, X)

    def _basis(self, X: Floats) -> Floats:
        """Basis functions of the trend at X, shape (m, q), centred as H is."""
        return self.trend(X) - self._basis_mean

    def _covariance(
        self, A: Floats, HA: Floats, B: Floats | None = None, HB: Floats | None = None
    ) -> Floats:
        """Prior covariance of f at two sets of points, or at the first alone.

        A, shape (n, p), and B, shape (m, p), are their warped features, HA, shape (n, q), and
        HB, shape (m, q), the basis functions there.
        """
        B, HB = (A, HA) if B is None or HB is None else (B, HB)
        return self.trend.add_covariance(self.kernel(self._kernel_theta, A, B), HA, HB)
