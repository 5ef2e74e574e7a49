"""``BayesSearchCV``: the contract of all searches, and what is its own."""

import numpy as np
import pytest
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from sktune import BayesSearchCV
from tests.contracts.search_contract import Recorder, SearchContract, rows


class TestContract(SearchContract):
    search_class = BayesSearchCV


@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
def test_model_is_used_after_the_first_design():
    search = BayesSearchCV(
        SVC(),
        {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)},
        n_iter=10,
        n_initial_points=4,
        random_state=0,
    ).fit(*load_iris(return_X_y=True))
    sources = [o.candidate.source for _, o in sorted(search.optimizer_.observations.items())]
    assert sources == ["design"] * 4 + ["model"] * 6


@pytest.mark.parametrize("n_initial_points", [0, "many", 2.5])
def test_bad_n_initial_points(n_initial_points):
    search = BayesSearchCV(Recorder(), {"level": uniform()}, n_initial_points=n_initial_points)
    with pytest.raises(ValueError, match="'n_initial_points' parameter"):
        search.fit(*rows())


def test_finds_the_top_of_a_smooth_score():
    # The maximum of 1 is at level = 0.7; 15 random settings come within 0.03 of it on average.
    def score(estimator, X, y):
        return 1 - (estimator.level - 0.7) ** 2

    search = BayesSearchCV(
        Recorder(), {"level": uniform()}, n_iter=15, scoring=score, cv=2, random_state=0
    ).fit(*rows())
    assert np.abs(search.best_params_["level"] - 0.7) < 0.005
