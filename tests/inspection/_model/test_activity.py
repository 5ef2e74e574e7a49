"""Parameters without an effect under some choices: what explains a search knows them."""

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC

from sktune import AnnealingSearchCV, BayesSearchCV
from sktune.inspection import hyperparameter_importance, read_search, score_dependence

X, Y = load_iris(return_X_y=True)
SPACE = {"C": loguniform(0.1, 100), "gamma": loguniform(0.01, 1), "kernel": ["linear", "rbf"]}
FOREST = {"bootstrap": [True, False], "max_samples": [0.3, 0.6], "max_depth": [1, 2, 3]}

pytestmark = pytest.mark.filterwarnings(
    "ignore::sktune.exceptions.EdgeOfRangeWarning",
    "ignore::sktune.exceptions.SpaceExhaustedWarning",
)


@pytest.fixture(scope="module", params=[BayesSearchCV, AnnealingSearchCV])
def record(request):
    return read_search(request.param(SVC(), SPACE, n_iter=12, cv=3, random_state=0).fit(X, Y))


def test_the_space_is_that_of_the_search(record):
    assert not record.is_inferred
    assert record.space.conditions == {"gamma": {"kernel": ["rbf"]}}


def test_a_parameter_has_its_share_of_the_space(record):
    found = hyperparameter_importance(record, n_draws=2)
    assert dict(zip(found.names, found.coverage, strict=True)) == {
        "C": 1,
        "gamma": 0.5,
        "kernel": 1,
    }


def test_the_score_along_a_parameter_is_that_where_it_has_an_effect(record):
    found = score_dependence(record, ["gamma"], n_draws=2)
    assert np.isfinite(found.mean).all()


def test_a_value_outside_of_the_space_where_there_is_no_effect():
    """``max_samples`` must be None without a bootstrap."""
    forest = RandomForestClassifier(5, random_state=0)
    search = BayesSearchCV(forest, FOREST, n_iter=8, cv=3, random_state=0).fit(X, Y)
    assert any(params["max_samples"] is None for params in search.cv_results_["params"])
    assert not read_search(search).is_inferred


def test_a_ready_space():
    record = read_search(BayesSearchCV(SVC(), "auto", n_iter=5, cv=3, random_state=0).fit(X, Y))
    assert not record.is_inferred
    assert set(record.space.conditions) <= set(record.names)
