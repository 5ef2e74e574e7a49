import numpy as np
import pytest
from scipy.stats import loguniform, randint, uniform

from sktune._gp import best_new, maximize_acquisition
from sktune.space import SearchSpace


def anything(point):
    return True


def maximize(value, space, incumbents=None, is_new=anything, seed=0):
    if incumbents is None:
        incumbents = space.sample(3, np.random.default_rng(1))
    return maximize_acquisition(value, space, incumbents, np.random.default_rng(seed), is_new)


@pytest.fixture
def mixed():
    return SearchSpace.from_distributions(
        {
            "a": uniform(0, 1),
            "b": loguniform(1e-3, 1e3),
            "c": randint(0, 50),
            "d": ["x", "y", "z"],
        }
    )


def peak(space, params):
    """An acquisition that is highest at a setting, over features."""
    target = space.encode(space.transform([params]))
    return lambda points: -np.sum((space.encode(points) - target) ** 2, axis=1)


def test_finds_the_peak_of_a_mixed_space(mixed):
    target = {"a": 0.37, "b": 0.02, "c": 41, "d": "y"}
    (found,) = mixed.inverse_transform(maximize(peak(mixed, target), mixed))
    assert found["d"] == "y"
    assert found["c"] == 41
    assert found["a"] == pytest.approx(0.37, abs=0.01)
    assert np.log(found["b"] / 0.02) == pytest.approx(0, abs=0.3)


def test_finds_a_corner():
    space = SearchSpace.from_distributions({f"x{i}": uniform(0, 1) for i in range(6)})
    found = maximize(lambda points: points.sum(axis=1), space)
    assert found.sum() > 5.9


def test_points_are_snapped_and_the_answer_is_one_of_them(mixed):
    asked = []

    def value(points):
        np.testing.assert_array_equal(mixed.snap(points), points)
        asked.extend(map(tuple, points))
        return points.sum(axis=1)

    assert tuple(maximize(value, mixed)) in asked


def test_never_one_that_is_not_new(mixed):
    value = peak(mixed, {"a": 0.37, "b": 0.02, "c": 41, "d": "y"})
    first = maximize(value, mixed)
    second = maximize(value, mixed, is_new=lambda point: tuple(point) != tuple(first))
    assert tuple(second) != tuple(first)
    assert maximize(value, mixed, is_new=lambda point: False) is None


def test_constraint_holds():
    space = SearchSpace.from_distributions(
        {"a": uniform(0, 1), "b": uniform(0, 1)}, lambda params: params["a"] + params["b"] < 1
    )
    found = maximize(
        lambda points: points.sum(axis=1), space, is_new=lambda p: bool(space.allowed(p)[0])
    )
    assert 0.95 < found.sum() < 1


def test_switches_the_branch():
    space = SearchSpace.from_distributions(
        [{"kind": ["a"], "x": uniform(0, 1)}, {"kind": ["b"], "y": uniform(0, 1)}]
    )
    target = space.transform([{"kind": "b", "y": 0.9}])
    incumbents = space.transform([{"kind": "a", "x": 0.1}])
    found = maximize(lambda points: -np.abs(points - target).sum(axis=1), space, incumbents)
    (params,) = space.inverse_transform(found)
    assert params["kind"] == "b"
    assert params["y"] == pytest.approx(0.9, abs=0.01)


def test_same_generator_same_point(mixed):
    def value(points):
        return np.sin(9 * points).sum(axis=1)

    np.testing.assert_array_equal(maximize(value, mixed), maximize(value, mixed))
    assert tuple(maximize(value, mixed)) != tuple(maximize(value, mixed, seed=1))


def test_best_new_takes_the_next_best():
    points = np.array([[0.1], [0.5], [0.9]])
    values = np.array([1.0, 3.0, 2.0])
    assert best_new(points, values, anything) == pytest.approx([0.5])
    assert best_new(points, values, lambda p: p[0] != 0.5) == pytest.approx([0.9])
    assert best_new(points, values, lambda p: False) is None
