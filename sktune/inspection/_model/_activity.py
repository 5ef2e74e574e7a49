"""Where in a space a parameter has a meaning: in the branches and by the conditions that it has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from ...space import SearchSpace

Floats = NDArray[np.float64]

# Points of each branch that are looked at; a power of two, as the sequence asks for.
N_POINTS = 256


def active_shares(space: SearchSpace) -> Floats:
    """Share of each branch in which each coordinate has a meaning, shape (n_branches, n_dims)."""
    points = qmc.Sobol(space.n_dims, seed=0).random(N_POINTS)
    shares = []
    for branch in range(space.n_branches):
        if space.n_branches > 1:
            points[:, 0] = (branch + 0.5) / space.n_branches
        shares.append(space.is_active(space.snap(points)).mean(axis=0))
    return np.array(shares)
