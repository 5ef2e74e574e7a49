"""Discrete distributions: gaps, heavy tails and wide ones, against their own probabilities."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from sktune.space import SearchSpace
from sktune.space._dimensions._atoms import GappedDimension
from sktune.space._dimensions._base import ConstantDimension, IntegerDimension
from sktune.space._parse import parse_dimension


class Powers(stats.rv_discrete):
    """Powers of two; each has `ratio` times the probability of the one before."""

    def __init__(self, ratio):
        super().__init__(a=1)
        self.ratio = ratio

    def _pmf(self, k):
        exponents = np.log2(np.maximum(k, 1.0))
        is_power = (k >= 1) & (exponents == np.round(exponents))
        return np.where(is_power, (1 - self.ratio) * self.ratio**exponents, 0.0)


class OddBelowZero(stats.rv_discrete):
    """Odd numbers from -1 downwards."""

    def _pmf(self, k):
        return np.where((k < 0) & (k % 2 == 1), 0.75 * 0.5 ** (-k - 1), 0.0)


class OnlyDraws(stats.rv_discrete):
    """Multiples of eight: neither a probability nor a quantile is known."""

    def _rvs(self, size=None, random_state=None):
        return 8 * random_state.randint(1, 5, size=size)


def values_of(dimension):
    return [dimension.from_unit(unit) for unit in dimension.grid().tolist()]


@pytest.mark.parametrize(
    "distribution, values",
    [
        (Powers(0.5), [2**i for i in range(10)]),
        (OddBelowZero(a=-np.inf, b=-1), [-9, -7, -5, -3, -1]),
        (OnlyDraws(), [8, 16, 24, 32]),
    ],
)
def test_only_values_of_positive_probability_each_once(distribution, values):
    dimension = parse_dimension("x", distribution)
    assert values_of(dimension) == values
    units = np.random.default_rng(0).random(500)
    found = [dimension.from_unit(unit) for unit in units.tolist()]
    assert set(found) <= set(values)
    assert_allclose(dimension.snap(units), [dimension.to_unit(value) for value in found])
    assert pickle.loads(pickle.dumps(dimension)).n_values == len(values)


def test_a_value_beyond_what_is_suggested_may_be_named():
    dimension = parse_dimension("x", Powers(0.5))
    assert isinstance(dimension, GappedDimension)
    assert dimension.contains(2**20)
    assert dimension.from_unit(dimension.to_unit(2**20)) == 2**9
    assert not any(map(dimension.contains, (3, 2.0, True, -1, 2**20 + 1)))


@pytest.mark.parametrize(
    "distribution, value",
    [(stats.bernoulli(1.0), 1), (stats.bernoulli(0.0), 0), (stats.binom(5, 1.0), 5)],
)
def test_a_single_value_of_positive_probability(distribution, value):
    dimension = parse_dimension("x", distribution)
    assert isinstance(dimension, ConstantDimension)
    assert dimension.from_unit(0.5) == value


HEAVY = [
    stats.zipf(2.1),
    stats.zipf(1.5),
    stats.zipf(1.1),
    stats.zipf(1.0001),
    stats.logser(0.9999),
    stats.logser(0.999999),
    stats.yulesimon(0.1),
    stats.zipfian(1.1, 10**9),
    Powers(0.9),
]
WIDE = [
    stats.poisson(1e7),
    stats.binom(10**7, 0.3),
    stats.geom(1e-6),
    stats.nbinom(5, 1e-6),
    stats.betabinom(10**7, 200, 300),
    stats.hypergeom(10**9, 10**8, 10**6),
    stats.dlaplace(1e-6),
]


@pytest.mark.parametrize("distribution", HEAVY + WIDE)
def test_heavy_tails_and_wide_ranges(distribution):
    space = SearchSpace.from_distributions({"x": distribution})
    points = space.sample(200, np.random.default_rng(0))
    values = [params["x"] for params in space.inverse_transform(points)]
    assert all(type(value) is int for value in values)
    assert (distribution.pmf(np.array(values, dtype=float)) > 0).all()
    assert_allclose(space.transform([{"x": value} for value in values]), points, atol=1e-12)


@pytest.mark.parametrize("distribution", WIDE)
def test_units_of_wide_ones_are_probabilities(distribution):
    dimension = parse_dimension("x", distribution)
    assert isinstance(dimension, IntegerDimension)
    values = [dimension.from_unit(unit) for unit in (0.1, 0.5, 0.9)]
    draws = distribution.rvs(size=4000, random_state=1)
    # Four standard errors of a share of a thousand draws.
    assert_allclose([np.mean(draws <= value) for value in values], [0.1, 0.5, 0.9], atol=0.07)


def test_rare_values_of_a_bounded_distribution():
    dimension = parse_dimension("x", stats.nchypergeom_fisher(140, 80, 60, 0.5))
    values = values_of(dimension)
    assert values == list(range(dimension.low, dimension.high + 1))
    assert [dimension.from_unit(dimension.to_unit(value)) for value in values] == values
    # What a billion draws would not show is not suggested.
    wide = parse_dimension("x", stats.binom(1000, 0.5))
    assert (wide.low, wide.high) == (405, 595)
    assert wide.contains(1000)
