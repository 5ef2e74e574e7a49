"""The progress line: what it says, and where."""

import io
import re
import sys
import warnings

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.linear_model import SGDClassifier

from sktune import BayesSearchCV, HyperbandSearchCV
from sktune._records import Candidate, FoldResult, Observation
from sktune._records._events import CandidateBegan, CandidateEnded, FoldEnded, SearchBegan
from sktune.callbacks import SearchProgress, log_search
from sktune.exceptions import MissingDependencyError
from sktune.inspection import _shown
from tests.callbacks._followed import CASES, N_ITER, follow
from tests.inspection._searches import SPACE, Quick, X, searches, y

# Small budgets end on the edge of a range.
pytestmark = pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")


@pytest.mark.parametrize("case", CASES)
def test_lines_in_a_log(case, tmp_path):
    file = io.StringIO()
    search = follow(SearchProgress("lines", file=file), case, tmp_path)
    text = file.getvalue()
    assert "\r" not in text
    lines = text.splitlines()
    assert len(lines) <= 11
    assert lines[-1].startswith("100 %")
    assert f"{search.n_fits_} fits" in lines[-1]
    assert "done in" in lines[-1]
    best = re.search(r"best ([\d.]+) \(#(\d+)\)", lines[-1])
    assert int(best[2]) == search.best_index_
    assert float(best[1]) == pytest.approx(search.best_score_, abs=1e-4)
    if case == "racing":
        saved = 3 * N_ITER - search.n_fits_
        assert f"{saved} saved" in lines[-1]
    if case == "failing":
        n_failed = int(np.isnan(search.cv_results_["mean_test_score"]).sum())
        assert f"{n_failed} candidates failed" in lines[-1]
    shares = [int(line.split(" %")[0]) for line in lines]
    assert shares == sorted(shares)


def test_the_best_is_one_of_the_last_rung():
    """On few rows scores are higher here, but no such setting can win."""
    file = io.StringIO()
    search = HyperbandSearchCV(
        Quick(),
        SPACE,
        resource="n_samples",
        min_resource=10,
        n_iter=4,
        cv=3,
        random_state=0,
        scoring=falls_with_rows,
    )
    search.set_callbacks(SearchProgress("lines", file=file))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)
    assert search.best_score_ < search.cv_results_["mean_test_score"].max()
    best = re.search(r"best (\S+) \(#(\d+)\)", file.getvalue().splitlines()[-1])
    assert int(best[2]) == search.best_index_
    assert best[1] == _shown.number(search.best_score_)


def test_a_search_by_epochs_counts_its_budget():
    """Its candidates cost unlike, and their greatest number is many times that of those to come."""
    file = io.StringIO()
    search = HyperbandSearchCV(
        SGDClassifier(random_state=0),
        {"alpha": loguniform(1e-6, 1e1)},
        resource="epochs",
        max_resource=9,
        n_iter=6,
        cv=3,
        random_state=0,
    )
    search.set_callbacks(SearchProgress("lines", file=file)).fit(X, y)
    shares = [int(line.split(" %")[0]) for line in file.getvalue().splitlines()]
    assert max(np.diff([0, *shares])) < 30
    assert len(shares) >= 5


def test_time_left_of_a_search_by_epochs(monkeypatch):
    from sktune.callbacks import _progress

    clock, progress = Clock(), SearchProgress("lines")
    monkeypatch.setattr(_progress, "time", clock)
    event = SearchBegan(
        HyperbandSearchCV(Quick(), SPACE), 0.0, n_candidates=99, n_splits=2, n_units=20
    )
    progress._begin(event)
    for number, resource in enumerate([1, 1, 3]):
        candidate = Candidate(number, {"C": 1.0}, (), 0, "model", resource)
        observation = Observation(candidate, {"score": np.full(2, 0.5)}, "complete")
        progress._course.add(CandidateEnded(observation, 0.0))
    clock.now += 10.0
    assert progress.share == pytest.approx(0.25)
    assert progress.time_left == pytest.approx(30.0)


def falls_with_rows(estimator, X, y):
    return estimator.score(X, y) - estimator.rows_ / 100


class Clock:
    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


def told(progress, n_ended, n_splits=2, status="complete", max_time=None, elapsed=0.0):
    """A progress that has heard of candidates, a second a fold."""
    search = BayesSearchCV(Quick(), SPACE, max_time=max_time)
    event = SearchBegan(search, 0.0, n_candidates=10, n_splits=n_splits, elapsed=elapsed)
    progress._begin(event)
    for number in range(n_ended):
        candidate = Candidate(number, {"C": 1.0}, (), 0, "random")
        progress._course.add(CandidateBegan(candidate, 0.0))
        n_run = 1 if status == "dropped" else n_splits
        for split in range(n_run):
            progress._course.add(FoldEnded(FoldResult(number, split, 0.5, None, 1.0, 0.0), 0.0))
        scores = np.where(np.arange(n_splits) < n_run, 0.5, np.nan)
        observation = Observation(candidate, {"score": scores}, status)
        progress._course.add(CandidateEnded(observation, 0.0))
    return progress


@pytest.mark.parametrize(
    "n_ended, status, max_time, left",
    [
        (2, "complete", None, None),
        (3, "complete", None, 14.0),  # 7 candidates of 2 folds, a second each
        (4, "complete", None, 12.0),
        (4, "dropped", None, 6.0),  # one fold each
        (4, "complete", 10.0, 2.0),
    ],
)
def test_time_left(monkeypatch, n_ended, status, max_time, left):
    from sktune.callbacks import _progress

    clock = Clock()
    monkeypatch.setattr(_progress, "time", clock)
    progress = told(SearchProgress("lines"), n_ended, status=status, max_time=max_time)
    clock.now += n_ended * (1 if status == "dropped" else 2)
    assert progress.time_left == (None if left is None else pytest.approx(left))
    assert ("left" in progress.text()) == (left is not None)


def test_the_time_of_earlier_sessions_counts(monkeypatch):
    from sktune.callbacks import _progress

    clock = Clock()
    monkeypatch.setattr(_progress, "time", clock)
    progress = told(SearchProgress("lines"), 3, max_time=100.0, elapsed=85.0)
    clock.now += 6.0
    assert progress.share == pytest.approx(0.91)
    assert progress.time_left == pytest.approx(9.0)


def test_a_bar_in_a_terminal():
    pytest.importorskip("rich")

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    file = Terminal()
    progress = SearchProgress(file=file)
    assert progress._kind == "bar"
    search = BayesSearchCV(Quick(), SPACE, n_iter=4, cv=3, random_state=0)
    search.set_callbacks(progress).fit(X, y)
    assert "100 %" in file.getvalue()
    assert "best" in file.getvalue()


def test_html_in_a_notebook(monkeypatch):
    shown = []

    class Handle:
        def update(self, html):
            shown.append(html)

    module = type(sys)("IPython.display")
    module.HTML, module.display = str, lambda html, display_id: Handle()
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    search = BayesSearchCV(Quick(), SPACE, n_iter=3, cv=3, random_state=0)
    search.set_callbacks(SearchProgress("notebook")).fit(X, y)
    assert 'value="1.000"' in shown[-1]
    assert "best" in shown[-1]


@pytest.mark.parametrize("kind", ["grid", "halving random", "randomized"])
def test_other_searches_afterwards(kind):
    file, search = io.StringIO(), searches()[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)
    log_search(search, SearchProgress("lines", file=file))
    n_fits = 3 * len(search.cv_results_["params"])
    assert file.getvalue().startswith(f"100 %  {n_fits} fits  best")


def test_bad_displays(monkeypatch):
    with pytest.raises(ValueError, match="display must be one of"):
        SearchProgress("window")
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    with pytest.raises(MissingDependencyError, match=r"\[progress\]"):
        SearchProgress("bar")
    assert SearchProgress("lines")._kind == "lines"
