"""Random moves in a mixed space: numbers step, categories switch, branches jump."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..space import SearchSpace

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Degrees of freedom of Student's t: between the Gaussian of classical annealing and the Cauchy
# of fast annealing (1). 2 and 4 were tried; 2 is slightly better on 25 public tuning tasks.
TAIL = 2.0

# A category that may move does so with this probability: a switch is never small. 0.25 is level.
SWITCH = 0.5

# Ordered parameters with more values than this move as if they were continuous.
MAX_STEPS = 1000

# Coordinates nearer than this are the same value.
ROUNDING = 1e-9


class Mover:
    """Draws neighbours of a point.

    Parameters
    ----------
    space : SearchSpace
        Where the points lie.
    """

    def __init__(self, space: SearchSpace) -> None:
        self.space = space
        self._is_ordered = np.array([d.is_ordered for d in space.dimensions], dtype=bool)
        self._n_values = np.array([d.n_values for d in space.dimensions], dtype=float)
        self._grids = {
            j: np.sort(d.grid())
            for j, d in enumerate(space.dimensions)
            if d.is_ordered and d.n_values <= MAX_STEPS
        }

    def draw(
        self, base: Floats, width: float, share: float, n_moves: int, rng: np.random.Generator
    ) -> Floats:
        """Neighbours of a point, each moved in at least one parameter.

        Parameters
        ----------
        base : ndarray of shape (n_dims,)
            Canonical point to start from.
        width : float
            Scale of the steps of numbers, as a share of their range.
        share : float
            Expected share of the point's active parameters that may move, in (0, 1].
        n_moves : int
            How many to draw.
        rng : Generator
            Randomness.

        Returns
        -------
        ndarray of shape (n_moves, n_dims)
            Canonical points.
        """
        moving = self._choose(base, share, n_moves, rng)
        steps = width * rng.standard_t(TAIL, moving.shape)
        walked = reflect(np.where(moving & self._is_ordered, base + steps, base))
        points = np.where(moving & ~self._is_ordered, self._switch(base, rng, n_moves), walked)
        points = self.space.snap(self._wake(base, points, rng))
        self._step(base, points, moving, steps > 0)
        return points

    def _choose(self, base: Floats, share: float, n_moves: int, rng: np.random.Generator) -> Bools:
        """Which coordinates move, shape (n_moves, n_dims): one always, the others by chance."""
        active = self.space.is_active(base[None])[0]
        chances = np.where(self._is_ordered, share, share * SWITCH)
        draws = rng.random((2, n_moves, len(base)))
        moving = draws[0] < chances
        always = np.argmax(np.where(active, draws[1], -1.0), axis=1)
        moving[np.arange(n_moves), always] = True
        return moving & active

    def _switch(self, base: Floats, rng: np.random.Generator, n_moves: int) -> Floats:
        """For each category another one than it has, shape (n_moves, n_dims)."""
        n_values = np.where(self._is_ordered, 2.0, self._n_values)
        places = np.floor(base * n_values)
        others = 1 + np.floor(rng.random((n_moves, len(base))) * (n_values - 1))
        return ((places + others) % n_values + 0.5) / n_values

    def _wake(self, base: Floats, points: Floats, rng: np.random.Generator) -> Floats:
        """Fresh values for parameters that only the new branch has; nothing to start from."""
        if self.space.n_branches == 1:
            return points
        awake = self.space.is_active(points) & ~self.space.is_active(base[None])
        return np.where(awake, rng.random(points.shape), points)

    def _step(self, base: Floats, points: Floats, moving: Bools, up: Bools) -> None:
        """Where rounding undid a move, go one value further, away from the wall; in place."""
        stuck = moving & self.space.is_active(points) & (np.abs(points - base) < ROUNDING)
        for j, grid in self._grids.items():
            if stuck[:, j].any():
                place = int(np.argmin(np.abs(grid - base[j])))
                places = np.where(up[stuck[:, j], j], place + 1, place - 1)
                last = len(grid) - 1
                points[stuck[:, j], j] = grid[last - np.abs(last - np.abs(places))]


def reflect(points: Floats) -> Floats:
    """Points folded back into the unit cube at its walls, however far out they are."""
    folded = np.abs(points) % 2.0
    return np.where(folded > 1.0, 2.0 - folded, folded)
