"""Shapley values of a game over parameters, and the game of explained variance.

A game gives each subset S of d players a value v(S). The Shapley value of a player is what it
adds on joining, averaged over all orders in which the players may join::

    phi_i = sum over S without i of |S|! (d - |S| - 1)! / d! (v(S + i) - v(S))

In the game of variance v(S) = Var E[f(x) | x_S], with x uniform in the unit cube: the shares
phi_i / v(all) are never negative, add up to 1, and divide each interaction evenly among its
players [1]_. By pick and freeze, with two independent points a and b::

    v(S) = Cov(f(a), f(a_S, b_rest))

Subsets are numbered by their bits: player i is in S where bit i of S is 1.

References
----------
.. [1] Owen, "Sobol' indices and Shapley value", SIAM/ASA Journal on Uncertainty Quantification 2,
   2014. https://doi.org/10.1137/130936233
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

Floats = NDArray[np.float64]
Function = Callable[[Floats], Floats]

# With up to so many players all subsets are evaluated.
MAX_EXACT = 10

# Points at which a function is evaluated at a time, to bound the memory.
CHUNK = 8192

# With more players, orders are drawn in pairs (each with its reverse) until the standard error of
# every share is below this, or there are MAX_ORDERS.
STANDARD_ERROR = 0.01
MAX_ORDERS = 64


def shapley_values(game: Floats) -> Floats:
    """Shapley values, shape (d, ...), of a game, shape (2**d, ...)."""
    n_players = len(game).bit_length() - 1
    subsets = np.arange(len(game))
    sizes = np.array([subset.bit_count() for subset in subsets.tolist()])
    values = np.zeros((n_players, *game.shape[1:]))
    for player in range(n_players):
        without = subsets[subsets >> player & 1 == 0]
        weights = np.array(
            [factorial(k) * factorial(n_players - k - 1) for k in range(n_players)], dtype=float
        ) / factorial(n_players)
        added = game[without | 1 << player] - game[without]
        values[player] = np.tensordot(weights[sizes[without]], added, axes=1)
    return values


class VarianceGame:
    """Variances that subsets of the coordinates explain, estimated on one design.

    Parameters
    ----------
    function : callable
        From points, shape (n, d), to values, shape (n_draws, n).
    n_dims : int
        d.
    n_points : int
        Of the design, a power of 2.
    seed : int
        Of the scrambled Sobol points.
    is_cut : bool, default=False
        Whether values below the median of each draw count as the median.
    fixed : dict of int to float, default=None
        Coordinates that stay at a value.
    """

    def __init__(
        self,
        function: Function,
        n_dims: int,
        n_points: int,
        seed: int,
        is_cut: bool = False,
        fixed: dict[int, float] | None = None,
    ) -> None:
        self._function, self.n_dims = function, n_dims
        both = qmc.Sobol(2 * n_dims, seed=seed).random(n_points)
        self._a, self._b = both[:, :n_dims].copy(), both[:, n_dims:].copy()
        for column, value in (fixed or {}).items():
            self._a[:, column] = self._b[:, column] = value
        # Values at subsets: an order and its reverse use the same ones, as complements.
        self._seen: dict[int, Floats] = {}
        ends = self._evaluate(np.vstack([self._a, self._b]))
        self._floor = np.median(ends, axis=1) if is_cut else np.full(len(ends), -np.inf)
        self._at_a, self._at_b = np.split(np.maximum(ends, self._floor[:, None]), 2, axis=1)
        #: Variance of the whole function, shape (n_draws,).
        self.variance = self._covariance(self._at_a, self._at_a)
        self.variance = (self.variance + self._covariance(self._at_b, self._at_b)) / 2.0

    def all_subsets(self) -> Floats:
        """v of all subsets, shape (2**d, n_draws)."""
        n_subsets = 1 << self.n_dims
        # The values at (a_S, b_rest) serve for S, and for the complement of S with a and b swapped.
        values = np.stack([self._at_subset(subset) for subset in range(n_subsets)])
        game = [self._value(values[s], values[n_subsets - 1 - s]) for s in range(n_subsets)]
        game[0] = np.zeros_like(game[0])  # the empty subset explains nothing
        return np.stack(game)

    def of(self, subset: int) -> Floats:
        """v of one subset, shape (n_draws,)."""
        everyone = (1 << self.n_dims) - 1
        return self._value(self._at_subset(subset), self._at_subset(everyone - subset))

    def by_orders(self, seed: int) -> tuple[Floats, Floats]:
        """Shapley values from random orders, shape (d, n_draws), and their standard errors.

        Orders are drawn until the standard error of every share of the first draw is below 0.01,
        up to 64.
        """
        rng = np.random.default_rng(seed)
        found: list[Floats] = []
        errors = np.full((self.n_dims, len(self.variance)), np.inf)
        while 2 * len(found) < MAX_ORDERS:
            order = rng.permutation(self.n_dims)
            self._seen.clear()
            found.append((self._along(order) + self._along(order[::-1])) / 2.0)
            if len(found) >= 4:
                errors = np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
                if (errors[:, 0] <= STANDARD_ERROR * self.variance[0]).all():
                    break
        return np.mean(found, axis=0), errors

    def pairs(self) -> Floats:
        """Variance of the interaction of each pair alone, shape (d, d, n_draws)."""
        main = [self.of(1 << player) for player in range(self.n_dims)]
        found = np.zeros((self.n_dims, self.n_dims, len(self.variance)))
        for i, j in combinations(range(self.n_dims), 2):
            found[i, j] = found[j, i] = self.of(1 << i | 1 << j) - main[i] - main[j]
        return np.maximum(found, 0.0)

    def _along(self, order: NDArray[np.intp]) -> Floats:
        """What each player adds when they join in this order, shape (d, n_draws)."""
        added = np.zeros((self.n_dims, len(self.variance)))
        subset, before = 0, np.zeros(len(self.variance))
        for player in order.tolist():
            subset |= 1 << player
            after = self.of(subset) if subset + 1 < 1 << self.n_dims else self.variance
            added[player], before = after - before, after
        return added

    def _at_subset(self, subset: int) -> Floats:
        """Values at the points a_S, b_rest, shape (n_draws, n_points)."""
        if subset == 0:
            return self._at_b
        if subset == (1 << self.n_dims) - 1:
            return self._at_a
        if subset in self._seen:
            return self._seen[subset]
        is_in = (subset >> np.arange(self.n_dims)) & 1 == 1
        values = self._evaluate(np.where(is_in, self._a, self._b))
        values = np.maximum(values, self._floor[:, None])
        if self.n_dims > MAX_EXACT:
            self._seen[subset] = values
        return values

    def _value(self, own: Floats, of_complement: Floats) -> Floats:
        """v(S), shape (n_draws,), from values at (a_S, b_rest) and at (a_rest, b_S)."""
        both = self._covariance(self._at_a, own) + self._covariance(self._at_b, of_complement)
        return np.maximum(both / 2.0, 0.0)

    def _covariance(self, first: Floats, second: Floats) -> Floats:
        # About one mean for both, which lowers the variance of the estimate (Janon et al. 2014).
        mean = (first.mean(axis=1) + second.mean(axis=1))[:, None] / 2.0
        return np.asarray(((first - mean) * (second - mean)).mean(axis=1))

    def _evaluate(self, points: Floats) -> Floats:
        parts = [
            np.atleast_2d(self._function(points[start : start + CHUNK]))
            for start in range(0, len(points), CHUNK)
        ]
        return np.concatenate(parts, axis=1)


def shapley_by_orders(
    game: Callable[[NDArray[np.intp]], Floats], n_players: int, seed: int
) -> Floats:
    """Shapley values, shape (d, n_draws), from 64 random orders of the players.

    `game` gives the values, shape (n_subsets, n_draws), of an array of subsets.
    """
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(n_players) for _ in range(MAX_ORDERS // 2)]
    orders += [order[::-1] for order in orders]
    added = []
    for order in orders:
        subsets = np.concatenate([[0], np.cumsum(1 << order.astype(np.intp))])
        steps = np.diff(game(subsets), axis=0)
        added.append(steps[np.argsort(order)])
    return np.asarray(np.mean(added, axis=0))
