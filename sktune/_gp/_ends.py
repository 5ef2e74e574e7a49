"""Keep suggestions away from ends of ranges that are suggested only because of their variance.

The variance of a Gaussian process grows towards the faces of the cube, furthest from all
observations. So the maximum of an acquisition function has each parameter that hardly matters at
one end of its range: a search would spend its fits on corners, and learn nothing from the middle. A
boundary-aware prior, such as the virtual derivatives of Siivola et al. [1]_, would also keep a
search from ends where the scores do rise; here a coordinate is drawn again only if the acquisition
hardly falls by it.

References
----------
.. [1] Siivola, Vehtari, Vanhatalo, Gonzalez and Andersen, "Correcting Boundary Over-Exploration
   Deficiencies in Bayesian Optimization with Virtual Derivative Sign Observations", MLSP 2018.
   https://arxiv.org/abs/1704.00963
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..space import SearchSpace
from ._criteria import Criterion

Floats = NDArray[np.float64]

# Share of the range that counts as an end, as in the table of benchmarks/real.
END = 0.02

# How much the acquisition, a logarithm, may fall by leaving all ends: a tenth of the improvement.
# benchmarks/results/real.md shows what it changes.
INDIFFERENCE = 0.1

# Values that are tried: the range is divided into so many parts, with one value from each.
N_VALUES = 16

# In a shorter list of numbers most values are an end or next to one.
MIN_VALUES = 5


def away_from_ends(
    criterion: Criterion,
    space: SearchSpace,
    point: Floats,
    rng: np.random.Generator,
    is_new: Callable[[Floats], bool],
) -> Floats:
    """Draw coordinates at an end of their range again, if the criterion hardly falls by it.

    Parameters
    ----------
    criterion : Criterion
        In logarithms, of features, (n, n_features) -> (n,).
    space : SearchSpace
        The space of the point; its constraint is respected.
    point : ndarray of shape (n_dims,)
        Snapped, with a high value of the criterion.
    rng : numpy.random.Generator
        Draws the values.
    is_new : callable
        Whether a point, (n_dims,), may be the answer.

    Returns
    -------
    ndarray of shape (n_dims,)
        A snapped point; its value of the criterion is lower by at most ``INDIFFERENCE``.
    """
    least = criterion(space.encode(point[None]))[0] - INDIFFERENCE
    for j in rng.permutation(_at_ends(space, point)):
        trials = np.repeat(point[None], N_VALUES, axis=0)
        trials[:, j] = (np.arange(N_VALUES) + rng.random(N_VALUES)) / N_VALUES
        trials = space.snap(trials)
        is_as_good = criterion(space.encode(trials)) >= least
        found = [trial for trial in rng.permutation(trials[is_as_good]) if is_new(trial)]
        point = found[0] if found else point
    return point


def _at_ends(space: SearchSpace, point: Floats) -> list[int]:
    """Indices of the numbers of a point that lie at an end of their range."""
    is_active = space.is_active(point[None])[0]
    return [
        j
        for j, dimension in enumerate(space.dimensions)
        if is_active[j] and dimension.is_ordered and dimension.n_values >= MIN_VALUES
        if not END <= point[j] <= 1.0 - END
    ]
