"""Points that use no scores: first designs, and random search as the yardstick."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from ..space import SearchSpace
from ._base import BaseOptimizer, Suggestion


class RandomOptimizer(BaseOptimizer):
    """Independent random settings: what every other strategy has to beat."""

    def _suggest(self, rng: np.random.Generator, progress: float, n_slots: int) -> Suggestion:
        return Suggestion(self.space.sample(1, rng)[0], "random")


def sobol_design(space: SearchSpace, n_points: int, seed: int) -> NDArray[np.float64]:
    """Allowed points of a scrambled Sobol sequence, shape (n_points, n_dims).

    More even than random points, above all in few dimensions (Owen 1998). Random
    points replace those that the constraint forbids.
    """
    if space.n_dims == 0:
        return np.empty((n_points, 0))
    sequence = qmc.Sobol(space.n_dims, seed=np.random.default_rng([seed, space.n_dims]))
    # A power of two keeps the sequence balanced; 4 times as many for the constraint to choose.
    points = space.snap(sequence.random_base2(int(np.ceil(np.log2(4 * n_points)))))
    points = points[space.allowed(points)][:n_points]
    missing = n_points - len(points)
    if missing:
        extra = space.sample(missing, np.random.default_rng([seed, missing]))
        points = np.vstack([points, extra])
    return points
