"""``log_search``: a fitted search, told to a tracker after the fact."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from .._records import Candidate, Observation, Report, Status, StopReason
from .._records._events import (
    CandidateBegan,
    CandidateEnded,
    FitEnded,
    SearchBegan,
    SearchEnded,
    SearchEvent,
)
from ..inspection import SearchRecord, read_search


def log_search(search: Any, tracker: Any) -> None:
    """Send a fitted search to a tracker; of any class and version, ours or scikit-learn's.

    Parameters
    ----------
    search : fitted search
        See :func:`sktune.inspection.read_search`.
    tracker : MLflowTracker, TensorBoardTracker, WandbTracker, ReportWriter or SearchProgress
        Where to. It writes a run of its own, in this thread.

    Raises
    ------
    NotFittedError
        If the search was not fitted.
    TypeError
        If `tracker` is none.
    Exception
        What the library of the tracker raises.
    """
    if not hasattr(tracker, "_log"):
        raise TypeError(
            "tracker must be one of sktune.callbacks, such as MLflowTracker(), got "
            f"{type(tracker).__name__}."
        )
    tracker._log(search)


def events_of(search: Any) -> Iterator[SearchEvent]:
    """What a fitted search would have told; folds stand in their candidates.

    When a candidate ran is known of our searches; of others their fits are put one after another.
    """
    record = read_search(search)
    begins, ends = _times(search, record)
    n_candidates, n_splits = record.split_scores.shape
    yield SearchBegan(
        search=search,
        time=float(begins.min(initial=time.time())),
        n_candidates=n_candidates,
        n_splits=n_splits,
        space=record.space,
        metric=record.metric,
        test_ratio=record.evaluation.test_ratio,
    )
    told = getattr(getattr(search, "optimizer_", None), "observations", {})
    reports = getattr(search, "fit_reports_", [[None] * n_splits] * n_candidates)
    for row, setting in enumerate(record.settings):
        source = told[row].candidate.source if row in told else "table"
        resource = None if record.resources is None else int(record.resources[row])
        candidate = Candidate(row, dict(setting), (), 0, source, resource)
        yield CandidateBegan(candidate, float(begins[row]))
        yield CandidateEnded(
            _observation(search, record, candidate, reports[row]), float(ends[row])
        )
    reason = None
    with suppress(ValueError):
        reason = StopReason(getattr(search, "stop_reason_", "") or "n_iter")
    yield SearchEnded(reason, float(ends.max(initial=0.0)))
    yield FitEnded(search, time.time())


def _observation(
    search: Any, record: SearchRecord, candidate: Candidate, reports: list[Report | None]
) -> Observation:
    """What became of a candidate, in all its metrics; the one of the record is the first."""
    results, n_splits = search.cv_results_, record.split_scores.shape[1]
    names = [key.removeprefix("mean_test_") for key in results if key.startswith("mean_test_")]
    names.sort(key=lambda name: name != record.metric)
    scores = {
        name: np.array([results[f"split{i}_test_{name}"][candidate.id] for i in range(n_splits)])
        for name in names
    }
    status: Status = record.status[candidate.id]
    # The table has the sum: shared out evenly among the folds that were run.
    is_run = np.isfinite(record.split_scores[candidate.id]) | (status != "dropped")
    seconds = np.where(is_run, record.seconds[candidate.id] / max(is_run.sum(), 1), np.nan)
    return Observation(candidate, scores, status, seconds, tuple(reports))


def _times(search: Any, record: SearchRecord) -> tuple[Any, Any]:
    """Seconds since the epoch at which each candidate began and ended."""
    log, n = record.fold_log, len(record.scores)
    total = getattr(search, "search_time_", None) or float(record.seconds.sum())
    start = time.time() - total
    ends = start + np.cumsum(record.seconds)
    begins = ends - record.seconds
    if log is not None and len(log.finished):
        first, last = np.full(n, np.inf), np.full(n, -np.inf)
        np.minimum.at(first, log.candidates, log.submitted)
        np.maximum.at(last, log.candidates, log.finished)
        is_known = np.isfinite(first)
        begins = np.where(is_known, start + first, begins)
        ends = np.where(is_known, start + last, ends)
    return begins, ends
