"""Long lists: as short ones, and nothing is made of each of their values."""

import tracemalloc
from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import randint, uniform

from sktune.optimizers import AnnealingOptimizer, BayesOptimizer
from sktune.space import SearchSpace
from sktune.space._dimensions._base import OrdinalDimension
from sktune.space._dimensions._categories import MAX_ONE_HOT, CategoricalDimension
from sktune.space._dimensions._long_lists import LongOrdinalDimension
from sktune.space._parse import parse_dimension

LONG = {
    "range": range(5, 9005, 3),
    "downwards": range(9005, 5, -3),
    "list": list(range(2000)),
    "shuffled": np.random.default_rng(0).permutation(2000).tolist(),
    "floats": np.geomspace(1e-3, 1e3, 1500).tolist(),
    "array": np.geomspace(1e-3, 1e3, 1500),
    "shuffled array": np.random.default_rng(0).permutation(3000),
    "repeats": [*range(1500), *range(1500)],
    "tuple": tuple(range(0, 10**7, 5000)),
}


@pytest.mark.parametrize("name", LONG)
def test_as_a_short_list(name):
    values = LONG[name]
    long, short = parse_dimension("x", values), OrdinalDimension("x", sorted(set(values)))
    assert isinstance(long, LongOrdinalDimension)
    assert (long.n_values, long.is_log) == (short.n_values, short.is_log)
    units = np.random.default_rng(1).random(200)
    found = [long.from_unit(unit) for unit in units.tolist()]
    assert found == [short.from_unit(unit) for unit in units.tolist()]
    assert all(type(value) is type(values[0]) for value in found)
    assert_allclose(long.snap(units), short.snap(units))
    assert_allclose(long.encode(long.snap(units)), short.encode(short.snap(units)), atol=1e-12)
    assert_allclose([long.to_unit(value) for value in found], long.snap(units))
    assert_allclose(long.grid(), short.grid())
    assert all(map(long.contains, found))
    assert not any(map(long.contains, (-1, 0.123, None, "5", np.nan, 10**400)))
    with pytest.raises(ValueError, match="-1 is not a choice of 'x'"):
        long.to_unit(-1)


@pytest.mark.parametrize(
    "values",
    [[*range(1500), 1.0], [*range(1500), None], [*range(1500), 10**400], [2**60, *range(1500)]],
)
def test_lists_that_are_looked_at_one_by_one(values):
    assert not isinstance(parse_dimension("x", values), LongOrdinalDimension)


def test_a_range_is_never_written_out():
    tracemalloc.start()
    space = SearchSpace.from_distributions({"x": range(1, 10**12), "y": uniform()})
    points = space.sample(100, np.random.default_rng(0))
    space.encode(points)
    settings = space.inverse_transform(points)
    assert_allclose(space.transform(settings), points)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1e6


def test_many_categories_have_few_columns():
    for n_values in (MAX_ONE_HOT, MAX_ONE_HOT + 1, 5000, 64_000):
        dimension = parse_dimension("x", [f"choice {i}" for i in range(n_values)])
        assert isinstance(dimension, CategoricalDimension)
        assert dimension.n_features <= 130
        units = dimension.grid()[:: n_values // 50]
        features = dimension.encode(units)
        assert_allclose((features**2).sum(axis=1), 1.0)
        if n_values <= 5000:
            assert len(np.unique(dimension.encode(dimension.grid()), axis=0)) == n_values
        assert dimension.from_unit(dimension.to_unit("choice 7")) == "choice 7"
    assert_array_equal(parse_dimension("x", list("abc")).encode(np.array([0.5])), [[0, 1, 0]])


@pytest.mark.parametrize(
    "values",
    [
        randint(1, 10**6),
        range(10**6),
        [f"choice {i}" for i in range(3000)],
        [(i, str(i)) for i in range(3000)],
        [[i, str(i)] for i in range(3000)],
        list(product(range(15), repeat=3)),
    ],
)
def test_long_lists_in_branches(values):
    space = SearchSpace.from_distributions([{"a": values, "b": [1]}, {"a": values, "c": [1, 2]}])
    assert space.n_dims == 3
    points = space.sample(50, np.random.default_rng(0))
    settings = space.inverse_transform(points)
    assert_allclose(space.transform(settings), points)
    assert [space.key(point) for point in points] == [
        space.key(point) for point in space.transform(settings)
    ]


def test_branches_do_not_share_long_lists_that_differ():
    long = [{"a": range(2000)}, {"a": range(2001)}, {"a": list(range(2000))}, {"a": range(2000)}]
    assert SearchSpace.from_distributions(long).n_dims == 3


@pytest.mark.parametrize("kind", [BayesOptimizer, AnnealingOptimizer])
@pytest.mark.parametrize(
    "values",
    [
        [f"choice {i}" for i in range(5000)],
        list(product(range(20), range(20), range(20))),
        range(1, 10**7),
    ],
)
def test_searches_over_long_lists(kind, values):
    space = SearchSpace.from_distributions({"x": values, "y": uniform()})
    tracemalloc.start()
    optimizer = kind(space, seed=0)
    settings = [optimizer.ask(i / 12).params for i in range(12)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert all(params["x"] in values for params in settings)
    assert peak < 30e6
