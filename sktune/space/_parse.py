"""From what the user wrote to dimensions; every complaint about a space is written here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from scipy.stats import rv_continuous, rv_discrete

from ..exceptions import InvalidSpaceError, InvalidSpaceTypeError
from ._dimensions import (
    CategoricalDimension,
    ConstantDimension,
    Dimension,
    IntegerDimension,
    OrdinalDimension,
    RealDimension,
    WeightedDimension,
)
from ._same import is_same, kind_of

_ALLOWED = (
    "a list, tuple, range or one-dimensional array of choices, or a frozen scipy.stats "
    "distribution with a ppf, such as loguniform(1e-4, 1e-1)"
)

Branches = list[dict[str, Dimension]]


def parse_branches(param_distributions: Any) -> Branches:
    """Dimensions by name, sorted as ``ParameterGrid`` sorts them, for each dict given."""
    if isinstance(param_distributions, Mapping):
        param_distributions = [param_distributions]
    if isinstance(param_distributions, str) or not isinstance(param_distributions, Sequence):
        raise InvalidSpaceTypeError(
            "param_distributions must be a dict of parameter names to distributions or "
            f"lists, or a list of such dicts, got {param_distributions!r}."
        )
    if not param_distributions:
        raise InvalidSpaceError("param_distributions is an empty list: there is nothing to try.")
    return [_parse_branch(branch) for branch in param_distributions]


def _parse_branch(branch: Any) -> dict[str, Dimension]:
    if not isinstance(branch, Mapping):
        raise InvalidSpaceTypeError(
            f"param_distributions must be a dict or a list of dicts, got {branch!r} in the list."
        )
    for name in branch:
        if not isinstance(name, str):
            raise InvalidSpaceTypeError(f"Parameter names must be str, got {name!r}.")
    return {name: parse_dimension(name, branch[name]) for name in sorted(branch)}


def parse_dimension(name: str, values: Any) -> Dimension:
    """Dimension of one parameter.

    Parameters
    ----------
    name : str
        The parameter.
    values : frozen scipy distribution, sequence or array of shape (n_values,)
        What the user wrote.

    Returns
    -------
    Dimension
        Constant where there is just one value.

    Raises
    ------
    InvalidSpaceTypeError
        If `values` is of a kind that no space can hold.
    InvalidSpaceError
        If it is of the right kind, but empty or out of range.
    """
    if isinstance(values, (rv_continuous, rv_discrete)):
        values = _freeze(name, values)
    if hasattr(values, "ppf"):
        return _parse_distribution(name, values)
    if hasattr(values, "rvs"):
        raise InvalidSpaceTypeError(
            f"Parameter {name!r}: {values!r} can only be drawn from (it has rvs, but no ppf), "
            "so a search cannot tell which of its values are near to each other. Give "
            f"{_ALLOWED}; list(values.rvs(size=100)) makes a list of draws."
        )
    return _parse_list(name, values)


def _freeze(name: str, distribution: Any) -> Any:
    try:
        return distribution()
    except TypeError as error:
        raise InvalidSpaceError(
            f"Parameter {name!r}: the distribution {distribution.name!r} needs its "
            f"arguments ({error}), for example loguniform(1e-4, 1e-1)."
        ) from error


def _parse_distribution(name: str, distribution: Any) -> Dimension:
    if not hasattr(distribution, "support"):
        raise InvalidSpaceTypeError(
            f"Parameter {name!r}: {distribution!r} has no support(). Give {_ALLOWED}."
        )
    low, high = (float(np.squeeze(end)) for end in distribution.support())
    if np.isnan([low, high, float(np.squeeze(distribution.ppf(0.5)))]).any():
        if (value := _only_value(distribution)) is not None:
            return ConstantDimension(name, value, is_listed=False)
        family = getattr(getattr(distribution, "dist", distribution), "name", distribution)
        arguments = [repr(value) for value in getattr(distribution, "args", ())]
        arguments += [
            f"{key}={value!r}" for key, value in getattr(distribution, "kwds", {}).items()
        ]
        raise InvalidSpaceError(
            f"Parameter {name!r}: {family}({', '.join(arguments)}) is not a distribution: "
            "its arguments are out of range (scipy.stats: uniform takes loc and scale, "
            "randint and loguniform take low and high with low < high)."
        )
    if hasattr(getattr(distribution, "dist", None), "xk"):
        return _parse_atoms(name, distribution)
    is_discrete = hasattr(distribution, "pmf")
    dimension = (IntegerDimension if is_discrete else RealDimension)(name, distribution)
    if dimension.low == dimension.high:
        return ConstantDimension(name, dimension.low, is_listed=False)
    return dimension


def _only_value(distribution: Any) -> float | None:
    """The value of a distribution without width, as ``uniform(1, 0)``; scipy lets it be drawn."""
    try:
        draws = distribution.rvs(size=2, random_state=0)
    except ValueError:  # "Domain error in arguments"
        return None
    return float(draws[0]) if draws[0] == draws[1] else None


def _parse_atoms(name: str, distribution: Any) -> Dimension:
    """``rv_discrete(values=...)``: any numbers, with gaps, some of no probability."""
    values, probabilities = distribution.dist.xk, distribution.dist.pk
    shift = distribution.support()[0] - values[0]
    values, probabilities = values[probabilities > 0], probabilities[probabilities > 0]
    values = (values + shift).tolist()
    if len(values) == 1:
        return ConstantDimension(name, values[0], is_listed=False)
    return WeightedDimension(name, values, probabilities)


def _parse_list(name: str, values: Any) -> Dimension:
    if hasattr(values, "__array__") and np.ndim(values) != 1:
        raise InvalidSpaceError(
            f"Parameter {name!r} must be one-dimensional, got an array of shape {np.shape(values)}."
        )
    is_series = isinstance(values, Sequence) or hasattr(values, "__array__")
    if isinstance(values, (str, bytes)) or not is_series:
        raise InvalidSpaceTypeError(
            f"Parameter {name!r} must be {_ALLOWED}; got {values!r}. A single value is "
            "given as a list with one element."
        )
    distinct = _distinct(values)
    if not distinct:
        raise InvalidSpaceError(f"Parameter {name!r} is an empty list: give at least one value.")
    if len(distinct) == 1:
        return ConstantDimension(name, distinct[0], is_listed=True)
    return (OrdinalDimension if _are_numbers(distinct) else CategoricalDimension)(name, distinct)


def _distinct(values: Iterable[Any]) -> list[Any]:
    """The values without repeats, in their order."""
    hashed: set[tuple[type, Any]] = set()
    found: list[Any] = []
    for value in values:
        try:
            is_new = (kind_of(value), value) not in hashed
            hashed.add((kind_of(value), value))
        except TypeError:  # a dict, a list: not hashable
            is_new = not any(is_same(value, other) for other in found)
        if is_new:
            found.append(value)
    return found


def _are_numbers(values: list[Any]) -> bool:
    """Whether all are finite numbers, no two equal: 1 and 1.0 may mean two things."""
    if any(isinstance(value, (bool, np.bool_)) or not isinstance(value, Real) for value in values):
        return False
    numbers = np.asarray(values, dtype=float)
    return bool(np.isfinite(numbers).all()) and len(np.unique(numbers)) == len(numbers)
