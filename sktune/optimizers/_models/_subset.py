"""``representative``: which observations a model keeps when there are too many.

Shared by the models of this search and of earlier ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Maximum number of observations in the model. A fit takes n^3 operations: with 300 a suggestion
# after 1,000 candidates costs 4 times one after 100, after 5,000 5 times.
MAX_OBSERVATIONS = 300


def representative(scores: Floats) -> NDArray[np.intp]:
    """Indices of all n scores, or of `MAX_OBSERVATIONS` of them if there are more.

    Half of them are the best ones: there the model has to be exact. The others are spread
    evenly over the rest in order of suggestion, so that it remembers where not to go.
    """
    n_max = MAX_OBSERVATIONS
    if len(scores) <= n_max:
        return np.arange(len(scores))
    order = np.argsort(-scores, kind="stable")
    best, rest = order[: n_max // 2], np.sort(order[n_max // 2 :])
    spread = np.linspace(0, len(rest) - 1, n_max - len(best)).round().astype(np.intp)
    return np.sort(np.concatenate([best, rest[spread]]))
