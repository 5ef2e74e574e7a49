"""Bayesian optimisation: a Gaussian process of the scores, log expected improvement on it.

Where each idea lives: the model in ``_gp/_regressor.py``, expected improvement in
``_gp/_acquisition.py``, the search for its maximum in ``_gp/_maximize.py``. Here is what
happens between ``tell`` and ``ask``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from .._gp import (
    GaussianProcess,
    Priors,
    best_new,
    log_expected_improvement,
    maximize_acquisition,
)
from .._records import Candidate, Observation
from ..space import SearchSpace
from ._base import BaseOptimizer, Suggestion
from ._random import sobol_design

Floats = NDArray[np.float64]

# First design for "auto". On 25 public tuning tasks (YAHPO Gym surrogates and scikit-learn
# problems, 3 seeds) the mean regret after 10, 25 and 50 candidates was 0.28, 0.11, 0.05 with 5
# points and 0.39, 0.15, 0.06 with 10; 0 is the best known score, 1 the median of random search.
N_INITIAL_POINTS = 5

# The model starts with so many complete candidates: one alone says nothing of where to go.
MIN_COMPLETE = 2

# Most observations in the model; past it, see `representative`. A fit takes n^3 operations:
# with 300 a suggestion after 1,000 candidates costs 4 times one after 100, after 5,000 5 times.
MAX_OBSERVATIONS = 300

# Scores further below the median than so many times the distance from there to the best are
# told to the model as if they were there. One R^2 of -1e6 would else make all good scores
# equal: after 40 candidates in 4 dimensions with such a cliff the best was 0.09 to 0.27 below
# the top, and with this it was the top (4 seeds; 2 did the same). On 25 public tuning tasks
# without such scores it changes nothing after 10 to 50 candidates (6 seeds); 1 makes them worse
# (mean regret 0.073 instead of 0.061 after 50).
N_BELOW = 5.0

# Finite spaces up to this size are looked through, point by point; larger ones are searched.
# About as many points as the search looks at, so never slower.
MAX_ENUMERATED = 2000

# Best candidates around which the acquisition is searched.
N_INCUMBENTS = 5

# Of the bound on what is left to gain, Makarova et al. 2022, appendix: complete candidates before
# it is used, the probability that it does not hold, and the divisor of beta.
MIN_FOR_BOUND = 20
DELTA = 0.1
BETA_SCALE = 5


class _Fit(NamedTuple):
    """Models of all that was told.

    Parameters
    ----------
    scores : GaussianProcess
        Of the scores.
    success : GaussianProcess or None
        Of the labels 1 (complete) and 0 (failed); None where nothing failed.
    best : float
        Highest mean of the model at an observed candidate, in score units.
    incumbents : ndarray of shape (n_incumbents, n_dims)
        The points that the model thinks best.
    """

    scores: GaussianProcess
    success: GaussianProcess | None
    best: float
    incumbents: Floats


class BayesOptimizer(BaseOptimizer):
    """Suggests the setting with the highest expected improvement under a Gaussian process.

    First come the starts, then a scrambled Sobol sequence until the first design is full, then
    each suggestion maximises log expected improvement [1]_ over the model's own mean at the
    best candidate. What is pending counts as observed at its mean, so the model is uncertain
    about it no more and parallel suggestions spread.

    Scores far below all others are drawn in before the model sees them, so that one disaster
    does not flatten what is good.

    How much is left to gain is bounded as in [4]_.

    A failed candidate has no score and none is made up. Complete and failed candidates
    are labelled 1 and 0, a second Gaussian process is fitted to the labels (least-squares
    classification, section 6.5 of [2]_), and expected improvement is weighted with the
    probability of success it gives, P(label > 1/2), as [3]_ proposes. Failures so teach
    where not to look, and by the length scales which parameters are to blame.

    Parameters
    ----------
    space : SearchSpace
        Where to search.
    metric : str or None, default=None
        Which of several scores to maximise; None: the first.
    seed : int, default=0
        Root of all randomness.
    starts : iterable of dict, default=()
        Settings to suggest first; they count towards the first design.
    run_whole : bool, default=False
        Suggest all settings of a finite space in the order of ``ParameterGrid``, and no other.
    n_initial_points : int or "auto", default="auto"
        Suggestions before the model is asked, at least 1; "auto": 5. The design goes on until
        two candidates are complete.

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

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.stats import uniform
    >>> from sktune._records import Observation
    >>> from sktune.optimizers import BayesOptimizer
    >>> from sktune.space import SearchSpace
    >>> space = SearchSpace.from_distributions({"x": uniform(0, 1), "y": uniform(0, 1)})
    >>> optimizer = BayesOptimizer(space, seed=0)
    >>> for _ in range(20):
    ...     candidate = optimizer.ask()
    ...     score = -((candidate.params["x"] - 0.3) ** 2) - candidate.params["y"]
    ...     scores = {"score": np.array([score])}
    ...     optimizer.tell(Observation(candidate, scores, "complete"))
    >>> bool(max(optimizer.completed()[1]) > -0.001)
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
        n_initial_points: int | str = "auto",
    ) -> None:
        super().__init__(space, metric=metric, seed=seed, starts=starts, run_whole=run_whole)
        is_count = isinstance(n_initial_points, Integral) and n_initial_points >= 1
        if not is_count and n_initial_points != "auto":
            raise ValueError(
                f"n_initial_points must be 'auto' or an integer from 1 up, got {n_initial_points!r}"
            )
        self.n_initial_points = n_initial_points
        self._n_initial = int(n_initial_points) if is_count else N_INITIAL_POINTS
        self._design = np.empty((0, space.n_dims))
        self._n_designed = 0
        self._fit: _Fit | None = None
        self._is_stale = True
        self._all_points: Floats | None = None

    def tell(self, observation: Observation) -> None:
        """Take the scores of a candidate; the model hears of them at the next ``ask``."""
        super().tell(observation)
        # A candidate that still runs has no score yet.
        self._is_stale = self._is_stale or observation.status != "running"

    def predict(self, params: Sequence[Mapping[str, Any]]) -> tuple[Floats, Floats]:
        """What the model expects of settings; asking changes no later suggestion.

        Parameters
        ----------
        params : sequence of dict, length n_settings
            Settings in the space.

        Returns
        -------
        mean, std : ndarray of shape (n_settings,)
            Mean and standard deviation of the score, in its unit, without noise. Where
            scores are far below the rest, the mean is too high (see the class).

        Raises
        ------
        ValueError
            If no candidate is complete yet.
        InvalidSpaceError
            If a setting does not lie in the space.
        """
        fit = self._make_fit(1) if self._is_stale or self._fit is None else self._fit
        if fit is None:
            raise ValueError("predict needs at least one complete candidate, and none was told")
        features = self.space.encode(self.space.transform(params))
        return fit.scores.predict(features, return_std=True)

    def remaining_gain(self) -> float | None:
        r"""Bound how much the best setting of the space is above the best that is known.

        The highest upper confidence bound of all settings less the highest lower one of those
        that were tried, at :math:`\mu \pm \sqrt{\beta} \sigma`, as Makarova et al. 2022 have it in
        section 3.1, with their constants (see the class).

        Returns
        -------
        float or None
            In score units, at least 0. None before 20 candidates are complete: the bound
            holds only as far as the model does.
        """
        if len(self.completed()[0]) < MIN_FOR_BOUND:
            return None
        if self._is_stale or self._fit is None:
            self._fit, self._is_stale = self._make_fit(MIN_COMPLETE), False
        fit, n_dims = self._fit, max(self.space.n_dims, 1)
        if fit is None:
            return None
        n_seen = len(self.observations)
        beta = 2 * np.log(n_dims * n_seen**2 * np.pi**2 / (6 * DELTA)) / BETA_SCALE

        def bound(points: Floats, sign: int) -> Floats:
            mean, std = fit.scores.predict(self.space.encode(points), return_std=True)
            return mean + sign * np.sqrt(beta) * std

        tried = _points(self.completed()[0])
        rng = np.random.default_rng([self.seed, self._n_asked, n_seen])
        point = maximize_acquisition(
            lambda points: bound(points, 1), self.space, fit.incumbents, rng, lambda point: True
        )
        best = tried if point is None else np.vstack([tried, point])
        return float(max(0.0, bound(best, 1).max() - bound(tried, -1).max()))

    def _suggest(
        self, rng: np.random.Generator, progress: float, n_slots: int
    ) -> Suggestion | None:
        if self._n_asked < self._n_initial:
            return Suggestion(self._next_in_design(), "design")
        if self._is_stale:
            # None, too, where too little is known for a model.
            self._fit, self._is_stale = self._make_fit(MIN_COMPLETE), False
        if self._fit is None:
            return Suggestion(self._next_in_design(), "design")
        value = self._acquisition(self._fit)
        if self.space.size <= MAX_ENUMERATED:
            if self._all_points is None:
                self._all_points = np.array(list(self.space.enumerate()))
            point = best_new(self._all_points, value(self._all_points), self.is_new)
            return None if point is None else Suggestion(point, "model")
        incumbents = self._fit.incumbents
        point = maximize_acquisition(value, self.space, incumbents, rng, self.is_new)
        # None of thousands is new: the base class finds what is left.
        return Suggestion(incumbents[0] if point is None else point, "model")

    def _next_in_design(self) -> Floats:
        """The next point of one Sobol sequence, shape (n_dims,)."""
        if self._n_designed == len(self._design):
            n_points = max(self._n_initial, 2 * self._n_designed)
            self._design = sobol_design(self.space, n_points, self.seed)
        self._n_designed += 1
        return self._design[self._n_designed - 1]

    def _make_fit(self, min_complete: int) -> _Fit | None:
        """Models of all that was told; None with less than so many complete candidates.

        Starts from the hyperparameters of the last fit.
        """
        candidates, scores = self.completed()
        if len(candidates) < min_complete:
            return None
        chosen = representative(scores, MAX_OBSERVATIONS)
        points, scores = _points(candidates)[chosen], scores[chosen]
        last, groups = self._fit, self.space.feature_groups
        X = self.space.encode(points)
        start = last.scores.theta_ if last else None
        model = GaussianProcess(groups).fit(X, without_outliers(scores), start)
        mean = model.predict(X)
        success = None
        if failed := self.failed()[-MAX_OBSERVATIONS:]:
            labels = np.repeat([1.0, 0.0], [len(X), len(failed)])
            X_all = np.vstack([X, self.space.encode(_points(failed))])
            start = last.success.theta_ if last and last.success else None
            success = GaussianProcess(groups, Priors.of_labels(len(groups)))
            success.fit(X_all, labels, start)
        order = np.argsort(-mean, kind="stable")[:N_INCUMBENTS]
        return _Fit(model, success, float(mean.max()), points[order])

    def _acquisition(self, fit: _Fit) -> Callable[[Floats], Floats]:
        """Log expected improvement, weighted with the probability of success, of points."""
        model, best = fit.scores, fit.best
        if self.pending:
            pending = self.space.encode(_points(self.pending.values()))
            # They count as observed, so they are to be improved on as well: else a pending
            # point that is expected to win would draw all others to its side.
            best = max(best, float(model.predict(pending).max()))
            model = model.condition_on(pending)

        def value(points: Floats) -> Floats:
            features = self.space.encode(points)
            mean, std = model.predict(features, return_std=True)
            log_gain = log_expected_improvement(mean, std, best).value
            if fit.success is None:
                return log_gain
            label, label_std = fit.success.predict(features, return_std=True)
            return log_gain + np.asarray(log_ndtr((label - 0.5) / label_std))

        return value


def _points(candidates: Iterable[Candidate]) -> Floats:
    """Points of candidates, shape (n, n_dims)."""
    return np.array([candidate.point for candidate in candidates])


def without_outliers(scores: Floats) -> Floats:
    """Scores, shape (n,), with those far below the rest raised to `N_BELOW`'s limit."""
    median = np.median(scores)
    reach = scores.max() - median
    # Half of all share the best score: nothing tells what is far.
    return np.maximum(scores, median - N_BELOW * reach) if reach > 0 else scores


def representative(scores: Floats, n_max: int) -> NDArray[np.intp]:
    """Indices of all of n scores, or of `n_max` where they are more: the model's memory.

    The better half are the best: there the model has to be exact. The others are spread
    evenly over the rest in order of suggestion, so that it remembers where not to go.
    """
    if len(scores) <= n_max:
        return np.arange(len(scores))
    order = np.argsort(-scores, kind="stable")
    best, rest = order[: n_max // 2], np.sort(order[n_max // 2 :])
    spread = np.linspace(0, len(rest) - 1, n_max - len(best)).round().astype(np.intp)
    return np.sort(np.concatenate([best, rest[spread]]))
