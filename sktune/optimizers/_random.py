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


class SobolDesign:
    """Points of one Sobol sequence, one after the other, as many as are asked for.

    Parameters
    ----------
    space : SearchSpace
        Where the points lie.
    n_points : int
        How many will most likely be asked for, at least 1.
    seed : int
        Of the sequence.

    Attributes
    ----------
    n_taken : int
        Points that have been given.
    """

    def __init__(self, space: SearchSpace, n_points: int, seed: int) -> None:
        self._space, self._seed = space, seed
        self.n_points, self.n_taken = n_points, 0
        self._points = np.empty((0, space.n_dims))

    @property
    def is_over(self) -> bool:
        """Whether as many have been given as were planned."""
        return self.n_taken >= self.n_points

    def next(self) -> NDArray[np.float64]:
        """The next point, shape (n_dims,)."""
        if self.n_taken == len(self._points):
            n_points = max(self.n_points, 2 * self.n_taken)
            self._points = sobol_design(self._space, n_points, self._seed)
        self.n_taken += 1
        return self._points[self.n_taken - 1]
