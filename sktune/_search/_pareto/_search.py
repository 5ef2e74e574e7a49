"""``ParetoSearchCV``: the best trade-offs between several scores, and a choice among them."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from numbers import Integral
from os import PathLike
from typing import Any, ClassVar

import numpy as np
from scipy.stats import spearmanr
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from ..._engine import History
from ..._sklearn_compat import BaseSearchCV, Interval, StrOptions, scorers_by_name
from ...exceptions import TradeOffWarning
from ...inspection import pareto_front
from ...inspection._pareto._rules import check_rule
from ...optimizers import BaseOptimizer, ParetoOptimizer
from ...space import SearchSpace
from .._base import BaseOptimizerSearchCV
from .._docstrings import with_shared_text
from .._fold import FoldEvaluator
from .._plan import Plan
from .._table._reports import params_for_refit
from .._warnings import Edge
from ._costs import BY_RATIO
from ._evaluator import CostEvaluator
from ._scores import ReadScores, check_limits, check_thresholds, read_scores

# Rank correlation from which two scores say the same, and the candidates that it takes to know.
SAME, MIN_CANDIDATES = 0.95, 10


@with_shared_text
class ParetoSearchCV(BaseOptimizerSearchCV):
    """Search the best trade-offs between several scores, by cross-validation.

    Where one score is better, another may be worse: the more accurate model is slower, the fairer
    one less accurate. The settings that no other beats in every score are the front. Each setting
    is chosen where models of all scores expect it to add most to what the front dominates, and one
    of the front is refitted, by the rule that `refit` gives.

    Parameters
    ----------
    {parameters}
    thresholds : dict of str to float, default=None
        What a score is at least to be, and a cost at most, for a setting to be worth knowing:
        ``{"accuracy": 0.9, "fit_time": 2.0}``, costs positive. Beyond it the search does not look
        for trade-offs, and a rule chooses nothing, unless all of the front lies there. None: a
        tenth of the front's range behind the front and behind the lower quarter of all candidates.
    n_initial_points : int or 'auto', default='auto'
        Settings of the first design, before the models are used, as in ``BayesSearchCV``.

    Attributes
    ----------
    {attributes}
    costs_ : tuple of str
        The scores of which less is better. In ``cv_results_`` they stand negated, as those of
        scikit-learn's scorers that begin with ``neg_``; in `pareto_front_` as they are.
    pareto_front_ : ParetoFront
        The settings that no other beats in every score, with means, spreads, parameters, and how
        likely each is on the front, given how much the folds vary.
    pareto_index_ : ndarray of shape (n_front,)
        Their rows in ``cv_results_``.
    hypervolume_ : float
        Volume of what the front dominates, above the thresholds and the worst candidate.

    See Also
    --------
    BayesSearchCV : For one score.
    sktune.pareto_front : The front of any fitted search.

    Notes
    -----
    `scoring` holds at least two scores: a dict of names to scorers, as in ``GridSearchCV``, and to
    costs under their own names; or a list of names. The costs are ``"fit_time"`` and
    ``"score_time"`` (seconds), ``"prediction_time"`` (seconds a row, all test rows predicted at
    once, the median of several calls), ``"model_size"`` (bytes of the pickle) and ``"n_features"``
    (those with a coefficient or an importance that is not 0, in the model or in the members of an
    ensemble, else all). Times, which other workers and other programs disturb, are steadier with
    ``n_jobs=1``.

    `refit` is the rule by which a setting of the front is chosen: True, the default, is
    ``"knee"``. See :meth:`sktune.inspection.ParetoFront.choose` for ``"knee"``, ``"ideal"``, limits
    and weights; a metric's name or a callable is as in ``GridSearchCV``. `objective_metric_` and
    ``score`` are of the metric that the rule names or maximises, else of the first; ``score`` of
    the first that is no cost.

    Examples
    --------
    >>> from scipy.stats import randint
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sktune import ParetoSearchCV
    >>> search = ParetoSearchCV(
    ...     DecisionTreeClassifier(random_state=0),
    ...     {"max_leaf_nodes": randint(2, 30), "min_samples_leaf": randint(1, 30)},
    ...     scoring={"accuracy": "accuracy", "n_features": "n_features"},
    ...     refit={"maximize": "accuracy", "n_features": 5},
    ...     random_state=0,
    ... ).fit(*load_breast_cancer(return_X_y=True))
    >>> bool(search.best_score_ > 0.9), search.best_index_ in search.pareto_index_
    (True, True)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseOptimizerSearchCV._parameter_constraints,
        "refit": ["boolean", str, Mapping, callable],
        "thresholds": [Mapping, None],
        "n_initial_points": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
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
        thresholds: Mapping[str, float] | None = None,
        n_initial_points: int | str = "auto",
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
        self.thresholds = thresholds
        self.n_initial_points = n_initial_points

    def estimator_for(self, index: int) -> Any:
        """An estimator with another setting than the best, to be fitted.

        Parameters
        ----------
        index : int
            Row of ``cv_results_``, such as one of `pareto_index_`.

        Returns
        -------
        estimator
            Not fitted: a search keeps no data. With what the estimator has reported, as for the
            refit.

        Raises
        ------
        NotFittedError
            If the search was not fitted.
        IndexError
            If there is no such row.
        """
        check_is_fitted(self, "cv_results_")
        settings = self.cv_results_["params"]
        if not isinstance(index, Integral) or not 0 <= index < len(settings):
            raise IndexError(f"index must be from 0 to {len(settings) - 1}, got {index!r}.")
        estimator = clone(self.estimator).set_params(**clone(settings[index], safe=False))
        return estimator.set_params(**params_for_refit(estimator, self.fit_reports_[index]))

    def score(self, X: Any, y: Any = None, **params: Any) -> float:
        """Score the best estimator by `objective_metric_`, or the first score that is no cost.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Whatever the estimator takes.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            The target.
        **params : dict of str to object
            Passed to the scorer, with metadata routing.

        Returns
        -------
        float
            Higher is better.
        """
        # scikit-learn looks for the scorer that `refit` names.
        shown = copy.copy(self)
        if hasattr(self, "scorer_") and self.refit:
            objective = self.objective_metric_
            main = read_scores(self.scoring).main
            shown.refit = objective if objective in self.scorer_ else main
        score: float = BaseSearchCV.score(shown, X, y, **params)
        return score

    def _get_scorers(self) -> tuple[Any, Any]:
        """What scikit-learn makes of the scorers, and the metric that is maximised."""
        read = read_scores(self.scoring)
        shown = copy.copy(self)
        shown.scoring, shown.refit = read.scorers, False
        scorer, _ = BaseSearchCV._get_scorers(shown)
        if self._has_rule():
            check_rule(self.refit, read.names, read.costs, "refit")
        scorers = scorers_by_name(scorer) or {}
        check_limits(self.refit, read, scorers, self.estimator)
        check_thresholds(self.thresholds, read, scorers, self.estimator)
        return scorer, self._main_metric(read)

    def _has_rule(self) -> bool:
        """Whether `refit` is a rule that is written down, True apart."""
        return not isinstance(self.refit, bool | np.bool_) and not callable(self.refit)

    def _main_metric(self, read: ReadScores) -> str:
        """The metric that the rule names or maximises, else the first."""
        if isinstance(self.refit, Mapping):
            named = self.refit.get("maximize", self.refit.get("minimize"))
            return read.main if named is None else str(named)
        is_metric = isinstance(self.refit, str) and self.refit in read.names
        return str(self.refit) if is_metric else read.main

    def _make_evaluator(self, plan: Plan, **fields: Any) -> FoldEvaluator:
        return CostEvaluator(**fields, costs=read_scores(self.scoring).measured)

    def _objective_metric(self, scorer: Any) -> str | None:
        return self._main_metric(read_scores(self.scoring))

    def _make_optimizer(self, space: SearchSpace, **common: Any) -> BaseOptimizer:
        read = read_scores(self.scoring)
        scorers = scorers_by_name(self._get_scorers()[0]) or {}
        return ParetoOptimizer(
            space,
            metrics=read.names,
            by_ratio=BY_RATIO.intersection(read.measured),
            thresholds=check_thresholds(self.thresholds, read, scorers, self.estimator),
            n_initial_points=self.n_initial_points,
            **common,
        )

    def _searched_for(self, metric: str | None) -> str | None:
        # For all scores: which of them the rule names changes no suggestion.
        return None

    def _read_results(self) -> None:
        self.costs_ = read_scores(self.scoring).costs
        self.pareto_front_ = pareto_front(self, reference=self.thresholds)
        self.pareto_index_ = self.pareto_front_.indices
        self.hypervolume_ = self.pareto_front_.hypervolume
        for what in self._nothing_to_trade():
            warnings.warn(what, TradeOffWarning, stacklevel=8)

    def _choose_best(
        self,
        results: Mapping[str, Any],
        metric: Any,
        history: History,
        optimizer: BaseOptimizer,
    ) -> int:
        front = self.pareto_front_
        if callable(self.refit) or (isinstance(self.refit, str) and self.refit in front.metrics):
            return super()._choose_best(results, metric, history, optimizer)
        if not len(front):
            warnings.warn(
                "No candidate has a finite score in all metrics, so there is no front to choose "
                f"from: the best by {metric!r} alone is taken.",
                TradeOffWarning,
                stacklevel=8,
            )
            return int(self._select_best_index(True, metric, results))
        return front.choose(self.refit if self._has_rule() else "knee")

    def _best_on_edges(self, optimizer: BaseOptimizer) -> list[Edge]:
        # The ends of a front lie on edges by their nature: the smallest model is the quickest.
        return []

    def _nothing_to_trade(self) -> Iterator[str]:
        """What there is to say of scores that never change, and of pairs that agree."""
        front = self.pareto_front_
        known = (front.all_scores * front.signs)[np.isfinite(front.all_scores).all(axis=1)]
        if len(known) < MIN_CANDIDATES:
            return
        is_constant = np.ptp(known, axis=0) == 0
        for k in np.flatnonzero(is_constant):
            yield (
                f"{front.metrics[k]!r} is {known[0, k] * front.signs[k]:.4g} for all candidates: "
                "there is nothing to trade for it."
            )
        for i, j in combinations(np.flatnonzero(~is_constant), 2):
            correlation = float(spearmanr(known[:, i], known[:, j]).statistic)
            if correlation >= SAME:
                yield (
                    f"{front.metrics[i]!r} and {front.metrics[j]!r} agree about the candidates "
                    f"(rank correlation {correlation:.2f}): there is hardly anything to trade "
                    "between them."
                )
