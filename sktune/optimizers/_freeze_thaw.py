"""Freeze-thaw: a model decides which paused setting goes on, and whether a new one is better.

The model is in ``_models/_fidelity_surrogate.py``; this file has the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._gp import Criterion, Maximizer, away_from_ends
from .._records import WAIT, Candidate, Observation, Wait
from ..space import SearchSpace
from ._base import Suggestion
from ._models._fidelity import Trial, resource_of
from ._models._fidelity_surrogate import FidelitySurrogate
from ._models._surrogate import points_of
from ._multi_fidelity import MultiFidelityOptimizer
from ._random import SobolDesign

Floats = NDArray[np.float64]

# The model starts with so many settings that have a score.
MIN_SCORED = 2

# One in so many settings of a rung goes on in any case, of those on the first rung that the model
# has begun. Otherwise, where the first rung points away from the best settings, the model begins
# ever more of them and hardly learns of it. Regret on the tuning half, at the cost of ten full
# trainings, by epochs and by rows: 0.14 and 0.55 without a quota, 0.16 and 0.52 with 5, 0.15 and
# 0.40 with 3, 0.19 and 0.31 with 3 where the design counts as well (six and three problems, seeds
# 0 and 1); by epochs with four seeds the last two are 0.13 and 0.17.
QUOTA = 3

# Points that are looked at for a new setting, in shares of those of Bayesian optimisation: there
# are 5 to 10 times as many suggestions, of which many only train a known setting further. All
# figures in benchmarks/results/multi_fidelity.md are with this; no other share was tried.
EFFORT = 0.5


class Proposal(NamedTuple):
    """A point for a new setting, and its log expected improvement when fully trained."""

    point: Floats | None
    value: float


class FreezeThawOptimizer(MultiFidelityOptimizer):
    r"""Trains settings in steps, each time the one from which most is expected for the cost.

    First come the starts and a design, points of a Sobol sequence, all on the first rung. Then a
    Gaussian process over settings and the logarithm of the resource foresees how each setting
    scores when fully trained, and the next step maximises

    .. math:: \log EI(x, r_{max}) - \log(r_{max} - r)

    over all paused settings, with the resource :math:`r` that they have had, and over new ones,
    with :math:`r = 0`: the expected improvement [2]_ for what is left to pay for it, as in [1]_
    but without a kernel of its own for learning curves. What is to be improved on is the highest
    mean of the model at full training of any setting so far. Who is chosen is trained to the next
    rung. With others pending the criterion is averaged over what may become of them once they are
    fully trained, so no worker waits.

    The end of the budget, as far as ``ask`` is told of it, goes to what can still be fully
    trained, and enough of it is kept to train the most promising setting fully if none is yet.

    One in three settings of a rung goes on in any case, the one from which most is expected, so
    that the model learns what the early scores are worth; the design does not count. Where it is
    more likely that all scores below full training are noise, the model leaves them out: then the
    expected improvement of a setting does not fall after the first rung, and it is trained on.

    Parameters
    ----------
    space : SearchSpace
        Where to search.
    rungs : sequence of int
        Resources in all at which a setting pauses and is scored, strictly increasing, from 1 up.
    n_initial_points : int, default=15
        Points of the first design, at least 1. Starts are not counted. The design goes on until
        two settings have a score.
    goes_on : bool, default=True
        Whether training goes on from where it stopped. Else what is left to pay is the sum of the
        rungs above, as each is trained from the start.
    metric : str or None, default=None
        Which of several scores to maximise; None: the first.
    seed : int, default=0
        Root of all randomness.
    starts : iterable of dict, default=()
        Settings to suggest first, before the first design.
    run_whole : bool, default=False
        Suggest all settings of a finite space in the order of ``ParameterGrid`` on the first rung.
    test_ratio : float or None, default=None
        Test rows for each training row, the mean over the folds; it tells how strongly the scores
        of the folds are correlated. None: as in K-fold cross-validation.

    Raises
    ------
    ValueError
        If `rungs` or `n_initial_points` is not as described.

    References
    ----------
    .. [1] Swersky, Snoek and Adams, "Freeze-Thaw Bayesian Optimization", 2014.
       https://arxiv.org/abs/1406.3896
    .. [2] Ament, Daulton, Eriksson, Balandat and Bakshy, "Unexpected Improvements to Expected
       Improvement for Bayesian Optimization", NeurIPS 2023. https://arxiv.org/abs/2310.20708

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.stats import uniform
    >>> from sktune.optimizers import FreezeThawOptimizer, Observation
    >>> from sktune.space import SearchSpace
    >>> space = SearchSpace.from_distributions({"x": uniform(0, 1)})
    >>> optimizer = FreezeThawOptimizer(space, rungs=(1, 3, 9))
    >>> for _ in range(25):
    ...     candidate = optimizer.ask()
    ...     score = -((candidate.params["x"] - 0.3) ** 2) - 1 / candidate.resource
    ...     scores = {"score": np.array([score])}
    ...     optimizer.tell(Observation(candidate, scores, "complete"))
    >>> trained = [c.params["x"] for c in optimizer.completed()[0] if c.resource == 9]
    >>> bool(min(abs(x - 0.3) for x in trained) < 0.01)
    True
    """

    def __init__(
        self,
        space: SearchSpace,
        *,
        rungs: Sequence[int],
        n_initial_points: int = 15,
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
        is_count = isinstance(n_initial_points, Integral) and n_initial_points >= 1
        if not is_count:
            raise ValueError(
                f"n_initial_points must be an integer from 1 up, got {n_initial_points!r}"
            )
        self.n_initial_points = int(n_initial_points)
        self._design = SobolDesign(space, self.n_initial_points, seed)
        self._maximizer = Maximizer(space, EFFORT)
        self._surrogate: FidelitySurrogate | None = None
        self._is_stale = True

    def tell(self, observation: Observation) -> None:
        """Take the scores of a candidate; the model hears of them at the next ``ask``."""
        super().tell(observation)
        if observation.status != "running":
            self._is_stale = True

    def expected_scores(self, candidates: Sequence[Candidate]) -> tuple[Floats, Floats]:
        """What the model expects of finished candidates at the resource that they have had.

        Returns
        -------
        mean, std : ndarray of shape (n_candidates,)
            In score units; nan of failed ones.
        """
        told, nothing = super().expected_scores(candidates)
        model = self._latest(1)
        if model is None or not candidates:
            return told, nothing
        resources = [resource_of(candidate) for candidate in candidates]
        expected = model.predict(points_of(candidates), resources)
        mean, std = np.where(np.isnan(told), np.nan, np.array(expected))
        return mean, std

    def _suggest(
        self, rng: np.random.Generator, progress: float, n_slots: int
    ) -> Suggestion | Wait:
        trials, left = self.trials(), self._left_of_budget(progress)
        is_designing = self._grid is None and not self._design.is_over
        model = None if is_designing else self._model()
        if model is None:
            step: Trial | Suggestion = Suggestion(np.empty(0), "design", self.rungs[0])
        else:
            step = self._best_step(model, trials, left, rng)
        resource = step.resource if isinstance(step, Trial) else 0
        last = self._last_chance(trials, left, self._cost_of_next(resource))
        if last is not None:
            return WAIT if last.is_running else self._promotion(last)
        if isinstance(step, Trial):
            return self._promotion(step)
        return step if model is not None else step._replace(point=self._design.next())

    def _best_step(
        self,
        model: FidelitySurrogate,
        trials: Sequence[Trial],
        left: float,
        rng: np.random.Generator,
    ) -> Trial | Suggestion:
        """The setting to train further, or the new one, from which most is expected for its cost.

        Where less is left of the budget than a full training costs, those count that it is enough
        for.
        """
        criterion = model.improvement(self.pending.values(), rng)
        paused = [trial for trial in trials if trial.is_paused(self.rungs[-1])]
        if left < self._left_to_pay(0):
            able = [trial for trial in paused if self._left_to_pay(trial.resource) <= left]
            if able:
                return able[int(np.argmax(self._worth(able, criterion)))]
        values = self._worth(paused, criterion)
        owed = self._owed(trials, paused, values)
        if owed is not None:
            return owed
        new = self._new(model, criterion, rng)
        if paused and values.max() >= new.value - np.log(self._left_to_pay(0)):
            return paused[int(np.argmax(values))]
        # Where none of those looked at is new, the base class finds what is left.
        point = model.incumbents[0] if new.point is None else new.point
        return Suggestion(point, "model", self.rungs[0])

    def _owed(
        self, trials: Sequence[Trial], paused: Sequence[Trial], values: Floats
    ) -> Trial | None:
        """The best of the highest rung of which too few have gone on, None if enough have."""
        chosen = [trial for trial in trials if trial.root.source != "design"]
        for rung in self.rungs[-2::-1]:
            counted = chosen if rung == self.rungs[0] else trials
            n_ended = sum(trial.has_ended(rung) for trial in counted)
            n_above = sum(trial.resource > rung for trial in trials)
            here = [i for i, trial in enumerate(paused) if trial.resource == rung]
            if here and n_above < n_ended // QUOTA:
                return paused[max(here, key=lambda i: float(values[i]))]
        return None

    def _last_chance(self, trials: Sequence[Trial], left: float, cost: int) -> Trial | None:
        """The most promising setting, if after a step of this cost it could not be finished.

        None as soon as any is fully trained, or is about to be: a search needs one.
        """
        full = self.rungs[-1]
        if self._left_to_pay(self.rungs[0]) <= left - cost:
            return None  # whoever it is could be
        if any(trial.resource == full and not trial.has_failed for trial in trials):
            return None
        able = [
            trial
            for trial in trials
            if trial.scores and not trial.has_failed and self._left_to_pay(trial.resource) <= left
        ]
        if not able:
            return None
        model = self._model()
        promise = [max(trial.scores.items()) for trial in able]
        if model is not None:
            points = points_of(trial.root for trial in able)
            mean, _ = model.predict(points, [full] * len(able))
            promise = [(full, value) for value in mean.tolist()]
        best = able[max(range(len(able)), key=promise.__getitem__)]
        return best if self._left_to_pay(best.resource) > left - cost else None

    def _new(
        self, model: FidelitySurrogate, criterion: Criterion, rng: np.random.Generator
    ) -> Proposal:
        """The best new setting."""
        if self._grid is not None:
            return Proposal(None, -np.inf)
        point = self._maximizer(criterion, model.incumbents, rng, self.is_new)
        if point is None:
            return Proposal(None, -np.inf)
        value = float(criterion(self.space.encode(point[None]))[0])
        return Proposal(away_from_ends(criterion, self.space, point, rng, self.is_new), value)

    def _worth(self, paused: Sequence[Trial], criterion: Criterion) -> Floats:
        """Log expected improvement for what is left to pay, shape (n_paused,)."""
        if not paused:
            return np.empty(0)
        points = points_of(trial.last for trial in paused)
        left = [self._left_to_pay(trial.resource) for trial in paused]
        return criterion(self.space.encode(points)) - np.log(left)

    def _best_paused(self, trials: Sequence[Trial]) -> Trial | None:
        """The one in which most is expected for its cost; of a search with no model the newest."""
        paused = [trial for trial in trials if trial.is_paused(self.rungs[-1])]
        model = self._model()
        if not paused or model is None:
            return paused[-1] if paused else None
        criterion = model.improvement(self.pending.values(), self._next_rng())
        return paused[int(np.argmax(self._worth(paused, criterion)))]

    def _model(self) -> FidelitySurrogate | None:
        """The model of all that was told, kept; None where too little is known for one."""
        if self._is_stale:
            self._surrogate, self._is_stale = self._latest(MIN_SCORED), False
        return self._surrogate

    def _latest(self, min_scored: int) -> FidelitySurrogate | None:
        """The same without a trace, from so many settings with a score up."""
        trials = self.trials()
        if sum(bool(trial.scores) for trial in trials) < min_scored:
            return None
        return FidelitySurrogate(
            self.space,
            self.rungs,
            trials,
            self.split_scores,
            self._surrogate,
            self.test_ratio,
        )
