"""Bayesian optimisation: a Gaussian process of the scores, log expected improvement on it.

Where each part is: what the model is told in ``_models/_surrogate.py``, the model in
``_gp/_posterior.py``, expected improvement in ``_gp/_acquisition.py``, the search for its maximum
in ``_gp/_maximize.py``. This file has what happens between ``tell`` and ``ask``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._gp import ConfidenceBound, Criterion, Maximizer, Trend, away_from_ends, maximize_acquisition
from .._records import Candidate, Done, Observation
from ..space import SearchSpace
from ._base import EXHAUSTED, BaseOptimizer, Suggestion
from ._models._earlier import EarlierScores
from ._models._surrogate import Surrogate, points_of
from ._random import SobolDesign

Floats = NDArray[np.float64]

# First design for "auto". On 25 public tuning tasks (YAHPO Gym surrogates and scikit-learn
# problems, 8 seeds) the mean regret after 10 and 25 candidates was 0.288 and 0.142 with 2 points,
# 0.278 and 0.121 with 3, 0.304 and 0.132 with 5; with 10 (3 seeds) 0.39 and 0.15. 0 is the best
# known score, 1 the median of random search.
N_INITIAL_POINTS = 3

# Best settings of each earlier search that are tried first.
N_EARLIER_STARTS = 1

# Fewest complete candidates for a model: a single one does not tell where to go.
MIN_COMPLETE = 2

# The bound on the remaining gain (Makarova et al. 2022, appendix): complete candidates before it is
# used, the probability that it does not hold, and the divisor of beta.
MIN_FOR_BOUND = 20
DELTA = 0.1
BETA_SCALE = 5


class Prepared(NamedTuple):
    """A suggestion that was found before it was asked for.

    Parameters
    ----------
    n_asked : int
        Number of the candidate that it is for.
    model : Surrogate
        The model by which it was found.
    suggestion : Suggestion or Done
    """

    n_asked: int
    model: Surrogate
    suggestion: Suggestion | Done


class BayesOptimizer(BaseOptimizer):
    """Suggests the setting with the highest expected improvement under a Gaussian process.

    First come the starts, then the first design, points of a scrambled Sobol sequence, then
    each suggestion maximises log expected improvement [1]_ over the model's own mean at the
    best candidate. If candidates are pending, it is averaged over their possible scores [5]_, so
    that parallel suggestions spread.

    Once the expected improvement is nothing beside the noise of the folds, suggestions maximise
    that of the score that the folds would show, noise included: they spread over the good settings,
    in place of one repeated again and again.

    Scores far below all others are drawn in before the model is fitted, so that one very bad score
    does not level the good ones, and numbers are put on scales on which scores vary evenly [6]_.

    The remaining gain is bounded as in [4]_.

    A failed candidate has no score, and none is invented. Complete and failed candidates
    are labelled 1 and 0, a second Gaussian process is fitted to the labels (least-squares
    classification, section 6.5 of [2]_), and expected improvement is weighted with the
    probability of success it gives, P(label > 1/2), as [3]_ proposes. So the
    optimiser learns from failures where not to search and, by the length scales, which parameters
    cause them.

    Parameters
    ----------
    space : SearchSpace
        Where to search.
    metric : str or None, default=None
        Which of several scores to maximise; None: the first.
    seed : int, default=0
        Root of all randomness.
    starts : iterable of dict, default=()
        Settings to suggest first, before the first design.
    run_whole : bool, default=False
        Suggest all settings of a finite space in the order of ``ParameterGrid``, and no other.
    test_ratio : float or None, default=None
        Test rows for each training row, the mean over the folds; it tells how strongly the scores
        of the folds are correlated. None: as in K-fold cross-validation.
    n_initial_points : int or "auto", default="auto"
        Points of the first design, suggested before the model is used, at least 1; "auto": 3.
        Starts are not counted, because settings chosen as good tell little about the rest of the
        space. The design goes on until two candidates are complete.
    earlier : sequence of EarlierScores, default=()
        Results of earlier searches of the same space, on other data or with other scores. The best
        setting of each is tried first, and the means of their models become the prior mean of
        this one, each with a weight that is learnt (section 2.7 of [2]_).

    Raises
    ------
    ValueError
        If `n_initial_points` is neither "auto" nor a positive integer.

    References
    ----------
    .. [1] Ament, Daulton, Eriksson, Balandat and Bakshy, "Unexpected Improvements to Expected
       Improvement for Bayesian Optimization", NeurIPS 2023. https://arxiv.org/abs/2310.20708
    .. [2] Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006.
       https://gaussianprocess.org/gpml/
    .. [3] Gelbart, Snoek and Adams, "Bayesian Optimization with Unknown Constraints", UAI
       2014. https://arxiv.org/abs/1403.5607
    .. [4] Makarova, Shen, Perrone, Klein, Faddoul, Krause, Seeger and Archambeau, "Automatic
       Termination for Hyperparameter Optimization", AutoML 2022.
       https://arxiv.org/abs/2104.08166
    .. [5] Snoek, Larochelle and Adams, "Practical Bayesian Optimization of Machine Learning
       Algorithms", NeurIPS 2012, section 3.2. https://arxiv.org/abs/1206.2944
    .. [6] Snoek, Swersky, Zemel and Adams, "Input Warping for Bayesian Optimization of
       Non-Stationary Functions", ICML 2014. https://proceedings.mlr.press/v32/snoek14.html

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.stats import uniform
    >>> from sktune.optimizers import BayesOptimizer, Observation
    >>> from sktune.space import SearchSpace
    >>> space = SearchSpace.from_distributions({"x": uniform(0, 1), "y": uniform(0, 1)})
    >>> optimizer = BayesOptimizer(space, seed=0)
    >>> for _ in range(20):
    ...     candidate = optimizer.ask()
    ...     score = -((candidate.params["x"] - 0.3) ** 2) - candidate.params["y"]
    ...     scores = {"score": np.array([score])}
    ...     optimizer.tell(Observation(candidate, scores, "complete"))
    >>> bool(max(optimizer.completed()[1]) > -0.005)
    True
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
        n_initial_points: int | str = "auto",
        earlier: Sequence[EarlierScores] = (),
    ) -> None:
        starts = [*starts, *best_settings(space, earlier)]
        super().__init__(
            space,
            metric=metric,
            seed=seed,
            starts=starts,
            run_whole=run_whole,
            test_ratio=test_ratio,
        )
        is_count = isinstance(n_initial_points, Integral) and n_initial_points >= 1
        if not is_count and n_initial_points != "auto":
            raise ValueError(
                "n_initial_points must be 'auto' or an integer of at least 1, "
                f"got {n_initial_points!r}"
            )
        self.n_initial_points = n_initial_points
        self.earlier = tuple(earlier)
        n_initial = int(n_initial_points) if is_count else N_INITIAL_POINTS
        self._design = SobolDesign(space, n_initial, seed)
        self._surrogate: Surrogate | None = None
        self._is_stale = True
        self._prepared: Prepared | None = None
        self._maximizer = Maximizer(space)

    def tell(self, observation: Observation) -> None:
        """Take the scores of a candidate; the model is fitted to them at the next ``ask``."""
        super().tell(observation)
        # A candidate that still runs has no score yet.
        if observation.status != "running":
            self._is_stale, self._prepared = True, None

    def prepare(self) -> None:
        """Find the next suggestion, to be kept until something else is told or asked."""
        is_known = self._prepared is not None and self._prepared.n_asked == self._n_asked
        if is_known or self._starts or self._grid is not None or not self._design.is_over:
            return
        # `_surrogate`, from which the next fit starts, is replaced only if this is asked for.
        model = self._fitted(MIN_COMPLETE) if self._is_stale else self._surrogate
        if model is not None:
            suggestion = self._suggest_by(model, self._next_rng())
            self._prepared = Prepared(self._n_asked, model, suggestion)

    def predict(self, params: Sequence[Mapping[str, Any]]) -> tuple[Floats, Floats]:
        """Predict scores of settings; later suggestions are not affected.

        Parameters
        ----------
        params : sequence of dict, length n_settings
            Settings in the space.

        Returns
        -------
        mean, std : ndarray of shape (n_settings,)
            Mean and standard deviation of the score, in its unit, without noise.

        Raises
        ------
        ValueError
            If no candidate is complete yet.
        InvalidSpaceError
            If a setting does not lie in the space.
        """
        model = self._latest()
        if model is None:
            raise ValueError("predict needs at least one complete candidate, and none was told")
        return model.predict(self.space.transform(params))

    def expected_scores(self, candidates: Sequence[Candidate]) -> tuple[Floats, Floats]:
        """Scores that the model expects of finished candidates, in their units; nan if failed.

        Returns
        -------
        mean, std : ndarray of shape (n_candidates,)
        """
        told, _ = super().expected_scores(candidates)
        model = self._latest()
        if model is None:
            return told, np.full(len(told), np.nan)
        expected = np.array(model.predict(points_of(candidates)))
        mean, std = np.where(np.isnan(told), np.nan, expected)
        return mean, std

    def remaining_gain(self) -> float | None:
        r"""Bound how much the best setting of the space may be above the best known one.

        The bound is the highest upper confidence bound of all settings less the highest lower one
        of those that were tried, at :math:`\mu \pm \sqrt{\beta} \sigma`, as in section 3.1 of
        Makarova et al. 2022, with their constants (see the class).

        Returns
        -------
        float or None
            In score units, at least 0. None before 20 candidates are complete: the bound
            holds only as far as the model does.
        """
        if len(self.completed()[0]) < MIN_FOR_BOUND:
            return None
        model = self._model()
        if model is None:
            return None
        n_seen = len(self.observations)
        n_dims = max(self.space.n_dims, 1)
        beta = 2 * np.log(n_dims * n_seen**2 * np.pi**2 / (6 * DELTA)) / BETA_SCALE
        upper = ConfidenceBound(model.scores, np.sqrt(beta))
        lower = ConfidenceBound(model.scores, -np.sqrt(beta))
        rng = np.random.default_rng([self.seed, self._n_asked, n_seen])
        tried = points_of(self.completed()[0])
        point = maximize_acquisition(upper, self.space, model.incumbents, rng, lambda point: True)
        best = tried if point is None else np.vstack([tried, point])
        highest = upper(self.space.encode(best)).max()
        gain = max(0.0, highest - lower(self.space.encode(tried)).max())
        return float(gain * model.unit)

    def _suggest(
        self, rng: np.random.Generator, progress: float, n_slots: int
    ) -> Suggestion | Done:
        prepared, self._prepared = self._prepared, None
        if prepared is not None and prepared.n_asked == self._n_asked:
            self._surrogate, self._is_stale = prepared.model, False
            return prepared.suggestion
        model = self._model() if self._design.is_over else None
        if model is None:
            return Suggestion(self._design.next(), "design")
        return self._suggest_by(model, rng)

    def _suggest_by(self, model: Surrogate, rng: np.random.Generator) -> Suggestion | Done:
        """The best suggestion by the model, unless all settings of a finite space are known."""
        criterion, point = self._best_by(model, rng)
        if point is not None:
            point = away_from_ends(criterion, self.space, point, rng, self.is_new)
            return Suggestion(point, "model")
        if self._maximizer.looks_at_all:
            return EXHAUSTED
        # None of thousands is new: the base class finds what is left.
        return Suggestion(model.incumbents[0], "model")

    def _best_by(
        self, model: Surrogate, rng: np.random.Generator
    ) -> tuple[Criterion, Floats | None]:
        """What a suggestion maximises, and where that is highest; None if no setting is new."""
        pending = list(self.pending.values())
        criterion = model.improvement(pending, rng)
        point = self._maximizer(criterion, model.incumbents, rng, self.is_new)
        if point is None:
            return criterion, None
        highest = float(criterion(self.space.encode(point[None]))[0])
        by_luck = model.improvement_by_luck(highest, pending, rng)
        if by_luck is None:
            return criterion, point
        # The maximum is next to the best candidate, where the folds would show the same score.
        return by_luck, self._maximizer(by_luck, model.incumbents, rng, self.is_new)

    @cached_property
    def _trend(self) -> Trend:
        """The prior mean from earlier searches; their models are fitted when first needed."""
        return Trend([scores.model(self.space) for scores in self.earlier])

    def _model(self) -> Surrogate | None:
        """The model of all that was told, kept; None if too little is known for one."""
        if self._is_stale:
            self._surrogate, self._is_stale = self._fitted(MIN_COMPLETE), False
        return self._surrogate

    def _latest(self) -> Surrogate | None:
        """The same model from one score up; not kept, so that no later suggestion changes."""
        return self._fitted(1) if self._is_stale else self._model()

    def _fitted(self, min_complete: int) -> Surrogate | None:
        """A model of all that was told; None with fewer complete candidates than `min_complete`."""
        candidates, scores = self.completed()
        if len(candidates) < min_complete:
            return None
        rows = np.array([self.split_scores(self.observations[c.id]) for c in candidates])
        return Surrogate(
            self.space,
            candidates,
            scores,
            rows,
            self.failed(),
            self._surrogate,
            self._trend,
            self.test_ratio,
        )


def best_settings(space: SearchSpace, earlier: Sequence[EarlierScores]) -> list[dict[str, Any]]:
    """The best settings of earlier searches."""
    settings = []
    for scores in earlier:
        points = scores.best(len(scores.points))
        points = points[space.allowed(points)][:N_EARLIER_STARTS]
        settings += space.inverse_transform(points)
    return settings
