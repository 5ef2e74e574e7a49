"""Whether the estimator takes the parameters that a space names, checked before any fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from ...exceptions import InvalidSpaceError
from ...space import SearchSpace

# Combinations of nested estimators that are tried in each branch: each costs a clone.
MAX_COMBINATIONS = 200

# Random settings of a combination; the first that the constraint allows is tried.
N_DRAWS = 100


def check_names(estimator: Any, space: SearchSpace) -> None:
    """Raise InvalidSpaceError where the estimator does not take a setting of the space.

    One setting is tried for each branch, and in it for each choice of a parameter to which other
    searched parameters belong, such as a step of a pipeline.
    """
    for setting in examples(space):
        try:
            clone(estimator).set_params(**clone(setting, safe=False))
        except Exception as error:  # set_params of others may raise anything
            raise InvalidSpaceError(
                f"param_distributions holds the setting {setting!r}, which "
                f"{type(estimator).__name__} does not take: {error}{_hint(setting)}"
            ) from error


def _hint(setting: Mapping[str, Any]) -> str:
    """What to do about parameters that not every choice of a step has."""
    steps = [n for n in setting if any(other.startswith(f"{n}__") for other in setting)]
    if not steps:
        return ""
    return (
        f" If not all choices of {steps[0]!r} have these parameters, give a list of dicts, one for "
        "the choices that have the same ones."
    )


def examples(space: SearchSpace) -> Iterator[dict[str, Any]]:
    """An allowed setting of each combination of a branch and its choices of estimators."""
    # A generator of its own: what is suggested does not depend on these draws.
    rng = np.random.default_rng(0)
    for branch in range(space.n_branches):
        draws = rng.random((N_DRAWS, space.n_dims))
        if space.n_branches > 1:
            draws[:, 0] = (branch + 0.5) / space.n_branches
        owners = _owners(space, draws[0])
        for units in islice(
            product(*(space.dimensions[j].grid() for j in owners)), MAX_COMBINATIONS
        ):
            draws[:, owners] = units
            settings = (space.inverse_transform(draw)[0] for draw in space.snap(draws))
            yield from islice(filter(space.allows, settings), 1)


def _owners(space: SearchSpace, point: NDArray[np.float64]) -> list[int]:
    """Columns of listed parameters to which other parameters of the point's branch belong."""
    (setting,) = space.inverse_transform(point)
    return [
        j
        for j in np.flatnonzero(space.is_active(point[None])[0]).tolist()
        if space.dimensions[j].is_listed
        and any(name.startswith(f"{space.dimensions[j].name}__") for name in setting)
    ]
