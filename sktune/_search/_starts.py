"""Settings to begin with: the user's own, or those that the estimator has now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from .._sklearn_compat import met_constraints
from ..exceptions import InvalidSpaceError, InvalidSpaceTypeError
from ..space import SearchSpace


def check_initial_params(
    initial_params: Sequence[Mapping[str, Any]], space: SearchSpace
) -> list[dict[str, Any]]:
    """The user's starts, each of which must lie in the space and pass the constraint.

    The values are the space's own objects.
    """
    starts = []
    for index, params in enumerate(initial_params):
        if not isinstance(params, Mapping):
            raise InvalidSpaceTypeError(
                f"initial_params must be a list of dicts, got {params!r} at place {index}."
            )
        try:
            starts.append(space.held(params))
        except InvalidSpaceError as error:
            raise InvalidSpaceError(f"initial_params, place {index}: {error}") from None
        if not space.allows(starts[-1]):
            raise InvalidSpaceError(
                f"initial_params, place {index}: constraint forbids {dict(params)!r}."
            )
    return starts


def check_constraint(space: SearchSpace) -> None:
    """Raise EmptySpaceError where only the starts could be run, before they are paid for."""
    # A generator of its own: what is suggested does not depend on this draw.
    space.sample(1, np.random.default_rng(0))


def own_setting(estimator: Any, space: SearchSpace) -> list[dict[str, Any]]:
    """The estimator's own values, where they lie in the space; else nothing.

    So a search never ends below the score of the settings it was given. The values are the
    space's own objects.
    """
    params = estimator.get_params(deep=True)
    interchangeable = [name for name in params if _mixes_numbers(estimator, params, name)]
    setting = space.setting_in(params, interchangeable)
    return [setting] if setting is not None and space.allows(setting) else []


def _mixes_numbers(estimator: Any, params: Mapping[str, Any], name: str) -> bool:
    """Whether a parameter takes the float that equals its int, or the reverse, for the same.

    Not if one is a count and the other a share, as for `max_features` of a forest: then different
    constraints of the estimator allow them. An estimator without constraints does not tell.
    """
    value = params[name]
    if isinstance(value, bool) or not isinstance(value, Integral | float | np.floating):
        return False
    try:
        as_int, as_float = int(value), float(value)
    except (OverflowError, ValueError):  # beyond all floats; inf and nan
        return False
    prefix, _, parameter = name.rpartition("__")
    owner = params.get(prefix) if prefix else estimator
    met = met_constraints(owner, parameter, as_int)
    return as_int == as_float and bool(met) and met == met_constraints(owner, parameter, as_float)
