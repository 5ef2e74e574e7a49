"""MLflow: a file store, a dead server, and autologging."""

import json
import sys
import types
from typing import ClassVar

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.pipeline import Pipeline

from sktune import BayesSearchCV
from sktune._search._callbacks import _autologging
from sktune.callbacks import MLflowTracker, log_search
from sktune.exceptions import MissingDependencyError, TrackerWarning
from tests.callbacks._followed import CASES, N_ITER, follow
from tests.inspection._searches import SPACE, Quick, X, y

# Small budgets end on the edge of a range.
pytestmark = pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")

mlflow = pytest.importorskip("mlflow", reason="mlflow is not installed (extra mlflow)")


@pytest.fixture
def client(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    mlflow.set_tracking_uri((tmp_path / "store").as_uri())
    return mlflow.MlflowClient()


def runs_in(client):
    """The parent and its candidates, by number."""
    ids = [experiment.experiment_id for experiment in client.search_experiments()]
    runs = client.search_runs(ids, max_results=1000)
    (parent,) = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    children = {
        int(run.info.run_name.removeprefix("candidate ")): run
        for run in runs
        if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id
    }
    return parent, children


def check_runs(client, search, n_earlier=0):
    parent, children = runs_in(client)
    results = search.cv_results_
    assert sorted(children) == list(range(n_earlier, len(results["params"])))
    is_done = results.get("n_splits_done", np.full(len(results["params"]), 3)) == 3
    for row, run in children.items():
        for name, value in results["params"][row].items():
            own = run.data.params[name]
            assert json.loads(own) == pytest.approx(value, rel=1e-5)
        has_failed = np.isnan(results["mean_test_score"][row]) and is_done[row]
        status = "FAILED" if has_failed else "FINISHED" if is_done[row] else "KILLED"
        assert run.info.status == status
        assert parent.info.start_time <= run.info.start_time <= run.info.end_time
        if status == "FINISHED":
            mean = results["mean_test_score"][row]
            assert run.data.metrics["mean_score"] == pytest.approx(mean)
            folds = client.get_metric_history(run.info.run_id, "fold_score")
            own = [results[f"split{split}_test_score"][row] for split in range(3)]
            assert [m.value for m in sorted(folds, key=lambda m: m.step)] == pytest.approx(own)
            curve = client.get_metric_history(run.info.run_id, "val_loss")
            assert [m.step for m in curve] == [1, 2, 3]
    assert parent.data.metrics["best_score"] == pytest.approx(search.best_score_)
    for name, value in search.best_params_.items():
        assert json.loads(parent.data.params[f"best_{name}"]) == pytest.approx(value, rel=1e-5)
    return parent


@pytest.mark.parametrize("case", CASES)
def test_every_candidate_is_a_run(client, tmp_path, case):
    search = follow(MLflowTracker(), case, tmp_path)
    parent = check_runs(client, search, n_earlier=3 if case == "resumed" else 0)
    assert parent.info.status == "FINISHED"
    assert mlflow.active_run() is None
    names = {artifact.path for artifact in client.list_artifacts(parent.info.run_id)}
    assert names == {"cv_results.json", "report.html"}
    best = client.get_metric_history(parent.info.run_id, "best_so_far")
    values = [m.value for m in sorted(best, key=lambda m: m.step)]
    assert values == sorted(values)
    if case == "plain":
        assert values[-1] == pytest.approx(search.best_score_)
        text = mlflow.artifacts.load_text(f"runs:/{parent.info.run_id}/cv_results.json")
        table = json.loads(text)
        own = search.cv_results_["mean_test_score"]
        assert table["mean_test_score"] == pytest.approx(own.tolist())


def test_an_active_run_is_the_parent_and_stays_open(client, tmp_path):
    with mlflow.start_run(run_name="mine") as run:
        search = follow(MLflowTracker(report=False), "plain", tmp_path)
        assert mlflow.active_run().info.run_id == run.info.run_id
        assert client.get_run(run.info.run_id).info.status == "RUNNING"
    assert check_runs(client, search).info.run_id == run.info.run_id


def test_a_second_search_in_a_run_has_a_run_of_its_own(client, tmp_path):
    with mlflow.start_run(run_name="mine") as outer:
        for seed in (0, 1):
            search = BayesSearchCV(Quick(), SPACE, n_iter=3, cv=3, random_state=seed)
            search.set_callbacks(MLflowTracker(run_name="second")).fit(X, y)
    runs = client.search_runs([outer.info.experiment_id])
    (second,) = [run for run in runs if run.info.run_name == "second"]
    assert second.data.tags["mlflow.parentRunId"] == outer.info.run_id
    assert second.data.metrics["best_score"] == pytest.approx(search.best_score_)
    assert second.info.status == "FINISHED"
    assert len(client.list_artifacts(outer.info.run_id)) == 2
    assert len(client.list_artifacts(second.info.run_id)) == 2
    for parent in (outer, second):
        tags = [run.data.tags.get("mlflow.parentRunId") for run in runs]
        assert tags.count(parent.info.run_id) == 3 + (parent is outer)


def test_names_may_be_any_text(client):
    step = "my, step (1)/é"
    search = BayesSearchCV(
        Pipeline([("../s", "passthrough"), (step, Quick())]),
        {f"{step}__C": loguniform(1e-3, 1e2)},
        n_iter=2,
        cv=3,
        random_state=0,
        scoring={"acc (%)": "accuracy", "a/../f1, macro": "f1_macro"},
        refit="acc (%)",
    )
    search.set_callbacks(MLflowTracker()).fit(X, y)
    parent, children = runs_in(client)
    assert parent.info.status == "FINISHED"
    assert "my_ step _1__é__C" in children[0].data.params
    assert "mean_a_.._f1_ macro" in children[0].data.metrics


def test_a_search_is_logged_afterwards(client):
    search = BayesSearchCV(Quick(), SPACE, n_iter=5, cv=3, random_state=0).fit(X, y)
    log_search(search, MLflowTracker("other", run_name="later"))
    parent = check_runs(client, search)
    assert client.get_experiment(parent.info.experiment_id).name == "other"
    assert parent.info.run_name == "later"


def test_a_dead_server(client, tmp_path):
    tracker = MLflowTracker("e", tracking_uri="http://127.0.0.1:9", drain=20.0)
    with pytest.warns(TrackerWarning, match="MLflowTracker"):
        search = follow(tracker, "plain", tmp_path)
    assert len(search.cv_results_["params"]) == N_ITER


# Autologging


class CountingQuick(Quick):
    """Looks at MLflow's switch while it is fitted."""

    seen: ClassVar[list[bool]] = []

    def fit(self, X, y):
        flag = sys.modules[_autologging._MODULE]._AUTOLOGGING_GLOBALLY_DISABLED
        self.seen.append(flag)
        return super().fit(X, y)


@pytest.mark.parametrize("before", [True, False])
def test_autologging_is_muted_and_put_back(monkeypatch, before):
    module = pytest.importorskip(_autologging._MODULE)
    monkeypatch.setattr(module, _autologging._FLAG, before)
    monkeypatch.setitem(module.AUTOLOGGING_INTEGRATIONS, "sklearn", {"disable": True})
    CountingQuick.seen.clear()
    BayesSearchCV(CountingQuick(), SPACE, n_iter=2, cv=2, random_state=0).fit(X, y)
    assert CountingQuick.seen == [True] * 5
    assert getattr(module, _autologging._FLAG) is before


def test_who_autologs_is_told_once_what_to_use(monkeypatch):
    module = pytest.importorskip(_autologging._MODULE)
    monkeypatch.setattr(_autologging, "_has_warned", False)
    monkeypatch.setattr(module, _autologging._FLAG, False)
    monkeypatch.setitem(module.AUTOLOGGING_INTEGRATIONS, "sklearn", {"disable": False})
    search = BayesSearchCV(Quick(), SPACE, n_iter=2, cv=2, random_state=0)
    with pytest.warns(TrackerWarning, match="MLflowTracker"):
        search.fit(X, y)
    search.fit(X, y)


def test_autologging_is_muted_where_a_search_fails(monkeypatch):
    module = types.ModuleType("autologging")
    module._AUTOLOGGING_GLOBALLY_DISABLED = False
    monkeypatch.setitem(sys.modules, _autologging._MODULE, module)
    with pytest.raises(ValueError, match="All the 6 fits failed"):
        BayesSearchCV(Quick(fails_above=-1.0), SPACE, n_iter=3, cv=2).fit(X, y)
    assert module._AUTOLOGGING_GLOBALLY_DISABLED is False


@pytest.mark.parametrize("before", [True, False])
def test_autologging_is_put_back_after_searches_in_threads(monkeypatch, before):
    # The second begins within the first and ends after it.
    module = types.ModuleType("autologging")
    module._AUTOLOGGING_GLOBALLY_DISABLED = before
    monkeypatch.setitem(sys.modules, _autologging._MODULE, module)
    first, second = _autologging.muted_autologging(), _autologging.muted_autologging()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert module._AUTOLOGGING_GLOBALLY_DISABLED is True
    second.__exit__(None, None, None)
    assert module._AUTOLOGGING_GLOBALLY_DISABLED is before


def test_without_mlflow(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(MissingDependencyError, match=r"\[mlflow\]"):
        MLflowTracker()
