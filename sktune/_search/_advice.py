"""Warnings that save a wasted night."""

from __future__ import annotations

import warnings
from typing import Any

from ..exceptions import EdgeOfRangeWarning, SpaceExhaustedWarning
from ..space import SearchSpace

# A best value this close to an end, as a share of the range, counts as on the edge. With 40
# candidates the best of a flat score lies there by chance in one parameter of 50.
EDGE = 0.01


def warn_before_search(space: SearchSpace, n_iter: int) -> None:
    """Say it when there are fewer settings than the search may try."""
    if space.size < n_iter:
        warnings.warn(
            f"The search space has {space.size:g} settings, fewer than n_iter={n_iter}: each "
            "is tried once.",
            SpaceExhaustedWarning,
            stacklevel=5,
        )


def warn_of_edges(search: Any, space: SearchSpace) -> None:
    """Say it when a numeric parameter's best value lies on the edge of its range."""
    if not hasattr(search, "best_params_"):
        return
    for name, end, value in space.edges(search.best_params_, EDGE):
        warnings.warn(
            f"The best value of {name!r}, {value!r}, lies on the {end} edge of its range: "
            f"better ones may lie beyond. Widen the range, or filter {EdgeOfRangeWarning.__name__} "
            "if the edge is a limit of the parameter itself.",
            EdgeOfRangeWarning,
            stacklevel=4,
        )
