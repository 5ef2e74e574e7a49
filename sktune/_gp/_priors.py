"""Priors of the hyperparameters: log-normal, so each is a normal density of a logarithm.

The fit maximises the posterior density of the logarithms (no Jacobian), so the median of a
prior is also where it is highest.

All features lie in [0, 1] and scores are standardised before the fit; lengths and variances
below are in those units.

References
----------
.. [1] Hvarfner, Hellsten and Nardi, "Vanilla Bayesian Optimization Performs Great in High
   Dimensions", ICML 2024. https://arxiv.org/abs/2402.02229
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Length scale: median 0.7 d^(1/4), spread 1 of the logarithm. In [1]_ the median grows as
# sqrt(d) so that prior functions keep their complexity in many dimensions, with a spread of
# sqrt(3). Settings of estimators have few dimensions that matter much and some that hardly
# matter: half the growth and a tighter spread had a third less regret on 6 XGBoost tasks
# after 50 fits and the same elsewhere (20 public tuning tasks, 2 seeds; tried: this, that of
# [1]_, median 0.5 with spread 2).
LENGTH_MEDIAN = 0.7
LENGTH_GROWTH = 0.25
LENGTH_SPREAD = 1.0

# Variance of the scores around their mean: 1 after standardising; the few observations of
# a first design may be off by a factor of e either way.
VARIANCE_MEDIAN = 1.0
VARIANCE_SPREAD = 1.0

# Variance of the noise: cross-validated scores on fixed folds repeat exactly, and differ from
# a smooth function by little: a thirtieth of the spread of scores in standard deviation, with
# room for a factor of e^2 (variance) either way. Not sensitive: medians 1e-4 to 1e-2 tried.
NOISE_MEDIAN = 1e-3
NOISE_SPREAD = 2.0

# Ranges of the fit: lengths from 1/200 of the cube to a thousand cubes; the noise keeps the
# kernel matrix well-conditioned (at least 1e-6 times the spread of the scores).
LENGTH_BOUNDS = (5e-3, 1e3)
VARIANCE_BOUNDS = (2e-2, 50.0)
NOISE_BOUNDS = (1e-6, 1.0)


class LogDensity(NamedTuple):
    """A log density, up to a constant, and its gradient, shape (n,)."""

    value: float
    gradient: Floats


@dataclass(frozen=True, slots=True)
class LogNormalPrior:
    """Independent log-normal priors of a number of positive hyperparameters.

    Parameters
    ----------
    median : float
        Median of the hyperparameter, in its own unit.
    spread : float
        Standard deviation of its logarithm.
    """

    median: float
    spread: float

    def log_density(self, log_values: Floats) -> LogDensity:
        """Density of the logarithms, shape (n,): -1/2 sum ((log v - log median) / spread)^2."""
        z = (log_values - np.log(self.median)) / self.spread
        return LogDensity(-0.5 * float(z @ z), -z / self.spread)


class Priors:
    """Priors of ``theta``: n_groups length scales, the variance, the noise (logarithms).

    Parameters
    ----------
    n_groups : int
        Dimensions of the space.

    Attributes
    ----------
    medians : ndarray of shape (n_groups + 2,)
        Logarithms of the medians: where a fit starts.
    bounds : list of (float, float), length n_groups + 2
        Logarithms of the ranges.
    """

    def __init__(self, n_groups: int) -> None:
        self.n_groups = n_groups
        self.length = LogNormalPrior(
            LENGTH_MEDIAN * max(n_groups, 1) ** LENGTH_GROWTH, LENGTH_SPREAD
        )
        self.variance = LogNormalPrior(VARIANCE_MEDIAN, VARIANCE_SPREAD)
        self.noise = LogNormalPrior(NOISE_MEDIAN, NOISE_SPREAD)
        self.medians = np.log(
            [self.length.median] * n_groups + [self.variance.median, self.noise.median]
        )
        ranges = [LENGTH_BOUNDS] * n_groups + [VARIANCE_BOUNDS, NOISE_BOUNDS]
        self.bounds = [(float(np.log(low)), float(np.log(high))) for low, high in ranges]

    def log_density(self, theta: Floats) -> LogDensity:
        """Joint density of theta, shape (n_groups + 2,)."""
        n = self.n_groups
        parts = [
            self.length.log_density(theta[:n]),
            self.variance.log_density(theta[n : n + 1]),
            self.noise.log_density(theta[n + 1 :]),
        ]
        value = sum(part.value for part in parts)
        return LogDensity(value, np.concatenate([part.gradient for part in parts]))
