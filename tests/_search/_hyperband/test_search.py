"""``HyperbandSearchCV``: the contract of all searches, and what is its own."""

import os
from typing import ClassVar

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.stats import uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler

from sktune import HyperbandSearchCV, best_by_model
from sktune.exceptions import SearchInterruptedWarning, StateLostWarning
from tests.contracts.search_contract import SearchContract, rows
from tests.universe._sample import sampled

X, Y = rows(30)

pytestmark = pytest.mark.filterwarnings(
    "ignore::sktune.exceptions.EdgeOfRangeWarning", "ignore::sktune.exceptions.NoSavingsWarning"
)


class TestContract(SearchContract):
    search_class = HyperbandSearchCV
    more_columns: ClassVar[set[str]] = {
        "resource",
        "parent",
        "n_splits_done",
        "mean_partial_test_score",
    }


class Learner(ClassifierMixin, BaseEstimator):
    """Comes nearer to its `level` with each epoch, and counts those of all."""

    n_epochs = 0
    n_until_end = np.inf
    on_epoch = None

    def __init__(self, level=0.0, kind="good", max_iter=27, tol=1.0):
        self.level = level
        self.kind = kind
        self.max_iter = max_iter
        self.tol = tol

    def partial_fit(self, X, y, classes=None):
        if Learner.n_epochs >= Learner.n_until_end:
            raise SystemExit
        Learner.n_epochs += 1
        if Learner.on_epoch is not None:
            Learner.on_epoch()
        self.epochs_ = getattr(self, "epochs_", 0) + 1
        self.classes_ = np.unique(y) if classes is None else classes
        self.state_ = np.zeros(1000)
        if self.kind == "bad" and self.epochs_ > 1:
            raise ValueError("a bad kind")
        return self

    def fit(self, X, y):
        raise AssertionError("it is trained by partial_fit")

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def score(self, X, y):
        if self.kind == "nan":
            return np.nan
        return self.level - 1 / self.epochs_ + 0.001 * X[:, 0].mean()


@pytest.fixture(autouse=True)
def count_anew(monkeypatch):
    for name, value in (("n_epochs", 0), ("n_until_end", np.inf), ("on_epoch", None)):
        monkeypatch.setattr(Learner, name, value)


def make(estimator=None, space=None, **params):
    settings = {"n_iter": 3, "cv": 2, "random_state": 0, "resource": "epochs"}
    estimator = Learner() if estimator is None else estimator
    return HyperbandSearchCV(estimator, space or {"level": uniform()}, **settings | params)


def table(search):
    """The table without its times, in a form that can be compared."""
    columns = {k: v for k, v in search.cv_results_.items() if "_time" not in k and k != "params"}
    return {k: [repr(v) for v in np.ma.filled(column, None)] for k, column in columns.items()}


def newly_trained(search):
    """Epochs on each fold: of each row those beyond its parent's."""
    resources, parents = search.cv_results_["resource"], search.cv_results_["parent"]
    return sum(r - (resources[p] if p >= 0 else 0) for r, p in zip(resources, parents, strict=True))


STRATEGIES = ["model", "asha", "halving", "hyperband"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_rungs_are_rows_of_the_table(strategy):
    search = make(strategy=strategy).fit(X, Y)
    found = search.cv_results_
    assert search.rungs_ == (1, 3, 9, 27)
    assert set(found["resource"]) <= set(search.rungs_)
    assert 27 in found["resource"]
    for row, parent in enumerate(found["parent"]):
        if parent >= 0:
            assert parent < row
            assert found["params"][parent] == found["params"][row]
            assert found["resource"][parent] < found["resource"][row]
    # Nothing is trained twice, and the budget counts what is newly trained.
    assert Learner.n_epochs == 2 * newly_trained(search) + search.best_resource_
    assert 3 * 27 <= newly_trained(search) < 3 * 27 + 18
    assert len({params["level"] for params in found["params"]}) >= 10
    assert_array_equal(found["n_splits_done"], 2)


def test_the_winner_is_fully_trained():
    search = make().fit(X, Y)
    found = search.cv_results_
    top = found["resource"] == 27
    assert search.best_score_ == found["mean_test_score"][top].max()
    assert search.best_resource_ == 27
    assert search.best_estimator_.epochs_ == 27
    assert search.refit_params_ == {"max_iter": 27}
    assert found["rank_test_score"][top].max() == top.sum() < found["rank_test_score"][~top].min()
    order = np.lexsort((-found["mean_test_score"], -found["resource"]))
    assert_array_equal(found["rank_test_score"][order], np.arange(1, len(order) + 1))


class Tiring(Learner):
    """Is best after three epochs."""

    def score(self, X, y):
        return self.level - abs(self.epochs_ - 3)


def test_any_row_may_win():
    top = make(Tiring()).fit(X, Y)
    search = make(Tiring(), winner="any").fit(X, Y)
    assert top.best_resource_ == 27
    assert search.best_resource_ == 3
    assert search.best_estimator_.epochs_ == 3
    assert search.best_score_ == search.cv_results_["mean_test_score"].max()
    assert search.best_index_ != top.best_index_


def test_the_model_may_choose_among_all_rows():
    search = make(Tiring(), winner="any", refit=best_by_model).fit(X, Y)
    assert search.best_resource_ == 3
    assert search.best_estimator_.epochs_ == 3


def test_a_function_as_refit_is_given_the_rows_that_may_win():
    shown = []

    def choose(results):
        shown.append(results["resource"])
        return int(np.argmax(results["mean_test_score"]))

    for winner, resources in (("top", {27}), ("any", {1, 3, 9, 27})):
        search = make(refit=choose, winner=winner).fit(X, Y)
        assert set(shown.pop()) == resources
        assert search.best_resource_ in resources


def test_several_metrics():
    scoring = {"level": lambda e, X, y: e.level, "epochs": lambda e, X, y: e.epochs_}
    search = make(scoring=scoring, refit="level").fit(X, Y)
    found = search.cv_results_
    assert_array_equal(found["mean_test_epochs"], found["resource"])
    assert found["mean_test_level"][search.best_index_] == max(
        found["mean_test_level"][found["resource"] == 27]
    )
    for name in ("level", "epochs"):
        assert (found[f"rank_test_{name}"] == 1)[found["resource"] == 27].any()


FAILURES = [(s, kind) for s in STRATEGIES for kind in ("bad", "nan")]


@pytest.mark.parametrize("strategy, kind", sampled(FAILURES, 3))
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
def test_what_fails_is_not_promoted(strategy, kind):
    space = {"level": uniform(), "kind": ["good", kind]}
    search = make(space=space, strategy=strategy, n_iter=5).fit(X, Y)
    found = search.cv_results_
    failed = np.isnan(found["mean_test_score"])
    assert failed.any()
    assert not np.isin(np.flatnonzero(failed), found["parent"]).any()
    assert search.best_params_["kind"] == "good"
    assert found["rank_test_score"][failed].min() > (~failed).sum()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
def test_where_full_training_always_fails_the_best_below_wins():
    class Late(Learner):
        def partial_fit(self, X, y, classes=None):
            if getattr(self, "epochs_", 0) >= 9:
                raise ValueError("too much")
            return super().partial_fit(X, y, classes)

    search = make(Late()).fit(X, Y)
    assert search.best_resource_ == 9
    assert search.best_estimator_.epochs_ == 9


def test_racing_compares_rows_of_one_rung():
    search = make(Learner(), racing=True, n_iter=6, cv=4).fit(X, Y)
    found = search.cv_results_
    assert (found["n_splits_done"] < 4).any()
    # With scores of all rungs in one race no setting of the first rung would be complete.
    for rung in search.rungs_[:2]:
        assert (found["n_splits_done"][found["resource"] == rung] == 4).any()
    assert found["n_splits_done"][search.best_index_] == 4
    assert search.best_resource_ == 27


@pytest.mark.parametrize("strategy", sampled(STRATEGIES, 2))
def test_what_racing_has_dropped_is_not_trained_further(strategy):
    class Noisy(Learner):
        def score(self, X, y):
            return super().score(X, y) + 0.3 * np.sin(1e4 * self.level * (1 + X[0, 0]))

    search = make(Noisy(), racing=True, n_iter=8, cv=4, strategy=strategy).fit(X, Y)
    found = search.cv_results_
    dropped = np.flatnonzero(found["n_splits_done"] < 4)
    assert len(dropped)
    assert not np.isin(dropped, found["parent"]).any()


def test_a_search_that_ends_early_takes_the_highest_rung_that_it_has():
    def stop():
        if Learner.n_epochs == 30:
            search.stop()

    search = make()
    Learner.on_epoch = stop
    with pytest.warns(SearchInterruptedWarning):
        search.fit(X, Y)
    found = search.cv_results_
    done = found["resource"][found["n_splits_done"] == 2]
    assert search.best_resource_ == done.max() < 27
    assert search.best_estimator_.epochs_ == search.best_resource_


# States


def test_a_resumed_search_trains_nothing_again(tmp_path):
    whole = make().fit(X, Y)
    n_whole = Learner.n_epochs
    journal = tmp_path / "search.jsonl"
    assert table(make(journal=journal).fit(X, Y)) == table(whole)
    assert os.listdir(tmp_path) == ["search.jsonl"]
    for n_until_end in (5, 40, 100):
        journal = tmp_path / f"{n_until_end}.jsonl"
        Learner.n_epochs, Learner.n_until_end = 0, n_until_end
        with pytest.raises(SystemExit):
            make(journal=journal).fit(X, Y)
        Learner.n_until_end = np.inf
        resumed = make(journal=journal).fit(X, Y)
        assert table(resumed) == table(whole)
        # What the fold in progress had trained is lost, at most one rung of it.
        assert n_whole <= Learner.n_epochs <= n_whole + 18
        assert not os.path.exists(f"{journal}.states")


@pytest.mark.filterwarnings("error")
def test_a_state_that_is_gone_is_trained_again(tmp_path):
    whole = make().fit(X, Y)
    Learner.n_epochs = 0
    # With a journal states are files, of which none has room.
    with pytest.warns(StateLostWarning) as caught:
        search = make(journal=tmp_path / "a.jsonl", state_limit=0).fit(X, Y)
    assert len(caught) == 1
    assert table(search) == table(whole)
    assert Learner.n_epochs == 2 * search.cv_results_["resource"].sum() + 27


@pytest.mark.filterwarnings("ignore::sktune.exceptions.StateLostWarning")
def test_files_of_states_stay_below_their_limit(tmp_path):
    sizes = []
    limit = 40_000  # of a state some 8,300

    def look():
        folders = [path for path in tmp_path.iterdir() if path.is_dir()]
        sizes.append(sum(f.stat().st_size for folder in folders for f in folder.iterdir()))

    Learner.on_epoch = look
    make(journal=tmp_path / "a.jsonl", state_limit=limit).fit(X, Y)
    assert limit / 2 < max(sizes) <= limit
    assert os.listdir(tmp_path) == ["a.jsonl"]


def test_the_folder_of_the_user_is_left_empty(tmp_path):
    folder = tmp_path / "mine"
    with joblib.parallel_config(backend="loky", n_jobs=2):
        make(state_folder=folder).fit(X, Y)
    assert os.listdir(folder) == []


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_states_travel_between_workers(backend):
    with joblib.parallel_config(backend=backend, n_jobs=2):
        search = make().fit(X, Y)
    found = search.cv_results_
    means = [X[test][:, 0].mean() for _, test in search.cv_.split(X, Y)]
    for split, mean in enumerate(means):
        levels = np.array([params["level"] for params in found["params"]])
        expected = levels - 1 / found["resource"] + 0.001 * mean
        np.testing.assert_allclose(found[f"split{split}_test_score"], expected)
    assert (found["parent"] >= 0).any()


def test_folds_of_one_setting_go_on_from_their_own_states():
    class Remembering(Learner):
        def partial_fit(self, X, y, classes=None):
            seen = getattr(self, "seen_", None)
            assert seen is None or np.array_equal(seen, X)
            self.seen_ = X
            return super().partial_fit(X, y, classes)

    search = make(Remembering(), cv=KFold(3, shuffle=True, random_state=0), error_score="raise")
    assert search.fit(X, Y).best_resource_ == 27


@pytest.mark.skipif(os.name != "posix", reason="folders have no such rights")
@pytest.mark.parametrize("place", ["state_folder", "journal"])
def test_a_folder_that_others_can_write_to_is_refused(place, tmp_path):
    folder = tmp_path / "a.jsonl.states"
    folder.mkdir()
    folder.chmod(0o777)
    where = {"state_folder": folder} if place == "state_folder" else {}
    with pytest.raises(ValueError, match=r"must be one that only you can write to"):
        make(journal=tmp_path / "a.jsonl", **where).fit(X, Y)
    assert Learner.n_epochs == 0
    assert os.listdir(tmp_path) == ["a.jsonl.states"]


@pytest.mark.parametrize("below", [(), ("a",), ("a", "b")])
def test_a_state_folder_that_cannot_be_made_is_refused(below, tmp_path):
    """Before the journal is begun."""
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ValueError, match="must be a folder"):
        make(journal=tmp_path / "j", state_folder=tmp_path.joinpath("file", *below)).fit(X, Y)
    assert Learner.n_epochs == 0
    assert os.listdir(tmp_path) == ["file"]


def test_a_state_of_another_search_is_not_loaded(tmp_path):
    journal = tmp_path / "a.jsonl"
    Learner.n_until_end = 60
    with pytest.raises(SystemExit):
        make(journal=journal).fit(X, Y)
    Learner.n_until_end = np.inf
    journal.unlink()
    # What a search left behind in the folder of a journal that begins anew.
    Learner.n_epochs = 0
    search = make(journal=journal, random_state=1).fit(X, Y)
    assert Learner.n_epochs == 2 * newly_trained(search) + search.best_resource_
    assert table(search) == table(make(random_state=1).fit(X, Y))


def test_who_cannot_be_pickled_is_trained_on_where_nothing_travels():
    class Unpicklable(Learner):
        def partial_fit(self, X, y, classes=None):
            self.generator_ = (i for i in range(3))
            return super().partial_fit(X, y, classes)

        def __deepcopy__(self, memo):
            copy = Unpicklable(**self.get_params())
            vars(copy).update(vars(self))
            return copy

    search = make(Unpicklable()).fit(X, Y)
    assert Learner.n_epochs == 2 * newly_trained(search) + search.best_resource_


def test_who_cannot_be_pickled_is_refused_where_states_travel():
    class Unpicklable(Learner):
        def __getstate__(self):
            raise TypeError("holds a lock")

    with (
        joblib.parallel_config(backend="loky", n_jobs=2),
        pytest.raises(TypeError, match=r"(?s)is not: .*holds a lock.*n_jobs=1 or with threads"),
    ):
        make(Unpicklable()).fit(X, Y)
    assert Learner.n_epochs == 0


# What is settled before the first fit


@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"factor": 1.0}, ValueError, "'factor' parameter"),
        ({"min_resource": 0}, ValueError, "'min_resource' parameter"),
        ({"max_resource": 1.5}, ValueError, "'max_resource' parameter"),
        ({"resource": "folds"}, ValueError, "'resource' parameter"),
        ({"strategy": "sha"}, ValueError, "'strategy' parameter"),
        ({"winner": "all"}, ValueError, "'winner' parameter"),
        ({"state_limit": -1}, ValueError, "'state_limit' parameter"),
        (
            {"min_resource": 30},
            ValueError,
            r"'min_resource' parameter .* at most max_resource='auto', which is 27\. Got 30",
        ),
        (
            {"min_resource": 5, "max_resource": 4},
            ValueError,
            r"'min_resource' parameter .* at most max_resource 4\. Got 5",
        ),
        (
            {"resource": "n_samples", "max_resource": 31},
            ValueError,
            r"'max_resource' parameter .* number of rows, 30, .* Got 31",
        ),
        (
            {"resource": "n_samples", "min_resource": 31},
            ValueError,
            r"'min_resource' parameter .* which is 30\. Got 31",
        ),
        (
            {"param_distributions": {"max_iter": [1, 2, 5, 9]}},
            ValueError,
            r"'max_iter' cannot be searched with resource='epochs'",
        ),
        (
            {"strategy": "asha", "n_iter": 1},
            ValueError,
            r"'n_iter' parameter .* at least 3 with the rungs \(1, 3, 9, 27\).* Got 1",
        ),
        (
            {"estimator": StandardScaler(), "scoring": lambda e, X, y: 0.0},
            ValueError,
            r"StandardScaler has no parameter that counts them. Got 'auto'",
        ),
        ({"estimator": Learner(max_iter=-1)}, ValueError, r"Learner has max_iter=-1. Got 'auto'"),
    ],
)
def test_bad_input(change, error, message):
    space = {"param_distributions": {"level": uniform()}}
    if isinstance(change.get("estimator"), StandardScaler):
        space = {"param_distributions": {"with_mean": [True, False], "with_std": [True, False]}}
    search = make().set_params(**space | {"n_iter": 3} | change)
    with pytest.raises(error, match=message):
        search.fit(X, Y)
    assert Learner.n_epochs == 0


BUDGETS = [(s, rungs) for s in STRATEGIES for rungs in ((1, 27), (9, 27), (1, 81))]


@pytest.mark.parametrize("strategy, rungs", sampled(BUDGETS, 5))
def test_the_smallest_budget_reaches_the_last_rung(strategy, rungs):
    least, most = rungs
    for n_iter in range(1, 9):
        search = make(strategy=strategy, min_resource=least, max_resource=most, n_iter=n_iter)
        try:
            search.fit(X, Y)
        except ValueError as error:
            assert f"at least {n_iter}" not in str(error)  # noqa: PT017
            continue
        break
    assert search.best_resource_ == most
