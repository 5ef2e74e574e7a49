"""Gaussian process regression: fit the posterior to scores.

Symbols are those of ``_posterior.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._kernels import Matern52
from ._likelihood import Likelihood, most_likely
from ._posterior import Posterior
from ._priors import Priors
from ._trend import Trend
from ._warping import Warping

Floats = NDArray[np.float64]

# Scores that differ by less than this share of their size differ only by rounding.
EQUAL = 1e-12


class GaussianProcess:
    """Gaussian process with a Matern 5/2 kernel, fitted by gradients.

    Parameters
    ----------
    groups : sequence of slice
        Columns of each dimension, as ``SearchSpace.feature_groups`` gives them.
    priors : Priors, default=None
        Priors of the hyperparameters; None: those for scores. If they have exponents, numbers are
        warped.
    trend : Trend, default=None
        Prior mean; None: the mean of the scores.

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
        keep_all: bool = False,
    ) -> Posterior:
        """Fit the hyperparameters, and return the posterior under them.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Features.
        y : array-like of shape (n,)
            Finite scores; n >= 1.
        theta_start : ndarray of shape (n_theta,), default=None
            Hyperparameters of an earlier fit to start from; None: the medians of the priors.
        noise : float or array-like of shape (n,), default=0.0
            Known variance of each score, in squared score units, besides tau^2.
        keep_scales : bool, default=False
            Whether the exponents of the warping stay as they are in `theta_start`.
        keep_all : bool, default=False
            Whether all hyperparameters do; `theta_start` must then be given.

        Returns
        -------
        Posterior
            The process given the scores; this object is not changed.

        Raises
        ------
        ValueError
            If a feature or score is not finite.
        """
        X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
        if not (np.isfinite(X).all() and np.isfinite(y).all()):
            raise ValueError("features and scores of a GaussianProcess must be finite")
        y_mean, spread = float(y.mean()), float(y.std())
        y_scale = spread if spread > EQUAL * np.abs(y).max() else 1.0
        basis = self.trend(X)
        basis_mean = basis.mean(axis=0)
        H = basis - basis_mean
        observed = Likelihood(
            kernel=self.kernel,
            warping=self.warping,
            trend=self.trend,
            X=X,
            H=H,
            r=(y - y_mean) / y_scale - self.trend.prior_mean(H),
            noise=np.broadcast_to(np.asarray(noise, dtype=float) / y_scale**2, y.shape),
        )
        start = self.priors.medians if theta_start is None else theta_start
        theta = start if keep_all else most_likely(observed, self.priors, start, keep_scales)
        return Posterior.of(observed, theta, y_mean, y_scale, basis_mean)
