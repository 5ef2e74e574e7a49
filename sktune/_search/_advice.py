"""Warnings that save a wasted night."""

from __future__ import annotations

import warnings

from ..exceptions import SpaceExhaustedWarning
from ..space import SearchSpace


def warn_before_search(space: SearchSpace, n_iter: int) -> None:
    """Say it when there are fewer settings than the search may try."""
    if space.size < n_iter:
        warnings.warn(
            f"The search space has {space.size:g} settings, fewer than n_iter={n_iter}: each "
            "is tried once.",
            SpaceExhaustedWarning,
            stacklevel=5,
        )
