"""``History``: every candidate and every fold result of a search, append-only."""

from __future__ import annotations

import numpy as np

from .._records import Candidate, FoldResult, Observation, Report, Scores, Status, StopReason

# The name that scikit-learn gives to the only metric of a search.
SINGLE_METRIC = "score"


def scores_by_name(scores: Scores) -> dict[str, float]:
    """Scores under their names; a single one is called "score"."""
    return scores if isinstance(scores, dict) else {SINGLE_METRIC: scores}


class History:
    """What has been run so far.

    Parameters
    ----------
    n_splits : int
        Folds of a candidate.

    Attributes
    ----------
    candidates : list of Candidate
        In the order of suggestion; a candidate's id is its index.
    dropped : set of int
        Ids of candidates whose other folds will not be run, or only if nothing else is left.
    stop_reason : StopReason or None
        Why the search ended, None while it runs.
    log : list of (FoldResult, float, float)
        Folds in the order in which they came back, with the seconds at which they were submitted
        and finished; without folds read from a journal.
    """

    def __init__(self, n_splits: int) -> None:
        self.n_splits = n_splits
        self.candidates: list[Candidate] = []
        self.dropped: set[int] = set()
        self.stop_reason: StopReason | None = None
        self.log: list[tuple[FoldResult, float, float]] = []
        self._folds: list[dict[int, FoldResult]] = []

    def start(self, candidate: Candidate) -> None:
        """Add a candidate."""
        self.candidates.append(candidate)
        self._folds.append({})

    def add(self, result: FoldResult) -> None:
        """Add the result of one fold."""
        self._folds[result.candidate_id][result.split] = result

    def drop(self, candidate: Candidate) -> None:
        """Mark a candidate as dropped: its other folds are not run, or only as a last resort."""
        self.dropped.add(candidate.id)

    def folds(self, candidate: Candidate) -> list[FoldResult]:
        """Finished folds of a candidate, by split."""
        folds = self._folds[candidate.id]
        return [folds[split] for split in sorted(folds)]

    def is_complete(self, candidate: Candidate) -> bool:
        """Whether all folds of a candidate have been run."""
        return len(self._folds[candidate.id]) == self.n_splits

    def has_winner(self) -> bool:
        """Whether a candidate has all its folds, and failed on none."""
        return any(self.observation(c).status == "complete" for c in self.candidates)

    def unfinished(self) -> list[Candidate]:
        """Candidates that are neither complete nor dropped, in order of suggestion."""
        left = (c for c in self.candidates if c.id not in self.dropped)
        return [c for c in left if not self.is_complete(c)]

    def n_fits(self) -> int:
        """How many folds have been run, to their end or to their failure."""
        return sum(fold.is_run for folds in self._folds for fold in folds.values())

    def n_complete(self) -> int:
        """How many candidates have all their folds."""
        return sum(map(self.is_complete, self.candidates))

    def observation(self, candidate: Candidate) -> Observation:
        """What an optimiser is told of a candidate; a score is nan where there is no real one."""
        scores: dict[str, list[float]] = {}
        seconds = [np.nan] * self.n_splits
        reports: list[Report | None] = [None] * self.n_splits
        folds = self.folds(candidate)
        for fold in folds:
            reports[fold.split] = fold.report
            seconds[fold.split] = fold.fit_time + fold.score_time if fold.is_run else np.nan
            for name, score in scores_by_name(fold.test_scores).items():
                row = scores.setdefault(name, [np.nan] * self.n_splits)
                if fold.fit_error is None and name not in fold.failed_metrics:
                    row[fold.split] = score
        status: Status = "dropped" if candidate.id in self.dropped else "running"
        if self.is_complete(candidate):
            status = "complete"
        # One metric of several may fail alone: what that means depends on the objective.
        if any(fold.fit_error is not None or _has_no_score(fold) for fold in folds):
            status = "failed"
        rows = {name: np.array(row, dtype=float) for name, row in scores.items()}
        return Observation(candidate, rows, status, np.array(seconds), tuple(reports))


def _has_no_score(fold: FoldResult) -> bool:
    """Whether all metrics of a fold have failed."""
    scores = fold.test_scores
    if not isinstance(scores, dict):
        return SINGLE_METRIC in fold.failed_metrics
    return scores.keys() <= fold.failed_metrics
