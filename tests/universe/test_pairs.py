"""Every pair of ways in which a search may go: what it shows agrees with what ran.

What ran is told by the estimator and its scorers, which log each of their calls.
"""

from __future__ import annotations

import pickle
import re
import signal
import threading
import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import combinations, count
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.stats import uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import KFold

from sktune import AnnealingSearchCV, BayesSearchCV
from sktune._engine._alarm import SIGNAL
from sktune.inspection import (
    AnnealingDisplay,
    EpochCurveDisplay,
    TraceDisplay,
    epoch_curves,
    result_html,
    search_trace,
)
from tests._search.test_faults import ctrl_c_heeded
from tests.universe._sample import sampled

pytestmark = pytest.mark.skipif(SIGNAL is None, reason="rings the alarm itself")

N_SPLITS, N_ITER = 3, 10
X, Y = np.arange(60.0).reshape(30, 2), np.arange(30) % 2

# Settings that meet their fate where a way makes them fail, and some that do well.
FAILS, HANGS, NO_B = 0.95, 0.02, 0.61
STARTS = [{"level": level} for level in (0.5, FAILS, 0.3, HANGS, NO_B)]

# Only a test that fails ever waits for it.
TIMEOUT = 60


class Killed(BaseException):
    """The end of the process."""


@dataclass
class Log:
    """What was called: ``events[level, fold]`` in order, fold -1 for the refit."""

    fails: bool = False
    hangs: bool = False
    interrupt_at: int | None = None
    kill_at: int | None = None
    n_starts: int = 0
    events: dict[tuple[float, int], list[str]] = field(default_factory=dict)

    def add(self, level, fold, event):
        self.events.setdefault((level, fold), []).append(event)

    def start(self, level, fold):
        self.add(level, fold, "start")
        self.n_starts += fold >= 0
        if fold >= 0 and self.n_starts == self.kill_at:
            raise Killed
        if fold >= 0 and self.n_starts == self.interrupt_at:
            signal.raise_signal(signal.SIGINT)
            threading.Event().wait(TIMEOUT)

    def has_ended(self, level, fold):
        return bool({"fit", "failed"} & set(self.events.get((level, fold), [])))

    def n_ended(self, level):
        return sum(self.has_ended(level, fold) for fold in range(N_SPLITS))

    def n_scored(self, level, metric):
        return sum(metric in self.events.get((level, fold), []) for fold in range(N_SPLITS))

    def n_fitted(self, level):
        return sum("fit" in self.events.get((level, fold), []) for fold in range(N_SPLITS))


class Logged(ClassifierMixin, BaseEstimator):
    """Logs its fits, and comes to grief where the log says so."""

    log: ClassVar[Log]

    def __init__(self, level=0.0):
        self.level = level

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        present = {int(row) // 20 for row in X[:, 0]}
        self.fold_ = next(iter({0, 1, 2} - present), -1)
        Logged.log.start(self.level, self.fold_)
        if Logged.log.fails and self.level > 0.9 and self.fold_ > 0:
            Logged.log.add(self.level, self.fold_, "failed")
            raise ValueError("too high")
        if Logged.log.hangs and self.level < 0.1:
            Logged.log.add(self.level, self.fold_, "failed")
            signal.getsignal(SIGNAL).__self__._ring()  # as its watcher would, but for sure
            threading.Event().wait(TIMEOUT)
        self.fit_report_ = {"history": {"val_loss": [1.0, 1 - self.level]}}
        Logged.log.add(self.level, self.fold_, "fit")
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)

    def score(self, X, y):
        return value_of(self, X, "score")


def value_of(estimator, X, metric):
    level, fold = estimator.level, int(X[0, 0]) // 20
    if metric == "b" and level == NO_B and fold == 1:
        raise ValueError("b cannot be told")
    Logged.log.add(level, fold, metric)
    offset = 0.01 * np.sin(50 * level + fold)
    return 1 - (level - 0.4) ** 2 + offset


def score_a(estimator, X, y):
    return value_of(estimator, X, "a")


def score_b(estimator, X, y):
    return value_of(estimator, X, "b")


def first_best(results):
    name = next(key for key in results if key.startswith("mean_test_"))
    return int(np.nanargmax(results[name]))


WAYS = {
    "racing": {"racing": True},
    "max_time": {"max_time": 1000.0},
    "interrupt": {},
    "failing fits": {},
    "timeouts": {"fit_timeout": 1000.0},
    "resume": {},
    "several metrics": {"scoring": {"a": score_a, "b": score_b}, "refit": "b"},
    "callable refit": {"refit": first_best},
    "refit=False": {"refit": False},
    "a number as error_score": {"error_score": 0.25},
}
EXCLUDED = {("callable refit", "refit=False")}  # one parameter
CASES = [
    (kind, ways)
    for ways in [*((way,) for way in WAYS), *combinations(WAYS, 2)]
    for kind in (BayesSearchCV, AnnealingSearchCV)
    if ways not in EXCLUDED
]
SAMPLE = sampled(CASES, every=11)


def clock_of(log):
    """Leaps over every limit in the 14th fit."""
    return SimpleNamespace(monotonic=lambda: 1e6 * (log.n_starts >= 14))


def run(kind, ways, folder):
    """A search that goes these ways, and the log of it."""
    log = Logged.log = Log(fails="failing fits" in ways, hangs="timeouts" in ways)
    params = {"n_iter": N_ITER, "cv": KFold(N_SPLITS), "random_state": 0}
    for way in ways:
        params |= WAYS[way]
    search = kind(Logged(), {"level": uniform(0, 1)}, initial_params=STARTS, **params)
    ticks = count()
    with pytest.MonkeyPatch.context() as patch, ctrl_c_heeded(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # One second a fit, and one a score.
        seconds = SimpleNamespace(time=lambda: float(next(ticks)))
        patch.setattr("sklearn.model_selection._validation.time", seconds)
        if "max_time" in ways:
            patch.setattr("sktune._engine.stopping._budget.time", clock_of(log))
        if "resume" in ways:
            search.set_params(journal=str(folder / "journal.jsonl"))
            log.kill_at = 5
            with suppress(Killed):
                search.fit(X, Y)
        if "interrupt" in ways:
            log.interrupt_at = 12
        search.fit(X, Y)
    return search, log


@dataclass
class Truth:
    """What the log tells of each candidate of the table, in arrays of shape (n_candidates,)."""

    n_ended: Any
    n_scored: Any
    n_fitted: Any
    seconds: Any
    is_failed: Any
    is_dropped: Any


def truth_of(search, log, metric):
    levels = [params["level"] for params in search.cv_results_["params"]]
    n_ended = np.array([log.n_ended(level) for level in levels])
    n_scored = np.array([log.n_scored(level, metric) for level in levels])
    n_fitted = np.array([log.n_fitted(level) for level in levels])
    is_failed = n_scored < n_ended
    is_dropped = ~is_failed & (n_ended < N_SPLITS)
    return Truth(n_ended, n_scored, n_fitted, n_ended + n_fitted, is_failed, is_dropped)


@pytest.fixture(
    scope="module",
    params=SAMPLE,
    ids=[f"{kind.__name__}-{' and '.join(ways)}" for kind, ways in SAMPLE],
)
def went(request, tmp_path_factory):
    """A fitted search, its log, and the truth about the metric that was maximised."""
    search, log = run(*request.param, tmp_path_factory.mktemp("journal"))
    return search, log, truth_of(search, log, search.objective_metric_)


@pytest.fixture(scope="module", autouse=True)
def pyplot():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    return pytest.importorskip("matplotlib.pyplot")


def test_the_sample_has_every_way():
    assert {way for _, ways in SAMPLE for way in ways} == set(WAYS)
    assert {kind for kind, _ in SAMPLE} == {BayesSearchCV, AnnealingSearchCV}


def test_each_way_is_gone():
    """Each way does to a search what its name says."""
    for way, has_come in {
        "racing": lambda s, log: search_trace(s).is_dropped.any(),
        "max_time": lambda s, log: s.stop_reason_ == "max_time",
        "interrupt": lambda s, log: s.stop_reason_ == "interrupted",
        "failing fits": lambda s, log: log.n_ended(FAILS) > log.n_fitted(FAILS),
        "timeouts": lambda s, log: log.n_fitted(HANGS) == 0 < log.n_ended(HANGS),
    }.items():
        assert has_come(*run(BayesSearchCV, (way,), None)), way


def test_table(went):
    search, log, truth = went
    results, levels = search.cv_results_, [p["level"] for p in search.cv_results_["params"]]
    assert {level for level, fold in log.events if fold >= 0} <= set(levels)
    if "n_splits_done" in results:
        assert_array_equal(results["n_splits_done"], truth.n_ended)
    assert search.n_fits_ == truth.n_ended.sum()
    for metric in search.scorer_ if search.multimetric_ else ["score"]:
        exact = truth_of(search, log, metric)
        columns = np.array([results[f"split{i}_test_{metric}"] for i in range(N_SPLITS)])
        is_score = np.isfinite(columns) & (columns != search.error_score)
        assert_array_equal(is_score.sum(axis=0), exact.n_scored)
        if np.isnan(search.error_score):
            has_mean = np.isfinite(results[f"mean_test_{metric}"])
            assert_array_equal(has_mean, exact.n_scored == N_SPLITS)


def test_page(went):
    search, _, truth = went
    page = result_html(search)
    (counts,) = re.findall(r"(\d+) \((\d+) fits\)((?:, \d+ \w+)*)", page)
    assert (int(counts[0]), int(counts[1])) == (len(truth.n_ended), truth.n_ended.sum())
    shown = {what: int(n) for n, what in re.findall(r"(\d+) (\w+)", counts[2])}
    told = {"dropped": truth.is_dropped.sum(), "failed": truth.is_failed.sum()}
    assert shown == {what: n for what, n in told.items() if n}
    means = search.cv_results_[f"mean_test_{search.objective_metric_}"]
    assert page.count("<circle") == np.isfinite(means).sum()
    best = getattr(search, "best_index_", np.nanargmax(means))
    assert f">{means[best]:.4g} ± " in page


def test_trace(went):
    search, log, _ = went
    for metric in search.scorer_ if search.multimetric_ else ["score"]:
        trace, truth = search_trace(search, metric), truth_of(search, log, metric)
        assert_array_equal(trace.has_failed, truth.is_failed)
        assert_array_equal(trace.is_dropped, truth.is_dropped)
        assert_array_equal(trace.fit_times, truth.seconds)


def test_displays(went, pyplot):
    search, _, truth = went
    drawn = {line.get_label(): line for line in TraceDisplay.from_search(search).ax_.lines}
    for name, flags in (("failed", truth.is_failed), ("dropped", truth.is_dropped)):
        places = drawn[name].get_xdata() if name in drawn else []
        assert_array_equal(places, np.flatnonzero(flags) + 1)
    curves = epoch_curves(search).curves
    assert_array_equal(np.isfinite(curves).all(axis=2).sum(axis=1), truth.n_fitted)
    EpochCurveDisplay.from_search(search).figure_.canvas.draw()
    if isinstance(search, AnnealingSearchCV):
        display = AnnealingDisplay.from_search(search)
        display.figure_.canvas.draw()
        assert not np.isfinite(display.trace.accepted[truth.n_ended == 0]).any()
    pyplot.close("all")


def test_pickle(went):
    search, _, _ = went
    copy = pickle.loads(pickle.dumps(search))
    assert result_html(copy) == result_html(search)
    assert copy.n_fits_ == search.n_fits_
    assert copy.cv_results_.keys() == search.cv_results_.keys()
    for key, column in search.cv_results_.items():
        assert_array_equal(copy.cv_results_[key], column)
