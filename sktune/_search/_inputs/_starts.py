"""Settings to begin with: the user's own, or those that the estimator has now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...exceptions import InvalidSpaceError, InvalidSpaceTypeError
from ...space import SearchSpace
from ...space._same import is_same
from ._number_kinds import int_means_float


def check_initial_params(
    initial_params: Sequence[Mapping[str, Any]], space: SearchSpace
) -> list[dict[str, Any]]:
    """Check that the user's starts lie in the space and pass the constraint; return them.

    Their values are the space's own objects.
    """
    starts = []
    for index, params in enumerate(initial_params):
        if not isinstance(params, Mapping):
            raise InvalidSpaceTypeError(
                f"initial_params must be a list of dicts, got {params!r} at index {index}."
            )
        try:
            starts.append(space.held(params))
        except InvalidSpaceError as error:
            raise InvalidSpaceError(f"initial_params[{index}]: {error}") from None
        if not space.allows(starts[-1]):
            raise InvalidSpaceError(
                f"initial_params[{index}]: constraint forbids {dict(params)!r}."
            )
    return starts


def check_constraint(space: SearchSpace) -> None:
    """Raise EmptySpaceError, before any fit, if only the starts could be run."""
    # A generator of its own: what is suggested does not depend on this draw.
    space.sample(1, np.random.default_rng(0))


def own_setting(
    estimator: Any, space: SearchSpace, meanings: Mapping[str, tuple[Any, Any]] | None = None
) -> list[dict[str, Any]]:
    """The estimator's own values, where they lie in the space; else nothing.

    A search that begins with them never ends below the score of the estimator as it was given.
    They are the space's own objects.

    Parameters
    ----------
    estimator : estimator
        Read only.
    space : SearchSpace
        Where they must lie.
    meanings : dict of str to tuple, default=None
        For a parameter, a value outside the space, and one inside that means the same.
    """
    params = estimator.get_params(deep=True)
    for name, (value, meant) in (meanings or {}).items():
        if name in params and is_same(params[name], value):
            params[name] = meant
    interchangeable = [n for n in params if int_means_float(estimator, params, n, params[n])]
    setting = space.setting_in(params, interchangeable)
    return [setting] if setting is not None and space.allows(setting) else []
