"""Costs of fitted models, on all estimators of scikit-learn and where they can be counted."""

import pickle
import time
import warnings
from itertools import count

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import BaggingRegressor, RandomForestClassifier, VotingRegressor
from sklearn.feature_selection import RFE, SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Lasso, LogisticRegression, RANSACRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.utils import all_estimators

from sktune import ParetoSearchCV
from sktune._search._pareto import _costs
from sktune._search._pareto._costs import COSTS, Fold
from tests.universe._estimators import build, data_for
from tests.universe._sample import sampled

X, Y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X)
BUILT = {n: built for n, kind in all_estimators() if (built := build(kind)) is not None}


def cost(name, estimator, rows=X, fit_time=0.1):
    return COSTS[name](Fold(estimator, rows, fit_time, 0.2))


@pytest.mark.parametrize("name", sampled(sorted(BUILT), 16))
def test_every_estimator_has_a_size_and_a_number_of_features(name):
    estimator = BUILT[name]
    data = data_for(estimator)
    if data is None:
        return
    rows, y = data
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = clone(estimator).fit(rows, y)
        except ValueError:  # made for other data
            return
        assert cost("model_size", model) == len(pickle.dumps(model, protocol=5))
        n_features = cost("n_features", model, rows)
        assert 0 <= n_features == int(n_features)
        if hasattr(model, "predict") and np.ndim(rows) == 2:
            assert n_of_effect(model, np.asarray(rows)) <= n_features
        if hasattr(model, "predict"):
            assert cost("prediction_time", model, rows) > 0


@pytest.mark.parametrize(
    "estimator, n_used",
    [
        (Lasso(0.1), lambda model: np.count_nonzero(model.coef_)),
        (LogisticRegression(), lambda model: 30),
        (SVC(kernel="rbf"), lambda model: 30),
        (SVC(kernel="linear"), lambda model: 30),
        (
            RandomForestClassifier(2, max_depth=2, random_state=0),
            lambda model: np.count_nonzero(model.feature_importances_),
        ),
        (make_pipeline(SelectKBest(k=7), LogisticRegression()), lambda model: 7),
        (make_pipeline(SelectKBest(k=7), KNeighborsClassifier()), lambda model: 7),
        (make_pipeline(SelectKBest(k=7), "passthrough"), lambda model: 30),
        (GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2), lambda model: 30),
    ],
    ids=lambda value: type(value).__name__,
)
def test_features_that_are_used(estimator, n_used):
    model = estimator.fit(X, Y)
    assert cost("n_features", model) == n_used(model)
    assert cost("n_features", FrozenEstimator(model)) == n_used(model)


def n_of_effect(model, rows):
    """How many columns change what a model tells of some rows when they are turned upside down."""
    methods = ("decision_function", "predict_proba", "predict")
    tell = next(getattr(model, name) for name in methods if hasattr(model, name))
    told, n_found = np.asarray(tell(rows), dtype=float), 0
    for column in range(rows.shape[1]):
        changed = rows.astype(float)
        changed[:, column] = changed[::-1, column]
        n_found += not np.allclose(np.asarray(tell(changed), dtype=float), told)
    return n_found


SPARSE = Lasso(0.1)


@pytest.mark.parametrize(
    "ensemble",
    [
        MultiOutputRegressor(SPARSE),
        OneVsRestClassifier(LinearSVC(penalty="l1", C=0.003)),
        OneVsOneClassifier(LinearSVC(penalty="l1", C=0.003)),
        BaggingRegressor(SPARSE, 3, max_features=0.3, random_state=0),
        VotingRegressor([("less", Lasso(0.3)), ("none", "drop"), ("more", SPARSE)]),
        RANSACRegressor(SPARSE, min_samples=0.5, residual_threshold=5.0, random_state=0),
        CalibratedClassifierCV(LinearSVC(penalty="l1", C=0.003), cv=2),
        RFE(SPARSE, n_features_to_select=9),
        TransformedTargetRegressor(MultiOutputRegressor(SPARSE)),
        RFE(LogisticRegression(), n_features_to_select=9),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_ensemble_uses_what_its_members_use(ensemble):
    y = np.column_stack([Y, X[:, 3]]) if "MultiOutput" in repr(ensemble) else Y
    model = clone(ensemble).fit(X, y)
    assert 0 < cost("n_features", model) == n_of_effect(model, X) < 30


def test_an_ensemble_of_which_a_member_does_not_tell_counts_with_all():
    model = BaggingRegressor(KNeighborsRegressor(), 2, max_features=0.3, random_state=0)
    assert cost("n_features", model.fit(X, Y)) == 30


class Clocked(BaseEstimator):
    """Takes so many seconds of a clock of the test for each prediction."""

    def __init__(self, seconds=1.0):
        self.seconds = seconds

    def predict(self, X):
        self.clock.now += self.seconds * (3.0 if next(self.calls) == 0 else 1.0)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize(
    "seconds, fit_time, n_calls, expected",
    [
        (0.001, 0.0, 26, 0.001),  # 25 after the first, which takes three times as long
        (0.006, 0.0, 6, 0.006),  # within 50 ms
        (0.006, 0.8, 6, 0.006),  # 5 % of the fit is less
        (0.1, 100.0, 26, 0.1),  # 5 % of the fit is more
        (1.0, 0.0, 1, 3.0),  # no time for another
    ],
)
def test_time_of_predictions_is_bounded(monkeypatch, seconds, fit_time, n_calls, expected):
    model = Clocked(seconds)
    model.clock, model.calls = Clock(), count()
    monkeypatch.setattr(_costs, "time", type("Time", (), {"perf_counter": model.clock}))
    found = cost("prediction_time", model, np.zeros((10, 1)), fit_time)
    assert found == pytest.approx(expected / 10)
    assert next(model.calls) == n_calls
    assert time.perf_counter() > 0  # of the others


class Unpicklable(LogisticRegression):
    """Holds what cannot be pickled where `C` is above 1."""

    def fit(self, X, y):
        if self.C > 1:
            self.open_ = (n for n in range(3))
        return super().fit(X, y)


def unpicklable_search(**kwargs):
    scoring = ["accuracy", "model_size"]
    return ParetoSearchCV(Unpicklable(), {"C": [0.5, 1.0, 2.0]}, scoring=scoring, cv=2, **kwargs)


def test_size_of_a_class_that_only_the_users_session_knows():
    # In a worker, a class of a notebook is a copy without a module to look it up in.
    class Known(LogisticRegression):
        pass

    small, large = (Known().fit(rows, np.arange(len(rows)) % 2) for rows in (X, np.hstack([X, X])))
    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(small)
    assert 0 < cost("model_size", small) < cost("model_size", large)


@pytest.mark.parametrize("error_score", [np.nan, -5.0])
def test_what_cannot_be_measured_is_a_failed_score(error_score):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "One or more of the test scores are non-finite")
        with pytest.warns(UserWarning, match="'model_size' could not be measured"):
            search = unpicklable_search(n_iter=3, error_score=error_score).fit(X, Y)
    np.testing.assert_array_equal(search.cv_results_["mean_test_model_size"][2], error_score)
    assert 2 not in search.pareto_index_
    assert [c.id for c in search.optimizer_._told().failed] == [2]


def test_error_score_raise():
    with pytest.raises(TypeError, match="cannot pickle 'generator'"):
        unpicklable_search(n_iter=3, error_score="raise").fit(X, Y)
