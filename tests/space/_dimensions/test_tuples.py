"""Tuples of numbers have coordinates; anything else in a list has none."""

from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sktune.space import SearchSpace
from sktune.space._dimensions._tuples import TupleDimension, tuple_coordinates, z_order


@pytest.mark.parametrize(
    "values, coordinates",
    [
        (
            [(1, 5), (2, 5), (3, 5)],
            [[0], [0.5], [1]],
        ),  # a place that is always the same says nothing
        ([(1, 10), (2, 100), (3, 1000)], [[0, 0], [0.5, 0.5], [1, 1]]),  # the second on a log scale
        ([[1, 2], [1, 4]], [[0], [1]]),
        ([np.array([0.0, 1.0]), np.array([2.0, 1.0])], [[0], [1]]),
        # One place less is below the smallest, by a third.
        ([(50,), (50, 10), (50, 12)], [[0], [1 / 3], [1]]),
        ([(), (7,)], [[0], [1]]),
    ],
)
def test_coordinates(values, coordinates):
    assert_allclose(tuple_coordinates(values), coordinates)


@pytest.mark.parametrize(
    "values",
    [
        [(1, 2), "text"],
        [(1, 2), None],
        [(1, True), (1, 2)],
        [(1, np.nan), (1, 2)],
        [(1, np.inf), (1, 2)],
        [(1, 10**400), (1, 2)],
        [(1, 2), [1, 2]],
        [(2**53,), (2**53 + 1,)],
        [tuple(range(17)), tuple(range(1, 18))],
        [np.ones((2, 2)), np.zeros((2, 2))],
        [(1, (2, 3)), (1, (2, 4))],
    ],
)
def test_what_has_no_coordinates(values):
    assert tuple_coordinates(values) is None


def test_a_curve_that_keeps_near_tuples_near():
    grid = np.array(list(product(np.linspace(0, 1, 16), repeat=2)))
    order = z_order(grid)
    assert_array_equal(np.sort(order), np.arange(256))
    steps = np.abs(np.diff(grid[order], axis=0)).sum(axis=1)
    shuffled = np.random.default_rng(0).permutation(grid)
    assert steps.mean() < 0.2 * np.abs(np.diff(shuffled, axis=0)).sum(axis=1).mean()


def test_the_tuples_themselves_come_back():
    values = [(i, 10**j) for i, j in product(range(5), range(4))]
    space = SearchSpace.from_distributions({"a": ["x", "y"], "t": values, "z": [1, 2, 3]})
    (dimension,) = (d for d in space.dimensions if d.name == "t")
    assert isinstance(dimension, TupleDimension)
    assert dimension.is_listed
    for value in values:
        assert dimension.from_unit(dimension.to_unit(value)) is value
    assert space.grid()[0] == {"a": "x", "t": (0, 1), "z": 1}
    settings = [{"a": "y", "t": (4, 10), "z": 2}]
    # The first coordinate of the tuple stands in its place, the second at the end.
    assert_allclose(space.encode(space.transform(settings)), [[0, 1, 1, 0.5, 1 / 3]], atol=1e-12)
    assert space.feature_groups == [slice(0, 2), slice(2, 3), slice(3, 4), slice(4, 5)]


def test_coordinates_that_a_branch_does_not_have():
    space = SearchSpace.from_distributions([{"t": [(1, 1), (2, 2), (1, 2)]}, {"u": [1, 2]}])
    features = space.encode(space.transform([{"u": 1}, {"t": (1, 1)}]))
    assert_allclose(features, [[0, 1, 0.5, 0, 0.5], [1, 0, 0, 0.5, 0]])
