"""Turn a distribution into a dimension: by its probabilities or quantiles, else by draws."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import loguniform, rv_continuous, rv_discrete, uniform

from ..exceptions import InvalidSpaceError, InvalidSpaceTypeError
from ._dimensions._atoms import WeightedDimension
from ._dimensions._base import ConstantDimension, Dimension
from ._dimensions._discrete import parse_discrete
from ._dimensions._draws import draw, numbers_drawn
from ._dimensions._numbers import RealDimension
from ._dimensions._scales import TAIL, LinearScale, LogScale, QuantileScale, Scale, quantile
from ._random_variables import with_old_names

Floats = NDArray[np.float64]

# Places at which a ppf is tested before it is used.
SHARES = np.array([TAIL, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0 - TAIL])

# How far the cdf of a quantile may be from its share.
TOLERANCE = 1e-4

# The support of a distribution whose arguments are out of range, such as uniform(1, 0). scipy draws
# from some of them nevertheless.
NOWHERE = (np.inf, -np.inf)


def is_distribution(values: Any) -> bool:
    """Whether an object is a distribution of any kind, not a list."""
    return any(callable(getattr(values, method, None)) for method in ("rvs", "ppf", "icdf"))


def parse_distribution(name: str, given: Any) -> Dimension | list[Any]:
    """Dimension of a distribution, or the choices that it draws if they are not numbers.

    Raises
    ------
    InvalidSpaceTypeError
        If it can neither be drawn from nor inverted.
    InvalidSpaceError
        If it is not a valid distribution: its arguments are missing, out of range or arrays.
    """
    distribution = with_old_names(given)
    support = _check(name, given, distribution)
    if support is not None and support != NOWHERE:
        dimension = _by_probabilities(name, distribution, support)
        if dimension is not None:
            return dimension
    if not hasattr(distribution, "rvs"):
        raise InvalidSpaceTypeError(
            f"Parameter {name!r}: {given!r} has no rvs, and no ppf with a support() that could be "
            "used instead. Give a list, or a scipy.stats distribution such as "
            "loguniform(1e-4, 1e-1)."
        )
    try:
        draws = draw(name, distribution)
    except InvalidSpaceError as error:
        raise _out_of_range(name, given) if support == NOWHERE else error from error.__cause__
    dimension = numbers_drawn(name, draws)
    return draws if dimension is None else dimension


def _check(name: str, given: Any, distribution: Any) -> tuple[float, float] | None:
    """The ends of a distribution; None if they are unknown, NOWHERE if it is not valid."""
    is_generic = isinstance(given, rv_continuous | rv_discrete)
    try:
        ends = distribution.support()
    except TypeError as error:
        if not is_generic or not given.numargs:
            return None
        raise InvalidSpaceError(
            f"Parameter {name!r}: the distribution {given.name!r} needs its "
            f"arguments ({error}), for example loguniform(1e-4, 1e-1)."
        ) from error
    except Exception:  # code of others
        return None
    if np.size(ends) > 2:
        raise InvalidSpaceError(
            f"Parameter {name!r}: {_words(given)} is an array of {np.size(ends) // 2} "
            "distributions, but a parameter has only one: give numbers as arguments, or a list of "
            "dicts for several ranges."
        )
    low, high = (float(np.squeeze(end)) for end in ends)
    return NOWHERE if np.isnan([low, high]).any() else (low, high)


def _out_of_range(name: str, given: Any) -> InvalidSpaceError:
    return InvalidSpaceError(
        f"Parameter {name!r}: {_words(given)} is not a distribution: its arguments are out of "
        "range (scipy.stats: uniform takes loc and scale, randint and loguniform take low and "
        "high with low < high)."
    )


def _words(given: Any) -> str:
    """A distribution as the user would write it."""
    family = getattr(getattr(given, "dist", given), "name", None)
    if family is None:
        return repr(given)
    arguments = [repr(value) for value in getattr(given, "args", ())]
    arguments += [f"{key}={value!r}" for key, value in getattr(given, "kwds", {}).items()]
    return f"{family}({', '.join(arguments)})"


def _by_probabilities(
    name: str, distribution: Any, support: tuple[float, float]
) -> Dimension | None:
    """Dimension of a distribution from its probabilities or quantiles; None if they fail."""
    if hasattr(generic := getattr(distribution, "dist", distribution), "xk"):
        return _parse_atoms(name, distribution, generic)
    if hasattr(distribution, "pmf"):
        try:
            return parse_discrete(name, distribution)
        except Exception:  # code of others
            return None
    scale = _closed_scale(distribution, support) or _quantile_scale(distribution, support)
    if scale is None:
        return None
    dimension = RealDimension(name, support, scale)
    if dimension.low == dimension.high:
        return ConstantDimension(name, dimension.low, is_listed=False)
    return dimension


def _parse_atoms(name: str, distribution: Any, generic: Any) -> Dimension:
    """``rv_discrete(values=...)``: any numbers, with gaps, some of probability 0."""
    shift = np.squeeze(distribution.support()[0]) - generic.xk.min()
    values, places = np.unique(generic.xk, return_inverse=True)
    masses = np.bincount(places.ravel(), np.ravel(generic.pk))
    values = (values[masses > 0] + shift).tolist()
    if len(values) == 1:
        return ConstantDimension(name, values[0], is_listed=False)
    return WeightedDimension(name, values, masses[masses > 0])


def _closed_scale(distribution: Any, support: tuple[float, float]) -> Scale | None:
    """Closed-form scale if there is one, a thousand times faster than the ppf; else None."""
    kind = type(getattr(distribution, "dist", distribution))
    low, high = support
    if kind is type(uniform) and low < high:
        return LinearScale(low, high)
    if kind is type(loguniform) and 0 < low < high:
        scale = LogScale(low, high)
        # If it was shifted by `loc`, it is no longer log-uniform, which its median shows.
        if np.isclose(quantile(distribution, 0.5), scale.value(0.5), rtol=1e-9):
            return scale
    return None


def _quantile_scale(distribution: Any, support: tuple[float, float]) -> Scale | None:
    """Scale of a distribution with a usable ``ppf``, else None."""
    if not hasattr(distribution, "ppf"):
        return None
    try:
        quantiles = np.array([quantile(distribution, share) for share in SHARES])
    except Exception:  # code of others; a RecursionError if only _rvs is defined
        return None
    is_inside = (quantiles >= support[0]) & (quantiles <= support[1]) & np.isfinite(quantiles)
    if not is_inside.all() or (np.diff(quantiles) < 0).any():
        return None
    return QuantileScale(distribution, SHARES, quantiles, _has_cdf(distribution, quantiles))


def _has_cdf(distribution: Any, quantiles: Floats) -> bool:
    """Whether there is a ``cdf``, and it returns the shares of the quantiles."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            shares = [float(np.squeeze(distribution.cdf(value))) for value in quantiles]
    except Exception:  # code of others
        return False
    return bool(np.allclose(shares, SHARES, rtol=0.0, atol=TOLERANCE))
