"""Cholesky factors, by LAPACK's own routines.

A search calls them tens of thousands of times with a few dozen rows, where the checks of
``scipy.linalg`` take several times as long as the algebra.

Symbols: n rows; L (n, n), lower, with K = L L'.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs, dtrtrs

Floats = NDArray[np.float64]


def factor(K: Floats, noise: Floats | float) -> Floats:
    """Lower Cholesky factor of K, shape (n, n), with `noise` added to its diagonal, in place.

    Raises
    ------
    numpy.linalg.LinAlgError
        If that is not positive definite.
    """
    np.einsum("ii->i", K)[...] += noise
    L, info = dpotrf(K, lower=True)
    if info:
        raise np.linalg.LinAlgError(f"the leading minor of order {info} is not positive definite")
    return np.asarray(L)


def solve(L: Floats, b: Floats) -> Floats:
    """K^-1 b, shape (n,) or (n, m)."""
    return np.asarray(dpotrs(L, b, lower=True)[0]).reshape(b.shape) if b.size else b.copy()


def solve_lower(L: Floats, b: Floats, transposed: bool = False) -> Floats:
    """L^-1 b, shape (n, m), or L'^-1 b."""
    return np.asarray(dtrtrs(L, b, lower=True, trans=int(transposed))[0]) if b.size else b.copy()


def inverse(L: Floats) -> Floats:
    """K^-1, shape (n, n)."""
    half, _ = dpotri(L, lower=True)  # fills the lower triangle; the other stays 0
    np.einsum("ii->i", half)[...] *= 0.5
    return np.asarray(half + half.T)
