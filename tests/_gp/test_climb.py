import numpy as np
import pytest
from scipy.stats import randint, uniform

from sktune._gp._climb import climb
from sktune.space import SearchSpace
from sktune.space._dimensions._scales import TAIL


class Paraboloid:
    """Highest where all features equal `top`; counts how often it is asked."""

    def __init__(self, top):
        self.top, self.n_asked = top, 0

    def __call__(self, X):
        return -np.sum((X - self.top) ** 2, axis=1)

    def with_gradient(self, X):
        self.n_asked += 1
        return self(X), -2 * (X - self.top)


@pytest.fixture
def branches():
    return SearchSpace.from_distributions(
        [
            {"k": ["a"], "x": uniform(0, 1), "c": ["p", "q"], "n": randint(0, 11)},
            {"k": ["b"], "y": uniform(0, 1)},
        ]
    )


def test_numbers_climb_and_the_rest_stays(branches):
    starts = branches.transform([{"k": "a", "x": 0.9, "c": "q", "n": 1}, {"k": "b", "y": 0.1}])
    climbed = branches.inverse_transform(climb(Paraboloid(0.4), branches, starts))
    top = pytest.approx(uniform.ppf(TAIL + 0.4 * (1 - 2 * TAIL)))
    assert climbed[0] == {"k": "a", "x": top, "c": "q", "n": 4}
    assert climbed[1] == {"k": "b", "y": top}


def test_what_a_branch_does_not_have_stays(branches):
    starts = branches.transform([{"k": "a", "x": 0.9, "c": "q", "n": 1}, {"k": "b", "y": 0.1}])
    moved = climb(Paraboloid(0.4), branches, starts) != starts
    np.testing.assert_array_equal(moved & ~branches.is_active(starts), False)
    assert moved.sum() == 3  # x, n and y


def test_stays_in_the_cube():
    space = SearchSpace.from_distributions({"x": uniform(0, 1), "y": uniform(0, 1)})
    np.testing.assert_array_equal(climb(Paraboloid(3.0), space, np.full((4, 2), 0.5)), 1.0)


def test_all_points_share_one_run():
    space = SearchSpace.from_distributions({"x": uniform(0, 1), "y": uniform(0, 1)})
    one, many = Paraboloid(0.4), Paraboloid(0.4)
    starts = np.random.default_rng(0).random((30, 2))
    climb(one, space, starts[:1])
    climb(many, space, starts)
    assert many.n_asked <= one.n_asked + 3


def test_nothing_to_climb():
    space = SearchSpace.from_distributions({"c": ["p", "q", None]})
    starts = space.transform([{"c": "q"}])
    np.testing.assert_array_equal(climb(Paraboloid(0.4), space, starts), starts)
    space = SearchSpace.from_distributions({"x": uniform(0, 1)})
    assert climb(Paraboloid(0.4), space, np.empty((0, 1))).shape == (0, 1)
