"""``LowerTail``: draws in scores far below the rest for the model, and puts predictions back."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# Scores further below the median than so many times the distance from there to the best are
# drawn in. Otherwise one R^2 of -1e6 would make all good scores equal: after 40 candidates in 4
# dimensions with such a cliff the best was 0.09 to 0.27 below the maximum, and with 2 or 5 it was
# the maximum (4 seeds). On tasks without such scores 2 and 5 do equally well, 1 is worse: mean
# regret 0.073 instead of 0.061.
N_BELOW = 2.0

# They are also shrunk by this factor. With 1, a quadratic of 2 of 50 parameters was 0.001 to 0.04
# below its maximum after 40 candidates, with 0.2 at most 0.0007 (5 seeds). Making all of them equal
# does as well, but could not be inverted.
SHRINKAGE = 0.2


class LowerTail:
    """A scale on which a long tail of bad scores is short: y above a limit, logarithmic below.

    With the distance r from the median m to the best and the limit u = m - 2 r::

        draw_in(y) = y                              y >= u
                     u - 0.2 r log(1 + (u - y) / r)    y < u

    It can be inverted, so that the model answers in score units.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        What was observed. If half of the scores are the best score, they do not tell what is far,
        and all of them stay as they are.
    """

    def __init__(self, scores: Floats) -> None:
        median = float(np.median(scores))
        reach = float(scores.max()) - median
        self._limit = median - N_BELOW * reach if reach > 0 else -np.inf
        self._unit = reach if reach > 0 else 1.0
        self._furthest = float(self._log_below(scores.min()))

    def draw_in(self, scores: Floats) -> Floats:
        """Scores on the scale of the model, of the same shape."""
        drawn = np.maximum(scores, self._limit)
        return np.asarray(drawn - SHRINKAGE * self._unit * self._log_below(scores))

    def put_back(self, mean: Floats, std: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation of the model in score units, each of the same shape.

        The mean is the median of the prediction, the deviation is stretched by the slope of the
        inverse there (delta method). Neither goes beyond the lowest score that was observed: a
        small step down on the scale would be a large one in scores.
        """
        logs = np.clip((self._limit - mean) / (SHRINKAGE * self._unit), 0.0, self._furthest)
        stretch = np.where(mean < self._limit, np.exp(logs) / SHRINKAGE, 1.0)
        return np.maximum(mean, self._limit) - self._unit * np.expm1(logs), std * stretch

    def _log_below(self, scores: ArrayLike) -> Floats:
        """How far below the limit, log(1 + (u - y) / r); 0 above it."""
        return np.asarray(np.log1p(np.maximum(self._limit - np.asarray(scores), 0.0) / self._unit))
