"""The course of a search in numbers, for scikit-learn's searches and for ours."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import load_iris
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.svm import SVC

from sktune import BayesSearchCV
from sktune.inspection import search_trace

X, y = load_iris(return_X_y=True)
SPACE = {"C": [0.01, 10.0, 1.0, 0.001]}
METRICS = ["accuracy", "f1_macro"]

SEARCHES = {
    "grid": lambda **kwargs: GridSearchCV(SVC(), SPACE, cv=3, **kwargs),
    "randomized": lambda **kwargs: RandomizedSearchCV(
        SVC(), SPACE, n_iter=4, cv=3, random_state=0, **kwargs
    ),
    "ours": lambda **kwargs: BayesSearchCV(SVC(), SPACE, n_iter=4, cv=3, random_state=0, **kwargs),
}


@pytest.fixture(params=SEARCHES)
def make(request):
    return SEARCHES[request.param]


def running_best(scores):
    """Best so far, in the most plain way; nan before the first number."""
    best, found = np.nan, []
    for score in scores:
        if not np.isnan(score) and not score <= best:
            best = score
        found.append(best)
    return found


def test_numbers_of_a_search(make):
    search = make().fit(X, y)
    results, trace = search.cv_results_, search_trace(search)
    assert trace.metric == "score"
    assert_array_equal(trace.scores, results["mean_test_score"])
    assert_array_equal(trace.stds, results["std_test_score"])
    assert_array_equal(trace.best, running_best(results["mean_test_score"]))
    assert trace.best[-1] == search.best_score_
    per_fold = results["mean_fit_time"] + results["mean_score_time"]
    assert_array_equal(trace.fit_times, 3 * per_fold)


@pytest.mark.parametrize(
    "refit, metric",
    [
        ("accuracy", "accuracy"),
        ("f1_macro", "f1_macro"),
        (False, "accuracy"),
        (lambda results: 0, "accuracy"),
    ],
)
def test_metric_that_was_maximised(make, refit, metric):
    search = make(scoring=METRICS, refit=refit).fit(X, y)
    trace = search_trace(search)
    assert trace.metric == metric
    assert_array_equal(trace.scores, search.cv_results_[f"mean_test_{metric}"])


@pytest.mark.parametrize("metric", METRICS)
def test_metric_that_is_wished(make, metric):
    search = make(scoring=METRICS, refit="accuracy").fit(X, y)
    trace = search_trace(search, metric)
    assert trace.metric == metric
    assert_array_equal(trace.scores, search.cv_results_[f"mean_test_{metric}"])
    assert_array_equal(trace.stds, search.cv_results_[f"std_test_{metric}"])


@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
@pytest.mark.parametrize("space", [[-1.0, 1.0, -2.0, 10.0], [1.0, -1.0], [1.0, 0.001, -1.0, 10.0]])
def test_failed_candidates(space):
    with pytest.warns(FitFailedWarning):
        search = GridSearchCV(SVC(), {"C": space}, cv=3).fit(X, y)
    trace = search_trace(search)
    assert_array_equal(np.isnan(trace.scores), np.array(space) < 0)
    assert_array_equal(trace.best, running_best(trace.scores))


def test_changing_a_trace_leaves_the_search_alone():
    search = SEARCHES["grid"]().fit(X, y)
    before = {key: np.array(value) for key, value in search.cv_results_.items()}
    trace = search_trace(search)
    for numbers in (trace.scores, trace.stds, trace.best, trace.fit_times):
        numbers[:] = -7
    for key, value in before.items():
        assert_array_equal(search.cv_results_[key], value)


def test_unknown_metric(make):
    search = make(scoring=METRICS, refit="accuracy").fit(X, y)
    message = r"metric must be one of \['accuracy', 'f1_macro'\], got 'recall'"
    with pytest.raises(ValueError, match=message):
        search_trace(search, "recall")


def test_unfitted_search(make):
    with pytest.raises(NotFittedError):
        search_trace(make())
