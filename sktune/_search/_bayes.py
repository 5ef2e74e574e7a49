"""``BayesSearchCV``: Bayesian optimisation with a Gaussian process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from os import PathLike
from typing import Any, ClassVar

import numpy as np

from .._sklearn_compat import HasMethods, Interval, StrOptions, clone_with_callbacks
from ..optimizers import BaseOptimizer, BayesOptimizer, EarlierScores
from ..space import SearchSpace
from ._base import BaseOptimizerSearchCV
from ._docstrings import with_shared_text
from ._inputs._warm_start import earlier_scores


@with_shared_text
class BayesSearchCV(BaseOptimizerSearchCV):
    """Search the settings of an estimator with a Gaussian process, by cross-validation.

    Accepts the same parameters as ``RandomizedSearchCV`` and sets the same fitted attributes.
    `n_iter` settings are not drawn at random but chosen one after the other, each where a model
    of all scores so far expects the largest improvement. With several workers there is no
    barrier: a new setting is chosen as soon as a worker is free.

    Parameters
    ----------
    {parameters}
    n_initial_points : int or 'auto', default='auto'
        Settings of the first design, before the model is used; those of `initial_params` and of
        earlier searches come before it and are not counted. The default is small because the
        model learns more from its own choices.
    warm_start_from : fitted search, ``cv_results_`` or list of these, default=None
        Earlier searches of the same parameters, scikit-learn's own included, on other data or
        with other folds. Their best settings are tried first, and their scores serve as a prior
        for the model, with less weight if the new scores disagree. Settings that do not lie in
        the space are left out with a warning; settings with a failed fit are left out without
        one. Where `error_score` was a number, give the search and not its table, which does not
        tell failures from scores; in a search of scikit-learn's, a fold with exactly that number
        in all its scores counts as failed. Cloning keeps the results of these searches. No effect
        if the whole space is run.

    Attributes
    ----------
    {attributes}

    See Also
    --------
    AnnealingSearchCV : Simulated annealing: cheaper between fits.
    sklearn.model_selection.RandomizedSearchCV : Settings drawn at random.

    References
    ----------
    Snoek, Larochelle, Adams (2012), Practical Bayesian Optimization of Machine Learning
    Algorithms, https://arxiv.org/abs/1206.2944.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import BayesSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> search = BayesSearchCV(
    ...     SVC(),
    ...     {"C": loguniform(1e-2, 1e4), "gamma": loguniform(1e-4, 1e1)},
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
        "n_initial_points": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "warm_start_from": [HasMethods("get_params"), Mapping, list, tuple, None],
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
        n_initial_points: int | str = "auto",
        warm_start_from: Any = None,
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
        self.n_initial_points = n_initial_points
        self.warm_start_from = warm_start_from

    def __sklearn_clone__(self) -> BayesSearchCV:
        # Cloning would also reset the earlier searches, whose results are needed.
        cloned: BayesSearchCV = clone_with_callbacks(self)
        cloned.warm_start_from = self.warm_start_from
        return cloned

    def _make_optimizer(self, space: SearchSpace, **common: Any) -> BaseOptimizer:
        return BayesOptimizer(space, n_initial_points=self.n_initial_points, **common)

    def _read_earlier(
        self, space: SearchSpace, metric: str | None, test_ratio: float
    ) -> Sequence[EarlierScores]:
        return earlier_scores(self.warm_start_from, space, metric, self.estimator, test_ratio)
