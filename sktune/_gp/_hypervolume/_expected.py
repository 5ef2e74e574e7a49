"""Expected hypervolume improvement of several independent models, exact and in logarithms.

What a point y adds to the hypervolume of a front is the volume of the region that it dominates
and the front does not. That region is cut into boxes [l_j, u_j], see ``boxes_above``, and y
dominates in box j, in score k, the length (y_k - l_jk)_+ - (y_k - u_jk)_+. The scores are
independent, so expectations multiply [1]_::

    EHVI = sum_j prod_k [psi_k(l_jk) - psi_k(u_jk)],   psi_k(c) = E (y_k - c)_+,   psi_k(inf) = 0

psi is expected improvement, of which the logarithm is exact where it underflows itself [2]_; so
this is summed in logarithms, too. With one score it is expected improvement.

References
----------
.. [1] Yang, Emmerich, Deutz and Baeck, "Efficient computation of expected hypervolume improvement
   using box decomposition algorithms", Journal of Global Optimization 75, 2019.
   https://arxiv.org/abs/1904.12672
.. [2] Ament, Daulton, Eriksson, Balandat and Bakshy, "Unexpected Improvements to Expected
   Improvement for Bayesian Optimization", NeurIPS 2023. https://arxiv.org/abs/2310.20708
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._acquisition import log_expected_improvement
from .._criteria import N_OUTCOMES, log_mean_exp
from .._posterior import Posterior
from ._hypervolume import Boxes, boxes_above, front_above

Floats = NDArray[np.float64]

# Least difference of two logarithms, where rounding leaves less: of a box that is all but flat.
LEAST = 1e-12

# Log expected improvement over infinity, and its derivatives.
BEYOND = (-np.inf, 0.0, 0.0)


class Ehvi(NamedTuple):
    """Log expected hypervolume improvement and its derivatives.

    Parameters
    ----------
    value : ndarray of shape (n,)
        In log units of volume. Maximised.
    by_mean, by_std : ndarray of shape (n, n_scores)
        Its derivatives with respect to the predicted means and standard deviations.
    """

    value: Floats
    by_mean: Floats
    by_std: Floats


class Side(NamedTuple):
    """The sides of boxes in one score.

    Parameters
    ----------
    corners : ndarray of shape (n_corners,)
        Where they begin and end, each once, without infinity.
    lower : ndarray of shape (n_boxes,)
        At which of the corners each begins.
    upper : ndarray of shape (n_boxes,) or None
        At which it ends, n_corners for infinity; None: all are infinite.
    """

    corners: Floats
    lower: NDArray[np.intp]
    upper: NDArray[np.intp] | None


def sides_of(boxes: Boxes) -> list[Side]:
    """The sides of boxes in each score."""
    sides = []
    for lower, upper in zip(boxes.lower.T, boxes.upper.T, strict=True):
        ends, places = np.unique(np.append(lower, upper), return_inverse=True)
        begin, end = np.split(places.reshape(-1), 2)
        is_open = not np.isfinite(upper).any()
        sides.append(Side(ends[np.isfinite(ends)], begin, None if is_open else end))
    return sides


def log_expected_hypervolume_improvement(mean: Floats, std: Floats, sides: Sequence[Side]) -> Ehvi:
    """Log expected hypervolume improvement over a front.

    Parameters
    ----------
    mean, std : ndarray of shape (n, n_scores)
        Predictions in score units; `std` is positive.
    sides : sequence of Side, length n_scores
        Of the boxes that the front does not dominate.

    Returns
    -------
    Ehvi
    """
    parts = [_lengths(mean[:, k], std[:, k], side) for k, side in enumerate(sides)]
    logs = np.sum([part.value for part in parts], axis=0)
    highest = logs.max(axis=1, keepdims=True)
    volumes = np.exp(logs - highest)
    total = volumes.sum(axis=1, keepdims=True)
    # d log sum_j exp(t_j) = sum_j w_j dt_j with the softmax of t for weights.
    weights = volumes / total
    by_mean = np.column_stack([(weights * part.by_mean).sum(axis=1) for part in parts])
    by_std = np.column_stack([(weights * part.by_std).sum(axis=1) for part in parts])
    return Ehvi((highest + np.log(total))[:, 0], by_mean, by_std)


def _lengths(mean: Floats, std: Floats, side: Side) -> Ehvi:
    """Logarithm of psi_k(l) - psi_k(u) and its derivatives, each of shape (n, n_boxes)."""
    psi = log_expected_improvement(mean[:, None], std[:, None], side.corners)
    if side.upper is None:
        return Ehvi(*(part[:, side.lower] for part in psi))
    # psi(inf) = 0, for boxes without an upper end.
    parts = [
        np.hstack([part, np.full((len(mean), 1), end)])
        for part, end in zip(psi, BEYOND, strict=True)
    ]
    low, low_mean, low_std = (part[:, side.lower] for part in parts)
    up, up_mean, up_std = (part[:, side.upper] for part in parts)
    gap = np.minimum(up - low, -LEAST)
    value = low + _log1mexp(gap)
    of_low, of_up = np.exp(low - value), np.exp(low + gap - value)
    return Ehvi(value, of_low * low_mean - of_up * up_mean, of_low * low_std - of_up * up_std)


def _log1mexp(x: Floats) -> Floats:
    """log(1 - exp(x)) for x < 0."""
    near = np.maximum(x, -np.log(2.0))
    far = np.minimum(x, -np.log(2.0))
    return np.where(x > -np.log(2.0), np.log(-np.expm1(near)), np.log1p(-np.exp(far)))


class HypervolumeImprovement:
    """Log expected hypervolume improvement.

    Parameters
    ----------
    scores : sequence of Posterior
        A model for each score.
    front : ndarray of shape (n, n_scores)
        What to improve on, as ``front_above`` gives it.
    reference : ndarray of shape (n_scores,)
        Below it in any score nothing counts.
    """

    def __init__(self, scores: Sequence[Posterior], front: Floats, reference: Floats) -> None:
        self._scores = tuple(scores)
        self._sides = sides_of(boxes_above(front, reference))

    def __call__(self, X: Floats) -> Floats:
        """Value at features, shape (n, p), in log units of volume."""
        predicted = [model.predict(X, return_std=True) for model in self._scores]
        mean, std = (np.column_stack(part) for part in zip(*predicted, strict=True))
        return log_expected_hypervolume_improvement(mean, std, self._sides).value

    def with_gradient(self, X: Floats) -> tuple[Floats, Floats]:
        """The same, and its derivatives with respect to the features, shape (n, p)."""
        predicted = [m.predict(X, return_std=True, return_grad=True) for m in self._scores]
        mean, std = (np.column_stack([p[i] for p in predicted]) for i in (0, 1))
        mean_grad, std_grad = (np.stack([p[i] for p in predicted], axis=1) for i in (2, 3))
        value, by_mean, by_std = log_expected_hypervolume_improvement(mean, std, self._sides)
        gradient = np.einsum("nk,nkp->np", by_mean, mean_grad)
        return value, gradient + np.einsum("nk,nkp->np", by_std, std_grad)


class PendingHypervolumeImprovement:
    """Log expected hypervolume improvement, averaged over outcomes of what is pending.

    As ``PendingImprovement``, for several scores: each outcome of all scores has a front of its
    own, of what was observed and of what it says of the pending.

    Parameters
    ----------
    scores : sequence of Posterior
        A model for each score.
    pending : ndarray of shape (m, p)
        Features of what is pending, m >= 1.
    front : ndarray of shape (n, n_scores)
        What to improve on, as ``front_above`` gives it.
    reference : ndarray of shape (n_scores,)
        Below it in any score nothing counts.
    rng : Generator
        Draws the outcomes.
    """

    def __init__(
        self,
        scores: Sequence[Posterior],
        pending: Floats,
        front: Floats,
        reference: Floats,
        rng: np.random.Generator,
    ) -> None:
        half = rng.standard_normal((len(scores), len(pending), N_OUTCOMES // 2))
        normals = np.concatenate([half, -half], axis=2)
        pairs = zip(scores, normals, strict=True)
        self._scores = [model.under_outcomes(pending, drawn) for model, drawn in pairs]
        # (n_scores, S, m) to (S, m, n_scores)
        outcomes = np.moveaxis(np.array([m.predict(pending) for m in self._scores]), 0, -1)
        fronts = [front_above(np.vstack([front, points]), reference) for points in outcomes]
        self._sides = [sides_of(boxes_above(found, reference)) for found in fronts]

    def __call__(self, X: Floats) -> Floats:
        """Value at features, shape (n, p), in log units of volume."""
        predicted = [model.predict(X, return_std=True) for model in self._scores]
        std = np.column_stack([part[1] for part in predicted])
        return log_mean_exp(np.array([found.value for found in self._improvements(predicted, std)]))

    def with_gradient(self, X: Floats) -> tuple[Floats, Floats]:
        """The same, and its derivatives with respect to the features, shape (n, p)."""
        predicted = [m.predict(X, return_std=True, return_grad=True) for m in self._scores]
        std = np.column_stack([part[1] for part in predicted])
        found = self._improvements(predicted, std)
        values = np.array([each.value for each in found])
        value = log_mean_exp(values)
        weights = np.exp(values - value)[..., None] / N_OUTCOMES
        by_mean = weights * np.array([each.by_mean for each in found])
        by_std = (weights * np.array([each.by_std for each in found])).sum(axis=0)
        gradient = np.zeros_like(X, dtype=float)
        for k, (_, _, mean_grad, std_grad) in enumerate(predicted):
            gradient += np.einsum("sn,snp->np", by_mean[..., k], mean_grad)
            gradient += by_std[:, k, None] * std_grad
        return value, gradient

    def _improvements(self, predicted: Sequence[tuple[Floats, ...]], std: Floats) -> list[Ehvi]:
        """Of each outcome: its means and its front."""
        return [
            log_expected_hypervolume_improvement(
                np.column_stack([part[0][s] for part in predicted]), std, sides
            )
            for s, sides in enumerate(self._sides)
        ]
