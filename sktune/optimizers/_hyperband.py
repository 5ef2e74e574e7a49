"""ASHA, successive halving and Hyperband: random settings, and ranks that decide which go on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from .._records import WAIT, Wait
from ..space import SearchSpace
from ._base import Suggestion
from ._models._fidelity import Trial
from ._multi_fidelity import MultiFidelityOptimizer

Strategy = Literal["asha", "halving", "hyperband"]

# Sources of settings that the user has given: those of one search belong to one bracket.
GIVEN = ("start", "grid")


class HyperbandOptimizer(MultiFidelityOptimizer):
    """Draws settings at random and trains the better ones of each rung further.

    Parameters
    ----------
    space : SearchSpace
        Where to search.
    rungs : sequence of int
        Resources in all at which a setting pauses and is scored, strictly increasing, from 1 up.
    factor : float, default=3
        One in so many settings of a rung goes on to the next, above 1.
    strategy : {"asha", "halving", "hyperband"}, default="hyperband"
        - ``"asha"`` [2]_: a setting goes on as soon as it is among the best of its rung so far;
          without one a new setting begins. No worker waits.
        - ``"halving"``: brackets of `factor` to the number of steps settings that all begin on
          the first rung, one bracket after the other. A rung is full before its best go on.
        - ``"hyperband"`` [1]_: brackets of fewer settings in turn, each beginning one rung
          higher, the last one with full training; then the first again.
    goes_on : bool, default=True
        Without effect: ranks do not ask what training costs.
    metric : str or None, default=None
        Which of several scores to maximise; None: the first.
    seed : int, default=0
        Root of all randomness.
    starts : iterable of dict, default=()
        Settings to suggest first, in the first bracket.
    run_whole : bool, default=False
        Suggest all settings of a finite space in the order of ``ParameterGrid``; they are in the
        first bracket.
    test_ratio : float or None, default=None
        Test rows for each training row, the mean over the folds; it tells how strongly the scores
        of the folds are correlated. None: as in K-fold cross-validation.

    Raises
    ------
    ValueError
        If `rungs`, `factor` or `strategy` is not as described.

    References
    ----------
    .. [1] Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, "Hyperband: A Novel Bandit-Based
       Approach to Hyperparameter Optimization", JMLR 18, 2018. https://jmlr.org/papers/v18/16-558
    .. [2] Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht and Talwalkar, "A System for
       Massively Parallel Hyperparameter Tuning", MLSys 2020. https://arxiv.org/abs/1810.05934

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.stats import uniform
    >>> from sktune.optimizers import HyperbandOptimizer, Observation
    >>> from sktune.space import SearchSpace
    >>> space = SearchSpace.from_distributions({"x": uniform(0, 1)})
    >>> optimizer = HyperbandOptimizer(space, rungs=(1, 3, 9), strategy="halving")
    >>> resources = []
    >>> for _ in range(13):
    ...     candidate = optimizer.ask()
    ...     resources.append(candidate.resource)
    ...     scores = {"score": np.array([candidate.params["x"]])}
    ...     optimizer.tell(Observation(candidate, scores, "complete"))
    >>> resources
    [1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3, 9]
    """

    def __init__(
        self,
        space: SearchSpace,
        *,
        rungs: Sequence[int],
        factor: float = 3,
        strategy: Strategy = "hyperband",
        goes_on: bool = True,
        metric: str | None = None,
        seed: int = 0,
        starts: Iterable[Mapping[str, Any]] = (),
        run_whole: bool = False,
        test_ratio: float | None = None,
    ) -> None:
        super().__init__(
            space,
            rungs=rungs,
            goes_on=goes_on,
            metric=metric,
            seed=seed,
            starts=starts,
            run_whole=run_whole,
            test_ratio=test_ratio,
        )
        if not factor > 1 or not np.isfinite(factor):
            raise ValueError(f"factor must be a number above 1, got {factor!r}")
        if strategy not in get_args(Strategy):
            raise ValueError(f"strategy must be 'asha', 'halving' or 'hyperband', got {strategy!r}")
        self.factor = factor
        self.strategy: Strategy = strategy

    def _suggest(
        self, rng: np.random.Generator, progress: float, n_slots: int
    ) -> Suggestion | Wait:
        if self.strategy == "asha":
            return self._promote_any() or self._new(rng, self.rungs[0])
        return self._next_of_bracket(rng)

    def _new(self, rng: np.random.Generator, resource: int) -> Suggestion:
        # The base class draws another one in place of what the constraint forbids.
        return Suggestion(rng.random(self.space.n_dims), "random", resource)

    def _best_paused(self, trials: Sequence[Trial]) -> Trial | None:
        """The best of the highest rung, as long as none is fully trained."""
        if any(trial.resource == self.rungs[-1] and not trial.has_failed for trial in trials):
            return None
        paused = [trial for trial in trials if trial.is_paused(self.rungs[-1])]
        return max(paused, key=lambda t: (t.resource, t.scores[t.resource]), default=None)

    def _promote_any(self) -> Suggestion | None:
        """Algorithm 2 of the ASHA paper: the best of the highest rung that may go on."""
        trials = self.trials()
        for resource in self.rungs[-2::-1]:
            # Who failed on the rung was on it, and none that failed is among the best.
            n_ended = sum(trial.has_ended(resource) for trial in trials)
            for trial in _ranked(trials, resource)[: share(n_ended, self.factor)]:
                if trial.resource == resource and trial.is_paused(self.rungs[-1]):
                    return self._promotion(trial)
        return None

    def _next_of_bracket(self, rng: np.random.Generator) -> Suggestion | Wait:
        """A setting of the bracket in progress; of the next one if that is over."""
        trials = self.trials()
        brackets = make_brackets(len(self.rungs), self.factor, self.strategy)
        n_given = sum(trial.root.source in GIVEN for trial in trials)
        begin, turn = 0, 0
        while True:
            bracket = brackets[turn % len(brackets)]
            sizes = bracket.sizes(self.factor, len(self.rungs), n_given if turn == 0 else 0)
            members = trials[begin : begin + sizes[0]]
            if len(members) < sizes[0]:
                return self._new(rng, self.rungs[bracket.first_rung])
            answer = self._promote_in(members, bracket.first_rung, sizes)
            if answer is not None:
                return answer
            begin, turn = begin + sizes[0], turn + 1

    def _promote_in(
        self, members: Sequence[Trial], first_rung: int, sizes: Sequence[int]
    ) -> Suggestion | Wait | None:
        """The next setting of a full bracket that goes on, None if the bracket is over."""
        for place, resource in enumerate(self.rungs[first_rung:-1]):
            chosen = _ranked(members, resource)[: sizes[place + 1]]
            for trial in chosen:
                if trial.resource == resource and trial.is_paused(self.rungs[-1]):
                    if any(t.is_running and t.resource <= resource for t in members):
                        return WAIT
                    return self._promotion(trial)
        # What is in its last training decides nothing more.
        is_open = any(t.is_running and t.resource < self.rungs[-1] for t in members)
        return WAIT if is_open else None


@dataclass(frozen=True, slots=True)
class Bracket:
    """Settings that begin together.

    Parameters
    ----------
    n_settings : int
        How many, at least 1.
    first_rung : int
        Index of the rung on which they begin.
    """

    n_settings: int
    first_rung: int

    def sizes(self, factor: float, n_rungs: int, n_given: int = 0) -> list[int]:
        """How many settings are trained on each of its rungs, of more if more are given."""
        sizes = [max(self.n_settings, n_given)]
        for _ in range(self.first_rung + 1, n_rungs):
            sizes.append(max(1, share(sizes[-1], factor)))
        return sizes


def make_brackets(n_rungs: int, factor: float, strategy: Strategy) -> list[Bracket]:
    r"""The brackets of Hyperband in their order, or the first alone for halving.

    Of :math:`s_{max} + 1` rungs, bracket :math:`s` skips the first :math:`s_{max} - s` and begins
    with

    .. math:: n = \lfloor (s_{max} + 1) / (s + 1) \rfloor \, \eta^s

    settings, as in the table of Li et al. 2018 for R = 81 (81, 27, 9, 6 and 5). Their Algorithm 1
    rounds up after the product, which gives 81, 34, 15, 8 and 5.
    """
    s_max = n_rungs - 1
    brackets = [
        Bracket(int(np.ceil((s_max + 1) // (s + 1) * factor**s)), s_max - s)
        for s in range(s_max, -1, -1)
    ]
    return brackets if strategy == "hyperband" else brackets[:1]


def share(n_settings: int, factor: float) -> int:
    """How many of a rung's settings go on, rounded down."""
    return int(n_settings / factor + 1e-9)  # 11 / 1.1 is below 10 in floats


def _ranked(trials: Sequence[Trial], resource: int) -> list[Trial]:
    """Settings with a score at this resource, best first, older ones before equal ones."""
    scored = [trial for trial in trials if resource in trial.scores]
    return sorted(scored, key=lambda trial: -trial.scores[resource])
