"""Run the plan of a search: where optimiser, engine and estimator meet."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

import numpy as np
from sklearn.base import clone

from .._engine import (
    Budget,
    EvaluationEngine,
    History,
    Recorder,
    StateKeeper,
    StateStore,
    StopRequest,
    TimeLimit,
    make_executor,
)
from .._records import Candidate, FoldResult
from .._sklearn_compat import FitCallbacks
from ..optimizers import BaseOptimizer
from ..optimizers._convergence import Convergence
from ..optimizers._racing import Race
from ._callbacks._listening import event_listeners
from ._fold import FoldEvaluator
from ._hyperband._state_folder import check_states, kept_states, worth_of_states
from ._nested import preferred_workers, worker_contexts
from ._plan import Plan
from ._resuming._resume import SearchJournal
from ._table._attributes import set_results
from ._table._kept_rows import kept_rows, n_samples
from ._table._reports import params_for_refit
from ._table._rungs import winner_of

logger = logging.getLogger("sktune")


def run_plan(search: Any, plan: Plan, callbacks: FitCallbacks, stop: StopRequest) -> History:
    """Run the search and set its results; whatever was opened is closed in any case."""
    with ExitStack() as resources:
        limit = None
        if search.fit_timeout is not None:
            limit = TimeLimit(search.fit_timeout)
            resources.callback(limit.close)
        executor = make_executor(search.n_jobs, preferred_workers(search.estimator))
        resources.callback(executor.close)
        budget = plan.schedule.budget(search)
        if plan.schedule.keeps_states:
            check_states(search, executor, plan.fingerprint)
        race, is_converged = search._make_racing(plan.optimizer), _make_convergence(search, plan)
        recorder, elapsed, is_new = Recorder(), 0.0, True
        replay: Iterable[Candidate | FoldResult] = ()
        # Last: a search that cannot begin leaves no file behind.
        if plan.fingerprint is not None:
            recorder = journal = SearchJournal(
                search.journal, plan.fingerprint, plan.read.space, plan.seed, plan.splits
            )
            resources.callback(journal.close)
            replay, elapsed = journal.replay.events(plan.optimizer), journal.elapsed
            is_new = journal.is_new
        states = None
        if plan.schedule.keeps_states:
            kept = kept_states(search, plan.fingerprint, plan.seed, is_new)
            states = resources.enter_context(kept)
        evaluate = _make_evaluator(search, plan, limit, states)
        engine = EvaluationEngine(
            executor,
            len(plan.splits),
            budget,
            callbacks.fold_arguments,
            rows=plan.schedule.rows,
            states=None if states is None else StateKeeper(states, worth_of_states(plan.optimizer)),
            check_result=lambda result: _check_metrics(search, result),
            race=race,
            fail=evaluate.failure,
            limit=limit,
            stop=stop,
            is_converged=is_converged,
            recorder=recorder,
            listeners=[*search._make_listeners(), *event_listeners(search, plan, elapsed)],
        )
        max_folds = _announce(search, plan)
        with callbacks.search(max_folds):
            try:
                engine.run(plan.optimizer, evaluate, replay, elapsed)
            except BaseException:
                _keep_results(search, plan, engine.history, budget)
                raise
        search._judge(plan, evaluate, engine.history)
        _set_results(search, plan, engine.history, budget)
        return engine.history


def make_race(search: Any, optimizer: BaseOptimizer) -> Race | None:
    """Make the race that drops candidates which can no longer win; None: no racing."""
    if not search.racing:
        return None
    # With a number for failures, a candidate that failed on one fold may yet win.
    never_wins = search.error_score != "raise" and np.isnan(search.error_score)
    may_end_early = search.max_time is not None or search.stop_when_converged
    return Race(
        optimizer.objectives,
        drop_failed=never_wins,
        may_end_early=may_end_early,
        only_top=winner_of(search) == "top",
    )


def refit_best(search: Any, plan: Plan, callbacks: FitCallbacks) -> None:
    """Fit the best setting on all data, with what the estimator has reported."""
    # Parameters are cloned too: they may be estimators, for a step of a pipeline.
    best = clone(search.estimator).set_params(**clone(search.best_params_, safe=False))
    resource = plan.optimizer.observations[search.best_index_].candidate.resource
    search.refit_params_ = params_for_refit(best, search.fit_reports_[search.best_index_])
    search.refit_params_ |= plan.schedule.refit_params(best, resource)
    if search.refit_params_:
        best.set_params(**search.refit_params_)
    with callbacks.refit(best):
        start = time.perf_counter()
        plan.schedule.fit(best, resource, plan.X, plan.y, plan.routed.estimator.fit)
        search.refit_time_ = time.perf_counter() - start
    search.best_estimator_ = best
    if hasattr(best, "feature_names_in_"):
        search.feature_names_in_ = best.feature_names_in_


def _make_convergence(search: Any, plan: Plan) -> Convergence | None:
    """Make the test that ends the search when little is left to gain; None: no such test."""
    if not search.stop_when_converged:
        return None
    if type(plan.optimizer).remaining_gain is BaseOptimizer.remaining_gain:
        raise ValueError(
            f"The 'stop_when_converged' parameter of {type(search).__name__} must be False: its "
            "strategy cannot tell how much can still be gained. Got True instead."
        )
    return Convergence(plan.optimizer)


def _make_evaluator(
    search: Any, plan: Plan, limit: TimeLimit | None, states: StateStore | None
) -> FoldEvaluator:
    kept_metric = plan.optimizer.objective.metric or "score"
    evaluator: FoldEvaluator = search._make_evaluator(
        plan,
        estimator=clone(search.estimator),
        X=plan.X,
        y=plan.y,
        n_splits=len(plan.splits),
        scorer=plan.scorer,
        fit_params=plan.routed.estimator.fit,
        score_params=plan.routed.scorer.score,
        n_iter=plan.n_candidates,
        error_score=search.error_score,
        return_train_score=search.return_train_score,
        verbose=search.verbose,
        limit=limit,
        contexts=worker_contexts(search.estimator),
        kept_metric=kept_metric if search.keep_predictions else None,
        steps=plan.schedule.steps(states),
    )
    return evaluator


def _announce(search: Any, plan: Plan) -> int:
    """Print, if `verbose`, and return how many folds will be run at most."""
    search.n_splits_ = n_splits = len(plan.splits)
    if search.verbose > 0:
        print(
            f"Fitting {n_splits} folds for each of {plan.n_candidates} candidates, "
            f"totalling {n_splits * plan.n_candidates} fits"
        )
    return n_splits * plan.n_candidates


def _check_metrics(search: Any, result: FoldResult) -> None:
    """Check after the first fold, not the last, that a callable gives the metric of `refit`."""
    if callable(search.scoring) and isinstance(result.test_scores, dict):
        search._check_refit_for_multimetric(result.test_scores)


def _keep_results(search: Any, plan: Plan, history: History, budget: Budget) -> None:
    """Set the results of a search that failed, so that its fits are not lost."""
    if not any(map(history.folds, history.candidates)):
        return
    try:
        _set_results(search, plan, history, budget)
    except Exception:
        logger.warning("The results of a search that failed are incomplete.", exc_info=True)


def _set_results(search: Any, plan: Plan, history: History, budget: Budget) -> None:
    search.search_time_ = budget.elapsed()
    search.param_distributions_ = plan.read.distributions
    search.conditions_ = plan.read.space.conditions
    search.cv_ = plan.cv
    if plan.schedule.rungs:
        search.rungs_ = plan.schedule.rungs
    set_results(search, history, plan.optimizer, plan.scorer, plan.refit_metric)
    search.oof_scores_ = None
    if search.keep_predictions:
        groups = plan.routed.splitter.split.get("groups")
        search.oof_scores_ = kept_rows(
            history, search.objective_metric_, plan.splits, n_samples(plan.X), groups
        )
