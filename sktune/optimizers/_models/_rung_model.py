"""``RungModel``: the model of all scores, or of the full trainings alone where the rest is noise.

Early scores mostly tell how a setting does when fully trained, and one process over settings and
resource learns how much. Where they tell nothing it has to explain noise, by short length scales or
as noise that it then expects at full training, too. So two hypotheses are compared:

    together   all scores are those of one process,
    alone      those of full training are; the rest is noise, N(m, s^2) with the mean and variance
               of all scores.

Believed is the one under which the scores, and the most likely hyperparameters, are more probable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..._gp import GaussianProcess, Posterior

Floats = NDArray[np.float64]

TOGETHER, ALONE = "together", "alone"


@dataclass(frozen=True, eq=False)
class RungModel:
    """A Gaussian process of scores on several rungs.

    Parameters
    ----------
    scores : Posterior
        Under the hypothesis that is believed, given the scores that it does not call noise.
    is_alone : bool
        Whether lower rungs are taken for noise.
    thetas : dict of str to ndarray of shape (n_theta,)
        The hyperparameters under each hypothesis, from which the next fits start; by its name.
    """

    scores: Posterior
    is_alone: bool
    thetas: Mapping[str, Floats]

    @classmethod
    def fit(
        cls,
        process: GaussianProcess,
        X: Floats,
        y: Floats,
        noise: Floats,
        is_full: NDArray[np.bool_],
        last: RungModel | None = None,
        keep_scales: bool = False,
        keep_all: bool = False,
    ) -> RungModel:
        """Fit the process under both hypotheses, and believe the more likely one.

        Parameters
        ----------
        process : GaussianProcess
            Of features with the resource among them.
        X : ndarray of shape (n, p)
            Features.
        y : ndarray of shape (n,)
            Scores.
        noise : ndarray of shape (n,)
            Their known variances.
        is_full : ndarray of bool, shape (n,)
            Which of them are of full training.
        last : RungModel or None, default=None
            An earlier one, with whose hyperparameters the fits start.
        keep_scales, keep_all : bool, default=False
            As for ``GaussianProcess.fit``; `keep_all` keeps the hypothesis of `last`, too.
        """
        thetas = {} if last is None else dict(last.thetas)
        if last is not None and keep_all:
            hypotheses = [ALONE if last.is_alone else TOGETHER]
        else:
            # Of a single score, or equal ones, nothing could be said.
            can_be_alone = not is_full.all() and len(np.unique(y[is_full])) > 1
            hypotheses = [TOGETHER, ALONE] if can_be_alone else [TOGETHER]
        posteriors, densities = {}, {}
        for name in hypotheses:
            start = None if last is None else thetas.get(name, last.scores.theta)
            told = is_full | (name == TOGETHER)
            posterior = process.fit(X[told], y[told], start, noise[told], keep_scales, keep_all)
            posteriors[name], thetas[name] = posterior, posterior.theta
            densities[name] = _log_density(process, posterior, y[~told], y)
        best = max(hypotheses, key=lambda name: densities[name])
        return cls(posteriors[best], best == ALONE, thetas)


def _log_density(process: GaussianProcess, posterior: Posterior, rest: Floats, y: Floats) -> float:
    """Of the scores y, shape (n,), of which the rest is noise, and of the hyperparameters.

    In units of the standard deviation of all scores. That of two scores that happen to be nearly
    equal is tiny, and in it all would be probable.
    """
    value, _ = posterior.observed(posterior.theta, posterior.Z)
    unit = y.std() if len(rest) else posterior.y_scale
    log_ratio = np.log(posterior.y_scale / unit)
    value -= len(posterior.observed.r) * log_ratio
    theta = posterior.theta.copy()
    theta[-2:] += 2.0 * log_ratio  # variances, as logarithms
    as_noise = stats.norm.logpdf((rest - y.mean()) / unit).sum()
    return float(value + process.priors.log_density(theta).value + as_noise)
