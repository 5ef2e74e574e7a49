"""``FidelitySurrogate``: one model of settings and resource, which foresees full training.

The logarithm of the resource is one more number beside the features of a setting, with the kernel
and priors of the others. What a setting scores early on then counts for itself at full training as
much as the early scores of others did for theirs. The prior mean rises with it: most scores are
early ones, and where nothing is known yet a fully trained setting must not be taken for one of
these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..._gp import (
    Criterion,
    ExpectedImprovement,
    Feasible,
    GaussianProcess,
    PendingImprovement,
    Posterior,
    Trend,
)
from ..._records import Candidate, Observation
from ...space import SearchSpace
from ._fidelity import Trial
from ._folds import noise_of_means
from ._lower_tail import LowerTail
from ._rung_model import RungModel
from ._surrogate import N_INCUMBENTS, fit_success, points_of
from ._units import in_unit, unit_of

Floats = NDArray[np.float64]

# Most scores in the model. There are 5 to 10 times as many suggestions as where all settings are
# fully trained, and a suggestion takes the square of this.
MAX_ROWS = 220

# Hyperparameters are fitted anew when there are so many times the scores that they were fitted
# to; below the second number always, as a handful says little of them and costs nothing.
NEW_FIT = 1.1
MIN_TO_KEEP = 40

# How much higher scores are with the full resource than on the first rung, a priori: mean and
# standard deviation, in standard deviations of all scores. Of 300 random networks of each of the
# six tuning tasks it is 1.0 to 1.2. The table of what was tried is in
# benchmarks/results/multi_fidelity.md.
RISE_MEAN = 1.0
RISE_SPREAD = 0.8


class FidelitySurrogate:
    """A Gaussian process of the scores over settings and resource, and one of where fits fail.

    Parameters
    ----------
    space : SearchSpace
        Where the settings lie.
    rungs : tuple of int
        Resources at which they are scored, increasing.
    trials : sequence of Trial
        All settings; one at least has a score.
    split_scores : callable
        ``split_scores(observation)``, shape (n_splits,), of the score that is maximised.
    last : FidelitySurrogate or None, default=None
        An earlier one: its hyperparameters are kept or where the fit starts.
    test_ratio : float or None, default=None
        Test rows for each training row, the mean over the folds; None: as in K-fold
        cross-validation.

    Attributes
    ----------
    scores : Posterior
        Of the scores, bad ones drawn in (see ``LowerTail``), over features with the resource last;
        of those at full training alone where the others are taken for noise (see ``RungModel``).
    success : Posterior or None
        Of the labels 1 (has a score) and 0 (failed on some rung), over features of the setting
        alone; None where nothing failed.
    n_fitted : int
        Scores that the hyperparameters were fitted to.
    unit : float
        What a 1 of the model `scores` is in score units.
    best : float
        Highest mean of the model at full training of a setting that has a score, in its unit.
    incumbents : ndarray of shape (n_incumbents, n_dims)
        The points that the model thinks best when fully trained.
    """

    def __init__(
        self,
        space: SearchSpace,
        rungs: Sequence[int],
        trials: Sequence[Trial],
        split_scores: Callable[[Observation], Floats],
        last: FidelitySurrogate | None = None,
        test_ratio: float | None = None,
    ) -> None:
        self._space = space
        self._log_range = float(np.log(rungs[0])), float(np.log(rungs[-1]))
        scored = [trial for trial in trials if trial.scores]
        rows = informative(scored, rungs)
        self.n_fitted = len(rows)
        is_kept = last is not None and MIN_TO_KEEP <= len(rows) < NEW_FIT * last.n_fitted
        if last is not None and len(rows) < NEW_FIT * last.n_fitted:
            self.n_fitted = last.n_fitted
        rows = rows[:MAX_ROWS]
        scores = np.array([trial.scores[resource] for trial, resource in rows])
        splits = np.array([split_scores(t.observations[resource]) for t, resource in rows])
        self.unit = unit_of(splits)
        scores, splits = in_unit(scores, self.unit), in_unit(splits, self.unit)
        self._tail = LowerTail(scores)
        points = points_of(trial.root for trial, _ in rows)
        X = self.encode(points, [resource for _, resource in rows])
        n_features = X.shape[1] - 1
        groups = [*space.feature_groups, slice(n_features, n_features + 1)]
        rise = Trend([Rise()], RISE_MEAN, RISE_SPREAD)
        self._model: RungModel = RungModel.fit(
            GaussianProcess(groups, trend=rise),
            X,
            self._tail.draw_in(scores),
            noise_of_means(splits, test_ratio),
            np.array([resource == rungs[-1] for _, resource in rows]),
            None if last is None else last._model,
            keep_scales=last is not None and self.n_fitted == last.n_fitted,
            keep_all=is_kept,
        )
        self.scores = self._model.scores
        self._settled = self.scores.interpolating()
        points = points_of(trial.root for trial in scored)
        self._contenders = self.encode(points)
        mean = self.scores.predict(self._contenders)
        self.best = float(mean.max())
        self.incumbents = points[np.argsort(-mean, kind="stable")[:N_INCUMBENTS]]
        failed = [trial.root for trial in trials if trial.has_failed]
        success = None if last is None else last.success
        self.success: Posterior | None = fit_success(
            space, points[-MAX_ROWS:], failed[-MAX_ROWS:], success
        )

    def encode(self, points: Floats, resources: Sequence[int] | None = None) -> Floats:
        """Features of points, shape (n, n_dims), with so much resource; None: fully trained."""
        first, full = self._log_range
        level = np.ones(len(points))
        if resources is not None and full > first:
            level = (np.log(resources) - first) / (full - first)
        return np.column_stack([self._space.encode(points), level])

    def predict(self, points: Floats, resources: Sequence[int]) -> tuple[Floats, Floats]:
        """Mean and standard deviation, in score units and without noise, each of shape (n,)."""
        mean, std = self.scores.predict(self.encode(points, resources), return_std=True)
        mean, std = self._tail.put_back(mean, std)
        return mean * self.unit, std * self.unit

    def improvement(self, pending: Iterable[Candidate], rng: np.random.Generator) -> Criterion:
        """Log expected improvement of a fully trained setting, knowing of those that still run.

        A function of features of the setting alone. One that runs counts as if it were being
        trained fully. The score of its rung alone would leave as much to expect beside it as
        before, and several workers would begin settings that differ little: regret of eight
        workers at the cost of ten full trainings on the tuning half of benchmarks/multi_fidelity,
        three seeds, is 0.16 so and 0.24 with the rungs as they are.
        """
        points = points_of(pending)
        improvement: Criterion = ExpectedImprovement(self._settled, self.best)
        if len(points):
            running = self.encode(points)
            contenders = np.vstack([self._contenders, running])
            improvement = PendingImprovement(self._settled, running, self.best, rng, contenders)
        improvement = FullyTrained(improvement)
        return improvement if self.success is None else Feasible(improvement, self.success)


class Rise:
    """The level of the resource, as a basis function of the prior mean."""

    def standardised_mean(self, X: Floats) -> Floats:
        """The last of the features, shape (n, p)."""
        return X[:, -1]

    def standardised_slope(self, X: Floats) -> Floats:
        """Its derivatives with respect to the features, shape (n, p)."""
        slope = np.zeros_like(X)
        slope[:, -1] = 1.0
        return slope


class FullyTrained:
    """A criterion of a setting and its resource, as one of the fully trained setting.

    Parameters
    ----------
    criterion : Criterion
        Of features of which the last is the resource.
    """

    def __init__(self, criterion: Criterion) -> None:
        self._criterion = criterion

    def __call__(self, X: Floats) -> Floats:
        """Value at features of settings, shape (n, p)."""
        return self._criterion(np.column_stack([X, np.ones(len(X))]))

    def with_gradient(self, X: Floats) -> tuple[Floats, Floats]:
        """The same, and its derivatives with respect to the features, shape (n, p)."""
        X = np.column_stack([X, np.ones(len(X))])
        value, gradient = self._criterion.with_gradient(X)
        return value, gradient[:, :-1]


def informative(trials: Sequence[Trial], rungs: Sequence[int]) -> list[tuple[Trial, int]]:
    """Which scores a model should know: settings and resources, the most important first.

    Of a fully trained setting all, as they show how scores rise; of the others the last two,
    which say where it stands. Those that were trained further come first, then the newest.
    """
    rows = []
    for place, trial in enumerate(trials):
        resources = sorted(trial.scores)
        if resources[-1] < rungs[-1]:
            resources = resources[-2:]
        rows += [(resources[-1], place, trial, resource) for resource in resources]
    rows.sort(key=lambda row: (-row[0], -row[1], -row[3]))
    return [(trial, resource) for _, _, trial, resource in rows]
