"""``python -m sktune report``: journals that grow, are cut, are none; and what it refuses."""

import json
import os
import pickle
import re
import subprocess
import sys
import threading
import time
import warnings
from types import SimpleNamespace

import joblib
import numpy as np
import pytest
from scipy.stats import loguniform, norm, randint, uniform
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune import AnnealingSearchCV, BayesSearchCV
from sktune._search._command import _background, _command_line
from sktune._search._command._command_line import main
from sktune._search._command._from_journal import source_from_journal, value_from
from sktune.exceptions import JournalError
from sktune.inspection import read_search
from sktune.space import log_randint
from tests.inspection._searches import SPACE, Quick, Texts, X, json_in, y

# Small budgets end on the edge of a range.
pytestmark = pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")

SPACES = {
    "numbers": SPACE,
    "lists": {"C": [0.1, 1.0, 10.0], "fit_intercept": [True, False], "l1_ratio": [0.1, 0.9]},
    "arrays": {
        "C": np.logspace(-1, 1, 3),
        "fit_intercept": np.array([True, False]),
        "l1_ratio": range(2),
    },
    "long lists": {"C": np.linspace(0.1, 10, 3000), "l1_ratio": [k / 2000 for k in range(2000)]},
    "branches of arrays": [{"C": np.logspace(-1, 1, 9)}, {"l1_ratio": np.array([0.5, 1.0])}],
    "discrete": {"C": randint(1, 9), "l1_ratio": np.array([0, 0.5], dtype=object)},
    "branches": [{"C": loguniform(1e-2, 1e2)}, {"l1_ratio": uniform(0, 1)}],
}


def journal_of(path, space=SPACE, search_class=BayesSearchCV, **options):
    given = {"n_iter": 9, "cv": 3, "random_state": 0} | options
    return search_class(Quick(), space, journal=path, **given).fit(X, y)


@pytest.mark.parametrize("search_class", [BayesSearchCV, AnnealingSearchCV])
@pytest.mark.parametrize("kind", SPACES)
def test_a_journal_tells_what_its_search_tells(tmp_path, kind, search_class):
    path = tmp_path / "j"
    search = journal_of(path, SPACES[kind], search_class)
    own, source = read_search(search), source_from_journal(path)
    found = source.record
    assert found.names == own.names
    assert not found.is_inferred
    assert list(found.settings) == list(own.settings)
    assert found.status == own.status
    np.testing.assert_allclose(found.split_scores, own.split_scores)
    np.testing.assert_allclose(found.scores, own.scores)
    np.testing.assert_allclose(found.seconds, own.seconds)
    assert (found.best_index, found.default_index) == (own.best_index, own.default_index)
    assert source.kind == search_class.__name__
    assert source.stop_reason == search.stop_reason_
    assert not source.is_running


def test_a_journal_of_before_has_places_for_the_values_of_arrays(tmp_path):
    path = tmp_path / "j"
    search = journal_of(path, SPACES["arrays"])
    header, *lines = path.read_text().splitlines()
    del (old := json.loads(header))["lists"]
    path.write_text("\n".join([json.dumps(old, separators=(",", ":")), *lines, ""]))
    assert re.fullmatch(r"choice \d", repr(source_from_journal(path).record.settings[0]["C"]))
    again = journal_of(path, SPACES["arrays"], n_iter=10)
    assert again.cv_results_["params"][:9] == search.cv_results_["params"]


def test_the_page_of_a_journal_is_that_of_its_search(tmp_path, capsys):
    search = journal_of(tmp_path / "j")
    assert main(["report", str(tmp_path / "j"), "-o", str(tmp_path / "a.html")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "a.html")
    data = json_in((tmp_path / "a.html").read_text("utf-8"))
    assert data["title"] == "BayesSearchCV of Quick"
    assert data["summary"]["best_score"] == pytest.approx(search.best_score_, rel=1e-5)
    assert data["summary"]["n_fits"] == search.n_fits_
    assert data["importance"]["names"]
    assert (data["repeat"]["cv"], data["repeat"]["seed"]) == ("3", "0")


def test_json(tmp_path, capsys):
    search = journal_of(tmp_path / "j", n_iter=4)
    assert main(["report", str(tmp_path / "j"), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["summary"]["best_index"] == search.best_index_


def test_metrics(tmp_path, capsys):
    search = BayesSearchCV(
        LogisticRegression(),
        {"C": loguniform(1e-2, 1e2)},
        n_iter=4,
        cv=2,
        scoring=["accuracy", "f1"],
        refit="f1",
        random_state=0,
        journal=tmp_path / "j",
    ).fit(X, y)
    for options, name in (([], "f1"), (["--metric", "accuracy"], "accuracy")):
        assert main(["report", str(tmp_path / "j"), "--json", *options]) == 0
        found = json.loads(capsys.readouterr().out)["summary"]
        assert found["metric"] == name
        best = search.cv_results_[f"mean_test_{name}"].max()
        assert found["best_score"] == pytest.approx(best, rel=1e-5)
    assert main(["report", str(tmp_path / "j"), "--metric", "r2"]) == 2
    assert "metric must be one of ['accuracy', 'f1'], got 'r2'" in capsys.readouterr().err


def test_objects_are_shown_by_name_and_never_made(tmp_path):
    space = {"ridge__alpha": loguniform(1e-2, 1e2), "scaler": [StandardScaler(), "passthrough"]}
    pipeline = make_pipeline(StandardScaler(), Ridge())
    pipeline.steps[0] = ("scaler", StandardScaler())
    search = BayesSearchCV(pipeline, space, n_iter=5, cv=2, random_state=0, journal=tmp_path / "j")
    search.fit(X, y)
    source = source_from_journal(tmp_path / "j")
    shown = {repr(setting["scaler"]) for setting in source.record.settings}
    assert shown <= {"StandardScaler", "'passthrough'"}
    assert source.record.evaluation.estimator.display_name == "Pipeline"


EVIL = ["os.system", "rv_histogram", "__class__", "seterr", "distributions", "norm.__init__", ""]


@pytest.mark.parametrize("name", EVIL)
def test_only_distributions_are_looked_up(tmp_path, name):
    path = tmp_path / "j"
    journal_of(path, n_iter=3)
    text = path.read_text().replace('"distribution":"loguniform"', f'"distribution":"{name}"')
    text = re.sub(r'"distribution":"(reciprocal|loguniform)"', f'"distribution":"{name}"', text)
    path.write_text(text)
    assert source_from_journal(path).record.is_inferred


@pytest.mark.parametrize(
    "distribution", [loguniform(1, 9), randint(1, 9), norm(0, 1), uniform(1, 2), log_randint(1, 99)]
)
def test_distributions_are_built_again(tmp_path, distribution):
    search = BayesSearchCV(Ridge(), {"alpha": distribution}, n_iter=3, cv=2, random_state=0)
    search.set_params(journal=tmp_path / "j", error_score=0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)
    (found,) = source_from_journal(tmp_path / "j").record.space.dimensions
    assert found.is_same_as(search.optimizer_.space.dimensions[0])


def test_descriptions_are_words():
    assert value_from({"tuple": [1, {"estimator": "a.b.C", "params": {}}]})[0] == 1
    assert repr(value_from({"function": "mod.f", "source": "..."})) == "f"


# Files that are none, or are damaged


def test_a_journal_cut_anywhere_is_read_up_to_the_cut(tmp_path):
    path, cut = tmp_path / "j", tmp_path / "cut"
    journal_of(path, n_iter=3)
    data = path.read_bytes()
    whole = source_from_journal(path)
    ends = [i + 1 for i, byte in enumerate(data) if byte == 10]
    n_seen = 0
    for end in [*ends[:-1:2], ends[3] + 7, ends[-2] + 1]:
        cut.write_bytes(data[:end])
        found = source_from_journal(cut)
        n_seen += found is not None
        assert found is None or found.is_running
        assert found is None or found.n_done.sum() <= whole.n_done.sum()
    assert n_seen > 3
    lines = data.split(b"\n")
    cut.write_bytes(b"\n".join([*lines[:4], b"{damaged", *lines[5:]]))
    assert source_from_journal(cut).n_done.sum() == 2


NONE = {
    "pickle": (pickle.dumps({"a": 1}), "--unpickle"),
    "joblib": (None, "--unpickle"),
    "text": (b"hello\nworld\n", "is not a journal of sktune"),
    "empty": (b"", "It is empty"),
    "json": (b'{"a": 1}\n', "is not a journal of sktune"),
    "other format": (b'{"sktune_journal":99,"fingerprint":{}}\n', "format 99"),
    "damaged header": (b'{"sktune_journal":2,"fingerprint":3}\n', "is not a journal"),
    "no folds": (
        b'{"sktune_journal":2,"fingerprint":{},"drawn":{"seed":1,"splits":[]}}\n',
        "it has no folds",
    ),
    "wrong folds": (b'{"sktune_journal":2,"fingerprint":{},"drawn":7}\n', "is damaged"),
}


@pytest.mark.parametrize("kind", NONE)
def test_what_is_no_journal_is_told_in_one_line(tmp_path, capsys, kind):
    data, text = NONE[kind]
    path = tmp_path / "f"
    if data is None:
        joblib.dump({"a": 1}, path)
    else:
        path.write_bytes(data)
    assert main(["report", str(path), "-o", str(tmp_path / "a.html")]) == 3
    error = capsys.readouterr().err
    assert text in error
    assert error.count("\n") == 1
    assert not (tmp_path / "a.html").exists()


USAGE = [
    [],
    ["report"],
    ["report", "nowhere"],
    ["report", ".", "--watch", "0"],
    ["report", ".", "--watch", "nan"],
    ["report", ".", "--watch", "soon"],
    ["report", ".", "--unpickle"],
    ["report", ".", "--watch", "1", "--json"],
    ["plot", "x"],
]


def test_a_journal_without_a_finished_fold(tmp_path, capsys):
    path = tmp_path / "j"
    journal_of(path, n_iter=3)
    path.write_bytes(path.read_bytes().split(b"\n")[0] + b"\n")
    assert main(["report", str(path), "-o", str(tmp_path / "a.html")]) == 2
    assert "has no finished fold yet" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", USAGE, ids=map(" ".join, USAGE))
def test_bad_usage(arguments, capsys):
    assert main(arguments) == 2
    assert capsys.readouterr().err


def test_a_page_that_cannot_be_written(tmp_path, capsys, monkeypatch):
    journal_of(tmp_path / "j", n_iter=3)
    monkeypatch.setattr(_command_line, "make_report", lambda *_: pytest.fail("the work has begun"))
    assert main(["report", str(tmp_path / "j"), "-o", str(tmp_path / "no" / "a.html")]) == 2
    assert f"there is no folder {str(tmp_path / 'no')!r}" in capsys.readouterr().err


def test_a_pickle_is_opened_where_that_is_asked_for(tmp_path):
    path, page = tmp_path / "s.joblib", tmp_path / "a.html"
    search = BayesSearchCV(Ridge(), {"alpha": uniform(0, 1)}, n_iter=3, cv=2, random_state=0)
    joblib.dump(search.fit(X, y), path)
    assert main(["report", str(path), "-o", str(page)]) == 3
    assert main(["report", str(path), "-o", str(page), "--unpickle"]) == 0
    assert "BayesSearchCV of Ridge" in page.read_text("utf-8")
    path.write_bytes(b"nonsense")
    assert main(["report", str(path), "-o", str(page), "--unpickle"]) == 3


@pytest.mark.parametrize(
    "kept, code", [({"a": 1}, 3), (Ridge(), 3), (BayesSearchCV(Ridge(), {}), 2)]
)
def test_a_pickle_of_no_fitted_search(tmp_path, capsys, kept, code):
    joblib.dump(kept, tmp_path / "s")
    assert main(["report", str(tmp_path / "s"), "--unpickle", "-o", str(tmp_path / "a")]) == code
    assert "fitted" in capsys.readouterr().err


def test_a_metric_that_the_journal_does_not_have(tmp_path, capsys):
    journal_of(tmp_path / "j", n_iter=2)
    assert main(["report", str(tmp_path / "j"), "--metric", "f1", "--json"]) == 2
    assert "metric must be one of ['score'], got 'f1'" in capsys.readouterr().err


def test_a_folder_gives_a_list_and_a_page_each(tmp_path, capsys):
    folder = tmp_path / "journals"
    folder.mkdir()
    for seed in (0, 1):
        journal_of(folder, n_iter=3, random_state=seed)
    (folder / "other.jsonl").write_text("nothing\n")
    page = tmp_path / "all.html"
    assert main(["report", str(folder), "-o", str(page)]) == 0
    assert "other.jsonl is not a journal" in capsys.readouterr().err
    links = [value for name, value in Texts(page.read_text("utf-8")).attributes if name == "href"]
    assert len(links) == 2
    assert all((tmp_path / link).exists() for link in links)
    (tmp_path / "empty").mkdir()
    assert main(["report", str(tmp_path / "empty")]) == 3


def test_what_cannot_be_read_in_a_folder_leaves_the_others(tmp_path, capsys):
    folder = tmp_path / "journals"
    (folder / "folder.jsonl").mkdir(parents=True)
    os.symlink(tmp_path / "nowhere", folder / "link.jsonl")
    journal_of(folder / "good.jsonl", n_iter=2)
    ended_without_a_fold(folder / "ended.jsonl")
    assert main(["report", str(folder), "-o", str(tmp_path / "all.html")]) == 0
    told = capsys.readouterr().err
    assert all(name in told for name in ("folder.jsonl", "link.jsonl", "ended.jsonl"))
    assert (tmp_path / "all-good.html").exists()


def ended_without_a_fold(path):
    search = BayesSearchCV(Quick(fails_above=-1.0), SPACE, journal=path, error_score="raise")
    with pytest.raises(ValueError, match="too large"):
        search.fit(X, y)


# While it is written


def test_watch_follows_a_journal_to_its_end(tmp_path):
    path, page = tmp_path / "j", tmp_path / "a.html"
    journal_of(path, n_iter=4)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:4]))
    codes = []
    watcher = threading.Thread(
        target=lambda: codes.append(main(["report", str(path), "-o", str(page), "--watch", "0.1"]))
    )
    watcher.start()
    wait_for(lambda: page.exists())
    first = json_in(page.read_text("utf-8"))
    assert first["summary"]["is_running"]
    assert first["watch"] == 0.1
    for number in range(4, len(lines)):
        append(path, lines[number : number + 1])
    watcher.join(120)
    assert codes == [0]
    last = json_in(page.read_text("utf-8"))
    assert not last["summary"]["is_running"]
    assert "watch" not in last
    assert last["summary"]["n_candidates"] == 4


@pytest.mark.parametrize("options", [[], ["--watch", "0.1"]])
def test_a_search_that_ended_without_a_fold_is_not_waited_for(tmp_path, capsys, options):
    ended_without_a_fold(tmp_path / "j")
    assert main(["report", str(tmp_path / "j"), "-o", str(tmp_path / "a.html"), *options]) == 2
    assert "ended before any of its folds" in capsys.readouterr().err


def test_watch_follows_a_folder_to_its_end(tmp_path, monkeypatch):
    """A search that has just begun is waited for; one that has ended is explained once."""
    folder, page, made = tmp_path / "journals", tmp_path / "a.html", []
    folder.mkdir()
    journal_of(folder / "new.jsonl", n_iter=3)
    lines = (folder / "new.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "new.jsonl").write_bytes(lines[0])
    make_report = _command_line.make_report

    def counted(source, **given):
        if not source.is_running:
            made.append(source)
        return make_report(source, **given)

    monkeypatch.setattr(_command_line, "make_report", counted)
    naps = []

    def goes_on(seconds):
        """Each nap brings the folder one step further."""
        naps.append(seconds)
        if len(naps) == 2:
            assert not page.exists()
            journal_of(folder / "old.jsonl", n_iter=2)
        if len(naps) == 4:
            append(folder / "new.jsonl", lines[1:3])
        if len(naps) == 6:
            assert "new.jsonl" in page.read_text("utf-8")
            append(folder / "new.jsonl", lines[3:])

    clock = SimpleNamespace(sleep=goes_on, monotonic=time.monotonic)
    monkeypatch.setattr(_command_line, "time", clock)
    assert main(["report", str(folder), "-o", str(page), "--watch", "0.1"]) == 0
    assert naps == [0.1] * 6
    assert len(made) == 2
    assert not json_in((tmp_path / "a-new.html").read_text("utf-8"))["summary"]["is_running"]


def test_no_page_waits_for_a_model(tmp_path, monkeypatch):
    """Models come to a page when they are fitted, and the page of the end has its own."""
    path, page = tmp_path / "j", tmp_path / "a.html"
    journal_of(path, n_iter=8)
    lines = path.read_bytes().splitlines(keepends=True)
    ends = [n for n, line in enumerate(lines, 1) if b'"kind":"fold"' in line][-6:-3]
    path.write_bytes(b"".join(lines[: ends[0]]))
    may_fit, explain = threading.Event(), _background.explain

    def explain_late(source):
        assert may_fit.wait(120)
        return explain(source)

    monkeypatch.setattr(_background, "explain", explain_late)
    arguments = ["report", str(path), "-o", str(page), "--watch", "0.1"]
    watcher = threading.Thread(target=main, args=(arguments,))
    watcher.start()
    n_fits = {}
    for begin, end in zip([ends[0], *ends], ends, strict=False):
        append(path, lines[begin:end])
        before = list(n_fits)

        def is_newer(before=before):
            found = json_in(page.read_text("utf-8")) if page.exists() else None
            if found is None or found["summary"]["n_fits"] in before:
                return False
            n_fits[found["summary"]["n_fits"]] = "importance" in found
            return True

        wait_for(is_newer)
    assert list(n_fits.values()) == [False, False, False]
    may_fit.set()
    wait_for(lambda: "importance" in json_in(page.read_text("utf-8")))
    assert json_in(page.read_text("utf-8"))["importance"]["n_candidates"] < 8
    append(path, lines[ends[-1] :])
    watcher.join(120)
    last = json_in(page.read_text("utf-8"))
    assert last["importance"]["n_candidates"] == 8
    assert "watch" not in last


def test_a_search_that_has_ended_is_explained_once(tmp_path, monkeypatch):
    path, page, begun = tmp_path / "j", tmp_path / "a.html", []
    journal_of(path)
    monkeypatch.setattr(_background, "explain", begun.append)
    assert main(["report", str(path), "-o", str(page), "--watch", "0.1"]) == 0
    assert begun == []
    assert json_in(page.read_text("utf-8"))["importance"]["n_candidates"] == 9


def append(path, lines):
    with open(path, "ab") as file:
        file.write(b"".join(lines))


def wait_for(condition, limit=120.0):
    """Wait for what another thread does."""
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.01)


def test_reading_neither_locks_nor_changes(tmp_path):
    path = tmp_path / "j"
    seen = []

    class Reading(Quick):
        def fit(self, X, y):
            if path.exists() and len(seen) < 6:
                seen.append(source_from_journal(path))
            return super().fit(X, y)

    search = BayesSearchCV(Reading(), SPACE, n_iter=5, cv=3, random_state=0, journal=path)
    search.fit(X, y)
    counts = [0 if source is None else int(source.n_done.sum()) for source in seen]
    assert counts == sorted(counts)
    assert counts[-1] > 0
    before = path.read_bytes()
    assert not source_from_journal(path).is_running
    assert path.read_bytes() == before


def test_a_search_that_goes_on_runs_again(tmp_path):
    path = tmp_path / "j"
    journal_of(path, n_iter=3)
    before = path.read_bytes()
    journal_of(path, n_iter=3)  # nothing is left to do
    assert path.read_bytes() == before
    journal_of(path, n_iter=5)
    source = source_from_journal(path)
    assert len(source.status) == 5
    assert source.stop_reason == "n_iter"


def test_a_journal_of_another_format_is_an_error(tmp_path):
    (tmp_path / "j").write_text("no\n")
    with pytest.raises(JournalError, match="is not a journal"):
        source_from_journal(tmp_path / "j")


@pytest.mark.slow
def test_the_program(tmp_path):
    journal_of(tmp_path / "j", n_iter=3)
    command = [sys.executable, "-m", "sktune", "report", str(tmp_path / "j"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["summary"]["n_candidates"] == 3
