"""Distributions that can only be drawn from: a thousand draws stand for them."""

from __future__ import annotations

from collections import Counter
from numbers import Real
from typing import Any

import numpy as np

from ...exceptions import InvalidSpaceError
from ._atoms import EmpiricalDimension
from ._base import ConstantDimension, Dimension, as_float

# As many as the quantiles TAIL and 1 - TAIL need.
N_DRAWS = 1000

# Draws are the same in every process.
SEED = 0


def draw(name: str, distribution: Any) -> list[Any]:
    """Draw a thousand times, as ``RandomizedSearchCV`` does.

    Raises
    ------
    InvalidSpaceError
        If it cannot be drawn from; the message names the parameter.
    """
    rng = np.random.RandomState(SEED)
    try:
        return [_plain(distribution.rvs(random_state=rng)) for _ in range(N_DRAWS)]
    except Exception as error:
        raise InvalidSpaceError(
            f"Parameter {name!r}: {distribution!r} cannot be drawn from: "
            f"rvs(random_state=...) raises {error!r}."
        ) from error


def numbers_drawn(name: str, draws: list[Any]) -> Dimension | None:
    """Dimension of draws that are finite numbers: their empirical distribution; else None."""
    if not all(_is_finite_number(value) for value in draws):
        return None
    counts = Counter(draws)
    values = sorted(counts)
    if len(values) == 1:
        return ConstantDimension(name, values[0], is_listed=False)
    return EmpiricalDimension(name, values, [counts[value] for value in values])


def _plain(value: Any) -> Any:
    """Convert a zero-dimensional array to a scalar."""
    return value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value


def _is_finite_number(value: Any) -> bool:
    is_number = isinstance(value, Real) and not isinstance(value, bool | np.bool_)
    return is_number and bool(np.isfinite(as_float(value)))
