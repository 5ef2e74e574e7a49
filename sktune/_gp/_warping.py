"""``Warping``: puts numbers on the model's own scales.

Scores may vary fast at one end of a range and hardly at the other, and the user's scale (linear,
logarithmic) need not be the one on which they vary evenly. So each number x in [0, 1] is
transformed by the distribution function of Kumaraswamy [1]_, whose a and b are hyperparameters
[2]_::

    w(x) = 1 - (1 - x^a)^b

a = b = 1 leaves x as it is, a < 1 stretches the low end, b < 1 the high end, both above 1
the middle. Categories stay as they are. With u = 1 - x^a, so that w = 1 - u^b::

    dw/dx      = a b x^(a-1) u^(b-1)
    dw/d log a = a b x^a log(x) u^(b-1)
    dw/d log b = -b u^b log(u)

Symbols: n points; p features; k numbers among them.

References
----------
.. [1] Kumaraswamy, "A generalized probability density function for double-bounded random
   processes", Journal of Hydrology 46, 1980. https://doi.org/10.1016/0022-1694(80)90036-0
.. [2] Snoek, Swersky, Zemel and Adams, "Input Warping for Bayesian Optimization of
   Non-Stationary Functions", ICML 2014. https://proceedings.mlr.press/v32/snoek14.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Numbers are kept this far from 0 and 1, where the derivatives may be infinite.
MARGIN = 1e-6


class Slopes(NamedTuple):
    """Derivatives of the warping with respect to x, log a and log b, each of shape (n, k)."""

    by_x: Floats
    by_log_a: Floats
    by_log_b: Floats


class Warping:
    """Warps the numbers among features.

    The exponents, shape (2 k,), are the logarithms of each a, then of each b. If all are 0, or
    there are none, features stay exactly as they are.

    Parameters
    ----------
    groups : sequence of slice
        As ``SearchSpace.feature_groups`` gives them; groups of one column are numbers.

    Attributes
    ----------
    n_numbers : int
        k.

    Examples
    --------
    >>> import numpy as np
    >>> warping = Warping([slice(0, 1), slice(1, 3)])
    >>> warping(np.log([0.5, 1.0]), np.array([[0.09, 1.0, 0.0]])).round(6).tolist()
    [[0.3, 1.0, 0.0]]
    """

    def __init__(self, groups: Sequence[slice]) -> None:
        self._columns = np.array([g.start for g in groups if g.stop - g.start == 1], dtype=np.intp)
        self.n_numbers = len(self._columns)

    def __call__(self, exponents: Floats, X: Floats) -> Floats:
        """Warped features, from features of the same shape (n, p)."""
        if not exponents.any():
            return X
        Z = X.copy()
        Z[:, self._columns] = kumaraswamy(X[:, self._columns], *self._split(exponents))
        return Z

    def slopes(self, exponents: Floats, X: Floats) -> Floats:
        """Derivative of each warped feature with respect to itself, shape (n, p)."""
        slopes = np.ones_like(X)
        if exponents.any():
            slopes[:, self._columns] = slope(X[:, self._columns], *self._split(exponents))
        return slopes

    def gradient_exponents(self, exponents: Floats, X: Floats, gradient: Floats) -> Floats:
        """Derivatives with respect to the exponents, of their shape, summed over the points.

        `gradient`, shape (n, p), has the derivatives with respect to warped X.
        """
        if not len(exponents):
            return exponents
        slopes = kumaraswamy_slopes(X[:, self._columns], *self._split(exponents))
        by_number = gradient[:, self._columns]
        by = np.concatenate([by_number * slopes.by_log_a, by_number * slopes.by_log_b], axis=1)
        return np.asarray(by.sum(axis=0))

    def _split(self, exponents: Floats) -> tuple[Floats, Floats]:
        """a and b, each of shape (k,)."""
        a, b = np.exp(exponents).reshape(2, self.n_numbers)
        return a, b


def kumaraswamy(x: Floats, a: Floats, b: Floats) -> Floats:
    """w(x), shape (n, k), of numbers, shape (n, k), with exponents of shape (k,)."""
    log_x = np.log(_inside(x))
    # log u = log(1 - x^a); as 1 - exp(...), both differences would lose digits near 0 and 1.
    return np.asarray(-np.expm1(b * np.log1p(-np.exp(a * log_x))))


def kumaraswamy_slopes(x: Floats, a: Floats, b: Floats) -> Slopes:
    """Derivatives of w, each of shape (n, k); shapes as for `kumaraswamy`."""
    x = _inside(x)
    log_x = np.log(x)
    power = np.exp(a * log_x)
    log_u = np.log1p(-power)
    by_power = a * b * power * np.exp((b - 1.0) * log_u)
    return Slopes(by_power / x, by_power * log_x, -b * np.exp(b * log_u) * log_u)


def slope(x: Floats, a: Floats, b: Floats) -> Floats:
    """The first of them, dw/dx."""
    log_x = np.log(_inside(x))
    log_u = np.log1p(-np.exp(a * log_x))
    return np.asarray(a * b * np.exp((a - 1.0) * log_x + (b - 1.0) * log_u))


def _inside(x: Floats) -> Floats:
    """Numbers kept from 0 and 1; ``np.clip`` takes five times as long for a few dozen."""
    return np.minimum(np.maximum(x, MARGIN), 1.0 - MARGIN)
