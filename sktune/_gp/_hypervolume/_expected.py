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

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._acquisition import Acquisition, log_expected_improvement
from .._criteria import N_OUTCOMES, log_mean_exp
from .._posterior import Posterior
from ._hypervolume import Boxes, boxes_above, front_above

Floats = NDArray[np.float64]

# Least difference of two logarithms, where rounding leaves less: of a box that is all but flat.
LEAST = 1e-12


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
    lower, upper : ndarray of shape (n_boxes,)
        At which of the ``Sides.corners`` each begins and ends; any where it has no end.
    is_open : ndarray of shape (n_boxes,)
        Which have none.
    """

    lower: NDArray[np.intp]
    upper: NDArray[np.intp]
    is_open: NDArray[np.bool_]


class Sides(NamedTuple):
    """The sides of boxes.

    Parameters
    ----------
    corners : ndarray of shape (n_corners,)
        Where they begin and end in one of the scores, each once, without infinity.
    score : ndarray of shape (n_corners,)
        In which of the scores.
    by_score : list of Side, length n_scores
    """

    corners: Floats
    score: NDArray[np.intp]
    by_score: list[Side]


def sides_of(boxes: Boxes) -> Sides:
    """The sides of boxes."""
    corners: list[Floats] = []
    by_score = []
    for lower, upper in zip(boxes.lower.T, boxes.upper.T, strict=True):
        is_open, n_before = np.isinf(upper), sum(map(len, corners))
        ends = np.where(is_open, lower, upper)
        found, places = np.unique(np.append(lower, ends), return_inverse=True)
        begin, end = np.split(n_before + places.reshape(-1), 2)
        corners.append(found)
        by_score.append(Side(begin, end, is_open))
    score = np.repeat(np.arange(len(corners)), [len(found) for found in corners])
    return Sides(np.concatenate(corners), score, by_score)


def log_expected_hypervolume_improvement(mean: Floats, std: Floats, sides: Sides) -> Ehvi:
    """Log expected hypervolume improvement over a front.

    Parameters
    ----------
    mean, std : ndarray of shape (n, n_scores)
        Predictions in score units; `std` is positive.
    sides : Sides
        Of the boxes that the front does not dominate.

    Returns
    -------
    Ehvi
    """
    psi, lengths, logs = _log_volumes(mean, std, sides)
    value = _log_sum_exp(logs)
    # d log sum_j exp(t_j) = sum_j w_j dt_j with the softmax of t for weights.
    weights = np.exp(logs - value[:, None])
    by_mean, by_std = np.empty_like(mean), np.empty_like(mean)
    for k, (length, side) in enumerate(zip(lengths, sides.by_score, strict=True)):
        # A length is psi(l) - psi(u), so its logarithm changes with these as exp(log psi - length).
        of_low = weights * np.exp(psi.value[:, side.lower] - length)
        by_mean[:, k] = np.einsum("nj,nj->n", of_low, psi.by_mean[:, side.lower])
        by_std[:, k] = np.einsum("nj,nj->n", of_low, psi.by_std[:, side.lower])
        if not side.is_open.all():
            of_up = weights * np.exp(psi.value[:, side.upper] - length) * ~side.is_open
            by_mean[:, k] -= np.einsum("nj,nj->n", of_up, psi.by_mean[:, side.upper])
            by_std[:, k] -= np.einsum("nj,nj->n", of_up, psi.by_std[:, side.upper])
    return Ehvi(value, by_mean, by_std)


def expected_value(mean: Floats, std: Floats, sides: Sides) -> Floats:
    """The same without the derivatives, shape (n,)."""
    return _log_sum_exp(_log_volumes(mean, std, sides)[2])


def _log_volumes(
    mean: Floats, std: Floats, sides: Sides
) -> tuple[Acquisition, list[Floats], Floats]:
    """psi at the corners, and logarithms of the boxes' lengths in each score and volumes."""
    psi = log_expected_improvement(mean[:, sides.score], std[:, sides.score], sides.corners)
    lengths = [_log_lengths(psi.value, side) for side in sides.by_score]
    return psi, lengths, np.add.reduce(lengths)


def _log_lengths(psi: Floats, side: Side) -> Floats:
    """log(psi_k(l) - psi_k(u)), shape (n, n_boxes), of logarithms psi, shape (n, n_corners)."""
    low = psi[:, side.lower]
    if side.is_open.all():
        return low
    gap = np.minimum(psi[:, side.upper] - low, -LEAST)
    return low + np.where(side.is_open, 0.0, np.log(-np.expm1(gap)))


def _log_sum_exp(logs: Floats) -> Floats:
    """log sum_j exp(t_j), shape (n,), of finite logarithms, shape (n, n_boxes)."""
    highest = logs.max(axis=1)
    return np.asarray(highest + np.log(np.exp(logs - highest[:, None]).sum(axis=1)))


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
        mean, std = np.moveaxis(np.array(predicted), 0, -1)
        return expected_value(mean, std, self._sides)

    def with_gradient(self, X: Floats) -> tuple[Floats, Floats]:
        """The same, and its derivatives with respect to the features, shape (n, p)."""
        predicted = [m.predict(X, return_std=True, return_grad=True) for m in self._scores]
        mean, std = np.moveaxis(np.array([part[:2] for part in predicted]), 0, -1)
        value, by_mean, by_std = log_expected_hypervolume_improvement(mean, std, self._sides)
        gradient = np.zeros_like(X, dtype=float)
        for k, (_, _, mean_grad, std_grad) in enumerate(predicted):
            gradient += by_mean[:, k, None] * mean_grad + by_std[:, k, None] * std_grad
        return value, gradient


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
        outcomes = self._outcomes(predicted)
        return log_mean_exp(np.array([expected_value(mean, std, s) for mean, s in outcomes]))

    def with_gradient(self, X: Floats) -> tuple[Floats, Floats]:
        """The same, and its derivatives with respect to the features, shape (n, p)."""
        predicted = [m.predict(X, return_std=True, return_grad=True) for m in self._scores]
        std = np.column_stack([part[1] for part in predicted])
        found = [
            log_expected_hypervolume_improvement(mean, std, sides)
            for mean, sides in self._outcomes(predicted)
        ]
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

    def _outcomes(self, predicted: Sequence[tuple[Floats, ...]]) -> Iterator[tuple[Floats, Sides]]:
        """Of each outcome its means, shape (n, n_scores), and its boxes."""
        means = np.moveaxis(np.array([part[0] for part in predicted]), 0, -1)
        return zip(means, self._sides, strict=True)
