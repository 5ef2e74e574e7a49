"""Searches that trackers follow: raced, failed, cut short and resumed, with one job and two."""

from __future__ import annotations

import warnings

from joblib import parallel_config

from sktune import BayesSearchCV
from sktune.exceptions import SearchInterruptedWarning
from tests.inspection._searches import SPACE, Quick, X, y

CASES = ["plain", "two jobs", "racing", "failing", "interrupted", "cut short", "resumed"]
N_ITER = 8


class Stopper:
    """Ends a search after some folds, as a callback may."""

    def __init__(self, search, n_folds):
        self.search, self.n_left = search, n_folds

    def setup(self, estimator, context):
        pass

    teardown = on_fit_task_begin = on_fit_task_end = setup

    def on_search_event(self, event):
        if type(event).__name__ == "FoldEnded":
            self.n_left -= 1
            if self.n_left == 0:
                self.search.stop()


class CutShort(Quick):
    """Ctrl-C comes in the first fold of the fourth candidate."""

    n_fits = 0

    def fit(self, X, y):
        type(self).n_fits += 1
        if type(self).n_fits == 10:
            raise KeyboardInterrupt
        return super().fit(X, y)


def follow(tracker, case, tmp_path):
    """The fitted search of a case, followed by the tracker."""
    estimator = Quick(fails_above=5.0) if case == "failing" else Quick()
    if case == "cut short":
        CutShort.n_fits = 0
        estimator = CutShort()
    options = {"cv": 3, "random_state": 0, "n_iter": N_ITER, "racing": case == "racing"}
    if case == "resumed":
        options["journal"] = tmp_path / "journal.jsonl"
        BayesSearchCV(estimator, SPACE, **options | {"n_iter": 3}).fit(X, y)
    search = BayesSearchCV(estimator, SPACE, **options)
    if case == "two jobs":
        search.set_params(n_jobs=2)
    extra = [Stopper(search, 8)] if case == "interrupted" else []
    search.set_callbacks(tracker, *extra)
    with warnings.catch_warnings(), parallel_config("threading"):
        if case == "failing":
            warnings.simplefilter("ignore")
        if case in ("interrupted", "cut short"):
            warnings.simplefilter("ignore", SearchInterruptedWarning)
        return search.fit(X, y)
