import numpy as np
import pytest
from scipy.stats import loguniform, randint, uniform

from sktune._gp import Maximizer, best_new, maximize_acquisition
from sktune.space import SearchSpace


def anything(point):
    return True


class Numeric:
    """A criterion from any function of features, with gradients by differences."""

    def __init__(self, value):
        self.value = value

    def __call__(self, X):
        return self.value(X)

    def with_gradient(self, X):
        step = 1e-6
        shifts = step * np.eye(X.shape[1])
        up = np.stack([self.value(X + shift) for shift in shifts], axis=1)
        down = np.stack([self.value(X - shift) for shift in shifts], axis=1)
        return self.value(X), (up - down) / (2 * step)


def total(X):
    return X.sum(axis=1)


def maximize(value, space, incumbents=None, is_new=anything, seed=0):
    if incumbents is None:
        incumbents = space.sample(3, np.random.default_rng(1))
    rng = np.random.default_rng(seed)
    return maximize_acquisition(Numeric(value), space, incumbents, rng, is_new)


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
    """A criterion that is highest at a setting."""
    target = space.encode(space.transform([params]))
    return lambda X: -np.sum((X - target) ** 2, axis=1)


def test_finds_the_peak_of_a_mixed_space(mixed):
    target = {"a": 0.37, "b": 0.02, "c": 41, "d": "y"}
    (found,) = mixed.inverse_transform(maximize(peak(mixed, target), mixed))
    assert found["d"] == "y"
    assert found["c"] == 41
    # The gradient leads there; samples alone come within 0.003 and 0.02.
    assert found["a"] == pytest.approx(0.37, abs=1e-4)
    assert np.log(found["b"] / 0.02) == pytest.approx(0, abs=1e-3)


def test_finds_a_corner():
    space = SearchSpace.from_distributions({f"x{i}": uniform(0, 1) for i in range(6)})
    assert maximize(total, space).sum() == 6


def test_the_answer_is_snapped(mixed):
    found = maximize(lambda X: np.sin(9 * X).sum(axis=1), mixed)
    np.testing.assert_array_equal(mixed.snap(found)[0], found)


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
    found = maximize(total, space, is_new=lambda p: bool(space.allowed(p)[0]))
    assert 0.95 < found.sum() < 1


def test_switches_the_branch():
    space = SearchSpace.from_distributions(
        [{"kind": ["a"], "x": uniform(0, 1)}, {"kind": ["b"], "y": uniform(0, 1)}]
    )
    incumbents = space.transform([{"kind": "a", "x": 0.1}])
    found = maximize(peak(space, {"kind": "b", "y": 0.9}), space, incumbents)
    (params,) = space.inverse_transform(found)
    assert params["kind"] == "b"
    assert params["y"] == pytest.approx(0.9, abs=0.01)


def test_same_generator_same_point(mixed):
    def value(X):
        return np.sin(9 * X).sum(axis=1)

    np.testing.assert_array_equal(maximize(value, mixed), maximize(value, mixed))


def test_best_new_takes_the_next_best():
    points = np.array([[0.1], [0.5], [0.9]])
    values = np.array([1.0, 3.0, 2.0])
    assert best_new(points, values, anything) == pytest.approx([0.5])
    assert best_new(points, values, lambda p: p[0] != 0.5) == pytest.approx([0.9])
    assert best_new(points, values, lambda p: False) is None


def test_with_half_the_effort_half_the_points_are_looked_at():
    space = SearchSpace.from_distributions({"x": uniform(0, 1), "y": uniform(0, 1)})

    class Counting:
        n_points = 0

        def __call__(self, X):
            self.n_points += len(X)
            return -((X - 0.3) ** 2).sum(axis=1)

        def with_gradient(self, X):
            return self(X), -2 * (X - 0.3)

    counts = []
    for effort in (1.0, 0.5):
        criterion = Counting()
        found = Maximizer(space, effort)(
            criterion, np.full((1, 2), 0.5), np.random.default_rng(0), lambda point: True
        )
        np.testing.assert_allclose(found, 0.3, atol=1e-3)
        counts.append(criterion.n_points)
    assert 0.4 * counts[0] < counts[1] < 0.6 * counts[0]
