"""``BaseOptimizerSearchCV``: scikit-learn's search with an optimiser and an engine inside.

It keeps every other part of ``BaseSearchCV`` and replaces ``fit``: the hook that scikit-learn
offers, ``_run_search``, evaluates in blocking batches only, splits the data anew for each of
them, and raises whenever a whole batch fails.
"""

from __future__ import annotations

import logging
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from numbers import Integral, Real
from os import PathLike
from typing import Any, ClassVar

import numpy as np
from sklearn import get_config
from sklearn.base import clone
from sklearn.utils import check_random_state, estimator_html_repr, get_tags, indexable

from .._engine import (
    Budget,
    Convergence,
    EvaluationEngine,
    Executor,
    History,
    Race,
    Recorder,
    StopRequest,
    TimeLimit,
    make_executor,
)
from .._records import FoldResult
from .._scores import rows_ratio
from .._sklearn_compat import (
    BaseSearchCV,
    FitCallbacks,
    Interval,
    check_method_params,
    fit_context,
    scorers_by_name,
)
from ..inspection import result_html
from ..optimizers import BaseOptimizer
from ..space import SearchSpace
from ._fold import FoldEvaluator
from ._inputs._names import check_names
from ._inputs._splits import DrawnFolds, Split, draw_splits
from ._inputs._starts import check_constraint, check_initial_params, own_setting
from ._interrupt import STOPPED, end_in_order
from ._kept_rows import fold_log, kept_rows, n_samples
from ._nested import preferred_workers, worker_contexts
from ._resuming._fingerprint import describe, fingerprint
from ._resuming._resume import SearchJournal
from ._table._best_by_model import model_columns
from ._table._partial import complete_only
from ._table._reports import params_for_refit, reports_table
from ._table._results import build_cv_results, fold_outputs
from ._warnings import Edge, best_on_edges, warn_before_search, warn_of_edges

logger = logging.getLogger("sktune")


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that is settled before the first fit."""

    X: Any
    y: Any
    params: dict[str, Any]
    scorer: Any
    refit_metric: Any
    routed: Any
    splits: Sequence[Split]
    space: SearchSpace
    metric: str | None
    optimizer: BaseOptimizer
    callbacks: FitCallbacks
    recorder: Recorder
    cv: Any


class BaseOptimizerSearchCV(BaseSearchCV):
    """Base of the searches: a subclass chooses the optimiser in ``_make_optimizer``."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseSearchCV._parameter_constraints,
        "param_distributions": [Mapping, Sequence],
        "n_iter": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
        "initial_params": [list, tuple, None],
        "constraint": [callable, None],
        "racing": ["boolean"],
        "max_time": [Interval(Real, 0, None, closed="neither"), None],
        "fit_timeout": [Interval(Real, 0, None, closed="neither"), None],
        "stop_when_converged": ["boolean"],
        "journal": [str, PathLike, None],
        "keep_predictions": ["boolean"],
    }

    @abstractmethod
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
        initial_params: Sequence[Mapping[str, Any]] | None = None,
        constraint: Callable[[dict[str, Any]], bool] | None = None,
        racing: bool = False,
        max_time: float | None = None,
        fit_timeout: float | None = None,
        stop_when_converged: bool = False,
        journal: str | PathLike[str] | None = None,
        keep_predictions: bool = False,
    ) -> None:
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.param_distributions = param_distributions
        self.n_iter = n_iter
        self.random_state = random_state
        self.initial_params = initial_params
        self.constraint = constraint
        self.racing = racing
        self.max_time = max_time
        self.fit_timeout = fit_timeout
        self.stop_when_converged = stop_when_converged
        self.journal = journal
        self.keep_predictions = keep_predictions

    @abstractmethod
    def _make_optimizer(self, space: SearchSpace, **common: Any) -> BaseOptimizer:
        """The optimiser; `common` holds the keyword parameters of ``BaseOptimizer``."""

    def __sklearn_tags__(self) -> Any:
        """Tags of the estimator that is tuned, as far as they hold for the search."""
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator).target_tags
        # GridSearchCV leaves these two out, and fails check_supervised_y_2d with Ridge for
        # it; `required` must stay as it is for check_requires_y_none.
        tags.target_tags.multi_output = inner.multi_output
        tags.target_tags.single_output = inner.single_output
        return tags

    def fit(self, X: Any, y: Any = None, **params: Any) -> BaseOptimizerSearchCV:
        """Search, and refit the best setting on all data.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Whatever the estimator takes.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            The target; None for unsupervised learning.
        **params : dict of str to object
            Passed to ``fit`` of the estimator, to the scorers and to the splitter, as
            ``GridSearchCV.fit`` does; those of length n_samples are split along with `X`.

        Returns
        -------
        self : object
            The fitted search.

        Raises
        ------
        InvalidSpaceError
            If `param_distributions`, `initial_params` or `constraint` cannot be used; before
            any fit.
        ValueError
            If all fits failed; the message has the first tracebacks.
        """
        edges = self._search_and_refit(X, y, params)
        # Not before the callbacks are gone: a notebook does not show what is said while
        # scikit-learn's progress bar is there.
        warn_of_edges(self, edges)
        return self

    def stop(self) -> None:
        """End the search that runs in another thread, in order.

        Folds that run are let finish, at least one candidate is completed, and the best one
        is refitted, with a ``SearchInterruptedWarning``. Nothing happens where no search runs.
        """
        stop = getattr(self, "_stop", None)
        if stop is not None:
            stop.set(STOPPED)

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_stop"}

    def _repr_html_inner(self) -> str:
        """The diagram of the estimator, and below it the result of the search."""
        return estimator_html_repr(self) + result_html(self)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        """What a notebook asks for first."""
        bundle = {"text/plain": repr(self)}
        if get_config()["display"] == "diagram":
            bundle["text/html"] = self._repr_html_inner()
        return bundle

    @fit_context(prefer_skip_nested_validation=False)
    def _search_and_refit(self, X: Any, y: Any, params: dict[str, Any]) -> list[Edge]:
        """Do what ``fit`` does; returns what is to be said of the best setting."""
        self._stop = StopRequest()
        try:
            plan = self._plan(X, y, params)
            self._run(plan)
        finally:
            del self._stop
        if self.refit:
            self._refit(plan)
        plan.callbacks.end()
        edges = best_on_edges(self, plan.optimizer)
        self.search_warnings_ = [str(edge) for edge in edges]
        return edges

    def _plan(self, X: Any, y: Any, params: dict[str, Any]) -> _Plan:
        """Check everything that can be checked before a fit is spent."""
        scorer, refit_metric = self._get_scorers()
        space = SearchSpace.from_distributions(self.param_distributions, self.constraint)
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        metric = self._objective(scorer)
        X, y = indexable(X, y)
        params = check_method_params(X, params=params)
        routed = self._get_routed_params_for_fit(params)
        cv, splits = draw_splits(self.cv, self.estimator, X, y, routed.splitter.split)
        optimizer = self._new_optimizer(space, metric, seed, splits)
        check_names(self.estimator, space)
        warn_before_search(space, self.n_iter)
        metadata = {k: v for k, v in params.items() if k == "sample_weight" and v is not None}
        callbacks = FitCallbacks(self, X, y, metadata)
        return _Plan(
            X,
            y,
            params,
            scorer,
            refit_metric,
            routed,
            splits,
            space,
            metric,
            optimizer,
            callbacks,
            Recorder(),
            cv,
        )

    def _open_journal(self, plan: _Plan) -> _Plan:
        """The plan with its journal, if it has one, and with what that had drawn."""
        if self.journal is None:
            return plan
        space, optimizer = plan.space, plan.optimizer
        what = fingerprint(self, plan.X, plan.y, plan.params, space)
        what |= {"objective": plan.metric, "is_run_whole": self._runs_whole(space)}
        what |= {"earlier": describe(optimizer.earlier)}
        journal = SearchJournal(self.journal, what, space, optimizer.seed, plan.splits)
        try:
            optimizer = self._new_optimizer(space, plan.metric, journal.seed, journal.splits)
        except BaseException:
            journal.close()
            raise
        cv = plan.cv if journal.splits is plan.splits else DrawnFolds(journal.splits)
        return replace(plan, splits=journal.splits, optimizer=optimizer, recorder=journal, cv=cv)

    def _objective(self, scorer: Any) -> str | None:
        """Metric to maximise; None: the first one, whose name a callable may yet have to tell."""
        if scorers := scorers_by_name(scorer):
            return self.refit if isinstance(self.refit, str) else next(iter(scorers))
        return self.refit if callable(scorer) and isinstance(self.refit, str) else None

    def _new_optimizer(
        self, space: SearchSpace, metric: str | None, seed: int, splits: Sequence[Split]
    ) -> BaseOptimizer:
        run_whole = self._runs_whole(space)
        if self.initial_params is not None:
            starts = check_initial_params(self.initial_params, space)
        else:
            starts = [] if run_whole else own_setting(self.estimator, space)
        if not run_whole:
            check_constraint(space)
        common = {"metric": metric, "seed": seed, "starts": starts, "run_whole": run_whole}
        return self._make_optimizer(space, **common, test_ratio=rows_ratio(splits))

    def _runs_whole(self, space: SearchSpace) -> bool:
        """Whether the budget covers a grid: then it is run as ``GridSearchCV`` runs it."""
        return self.initial_params is None and space.n_listed <= self.n_iter

    def _run(self, plan: _Plan) -> None:
        """Search, and set what was found; whatever was opened is closed on every way out."""
        with ExitStack() as resources:
            limit = None
            if self.fit_timeout is not None:
                limit = TimeLimit(self.fit_timeout)
                resources.callback(limit.close)
            executor = make_executor(self.n_jobs, preferred_workers(self.estimator))
            resources.callback(executor.close)
            self._check_convergence(plan.optimizer)
            estimator = clone(self.estimator)
            # Last: a search that cannot begin leaves no file behind.
            plan = self._open_journal(plan)
            resources.callback(plan.recorder.close)
            self._run_with(plan, estimator, executor, limit)

    def _run_with(
        self, plan: _Plan, estimator: Any, executor: Executor, limit: TimeLimit | None
    ) -> None:
        n_splits = self.n_splits_ = len(plan.splits)
        n_settings = plan.space.n_listed if self._runs_whole(plan.space) else plan.space.size
        n_candidates = int(min(self.n_iter, n_settings))
        if self.verbose > 0:
            print(
                f"Fitting {n_splits} folds for each of {n_candidates} candidates, "
                f"totalling {n_splits * n_candidates} fits"
            )
        evaluate = self._make_evaluator(plan, estimator, n_candidates, limit)
        budget = Budget(self.n_iter, self.max_time)
        engine = EvaluationEngine(
            executor,
            n_splits,
            budget,
            plan.callbacks.fold_arguments,
            indices=plan.splits,
            check_result=self._check_metrics,
            race=self._make_racing(plan.optimizer),
            fail=evaluate.failure,
            limit=limit,
            stop=self._stop,
            is_converged=self._make_convergence(plan),
            recorder=plan.recorder,
        )
        plan.callbacks.begin_search(max_folds=n_splits * n_candidates)
        try:
            engine.run(plan.optimizer, evaluate)
        except BaseException:
            self._keep_results(plan, engine.history, budget)
            raise
        plan.callbacks.end_search()
        self._set_results(plan, engine.history, budget)
        end_in_order(self.stop_reason_, engine.history.n_complete())

    def _make_evaluator(
        self, plan: _Plan, estimator: Any, n_candidates: int, limit: TimeLimit | None
    ) -> FoldEvaluator:
        return FoldEvaluator(
            estimator=estimator,
            X=plan.X,
            y=plan.y,
            n_splits=len(plan.splits),
            scorer=plan.scorer,
            fit_params=plan.routed.estimator.fit,
            score_params=plan.routed.scorer.score,
            n_iter=n_candidates,
            error_score=self.error_score,
            return_train_score=self.return_train_score,
            verbose=self.verbose,
            limit=limit,
            contexts=worker_contexts(self.estimator),
            kept_metric=(plan.metric or "score") if self.keep_predictions else None,
        )

    def _check_convergence(self, optimizer: BaseOptimizer) -> None:
        """See that the optimiser can tell what `stop_when_converged` asks it."""
        can_tell = type(optimizer).remaining_gain is not BaseOptimizer.remaining_gain
        if self.stop_when_converged and not can_tell:
            raise ValueError(
                f"The 'stop_when_converged' parameter of {type(self).__name__} must be False: its "
                "strategy cannot tell how much is still to be gained. Got True instead."
            )

    def _make_convergence(self, plan: _Plan) -> Convergence | None:
        """What says that searching on is not worth it; None: nothing does."""
        if not self.stop_when_converged:
            return None
        return Convergence(plan.optimizer, rows_ratio(plan.splits))

    def _keep_results(self, plan: _Plan, history: History, budget: Budget) -> None:
        """Set what a search that failed has found: fits that were paid for are not lost."""
        if not any(map(history.folds, history.candidates)):
            return
        try:
            self._set_results(plan, history, budget)
        except Exception:
            logger.warning("The results of a search that failed are incomplete.", exc_info=True)

    def _set_results(self, plan: _Plan, history: History, budget: Budget) -> None:
        self.search_warnings_ = []
        self.search_time_ = budget.elapsed()
        self.stop_reason_ = history.stop_reason
        self.n_fits_ = history.n_fits()
        self.optimizer_ = plan.optimizer
        self.fold_log_ = fold_log(history)
        self.cv_ = plan.cv
        self._tabulate(plan, history)
        self.oof_scores_ = None
        if self.keep_predictions:
            groups = plan.routed.splitter.split.get("groups")
            self.oof_scores_ = kept_rows(
                history, self.objective_metric_, plan.splits, n_samples(plan.X), groups
            )

    def _make_racing(self, optimizer: BaseOptimizer) -> Race | None:
        """What drops candidates that can no longer matter; None: nothing does."""
        if not self.racing:
            return None
        # With a number for failures, a candidate that failed on one fold may yet win.
        never_wins = self.error_score != "raise" and np.isnan(self.error_score)
        may_end_early = self.max_time is not None or self.stop_when_converged
        return Race(optimizer.split_scores, drop_failed=never_wins, may_end_early=may_end_early)

    def _check_metrics(self, result: FoldResult) -> None:
        """See after the first fold, not the last, that a callable gives what `refit` names."""
        if callable(self.scoring) and isinstance(result.test_scores, dict):
            self._check_refit_for_multimetric(result.test_scores)

    def _tabulate(self, plan: _Plan, history: History) -> None:
        """Set ``cv_results_`` and what is read from it; the table first, nothing may lose it."""
        outputs = fold_outputs(self, history)
        results = self.cv_results_ = build_cv_results(self, history, outputs)
        self.fit_reports_ = reports_table(history)
        self.scorer_ = scorers_by_name(plan.scorer) or plan.scorer
        first_scores, refit_metric = outputs[0]["test_scores"], plan.refit_metric
        self.multimetric_ = isinstance(first_scores, dict)
        if callable(self.scoring) and self.multimetric_:
            refit_metric = self.refit
        names = list(first_scores) if self.multimetric_ else ["score"]
        self.objective_metric_ = self.refit if self.refit in names else names[0]
        if self.refit or not self.multimetric_:
            refit = self.refit
            if callable(refit):
                refit = complete_only(refit, history, model_columns(plan.optimizer, history))
            self.best_index_ = self._select_best_index(refit, refit_metric, results)
            if not callable(self.refit):
                self.best_score_ = results[f"mean_test_{refit_metric}"][self.best_index_]
            self.best_params_ = results["params"][self.best_index_]

    def _refit(self, plan: _Plan) -> None:
        # Parameters are cloned too: they may be estimators, for a step of a pipeline.
        best = clone(self.estimator).set_params(**clone(self.best_params_, safe=False))
        self.refit_params_ = params_for_refit(best, self.fit_reports_[self.best_index_])
        if self.refit_params_:
            best.set_params(**self.refit_params_)
        data = (plan.X,) if plan.y is None else (plan.X, plan.y)
        with plan.callbacks.refit(best):
            start = time.perf_counter()
            best.fit(*data, **plan.routed.estimator.fit)
            self.refit_time_ = time.perf_counter() - start
        self.best_estimator_ = best
        if hasattr(best, "feature_names_in_"):
            self.feature_names_in_ = best.feature_names_in_
