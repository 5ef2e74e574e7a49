"""Bayesian optimisation: a Gaussian process of the scores, log expected improvement on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from .._gp import GaussianProcess, best_new, log_expected_improvement, maximize_acquisition
from .._records import Candidate, Observation
from ..space import SearchSpace
from ._base import BaseOptimizer, Suggestion
from ._random import sobol_design

Floats = NDArray[np.float64]

N_INITIAL = 5
MIN_COMPLETE = 2
MAX_OBSERVATIONS = 300
MAX_ENUMERATED = 2000
N_INCUMBENTS = 5


class BayesOptimizer(BaseOptimizer):
    """TODO."""

    def __init__(
        self,
        space: SearchSpace,
        *,
        metric: str | None = None,
        seed: int = 0,
        starts: Iterable[Mapping[str, Any]] = (),
        run_whole: bool = False,
        n_initial_points: int | Literal["auto"] = "auto",
    ) -> None:
        super().__init__(space, metric=metric, seed=seed, starts=starts, run_whole=run_whole)
        self.n_initial_points = n_initial_points
        self._design = np.empty((0, space.n_dims))
        self._n_designed = 0
        self._all: Floats | None = None
        self._model: GaussianProcess | None = None
        self._success: GaussianProcess | None = None
        self._theta: Floats | None = None
        self._theta_success: Floats | None = None

    def tell(self, observation: Observation) -> None:
        super().tell(observation)
        self._model = None

    def _suggest(self, rng, progress, n_slots):
        n_initial = N_INITIAL if self.n_initial_points == "auto" else self.n_initial_points
        candidates, scores = self._scored()
        if self._n_asked < n_initial or len(scores) < MIN_COMPLETE:
            return self._next_in_design(n_initial)
        if self._model is None:
            self._fit(candidates, scores)
        points = np.array([c.point for c in candidates])
        pending = [c.point for c in self.pending.values()]
        model = self._model
        if pending:
            model = model.condition_on(self.space.encode(pending))

        def value(P):
            F = self.space.encode(P)
            mean, std = model.predict(F, return_std=True)
            return log_expected_improvement(mean, std, self._best).value

        if self.space.size <= MAX_ENUMERATED:
            if self._all is None:
                self._all = np.array(list(self.space.enumerate()))
            found = best_new(self._all, value(self._all), self.is_new)
            return None if found is None else Suggestion(found, "model")
        found = maximize_acquisition(value, self.space, points[self._order[:N_INCUMBENTS]], rng, self.is_new)
        return Suggestion(points[0] if found is None else found, "model")

    def _scored(self):
        c, s = self.completed()
        ok = np.isfinite(s)
        return [x for x, k in zip(c, ok) if k], s[ok]

    def _fit(self, candidates, scores):
        X = self.space.encode([c.point for c in candidates])
        self._model = GaussianProcess(self.space.feature_groups).fit(X, scores, self._theta)
        self._theta = self._model.theta_
        m = self._model.predict(X)
        self._order = np.argsort(-m)
        self._best = m.max()

    def _next_in_design(self, n):
        k = self._n_designed
        self._n_designed += 1
        if k >= len(self._design):
            self._design = sobol_design(self.space, max(n, 2 * k), self.seed)
        return Suggestion(self._design[k], "design")
