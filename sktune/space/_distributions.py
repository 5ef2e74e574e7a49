"""``log_randint``: the log-uniform integers that scipy lacks."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from scipy.stats import rv_discrete

from ..exceptions import InvalidSpaceError, InvalidSpaceTypeError

# Relative error of the power in the ppf: 2e-16 times the logarithm of the ratio, below 44.
ROUNDING = 1e-14


class _LogRandint(rv_discrete):
    """Integers whose logarithm is uniform: a loguniform on [low - 1/2, high + 1/2], rounded."""

    def _argcheck(self, low: Any, high: Any) -> Any:
        return (low >= 1) & (high >= low)

    def _get_support(self, low: Any, high: Any) -> Any:
        return low, high

    def _cdf(self, x: Any, low: Any, high: Any) -> Any:
        lower, upper = low - 0.5, high + 0.5
        return np.log((np.floor(x) + 0.5) / lower) / np.log(upper / lower)

    def _pmf(self, k: Any, low: Any, high: Any) -> Any:
        lower, upper = low - 0.5, high + 0.5
        return np.log((k + 0.5) / (k - 0.5)) / np.log(upper / lower)

    def _ppf(self, q: Any, low: Any, high: Any) -> Any:
        lower, upper = low - 0.5, high + 0.5
        # If q is the cdf of an integer, rounding must not turn it into the next integer.
        k = np.ceil(lower * (upper / lower) ** q * (1 - ROUNDING) - 0.5)
        return np.clip(k, low, high)

    def _rvs(self, low: Any, high: Any, size: Any = None, random_state: Any = None) -> Any:
        return self._ppf(random_state.uniform(size=size), low, high).astype(int)


def is_log_randint(distribution: Any) -> bool:
    """Whether a distribution, not frozen, is the one below."""
    return isinstance(distribution, _LogRandint)


_log_randint = _LogRandint(name="log_randint", shapes="low, high")


def log_randint(low: int, high: int) -> Any:
    """Integers from `low` to `high`, both included, evenly spread over the magnitudes.

    For batch sizes and numbers of trees or hidden units, where 10 against 20 matters as much as
    100 against 200. It is the counterpart of ``scipy.stats.loguniform`` for integers.

    Parameters
    ----------
    low : int
        Smallest value, at least 1.
    high : int
        Largest value, at least `low`.

    Returns
    -------
    frozen scipy distribution
        With ``rvs``, ``ppf``, ``cdf``, ``pmf`` and ``support``, so that
        ``RandomizedSearchCV`` takes it as well.

    Raises
    ------
    InvalidSpaceTypeError
        If a bound is not an integer.
    InvalidSpaceError
        If not ``1 <= low <= high``.

    Examples
    --------
    >>> from sktune.space import log_randint
    >>> distribution = log_randint(1, 1000)
    >>> distribution.ppf([0.01, 0.25, 0.5, 0.75, 1]).astype(int).tolist()
    [1, 3, 22, 150, 1000]
    """
    for name, bound in (("low", low), ("high", high)):
        if isinstance(bound, bool) or not isinstance(bound, Integral):
            raise InvalidSpaceTypeError(f"log_randint: {name} must be an integer, got {bound!r}.")
    if not 1 <= low <= high:
        raise InvalidSpaceError(
            f"log_randint: 1 <= low <= high is needed, got low={low} and high={high}."
        )
    return _log_randint(int(low), int(high))
