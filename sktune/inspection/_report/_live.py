"""What a report is made of while a search runs, or of what its journal holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._records import Candidate, FoldLog, FoldResult
from ..._records._fold_scores import k_fold_ratio
from ...exceptions import InvalidSpaceError
from ...space import SearchSpace
from ...space._part_weights import filled_weights
from ...space._same import is_equal
from .._evaluation import Evaluation
from .._inferred_space import infer_space
from .._record import CandidateStatus, SearchRecord, fold_effects, rows_with
from .._shown import shown
from ._source import ReportSource

Floats = NDArray[np.float64]


def live_source(
    candidates: Sequence[Candidate],
    folds: Iterable[tuple[FoldResult, float, float]],
    *,
    estimator: Any,
    n_splits: int,
    space: SearchSpace | None = None,
    metric: str | None = None,
    objective: str | None = None,
    test_ratio: float | None = None,
    cv: Any = None,
    ended: Iterable[int] = (),
    is_running: bool = True,
    **more: Any,
) -> ReportSource | None:
    """A source of candidates and folds; None while no fold has ended.

    Parameters
    ----------
    candidates : sequence of Candidate
        In order of their numbers.
    folds : iterable of (FoldResult, float, float)
        Each with the seconds at which it began and ended; nan: unknown.
    estimator : object
        The estimator that is tuned, or what stands for it: its ``get_params`` tells the default.
    n_splits : int
        Folds of a candidate.
    space : SearchSpace, default=None
        None: inferred from the settings.
    metric : str, default=None
        None: `objective`.
    objective : str, default=None
        The metric that is maximised, which folds that failed may not have; None: the first one.
    test_ratio, cv
        As in ``Evaluation``; the page shows `cv`.
    ended : iterable of int
        Candidates of which no more folds will run.
    is_running : bool, default=True
        Whether more may come.
    **more
        What else ``ReportSource`` has.

    Raises
    ------
    ValueError
        If there is no such metric; the message lists those there are.
    """
    log = list(folds)
    names = list(dict.fromkeys(name for fold, *_ in log for name in _scores_of(fold)))
    if not names:
        return None
    if metric is None or metric == objective:
        metric = objective if objective in names else names[0]
    if metric not in names:
        raise ValueError(f"metric must be one of {names}, got {metric!r}.")
    n = len(candidates)
    scores, spent = np.full((n, n_splits), np.nan), np.zeros(n)
    n_done, has_failed = np.zeros(n, dtype=np.intp), np.zeros(n, dtype=bool)
    for fold, *_ in log:
        row, value = fold.candidate_id, _scores_of(fold).get(metric, np.nan)
        is_bad = fold.fit_error is not None or metric in fold.failed_metrics
        is_bad |= not np.isfinite(value)
        has_failed[row] |= is_bad
        scores[row, fold.split] = np.nan if is_bad else value
        n_done[row] += fold.is_run
        spent[row] += fold.fit_time + fold.score_time
    is_over = np.zeros(n, dtype=bool)
    is_over[list(ended)] = True
    status = tuple(
        _status(has_failed[row], n_done[row] == n_splits, is_over[row] or not is_running)
        for row in range(n)
    )
    resources = [candidate.resource for candidate in candidates]
    record = SearchRecord(
        metric=metric,
        settings=tuple(candidate.params for candidate in candidates),
        split_scores=scores,
        scores=_means(scores, has_failed),
        # A record knows of none that run: they have the folds that were run.
        status=tuple(_of_record(word) for word in status),
        seconds=spent,
        **_space(space, [candidate.params for candidate in candidates]),
        resources=None if None in resources else np.array(resources, dtype=float),
        best_index=None,
        default_index=None,
        evaluation=Evaluation(estimator, None, cv, test_ratio or k_fold_ratio(n_splits)),
        fold_log=_log(log),
        n_run=n_done,
    )
    record = _with_places(record, candidates, status)
    reports: list[list[Any]] = [[None] * n_splits for _ in candidates]
    for fold, *_ in log:
        reports[fold.candidate_id][fold.split] = fold.report
    return ReportSource(
        record,
        status=status,
        stds=_stds(scores),
        proposed_by=tuple(candidate.source for candidate in candidates),
        reports=reports if any(fold.report for fold, *_ in log) else (),
        errors={
            (fold.candidate_id, fold.split): fold.fit_error for fold, *_ in log if fold.fit_error
        },
        cv="" if cv is None else shown(cv, 200),
        is_running=is_running,
        **more,
    )


def _scores_of(fold: FoldResult) -> Mapping[str, float]:
    scores = fold.test_scores
    return scores if isinstance(scores, Mapping) else {"score": scores}


def _status(has_failed: bool, is_complete: bool, is_over: bool) -> str:
    if has_failed:
        return "failed"
    return "complete" if is_complete else "dropped" if is_over else "running"


def _of_record(status: str) -> CandidateStatus:
    return "complete" if status == "complete" else "failed" if status == "failed" else "dropped"


def _means(scores: Floats, has_failed: NDArray[np.bool_]) -> Floats:
    """Mean scores, of the folds that were run less what these lie above the others."""
    run = np.isfinite(scores)
    rest = np.where(run, scores - fold_effects(scores), 0.0)
    partial = rest.sum(axis=1) / np.maximum(run.sum(axis=1), 1)
    whole = np.where(run.all(axis=1), np.where(run, scores, 0.0).mean(axis=1), partial)
    return np.where(has_failed | ~run.any(axis=1), np.nan, whole)


def _stds(scores: Floats) -> Floats:
    rows = (row[np.isfinite(row)] for row in scores)
    return np.array([row.std() if len(row) else np.nan for row in rows])


def _space(space: SearchSpace | None, settings: list[dict[str, Any]]) -> dict[str, Any]:
    """The space and whether it was inferred."""
    if space is not None:
        try:
            space.transform(settings)
        except InvalidSpaceError:
            pass
        else:
            return {"space": space, "is_inferred": False}
    return {"space": infer_space(settings), "is_inferred": True}


def _with_places(
    record: SearchRecord, candidates: Sequence[Candidate], status: Sequence[str]
) -> SearchRecord:
    """The record with its best candidate and its default."""
    from_start = np.array([candidate.source in ("start", "grid") for candidate in candidates])
    own = filled_weights(record.evaluation.estimator.get_params(deep=True), record.settings)
    defaults = rows_with(record.settings, own, from_start & record.at_top, is_equal)
    is_complete = np.array([word == "complete" for word in status]) & record.at_top
    scores = np.where(is_complete, record.scores, np.nan)
    best = None if np.isnan(scores).all() else int(np.nanargmax(scores))
    default = int(defaults[0]) if len(defaults) else None
    return replace(record, best_index=best, default_index=default)


def _log(folds: Sequence[tuple[FoldResult, float, float]]) -> FoldLog | None:
    """When each fold ran, of those for which that is known."""
    known = [entry for entry in folds if entry[0].is_run and np.isfinite(entry[1:]).all()]
    if len(known) < len([entry for entry in folds if entry[0].is_run]):
        return None
    return FoldLog(
        candidates=np.array([fold.candidate_id for fold, *_ in known], dtype=np.intp),
        splits=np.array([fold.split for fold, *_ in known], dtype=np.intp),
        submitted=np.array([begun for _, begun, _ in known], dtype=float),
        finished=np.array([ended for *_, ended in known], dtype=float),
        workers=tuple(fold.worker or "" for fold, *_ in known),
    )
