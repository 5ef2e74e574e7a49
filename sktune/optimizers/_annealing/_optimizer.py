"""``AnnealingOptimizer``: simulated annealing made for hyperparameters.

A chain walks from setting to setting. Moves to a higher score are always accepted, moves to a lower
one sometimes, less often the lower the temperature (Metropolis et al. 1953, Kirkpatrick et al.
1983). Because a fit costs far more than a suggestion, each move is the most promising of several
(multiple tries, Liu et al. 2000), judged by the scores nearby.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._records import Candidate, Observation
from ...space import SearchSpace
from .._base import BaseOptimizer, Suggestion
from .._random import sobol_design
from ._moves import Mover
from ._schedule import Schedule
from ._score_map import ScoreMap

Floats = NDArray[np.float64]

# First design: so many Sobol points, but no more than this share of the budget. 6 to 10 points
# and shares from 0.2 to 0.33 were tried: few are better for budgets of 25, else all are equal.
N_DESIGN = 8
DESIGN_SHARE = 0.2

# At heat 1: the width of a step, as a share of a parameter's range (half of the heavy-tailed steps
# are smaller than 0.8 times this), and the share of the parameters that move. 0.2 is too narrow.
WIDTH = 0.3
MOVED_SHARE = 0.7

# The moved share shrinks as this power of the heat: from 0.7 to 0.28 where the heat falls to 0.1.
SHARE_POWER = 0.4

# Moves that are drawn to choose one from. Regret after 50 and 100 evaluations with 50, 200 and 500:
# 0.112 / 0.077, 0.110 / 0.070, 0.104 / 0.077; with noisy folds 0.160 / 0.115, 0.144 / 0.107,
# 0.138 / 0.103. Their cost is most of what a suggestion costs.
N_TRIES = 200

# Rounds of drawing, each twice as wide, before the neighbourhood counts as used up.
N_ROUNDS = 4

# A move starts from the best setting known with this probability, else from the chain's own.
# 0.3 to 1 do equally well, without noise and with five noisy folds; the lowest explores most.
BACK = 0.3

# Distinguishes the draws of acceptance from those of suggestions.
ACCEPTANCE = 1


@dataclass  # no slots: with them, pickle's oldest protocols cannot save a mutable record
class Move:
    """The move that led to a candidate, and whether it was accepted.

    Parameters
    ----------
    chain : int
        The chain it belongs to, 0 the coldest.
    temperature : float
        Temperature of the chain at that time, in spreads of the scores.
    base : int
        Id of the candidate it started from.
    length : float
        Root mean square coordinate difference to that candidate, in the unit cube.
    is_accepted : bool or None
        Whether the chain moved there; None: its score was not told yet.
    """

    chain: int
    temperature: float
    base: int
    length: float
    is_accepted: bool | None = None


class AnnealingOptimizer(BaseOptimizer):
    """Simulated annealing over a mixed space.

    One quantity, the heat ``h = cooling ** progress``, falls from 1 to `cooling` as the budget
    is used, and sets everything else: the temperature ``T = initial_temperature * h`` in units
    of the scores' own spread, the width of the moves ``w = 0.3 * h`` and the share of
    parameters that move. If the best score has not risen for long, the heat rises again (see
    ``Schedule``).

    Of 200 random moves the one with the highest ``height + T * novelty / w`` is suggested.
    ``height`` is the mean score of the points nearby, weighted by inverse
    distance, and ``novelty`` the distance to the nearest of them, pending ones included. A
    candidate that comes back with the score ``y`` becomes the chain's new place with the
    probability ``min(1, exp(d / t - v / (2 * t**2)))``, where ``d = y - y_chain``, ``v`` is the
    variance of this difference from the folds, and ``t = T * spread`` [6]_; a failed one never
    does.

    Parameters
    ----------
    space : SearchSpace
        Where to search.
    metric : str or None, default=None
        Which of several scores in an observation to maximise; None: the first of them.
    seed : int, default=0
        Root of all randomness.
    starts : iterable of dict, default=()
        Settings to suggest first.
    run_whole : bool, default=False
        Suggest all settings of a finite space and no other.
    test_ratio : float or None, default=None
        Test rows for each training row, the mean over the folds; it tells how strongly the scores
        of the folds are correlated. None: as in K-fold cross-validation.
    initial_temperature : float, default=1.0
        Temperature at the beginning, in spreads of the scores (the distance of their 40 % and
        90 % quantiles), above 0. Higher: more exploration. Sensible from 0.3 to 3.
    cooling : float, default=0.1
        Temperature at the end of the budget as a share of the initial one, in (0, 1].
        1: no cooling. Sensible from 0.03 to 0.3.
    n_chains : int or None, default=None
        Chains that walk side by side, at least 1. Of several chains, the first cools as above
        and each further one less, the last one hardly; neighbouring chains exchange their places.
        None: one.

    References
    ----------
    .. [1] N. Metropolis et al. (1953), "Equation of State Calculations by Fast Computing
       Machines", Journal of Chemical Physics 21.
    .. [2] S. Kirkpatrick, C. D. Gelatt, M. P. Vecchi (1983), "Optimization by Simulated
       Annealing", Science 220.
    .. [3] H. Szu, R. Hartley (1987), "Fast Simulated Annealing", Physics Letters A 122: heavy
       tails, and a width that shrinks with the temperature.
    .. [4] J. S. Liu, F. Liang, W. H. Wong (2000), "The Multiple-Try Method and Local
       Optimization in Metropolis Sampling", JASA 95.
    .. [5] A. Bemporad (2020), "Global Optimization via Inverse Distance Weighting and Radial
       Basis Functions", Computational Optimization and Applications 77.
    .. [6] D. M. Ceperley, M. Dewing (1999), "The Penalty Method for Random Walks with Uncertain
       Energies", Journal of Chemical Physics 110.
    """

    def __init__(
        self,
        space: SearchSpace,
        *,
        metric: str | None = None,
        seed: int = 0,
        starts: Iterable[Mapping[str, Any]] = (),
        run_whole: bool = False,
        test_ratio: float | None = None,
        initial_temperature: float = 1.0,
        cooling: float = 0.1,
        n_chains: int | None = None,
    ) -> None:
        super().__init__(
            space,
            metric=metric,
            seed=seed,
            starts=starts,
            run_whole=run_whole,
            test_ratio=test_ratio,
        )
        self.initial_temperature = initial_temperature
        self.cooling = cooling
        self.n_chains = n_chains
        self._score_map = ScoreMap(space, test_ratio)
        self._mover = Mover(space)
        self._design: list[Floats] | None = None  # the next one last
        self._heard: set[int] = set()
        self._moves: dict[int, Move] = {}
        # The candidate where each chain stands; a chain begins at the best one known.
        self._chains: list[int] = []
        # Begins with the first move: until then nothing cools.
        self._schedule: Schedule | None = None

    def tell(self, observation: Observation) -> None:
        """Take the scores of a candidate; replaces what was told of it before."""
        super().tell(observation)
        self._heard.add(observation.candidate.id)

    @property
    def moves(self) -> Mapping[int, Move]:
        """Moves so far, by the candidate's id; candidates that came from no move are left out."""
        self._listen()
        return self._moves

    def expected_scores(self, candidates: Sequence[Candidate]) -> tuple[Floats, Floats]:
        """Expected scores of finished candidates: their scores averaged with their neighbours'.

        Returns
        -------
        mean, std : ndarray of shape (n_candidates,)
            In score units; nan for those without a score. If the folds show no noise, `mean` has
            the scores themselves and `std` is nan.
        """
        self._listen()
        mean, std = super().expected_scores(candidates)
        known = np.isfinite(mean)
        if self._score_map.error and known.any():
            points = np.array([c.point for c in candidates])[known]
            mean[known], std[known] = self._score_map.smooth(points, mean[known])
        return mean, std

    def heat(self, progress: float, chain: int = 0) -> float:
        """Share of the initial temperature that is left.

        Parameters
        ----------
        progress : float
            Share of the budget used, in [0, 1].
        chain : int, default=0
            The coldest is 0.

        Returns
        -------
        float
            ``cooling ** progress`` for the coldest chain, in (0, 1], as long as it is not reheated.
        """
        coolness = 1.0 - chain / (self.n_chains or 1)
        heat = 1.0 if self._schedule is None else self._schedule.heat(progress)
        return float(heat**coolness)

    def _suggest(self, rng: np.random.Generator, progress: float, n_slots: int) -> Suggestion:
        self._listen()
        highest = self._score_map.highest
        if highest is None or progress < DESIGN_SHARE:
            point = self._next_in_design()
            if point is not None:
                return Suggestion(point, "design")
        if highest is None or not self.space.n_dims:
            return Suggestion(self.space.sample(1, rng)[0], "design")
        if self._schedule is None:
            self._schedule = Schedule(self.cooling, progress)
        self._schedule.reheat_if_stalled(highest, progress, self._n_asked)
        chain = self._n_asked % (self.n_chains or 1)
        self._begin_or_swap(chain, progress, rng)
        heat = self.heat(progress, chain)
        best = self._score_map.best if rng.random() < BACK else None
        base = self._chains[chain] if best is None else best
        start = self._point(base)
        point = self._move(start, heat, rng)
        self._moves[self._n_asked] = Move(
            chain, self.initial_temperature * heat, base, self._score_map.distance(start, point)
        )
        return Suggestion(point, "move")

    def _register(self, point: Floats, source: str, *rest: Any) -> Candidate:
        candidate = super()._register(point, source, *rest)
        self._score_map.add(candidate.id, np.array(candidate.point))
        return candidate

    def _listen(self) -> None:
        """Process what was told since the last suggestion, in the order of suggestion."""
        for candidate_id in sorted(self._heard):
            observation = self.observations[candidate_id]
            if observation.status == "running":
                continue
            score, splits = self.score(observation), self.split_scores(observation)
            self._score_map.tell(candidate_id, self._point(candidate_id), score, splits)
            move = self._moves.get(candidate_id)
            if move is not None and move.is_accepted is None:
                move.is_accepted = self._is_accepted(candidate_id, move)
                if move.is_accepted:
                    self._chains[move.chain] = candidate_id
        self._heard.clear()

    def _is_accepted(self, candidate_id: int, move: Move) -> bool:
        """Whether a chain accepts a move, by the rule of Metropolis."""
        scores = self._score_map.scores
        if candidate_id not in scores:
            return False
        gain = scores[candidate_id] - scores.get(self._chains[move.chain], -np.inf)
        rng = np.random.default_rng([self.seed, candidate_id, ACCEPTANCE])
        return self._is_taken(gain, move.temperature, rng)

    def _is_taken(self, gain: float, temperature: float, rng: np.random.Generator) -> bool:
        """Whether a difference of two scores is accepted at a temperature in spreads."""
        landscape = self._score_map
        # Each of the two scores has its noise.
        noise = 2.0 * (landscape.error / landscape.spread) ** 2
        return bool(rng.random() < acceptance(gain / landscape.spread, temperature, noise))

    def _next_in_design(self) -> Floats | None:
        if self._design is None:
            self._design = list(sobol_design(self.space, N_DESIGN, self.seed))[::-1]
        return self._design.pop() if self._design else None

    def _begin_or_swap(self, chain: int, progress: float, rng: np.random.Generator) -> None:
        """Start a chain at the best known, or let it exchange places with the next hotter one."""
        n_missing = chain + 1 - len(self._chains)
        if n_missing > 0 and (best := self._score_map.best) is not None:
            self._chains += [best] * n_missing
        if chain + 1 < len(self._chains):
            cold, hot = (
                1.0 / (self.initial_temperature * self.heat(progress, c))
                for c in (chain, chain + 1)
            )
            scores = [self._score_map.scores.get(i, -np.inf) for i in self._chains]
            # The exchange of parallel tempering: accepted like a move with this gain, at the
            # difference of the inverse temperatures.
            gain = scores[chain + 1] - scores[chain]
            if cold == hot or self._is_taken(gain, 1.0 / (cold - hot), rng):
                places = self._chains
                places[chain], places[chain + 1] = places[chain + 1], places[chain]

    def _move(self, base: Floats, heat: float, rng: np.random.Generator) -> Floats:
        """The most promising new neighbour of a point, shape (n_dims,)."""
        width, share = WIDTH * heat, MOVED_SHARE * heat**SHARE_POWER
        for _ in range(N_ROUNDS):
            points = self._mover.draw(base, width, share, N_TRIES, rng)
            height, novelty = self._score_map.look(points)
            # T / w: both cool alike, so the heat cancels; what shrinks is the novelty of moves.
            merit = height + self.initial_temperature / WIDTH * novelty
            for index in np.argsort(-merit):
                if novelty[index] > 0 and self.is_new(points[index]):
                    return points[index]
            width, share = 2 * width, min(2 * share, 1.0)
        # The neighbourhood is used up: the base class replaces the repeat by another setting.
        return base

    def _point(self, candidate_id: int) -> Floats:
        return np.array(self.observations[candidate_id].candidate.point)


def acceptance(gain: float, temperature: float, noise: float = 0.0) -> float:
    """Probability to accept a gain (negative: a loss), both in the same unit.

    ``min(1, exp(gain / temperature))`` of Metropolis et al. (1953). If the gain has an error of
    variance `noise`, ``noise / (2 * temperature**2)`` is subtracted in the exponent, after Ceperley
    and Dewing (1999): the chain then visits, on average, what it would visit without noise.
    """
    exponent = gain / temperature - noise / temperature / temperature / 2.0
    return float(np.exp(min(exponent, 0.0)))
