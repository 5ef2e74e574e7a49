"""``AnnealingSearchCV``: simulated annealing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from os import PathLike
from typing import Any, ClassVar

import numpy as np

from .._sklearn_compat import Interval
from ..optimizers import AnnealingOptimizer, BaseOptimizer
from ..space import SearchSpace
from ._base import BaseOptimizerSearchCV
from ._docstrings import with_shared_text


@with_shared_text
class AnnealingSearchCV(BaseOptimizerSearchCV):
    """Search the settings of an estimator by simulated annealing, by cross-validation.

    Accepts the same parameters as ``RandomizedSearchCV`` and sets the same fitted attributes.
    Each setting is a move from the present one: wide at first, small towards the end of the
    budget. A worse setting is sometimes accepted as the new place to move from, less often as
    the search cools. A suggestion costs about a millisecond, however many went before, so this
    is the choice for cheap fits, for many workers and for irregular scores. With several
    workers there is no barrier: a new setting is suggested as soon as one is free.

    Parameters
    ----------
    {parameters}
    initial_temperature : float, default=1.0
        How readily a worse setting is accepted at first, in units of the spread of the
        scores; above 0. Higher explores more. Sensible from 0.3 to 3.
    cooling : float, default=0.1
        Temperature at the end of the budget as a share of the initial one, in (0, 1]; 1 is no
        cooling. Sensible from 0.03 to 0.3.
    n_chains : int, default=None
        Chains that walk side by side at different temperatures and exchange their places, at
        least 1; None: one.

    Attributes
    ----------
    {attributes}

    See Also
    --------
    BayesSearchCV : A model of the scores: fewer fits, more time between them.
    sklearn.model_selection.RandomizedSearchCV : Settings drawn at random.

    References
    ----------
    Kirkpatrick, Gelatt, Vecchi (1983), Optimization by Simulated Annealing, Science 220.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import AnnealingSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = AnnealingSearchCV(
    ...     SVC(),
    ...     {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)},
    ...     n_iter=12,
    ...     random_state=0,
    ... ).fit(X, y)
    >>> bool(search.best_score_ > 0.97)
    True
    >>> sorted(search.best_params_)
    ['C', 'gamma']
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseOptimizerSearchCV._parameter_constraints,
        "initial_temperature": [Interval(Real, 0, None, closed="neither")],
        "cooling": [Interval(Real, 0, 1, closed="right")],
        "n_chains": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: int = 10,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        initial_params: Sequence[Mapping[str, Any]] | str | None = None,
        constraint: Callable[[dict[str, Any]], bool] | None = None,
        conditions: Mapping[str, Any] | str | None = "auto",
        racing: bool = False,
        max_time: float | None = None,
        fit_timeout: float | None = None,
        stop_when_converged: bool = False,
        journal: str | PathLike[str] | None = None,
        keep_predictions: bool = False,
        initial_temperature: float = 1.0,
        cooling: float = 0.1,
        n_chains: int | None = None,
    ) -> None:
        super().__init__(
            estimator,
            param_distributions,
            n_iter=n_iter,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            random_state=random_state,
            error_score=error_score,
            return_train_score=return_train_score,
            initial_params=initial_params,
            constraint=constraint,
            conditions=conditions,
            racing=racing,
            max_time=max_time,
            fit_timeout=fit_timeout,
            stop_when_converged=stop_when_converged,
            journal=journal,
            keep_predictions=keep_predictions,
        )
        self.initial_temperature = initial_temperature
        self.cooling = cooling
        self.n_chains = n_chains

    def _make_optimizer(self, space: SearchSpace, **common: Any) -> BaseOptimizer:
        return AnnealingOptimizer(
            space,
            initial_temperature=self.initial_temperature,
            cooling=self.cooling,
            n_chains=self.n_chains,
            **common,
        )
