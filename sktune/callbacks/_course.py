"""``Course``: what trackers know of a search while it runs."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._records import Candidate, FoldResult, Observation
from .._records._events import (
    CandidateBegan,
    CandidateEnded,
    FoldEnded,
    SearchBegan,
    SearchEnded,
    SearchEvent,
)
from ..inspection._report import ReportSource, live_source
from ..inspection._report._numbers import setting
from ..inspection._report._source import call_of, installed_versions
from ..inspection._shown import shown

Floats = NDArray[np.float64]


class Course:
    """Candidates, folds and the best so far, from the events of a search.

    Parameters
    ----------
    event : SearchBegan
        Its beginning.

    Attributes
    ----------
    began : SearchBegan
        The same.
    candidates : dict of int to Candidate
        Those that have begun.
    starts : dict of int to float
        When they began, seconds since the epoch.
    folds : list of (FoldResult, float, float)
        Results, with the seconds since the search began at which they began and ended.
    ended : dict of int to Observation
        Candidates that have ended.
    best : (int, float) or None
        The best complete candidate and its score; where candidates differ in their resource, of
        those with the largest one so far.
    n_folds, n_earlier : int
        Folds that have ended, those without a result included; of these, in earlier sessions.
    n_units, n_earlier_units : int
        Units of the resource that ended candidates have taken; of these, in earlier sessions. 0
        where candidates have no resource.
    """

    def __init__(self, event: SearchBegan) -> None:
        self.began = event
        self.candidates: dict[int, Candidate] = {}
        self.starts: dict[int, float] = {}
        self.folds: list[tuple[FoldResult, float, float]] = []
        self.ended: dict[int, Observation] = {}
        self.best: tuple[int, float] | None = None
        self.n_units = 0
        self._n_told = 0
        for observation in event.earlier:
            self.candidates[observation.candidate.id] = observation.candidate
            self.folds += [(fold, np.nan, np.nan) for fold in _folds_of(observation)]
            if observation.status != "running":
                self._end(observation)
        self.n_folds = self.n_earlier = len(self.folds)
        self.n_earlier_units = self.n_units

    def add(self, event: SearchEvent) -> None:
        """Take an event."""
        if isinstance(event, CandidateBegan):
            self.candidates[event.candidate.id] = event.candidate
            self.starts[event.candidate.id] = event.time
        elif isinstance(event, FoldEnded):
            self.n_folds += 1
            if event.result is not None:
                end = event.time - self.began.time
                took = event.result.fit_time + event.result.score_time
                self.folds.append((event.result, max(end - took, 0.0), end))
        elif isinstance(event, CandidateEnded):
            if self.n_folds == self.n_earlier:  # folds are told by their candidates alone
                self._n_told += len(_folds_of(event.observation))
            self._end(event.observation)
        elif isinstance(event, SearchEnded):
            self.n_folds += self._n_told

    @property
    def step(self) -> int:
        """Place of the latest candidate in the order in which they end, the first 0.

        With several workers that is not the order in which they begin.
        """
        return len(self.ended) - 1

    def scores(self, observation: Observation) -> Floats:
        """Scores by split of the metric that is maximised, shape (n_splits,)."""
        found = observation.split_scores
        if not found:  # the search ended before any fold of it did
            return np.full(self.began.n_splits or 0, np.nan)
        return np.asarray(found[self.metric_in(found)], dtype=float)

    def metric_in(self, scores: Collection[str]) -> str:
        """The metric that is maximised, among the names of these."""
        metric = self.began.metric
        return metric if metric is not None and metric in scores else next(iter(scores))

    def source(self, *, is_running: bool = True) -> ReportSource | None:
        """What a report can be made of by now; None before the first fold."""
        search, began = self.began.search, self.began
        if began.n_splits is None or not self.folds:
            return None
        ids = sorted(self.candidates)
        places = {number: place for place, number in enumerate(ids)}
        if ids != list(range(len(ids))) or any(
            f.candidate_id not in places for f, *_ in self.folds
        ):
            return None
        return live_source(
            [self.candidates[number] for number in ids],
            self.folds,
            estimator=search.estimator,
            n_splits=began.n_splits,
            space=began.space,
            objective=began.metric,
            test_ratio=began.test_ratio,
            cv=search.cv,
            ended=self.ended,
            is_running=is_running,
            kind=type(search).__name__,
            call=call_of(search),
            seed=shown(getattr(search, "random_state", None)),
            versions=installed_versions(),
            is_racing=bool(getattr(search, "racing", False)),
        )

    def _end(self, observation: Observation) -> None:
        number = observation.candidate.id
        if number not in self.ended:
            self.n_units += self._units(observation.candidate)
        self.ended[number] = observation
        if observation.status != "complete":
            return
        score = float(self.scores(observation).mean())
        if not np.isfinite(score):
            return
        if self.best is None or self._rank(number, score) > self._rank(*self.best):
            self.best = number, score

    def _units(self, candidate: Candidate) -> int:
        """What a candidate takes of the budget."""
        parent = None if candidate.parent is None else self.candidates.get(candidate.parent)
        trained = 0 if parent is None or not self.began.goes_on else parent.resource or 0
        return (candidate.resource or 0) - trained

    def _rank(self, number: int, score: float) -> tuple[int, float]:
        """With less of a resource scores are of another kind."""
        return self.ended[number].candidate.resource or 0, score


def _folds_of(observation: Observation) -> list[FoldResult]:
    """The folds of a candidate that were run, as far as an observation tells of them."""
    scores = observation.split_scores
    if not scores:
        return []
    n_splits = len(next(iter(scores.values())))
    seconds = observation.seconds
    if seconds is None:
        seconds = np.full(n_splits, np.nan)
    reports = observation.reports or (None,) * n_splits
    found = []
    for split in range(n_splits):
        own = {name: float(values[split]) for name, values in scores.items()}
        if not np.isfinite(seconds[split]) and not np.isfinite(list(own.values())).any():
            continue
        bad = frozenset(name for name, value in own.items() if not np.isfinite(value))
        found.append(
            FoldResult(
                candidate_id=observation.candidate.id,
                split=split,
                test_scores=own,
                train_scores=None,
                fit_time=float(np.nan_to_num(seconds[split])),
                score_time=0.0,
                failed_metrics=bad,
                report=reports[split],
            )
        )
    return found


def finite(scores: Floats) -> Floats:
    """Those that are numbers."""
    return scores[np.isfinite(scores)]


def words(params: Mapping[str, Any]) -> dict[str, str]:
    """A setting as short texts."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in setting(params).items()
    }


def curves_of(observation: Observation) -> dict[str, list[float]]:
    """Learning curves, the mean over the folds that have that epoch, by their names."""
    found: dict[str, list[list[float]]] = {}
    for report in observation.reports:
        for owner, own in (report or {}).items():
            history = own.get("history", {})
            if not isinstance(history, Mapping):
                continue
            for name, curve in history.items():
                found.setdefault(f"{owner}.{name}" if owner else str(name), []).append(list(curve))
    means = {}
    for name, curves in found.items():
        epochs = range(max(map(len, curves)))
        means[name] = [
            float(np.mean([curve[epoch] for curve in curves if epoch < len(curve)]))
            for epoch in epochs
        ]
    return means
