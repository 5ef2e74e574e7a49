"""Estimators inside an estimator, and the workers they ask for."""

import os
import threading
from contextlib import contextmanager

import joblib
import pytest
from scipy.stats import uniform
from sklearn.compose import TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune import BayesSearchCV
from sktune._search._nested import nested_estimators, preferred_workers, worker_contexts
from tests.contracts.search_contract import Recorder, rows


class Threaded(Recorder):
    """Would rather have threads."""

    joblib_prefer = "threads"


def score_process(estimator, X, y):
    return float(os.getpid())


def processes(estimator, **kwargs):
    """Where the folds of a search were run: the numbers of the processes."""
    name = "level" if isinstance(estimator, Recorder) else "model__level"
    search = BayesSearchCV(
        estimator, {name: uniform()}, n_iter=2, cv=2, scoring=score_process, refit=False, **kwargs
    ).fit(*rows())
    return {
        int(search.cv_results_[f"split{split}_test_score"][i]) for split in (0, 1) for i in (0, 1)
    }


def test_names_are_those_of_set_params():
    inner = make_pipeline(StandardScaler(), Ridge())
    estimator = Pipeline(
        [("scale", StandardScaler()), ("model", TransformedTargetRegressor(inner))]
    )
    names = dict(nested_estimators(estimator))
    assert list(names) == [
        "",
        "scale",
        "model",
        "model__regressor",
        "model__regressor__standardscaler",
        "model__regressor__ridge",
    ]
    parameters = estimator.get_params()
    assert all(value is parameters[name] for name, value in names.items() if name)


def test_a_fitted_copy_stands_for_the_parameter():
    X, y = rows()
    estimator = TransformedTargetRegressor(make_pipeline(Ridge())).fit(X, y)
    names = dict(nested_estimators(estimator))
    assert names["regressor"] is estimator.regressor_
    assert hasattr(names["regressor__ridge"], "coef_")


def test_classes_and_frozen_estimators_are_not_fitted_along():
    frozen = FrozenEstimator(Ridge())
    estimator = Pipeline([("a", frozen), ("b", TransformedTargetRegressor(Ridge))])
    assert list(dict(nested_estimators(estimator))) == ["", "b"]


@pytest.mark.parametrize(
    "estimator, hint",
    [
        (Ridge(), None),
        (make_pipeline(StandardScaler(), Ridge()), None),
        (Threaded(), "threads"),
        (make_pipeline(make_pipeline(Threaded()), Ridge()), "threads"),
        (make_pipeline(FrozenEstimator(Threaded()), Ridge()), "threads"),
        (TransformedTargetRegressor(Threaded), None),
    ],
)
def test_who_asks_for_threads(estimator, hint):
    assert preferred_workers(estimator) == hint


@pytest.mark.parametrize("estimator", [Threaded(), Pipeline([("model", Threaded())])])
@pytest.mark.parametrize("settings", [{}, {"n_jobs": 2}])
def test_folds_run_in_threads_where_no_backend_is_named(estimator, settings):
    with joblib.parallel_config(**settings):
        found = processes(estimator, n_jobs=None if settings else 2)
    assert found == {os.getpid()}


@pytest.mark.parametrize("estimator", [Threaded(), Recorder()])
def test_a_backend_that_is_named_is_taken(estimator):
    with joblib.parallel_config("loky"):
        assert os.getpid() not in processes(estimator, n_jobs=2)


def test_other_estimators_run_in_processes():
    assert os.getpid() not in processes(Recorder(), n_jobs=2)


_SET = threading.local()


class Level:
    """What is set for the calling thread, to be set in another one."""

    n_captured = 0

    def __init__(self):
        type(self).n_captured += 1
        self.value = getattr(_SET, "value", None)

    @contextmanager
    def __call__(self):
        before = getattr(_SET, "value", None)
        _SET.value = self.value
        try:
            yield
        finally:
            _SET.value = before


class OfThread(Recorder):
    """Depends on what is set for its thread."""

    worker_context = Level


def score_set(estimator, X, y):
    return getattr(_SET, "value", None) or 0.0


@pytest.mark.parametrize("backend", ["threading", "loky"])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_what_is_set_for_the_thread_travels_with_the_folds(backend, n_jobs, monkeypatch):
    monkeypatch.setattr(_SET, "value", 0.7, raising=False)
    estimator = Pipeline([("model", OfThread())])
    with joblib.parallel_config(backend, n_jobs=n_jobs):
        search = BayesSearchCV(
            estimator, {"model__level": uniform()}, n_iter=2, cv=2, scoring=score_set, refit=False
        ).fit(*rows())
    assert list(search.cv_results_["mean_test_score"]) == [0.7, 0.7]
    assert _SET.value == 0.7


def test_each_class_is_asked_once():
    before = Level.n_captured
    pipeline = make_pipeline(OfThread(), OfThread())
    assert len(worker_contexts(pipeline)) == 1
    assert Level.n_captured == before + 1
    assert worker_contexts(Recorder()) == []
