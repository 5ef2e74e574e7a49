"""Find the branch of a space that a setting lies in, or say why it lies in none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import isclose
from typing import Any

from ..exceptions import InvalidSpaceError
from ._conditions._activity import Activity
from ._dimensions._base import Dimension, as_float, is_same
from ._same import kind_of


def complaint(params: Mapping[str, Any], activity: Activity, is_strict: bool = False) -> str | None:
    """Say why a setting does not lie in a branch; None if it does.

    Parameters without an effect in it may be missing. With `is_strict` an int does not match an
    equal float, nor the reverse.
    """
    branch, inactive = activity.branch, activity.inactive(params)
    if missing := sorted(branch.keys() - params.keys() - inactive):
        return f"it has no value for {', '.join(map(repr, missing))}"
    if unknown := sorted(params.keys() - branch.keys()):
        return f"{', '.join(map(repr, unknown))} is not searched"
    for name, dimension in branch.items():
        if name in inactive:
            continue
        if not dimension.contains(params[name], is_strict=is_strict):
            return f"{name!r} is {params[name]!r}, but must be {dimension.describe()}"
    return None


def branch_with(activities: Sequence[Activity], params: Mapping[str, Any]) -> int:
    """Return the first branch in which a setting lies.

    Branches that hold its kinds of numbers are preferred, and among these the ones that can
    suggest it over those for which it lies in a tail that was cut off.

    Raises
    ------
    InvalidSpaceError
        If it lies in none.
    """
    complaints: list[str] = []
    for is_strict in (True, False):
        found = [complaint(params, activity, is_strict) for activity in activities]
        holding = [index for index, fault in enumerate(found) if fault is None]
        if holding:
            suggesting = (index for index in holding if _suggests(activities[index], params))
            return holding[0] if len(holding) == 1 else next(suggesting, holding[0])
        complaints = [fault for fault in found if fault is not None]
    raise InvalidSpaceError(
        f"The setting {dict(params)!r} does not lie in the search space: "
        + "; or ".join(dict.fromkeys(complaints))
    )


def _suggests(activity: Activity, params: Mapping[str, Any]) -> bool:
    """Whether a setting of the branch comes back unchanged from the unit cube."""
    return all(
        is_same(given := dimension.from_unit(dimension.to_unit(params[name])), params[name])
        or (isinstance(given, float) and isclose(given, as_float(params[name]), rel_tol=1e-9))
        for name, dimension in activity.branch.items()
        if name not in activity.inactive(params)
    )


def setting_in(
    activities: Sequence[Activity], params: Mapping[str, Any], interchangeable: Collection[str]
) -> dict[str, Any] | None:
    """The setting that `params` contains, see ``SearchSpace.setting_in``."""
    for activity in activities:
        branch = activity.branch
        setting = {
            name: _as_kind_of(dimension, params[name], name in interchangeable)
            for name, dimension in branch.items()
            if name in params
        }
        if complaint(setting, activity, is_strict=True) is None:
            return held_in(activity, activity.complete(setting, is_strict=True))
    return None


def held_in(activity: Activity, params: Mapping[str, Any]) -> dict[str, Any]:
    """A complete setting of a branch, with the space's own objects as values, names sorted."""
    inactive = activity.inactive(params)
    return {
        name: params[name]
        if name in inactive and not dimension.contains(params[name])
        else dimension.held(params[name])
        for name, dimension in activity.branch.items()
    }


def numbers_beyond(
    params: Mapping[str, Any], given: Mapping[str, Any]
) -> tuple[tuple[str, float], ...]:
    """Numbers of a setting that differ from those `given` by its point, see ``beyond``."""
    return tuple(
        (name, as_float(value))
        for name, value in params.items()
        if isinstance(given[name], float)
        and not isclose(as_float(value), given[name], rel_tol=1e-9)
    )


def _as_kind_of(dimension: Dimension, value: Any, is_interchangeable: bool) -> Any:
    """The value, or the equal int or float if the dimension contains that."""
    if is_interchangeable and not dimension.contains(value, is_strict=True):
        if kind_of(value) is int:
            return float(value)
        if kind_of(value) is float and float(value).is_integer():
            return int(value)
    return value
