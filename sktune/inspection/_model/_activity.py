"""In what share of a space a parameter is active, by branches and conditions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from ...space import SearchSpace

Floats = NDArray[np.float64]

# Points of each branch that are sampled; a power of two, as the Sobol sequence requires.
N_POINTS = 256


def active_shares(space: SearchSpace) -> Floats:
    """Share of each branch in which each coordinate is active, shape (n_branches, n_dims)."""
    points = qmc.Sobol(space.n_dims, seed=0).random(N_POINTS)
    shares = []
    for branch in range(space.n_branches):
        if space.n_branches > 1:
            points[:, 0] = (branch + 0.5) / space.n_branches
        shares.append(space.is_active(space.snap(points)).mean(axis=0))
    return np.array(shares)
