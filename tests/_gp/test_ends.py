import numpy as np
import pytest
from scipy.stats import randint, uniform

from sktune._gp._ends import INDIFFERENCE, away_from_ends
from sktune.space import SearchSpace


class Slopes:
    """A criterion that changes by so much from one end of each feature to the other."""

    def __init__(self, *slopes):
        self.slopes = np.array(slopes)

    def __call__(self, X):
        return X @ self.slopes


def anything(point):
    return True


def moved(slopes, point, space=None, is_new=anything, seed=0):
    space = space or SearchSpace.from_distributions({f"x{i}": uniform(0, 1) for i in range(3)})
    point = space.snap(np.array(point))[0]
    rng = np.random.default_rng(seed)
    return away_from_ends(Slopes(*slopes), space, point, rng, is_new)


def test_a_number_that_does_not_matter_is_drawn_anew_and_one_that_does_stays():
    found = np.array([moved([0.0, 5.0, 5.0], [1.0, 1.0, 0.4], seed=seed) for seed in range(200)])
    assert np.all(found[:, 1:] > [0.97, 0.39])
    # Drawn from the whole range: as random ones, 4 % of the values lie at an end.
    assert np.mean((found[:, 0] < 0.02) | (found[:, 0] > 0.98)) < 0.1
    assert found[:, 0].std() == pytest.approx(np.sqrt(1 / 12), rel=0.15)


@pytest.mark.parametrize("seed", range(20))
def test_all_changes_together_cost_at_most_the_indifference(seed):
    slopes = np.array([0.05, 0.1, 0.3])
    found = moved(slopes, [1.0, 1.0, 1.0], seed=seed)
    assert slopes @ (1 - found) <= INDIFFERENCE + 1e-12
    assert np.any(found < 1)


def test_numbers_in_the_middle_stay():
    assert moved([0.0, 0.0, 0.0], [0.03, 0.5, 0.97]).tolist() == [0.03, 0.5, 0.97]


def test_only_what_is_new_is_taken():
    start = [1.0, 1.0, 1.0]
    assert moved([0.0, 0.0, 0.0], start, is_new=lambda point: False).tolist() == start


def test_categories_short_lists_and_inactive_numbers_stay():
    space = SearchSpace.from_distributions(
        [
            {"kind": ["a"], "few": [1, 2, 3], "many": randint(0, 50)},
            {"kind": ["b"], "other": uniform(0, 1)},
        ]
    )
    (start,) = space.transform([{"kind": "a", "few": 1, "many": 49}])
    slopes = np.zeros(space.encode(start[None]).shape[1])
    (params,) = space.inverse_transform(moved(slopes, start, space))
    assert (params["kind"], params["few"]) == ("a", 1)
    assert params["many"] < 49
