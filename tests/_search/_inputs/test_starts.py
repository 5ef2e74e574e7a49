"""What a search begins with: the estimator's own setting, then what was learned of it."""

import pytest
from scipy.stats import randint
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

from sktune import AnnealingSearchCV, BayesSearchCV
from sktune.space import SearchSpace
from sktune.space._known_spaces._starts import known_starts

SPACE = {"max_depth": randint(1, 41), "min_samples_leaf": randint(1, 101)}
OWN = {"max_depth": 3, "min_samples_leaf": 7}
LEARNED = known_starts(DecisionTreeClassifier(), SearchSpace.from_distributions(SPACE))


def first_settings(kind=BayesSearchCV, space=SPACE, n_iter=6, **options):
    tree = DecisionTreeClassifier(random_state=0, **OWN)
    search = kind(tree, space, n_iter=n_iter, cv=2, random_state=0, **options)
    return search.fit(*load_iris(return_X_y=True)).cv_results_["params"]


@pytest.mark.parametrize("kind", [BayesSearchCV, AnnealingSearchCV])
def test_own_setting_then_what_was_learned(kind):
    settings = first_settings(kind)
    assert len(LEARNED) == 3
    assert settings[:4] == [OWN, *LEARNED]
    assert settings[4] not in settings[:4]


@pytest.mark.parametrize("given", ["default", [OWN]], ids=["default", "list"])
def test_own_setting_alone(given):
    settings = first_settings(initial_params=given)
    assert settings[0] == OWN
    assert not any(setting in LEARNED for setting in settings)


def test_nothing():
    settings = first_settings(initial_params=[])
    assert not any(setting in [OWN, *LEARNED] for setting in settings)


def test_a_space_that_is_run_whole_is_run_in_its_order():
    space = {"max_depth": [2, 28], "min_samples_leaf": [1, 10]}
    settings = first_settings(space=space, n_iter=4)
    assert settings == [
        {"max_depth": depth, "min_samples_leaf": leaf} for depth in (2, 28) for leaf in (1, 10)
    ]


def test_earlier_searches_know_better():
    tree = DecisionTreeClassifier(random_state=0, **OWN)
    earlier = BayesSearchCV(tree, SPACE, n_iter=8, cv=2, random_state=1, initial_params=[])
    earlier.fit(*load_iris(return_X_y=True))
    settings = first_settings(warm_start_from=earlier)
    assert settings[:2] == [OWN, earlier.best_params_]
    assert not any(setting in LEARNED for setting in settings)


def test_a_budget_may_end_among_them():
    assert first_settings(n_iter=2) == [OWN, LEARNED[0]]
