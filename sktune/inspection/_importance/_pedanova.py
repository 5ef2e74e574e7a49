"""PED-ANOVA: how unevenly good settings are spread along a parameter.

With the densities of a parameter among the best tenth, p, and in the whole region, q, its
importance is the Pearson divergence [1]_::

    D = E_q[(p / q - 1)^2]

References
----------
.. [1] Watanabe, Bansal and Hutter, "PED-ANOVA: Efficiently quantifying hyperparameter importance
   in arbitrary subspaces", IJCAI 2023. https://arxiv.org/abs/2304.10255
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Share of the region that counts as good, as in Optuna.
BEST = 0.1

# Bins of equal content along a parameter.
N_BINS = 20


def pedanova_shares(
    coordinates: Sequence[Floats], values: Floats, *, best: float = BEST, region: float = 1.0
) -> Floats:
    """Shares of each parameter, shape (d,).

    Parameters
    ----------
    coordinates : sequence of d ndarray of shape (n,)
        Units of the points in each parameter; nan where it is not active, which counts as one
        more value.
    values : ndarray of shape (n,)
        At the points, higher is better.
    best : float, default=0.1
        Share of the region that is good.
    region : float, default=1.0
        Share of all points, the best ones, that are used.
    """
    inside = values >= np.quantile(values, 1.0 - region)
    is_good = values[inside] >= np.quantile(values[inside], 1.0 - best)
    divergences = np.array([pearson_divergence(units[inside], is_good) for units in coordinates])
    total = divergences.sum()
    return divergences / total if total > 0 else np.full(len(coordinates), 1 / len(coordinates))


def pearson_divergence(units: Floats, is_good: NDArray[np.bool_]) -> float:
    """Divergence between good and all points along one parameter, minus that due to chance."""
    bins = _bins(units)
    in_all = np.bincount(bins)
    in_good = np.bincount(bins[is_good], minlength=len(in_all))
    q, p = in_all / in_all.sum(), in_good / in_good.sum()
    filled = q > 0
    found = float(np.sum((p[filled] - q[filled]) ** 2 / q[filled]))
    # With k bins and m good points, chance alone gives (k - 1) / m, times the correction for
    # drawing them without replacement.
    n_all, n_good = in_all.sum(), in_good.sum()
    by_chance = (filled.sum() - 1) / n_good * (1.0 - n_good / n_all)
    return max(found - by_chance, 0.0)


def _bins(units: Floats) -> NDArray[np.intp]:
    """Bin of each unit: bins of equal content for ranges, one for each value if they are few."""
    distinct, places = np.unique(units, return_inverse=True)
    if len(distinct) <= N_BINS:
        return np.asarray(places.reshape(-1), dtype=np.intp)
    edges = np.unique(np.nanquantile(units, np.linspace(0.0, 1.0, N_BINS + 1)[1:-1]))
    return np.where(np.isnan(units), len(edges) + 1, np.searchsorted(edges, units)).astype(np.intp)
