"""Turn the user's space into dimensions, with an error for everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

from ..exceptions import InvalidSpaceError, InvalidSpaceTypeError
from ._dimensions._base import ConstantDimension, Dimension, OrdinalDimension
from ._dimensions._categories import CategoricalDimension
from ._dimensions._hashing import key_of
from ._dimensions._long_lists import MAX_SHORT, long_list
from ._dimensions._tuples import TupleDimension, tuple_coordinates
from ._parse_distributions import is_distribution, parse_distribution
from ._same import is_same

_ALLOWED = (
    "a list, tuple, range or one-dimensional array of choices, or a distribution (whatever has "
    "rvs), such as scipy.stats.loguniform(1e-4, 1e-1)"
)

Branches = list[dict[str, Dimension]]


def parse_branches(param_distributions: Any) -> Branches:
    """Dimensions by name, sorted as in ``ParameterGrid``, for each given dict."""
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
    values : distribution, sequence or array of shape (n_values,)
        The values that the user gave.

    Returns
    -------
    Dimension
        A ``ConstantDimension`` if there is just one value.

    Raises
    ------
    InvalidSpaceTypeError
        If `values` has a type that is not supported.
    InvalidSpaceError
        If it has a supported type, but is empty or out of range.
    """
    if not is_distribution(values):
        return _parse_list(name, values)
    parsed = parse_distribution(name, values)
    if isinstance(parsed, Dimension):
        return parsed
    return _of_choices(name, _distinct(parsed), is_listed=False)


def _parse_list(name: str, values: Any) -> Dimension:
    if hasattr(values, "__array__") and np.ndim(values) != 1:
        raise InvalidSpaceError(
            f"Parameter {name!r} must be one-dimensional, got an array of shape {np.shape(values)}."
        )
    if not _is_series(values):
        raise InvalidSpaceTypeError(
            f"Parameter {name!r} must be {_ALLOWED}; got {values!r}. A single value is "
            "given as a list with one element."
        )
    if len(values) > MAX_SHORT and (dimension := long_list(name, values)) is not None:
        return dimension
    distinct = _distinct(values)
    if not distinct:
        raise InvalidSpaceError(f"Parameter {name!r} is an empty list: give at least one value.")
    return _of_choices(name, distinct, is_listed=True)


def _is_series(values: Any) -> bool:
    """Whether values are an ordered collection with a length, and not a mapping."""
    if isinstance(values, str | bytes | Mapping | type) or hasattr(values, "get_params"):
        return False
    methods = ("__len__", "__getitem__", "__iter__")
    is_indexed = all(hasattr(values, method) for method in methods)
    return isinstance(values, Sequence) or hasattr(values, "__array__") or is_indexed


def _of_choices(name: str, distinct: list[Any], is_listed: bool) -> Dimension:
    """Dimension of distinct values."""
    if len(distinct) == 1:
        return ConstantDimension(name, distinct[0], is_listed)
    if _are_numbers(distinct):
        return OrdinalDimension(name, distinct)
    if (coordinates := tuple_coordinates(distinct)) is not None:
        return TupleDimension(name, distinct, coordinates, is_listed)
    return CategoricalDimension(name, distinct, is_listed)


def _distinct(values: Iterable[Any]) -> list[Any]:
    """The values without repeats, in their order."""
    keys: set[Hashable] = set()
    without_key: list[Any] = []
    found: list[Any] = []
    for value in values:
        key = key_of(value)
        if key is None:
            is_new = not any(is_same(value, other) for other in without_key)
            without_key += [value] * is_new
        else:
            is_new = key not in keys
            keys.add(key)
        if is_new:
            found.append(value)
    return found


def _are_numbers(values: list[Any]) -> bool:
    """Whether all are finite numbers, no two equal: 1 and 1.0 may mean different things."""
    if any(isinstance(value, (bool, np.bool_)) or not isinstance(value, Real) for value in values):
        return False
    try:
        numbers = np.asarray(values, dtype=float)
    except OverflowError:  # too large for a float
        return False
    return bool(np.isfinite(numbers).all()) and len(np.unique(numbers)) == len(numbers)
