"""On a grid that the budget covers, a search is ``GridSearchCV``: same table, same model."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, ParameterGrid
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import sktune

X, y = load_iris(return_X_y=True)
TREE_GRID = {"max_depth": [3, 1, 2], "min_samples_split": [2, 10]}
SVC_GRID = [
    {"kernel": ["rbf"], "C": [10, 0.1], "gamma": ["scale", 0.5]},
    {"kernel": ["linear", "linear"], "C": [1]},  # a repeat is run again, as in GridSearchCV
]
TWO_METRICS = {"scoring": ["accuracy", "f1_macro"]}

CASES = {
    "plain": (DecisionTreeClassifier(random_state=0), TREE_GRID, {}),
    "train scores": (SVC(), SVC_GRID, {"return_train_score": True}),
    "two metrics": (SVC(), SVC_GRID, {**TWO_METRICS, "refit": "f1_macro"}),
    "no refit": (SVC(), SVC_GRID, {**TWO_METRICS, "refit": False}),
    "callable refit": (SVC(), SVC_GRID, {"refit": lambda results: 2}),
    "failing": (SVC(), {"C": [1.0, -1.0, 2.0]}, {}),
    "failing with a number": (SVC(), {"C": [1.0, -1.0]}, {"error_score": 0.25}),
    "two jobs": (SVC(), SVC_GRID, {"n_jobs": 2}),
    "nothing to vary": (SVC(), {}, {}),
}


# A search along a slope runs no grid, and takes no trees.
OTHERS = {"BaseOptimizerSearchCV", "GradientSearchCV"}
SEARCHES = [n for n in sktune.__all__ if n.endswith("SearchCV") and n not in OTHERS]


def fit(search):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # both warn of failing fits
        return search.fit(X, y)


# A search for trade-offs needs two metrics.
PAIRS = [
    (name, case)
    for name in SEARCHES
    for case, (*_, settings) in CASES.items()
    if name != "ParetoSearchCV" or "scoring" in settings
]


@pytest.mark.parametrize("name, case", PAIRS)
def test_same_as_grid_search(name, case):
    estimator, grid, settings = CASES[case]
    theirs = fit(GridSearchCV(estimator, grid, cv=3, **settings))
    search_class = getattr(sktune, name)
    n_iter = len(ParameterGrid(grid))
    ours = fit(search_class(estimator, grid, n_iter=n_iter, cv=3, **settings))

    # A search with rungs says besides on which of them a row is.
    more = [key for key in ours.cv_results_ if key not in theirs.cv_results_]
    assert more == [] or {"resource", "parent", "n_splits_done"} <= set(more)
    assert [key for key in ours.cv_results_ if key not in more] == list(theirs.cv_results_)
    assert ours.cv_results_["params"] == theirs.cv_results_["params"]
    for key, values in theirs.cv_results_.items():
        if not key.endswith("_time") and key != "params":
            assert_array_equal(np.ma.filled(ours.cv_results_[key]), np.ma.filled(values), key)
    for attribute in ("best_index_", "best_params_", "best_score_", "multimetric_", "n_splits_"):
        if hasattr(theirs, attribute):
            assert getattr(ours, attribute) == getattr(theirs, attribute)
    assert hasattr(ours, "best_estimator_") == hasattr(theirs, "best_estimator_")
    if theirs.refit is not False:
        assert_array_equal(ours.predict(X), theirs.predict(X))
