"""Make ``cv_results_`` from the history, with scikit-learn's own formatting."""

from __future__ import annotations

from typing import Any

from ..._engine import History
from ..._records import FoldResult
from ..._sklearn_compat import (
    BaseSearchCV,
    insert_error_scores,
    warn_or_raise_about_fit_failures,
)
from ._partial import fill_missing, mark_dropped
from ._rungs import add_rungs, winner_of


def fold_outputs(search: BaseSearchCV, history: History) -> list[dict[str, Any]]:
    """Results of all folds, candidate by candidate, as ``_fit_and_score`` returns them.

    Parameters
    ----------
    search : BaseSearchCV
        The search that was run; read only.
    history : History
        Its candidates and their folds.

    Returns
    -------
    list of dict, one for each fold that was run

    Raises
    ------
    ValueError
        If there were no folds, or if every fit failed, with the first tracebacks.

    Warns
    -----
    FitFailedWarning
        If some fits failed.
    """
    outputs = [_as_output(fold) for c in history.candidates for fold in history.folds(c)]
    if not outputs:
        raise ValueError(
            "No fits were performed. Was the CV iterator empty? Were there no candidates?"
        )
    warn_or_raise_about_fit_failures(outputs, search.error_score)
    if callable(search.scoring):
        # Only now is it known whether the callable gives one score or several.
        insert_error_scores(outputs, search.error_score)
    return outputs


def build_cv_results(
    search: BaseSearchCV, history: History, outputs: list[dict[str, Any]]
) -> dict[str, Any]:
    """Make ``cv_results_`` of all candidates, exactly as ``GridSearchCV`` does.

    If candidates were dropped, or may be with `racing`, columns about these are added.
    """
    params = [candidate.params for candidate in history.candidates]
    has_rungs = any(candidate.resource is not None for candidate in history.candidates)
    are_complete = all(history.is_complete(c) for c in history.candidates)
    if are_complete and not search.racing and not has_rungs:
        return search._format_results(params, history.n_splits, outputs)
    results = search._format_results(params, history.n_splits, fill_missing(outputs, history))
    results = mark_dropped(results, history)
    return add_rungs(results, history, winner_of(search)) if has_rungs else results


def _as_output(fold: FoldResult) -> dict[str, Any]:
    """A fold as scikit-learn's ``_fit_and_score`` returns it."""
    output = {
        "fit_error": fold.fit_error,
        "test_scores": fold.test_scores,
        "fit_time": fold.fit_time,
        "score_time": fold.score_time,
    }
    if fold.train_scores is not None:
        output["train_scores"] = fold.train_scores
    return output
