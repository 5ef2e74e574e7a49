"""A search that is cut short and resumed from its journal, and what is refused."""

import json
import os
import signal
import subprocess
import sys
import time
import warnings

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.stats import loguniform, randint, uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, ParameterGrid, StratifiedKFold, cross_val_score
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

from sktune import AnnealingSearchCV, BayesSearchCV, HyperbandSearchCV
from sktune._search._base import BaseOptimizerSearchCV
from sktune._search._resuming._resume import SearchJournal, settle_drawn
from sktune.exceptions import JournalError, JournalWarning
from sktune.space import SearchSpace
from tests.optimizers.test_promotion import Halving
from tests.universe._sample import IS_WHOLE

X, Y = load_iris(return_X_y=True)


class Counting(ClassifierMixin, BaseEstimator):
    """Scores by its parameters and its fold; counts its fits, and stops at the n-th."""

    n_fits = 0
    n_until_end = np.inf

    def __init__(self, a=0.0, n=1, kind=None):
        self.a = a
        self.n = n
        self.kind = kind

    def fit(self, X, y):
        if Counting.n_fits >= Counting.n_until_end:
            raise SystemExit
        Counting.n_fits += 1
        self.classes_ = np.unique(y)
        self.fit_report_ = {"a": self.a}
        return self

    def score(self, X, y):
        kind = 0.0 if self.kind is None else 0.1
        return kind - (self.a - 0.3) ** 2 - 0.01 * (self.n - 4) ** 2 + 0.01 * X[:, 0].mean()


SPACE = {
    "a": uniform(0, 1),
    "n": randint(1, 9),
    "kind": [None, StandardScaler(), MinMaxScaler(), (1, 2)],
}


@pytest.fixture(autouse=True)
def count_anew(monkeypatch):
    monkeypatch.setattr(Counting, "n_fits", 0)
    monkeypatch.setattr(Counting, "n_until_end", np.inf)


def make(kind=BayesSearchCV, **params):
    settings = {"n_iter": 12, "cv": 3, "random_state": 0, "initial_params": []}
    return kind(Counting(), SPACE, **settings | params)


def cut(search, n_fits):
    """Fit until a process would have been killed in this fit."""
    Counting.n_until_end = Counting.n_fits + n_fits
    with pytest.raises(SystemExit):
        search.fit(X, Y)
    Counting.n_until_end = np.inf


def table(search):
    """The table without its times, in a form that can be compared."""
    columns = {k: v for k, v in search.cv_results_.items() if "_time" not in k and k != "params"}
    return {k: [repr(v) for v in np.ma.filled(column, None)] for k, column in columns.items()}


@pytest.mark.parametrize("kind", [BayesSearchCV, AnnealingSearchCV])
@pytest.mark.parametrize("racing", [False, True])
@pytest.mark.parametrize("n_fits", [1, 4, 11, 13])
def test_a_resumed_search_ends_like_an_uninterrupted_one(kind, racing, n_fits, tmp_path):
    whole = make(kind, racing=racing).fit(X, Y)
    n_whole, Counting.n_fits = Counting.n_fits, 0
    journal = tmp_path / "search.jsonl"
    cut(make(kind, racing=racing, journal=journal), n_fits)
    resumed = make(kind, racing=racing, journal=journal).fit(X, Y)
    assert table(resumed) == table(whole)
    assert resumed.best_index_ == whole.best_index_
    assert resumed.fit_reports_ == whole.fit_reports_
    assert Counting.n_fits == n_whole  # no fold twice, for the one that ended it was not counted
    Counting.n_fits = 0
    again = make(kind, racing=racing, journal=journal).fit(X, Y)
    assert table(again) == table(whole)
    assert Counting.n_fits == 1  # the refit


class Rough(Counting):
    """Differs more from fold to fold than in the mean, so that a race has to revive candidates."""

    def score(self, X, y):
        return np.sin(100 * self.a + 50 * X[:, 0].mean())


@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
@pytest.mark.slow
@pytest.mark.parametrize("kind", [BayesSearchCV, AnnealingSearchCV])
def test_a_race_is_resumed_before_and_after_candidates_were_revived(kind, tmp_path):
    def search(name):
        race = make(kind, racing=True, cv=5, n_iter=8, journal=tmp_path / name)
        return race.set_params(estimator=Rough())

    whole = search("whole").fit(X, Y)
    folds = recorded(tmp_path / "whole")
    started = [max(candidate for candidate, _ in folds[: i + 1]) for i in range(len(folds))]
    n_before = started.index(7)
    assert any(candidate < 7 for candidate, _ in folds[n_before:])  # else this test tells nothing
    for n_fits in (3, n_before - 1, n_before + 2, len(folds) - 1):
        cut(search(f"{n_fits}"), n_fits)
        resumed = search(f"{n_fits}").fit(X, Y)
        assert recorded(tmp_path / f"{n_fits}") == folds
        assert table(resumed) == table(whole)
        assert resumed.best_index_ == whole.best_index_


def test_a_search_is_cut_and_resumed_repeatedly(tmp_path):
    whole = make(n_iter=8).fit(X, Y)
    Counting.n_fits = 0
    for _ in range(24):
        cut(make(n_iter=8, journal=tmp_path / "j"), 1)
    resumed = make(n_iter=8, journal=tmp_path / "j").fit(X, Y)
    assert Counting.n_fits == 24 + 1
    assert table(resumed) == table(whole)


@pytest.mark.parametrize(
    "unseeded",
    [
        {"random_state": None},
        {"cv": KFold(3, shuffle=True)},
        {"random_state": np.random.RandomState(3), "cv": StratifiedKFold(4, shuffle=True)},
    ],
)
def test_what_was_drawn_is_drawn_once(unseeded, tmp_path):
    cut(make(journal=tmp_path / "j", **unseeded), 8)
    resumed = make(journal=tmp_path / "j", **unseeded).fit(X, Y)
    header = json.loads((tmp_path / "j").read_text().splitlines()[0])
    seeded = make(
        random_state=unseeded.get("random_state", 0),
        cv=unseeded.get("cv", 3),
        journal=tmp_path / "j",
    )
    Counting.n_fits = 0
    seeded.fit(X, Y)
    assert Counting.n_fits == 1
    assert table(seeded) == table(resumed)
    assert resumed.optimizer_.seed == header["drawn"]["seed"]


def test_more_candidates_in_another_session(tmp_path):
    make(n_iter=4, journal=tmp_path / "j").fit(X, Y)
    Counting.n_fits = 0
    more = make(n_iter=7, journal=tmp_path / "j").fit(X, Y)
    assert len(more.cv_results_["params"]) == 7
    assert Counting.n_fits == 3 * 3 + 1
    whole = make(n_iter=7).fit(X, Y)
    assert table(more) == table(whole)


LISTS = {"n": [1, 2, 3, 4], "a": [0.2, 0.4]}


@pytest.mark.parametrize("is_folder", [False, True])
@pytest.mark.parametrize("kind", [BayesSearchCV, AnnealingSearchCV, HyperbandSearchCV])
def test_n_iter_may_grow_to_the_size_of_the_space(kind, is_folder, tmp_path):
    """A search of all settings runs them in order, which this one has not begun with."""
    journal = tmp_path if is_folder else tmp_path / "journal"
    given = {"cv": 3, "random_state": 0, "journal": journal}
    first = kind(Counting(), LISTS, n_iter=5, **given).fit(X, Y)
    n_fits = Counting.n_fits
    search = kind(Counting(), LISTS, n_iter=8, **given).fit(X, Y)
    n_rows = len(first.cv_results_["params"])
    assert search.cv_results_["params"][:n_rows] == first.cv_results_["params"]
    settings = [tuple(sorted(params.items())) for params in search.cv_results_["params"]]
    assert len(settings) == len(set(settings)) == 8
    assert Counting.n_fits - n_fits == 3 * 3 + 1  # and the refit
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("is_folder", [False, True])
def test_n_iter_may_shrink_below_the_size_of_the_space(is_folder, tmp_path):
    journal = tmp_path if is_folder else tmp_path / "journal"
    given = {"cv": 3, "random_state": 0, "journal": journal}
    cut(BayesSearchCV(Counting(), LISTS, n_iter=8, **given), 7)
    Counting.n_until_end = np.inf
    search = BayesSearchCV(Counting(), LISTS, n_iter=5, **given).fit(X, Y)
    assert search.cv_results_["params"] == list(ParameterGrid(LISTS))[:5]
    assert len(list(tmp_path.iterdir())) == 1


def test_time_of_earlier_sessions_counts(tmp_path):
    make(n_iter=4, journal=tmp_path / "j").fit(X, Y)
    lines = (tmp_path / "j").read_text().splitlines()
    last = json.loads(lines[-1]) | {"t": 1000.0}
    (tmp_path / "j").write_text("\n".join([*lines[:-1], json.dumps(last)]) + "\n")
    Counting.n_fits = 0
    search = make(n_iter=9, journal=tmp_path / "j", max_time=1000).fit(X, Y)
    assert search.stop_reason_ == "max_time"
    assert search.search_time_ >= 1000
    assert Counting.n_fits == 1


@pytest.mark.parametrize(
    "other, what",
    [
        ({"cv": 4}, "cv"),
        ({"random_state": 1}, "random_state"),
        ({"scoring": "accuracy"}, "scoring"),
        ({"error_score": 0.0}, "error_score"),
        ({"initial_params": None}, "initial_params"),
        ({"param_distributions": SPACE | {"a": uniform(0, 2)}}, "param_distributions"),
        ({"estimator": Counting(n=5)}, "estimator"),
        ({"n_initial_points": 3}, "n_initial_points"),
    ],
)
def test_another_search_is_refused(other, what, tmp_path):
    make(n_iter=2, journal=tmp_path / "j").fit(X, Y)
    before = (tmp_path / "j").read_bytes()
    Counting.n_fits = 0
    with pytest.raises(JournalError, match=what):
        make(n_iter=2, journal=tmp_path / "j").set_params(**other).fit(X, Y)
    assert Counting.n_fits == 0
    assert (tmp_path / "j").read_bytes() == before


@pytest.mark.parametrize("data", [(X + 1, Y), (X, 2 - Y), (X[:100], Y[:100])])
def test_other_data_are_refused(data, tmp_path):
    make(n_iter=2, journal=tmp_path / "j").fit(X, Y)
    with pytest.raises(JournalError, match=r"\b[Xy]\b"):
        make(n_iter=2, journal=tmp_path / "j").fit(*data)


def test_a_journal_in_use_is_refused(tmp_path):
    class Nested(Counting):
        def fit(self, X, y):
            make(journal=tmp_path / "j").set_params(estimator=Nested()).fit(X, y)

    search = make(journal=tmp_path / "j", error_score="raise").set_params(estimator=Nested())
    with pytest.raises(JournalError, match="another search"):
        search.fit(X, Y)


def test_a_folder_for_nested_cross_validation(tmp_path):
    search = BayesSearchCV(
        LogisticRegression(),
        {"C": loguniform(1e-3, 1e3)},
        n_iter=3,
        cv=3,
        random_state=0,
        journal=tmp_path,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = cross_val_score(search, X, Y, cv=3, n_jobs=2)
        files = sorted(tmp_path.iterdir())
        contents = [file.read_bytes() for file in files]
        assert_array_equal(cross_val_score(search, X, Y, cv=3), first)
    assert len(files) == 3
    assert [file.read_bytes() for file in files] == contents


def test_candidates_of_another_release_count(tmp_path):
    """Points that this optimiser would not suggest are those that were run."""
    make(n_iter=5, journal=tmp_path / "j").fit(X, Y)
    lines = [json.loads(line) for line in (tmp_path / "j").read_text().splitlines()]
    other = next(line for line in lines if line.get("id") == 3)
    name = list(SPACE).index("a")
    other["point"][name] = other["params"]["a"] = 0.125
    (tmp_path / "j").write_text("".join(json.dumps(line) + "\n" for line in lines))
    search = make(n_iter=6, journal=tmp_path / "j").fit(X, Y)
    assert search.cv_results_["params"][3]["a"] == 0.125
    assert len(search.cv_results_["params"]) == 6
    assert [c.id for c in search.optimizer_.completed()[0]] == list(range(6))
    assert search.optimizer_.completed()[0][3].point[name] == 0.125


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a full device")
def test_a_full_disk_costs_the_journal_only(tmp_path, monkeypatch):
    from sktune._engine.journal import _file

    write = os.write
    n_written = []

    def fill_up(file, data):
        n_written.append(len(data))
        if len(n_written) > 9:
            full = os.open("/dev/full", os.O_WRONLY)
            try:
                return write(full, data)
            finally:
                os.close(full)
        return write(file, data)

    monkeypatch.setattr(_file.os, "write", fill_up)
    with pytest.warns(JournalWarning) as caught:
        search = make(journal=tmp_path / "j").fit(X, Y)
    assert len(caught) == 1
    assert len(n_written) == 10
    assert len(search.cv_results_["params"]) == 12
    monkeypatch.undo()
    resumed = make(journal=tmp_path / "j").fit(X, Y)
    assert table(resumed) == table(search)


SCRIPT = """
import os, sys, time, warnings
warnings.simplefilter("ignore")
import joblib
from scipy.stats import uniform
from sktune import BayesSearchCV
from tests._search._resuming.test_resume import Slow, X, Y

search = BayesSearchCV(
    Slow(), {"a": uniform(0, 1)}, n_iter=30, cv=3, n_jobs=2, journal=sys.argv[1], refit=False
)
def run(backend):
    with joblib.parallel_config(backend):
        search.fit(X, Y)
    print(len(search.cv_results_["params"]))

if __name__ == "__main__" and sys.argv[2] == "dask":
    from distributed import Client, LocalCluster

    options = {"threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
    with LocalCluster(n_workers=2, **options) as cluster, Client(cluster):
        run("dask")
elif __name__ == "__main__":
    if sys.argv[2] == "ray":
        from ray.util.joblib import register_ray

        register_ray()
    run(sys.argv[2])
"""


class Slow(Counting):
    """Writes each fit that comes to its end to a file of its own."""

    def fit(self, X, y):
        time.sleep(0.01)
        return super().fit(X, y)


def recorded(path):
    """Folds in a journal, in their order."""
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]
    records = [json.loads(line) for line in lines[1:]]
    return [(r["candidate_id"], r["split"]) for r in records if r["kind"] == "fold"]


@pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL")
@pytest.mark.slow
@pytest.mark.parametrize(
    "backend, n_kills",
    [("loky", 6), ("threading", 3), ("multiprocessing", 2), ("dask", 1), ("ray", 1)]
    if IS_WHOLE
    else [("loky", 2), ("threading", 1)],
)
def test_killed_at_any_moment(backend, n_kills, tmp_path):
    """Nothing that was recorded is lost, or run again."""
    pytest.importorskip({"dask": "distributed", "ray": "ray"}.get(backend, "joblib"))
    path = tmp_path / "search.jsonl"
    rng = np.random.default_rng(0)
    known = []
    for i in range(n_kills + 1):
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, path, backend],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.getcwd()},
        )
        with process:
            if i < n_kills:
                # A moment after a few more folds, or none: also while it reads the journal.
                n_more = rng.integers(0, 5)
                while len(recorded(path)) < len(known) + n_more and process.poll() is None:
                    time.sleep(0.002)
                time.sleep(rng.uniform(0, 0.03))
                os.killpg(process.pid, signal.SIGKILL)
            else:
                assert process.stdout.read() == "30\n"
        folds = recorded(path)
        assert folds[: len(known)] == known
        assert len(set(folds)) == len(folds)
        known = folds
    assert sorted(known) == [(i, split) for i in range(30) for split in range(3)]


@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
def test_a_search_of_a_real_estimator_is_resumed(tmp_path):
    def search(journal=None):
        space = [{"kernel": ["rbf", "linear"], "C": loguniform(1e-2, 1e2), "gamma": ["scale", 0.1]}]
        return BayesSearchCV(SVC(), space, n_iter=8, cv=3, random_state=1, journal=journal)

    with joblib.parallel_config("threading", n_jobs=2):
        first = search(tmp_path / "j").fit(X, Y)
    again = search(tmp_path / "j").fit(X, Y)
    assert table(again) == table(first)
    assert again.best_params_ == first.best_params_


class HalvingSearchCV(BaseOptimizerSearchCV):
    """The least that a search over promotions needs."""

    def __init__(self, estimator, param_distributions, *, n_iter=10, random_state=0, journal=None):
        super().__init__(
            estimator,
            param_distributions,
            n_iter=n_iter,
            cv=3,
            random_state=random_state,
            initial_params=[],
            journal=journal,
        )

    def _make_optimizer(self, space, **common):
        return Halving(space, **common)


@pytest.mark.parametrize("n_fits", [2, 12, 14, 19])
@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
def test_promotions_are_resumed(tmp_path, n_fits):
    def search(**kwargs):
        return HalvingSearchCV(Counting(), SPACE, n_iter=100, **kwargs).fit(X, Y)

    whole = search()
    journal = tmp_path / "search.jsonl"
    Counting.n_until_end = Counting.n_fits + n_fits
    with pytest.raises(SystemExit):
        search(journal=journal)
    Counting.n_until_end = np.inf
    before = Counting.n_fits
    resumed = search(journal=journal)
    assert Counting.n_fits - before == 7 * 3 - n_fits + 1  # and the refit
    told = [
        [observation.candidate for observation in s.optimizer_.observations.values()]
        for s in (whole, resumed)
    ]
    assert told[0] == told[1]
    assert [candidate.resource for candidate in told[1]] == [1] * 4 + [3] * 2 + [9]
    assert resumed.stop_reason_ == "space exhausted"
    assert resumed.cv_results_["params"] == whole.cv_results_["params"]


def test_a_search_that_begins_in_the_same_file_meanwhile_is_noticed(tmp_path):
    path, space = tmp_path / "journal", SearchSpace.from_distributions(SPACE)
    splits = list(KFold(3).split(X))
    first = settle_drawn(path, {}, 1, splits)
    second = settle_drawn(path, {}, 2, splits)
    SearchJournal(path, {}, space, *first).close()
    with pytest.raises(JournalError, match=r"has just begun in the file .* fit again"):
        SearchJournal(path, {}, space, *second)
    seed, _ = again = settle_drawn(path, {}, 3, splits)
    assert seed == 1
    SearchJournal(path, {}, space, *again).close()
