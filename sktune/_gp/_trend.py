"""``Trend``: the prior mean of the scores: what is hoped for, and what earlier models let expect.

The weights of the earlier models are learnt with everything else (R&W section 2.7, explicit basis
functions)::

    symbol   shape     meaning
    c                  level: 0 is the mean of the observations, 1 a standard deviation above
    q                  number of earlier models
    h(x)     (q,)      their standardised means at x, less the average over the observations
    H        (n, q)    h at the observations
    beta     (q,)      weights, a priori independent N(b, s_b^2)

    f(x) = c + h(x)' beta + g(x),   g ~ GP(0, k)                         R&W Eq. 2.39

Integrating beta out leaves a Gaussian process with mean c + h(x)' b and covariance
k(x, x') + s_b^2 h(x)' h(x'), R&W Eq. 2.40. Where the old scores agree with the new ones the
posterior of beta moves towards 1 and the earlier models lead the way; where they contradict it
falls to 0 or below, and they are ignored or avoided.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Weight a priori of all earlier models together, and its standard deviation: most likely they agree
# in part, and contradiction is not excluded. Warmed by scores of other data, the regret after 10
# candidates is 0.128 below that of a cold start; by the same scores negated, it is 0.029 below
# after 30 (20 and 25 public tuning tasks, 9 seeds). With 0.4 and 0.5 it is 0.130 and 0.020; with
# 0.6 and 0.5 some 0.13 and 0.001, for then it takes many scores to believe that the sign is wrong.
WEIGHT_MEAN = 0.5
WEIGHT_SPREAD = 0.8

# What a search hopes for, in standard deviations above the mean of the scores so far. With 0 it
# stays near the first setting that is better than a handful of others. Together with the priors of
# the length scales and the variance and with ``N_BELOW``, which were chosen with it, the regret
# after 10, 25 and 50 candidates is 0.245, 0.099 and 0.045, and was 0.263, 0.105 and 0.048 (mean of
# 80 tuning tasks of YAHPO Gym and scikit-learn, 6 to 10 seeds). A hope of 1 with the priors of
# before: 0.252, 0.096, 0.045; 0.5 or 1.5: between this and 0; -0.5: worse than 0. A level that is
# learnt, with the prior N(1, 0.5^2): 0.247, 0.094, 0.044, and slower after 50 on XGBoost; N(1, 1):
# no better than 0.
HOPE = 1.0

# The hope is full in so many dimensions and less in others. In few a handful of scores tells much
# of the rest: in proportion to them. In many everything is far from all that was seen, and a search
# that hopes for much goes from corner to corner: in inverse proportion. A quadratic of 2 of 20
# parameters was 0.03 below its top after 40 candidates with the full hope, and 0.0002 so. On the
# tasks with 2 to 5 parameters less hope is level; a smooth function of 2 finds its top sooner.
HOPEFUL_DIMS = 7


class StandardisedMean(Protocol):
    """An earlier model, as a trend needs it."""

    def standardised_mean(self, X: Floats) -> Floats:
        """Mean at features, shape (n, p), in standard deviations of its scores; shape (n,)."""

    def standardised_slope(self, X: Floats) -> Floats:
        """Its derivatives with respect to the features, shape (n, p)."""


class Trend:
    """Prior mean of the scores, in standard deviations of them above their mean.

    Parameters
    ----------
    models : sequence of GaussianProcess, length q, default=()
        Fitted to the same features. None: the prior mean is constant.
    level : float, default=0.0
        c.

    Attributes
    ----------
    mean : float
        b: prior mean of each weight.
    variance : float
        s_b^2: prior variance of each weight.
    """

    def __init__(self, models: Sequence[StandardisedMean] = (), level: float = 0.0) -> None:
        self._models, self.level = tuple(models), level
        n_models = max(len(self._models), 1)
        self.mean = WEIGHT_MEAN / n_models
        self.variance = WEIGHT_SPREAD**2 / n_models

    def __call__(self, X: Floats) -> Floats:
        """Basis functions, shape (n, q), of features, shape (n, p); not centred."""
        values = [model.standardised_mean(X) for model in self._models]
        return np.stack(values, axis=1) if values else np.zeros((len(X), 0))

    def prior_mean(self, H: Floats) -> Floats:
        """c + H b, shape (n,), for centred basis functions, shape (n, q)."""
        return np.asarray(self.level + self.mean * H.sum(axis=1))

    def add_covariance(self, K: Floats, HA: Floats, HB: Floats) -> Floats:
        """K, shape (n, m), with s_b^2 HA HB' added in place: HA (n, q), HB (m, q), both centred.

        Nothing is done without earlier models: this is asked for thousands of points at once.
        """
        if self._models:
            K += self.variance * (HA @ HB.T)
        return K

    def gradient(self, X: Floats) -> Floats:
        """Their derivatives with respect to the features, shape (n, q, p)."""
        slopes = [model.standardised_slope(X) for model in self._models]
        return np.stack(slopes, axis=1) if slopes else np.zeros((len(X), 0, X.shape[1]))


def hoped_for(n_groups: int) -> float:
    """Level of a search over n dimensions: n / 7 up to 7 of them, 7 / n in more."""
    return HOPE * min(n_groups / HOPEFUL_DIMS, HOPEFUL_DIMS / max(n_groups, 1))
