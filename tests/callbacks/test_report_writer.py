"""A page that is written while a search runs."""

from dataclasses import dataclass
from typing import Any

import pytest

from sktune import BayesSearchCV
from sktune.callbacks import ReportWriter, _pace, _report_writer, log_search
from sktune.callbacks._pace import Pace
from sktune.exceptions import TrackerWarning
from tests.callbacks._followed import CASES, follow
from tests.inspection._searches import SPACE, Quick, X, json_in, y

# Small budgets end on the edge of a range.
pytestmark = pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")


@dataclass
class Page:
    """In place of a report: the models of each would take their time."""

    source: Any
    given: dict
    html: str = "page"


@pytest.fixture
def pages(monkeypatch):
    """All pages that are made, one at every event."""
    made = []

    def make_page(source, **given):
        made.append(Page(source, given))
        return made[-1]

    monkeypatch.setattr(_report_writer.Pace, "is_due", True)
    monkeypatch.setattr(_report_writer, "make_report", make_page)
    return made


@pytest.mark.parametrize("case", ["racing", "failing", "resumed"])
def test_pages_while_it_runs(pages, tmp_path, case):
    assert case in CASES
    search = follow(ReportWriter(tmp_path / "a.html", every=5.0), case, tmp_path)
    *live, last = [page.source for page in pages]
    assert len(live) > 5
    assert all(source.is_running for source in live)
    n_done = [int(source.n_done.sum()) for source in live]
    assert n_done == sorted(n_done)
    assert n_done[-1] == search.n_fits_
    assert live[-1].record.best_index == search.best_index_
    assert (live[-1].cv, live[-1].seed) == (last.cv, last.seed) == ("3", "0")
    assert not last.is_running
    assert pages[0].given["watch"] == 5.0
    assert pages[-1].given["watch"] is None


def test_the_last_page_is_that_of_the_search(tmp_path):
    path = tmp_path / "a.html"
    search = BayesSearchCV(Quick(), SPACE, n_iter=4, cv=3, random_state=0)
    search.set_callbacks(ReportWriter(path, title="mine")).fit(X, y)
    data = json_in(path.read_text("utf-8"))
    assert data["title"] == "mine"
    assert data["summary"]["best_score"] == pytest.approx(search.best_score_, rel=1e-5)
    assert "watch" not in data
    path.unlink()
    log_search(search, ReportWriter(path))
    assert json_in(path.read_text("utf-8"))["summary"]["n_fits"] == search.n_fits_


@pytest.mark.usefixtures("pages")
def test_a_full_disk_is_told_once_and_the_search_goes_on(tmp_path, monkeypatch):
    def full(path, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_report_writer, "write_atomically", full)
    search = BayesSearchCV(Quick(), SPACE, n_iter=3, cv=3, random_state=0)
    with pytest.warns(TrackerWarning, match="No space left on device") as caught:
        search.set_callbacks(ReportWriter(tmp_path / "a.html")).fit(X, y)
    assert len(caught) == 1
    assert search.n_fits_ == 9


@pytest.mark.parametrize("error_score", ["raise", float("nan")])
def test_a_page_does_not_run_on_after_an_error(tmp_path, error_score):
    path = tmp_path / "a.html"
    search = BayesSearchCV(Quick(fails_above=-1.0), SPACE, n_iter=2, error_score=error_score)
    if error_score == "raise":
        search.set_params(estimator__fails_above=5.0, n_iter=20, random_state=0)
    with pytest.raises(ValueError, match="too large"):
        search.set_callbacks(ReportWriter(path)).fit(X, y)
    data = json_in(path.read_text("utf-8"))
    assert not data["summary"]["is_running"]
    assert "watch" not in data


def test_a_search_whose_page_cannot_be_written_afterwards(tmp_path, monkeypatch):
    def full(path, text):
        raise OSError(28, "No space left on device")

    search = BayesSearchCV(Quick(), SPACE, n_iter=2, cv=3, random_state=0).fit(X, y)
    monkeypatch.setattr(_report_writer, "write_atomically", full)
    with pytest.raises(OSError, match="No space left"):
        log_search(search, ReportWriter(tmp_path / "a.html"))


def test_bad_arguments(tmp_path):
    with pytest.raises(FileNotFoundError):
        ReportWriter(tmp_path / "no" / "a.html")
    with pytest.raises(ValueError, match="every must be a number of seconds above 0"):
        ReportWriter(tmp_path / "a.html", every=0)


def test_work_takes_a_hundredth_of_the_time(monkeypatch):
    class Clock:
        now = 0.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(_pace, "time", clock)
    pace, spent = Pace(10.0), 0.0
    while clock.now < 20_000.0:
        clock.now += 1.0
        if pace.is_due:
            with pace.work():
                clock.now += 5.0
                spent += 5.0
    assert 0.005 < spent / clock.now <= 0.01
    pace = Pace(10.0)
    with pace.work():
        clock.now += 0.01
    clock.now += 9.0
    assert not pace.is_due
    clock.now += 1.0
    assert pace.is_due
