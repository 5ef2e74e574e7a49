"""The fitted attributes of a search, from its history."""

from __future__ import annotations

from typing import Any

from ..._engine import History
from ..._sklearn_compat import scorers_by_name
from ...optimizers import BaseOptimizer
from ._kept_rows import fold_log
from ._reports import reports_table
from ._results import build_cv_results, fold_outputs


def set_results(
    search: Any,
    history: History,
    optimizer: BaseOptimizer,
    scorer: Any,
    refit_metric: Any,
) -> None:
    """Set ``cv_results_`` and what is read from it; the table first, so that no error loses it.

    Parameters
    ----------
    search : BaseOptimizerSearchCV
        Gets the attributes.
    history : History
        What was run.
    optimizer : BaseOptimizer
        The optimiser, with all that it was told.
    scorer, refit_metric : object
        What scikit-learn made of `scoring` and `refit`.
    """
    search.search_warnings_ = []
    search.stop_reason_ = str(history.stop_reason or "")
    search.n_fits_ = history.n_fits()
    search.optimizer_ = optimizer
    outputs = fold_outputs(search, history)
    results = search.cv_results_ = build_cv_results(search, history, outputs)
    search._add_columns(results, history, optimizer)
    search.fold_log_ = fold_log(history)
    search.fit_reports_ = reports_table(history)
    folds = (fold for candidate in history.candidates for fold in history.folds(candidate))
    search.fit_errors_ = {
        (fold.candidate_id, fold.split): fold.fit_error for fold in folds if fold.fit_error
    }
    search.scorer_ = scorers_by_name(scorer) or scorer
    first_scores = outputs[0]["test_scores"]
    search.multimetric_ = isinstance(first_scores, dict)
    if callable(search.scoring) and search.multimetric_:
        refit_metric = search.refit
    names = list(first_scores) if search.multimetric_ else ["score"]
    search.objective_metric_ = optimizer.objective.name_in(names)
    search._read_results()
    if search.refit or not search.multimetric_:
        index = search._choose_best(results, refit_metric, history, optimizer)
        search.best_index_ = index
        if not callable(search.refit):
            search.best_score_ = results[f"mean_test_{refit_metric}"][index]
        search.best_params_ = results["params"][index]
        if "resource" in results:
            search.best_resource_ = int(results["resource"][index])
