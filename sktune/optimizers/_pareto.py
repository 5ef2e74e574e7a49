"""Bayesian optimisation of several scores: expected improvement of the hypervolume of their front.

What the models are told, the front and its reference stand in ``_models/_trade_off.py``, fronts and
expected hypervolume improvement in ``_gp/_hypervolume/``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .._gp import MAX_FOR_BOXES
from .._records import Observation
from ..space import SearchSpace
from ._base import BaseOptimizer
from ._bayes import BayesOptimizer
from ._models._trade_off import Scalarised, Told, TradeOff
from ._objective import Objective

Floats = NDArray[np.float64]


class ParetoOptimizer(BayesOptimizer):
    """Suggests the setting that is expected to add most to what the front dominates.

    Each score has a Gaussian process of its own. The front is that of their means at what was
    tried, and each suggestion maximises the logarithm of the expected hypervolume improvement
    [1]_ over it, exact for one to three scores. With others pending it is averaged over what may
    become of those. For four scores and more, a weighted score, with weights drawn anew, is
    improved each time [2]_.

    Parameters
    ----------
    space : SearchSpace
        Where to search.
    metrics : sequence of str, default=None
        The scores to trade against each other, higher is better; None: `metric` alone.
    by_ratio : collection of str, default=()
        Those of them that are positive costs, told as their negatives, and of which ratios count:
        their logarithms are modelled.
    thresholds : dict of str to float, default=None
        What a score is at least to be, for a setting to be worth knowing; as scores are told.
        None: a tenth of the front's range behind the front and behind the lower quarter of all.
    metric : str or None, default=None
        Which of the scores serves where one is asked for; None: the first.
    seed : int, default=0
        Root of all randomness.
    starts : iterable of dict, default=()
        Settings to suggest first, before the first design.
    run_whole : bool, default=False
        Suggest all settings of a finite space in the order of ``ParameterGrid``, and no other.
    test_ratio : float or None, default=None
        Test rows for each training row, the mean over the folds: how far the noise of the folds
        is shared by all of them. None: as in K-fold cross-validation.
    n_initial_points : int or "auto", default="auto"
        Points of the first design, as in ``BayesOptimizer``.

    Attributes
    ----------
    objectives : tuple of Objective
        The scores.

    References
    ----------
    .. [1] Ament, Daulton, Eriksson, Balandat and Bakshy, "Unexpected Improvements to Expected
       Improvement for Bayesian Optimization", NeurIPS 2023. https://arxiv.org/abs/2310.20708
    .. [2] Knowles, "ParEGO: A Hybrid Algorithm with On-Line Landscape Approximation for Expensive
       Multiobjective Optimization Problems", IEEE Transactions on Evolutionary Computation 10,
       2006. https://doi.org/10.1109/TEVC.2005.851274

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.stats import uniform
    >>> from sktune.optimizers import Observation, ParetoOptimizer
    >>> from sktune.space import SearchSpace
    >>> space = SearchSpace.from_distributions({"x": uniform(0, 1), "y": uniform(0, 1)})
    >>> optimizer = ParetoOptimizer(space, metrics=["left", "right"])
    >>> for _ in range(15):
    ...     candidate = optimizer.ask()
    ...     x, y = candidate.params["x"], candidate.params["y"]
    ...     scores = {"left": np.array([1 - x - y]), "right": np.array([x - y])}
    ...     optimizer.tell(Observation(candidate, scores, "complete"))
    >>> bool(np.mean([c.params["y"] for c in optimizer.completed()[0][-6:]]) < 0.1)
    True
    """

    def __init__(
        self,
        space: SearchSpace,
        *,
        metrics: Sequence[str] | None = None,
        by_ratio: Collection[str] = (),
        thresholds: Mapping[str, float] | None = None,
        metric: str | None = None,
        seed: int = 0,
        starts: Iterable[Mapping[str, Any]] = (),
        run_whole: bool = False,
        test_ratio: float | None = None,
        n_initial_points: int | str = "auto",
    ) -> None:
        metric = metrics[0] if metrics and metric is None else metric
        super().__init__(
            space,
            metric=metric,
            seed=seed,
            starts=starts,
            run_whole=run_whole,
            test_ratio=test_ratio,
            n_initial_points=n_initial_points,
        )
        names: Sequence[str | None] = (metric,) if metrics is None else tuple(metrics)
        self.objectives = tuple(Objective(name, test_ratio, name in by_ratio) for name in names)
        self._main = names.index(metric)
        self.objective = self.objectives[self._main]
        given = {} if thresholds is None else thresholds
        told = [np.array(given.get(str(name), np.nan), dtype=float) for name in names]
        pairs = zip(self.objectives, told, strict=True)
        self._thresholds = np.array([float(o.compared(score)) for o, score in pairs])

    # What a front may still gain has no unit of a score.
    remaining_gain = BaseOptimizer.remaining_gain

    def _fitted(self, min_complete: int) -> Any:
        """A ``TradeOff`` or a ``Scalarised``; None with less than so many that have all scores."""
        told, last = self._told(), self._surrogate
        if len(told.candidates) < min_complete:
            return None
        limits, main, ratio = self._thresholds, self._main, self.test_ratio
        if len(self.objectives) > MAX_FOR_BOXES:
            return Scalarised(self.space, told, limits, main, ratio)
        return TradeOff(self.space, told, limits, main, cast("TradeOff | None", last), ratio)

    def _told(self) -> Told:
        ended = [o for _, o in sorted(self.observations.items()) if o.status != "running"]
        means = np.column_stack([self._means(objective, ended) for objective in self.objectives])
        is_known = np.isfinite(means).all(axis=1)
        known = [ended[place] for place in np.flatnonzero(is_known)]
        rows = [[objective.split_scores(o) for o in known] for objective in self.objectives]
        failed = [ended[place].candidate for place in np.flatnonzero(~is_known)]
        return Told([o.candidate for o in known], means[is_known], np.array(rows), failed)

    def _means(self, objective: Objective, ended: Sequence[Observation]) -> Floats:
        """Mean scores, shape (n_ended,); of dropped candidates less the effects of their folds."""
        has_dropped = any(o.status == "dropped" for o in ended)
        effects = objective.effects(reversed(ended)) if has_dropped else 0.0
        return np.array([objective.score(o, effects) for o in ended])
