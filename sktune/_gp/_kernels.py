"""The Matern 5/2 kernel with one length scale for each dimension of the space, and a rough one.

With the scaled distance between two points x and x'

    r^2 = sum_g c_g / l_g^2 * sum_{j in group g} (x_j - x'_j)^2

the kernel is k(x, x') = s^2 (1 + sqrt(5) r + 5/3 r^2) exp(-sqrt(5) r), Eq. 4.17 of [1]_. A
group holds the columns of one dimension: one column for a number (c = 1), the one-hot
columns of a category (c = 1/2, so two different choices are at distance 1 / l whatever their
number): only whether two choices are equal matters, as in the overlap kernel of [2]_.

Derivatives, with E = exp(-sqrt(5) r). Since dk/d(r^2) = -s^2 5/6 (1 + sqrt(5) r) E =: -D / 2,
no formula divides by r, and r = 0 needs no care:

    dk/d(log l_g) = D(x, x') c_g / l_g^2 sum_{j in g} (x_j - x'_j)^2
    dk/d(log s^2) = k
    dk/dx_j       = -D(x, x') c_g / l_g^2 (x_j - x'_j)

Symbols: n, m numbers of points; p features; G groups.

References
----------
.. [1] Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, chapter 4.
   https://gaussianprocess.org/gpml/
.. [2] Ru, Alvi, Nguyen, Osborne and Roberts, "Bayesian optimisation over multiple continuous
   and categorical inputs", ICML 2020. https://arxiv.org/abs/1906.08878
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SQRT5 = float(np.sqrt(5.0))

# Lengths of the rough part, in length scales. With 0.2 searches of benchmarks/real were as good.
ROUGH_LENGTH = 0.1


class KernelParts(NamedTuple):
    """A kernel matrix and what its derivatives need.

    Parameters
    ----------
    value : ndarray of shape (n, m)
        k of each pair.
    slope : ndarray of shape (n, m)
        D = -2 dk/d(r^2) of each pair.
    """

    value: Floats
    slope: Floats


class Matern52:
    """Matern 5/2 with automatic relevance determination over groups of features.

    Parameters
    ----------
    groups : sequence of slice, length n_groups
        Columns that share a length scale, as ``SearchSpace.feature_groups`` gives them; each
        column in one group. Groups of several columns are one-hot.

    Attributes
    ----------
    n_groups : int
        Number of groups. The hyperparameters ``theta``, shape (n_groups + 1,), are the
        logarithms of the length scales (in units of the cube) and of the variance s^2.

    Examples
    --------
    >>> import numpy as np
    >>> kernel = Matern52([slice(0, 1)])
    >>> kernel(np.zeros(2), np.array([[0.0]]), np.array([[0.0], [1.0]])).round(3).tolist()
    [[1.0, 0.524]]
    """

    def __init__(self, groups: Sequence[slice]) -> None:
        self.groups = tuple(groups)
        widths = [group.stop - group.start for group in groups]
        self.n_groups = len(widths)
        # Group of each column, shape (p,), and the root of c_g.
        self._group = np.repeat(np.arange(self.n_groups), np.array(widths, dtype=int))
        self._root_c = np.sqrt(np.repeat([0.5 if w > 1 else 1.0 for w in widths], widths))

    def __call__(self, theta: Floats, A: Floats, B: Floats) -> Floats:
        """Kernel matrix, shape (n, m), of features A, shape (n, p), and B, shape (m, p)."""
        distances = self._distances(theta, A, B)
        return _matern(distances, np.exp(theta[-1] - distances))

    def variance(self, theta: Floats) -> float:
        """k(x, x), the same for all x."""
        return float(np.exp(theta[-1]))

    def parts(self, theta: Floats, A: Floats, B: Floats) -> KernelParts:
        """Kernel matrix and slopes of features A, shape (n, p), and B, shape (m, p)."""
        return _matern_parts(self._distances(theta, A, B), theta[-1])

    def _distances(self, theta: Floats, A: Floats, B: Floats) -> Floats:
        """sqrt(5) r of each pair, shape (n, m)."""
        weights = SQRT5 * self.weights(theta)
        A, B = A * weights, B * weights
        # |a - b|^2 = |a|^2 + |b|^2 - 2 ab; rounding may leave it a little below 0.
        squared = A @ (-2.0 * B.T)
        squared += np.einsum("ij,ij->i", A, A)[:, None]
        squared += np.einsum("ij,ij->i", B, B)
        return np.asarray(np.sqrt(np.maximum(squared, 0.0, out=squared), out=squared))

    def gradient_theta(self, theta: Floats, X: Floats, parts: KernelParts, W: Floats) -> Floats:
        """Sum of W times dK/dtheta over all pairs, shape (n_groups + 1,).

        X has shape (n, p); `parts` is K(X, X); W, symmetric, has shape (n, n).
        """
        scaled = X * self.weights(theta)
        M = W * parts.slope
        # sum_ik M_ik (x_i - x_k)^2 = 2 sum_i x_i^2 sum_k M_ik - 2 x' M x, as M is symmetric:
        # two products in place of an array of shape (p, n, n).
        by_column = 2.0 * (M.sum(1) @ scaled**2 - np.sum(scaled * (M @ scaled), axis=0))
        by_group = np.bincount(self._group, by_column, minlength=self.n_groups)
        return np.concatenate((by_group, [np.vdot(W, parts.value)]))

    def gradient_point(self, theta: Floats, A: Floats, B: Floats, D: Floats, w: Floats) -> Floats:
        """Gradient of sum_k w_k k(a_i, b_k) with respect to each a_i, shape (..., n, p).

        A has shape (n, p), B shape (m, p), D (the slopes) shape (n, m); w has shape (..., 1, m),
        or (..., n, m) if each point has its own weights.
        """
        DW = D * w
        # sum_k DW_ik (a_i - b_k) = a_i sum_k DW_ik - (DW B)_i
        return -(self.weights(theta) ** 2) * (A * DW.sum(-1)[..., None] - DW @ B)

    def weights(self, theta: Floats) -> Floats:
        """Factor of each column, shape (p,): sqrt(c_g) / l_g."""
        return self._root_c * np.exp(-theta[:-1])[self._group]


class RoughMatern52(Matern52):
    """Matern 5/2 plus a rough part of the same shape: k(r) + v k(r / 0.1) / s^2.

    The rough part is the noise of scores on fixed folds, which is a function of the setting too:
    the same setting has the same noise, and settings nearby have nearly the same. Not for a fit:
    `v` is no hyperparameter.

    Parameters
    ----------
    groups : sequence of slice, length n_groups
        As in ``Matern52``.
    roughness : float
        Variance v of the rough part, in the unit of s^2.
    """

    def __init__(self, groups: Sequence[slice], roughness: float) -> None:
        super().__init__(groups)
        self.roughness = roughness

    def variance(self, theta: Floats) -> float:
        """k(x, x), the same for all x."""
        return super().variance(theta) + self.roughness

    def __call__(self, theta: Floats, A: Floats, B: Floats) -> Floats:
        """Kernel matrix, shape (n, m), of features A, shape (n, p), and B, shape (m, p)."""
        return self.parts(theta, A, B).value

    def parts(self, theta: Floats, A: Floats, B: Floats) -> KernelParts:
        """Kernel matrix and slopes of features A, shape (n, p), and B, shape (m, p)."""
        distances = self._distances(theta, A, B)
        smooth = _matern_parts(distances, theta[-1])
        rough = _matern_parts(distances / ROUGH_LENGTH, np.log(self.roughness))
        return KernelParts(smooth.value + rough.value, smooth.slope + rough.slope / ROUGH_LENGTH**2)


def _matern(root5_r: Floats, decay: Floats) -> Floats:
    """Matern 5/2 at scaled distances, given as sqrt(5) r, and s^2 E there."""
    value = root5_r / 3.0
    value += 1.0
    value *= root5_r
    value += 1.0
    value *= decay
    return value


def _matern_parts(root5_r: Floats, log_variance: float) -> KernelParts:
    """The same, and its slope D."""
    decay = np.exp(log_variance - root5_r)
    return KernelParts(_matern(root5_r, decay), 5.0 / 3.0 * (1.0 + root5_r) * decay)
