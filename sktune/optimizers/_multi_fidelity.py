"""``MultiFidelityOptimizer``: what all strategies share that train settings in steps."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .._records import WAIT, Observation, Wait
from ..space import SearchSpace
from ._base import BaseOptimizer, Suggestion
from ._models._fidelity import Trial, check_rungs, read_trials, resource_of


class MultiFidelityOptimizer(BaseOptimizer):
    """A strategy that trains a setting a little, and further if that promises something.

    Parameters
    ----------
    space : SearchSpace
        Where to search.
    rungs : sequence of int
        Resources in all at which a setting pauses and is scored, strictly increasing, from 1 up;
        with the last one it is fully trained. See ``make_rungs``.
    goes_on : bool, default=True
        Whether training goes on from where it stopped; else each rung is trained from the start.
    metric : str or None, default=None
        Which of several scores to maximise; None: the first.
    seed : int, default=0
        Root of all randomness.
    starts : iterable of dict, default=()
        Settings to suggest first, on the first rung.
    run_whole : bool, default=False
        Suggest all settings of a finite space in the order of ``ParameterGrid`` on the first rung.
    test_ratio : float or None, default=None
        Test rows for each training row, the mean over the folds; it tells how strongly the scores
        of the folds are correlated. None: as in K-fold cross-validation.

    Attributes
    ----------
    rungs : tuple of int
        As given.
    """

    def __init__(
        self,
        space: SearchSpace,
        *,
        rungs: Sequence[int],
        goes_on: bool = True,
        metric: str | None = None,
        seed: int = 0,
        starts: Iterable[Mapping[str, Any]] = (),
        run_whole: bool = False,
        test_ratio: float | None = None,
    ) -> None:
        super().__init__(
            space,
            metric=metric,
            seed=seed,
            starts=starts,
            run_whole=run_whole,
            test_ratio=test_ratio,
        )
        self.rungs = check_rungs(rungs)
        self.goes_on = goes_on
        self.first_resource = self.rungs[0]
        self._means: dict[int, float] = {}  # of complete candidates: all are read at each step

    def tell(self, observation: Observation) -> None:
        """Take the scores of a candidate; replaces what was told of it before."""
        super().tell(observation)
        self._means.pop(observation.candidate.id, None)

    def trials(self) -> list[Trial]:
        """All settings so far and how far they were trained, in order of first suggestion."""
        return read_trials(self.observations.values(), self.pending.values(), self._mean)

    def _mean(self, observation: Observation) -> float:
        """As ``score``."""
        if observation.status != "complete":
            return self.score(observation)
        place = observation.candidate.id
        if place not in self._means:
            self._means[place] = self.score(observation)
        return self._means[place]

    def _left_to_pay(self, resource: int) -> int:
        """What it still takes, rung by rung, to train a setting fully that has had so much."""
        if self.goes_on:
            return self.rungs[-1] - resource
        return sum(rung for rung in self.rungs if rung > resource)

    def _cost_of_next(self, resource: int) -> int:
        """What the next rung costs a setting that has had so much."""
        upper = next(rung for rung in self.rungs if rung > resource)
        return upper - resource if self.goes_on else upper

    def _left_of_budget(self, progress: float) -> float:
        """What may still be spent, if the share `progress` is used; infinite where it is 0."""
        if progress <= 0:
            return np.inf
        if self.goes_on:
            used = sum(trial.resource for trial in self.trials())
        else:
            told = [observation.candidate for observation in self.observations.values()]
            candidates = {c.id: c for c in [*told, *self.pending.values()]}
            used = sum(resource_of(candidate) for candidate in candidates.values())
        # Rounded, as shares are: a unit too little would leave the last training undone.
        return float(round(used * (1 - progress) / progress, 6))

    def _promotion(self, trial: Trial) -> Suggestion:
        """Train a setting to its next rung."""
        upper = next(rung for rung in self.rungs if rung > trial.resource)
        return Suggestion(np.array(trial.last.point), "promotion", upper, trial.last.id)

    def _without_new(self) -> Suggestion | Wait | None:
        trials = self.trials()
        trial = self._best_paused(trials)
        if trial is not None:
            return self._promotion(trial)
        may_go_on = any(t.is_running and t.resource < self.rungs[-1] for t in trials)
        return WAIT if may_go_on else None

    @abstractmethod
    def _best_paused(self, trials: Sequence[Trial]) -> Trial | None:
        """Which setting to train further where no new one is left, None for none of them."""
