"""Rows as resource, and what a search says before its first fit."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.stats import uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import BayesSearchCV, HyperbandSearchCV
from sktune._search._hyperband._subsets import NestedRows, labels_of
from sktune.exceptions import TrainedAnewWarning

N = 300
RNG = np.random.default_rng(0)
X = np.column_stack([np.arange(N), RNG.normal(size=N)])
Y = RNG.choice(["a", "b", "rare"], N, p=[0.7, 0.28, 0.02])
GROUPS = RNG.integers(0, 40, N)

# The fits here take no time whatever they are given.
pytestmark = pytest.mark.filterwarnings(
    "ignore::sktune.exceptions.EdgeOfRangeWarning", "ignore::sktune.exceptions.NoSavingsWarning"
)


class Recorder(ClassifierMixin, BaseEstimator):
    """Remembers the rows of every fit."""

    fits = []  # noqa: RUF012
    scored = []  # noqa: RUF012

    def __init__(self, level=0.0):
        self.level = level

    def fit(self, X, y):
        Recorder.fits.append(X[:, 0].astype(int))
        self.classes_ = np.unique(y)
        self.n_ = len(X)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def score(self, X, y):
        Recorder.scored.append(X[:, 0].astype(int))
        return self.level - 1 / self.n_


@pytest.fixture(autouse=True)
def forget():
    Recorder.fits.clear()
    Recorder.scored.clear()


def make(estimator=None, space=None, **params):
    settings = {"n_iter": 5, "cv": 3, "random_state": 0}
    estimator = Recorder() if estimator is None else estimator
    return HyperbandSearchCV(estimator, space or {"level": uniform()}, **settings | params)


SPLITTERS = {
    "stratified": (StratifiedKFold(3), {}),
    "shuffled": (KFold(3, shuffle=True, random_state=0), {}),
    "grouped": (GroupKFold(3), {"groups": GROUPS}),
    "in time": (TimeSeriesSplit(3), {}),
}


@pytest.mark.parametrize("kind", SPLITTERS)
def test_parts_are_nested_and_the_scored_part_is_whole(kind):
    cv, given = SPLITTERS[kind]
    splits = list(cv.split(X, Y, **given))
    # By groups, or in time, a small part may have no row of a rare class.
    labels = Y if kind in ("stratified", "shuffled") else np.where(Y == "rare", "b", Y)
    search = make(cv=cv, min_resource=30).fit(X, labels, **given)
    rungs = search.rungs_
    assert rungs == (33, 100, 300)
    parts = {}
    n_folds = len(splits)
    rows = iter(Recorder.fits)
    for number, resource in enumerate(search.cv_results_["resource"]):
        for split in range(n_folds):
            part, scored = next(rows), Recorder.scored[number * n_folds + split]
            assert_array_equal(scored, splits[split][1])
            assert_array_equal(part, parts.setdefault((resource, split), part))
    for split, (train, _) in enumerate(splits):
        assert_array_equal(parts[300, split], train)
        for lower, upper in pairwise(rungs):
            assert set(parts[lower, split]) < set(parts[upper, split])
            n_wanted = len(train) * lower / N
            assert n_wanted - 1 <= len(parts[lower, split]) < n_wanted + 20
        for rung in rungs:
            part = parts[rung, split]
            if kind == "grouped":
                assert set(GROUPS[part]).isdisjoint(GROUPS[np.setdiff1d(train, part)])
            elif kind == "in time":
                assert_array_equal(part, train[-len(part) :])
            else:
                for label in np.unique(Y):
                    share = np.mean(Y[part] == label) - np.mean(Y[train] == label)
                    assert abs(share) < 0.05
                    assert label in Y[part]
    assert_array_equal(next(rows), np.arange(N))  # the refit
    assert search.best_resource_ == N
    assert search.refit_params_ == {}


def test_masks_and_numbers_of_rows_are_the_same_folds():
    splits = list(KFold(3).split(X))
    masks = [(np.isin(np.arange(N), a), np.isin(np.arange(N), b)) for a, b in splits]
    for resource in (30, 100):
        for split in range(3):
            parts = [NestedRows(folds, N, 0).part(resource, split) for folds in (splits, masks)]
            assert_array_equal(*parts)


@pytest.mark.parametrize(
    "y, is_classifier, is_stratified",
    [
        (Y, True, True),
        (Y[:, None], True, True),
        (Y, False, False),
        (X[:, 1], False, False),
        (np.eye(3)[np.arange(N) % 3].astype(int), True, False),
        (None, False, False),
    ],
)
def test_only_classes_are_stratified(y, is_classifier, is_stratified):
    labels = labels_of(y, is_classifier)
    assert (labels is not None) == is_stratified
    assert labels is None or labels.shape == (N,)


def test_one_seed_draws_one_part():
    folds = list(KFold(3).split(X))
    first, again, other = (NestedRows(folds, N, seed).part(30, 0) for seed in (0, 0, 1))
    assert_array_equal(first, again)
    assert (first != other).any()


def test_few_rows_have_one_rung():
    search = make().fit(X, Y)
    assert search.rungs_ == (N,)
    assert len(search.cv_results_["params"]) == 5
    many = np.zeros((5000, 2))
    assert make().plan(many, np.arange(5000) % 2) == (556, 1667, 5000)


def test_lists_alone_are_trained_fully():
    search = make(space={"level": [0.1, 0.2]}, min_resource=30, n_iter=2).fit(X, Y)
    assert_array_equal(search.cv_results_["resource"], [N, N])
    assert search.best_params_ == {"level": 0.2}


def test_a_first_rung_without_a_class_is_refused():
    with pytest.raises(ValueError, match=r"first rung trains with 3 of 300 rows.*class"):
        make(min_resource=3, factor=10, cv=KFold(3)).fit(X, Y)
    message = r"first rung trains with .* of the class 'rare': raise min_resource"
    with pytest.raises(ValueError, match=message):
        make(min_resource=10, cv=TimeSeriesSplit(3), estimator=Recorder()).fit(
            X[np.argsort(Y == "a")], np.sort(Y)[::-1]
        )
    assert not Recorder.fits


# Epochs: what is refused, and what is said


@pytest.mark.parametrize(
    "estimator, space, message",
    [
        (KNeighborsClassifier(), {"leaf_size": [5, 9, 30]}, r"KNeighborsClassifier has\s+neither"),
        (
            MLPClassifier(early_stopping=True),
            {"alpha": uniform()},
            r"here by early_stopping, .*set early_stopping=False .*resource='n_samples'",
        ),
        (
            make_pipeline(StandardScaler(), SGDClassifier(early_stopping=True)),
            {"sgdclassifier__alpha": uniform()},
            r"here by sgdclassifier__early_stopping",
        ),
        (
            GradientBoostingClassifier(n_iter_no_change=3),
            {"subsample": uniform()},
            r"set n_iter_no_change=None",
        ),
        (
            MLPClassifier(),
            {"early_stopping": [True, False], "alpha": uniform()},
            r"here by early_stopping",
        ),
        (
            GaussianNB(),
            {"var_smoothing": uniform()},
            r"'max_resource' .*GaussianNB has no parameter",
        ),
        (
            make_pipeline(StandardScaler(), MLPClassifier()),
            {"mlpclassifier__max_iter": [10, 20, 30]},
            r"'mlpclassifier__max_iter' cannot be searched",
        ),
        (
            make_pipeline(StandardScaler(), MLPClassifier()),
            {"mlpclassifier": [MLPClassifier(), KNeighborsClassifier(), MLPClassifier(4)]},
            r"KNeighborsClassifier has\s+neither",
        ),
    ],
)
def test_what_cannot_be_trained_by_epochs(estimator, space, message):
    with pytest.raises(ValueError, match=message):
        make(estimator, space, resource="epochs", n_iter=2).fit(X, Y)


def test_boosting_that_would_stop_early_by_itself_on_many_rows():
    many = np.random.default_rng(0).normal(size=(20_000, 2))
    search = make(HistGradientBoostingClassifier(), {"learning_rate": uniform()}, resource="epochs")
    assert search.plan(X, Y) == (4, 11, 33, 100)
    with pytest.raises(ValueError, match="here by early_stopping"):
        search.plan(many, many[:, 0] > 0)


def test_parameters_of_fit_that_partial_fit_lacks():
    search = make(SGDClassifier(), {"alpha": uniform(1e-4, 1)}, resource="epochs")
    with pytest.raises(ValueError, match=r"\['coef_init'\], which SGDClassifier.partial_fit"):
        search.fit(X, Y, coef_init=np.zeros((3, 2)))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_who_begins_anew_is_named_once():
    search = make(
        LogisticRegression(max_iter=9), {"C": uniform(0.1, 10)}, resource="epochs", n_iter=4
    )
    with pytest.warns(TrainedAnewWarning, match="LogisticRegression cannot go on") as caught:
        search.fit(X, Y)
    assert len(caught) == 1
    # The budget counts whole trainings: nothing goes on.
    assert 4 * 9 <= search.cv_results_["resource"].sum() < 4 * 9 + 9
    assert search.best_estimator_.max_iter == search.best_resource_ == 9


def test_svc_counts_no_iterations_by_default():
    with pytest.raises(ValueError, match="SVC has max_iter=-1"):
        make(SVC(), {"C": uniform(0.1, 1)}, resource="epochs").fit(X, Y)


def test_a_plan_is_printed_and_costs_no_fit(capsys):
    assert make(min_resource=30).plan(X, Y) == (33, 100, 300)
    text = capsys.readouterr().out
    assert "5 full trainings of 300 rows on each of 3 folds: 1500 rows a fold." in text
    # Of 33 rows each, 45 are 1485 rows: one more is begun.
    assert "At most 46 settings are looked at" in text
    assert "Each rung is trained from nothing." in text
    make(min_resource=30, space={"level": [k / 9 for k in range(9)]}).plan(X, Y)
    assert "At most 9 settings are looked at" in capsys.readouterr().out
    make().plan(X, Y)
    assert "One rung: every setting is trained fully" in capsys.readouterr().out
    make(MLPClassifier(max_iter=27), {"alpha": uniform()}, resource="epochs").plan(X, Y)
    text = capsys.readouterr().out
    assert "Training goes on from where it stopped." in text
    assert [line.split()[-1] for line in text.splitlines() if "%" in line] == [
        "3.7%",
        "7.4%",
        "22.2%",
        "66.7%",
    ]
    assert not Recorder.fits


READY = [
    RandomForestClassifier(n_estimators=3, random_state=0),
    HistGradientBoostingClassifier(max_iter=3, random_state=0),
    GradientBoostingClassifier(n_estimators=3, random_state=0),
    make_pipeline(StandardScaler(), SGDClassifier(max_iter=3, random_state=0)),
]


@pytest.mark.parametrize("estimator", READY, ids=lambda e: type(e).__name__)
@pytest.mark.filterwarnings("ignore::sktune.exceptions.PartialSpaceWarning")
def test_a_ready_space_leaves_out_what_counts_epochs(estimator):
    search = make(estimator, "auto", resource="epochs", n_iter=6).fit(X, Y)
    assert search.rungs_ == (1, 3)
    counters = {"n_estimators", "max_iter", "sgdclassifier__max_iter"}
    assert counters.isdisjoint(search.best_params_)
    assert counters.intersection(search.refit_params_)


@pytest.mark.filterwarnings("ignore:Scoring failed")
def test_rows_that_are_kept_are_those_of_full_training():
    search = make(
        GaussianNB(), {"var_smoothing": uniform(0, 1)}, min_resource=100, keep_predictions=True
    ).fit(X, Y)
    kept = search.oof_scores_.candidates
    assert_array_equal(kept, np.flatnonzero(search.cv_results_["resource"] == N))


def test_a_search_by_rows_teaches_another_one_its_full_trainings_only():
    space = {"level": uniform()}
    earlier = make(min_resource=30).fit(X, Y)
    search = BayesSearchCV(
        Recorder(), space, warm_start_from=earlier, n_iter=2, cv=3, random_state=0
    ).fit(X, Y)
    (scores,) = search.optimizer_.earlier
    assert len(scores.points) == (earlier.cv_results_["resource"] == N).sum()
