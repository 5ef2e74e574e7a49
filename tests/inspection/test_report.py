"""The report of a search: each number against one computed another way, and hostile texts."""

import os
import re
import traceback
import warnings
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.linear_model import LogisticRegression

from sktune.inspection import (
    annealing_trace,
    compare_to_default,
    epoch_curves,
    explain_gain,
    hyperparameter_importance,
    read_search,
    score_dependence,
    search_report,
    search_trace,
)
from sktune.inspection._report import _failures, explain, make_report, write_atomically
from sktune.inspection._report._candidates import unpacked
from sktune.inspection._report._source import few_enough, read_source
from tests.inspection._records import record_of, uniform_record
from tests.inspection._searches import Texts, X, json_in, searches, y

pytestmark = pytest.mark.slow

KINDS = list(searches())
OURS = ["bayes", "annealing", "racing", "failing"]


def close(a, b, rel=1e-4):
    """Whether numbers of a page, rounded, are those; null stands for nan."""
    a = np.array([np.nan if v is None else v for v in np.ravel(np.array(a, dtype=object))], float)
    np.testing.assert_allclose(a, np.ravel(np.asarray(b, dtype=float)), rtol=rel, atol=1e-12)


@pytest.fixture(scope="module")
def fitted():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: search.fit(X, y) for name, search in searches().items()}


@pytest.fixture(scope="module")
def reports(fitted):
    # scikit-learn's grid draws its folds again; a halving search cannot.
    return {name: search_report(search, X=X, y=y) for name, search in fitted.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_holds_its_numbers_and_is_well_formed(reports, kind):
    report = reports[kind]
    assert json_in(report.html) == report.data
    page = Texts(report.html)
    assert not page.open
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    links = [value[1:] for name, value in page.attributes if name == "href"]
    assert set(links) <= set(ids)
    assert {"summary", "candidates", "repeat"} <= set(links)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_comes_from_elsewhere(reports, kind):
    page = Texts(reports[kind].html)
    assert not [pair for pair in page.attributes if pair[0] in ("src", "srcset", "data", "action")]
    assert all(value.startswith("#") for name, value in page.attributes if name == "href")
    assert not re.search(r"url\(|@import|https?://", reports[kind].html)


@pytest.mark.parametrize("kind", KINDS)
def test_no_section_is_empty(reports, kind):
    for section in re.findall(r"<section.*?</section>", reports[kind].html, flags=re.DOTALL):
        assert len(re.sub(r"<h2.*?</h2>|<[^>]+>", "", section).strip()) > 10


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_is_cv_results(fitted, reports, kind):
    results, found = fitted[kind].cv_results_, reports[kind].data["candidates"]
    columns = {name: unpacked(column) for name, column in found["columns"].items()}
    record = read_search(fitted[kind])
    is_complete = np.array(record.status) == "complete"
    close(np.array(columns["score"])[is_complete], results["mean_test_score"][is_complete])
    close(np.array(columns["std"])[is_complete], results["std_test_score"][is_complete])
    for name, column in found["params"].items():
        for row, value in enumerate(unpacked(column)):
            own = results["params"][row].get(name)
            if isinstance(own, float):
                assert value == pytest.approx(own, rel=1e-4)
            else:
                assert value == own
    assert sorted(found["order"]) == list(range(len(results["params"])))
    assert found["order"][0] == fitted[kind].best_index_
    spent = results["mean_fit_time"] + results["mean_score_time"]
    close(columns["seconds"], np.where(columns["folds"], spent * columns["folds"], 0.0), rel=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_the_summary(fitted, reports, kind):
    search, found = fitted[kind], reports[kind].data["summary"]
    n_done = search.cv_results_.get("n_splits_done")
    n_fits = (
        len(search.cv_results_["params"]) * search.n_splits_ if n_done is None else n_done.sum()
    )
    assert found["n_fits"] == n_fits
    assert found["best_index"] == search.best_index_
    close(found["best_score"], search.best_score_)
    assert found["refit_time"] == pytest.approx(search.refit_time_, rel=1e-4)
    if kind in OURS:
        assert found["stop_reason"] == search.stop_reason_
        assert found["search_time"] == pytest.approx(search.search_time_, rel=1e-4)
    if "verdict" in found:
        own = compare_to_default(read_search(search), X, y)
        for name in ("difference", "low", "high", "expected_score", "default_score"):
            close(found[name], getattr(own, name))
        assert found["verdict"] == own.verdict
    else:
        assert kind.startswith("halving")


def test_the_verdict_is_told_wherever_the_default_is_known(reports):
    told = {kind for kind, report in reports.items() if "verdict" in report.data["summary"]}
    assert {"bayes", "annealing", "racing", "randomized", "grid"} <= told


@pytest.mark.parametrize("kind", ["bayes", "randomized", "halving random"])
def test_what_mattered_is_what_the_functions_say(fitted, reports, kind):
    data, record = reports[kind].data, read_search(fitted[kind])
    own = hyperparameter_importance(record)
    found = data["importance"]
    at = [own.names.index(name) for name in found["names"]]
    for name in ("shares", "low", "high"):
        close(found[name], getattr(own, name)[at])
    assert found["shares"] == sorted(found["shares"], reverse=True)
    for first, second, share in found["pairs"]:
        i, j = own.names.index(first), own.names.index(second)
        assert share > 0.05
        close(share, own.pairs[i, j])
    for one in data["dependence"]["single"]:
        dependence = score_dependence(record, one["names"][0])
        for name in ("mean", "low", "high", "scores"):
            close(one[name], getattr(dependence, name))


def test_the_gain_is_what_the_function_says(fitted, reports):
    own, found = explain_gain(read_search(fitted["bayes"])), reports["bayes"].data["gain"]
    at = [own.names.index(name) for name in found["names"]]
    close(found["shares"], own.shares[at])
    close(sum(found["shares"]), own.expected_gain, rel=1e-3)
    close(found["start_score"], own.start_score)


@pytest.mark.parametrize("kind", ["bayes", "racing", "randomized"])
def test_the_course_is_the_best_so_far(fitted, reports, kind):
    trace, found = search_trace(fitted[kind]), reports[kind].data["course"]
    close(found["best"], trace.best[found["candidates"]])
    assert found["best"][-1] == pytest.approx(np.nanmax(trace.best), rel=1e-4)
    assert found["n_fits"] == reports[kind].data["summary"]["n_fits"]
    assert len(found["expected"]) == len(found["best"])


def test_a_grid_has_no_course(reports):
    assert "course" not in reports["grid"].data
    assert "course" not in reports["halving random"].data


def test_a_record_with_rungs_has_no_course():
    # Scores with less of the resource are of another kind: the best so far would mix them.
    scores = [0.9, 0.8, 0.5, 0.6, 0.4, 0.7]
    rows = [{"a": i} for i in range(6)]
    record = record_of(rows, scores, {"a": list(range(6))}, default_index=2)
    assert "course" in search_report(record).data
    by_rungs = replace(record, resources=np.array([1.0, 1.0, 3.0, 3.0, 3.0, 3.0]))
    assert "course" not in search_report(by_rungs).data


def test_times(fitted, reports):
    found, search = reports["bayes"].data["time"], fitted["bayes"]
    log = search.fold_log_
    assert found["n_workers"] == 1
    assert found["timeline"]["n_folds"] == search.n_fits_
    close(found["timeline"]["ends"], log.finished)
    close(found["span"], log.finished.max())
    # One worker: it was idle before the first fold and between a fold's end and the next one.
    begins = np.maximum(log.submitted, np.r_[0.0, log.finished[:-1]])
    close(found["utilisation"], (log.finished - begins).sum() / log.finished.max(), rel=1e-3)
    saved = reports["racing"].data["time"]["n_saved"]
    assert saved == 9 * 3 - fitted["racing"].n_fits_
    assert "n_saved" not in found


def test_learning_curves_and_annealing(fitted, reports):
    own = epoch_curves(fitted["bayes"])
    found = reports["bayes"].data["curves"]
    for row, curve in zip(found["candidates"], found["curves"], strict=True):
        close(curve, np.nanmedian(own.curves[row], axis=0))
    moves, drawn = annealing_trace(fitted["annealing"]), reports["annealing"].data["annealing"]
    close(drawn["temperatures"], moves.temperatures[drawn["candidates"]])
    assert "annealing" not in reports["bayes"].data
    assert "curves" not in reports["grid"].data


def of_scikit_learn():
    LogisticRegression().fit(np.full_like(X, np.nan), y)


def with_nothing_in_its_first_line():
    raise ValueError("\n  it is 7\n\nSee https://example.org")


def with_a_cause():
    try:
        of_scikit_learn()
    except ValueError as error:
        raise RuntimeError("no fit:\n  C=3") from error


@pytest.mark.parametrize(
    "fails, reason",
    [
        (of_scikit_learn, "ValueError: Input X contains NaN."),
        (with_nothing_in_its_first_line, "ValueError: it is …"),
        (with_a_cause, "RuntimeError: no fit: C=…"),
        (lambda: 1 / 0, "ZeroDivisionError: division by zero"),
    ],
)
def test_the_reason_of_a_failure_is_its_error(fails, reason):
    """Not the last line, which may be a link."""
    try:
        fails()
    except Exception:
        assert _failures._reason(traceback.format_exc()) == reason
    assert _failures._reason("Its worker died.\n") == "Its worker died."


def test_failures_are_grouped_with_what_they_share(fitted, reports):
    search, found = fitted["failing"], reports["failing"].data["failures"]
    has_failed = np.array([params["C"] > 5.0 for params in search.cv_results_["params"]])
    assert found["n_failed"] == has_failed.sum() >= 2
    (group,) = found["groups"]
    assert "is too large" in group["traceback"]
    assert "Traceback" in group["traceback"]
    assert group["candidates"] == np.flatnonzero(has_failed).tolist()
    shared = group["shared"]
    assert (shared["name"], shared["sign"]) == ("C", ">=")
    assert (shared["n_failed"], shared["n_worked"]) == (has_failed.sum(), 0)
    assert any(piece["kind"] == "failures" for piece in reports["failing"].data["advice"])
    assert "failures" not in reports["bayes"].data


def test_the_call_is_code(fitted, reports):
    call = reports["bayes"].data["repeat"]["call"]
    assert call.startswith("BayesSearchCV(\n    Quick(),\n    {'C': loguniform(0.001, 100.0), ")
    assert "n_iter=9," in call
    assert "racing" not in call
    assert " at 0x" not in "".join(report.html for report in reports.values())
    compile(call, "call", "eval")


def test_no_data_in_the_page():
    record = uniform_record(lambda points: points[:, 0], 2, 12)
    data = np.array([[271828.18, 314159.26], [1.0, 2.0]])
    page = search_report(record, X=data, y=np.array([161803.39, 0.0])).html
    assert "digest" in page
    assert not re.search("271828|314159|161803", page)


# Advice


def test_the_next_range_holds_the_optimum():
    record = uniform_record(lambda p: -((p[:, 0] - 0.7) ** 2) * 4, 2, 40, noise=0.01)
    (piece,) = [p for p in search_report(record).data["advice"] if p["kind"] == "next range"]
    ranges = {found["name"]: found for found in piece["ranges"]}
    assert ranges["x0"]["low"] < 0.7 < ranges["x0"]["high"]
    assert ranges["x0"]["high"] - ranges["x0"]["low"] < 0.5
    assert "x1" not in ranges


def test_a_setting_as_good_and_cheaper_is_named():
    rng = np.random.default_rng(0)
    scores = np.array([[0.90, 0.92, 0.91], [0.91, 0.91, 0.905], [0.2, 0.2, 0.1]])
    scores = np.vstack([scores, 0.3 + 0.05 * rng.random((5, 3))])
    rows = [{"x": float(i) / 10} for i in range(8)]
    seconds = np.array([10.0, 1.0, 0.1, 1, 1, 1, 1, 1])
    record = record_of(rows, scores, {"x": uniform(0, 1)}, seconds=seconds, default_index=None)
    data = search_report(record).data
    assert data["candidates"]["tied"] == [1]
    (piece,) = [p for p in data["advice"] if p["kind"] == "cheaper"]
    assert piece["candidate"] == 1


@pytest.mark.parametrize("direction, n_edges", [(1.0, 1), (0.0, 0)])
def test_an_edge_is_named_for_searches_that_do_not_look_themselves(direction, n_edges):
    record = uniform_record(lambda p: -np.abs(p[:, 0] - 0.5 - direction), 1, 30)
    best = record.settings[record.best_index]["x0"]
    texts = [p for p in search_report(record).data["advice"] if p["kind"] == "edge"]
    assert len(texts) == (best > 0.98) == n_edges


class Nasty:
    def __init__(self, number):
        self.number = number

    def __repr__(self):
        raise RuntimeError("no words")


def test_values_of_any_kind_are_shown():
    values = [Nasty(0), np.arange(10**6), lambda x: x, np.float64(0.1), None, 10**400]
    rows = [{"v": values[i % 6], "w": float(i)} for i in range(12)]
    record = record_of(rows, np.linspace(0, 1, 12), {"v": values, "w": list(map(float, range(12)))})
    page = search_report(record).html
    assert "&lt;Nasty&gt;" in page
    assert len(page) < 200_000


def test_of_many_candidates_a_part_is_modelled():
    record = uniform_record(lambda p: p[:, 0] - 0.1 * p[:, 1], 2, 1200, noise=0.01)
    source = read_source(record)
    few = few_enough(source)
    assert 200 <= len(few.record.scores) <= 202
    assert few.record.scores[few.record.best_index] == record.scores[record.best_index]
    assert few.record.settings[few.record.default_index] == record.settings[0]
    best = np.sort(record.scores)[-100:]
    assert set(best) <= set(few.record.scores)


def test_models_of_fewer_candidates_say_nothing_of_another_winner():
    record = uniform_record(lambda p: p[:, 0] - 0.1 * p[:, 1], 2, 40, noise=0.01)
    few = 12
    assert record.best_index >= few
    rows = list(record.settings[:few])
    scores = record.split_scores[:few]
    earlier = record_of(rows, scores, {"x0": uniform(0, 1), "x1": uniform(0, 1)})
    explained = explain(read_source(earlier))
    assert explained.gain is not None
    report = make_report(read_source(record), explained=explained)
    assert report.data["importance"]["n_candidates"] == few
    assert report.data["summary"]["best_index"] == record.best_index
    assert "gain" not in report.data
    assert "expected_score" not in report.data["summary"]
    assert "gain" in make_report(read_source(earlier), explained=explained).data


# Few candidates, and none that worked


@pytest.mark.parametrize("scores", [[0.5], [0.5, 0.5], [np.nan, np.nan], [0.1, np.nan, 0.3, 0.2]])
def test_few_candidates(scores):
    rows = [{"a": i} for i in range(len(scores))]
    record = record_of(rows, scores, {"a": list(range(len(scores)))}, default_index=None)
    report = search_report(record)
    assert not Texts(report.html).open
    assert ("best_score" in report.data["summary"]) == (not np.isnan(scores).all())


@pytest.mark.parametrize(
    "scores, default, reason",
    [
        ([0.1, 0.2, 0.3], 0, "At least 5 candidates with a finite score are needed"),
        ([0.5] * 6, 0, "All 6 candidates have the same score"),
        ([0.1, 0.2, 0.3, 0.5, 0.4, 0.6], None, "own setting is not among the candidates"),
    ],
)
def test_what_is_left_out_has_a_reason(scores, default, reason):
    rows = [{"a": i} for i in range(len(scores))]
    space = {"a": list(range(len(scores)))}
    report = search_report(record_of(rows, scores, space, default_index=default))
    texts = [piece["text"] for piece in report.data["advice"] if piece["kind"] == "unknown"]
    assert len(texts) == 1
    assert reason in texts[0]
    assert texts[0] in " ".join(Texts(report.html).texts)


def test_reasons_of_a_search_by_rungs(fitted):
    search = fitted["halving random"]
    assert read_search(search).default_index is None
    texts = [piece["text"] for piece in search_report(search).data["advice"]]
    assert any("with the largest resource" in text for text in texts)


# Files


def test_a_path_that_cannot_be_written_is_told_before_the_work(tmp_path):
    class Search:
        @property
        def cv_results_(self):
            raise AssertionError("the work has begun")

    with pytest.raises(FileNotFoundError):
        search_report(Search(), tmp_path / "none" / "a.html")
    with pytest.raises(IsADirectoryError, match="the path of a file"):
        search_report(Search(), tmp_path)


def test_files_are_whole_or_not_there(tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    write_atomically(path, "before")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "after")
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["page.html"]


def test_save(reports, tmp_path):
    reports["grid"].save(tmp_path / "a.html")
    assert (tmp_path / "a.html").read_text("utf-8") == reports["grid"].html
    assert repr(reports["grid"]).startswith("Report(")
