"""Make room in a ready space for the values that the estimator has already."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from numbers import Integral, Real
from typing import Any

from scipy.stats import loguniform, randint

from .._distributions import log_randint
from .._same import is_same
from ._data import between

# How each kind of range is made from its ends, both included.
_RANGES: dict[str, Callable[[Any, Any], Any]] = {
    "uniform": between,
    "loguniform": loguniform,
    "randint": lambda low, high: randint(low, high + 1),
    "log_randint": log_randint,
}


def with_own(values: Any, own: Any) -> Any:
    """A list or a range that also holds a value; as it is where that value is of another kind.

    Parameters
    ----------
    values : list or frozen distribution
    own : object

    Returns
    -------
    list or frozen distribution
    """
    if isinstance(values, list):
        if any(is_same(own, value) for value in values):
            return values
        more = [*values, own]
        return sorted(more) if all(map(_is_number, more)) else more
    if not _is_number(own) or not _is_of_kind(values, own):
        return values
    low, high = values.support()
    if low <= own <= high:
        return values
    return _RANGES[values.dist.name](min(low, own), max(high, own))


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)


def _is_of_kind(values: Any, own: Any) -> bool:
    """Whether a number means the same as those of a range, and may be one of its ends.

    An int among shares, such as ``max_features=3``, is a count.
    """
    kind = values.dist.name
    if kind in ("randint", "log_randint"):
        return isinstance(own, Integral) and (kind == "randint" or int(own) >= 1)
    return own > 0 if kind == "loguniform" else kind == "uniform" and isinstance(own, float)
