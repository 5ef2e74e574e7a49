"""``AnnealingSearchCV``: the contract of all searches, and what is its own."""

import pytest
from scipy.stats import uniform

from sktune import AnnealingSearchCV
from tests.contracts.search_contract import Recorder, SearchContract, rows


class TestContract(SearchContract):
    search_class = AnnealingSearchCV


@pytest.mark.parametrize(
    "name, value", [("initial_temperature", 0.0), ("cooling", 1.5), ("n_chains", 0)]
)
def test_bad_parameters(name, value):
    search = AnnealingSearchCV(Recorder(), {"level": uniform()}).set_params(**{name: value})
    with pytest.raises(ValueError, match=f"'{name}' parameter"):
        search.fit(*rows())


def test_budget_sets_the_schedule():
    # At the end of a long budget the moves are small: they gather round the top at 0.7.
    def score(estimator, X, y):
        return -abs(estimator.level - 0.7)

    search = AnnealingSearchCV(
        Recorder(), {"level": uniform()}, n_iter=60, scoring=score, cv=2, random_state=0
    ).fit(*rows())
    levels = [params["level"] for params in search.cv_results_["params"]]
    distances = [abs(level - 0.7) for level in levels]
    assert sum(distances[-20:]) < sum(distances[10:30]) / 2
    assert min(distances) < 0.01


@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
def test_parameters_reach_the_optimizer():
    search = AnnealingSearchCV(
        Recorder(), {"level": uniform()}, initial_temperature=2.0, cooling=0.5, n_chains=3, cv=2
    ).fit(*rows())
    optimizer = search.optimizer_
    assert (optimizer.initial_temperature, optimizer.cooling, optimizer.n_chains) == (2.0, 0.5, 3)
