"""Keep suggestions away from the ends of ranges, where only the model's ignorance puts them.

The variance of a Gaussian process grows towards the faces of the cube, furthest from all that was
observed. So the maximum of an acquisition function has each parameter that hardly matters at one
end of its range: a search would spend its fits on corners, and learn nothing from the middle. A
boundary-aware prior, such as the virtual derivatives of Siivola et al. [1]_, would also keep a
search from ends where the scores do rise; a coordinate is drawn anew only if that costs next to
nothing of the acquisition.

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

# An end is so much of the range, as in the table of benchmarks/real.
END = 0.02

# What the acquisition, a logarithm, may lose by leaving all ends: a tenth of the improvement. See
# benchmarks/results/real.md for what it changes.
INDIFFERENCE = 0.1

# Values that are looked at, one from each so many-th part of the range.
N_VALUES = 16

# Shorter lists of numbers have no middle worth the name.
MIN_VALUES = 5


def away_from_ends(
    criterion: Criterion,
    space: SearchSpace,
    point: Floats,
    rng: np.random.Generator,
    is_new: Callable[[Floats], bool],
) -> Floats:
    """Draw the coordinates at an end of their range anew, where the criterion hardly changes.

    Parameters
    ----------
    criterion : Criterion
        In logarithms, of features, (n, n_features) -> (n,).
    space : SearchSpace
        Where the point lies; its constraint holds.
    point : ndarray of shape (n_dims,)
        Snapped, with a high value of the criterion.
    rng : numpy.random.Generator
        Draws the values.
    is_new : callable
        Whether a point, (n_dims,), may be the answer.

    Returns
    -------
    ndarray of shape (n_dims,)
        A snapped point; the value of the criterion is less by at most ``INDIFFERENCE``.
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
    """The numbers of a point that lie at an end of their range."""
    is_active = space.is_active(point[None])[0]
    return [
        j
        for j, dimension in enumerate(space.dimensions)
        if is_active[j] and dimension.is_ordered and dimension.n_values >= MIN_VALUES
        if not END <= point[j] <= 1.0 - END
    ]
