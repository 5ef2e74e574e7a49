"""Searches that drop candidates before all their folds are run."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import GridSearchCV, KFold

from sktune import AnnealingSearchCV, BayesSearchCV
from sktune.optimizers._racing import Race

N_SPLITS = 5
X = np.arange(100, dtype=float)[:, None]
Y = np.arange(100) % 2
QUALITIES = [0.5, 0.52, 0.48, 0.1, 0.9, 0.2, 0.88, 0.3]


class Scripted(ClassifierMixin, BaseEstimator):
    """Scores its quality, a little more or less on each fold."""

    def __init__(self, quality=0.0, fails_on=()):
        self.quality = quality
        self.fails_on = fails_on

    def fit(self, X, y):
        self.fold_ = int(X[0, 0] == 0) * int(X[-1, 0]) % 97
        if any(self.quality == bad for bad in self.fails_on):
            raise ValueError("this one fails")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)

    def score(self, X, y):
        return self.quality + 0.003 * np.sin(X[0, 0] * 12 * self.quality)


def search(racing=True, qualities=QUALITIES, estimator=None, **kwargs):
    estimator = Scripted() if estimator is None else estimator
    return BayesSearchCV(
        estimator,
        {"quality": [*qualities]},
        n_iter=len(qualities),
        cv=KFold(N_SPLITS),
        racing=racing,
        **kwargs,
    )


def race_over_a_line(cls, **kwargs):
    space = {"quality": [*np.linspace(0, 1, 30)]}
    return cls(Scripted(), space, cv=KFold(N_SPLITS), racing=True, **kwargs).fit(X, Y)


@pytest.fixture(scope="module")
def raced():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return search(return_train_score=True).fit(X, Y)


@pytest.fixture(scope="module")
def full():
    grid = GridSearchCV(Scripted(), {"quality": QUALITIES}, cv=KFold(N_SPLITS))
    return grid.set_params(return_train_score=True).fit(X, Y)


def test_bad_candidates_lose_their_folds(raced):
    done = dict(zip(QUALITIES, raced.cv_results_["n_splits_done"], strict=True))
    assert done[0.9] == done[0.5] == done[0.52] == N_SPLITS
    assert done[0.2] == done[0.3] == 1


def test_same_winner(raced, full):
    assert raced.best_params_ == full.best_params_ == {"quality": 0.9}
    assert raced.best_index_ == full.best_index_
    assert raced.best_score_ == full.best_score_
    assert raced.cv_results_["n_splits_done"][raced.best_index_] == N_SPLITS


def test_table_tells_what_was_run(raced, full):
    ours, theirs = raced.cv_results_, full.cv_results_
    done = ours["n_splits_done"]
    is_dropped = done < N_SPLITS
    assert is_dropped.any()
    for split in range(N_SPLITS):
        for kind in ("test", "train"):
            column = f"split{split}_{kind}_score"
            expected = np.where(split < done, theirs[column], np.nan)
            assert_array_equal(ours[column], expected)
    for column in ("mean_test_score", "std_test_score", "mean_train_score"):
        assert_array_equal(ours[column], np.where(is_dropped, np.nan, theirs[column]))
    splits = np.stack([theirs[f"split{i}_test_score"] for i in range(N_SPLITS)], axis=1)
    partial = [row[:n].mean() for row, n in zip(splits, done, strict=True)]
    assert_allclose(ours["mean_partial_test_score"], partial)
    assert np.isfinite(ours["mean_fit_time"]).all()
    assert np.isfinite(ours["std_score_time"]).all()
    assert set(theirs) < set(ours)


def test_ranks(raced):
    results = raced.cv_results_
    is_dropped = results["n_splits_done"] < N_SPLITS
    ranks, n_complete = results["rank_test_score"], (~is_dropped).sum()
    assert sorted(ranks[~is_dropped]) == list(range(1, n_complete + 1))
    order = np.argsort(-results["mean_test_score"][~is_dropped])
    assert_array_equal(ranks[~is_dropped][order], np.arange(1, n_complete + 1))
    assert set(ranks[is_dropped]) == {n_complete + 1}


def test_without_racing_the_table_is_that_of_grid_search(full):
    assert set(search(racing=False, return_train_score=True).fit(X, Y).cv_results_) == set(
        full.cv_results_
    )


def test_a_callable_refit_sees_the_complete_ones_only():
    seen = {}

    def refit(results):
        seen.update(results)
        return len(results["params"]) - 2

    fitted = search(refit=refit).fit(X, Y)
    assert (seen["n_splits_done"] == N_SPLITS).all()
    assert np.isfinite(seen["mean_test_score"]).all()
    assert len(seen["params"]) < len(QUALITIES)
    assert fitted.best_params_ == seen["params"][-2]
    assert fitted.cv_results_["n_splits_done"][fitted.best_index_] == N_SPLITS


def test_a_callable_refit_that_gives_no_place():
    with pytest.raises(IndexError, match="out of range"):
        search(refit=lambda results: len(results["params"])).fit(X, Y)


def test_several_metrics_race_by_the_one_that_decides():
    def metrics(estimator, X, y):
        quality = estimator.score(X, y)
        return {"good": quality, "bad": -quality}

    fitted = search(scoring=metrics, refit="bad").fit(X, Y)
    assert fitted.best_params_ == {"quality": 0.1}
    done = dict(zip(QUALITIES, fitted.cv_results_["n_splits_done"], strict=True))
    assert done[0.9] < N_SPLITS
    assert np.isnan(fitted.cv_results_["mean_test_good"]).sum() == sum(
        n < N_SPLITS for n in done.values()
    )


@pytest.mark.parametrize(
    "limits, n_before_pause", [({}, 1), ({"max_time": 1e6}, 5), ({"stop_when_converged": True}, 5)]
)
def test_a_winner_that_begins_badly(limits, n_before_pause):
    order = []

    def by_fold(estimator, X, y):
        order.append(estimator.quality)
        begins_badly = estimator.quality == 0.52 and X[0, 0] == 0
        return 0.4985 if begins_badly else estimator.score(X, y)

    fitted = search(qualities=[0.5, 0.52, 0.1, 0.2], scoring=by_fold, **limits).fit(X, Y)
    assert fitted.best_params_ == {"quality": 0.52}
    assert list(fitted.cv_results_["n_splits_done"]) == [N_SPLITS, N_SPLITS, 1, 1]
    # It waits for the end only where that is sure to come.
    assert order.index(0.1) == N_SPLITS + n_before_pause
    told = fitted.optimizer_.observations[1]
    assert told.status == "complete"
    assert np.isfinite(told.split_scores["score"]).all()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
@pytest.mark.parametrize("error_score, n_done", [(np.nan, 1), (0.0, N_SPLITS), (float("nan"), 1)])
def test_a_failed_fold_ends_a_candidate_that_cannot_win(error_score, n_done):
    fitted = search(estimator=Scripted(fails_on=(0.88,)), error_score=error_score).fit(X, Y)
    done = dict(zip(QUALITIES, fitted.cv_results_["n_splits_done"], strict=True))
    assert done[0.88] == n_done
    assert fitted.best_params_ == {"quality": 0.9}


def test_missing_scores_are_no_reason_for_a_warning_but_failed_ones_are():
    def broken(estimator, X, y):
        return np.nan if estimator.quality == 0.52 else estimator.score(X, y)

    with pytest.warns(UserWarning, match="non-finite"):
        search(scoring=broken).fit(X, Y)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("cls", [BayesSearchCV, AnnealingSearchCV])
def test_both_searches_on_several_workers(cls, n_jobs):
    fitted = race_over_a_line(cls, n_iter=20, n_jobs=n_jobs, random_state=0)
    done = fitted.cv_results_["n_splits_done"]
    assert len(done) == 20
    assert done.min() < N_SPLITS
    assert done[fitted.best_index_] == N_SPLITS
    dropped = [o for o in fitted.optimizer_.observations.values() if o.status == "dropped"]
    assert len(dropped) == (done < N_SPLITS).sum()
    assert fitted.optimizer_.pending == {}


def test_same_seed_same_search():
    tables = []
    for _ in range(2):
        fitted = race_over_a_line(AnnealingSearchCV, n_iter=15, random_state=3)
        tables.append((fitted.cv_results_["params"], list(fitted.cv_results_["n_splits_done"])))
    assert tables[0] == tables[1]


def test_one_fold_is_never_dropped():
    fitted = search().set_params(cv=[(np.arange(50), np.arange(50, 100))]).fit(X, Y)
    assert (fitted.cv_results_["n_splits_done"] == 1).all()
    assert np.isfinite(fitted.cv_results_["mean_test_score"]).all()


def test_race_is_asked_with_complete_candidates_only(monkeypatch):
    asked = []
    plain = Race.__call__

    def noted(self, observation):
        asked.append(len(self._complete[None]) if self._complete else None)
        return plain(self, observation)

    monkeypatch.setattr(Race, "__call__", noted)
    search().fit(X, Y)
    assert asked[:N_SPLITS] == [None] * N_SPLITS
    assert asked[N_SPLITS] == 1
