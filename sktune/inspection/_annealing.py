"""Temperature, moves and acceptance of an annealing search. Numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._trace import check_is_search

Floats = NDArray[np.float64]

# Moves of a chain over which its acceptance rate is computed: with fewer the rate jumps, with more
# it hides the cooling.
WINDOW = 20


@dataclass(frozen=True, slots=True)
class AnnealingTrace:
    """The moves of an annealing search, in the order of ``cv_results_``.

    Each entry is nan, or -1, where a candidate was not a move: given settings, the first design.

    Attributes
    ----------
    chains : ndarray of shape (n_candidates,)
        The chain that moved, 0 the coldest; -1: none.
    temperatures : ndarray of shape (n_candidates,)
        Of that chain at that time, in spreads of the scores.
    lengths : ndarray of shape (n_candidates,)
        Length of the move: root mean square difference of the coordinates in the unit cube, two
        categories 1 apart.
    accepted : ndarray of shape (n_candidates,)
        1 where the chain moved, 0 where it stayed; nan also for candidates that were never told.
    acceptance_rates : ndarray of shape (n_candidates,)
        Share of the chain's last 20 moves that it accepted.
    """

    chains: NDArray[np.intp]
    temperatures: Floats
    lengths: Floats
    accepted: Floats
    acceptance_rates: Floats


def annealing_trace(search: Any) -> AnnealingTrace:
    """Moves of a fitted annealing search.

    Parameters
    ----------
    search : fitted AnnealingSearchCV

    Returns
    -------
    AnnealingTrace

    Raises
    ------
    NotFittedError
        If the search was not fitted.
    TypeError
        If it is not an annealing search.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import AnnealingSearchCV
    >>> from sktune.inspection import annealing_trace
    >>> space = {"C": loguniform(1e-2, 1e5), "gamma": loguniform(1e-5, 1e2)}
    >>> search = AnnealingSearchCV(SVC(), space, n_iter=15, random_state=2)
    >>> trace = annealing_trace(search.fit(*load_iris(return_X_y=True)))
    >>> trace.temperatures[[3, 8, 14]].round(2).tolist()
    [1.0, 0.38, 0.12]
    """
    check_is_search(search)
    moves = getattr(getattr(search, "optimizer_", None), "moves", None)
    if moves is None:
        raise TypeError(
            f"search must be an AnnealingSearchCV, got {type(search).__name__}: it makes no moves."
        )
    n_candidates = len(search.cv_results_["params"])
    chains = np.full(n_candidates, -1, dtype=np.intp)
    temperatures, lengths, accepted = (np.full(n_candidates, np.nan) for _ in range(3))
    for index, move in moves.items():
        if index < n_candidates:
            chains[index] = move.chain
            temperatures[index], lengths[index] = move.temperature, move.length
            accepted[index] = np.nan if move.is_accepted is None else move.is_accepted
    rates = _rates(chains, accepted)
    return AnnealingTrace(chains, temperatures, lengths, accepted, rates)


def _rates(chains: NDArray[np.intp], accepted: Floats) -> Floats:
    """Share of accepted moves among the last of the same chain, shape (n_candidates,)."""
    rates = np.full(len(accepted), np.nan)
    for chain in set(chains.tolist()) - {-1}:
        rows = np.flatnonzero((chains == chain) & ~np.isnan(accepted))
        sums = np.concatenate([[0.0], np.cumsum(accepted[rows])])
        first = np.maximum(np.arange(len(rows)) + 1 - WINDOW, 0)
        rates[rows] = (sums[1:] - sums[first]) / (np.arange(len(rows)) + 1 - first)
    return rates
