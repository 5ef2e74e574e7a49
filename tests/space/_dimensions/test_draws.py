"""Whatever has ``rvs`` is taken, as ``RandomizedSearchCV`` takes it."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from sklearn.model_selection import ParameterSampler
from sklearn.svm import SVC

from sktune.space import SearchSpace
from sktune.space._dimensions._atoms import EmpiricalDimension
from sktune.space._dimensions._base import ConstantDimension
from sktune.space._dimensions._categories import CategoricalDimension
from sktune.space._dimensions._numbers import RealDimension
from sktune.space._dimensions._tuples import TupleDimension
from sktune.space._parse import parse_dimension


class Rvs:
    """Gives what a function of a random state does."""

    def __init__(self, function):
        self.function = function

    def rvs(self, random_state=None):
        return self.function(random_state)


class OwnInit(stats.rv_continuous):
    def __init__(self, power):
        super().__init__(a=0.0, b=1.0)
        self.power = power

    def _cdf(self, x):
        return x**self.power


class OnlyQuantiles(OwnInit):
    def _cdf(self, x):
        return super(OwnInit, self)._cdf(x)

    def _ppf(self, share):
        return share ** (1 / self.power)


class OnlyDraws(stats.rv_continuous):
    def _rvs(self, size=None, random_state=None):
        return random_state.standard_normal(size)


class BrokenQuantiles:
    """With a ``ppf`` of which nothing can be made."""

    def support(self):
        return 0.0, 1.0

    def ppf(self, share):
        raise NotImplementedError

    def rvs(self, size=None, random_state=None):
        return random_state.uniform(size=size)


@pytest.mark.parametrize("distribution", [OwnInit(2.0), OnlyQuantiles(2.0)])
def test_subclasses_of_scipy_with_quantiles(distribution):
    dimension = parse_dimension("x", distribution)
    assert isinstance(dimension, RealDimension)
    units = np.linspace(0, 1, 11)
    values = [dimension.from_unit(unit) for unit in units]
    assert_allclose(values, np.sqrt(1e-3 + units * (1 - 2e-3)), rtol=1e-6)
    assert_allclose([dimension.to_unit(value) for value in values], units, atol=1e-6)


@pytest.mark.parametrize(
    "distribution", [OnlyDraws(), BrokenQuantiles(), Rvs(lambda rng: rng.standard_normal())]
)
def test_numbers_become_their_empirical_distribution(distribution):
    dimension = parse_dimension("x", distribution)
    assert isinstance(dimension, EmpiricalDimension)
    assert dimension.n_values == 1000
    assert not dimension.is_listed
    rng = np.random.RandomState(1)
    draws = [distribution.rvs(random_state=rng) for _ in range(1000)]
    units = np.array([0.1, 0.5, 0.9])
    # Four standard errors of a quantile near 0.5 of a thousand normal draws, twice.
    values = [dimension.from_unit(unit) for unit in units]
    assert_allclose(values, np.quantile(draws, units), atol=0.35)
    assert_allclose(dimension.encode(units)[:, 0], units)
    again = parse_dimension("x", distribution)
    assert values == [again.from_unit(unit) for unit in units]


def test_numbers_that_were_not_drawn_may_be_named():
    dimension = parse_dimension("x", Rvs(lambda rng: rng.uniform()))
    assert dimension.contains(0.5)
    assert abs(dimension.from_unit(dimension.to_unit(0.5)) - 0.5) < 0.01
    assert not any(map(dimension.contains, (2.0, np.nan, "0.5", True)))
    whole = parse_dimension("x", Rvs(lambda rng: int(2 ** rng.randint(0, 6))))
    assert whole.values == (1, 2, 4, 8, 16, 32)
    assert whole.contains(5)
    assert not whole.contains(5.0)


@pytest.mark.parametrize(
    "function, values",
    [
        (lambda rng: ["a", "b", None][rng.randint(3)], ["a", "b", None]),
        (lambda rng: rng.uniform() < 0.5, [True, False]),
        (lambda rng: [1, None][rng.randint(2)], [1, None]),
        (lambda rng: {"k": rng.randint(2)}, [{"k": 0}, {"k": 1}]),
    ],
)
def test_anything_else_is_a_category(function, values):
    dimension = parse_dimension("x", Rvs(function))
    assert isinstance(dimension, CategoricalDimension)
    assert not dimension.is_listed
    assert len(dimension.values) == len(values)
    assert all(value in dimension.values for value in values)


@pytest.mark.slow
def test_objects_and_tuples_that_were_drawn():
    estimators = parse_dimension("x", Rvs(lambda rng: SVC(C=rng.uniform())))
    assert estimators.n_values == 1000
    tuples = parse_dimension("x", Rvs(lambda rng: tuple(rng.randint(1, 9, rng.randint(1, 4)))))
    assert isinstance(tuples, TupleDimension)
    assert not tuples.is_listed
    assert parse_dimension("x", stats.dirichlet([1.0, 2.0])).n_values == 1000


@pytest.mark.parametrize("value", [2, "a", None, np.array(3.0)])
def test_one_value_is_a_constant(value):
    dimension = parse_dimension("x", Rvs(lambda rng: value))
    assert isinstance(dimension, ConstantDimension)
    assert dimension.from_unit(0.0) == value


def test_a_space_of_draws_is_none_of_lists():
    space = SearchSpace.from_distributions({"x": Rvs(lambda rng: rng.choice(["a", "b"]))})
    assert (space.size, space.n_listed) == (2, np.inf)
    assert len(list(space.enumerate())) == 2


@pytest.mark.parametrize("distribution", [OwnInit(2.0), OnlyQuantiles(2.0), OnlyDraws()])
def test_what_randomized_search_draws_lies_in_the_space(distribution):
    drawn = list(ParameterSampler({"x": distribution}, 20, random_state=3))
    space = SearchSpace.from_distributions({"x": distribution})
    inside = [params for params in drawn if space.setting_in(params)]
    assert len(inside) >= 19
    pickle.loads(pickle.dumps(space)).transform(inside)


def test_nothing_of_the_global_generator_is_used():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    parse_dimension("x", OnlyDraws())
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
