"""How likely each candidate is to be on the front, given how much its folds vary."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..._gp import is_on_front

Floats = NDArray[np.float64]

# Draws of all scores: a probability is then known to 0.03.
N_DRAWS = 400

# Standard deviations of a difference beyond which a candidate is not drawn at all.
FAR = 5.0


def front_probability(
    means: Floats, spreads: Floats, residuals: Floats, inflation: float
) -> Floats:
    """Share of draws of the scores in which each candidate is on the front, shape (n,).

    Scores are drawn about their means, with the variance that folds show once the effects of the
    folds are taken out, and with their correlation over the folds: of a candidate, scores of one
    fold belong together. The variance is the median over the candidates, so that a disaster, which
    varies widely, does not count.

    Parameters
    ----------
    means : ndarray of shape (n, n_metrics)
        On the scale on which they are compared, higher is better; nan: never on the front.
    spreads : ndarray of shape (n, n_metrics)
        Standard deviations of the scores of single folds.
    residuals : ndarray of shape (n, n_splits, n_metrics)
        Scores of the folds less the means and the effects of the folds; 0 where unknown.
    inflation : float
        Variance of a mean for a variance of 1 of its folds.
    """
    is_there = np.isfinite(means).all(axis=1)
    probability = np.zeros(len(means))
    if not is_there.any():
        return probability
    factor = _factor(spreads[is_there], residuals[is_there]) * np.sqrt(inflation)
    there = np.flatnonzero(is_there)
    means = means[there]
    margin = FAR * np.sqrt(2.0) * np.linalg.norm(factor, axis=1)
    front = means[is_on_front(means)] - margin
    is_near = ~np.array([((front > row).all(axis=1)).any() for row in means])
    there, means = there[is_near], means[is_near]
    rng = np.random.default_rng(0)
    for _ in range(N_DRAWS):
        drawn = means + rng.standard_normal(means.shape) @ factor.T
        probability[there] += is_on_front(drawn)
    return probability / N_DRAWS


def _factor(spreads: Floats, residuals: Floats) -> Floats:
    """A matrix F with F F' the covariance of the scores of one fold, (n_metrics, n_metrics)."""
    n_metrics = spreads.shape[1]
    spread = np.array([_median(column) for column in spreads.T])
    flat = residuals.reshape(-1, n_metrics)
    flat = flat[np.isfinite(flat).all(axis=1)]
    size = np.linalg.norm(flat, axis=0)
    scaled = flat / np.where(size > 0, size, 1.0)
    # Constant scores, or those of which the folds are unknown, go with nothing.
    correlation = scaled.T @ scaled
    np.fill_diagonal(correlation, 1.0)
    values, vectors = np.linalg.eigh(correlation)
    return np.asarray(spread[:, None] * vectors * np.sqrt(np.maximum(values, 0.0)))


def _median(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else 0.0
