"""A unit in which the scores of a search can be squared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Scores of a size between these are used as they are: their squares neither overflow nor vanish.
SMALLEST, LARGEST = 1e-100, 1e100


def unit_of(scores: NDArray[np.float64]) -> float:
    """A unit in which scores can be squared: 1, or the size of very large or small ones.

    The better half of the finite scores decides, so that one very bad score does not make all
    others vanish. The unit is a power of two, so that scores keep all their digits.
    """
    finite = scores[np.isfinite(scores)]
    better = np.sort(finite, axis=None)[len(finite) // 2 :]
    largest = float(np.abs(better).max(initial=0.0))
    if largest == 0.0 or SMALLEST <= largest <= LARGEST:
        return 1.0
    return float(2.0 ** np.floor(np.log2(largest)))


def in_unit(scores: NDArray[np.float64], unit: float) -> NDArray[np.float64]:
    """Scores in a unit that ``unit_of`` gave, of the same shape; nan stays.

    Scores that are still too large to be squared are clipped: for the model, one such score is as
    bad as another.
    """
    return np.clip(scores / unit, -LARGEST, LARGEST)
