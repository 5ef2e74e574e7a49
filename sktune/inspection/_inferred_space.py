"""Infer a space from the settings that were tried, if the search has none that holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import loguniform, randint, uniform

from ..space import SearchSpace, log_randint
from ..space._same import is_alike, kind_of

# More distinct numbers than this are taken for draws from a range; fewer for a list.
MAX_LISTED = 12

# A range of positive numbers whose ends differ by this factor gets a logarithmic scale.
LOG_RATIO = 30.0


def infer_space(settings: Sequence[Mapping[str, Any]]) -> SearchSpace:
    """The smallest space of lists and ranges that holds all settings.

    Settings with different parameters belong to different branches. More than twelve distinct
    numbers are a range, logarithmic if its ends differ by a factor of 30; everything else is a
    list.
    """
    branches: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for setting in settings:
        branches.setdefault(tuple(sorted(setting)), []).append(setting)
    return SearchSpace.from_distributions(
        [
            {name: _values([setting[name] for setting in held]) for name in names}
            for names, held in branches.items()
        ]
    )


def _values(values: Sequence[Any]) -> Any:
    """A distribution or a list that holds all values."""
    distinct: list[Any] = []
    for value in values:
        if not any(is_alike(value, other) for other in distinct):
            distinct.append(value)
    kinds = {kind_of(value) for value in distinct}
    if len(distinct) <= MAX_LISTED or not kinds <= {int, float} or not np.isfinite(distinct).all():
        return distinct
    low, high = min(distinct), max(distinct)
    is_log = low > 0 and high > LOG_RATIO * low
    if kinds == {int}:
        return log_randint(low, high) if is_log else randint(low, high + 1)
    low, high = float(low), float(high)
    # If the width were rounded down, low + width would exclude the highest value.
    width = np.nextafter(high - low, np.inf)
    return loguniform(low, high) if is_log else uniform(low, width * (1.0 + 1e-12))
