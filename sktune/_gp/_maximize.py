"""Maximise an acquisition over the mixed cube of a search space.

Real, integer and categorical coordinates at once, so the search is by samples: random points
and moves around the best settings so far, then rounds of ever smaller moves around the best
points found. A move changes some coordinates: ordered ones by a normal step, categories by
a new draw. All points are snapped first, so the acquisition is only asked about settings
that exist, and two roundings of the same setting never compete.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..space import SearchSpace

Floats = NDArray[np.float64]

# Random points, and moves around the incumbents, of the first round.
N_RANDOM = 1000
N_MOVES = 1000
# Their steps, in units of the cube: log-uniform from fine to half the cube.
FIRST_STEPS = (0.003, 0.5)

# Later rounds: so many points survive, with so many moves each, by these steps.
N_KEPT = 20
N_CHILDREN = 20
STEPS = (0.2, 0.07, 0.025, 0.008)

# Chance that a move draws a category anew.
SWITCH = 0.2


def maximize_acquisition(
    value: Callable[[Floats], Floats],
    space: SearchSpace,
    incumbents: Floats,
    rng: np.random.Generator,
    is_new: Callable[[Floats], bool],
) -> Floats | None:
    """Find the point of the space where an acquisition is highest.

    Parameters
    ----------
    value : callable
        Acquisition of points, (n, n_dims) -> (n,), higher is better.
    space : SearchSpace
        Where to look; its constraint holds.
    incumbents : ndarray of shape (n_incumbents, n_dims)
        Points to look around in the first round, at least one.
    rng : numpy.random.Generator
        Source of the random points and moves.
    is_new : callable
        Whether a point, (n_dims,), may be the answer.

    Returns
    -------
    ndarray of shape (n_dims,) or None
        The best point found that is new, snapped; None if none of those looked at is.
    """
    parents = np.resize(incumbents, (N_MOVES, space.n_dims))
    low, high = (float(np.log(step)) for step in FIRST_STEPS)
    steps = np.exp(rng.uniform(low, high, (N_MOVES, 1)))
    points = space.snap(
        np.vstack([rng.random((N_RANDOM, space.n_dims)), move(space, parents, steps, rng)])
    )
    values = value(points)
    for step in STEPS:
        kept = _best(points, values, N_KEPT, lambda point: bool(space.allowed(point)[0]))
        parents = np.repeat(points[kept], N_CHILDREN, axis=0)
        children = space.snap(move(space, parents, np.full((len(parents), 1), step), rng))
        points = np.vstack([points, children])
        values = np.append(values, value(children))
    return best_new(points, values, is_new)


def best_new(points: Floats, values: Floats, is_new: Callable[[Floats], bool]) -> Floats | None:
    """The point, shape (n_dims,), of the highest value that is new; None if none is."""
    found = _best(points, values, 1, is_new)
    return points[found[0]] if found else None


def move(space: SearchSpace, parents: Floats, steps: Floats, rng: np.random.Generator) -> Floats:
    """Each parent, shape (n, n_dims), with some coordinates changed; not snapped.

    `steps`, shape (n, 1), are standard deviations in units of the cube. Steps beyond a face
    end on it: optima often sit there.
    """
    n, n_dims = parents.shape
    is_ordered = np.array([dimension.is_ordered for dimension in space.dimensions], dtype=bool)
    # A coordinate that the parent's branch does not have may come alive by a switch of the
    # branch: then it is drawn at random, where it stands now means nothing.
    parents = np.where(space.is_active(parents), parents, rng.random(parents.shape))
    # One coordinate, a few, or all of them; at least one.
    share = rng.choice([1.0 / n_dims, 3.0 / n_dims, 1.0], (n, 1))
    is_moved = rng.random(parents.shape) < share
    is_moved[np.arange(n), rng.integers(n_dims, size=n)] = True
    stepped = np.clip(parents + steps * rng.standard_normal(parents.shape), 0.0, 1.0)
    is_switched = rng.random(parents.shape) < SWITCH
    return np.where(
        is_ordered,
        np.where(is_moved, stepped, parents),
        np.where(is_switched, rng.random(parents.shape), parents),
    )


def _best(
    points: Floats, values: Floats, n_points: int, is_wanted: Callable[[Floats], bool]
) -> list[int]:
    """Indices of the highest values among distinct points that are wanted, best first."""
    found: list[int] = []
    seen = set()
    # Wanted is asked lazily: a user's constraint may cost more than the model.
    for index in np.argsort(-values, kind="stable").tolist():
        key = points[index].tobytes()
        if key not in seen and is_wanted(points[index]):
            found.append(index)
            if len(found) == n_points:
                break
        seen.add(key)
    return found
