"""What estimators tell of their fits is kept, and they are asked before the refit."""

import pickle
import statistics
import threading
import warnings

import joblib
import numpy as np
import pytest
from scipy.stats import randint, uniform
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sktune import BayesSearchCV
from sktune.exceptions import EdgeOfRangeWarning, RefitParamsWarning
from tests.contracts.search_contract import Recorder, Reporting, rows

pytestmark = pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")

LEVELS = {"level": uniform()}


class Holder(MetaEstimatorMixin, BaseEstimator):
    """Fits what it is given in its own place."""

    def __init__(self, inner=None):
        self.inner = inner

    def fit(self, X, y):
        self.inner.fit(X, y)
        return self

    def score(self, X, y):
        return self.inner.score(X, y)


class FailsOnFold(Reporting):
    """Fails where the training part has the first row."""

    def fit(self, X, y, sample_weight=None):
        if 0 in X[:, 0] and len(X) < 30:
            raise ValueError("not on this fold")
        return super().fit(X, y)


class Silent(Reporting):
    """Reports, and wants nothing of it."""

    refit_params = None


class Talkative(Recorder):
    """Has something under that name that is no report."""

    def fit(self, X, y, sample_weight=None):
        self.fit_report_ = "all went well"
        return super().fit(X, y)


class Heavy(Reporting):
    """Cannot leave the process once fitted."""

    def fit(self, X, y, sample_weight=None):
        self.lock_ = threading.Lock()
        return super().fit(X, y)


class WrongAdvice(Reporting):
    """Answers as `kind` says."""

    def refit_params(self, reports):
        if self.kind == "raises":
            raise ZeroDivisionError("no folds")
        return {"unknown": {"n_steps": 3, "n_stepz": 4}, "no dict": None}[self.kind]


def search(estimator, space, **kwargs):
    settings = {"n_iter": 4, "cv": 3, "random_state": 0, **kwargs}
    return BayesSearchCV(estimator, space, **settings)


def best_steps(fitted, name):
    """What the folds of the best candidate reported."""
    folds = fitted.fit_reports_[fitted.best_index_]
    return [fold[name]["best"] for fold in folds if fold is not None]


# Kept


def test_reports_are_aligned_with_the_table():
    fitted = search(Reporting(), LEVELS).fit(*rows())
    assert [len(folds) for folds in fitted.fit_reports_] == [3, 3, 3, 3]
    for params, folds in zip(fitted.cv_results_["params"], fitted.fit_reports_, strict=True):
        for split, fold in enumerate(folds):
            assert fold == {"": Reporting.report(params["level"], first_row=0 if split else 10)}


@pytest.mark.parametrize("estimator", [Recorder(), Talkative(), Reporting(stops=False)])
def test_where_nothing_is_reported(estimator):
    fitted = search(estimator, LEVELS).fit(*rows())
    assert fitted.fit_reports_ == [[None] * 3] * 4
    assert fitted.refit_params_ == {}
    assert fitted.best_estimator_.get_params() == {**estimator.get_params(), **fitted.best_params_}


def test_a_fold_that_failed_has_no_report():
    with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="non-finite"):
        fitted = search(FailsOnFold(), LEVELS).fit(*rows())
    for first, *others in fitted.fit_reports_:
        assert first is not None
        assert others == [None, None]
    assert fitted.refit_params_ == {"n_steps": best_steps(fitted, "")[0], "stops": False}


def test_a_fold_that_only_cannot_be_scored_has_its_report():
    def score(estimator, X, y):
        raise ValueError("cannot be scored")

    with pytest.warns(UserWarning, match="Scoring failed|non-finite"):
        fitted = search(Reporting(), LEVELS, scoring=score).fit(*rows())
    assert all(None not in folds for folds in fitted.fit_reports_)


def test_the_model_stays_in_the_worker():
    with joblib.parallel_config("loky", n_jobs=2):
        fitted = search(Heavy(), LEVELS, refit=False).fit(*rows())
    assert all(None not in folds for folds in fitted.fit_reports_)


def test_workers_give_the_same_reports():
    # A design alone: with a model, the order of completion has its say.
    settings = {"n_iter": 8, "initial_params": [], "n_initial_points": 8}
    alone = search(Reporting(), {"level": [i / 10 for i in range(8)]}, **settings).fit(*rows())
    with joblib.parallel_config("loky", n_jobs=2):
        together = clone(alone).fit(*rows())
    assert together.cv_results_["params"] == alone.cv_results_["params"]
    assert together.fit_reports_ == alone.fit_reports_
    assert together.refit_params_ == alone.refit_params_


def test_they_are_pickled_with_the_search():
    fitted = search(make_pipeline(Reporting()), {"reporting__level": uniform()}).fit(*rows())
    loaded = pickle.loads(pickle.dumps(fitted))
    assert loaded.fit_reports_ == fitted.fit_reports_
    assert loaded.refit_params_ == fitted.refit_params_


# Under which name


@pytest.mark.parametrize(
    "estimator, name",
    [
        (Reporting(), ""),
        (make_pipeline(FunctionTransformer(), Reporting()), "reporting"),
        (Pipeline([("clf", Holder(Reporting()))]), "clf__inner"),
        (Holder(make_pipeline(Holder(Reporting()))), "inner__holder__inner"),
        # The parameter is cloned for the fit, and stands fitted in `regressor_`.
        (TransformedTargetRegressor(Reporting(), check_inverse=False), "regressor"),
        (TransformedTargetRegressor(make_pipeline(Reporting())), "regressor__reporting"),
    ],
)
def test_name_of_a_nested_estimator(estimator, name):
    prefix = f"{name}__" if name else ""
    space = {f"{prefix}level": uniform(), f"{prefix}n_steps": randint(20, 40)}
    fitted = search(estimator, space, scoring=lambda e, X, y: 0.5).fit(*rows())
    assert {tuple(fold) for folds in fitted.fit_reports_ for fold in folds} == {(name,)}
    n_steps = statistics.median(best_steps(fitted, name))
    assert fitted.refit_params_ == {f"{prefix}n_steps": n_steps, f"{prefix}stops": False}
    assert fitted.best_params_[f"{prefix}n_steps"] >= 20
    settings = fitted.best_estimator_.get_params()
    assert settings == {**settings, **fitted.best_params_, **fitted.refit_params_}
    assert Recorder.fits[-1][0]["n_steps"] == n_steps
    assert estimator.get_params()[f"{prefix}n_steps"] == 30


def test_an_estimator_that_the_search_chooses():
    pipeline = Pipeline([("model", DummyClassifier())])
    space = [
        {"model": [Reporting()], "model__level": [2.0, 3.0]},
        {"model": [DummyClassifier()]},
    ]
    fitted = search(pipeline, space, n_iter=3).fit(*rows())
    assert [folds[0] is None for folds in fitted.fit_reports_] == [False, False, True]
    assert fitted.refit_params_.keys() == {"model__n_steps", "model__stops"}
    assert fitted.best_estimator_[-1].n_steps == fitted.refit_params_["model__n_steps"]
    assert space[0]["model"][0].n_steps == 30


def test_several_that_report():
    pipeline = Pipeline([("first", Reporting(level=0.25)), ("last", Reporting())])
    fitted = search(pipeline, {"last__level": uniform()}).fit(*rows())
    assert fitted.fit_reports_[0][0].keys() == {"first", "last"}
    assert fitted.refit_params_ == {
        "first__n_steps": statistics.median(best_steps(fitted, "first")),
        "first__stops": False,
        "last__n_steps": statistics.median(best_steps(fitted, "last")),
        "last__stops": False,
    }


# The refit


@pytest.mark.parametrize(
    "scoring, refit, best_index",
    [
        ({"a": lambda e, X, y: -e.level, "b": lambda e, X, y: e.level}, "b", None),
        ({"a": lambda e, X, y: -e.level, "b": lambda e, X, y: e.level}, lambda results: 1, 1),
        (None, lambda results: 2, 2),
    ],
)
def test_the_winners_reports_decide(scoring, refit, best_index):
    fitted = search(Reporting(), LEVELS, scoring=scoring, refit=refit, n_iter=6).fit(*rows())
    if best_index is None:
        best_index = int(np.argmax(fitted.cv_results_["mean_test_b"]))
    assert fitted.best_index_ == best_index
    best = [fold[""]["best"] for fold in fitted.fit_reports_[best_index]]
    assert fitted.refit_params_ == {"n_steps": statistics.median(best), "stops": False}


def test_without_a_refit():
    fitted = search(Reporting(), LEVELS, refit=False).fit(*rows())
    assert not hasattr(fitted, "refit_params_")
    assert fitted.fit_reports_[0][0] is not None


def test_reports_alone_change_nothing():
    fitted = search(Silent(), LEVELS).fit(*rows())
    assert fitted.fit_reports_[0][0] is not None
    assert fitted.refit_params_ == {}
    assert fitted.best_estimator_.stops


@pytest.mark.parametrize(
    "kind, message",
    [
        ("raises", "ZeroDivisionError: no folds"),
        ("unknown", "Invalid parameter 'n_stepz'"),
        ("no dict", "AttributeError"),
    ],
)
def test_refit_params_that_fail_cost_nothing(kind, message):
    pipeline = Pipeline([("good", Reporting()), ("bad", WrongAdvice(kind=kind))])
    with pytest.warns(RefitParamsWarning, match=message) as caught:
        fitted = search(pipeline, {"bad__level": uniform()}).fit(*rows())
    assert caught[0].filename == __file__
    assert str(caught[0].message).startswith("WrongAdvice.refit_params failed")
    assert fitted.refit_params_.keys() == {"good__n_steps", "good__stops"}
    assert fitted.best_estimator_[-1].n_steps == 30
    assert fitted.best_estimator_[-1].level == fitted.best_params_["bad__level"]


def test_a_frozen_estimator_is_not_asked_for_refit_params():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", EdgeOfRangeWarning)
        frozen = FrozenEstimator(Reporting().fit(*rows()))
        pipeline = Pipeline([("frozen", frozen), ("model", Recorder())])
        fitted = search(pipeline, {"model__level": uniform()}).fit(*rows())
    assert fitted.refit_params_ == {}


def test_grid_search_is_not_in_the_way():
    fitted = GridSearchCV(Reporting(), {"level": [0.0, 1.0]}, cv=3).fit(*rows())
    assert fitted.best_estimator_.fit_report_
