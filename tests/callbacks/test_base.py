"""Trackers hear everything in order, and can neither break nor hold up a search."""

import copy
import pickle
import threading
import warnings

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_val_score

from sktune import BayesSearchCV, callbacks
from sktune._records._events import (
    CandidateBegan,
    CandidateEnded,
    FitEnded,
    FoldEnded,
    SearchBegan,
    SearchEnded,
)
from sktune._sklearn_compat import HAS_CALLBACKS
from sktune.callbacks import BaseTracker, log_search
from sktune.callbacks import _mailbox as mailbox_module
from sktune.callbacks._mailbox import Mailbox
from sktune.exceptions import ListenerWarning, TrackerWarning
from sktune.inspection import read_search
from tests.callbacks._followed import CASES, N_ITER, follow
from tests.inspection._searches import SPACE, Quick, X, searches, y

# Small budgets end on the edge of a range.
pytestmark = pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")

needs_callbacks = pytest.mark.skipif(
    not HAS_CALLBACKS, reason=f"scikit-learn {sklearn.__version__} calls no callbacks (1.9)"
)


class Listening(BaseTracker):
    def __init__(self, **options):
        super().__init__(**options)
        self.events, self.threads, self.is_finished = [], set(), False

    def _write(self, event):
        self.threads.add(threading.get_ident())
        self.events.append(event)

    def _finish(self):
        self.is_finished = True

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


def search_with(*callbacks, **options):
    given = {"n_iter": N_ITER, "cv": 3, "random_state": 0} | options
    return BayesSearchCV(Quick(), SPACE, **given).set_callbacks(*callbacks)


@pytest.mark.parametrize("case", CASES)
def test_all_events_in_order(case, tmp_path):
    tracker = Listening()
    search = follow(tracker, case, tmp_path)
    kinds = [type(event) for event in tracker.events]
    assert (kinds[0], kinds[-2], kinds[-1]) == (SearchBegan, SearchEnded, FitEnded)
    assert tracker.is_finished
    assert threading.get_ident() not in tracker.threads
    began, ended = tracker.of(CandidateBegan), tracker.of(CandidateEnded)
    n_earlier = len(tracker.events[0].earlier)
    assert n_earlier == (3 if case == "resumed" else 0)
    assert (tracker.events[0].elapsed > 0) == (case == "resumed")
    assert len(began) == len(ended) == len(search.cv_results_["params"]) - n_earlier
    assert [e.candidate.id for e in began] == sorted(e.candidate.id for e in began)
    n_folds = sum(event.result.is_run for event in tracker.of(FoldEnded))
    assert n_folds == search.n_fits_ - 3 * n_earlier
    assert all(event.result.rows is None for event in tracker.of(FoldEnded))
    for event in ended:
        if event.observation.status == "complete":
            scores = event.observation.split_scores["score"]
            row = event.observation.candidate.id
            assert scores.mean() == pytest.approx(search.cv_results_["mean_test_score"][row])
    assert tracker.of(SearchEnded)[0].reason == search.stop_reason_
    times = [event.time for event in tracker.events]
    assert times == sorted(times)
    assert tracker.events[-1].search is search


def comparable(search):
    return {k: v for k, v in search.cv_results_.items() if "_time" not in k and k != "params"}


def same_results(search, other):
    ours, theirs = comparable(search), comparable(other)
    assert ours.keys() == theirs.keys()
    for name, column in ours.items():
        np.testing.assert_array_equal(np.ma.getdata(column), np.ma.getdata(theirs[name]))


class Failing(BaseTracker):
    """A server that dies at some event."""

    def __init__(self, at):
        super().__init__()
        self.at = at
        self.n_written = 0

    def _write(self, event):
        if self.at == "begin" or isinstance(event, self.at):
            raise ConnectionError("no route to host")
        self.n_written += 1

    def _finish(self):
        if self.at is type(None):
            raise ConnectionError("no route to host")


@pytest.mark.parametrize("at", ["begin", FoldEnded, SearchEnded, FitEnded, BaseException])
def test_a_dead_server_costs_one_warning(at):
    tracker = Failing(type(None) if at is BaseException else at)
    plain = BayesSearchCV(Quick(), SPACE, n_iter=N_ITER, cv=3, random_state=0).fit(X, y)
    with pytest.warns(TrackerWarning, match="no route to host") as caught:
        search = search_with(tracker).fit(X, y)
    assert len([w for w in caught if w.category is TrackerWarning]) == 1
    assert "log_search" in str(caught[0].message)
    same_results(search, plain)
    assert hasattr(search, "best_estimator_")


def test_a_hanging_server_costs_the_drain_and_one_warning():
    release = threading.Event()

    class Hanging(Listening):
        def _write(self, event):
            release.wait()

    tracker = Hanging(drain=0.05)
    try:
        with pytest.warns(TrackerWarning, match=r"within 0\.05 s\. Send them with") as caught:
            search = search_with(tracker).fit(X, y)
        assert len(caught) == 1
    finally:
        release.set()
    assert search.n_fits_ == 3 * N_ITER


def test_the_same_tracker_follows_one_search_after_another():
    tracker = Listening()
    search = search_with(tracker)
    search.fit(X, y)
    n_events = len(tracker.events)
    clone(search).fit(X, y)
    assert len(tracker.events) == 2 * n_events


def test_of_searches_side_by_side_one_is_followed():
    tracker = Listening()
    inner = search_with(tracker, n_iter=3)

    class Outer(Quick):
        def fit(self, X, y):
            inner.fit(X, y)
            return super().fit(X, y)

    outer = BayesSearchCV(Outer(), SPACE, n_iter=2, cv=2, random_state=0).set_callbacks(tracker)
    outer.fit(X, y)
    assert [event.search for event in tracker.of(SearchBegan)] == [outer]
    assert [event.search for event in tracker.of(FitEnded)] == [outer]
    assert len(tracker.of(CandidateEnded)) == 2


class Careless:
    """A callback of someone's that fails at some event."""

    def setup(self, estimator, context):
        pass

    teardown = on_fit_task_begin = on_fit_task_end = setup

    def __init__(self, at=FitEnded):
        self.at = at

    def on_search_event(self, event):
        if isinstance(event, self.at):
            raise RuntimeError("careless")


def test_an_error_at_the_very_end_loses_nothing():
    with pytest.warns(ListenerWarning, match="Careless failed at the end of the search"):
        search = search_with(Careless(), n_iter=2).fit(X, y)
    assert hasattr(search, "best_estimator_")


def test_a_warning_names_the_callback_that_failed():
    with pytest.warns(ListenerWarning, match="Careless failed, and is not called again"):
        search_with(Careless(CandidateBegan), n_iter=2).fit(X, y)


def test_a_search_inside_a_cross_validation():
    tracker = Listening()
    search = search_with(tracker, n_iter=3)
    cross_val_score(search, X, y, cv=2)
    assert len(tracker.of(FitEnded)) == 2


# Copies


def test_nothing_of_a_tracker_is_pickled():
    tracker = Listening()
    tracker.client = threading.Lock()  # cannot be pickled
    search = search_with(tracker).fit(X, y)
    again = pickle.loads(pickle.dumps(search))
    assert not vars(pickle.loads(pickle.dumps(tracker)))
    same_results(again, search)
    # The copy has no tracker that works, and fits all the same.
    again.fit(X, y)
    assert copy.deepcopy(tracker) is tracker
    if HAS_CALLBACKS:
        assert clone(search)._skl_callbacks[0] is tracker


TRACKERS = [
    kind
    for name in callbacks.__all__
    if isinstance(kind := getattr(callbacks, name), type) and issubclass(kind, BaseTracker)
]


@pytest.mark.parametrize("kind", TRACKERS)
def test_what_comes_out_of_a_pickle_does_nothing(kind):
    """Also of those that need a package that is not there."""
    tracker = pickle.loads(pickle.dumps(kind.__new__(kind)))
    search_with(tracker, n_iter=2).fit(X, y)
    if HAS_CALLBACKS:
        GridSearchCV(Quick(), {"C": [1.0, 2.0]}, cv=2).set_callbacks(tracker).fit(X, y)


@pytest.mark.slow
def test_workers_get_nothing_of_a_tracker():
    tracker = Listening()
    tracker.client = threading.Lock()
    search = search_with(tracker, n_jobs=2).fit(X, y)
    assert len(tracker.of(FoldEnded)) == search.n_fits_


def test_set_callbacks_refuses_what_is_none():
    with pytest.raises(TypeError, match="callbacks must be instances"):
        search_with(Listening)


def test_a_subclass_without_write_says_so():
    with pytest.warns(TrackerWarning, match=r"BaseTracker has no _write\(event\)"):
        search_with(BaseTracker(), n_iter=2).fit(X, y)


def test_drain_is_checked():
    with pytest.raises(ValueError, match="drain must be a number of seconds"):
        Listening(drain=-1)


# scikit-learn's searches


FOREIGN = ["randomized", "grid", "halving grid", "halving random"]


@needs_callbacks
@pytest.mark.parametrize("kind", FOREIGN)
def test_scikit_learn_s_searches_are_followed(kind):
    tracker, search = Listening(), searches()[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.set_callbacks(tracker).fit(X, y)
    kinds = [type(event) for event in tracker.events]
    assert (kinds[0], kinds[-1]) == (SearchBegan, FitEnded)
    n_candidates = len(search.cv_results_["params"])
    assert len(tracker.of(CandidateEnded)) == n_candidates
    assert len(tracker.of(FoldEnded)) == 3 * n_candidates
    if "halving" not in kind:
        assert tracker.events[0].n_candidates == n_candidates
    scores = [e.observation.split_scores["score"].mean() for e in tracker.of(CandidateEnded)]
    np.testing.assert_allclose(scores, search.cv_results_["mean_test_score"])


@needs_callbacks
@pytest.mark.parametrize("space", [{"C": [1.0, 2.0]}, [{"C": [1.0]}, {"l1_ratio": [0.1]}]])
def test_a_randomized_search_of_lists_ends_with_these(space):
    tracker = Listening()
    search = RandomizedSearchCV(Quick(), space, n_iter=5, cv=2).set_callbacks(tracker)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's, of the same
        search.fit(X, y)
    assert tracker.events[0].n_candidates == len(search.cv_results_["params"]) == 2


@pytest.mark.parametrize("kind", [*FOREIGN, "bayes", "racing", "failing"])
def test_any_fitted_search_can_be_logged(kind):
    search = searches()[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)
    tracker = Listening()
    log_search(search, tracker)
    assert len(tracker.of(CandidateEnded)) == len(search.cv_results_["params"])
    seconds = [event.observation.seconds for event in tracker.of(CandidateEnded)]
    record = read_search(search)
    np.testing.assert_allclose(np.nansum(seconds, axis=1), record.seconds)
    if kind == "racing":
        assert "dropped" in record.status
        np.testing.assert_array_equal(np.isfinite(seconds), np.isfinite(record.split_scores))
    assert tracker.is_finished
    assert tracker.threads == {threading.get_ident()}
    ends = [event.time for event in tracker.of(CandidateEnded)]
    begins = [event.time for event in tracker.of(CandidateBegan)]
    assert all(a <= b for a, b in zip(begins, ends, strict=True))


def test_log_search_raises_what_went_wrong():
    search = GridSearchCV(Quick(), {"C": [1.0, 2.0]}, cv=2).fit(X, y)
    with pytest.raises(ConnectionError):
        log_search(search, Failing("begin"))
    with pytest.raises(TypeError, match="tracker must be one of"):
        log_search(search, print)


# The queue


def fold(number):
    return FoldEnded(None, float(number))


def test_a_full_queue_drops_the_oldest_folds_and_counts_them(monkeypatch):
    monkeypatch.setattr(mailbox_module, "MAX_EVENTS", 5)
    release, written, has_begun = threading.Event(), [], threading.Event()

    def write(event):
        has_begun.set()
        release.wait()
        written.append(event.time)

    box = Mailbox(write, lambda: None, "test")
    box.put(fold(0))
    has_begun.wait()  # the thread holds event 0, so the queue is empty
    ended = CandidateEnded(None, 1.0)
    box.put(ended)
    for number in range(2, 12):
        box.put(fold(number))
    release.set()
    assert box.close(10.0) == 0
    assert written == [0.0, 1.0, 8.0, 9.0, 10.0, 11.0]
    assert box.n_dropped == 6


def test_what_is_told_by_candidates_is_never_dropped(monkeypatch):
    monkeypatch.setattr(mailbox_module, "MAX_EVENTS", 2)
    release, written = threading.Event(), []

    def write(event):
        release.wait()
        written.append(event)

    box = Mailbox(write, lambda: None, "test")
    for number in range(9):
        box.put(CandidateEnded(None, float(number)))
    release.set()
    assert box.close(10.0) == 0
    assert len(written) == 9
