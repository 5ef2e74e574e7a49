"""One reading of any search: what stands in the record is what the search has found."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import loguniform, randint, uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    KFold,
    LeaveOneGroupOut,
    RandomizedSearchCV,
    RepeatedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
)
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sktune import (
    AnnealingSearchCV,
    BayesSearchCV,
    GradientSearchCV,
    HyperbandSearchCV,
    inspection,
)
from sktune.inspection import compare_to_default, read_search
from sktune.inspection._evaluation import Evaluation, ratio_of_rows
from sktune.inspection._inferred_space import infer_space
from sktune.inspection._record import fold_effects
from sktune.space import PartWeights

from ._records import record_of

X, Y = load_iris(return_X_y=True)
TREE = DecisionTreeClassifier(max_depth=3, random_state=0)
SPACE = {"max_depth": randint(1, 8), "min_samples_leaf": [1, 3, 5]}
GRID = {"max_depth": [1, 2, 3], "min_samples_leaf": [1, 5]}

SEARCHES = {
    "bayes": lambda: BayesSearchCV(TREE, SPACE, n_iter=6, random_state=0),
    "annealing": lambda: AnnealingSearchCV(TREE, SPACE, n_iter=6, random_state=0),
    "randomized": lambda: RandomizedSearchCV(TREE, SPACE, n_iter=6, random_state=0),
    "grid": lambda: GridSearchCV(TREE, GRID),
    "halving grid": lambda: HalvingGridSearchCV(TREE, GRID, random_state=0),
    "halving random": lambda: HalvingRandomSearchCV(TREE, SPACE, random_state=0),
}


@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
@pytest.mark.parametrize("name", SEARCHES)
def test_every_search(name):
    search = SEARCHES[name]().fit(X, Y)
    record = read_search(search)
    assert record.best_index == search.best_index_
    assert_allclose(record.scores, search.cv_results_["mean_test_score"])
    assert list(record.settings) == list(search.cv_results_["params"])
    assert record.split_scores.shape == (len(record.scores), search.n_splits_)
    assert set(record.status) == {"complete"}
    assert set(record.names) == {"max_depth", "min_samples_leaf"}
    assert not record.is_inferred
    assert (record.resources is not None) == name.startswith("halving")
    if name in ("bayes", "annealing", "grid"):
        assert dict(record.settings[record.default_index]) == {
            "max_depth": 3,
            "min_samples_leaf": 1,
        }


def test_a_record_is_returned_unchanged():
    record = read_search(GridSearchCV(TREE, GRID).fit(X, Y))
    assert read_search(record) is record
    with pytest.raises(ValueError, match="metric 'score', got 'f1'"):
        read_search(record, "f1")


def test_unfitted():
    for search in (GridSearchCV(TREE, GRID), BayesSearchCV(TREE, SPACE)):
        with pytest.raises(NotFittedError):
            read_search(search)


@pytest.mark.parametrize("thing", [TREE, "search", None, Ridge().fit([[0], [1]], [0, 1])])
def test_no_search(thing):
    with pytest.raises(TypeError, match="cv_results_"):
        read_search(thing)


READERS = {
    "read_search": read_search,
    "search_trace": inspection.search_trace,
    "annealing_trace": inspection.annealing_trace,
    "epoch_curves": lambda search: inspection.epoch_curves(search, "loss"),
    "rung_trace": inspection.rung_trace,
    "pareto_front": inspection.pareto_front,
    "importance": inspection.hyperparameter_importance,
    "dependence": lambda search: inspection.score_dependence(search, "max_depth"),
    "gain": inspection.explain_gain,
    "comparison": inspection.compare_to_default,
    "model": inspection.explaining_model,
    "report": inspection.search_report,
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS.keys())
def test_every_function_says_what_is_no_fitted_search(read):
    for search in (GridSearchCV(TREE, GRID), BayesSearchCV(TREE, SPACE)):
        with pytest.raises(NotFittedError, match="not fitted: call fit first"):
            read(search)
    for thing in (TREE, Ridge().fit([[0], [1]], [0, 1]), None):
        with pytest.raises(TypeError, match="must be a fitted search with cv_results_"):
            read(thing)


@pytest.mark.parametrize("read", [READERS[name] for name in ("read_search", "search_trace")])
def test_tables_without_single_folds(read):
    other = GridSearchCV(TREE, GRID)
    other.cv_results_ = {"params": [{}], "test_score": [0.5]}
    with pytest.raises(TypeError, match="of this GridSearchCV has no scores of single folds"):
        read(other)


def test_folds_that_were_run():
    options = {"n_iter": 9, "cv": 5, "random_state": 0}
    search = BayesSearchCV(TREE, SPACE, racing=True, **options).fit(X, Y)
    record = read_search(search)
    assert_allclose(record.n_folds, search.cv_results_["n_splits_done"])
    assert_allclose(replace(record, n_run=None).n_folds, record.n_folds)
    assert read_search(RandomizedSearchCV(TREE, SPACE, n_iter=2, cv=4).fit(X, Y)).n_folds.sum() == 8


@pytest.mark.parametrize("name", SEARCHES)
def test_which_searches_have_a_course(name):
    record = read_search(SEARCHES[name]().fit(X, Y))
    assert record.is_ordered == (name in ("bayes", "annealing", "randomized"))


def test_unknown_metric():
    with pytest.raises(ValueError, match=r"one of \['score'\], got 'f1'"):
        read_search(GridSearchCV(TREE, GRID).fit(X, Y), "f1")


def test_several_metrics():
    search = GridSearchCV(TREE, GRID, scoring=["accuracy", "neg_log_loss"], refit="accuracy")
    search.fit(X, Y)
    assert read_search(search).metric == "accuracy"
    other = read_search(search, "neg_log_loss")
    assert other.best_index == np.argmax(search.cv_results_["mean_test_neg_log_loss"])
    assert other.evaluation.scorer is search.scorer_["neg_log_loss"]


class Fails(LogisticRegression):
    def fit(self, X, y, sample_weight=None):
        if self.C > 100:
            raise ValueError("too large")
        return super().fit(X, y)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("error_score", [np.nan, 0.0, -np.inf])
def test_failed_candidates_have_no_score(error_score):
    space = {"C": [0.1, 1.0, 10.0, 1000.0]}
    search = BayesSearchCV(Fails(), space, error_score=error_score, n_iter=4).fit(X, Y)
    record = read_search(search)
    (failed,) = np.flatnonzero(np.array(record.status) == "failed")
    assert record.settings[failed] == {"C": 1000.0}
    assert np.isnan(record.scores[failed])
    assert np.isfinite(np.delete(record.scores, failed)).all()


def test_dropped_candidates_count_with_the_folds_they_have():
    space = {"C": loguniform(1e-3, 1e6), "gamma": loguniform(1e-6, 1e3)}
    search = BayesSearchCV(SVC(), space, n_iter=20, racing=True, random_state=1).fit(X, Y)
    record = read_search(search)
    dropped = np.array(record.status) == "dropped"
    assert dropped.any()
    assert np.isfinite(record.scores[dropped]).all()
    effects = fold_effects(record.split_scores)
    for row in np.flatnonzero(dropped):
        is_run = np.isfinite(record.split_scores[row])
        expected = np.mean(record.split_scores[row][is_run] - effects[is_run])
        assert record.scores[row] == pytest.approx(expected)


def test_fold_effects_are_those_that_were_added():
    rng = np.random.default_rng(0)
    effects = np.array([-0.2, 0.0, 0.1, 0.1])
    scores = rng.normal(size=(40, 1)) + effects + 1e-3 * rng.normal(size=(40, 4))
    scores[0, 0] = -1e6
    assert_allclose(fold_effects(scores), effects, atol=1e-3)
    assert_array_equal(fold_effects(np.full((3, 2), np.nan)), [0, 0])


@pytest.mark.parametrize(
    "cv, n_splits, ratio",
    [
        (5, 5, 1 / 4),
        (RepeatedKFold(n_splits=5, n_repeats=4), 20, 1 / 4),
        (ShuffleSplit(8, test_size=0.5), 8, 1.0),
        (KFold(10, shuffle=True), 10, 1 / 9),
        ([(np.arange(8), np.arange(8, 10))], 1, 1 / 4),
        (iter([]), 5, 1 / 4),
        (LeaveOneGroupOut(), 3, None),
    ],
    ids=["int", "repeated", "shuffle", "kfold", "list", "iterator", "groups"],
)
def test_ratio_of_the_folds(cv, n_splits, ratio):
    found = ratio_of_rows(cv, n_splits)
    assert found > 0 if ratio is None else found == pytest.approx(ratio, rel=1e-6)


def test_reading_draws_no_random_numbers_of_the_user():
    state = np.random.RandomState(0)
    search = GridSearchCV(TREE, GRID, cv=KFold(3, shuffle=True, random_state=state)).fit(X, Y)
    before = state.get_state()[2]
    read_search(search)
    assert state.get_state()[2] == before


def test_time_series_folds():
    assert ratio_of_rows(TimeSeriesSplit(3), 3) > 0


# The space


def test_space_that_was_changed_since_is_inferred():
    search = RandomizedSearchCV(TREE, SPACE, n_iter=4, random_state=0).fit(X, Y)
    search.set_params(param_distributions={"max_depth": [100]})
    record = read_search(search)
    assert record.is_inferred
    assert set(record.names) <= {"max_depth", "min_samples_leaf"}
    assert len(record.space.transform(record.settings)) == 4


@pytest.mark.parametrize(
    "values, kind",
    [
        (np.linspace(0.1, 0.9, 20).tolist(), "float"),
        (np.geomspace(1e-4, 1e2, 20).tolist(), "float"),
        (list(range(1, 30)), "int"),
        ([2**k for k in range(14)], "int"),
        (["a", "b", None, True, (1, 2)], None),
        ([1.0, 2, "three"] * 10, None),
        ([np.float64(x) for x in np.linspace(-1, 1, 17)], "float"),
        ([float("inf"), *map(float, range(15))], None),
    ],
    ids=["linear", "log", "integers", "powers", "things", "mixed", "numpy", "infinite"],
)
def test_inferred_space_holds_what_was_tried(values, kind):
    settings = [{"a": value, "b": 1} for value in values]
    space = infer_space(settings)
    points = space.transform(settings)
    for given, back in zip(settings, space.inverse_transform(points), strict=True):
        if kind == "float":
            assert back["a"] == pytest.approx(given["a"], rel=0.02, abs=0.02)
        else:
            assert back["a"] == given["a"]


def test_inferred_branches():
    settings = [
        {"kernel": "linear"},
        {"kernel": "rbf", "gamma": 0.1},
        {"kernel": "rbf", "gamma": 1},
    ]
    space = infer_space(settings)
    assert space.n_branches == 2
    assert space.inverse_transform(space.transform(settings)) == settings


def test_resource_of_a_halving_search_is_no_parameter():
    search = HalvingRandomSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"min_samples_leaf": randint(1, 9)},
        resource="max_depth",
        max_resources=9,
        random_state=0,
    ).fit(X, Y)
    record = read_search(search)
    assert record.names == ("min_samples_leaf",)
    assert all(set(setting) == {"min_samples_leaf"} for setting in record.settings)


# The default


def test_default_is_found_by_content():
    pipeline = make_pipeline(StandardScaler(), Ridge())
    grid = {"standardscaler": ["passthrough", StandardScaler()], "ridge__alpha": [0.5, 1.0]}
    record = read_search(GridSearchCV(pipeline, grid).fit(X, Y))
    assert record.settings[record.default_index]["ridge__alpha"] == 1.0
    assert record.settings[record.default_index]["standardscaler"] != "passthrough"


def test_default_that_became_a_float():
    search = BayesSearchCV(Ridge(alpha=1), {"alpha": uniform(0, 2)}, n_iter=3, random_state=0)
    record = read_search(search.fit(X, Y))
    assert record.default_index == 0


@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
@pytest.mark.parametrize("search_class", [GradientSearchCV, BayesSearchCV, AnnealingSearchCV])
@pytest.mark.parametrize("own", [None, {}, {"a": 3}, {"a": 0.5, "b": 2.0}], ids=str)
def test_default_with_weights_of_parts(search_class, own):
    """A weight that the estimator does not set is 1."""
    union = FeatureUnion([("a", StandardScaler()), ("b", MinMaxScaler())], transformer_weights=own)
    name = "featureunion__transformer_weights"
    pipeline = make_pipeline(union, Ridge(alpha=2.0))
    space = {"ridge__alpha": loguniform(0.1, 10), name: PartWeights()}
    only = {"check_parts": False} if search_class is GradientSearchCV else {}
    search = search_class(pipeline, space, n_iter=3, cv=3, random_state=0, **only).fit(X, Y)
    record = read_search(search)
    assert record.default_index == 0
    compare_to_default(search)


@pytest.mark.parametrize("C", [1, 1.0])
def test_a_default_that_was_not_trained_fully_is_none(C):
    """What it scored with less of the resource is no score to compare the winner with."""
    search = HyperbandSearchCV(
        SVC(C=C),
        {"C": loguniform(1e-3, 1e3)},
        min_resource=20,
        n_iter=5,
        cv=3,
        random_state=0,
        scoring=lambda estimator, X, y: abs(np.log(estimator.C)),
    )
    record = read_search(search.fit(X, Y))
    (first, *_) = np.flatnonzero([params["C"] == 1 for params in search.cv_results_["params"]])
    assert not record.at_top[first]
    assert record.default_index is None
    with pytest.raises(ValueError, match="not among the candidates with the largest resource"):
        record.index_of(None, "baseline")
    with pytest.raises(ValueError, match=rf"candidate {first} was trained with \d+ of \d+, and"):
        record.index_of(int(first), "baseline")


class Forgetful(ClassifierMixin, BaseEstimator):
    """A score that falls with the rows of a fit, which fails with too many."""

    def __init__(self, a=0.5, most=1000):
        self.a = a
        self.most = most

    def fit(self, X, y):
        if len(X) > self.most:
            raise ValueError("too many rows")
        self.classes_, self.n_ = np.unique(y), len(X)
        return self

    def score(self, X, y):
        return self.a - 0.01 * self.n_ + 0.001 * np.sin(X[0, 0])

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@pytest.mark.parametrize("what", ["winners trained in part", "a rung that fails"])
def test_the_winner_is_that_of_the_search(what):
    options = {"n_iter": 8, "cv": 3, "random_state": 0, "min_resource": 10}
    model, winner = Forgetful(), "any"
    if what == "a rung that fails":
        model, winner = Forgetful(most=60), "top"
    space = {"a": uniform(0, 1)}
    search = HyperbandSearchCV(model, space, winner=winner, refit=winner == "any", **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fits that fail
        search.fit(X, Y)
    record = read_search(search)
    assert record.resources[search.best_index_] < record.resources.max()
    assert record.best_index == search.best_index_
    assert record.at_top[search.best_index_]
    assert np.nanmax(inspection.search_trace(search).best) == search.best_score_
    found = inspection.compare_to_default(search, baseline=int(np.flatnonzero(record.at_top)[0]))
    assert found.best_score == pytest.approx(search.best_score_)


def test_no_default():
    search = RandomizedSearchCV(TREE, {"max_depth": [5, 6]}, n_iter=2).fit(X, Y)
    record = read_search(search)
    assert record.default_index is None
    with pytest.raises(ValueError, match="not among the candidates"):
        record.index_of(None, "baseline")


@pytest.mark.parametrize("wrong", [-1, 99, "x", True, 1.5])
def test_what_is_no_candidate(wrong):
    record = read_search(GridSearchCV(TREE, GRID).fit(X, Y))
    with pytest.raises(ValueError, match=r"from 0 to 5, got"):
        record.index_of(wrong, "baseline")


def test_settings_as_candidates():
    record = read_search(GridSearchCV(TREE, GRID).fit(X, Y))
    assert record.index_of({"max_depth": 2, "min_samples_leaf": 5}, "to") == 3
    with pytest.raises(ValueError, match=r"names \['depth'\]; the search has \['max_depth'"):
        record.index_of({"depth": 2}, "to")
    with pytest.raises(ValueError, match="no candidate has the setting"):
        record.index_of({"max_depth": 9, "min_samples_leaf": 5}, "to")
    with pytest.raises(ValueError, match=r"must have \['min_samples_leaf'\], too"):
        record.index_of({"max_depth": 2}, "to")


def test_logarithmic_ranges():
    record = read_search(
        RandomizedSearchCV(Ridge(), {"alpha": loguniform(1e-3, 1e3)}, n_iter=5).fit(X, Y)
    )
    assert not record.is_inferred
    assert record.names == ("alpha",)


# Noise


@pytest.mark.parametrize(("n_splits", "n_repeats"), [(2, 1), (3, 1), (5, 1), (10, 1), (5, 4)])
def test_noise_is_that_of_the_folds(n_splits, n_repeats):
    """Estimated from few folds, with effects of candidates and folds; repeats count once."""
    found, n_folds = [], n_splits * n_repeats
    for seed in range(60):
        rng = np.random.default_rng(seed)
        folds = 5.0 * rng.standard_normal((40, 1)) + 5.0 * rng.standard_normal(n_folds)
        folds = folds + 2.0 * rng.standard_normal((40, n_folds))
        evaluation = Evaluation(Ridge(), None, None, 1.0 / (n_splits - 1))
        settings = [{"x": v} for v in rng.random(40)]
        record = record_of(settings, folds, {"x": uniform(0, 1)}, evaluation=evaluation)
        found.append(record.noise())
    assert_allclose(np.mean(found), 4.0 / n_splits, rtol=0.1)


def test_noise_of_dropped_candidates_and_of_disasters():
    rng = np.random.default_rng(0)
    folds = 0.1 * rng.standard_normal((30, 5))
    folds[:5] *= 1e3
    folds[5:10, 2:] = np.nan
    settings = [{"x": v} for v in rng.random(30)]
    status = ("complete",) * 5 + ("dropped",) * 5 + ("complete",) * 20
    noise = record_of(settings, folds, {"x": uniform(0, 1)}, status=status).noise()
    assert_allclose(noise[5:10], 2.5 * noise[20])
    assert 0.5 * 0.01 / 5 < noise[20] < 2.0 * 0.01 / 5
