"""Weights & Biases offline; and what is written, by a run that only remembers."""

import sys

import numpy as np
import pytest

from sktune import BayesSearchCV
from sktune.callbacks import WandbTracker, log_search
from sktune.exceptions import MissingDependencyError
from tests.callbacks._followed import CASES, follow
from tests.inspection._searches import SPACE, Quick, X, y

# Small budgets end on the edge of a range.
pytestmark = pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")

wandb = pytest.importorskip("wandb", reason="wandb is not installed (extra wandb)")


class Run:
    """Remembers."""

    def __init__(self, **given):
        self.given, self.logged, self.summary, self.code, self.id = given, [], {}, None, "id"

    def log(self, row):
        self.logged.append(row)

    def finish(self, exit_code=0):
        self.code = exit_code


@pytest.fixture
def runs(monkeypatch):
    made = []

    def init(**given):
        made.append(Run(**given))
        return made[-1]

    monkeypatch.setattr(wandb, "init", init)
    monkeypatch.setattr(wandb, "Table", lambda columns, data: (columns, data))
    return made


@pytest.mark.parametrize("case", CASES)
def test_one_run_for_the_search(runs, tmp_path, case):
    search = follow(WandbTracker("project", mode="offline"), case, tmp_path)
    (run,) = runs
    results, first = search.cv_results_, 3 if case == "resumed" else 0
    assert run.code == 0
    assert run.given["config"]["space"].keys() == SPACE.keys()
    assert (run.given["project"], run.given["mode"]) == ("project", "offline")
    rows = {row["candidate"]: row for row in run.logged[:-1]}
    assert sorted(rows) == list(range(first, len(results["params"])))
    for number, row in rows.items():
        mean = results["mean_test_score"][number]
        if np.isfinite(mean):
            assert row["mean_score"] == pytest.approx(mean)
    columns, data = run.logged[-1]["candidates"]
    assert len(data) == len(rows)
    assert {"param_C", "status"} <= set(columns)
    assert run.summary["best_score"] == pytest.approx(search.best_score_, rel=1e-5)
    assert run.summary["best_candidate"] == search.best_index_


def test_each_candidate_a_run(runs):
    search = BayesSearchCV(Quick(), SPACE, n_iter=3, cv=3, random_state=0)
    search.set_callbacks(WandbTracker(sweep=True)).fit(X, y)
    parent, *candidates = runs
    assert [run.given["name"] for run in candidates] == [
        "candidate 0",
        "candidate 1",
        "candidate 2",
    ]
    assert {run.given["group"] for run in candidates} == {parent.id}
    for number, run in enumerate(candidates):
        assert run.summary["mean_score"] == search.cv_results_["mean_test_score"][number]
        assert len(run.logged) == 3  # epochs


def test_an_error_ends_the_run_as_failed(runs):
    search = BayesSearchCV(Quick(fails_above=-1.0), SPACE, n_iter=2, cv=2)
    with pytest.raises(ValueError, match="fits failed"):
        search.set_callbacks(WandbTracker()).fit(X, y)
    assert runs[0].code == 1


@pytest.mark.slow
def test_offline(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_SILENT", "true")
    search = BayesSearchCV(Quick(), SPACE, n_iter=3, cv=3, random_state=0).fit(X, y)
    log_search(search, WandbTracker("p", mode="offline", dir=str(tmp_path)))
    (written,) = tmp_path.rglob("run-*.wandb")
    assert written.stat().st_size > 0


def test_without_wandb(monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(MissingDependencyError, match=r"\[wandb\]"):
        WandbTracker()
