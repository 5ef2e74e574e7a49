"""Log expected improvement, exact to rounding where expected improvement itself underflows.

With a prediction N(mean, std^2) and the best value so far, z = (mean - best) / std and

    EI = E[max(f - best, 0)] = std h(z),   h(z) = phi(z) + z Phi(z)

phi, Phi: density and distribution function of the standard normal. Far from the best z is
strongly negative and EI is 0 in floating point over most of the space, so it has no gradient and
does not order points. Its logarithm does not have this fault [1]_. For z <= -1 the density is
taken out of h, with Mills' ratio M(z) = Phi(z) / phi(z) = sqrt(pi/2) erfcx(-z / sqrt(2)):

    log h(z) = log phi(z) + log(1 + z M(z))                        section 4.1 of [1]_

1 + z M(z) tends to 1 / z^2 while its two terms cancel. Where fewer than 11 digits are left,
below ``Z_SERIES``, its asymptotic series takes over, 1/z^2 - 3/z^4 + 15/z^6 [2]_; [1]_ stays
with the first term and starts at -1/sqrt(eps), where the cancelling difference has lost all
its digits.

Derivatives: dEI/dmean = Phi(z), dEI/dstd = phi(z); so those of log EI are those ratios to EI,
in which phi(z) drops out as well.

References
----------
.. [1] Ament, Daulton, Eriksson, Balandat and Bakshy, "Unexpected Improvements to Expected
   Improvement for Bayesian Optimization", NeurIPS 2023. https://arxiv.org/abs/2310.20708
.. [2] Abramowitz and Stegun, "Handbook of Mathematical Functions", 1964, Eq. 26.2.12.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfcx, ndtr

Floats = NDArray[np.float64]

SQRT2 = float(np.sqrt(2.0))
SQRT_2PI = float(np.sqrt(2.0 * np.pi))
LOG_SQRT_2PI = float(np.log(SQRT_2PI))

# Above: h itself. At -1 it has lost one digit to cancellation.
Z_DIRECT = -1.0
# Below: the series, whose next term is 105 / z^6 = 2e-12 of the sum there; the difference has
# z^2 eps = 9e-12 left.
Z_SERIES = -200.0


class Acquisition(NamedTuple):
    """Log expected improvement and its derivatives.

    Parameters
    ----------
    value : ndarray of shape (n,)
        Logarithm of the expected improvement, in log score units. Maximised.
    by_mean, by_std : ndarray of shape (n,)
        Its derivatives with respect to the predicted mean and standard deviation.
    """

    value: Floats
    by_mean: Floats
    by_std: Floats


def log_expected_improvement(mean: ArrayLike, std: ArrayLike, best: ArrayLike) -> Acquisition:
    """Log expected improvement over `best`, for scores that are maximised.

    Parameters
    ----------
    mean, std : array-like of shape (n,)
        Prediction in score units; `std` is positive.
    best : float or array-like
        Score to improve on. All three may have any shapes that broadcast, so that one call
        handles several outcomes of pending points.

    Returns
    -------
    Acquisition

    References
    ----------
    Ament et al., "Unexpected Improvements to Expected Improvement for Bayesian
    Optimization", NeurIPS 2023. https://arxiv.org/abs/2310.20708

    Examples
    --------
    >>> from sktune._gp import log_expected_improvement
    >>> log_expected_improvement([0.0, -50.0], [1.0, 1.0], 0.0).value.round(4).tolist()
    [-0.9189, -1258.7442]
    """
    mean, std = np.asarray(mean, dtype=float), np.asarray(std, dtype=float)
    z = (mean - np.asarray(best)) / std
    log_h, cdf_ratio, pdf_ratio = _log_h(z)
    return Acquisition(np.log(std) + log_h, cdf_ratio / std, pdf_ratio / std)


def _log_h(z: Floats) -> tuple[Floats, Floats, Floats]:
    """log h(z), Phi(z) / h(z) and phi(z) / h(z), each of the shape of z."""
    is_direct = z > Z_DIRECT
    n_direct = np.count_nonzero(is_direct)
    if n_direct in (0, z.size):
        return _log_h_direct(z) if n_direct else _log_h_tail(z)
    # Each branch gets only arguments from its own range, so that none overflows or is in vain.
    whole, places = np.empty((3, z.size)), is_direct.ravel()
    direct, tail = np.flatnonzero(places), np.flatnonzero(~places)
    flat = z.ravel()
    for row, above, below in zip(
        whole, _log_h_direct(flat[direct]), _log_h_tail(flat[tail]), strict=True
    ):
        row[direct], row[tail] = above, below
    log_h, cdf_ratio, pdf_ratio = whole.reshape(3, *z.shape)
    return log_h, cdf_ratio, pdf_ratio


def _log_h_direct(z: Floats) -> tuple[Floats, Floats, Floats]:
    """The same for z > -1."""
    pdf, cdf = np.exp(-0.5 * z**2) / SQRT_2PI, ndtr(z)
    h = pdf + z * cdf
    return np.log(h), cdf / h, pdf / h


def _log_h_tail(z: Floats) -> tuple[Floats, Floats, Floats]:
    """The same for z <= -1."""
    # tail = 1 + z M(z) = h / phi
    mills = 0.5 * SQRT_2PI * erfcx(z / -SQRT2)
    tail = 1.0 + z * mills
    is_far = z < Z_SERIES
    if is_far.any():
        inverse = 1.0 / z[is_far] ** 2
        tail[is_far] = inverse * (1.0 - 3.0 * inverse * (1.0 - 5.0 * inverse))
    return np.log(tail) - 0.5 * z**2 - LOG_SQRT_2PI, mills / tail, 1.0 / tail
