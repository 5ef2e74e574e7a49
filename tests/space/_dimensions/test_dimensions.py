"""Dimensions: values and units, there and back, for every kind of parameter.

The oracle is scipy: a unit is the cdf of the value, renormalised where a tail was cut off.
"""

import math
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from scipy.stats import (
    beta,
    binom,
    expon,
    loguniform,
    norm,
    poisson,
    randint,
    rv_discrete,
    rv_histogram,
    truncnorm,
    uniform,
)
from sklearn.svm import SVC, LinearSVC

from sktune.space import log_randint
from sktune.space._dimensions._atoms import WeightedDimension
from sktune.space._dimensions._base import (
    ConstantDimension,
    IntegerDimension,
    OrdinalDimension,
    RealDimension,
)
from sktune.space._dimensions._categories import CategoricalDimension
from sktune.space._parse import parse_dimension

HISTOGRAM = rv_histogram(np.histogram(np.random.default_rng(0).normal(size=500), bins=12))

REAL = {
    "uniform": uniform(-2, 7),
    "loguniform": loguniform(1e-4, 1e2),
    "scaled loguniform": loguniform(1, 10, scale=3),
    "moved loguniform": loguniform(1, 100, loc=5),
    "norm": norm(3, 2),
    "expon": expon(scale=4),
    "truncnorm": truncnorm(-1, 3, loc=2, scale=0.5),
    "beta": beta(2, 5),
    "rv_histogram": HISTOGRAM,
    "unfrozen norm": stats.norm,
    "unfrozen expon": stats.expon,
}
INTEGER = {
    "randint": randint(1, 10),
    "moved randint": randint(0, 5, loc=-2),
    "poisson": poisson(4),
    "moved poisson": poisson(4, loc=10),
    "binom": binom(8, 0.3),
    "log_randint": log_randint(1, 200),
    "two values": log_randint(3, 4),
}


def cases(distributions):
    return pytest.mark.parametrize(
        "dimension",
        [
            pytest.param(parse_dimension("x", distribution), id=name)
            for name, distribution in distributions.items()
        ],
    )


def ends_of(distribution):
    """Lowest and highest probability of a discrete one in the cube: 1e-3 is cut if unbounded."""
    low, high = distribution.support()
    return 0 if math.isfinite(low) else 1e-3, 1 if math.isfinite(high) else 1 - 1e-3


@pytest.fixture
def units():
    inside = np.random.default_rng(0).random(300)
    return np.concatenate([[0.0, 1.0, 0.5, np.nextafter(1, 0)], inside])


# Floats


@cases(REAL)
def test_real_round_trips(dimension, units):
    assert isinstance(dimension, RealDimension)
    values = [dimension.from_unit(unit) for unit in units.tolist()]
    assert all(type(value) is float and dimension.contains(value) for value in values)
    assert_allclose([dimension.to_unit(value) for value in values], units, atol=1e-7)
    back = [dimension.from_unit(dimension.to_unit(value)) for value in values]
    assert_allclose(back, values, rtol=1e-6, atol=1e-9)
    assert_array_equal(dimension.snap(units), units)


@pytest.mark.parametrize("name", REAL)
def test_real_units_are_probabilities(name, units):
    distribution, dimension = REAL[name], parse_dimension("x", REAL[name])
    expected = distribution.ppf(1e-3 + units * (1 - 2e-3))
    assert_allclose([dimension.from_unit(unit) for unit in units], expected, rtol=1e-9, atol=1e-9)


def test_closed_forms_do_not_leave_the_support():
    # Where a range is hardly wider than a rounding error, so are its quantiles.
    rng = np.random.default_rng(0)
    starts = 10 ** rng.uniform(-6, 4, 150)
    for low, width in zip(starts, 10 ** rng.uniform(-14, 4, 150), strict=True):
        high = low * (1 + width)
        for distribution in (loguniform(low, high), uniform(low, high - low)):
            dimension = parse_dimension("x", distribution)
            assert dimension.contains(dimension.from_unit(0.0))
            assert dimension.contains(dimension.from_unit(1.0))


@pytest.mark.parametrize(
    "distribution",
    [uniform(), uniform(-1, 3), expon(scale=100), loguniform(1e-4, 1e2), beta(0.5, 0.5)],
)
def test_an_end_is_not_suggested_and_may_be_named(distribution):
    dimension = parse_dimension("x", distribution)
    low, high = distribution.support()
    ends = dimension.from_unit(0.0), dimension.from_unit(1.0)
    assert_allclose(ends, distribution.ppf([1e-3, 1 - 1e-3]), rtol=1e-12)
    assert low < ends[0] < ends[1] < high
    assert dimension.contains(low)
    assert dimension.to_unit(low) == 0.0
    if math.isfinite(high):
        assert dimension.contains(high)
        assert dimension.to_unit(high) == 1.0


def test_values_in_a_tail_that_was_cut_off_sit_on_the_edge():
    dimension = parse_dimension("x", norm())
    assert dimension.contains(-40.0)
    assert dimension.to_unit(-40.0) == 0.0
    assert dimension.to_unit(40.0) == 1.0
    assert parse_dimension("k", poisson(3)).from_unit(parse_dimension("k", poisson(3)).to_unit(99))


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), np.float64(0.5), 1, np.int64(1)])
def test_real_takes_any_number(value):
    assert parse_dimension("x", uniform(0, 2)).contains(value)


@pytest.mark.parametrize("value", [-0.1, 2.1, math.nan, math.inf, "1", None, True, [1.0]])
def test_real_refuses(value):
    assert not parse_dimension("x", uniform(0, 2)).contains(value)


# Integers


@cases(INTEGER)
def test_integer_round_trips(dimension, units):
    assert isinstance(dimension, IntegerDimension)
    low, high = dimension.low, dimension.high
    for value in range(low, high + 1):
        assert dimension.contains(value)
        assert dimension.from_unit(dimension.to_unit(value)) == value
    values = [dimension.from_unit(unit) for unit in units.tolist()]
    assert all(type(value) is int and low <= value <= high for value in values)
    snapped = dimension.snap(units)
    assert_array_equal(snapped, [dimension.to_unit(value) for value in values])
    assert_array_equal(dimension.snap(snapped), snapped)
    assert_array_equal(dimension.grid(), [dimension.to_unit(v) for v in range(low, high + 1)])
    assert dimension.n_values == high - low + 1


@pytest.mark.parametrize("name", INTEGER)
def test_integer_units_are_probabilities(name):
    distribution, dimension = INTEGER[name], parse_dimension("x", INTEGER[name])
    low, high = ends_of(distribution)
    edges = distribution.cdf(np.arange(dimension.low - 1, dimension.high + 1))
    edges = np.clip((edges - low) / (high - low), 0, 1)
    assert_allclose(dimension.grid(), (edges[:-1] + edges[1:]) / 2, atol=0.03)
    shares = np.diff(edges)
    units = (np.arange(2_000) + 0.5) / 2_000
    values, counts = np.unique([dimension.from_unit(u) for u in units], return_counts=True)
    found = np.zeros(dimension.n_values)
    found[values - dimension.low] = counts / len(units)
    assert_allclose(found, shares, atol=2 / len(units))


@pytest.mark.parametrize(
    "distribution, low, high",
    [
        (randint(1, 10), 1, 9),  # its ppf(0) is 0
        (randint(0, 5, loc=-2), -2, 2),
        (binom(8, 0.3), 0, 8),
        (log_randint(3, 70), 3, 70),
        (poisson(4), 0, poisson(4).ppf(1 - 1e-3)),
    ],
)
def test_ends_of_integers(distribution, low, high):
    dimension = parse_dimension("x", distribution)
    assert (dimension.from_unit(0.0), dimension.from_unit(1.0)) == (low, high)


def test_integers_beyond_what_a_float_can_count():
    dimension = parse_dimension("seed", randint(0, 2**62))
    assert dimension.contains(dimension.from_unit(0.0))
    assert dimension.contains(dimension.from_unit(1.0))
    assert not dimension.contains(2**62)


@pytest.mark.parametrize("value", [1, 9, np.int32(4)])
def test_integer_takes(value):
    assert parse_dimension("x", randint(1, 10)).contains(value)


@pytest.mark.parametrize("value", [0, 10, 2.0, True, "3", None, math.nan])
def test_integer_refuses(value):
    assert not parse_dimension("x", randint(1, 10)).contains(value)


def test_discrete_distribution_over_any_numbers():
    # RandomizedSearchCV draws 0.1, 0.5 and 4.0 from it with these probabilities.
    distribution = rv_discrete(values=([4.0, 0.1, 0.5, 7.0], [0.3, 0.2, 0.5, 0.0]))
    dimension = parse_dimension("x", distribution)
    assert isinstance(dimension, WeightedDimension)
    assert not dimension.is_listed
    assert dimension.values == (0.1, 0.5, 4.0)
    units = (np.arange(1000) + 0.5) / 1000
    values, counts = np.unique([dimension.from_unit(u) for u in units], return_counts=True)
    assert_array_equal(values, [0.1, 0.5, 4.0])
    assert_allclose(counts / 1000, distribution.pmf(values), atol=1e-3)
    for value in dimension.values:
        assert dimension.from_unit(dimension.to_unit(value)) == value
    assert_array_equal(dimension.snap(dimension.snap(units)), dimension.snap(units))
    assert_allclose(dimension.grid(), [0.1, 0.45, 0.85])


def test_moved_discrete_distribution():
    dimension = parse_dimension("x", rv_discrete(values=([1, 10], [0.5, 0.5]))(loc=5))
    assert dimension.values == (6, 15)
    assert type(dimension.values[0]) is int


# Lists


def function_a():
    pass


CHOICES = [
    [None, True, "text", (100, 50), {"a": 1}, function_a, SVC(), np.arange(3), math.inf],
    [True, False],
    [1, 1.0],
    [0, False],
    [np.True_, 2],
    ["b", "a"],
    [(1, 2), (2, None)],
    [(1, 2), (True, False)],
    [{"a": 1}, {"a": 2}, None],
    [SVC(), SVC(), LinearSVC()],
    [np.arange(3), np.arange(3), np.zeros(3)],
    [1.0, math.nan],
    [1, "1"],
    [(1, 2), [1, 2]],
    [1, 10**400],
    [tuple(range(17)), tuple(range(1, 18))],
]


@pytest.mark.parametrize("choices", CHOICES)
def test_choices_come_back_as_the_very_same_objects(choices):
    dimension = parse_dimension("x", choices)
    assert isinstance(dimension, CategoricalDimension)
    assert not dimension.is_ordered
    assert dimension.n_values == len(choices)
    assert_allclose(dimension.grid(), (np.arange(len(choices)) + 0.5) / len(choices))
    for choice in choices:
        assert dimension.contains(choice)
        assert dimension.from_unit(dimension.to_unit(choice)) is choice
    assert_array_equal(dimension.encode(dimension.grid()), np.eye(len(choices)))


NUMBERS = [
    [3, 1, 2],
    range(5, 0, -1),
    (0.1, 10, 1),
    np.array([2.5, 0.5, 1.5]),
    np.array([4, 2, 8], dtype=np.int8),
    [np.float32(0.5), 3],
    [10**18, 1],
]


@pytest.mark.parametrize("numbers", NUMBERS)
def test_numbers_are_ordered(numbers):
    dimension = parse_dimension("x", numbers)
    assert isinstance(dimension, OrdinalDimension)
    assert list(dimension.values) == sorted(numbers)
    for number in numbers:
        value = dimension.from_unit(dimension.to_unit(number))
        assert value == number
        assert type(value) is type(number)
    positions = dimension.encode(dimension.grid())[:, 0]
    assert positions[0] == 0.0
    assert positions[-1] == pytest.approx(1.0)
    assert (np.diff(positions) > 0).all()


@pytest.mark.parametrize(
    "numbers, is_log, positions",
    [
        ([1, 2, 3], False, [0, 0.5, 1]),
        ([1, 2, 5], True, [0, math.log(2) / math.log(5), 1]),
        ([0, 1, 4], False, [0, 0.25, 1]),
        ([1e-3, 1e-2, 1e-1, 1], True, [0, 1 / 3, 2 / 3, 1]),
        ([32, 64, 128], True, [0, 0.5, 1]),
    ],
)
def test_numbers_are_spaced_by_value(numbers, is_log, positions):
    dimension = parse_dimension("x", numbers)
    assert dimension.is_log is is_log
    assert_allclose(dimension.encode(dimension.grid())[:, 0], positions, atol=1e-12)


def test_numbers_of_other_types_are_found_in_a_list():
    dimension = parse_dimension("x", [1, 2, 3])
    for value in (2, 2.0, np.int64(2), np.float32(2)):
        assert dimension.contains(value)
        assert dimension.from_unit(dimension.to_unit(value)) == 2
    assert not parse_dimension("x", [0, 1]).contains(True)
    both = parse_dimension("x", [1, 1.0])
    assert type(both.from_unit(both.to_unit(1.0))) is float
    assert type(both.from_unit(both.to_unit(1))) is int


@pytest.mark.parametrize("n_choices", [2, 3, 7, 10, 49, 1000])
def test_every_choice_has_its_equal_share(n_choices, units):
    dimension = parse_dimension("x", [str(i) for i in range(n_choices)])
    expected = np.minimum((units * n_choices).astype(int), n_choices - 1)
    assert [dimension.from_unit(u) for u in units] == [str(i) for i in expected]
    snapped = dimension.snap(units)
    assert_array_equal(dimension.snap(snapped), snapped)
    assert_array_equal(dimension.indices(dimension.grid()), np.arange(n_choices))


def test_repeats_are_one_choice():
    assert parse_dimension("x", [2, 1, 2, 1]).values == (1, 2)
    assert parse_dimension("x", ["a", "b", "a"]).values == ("a", "b")
    assert parse_dimension("x", [{"a": 1}, {"a": 1}, {"a": 2}]).n_values == 2
    assert parse_dimension("x", [None, None]).values == (None,)


@pytest.mark.parametrize(
    "values, constant, is_listed",
    [
        (["only"], "only", True),
        ([7, 7], 7, True),
        (randint(3, 4), 3, False),
        (log_randint(5, 5), 5, False),
        (rv_discrete(values=([2.5], [1.0])), 2.5, False),
    ],
)
def test_constants(values, constant, is_listed):
    dimension = parse_dimension("x", values)
    assert isinstance(dimension, ConstantDimension)
    assert dimension.is_listed is is_listed
    assert dimension.from_unit(0.3) == constant
    assert type(dimension.from_unit(0.3)) is type(constant)


def test_unknown_choice():
    with pytest.raises(ValueError, match="'c' is not a choice of 'x'"):
        parse_dimension("x", ["a", "b"]).to_unit("c")


# What messages and warnings are made of


@pytest.mark.parametrize(
    "values, words",
    [
        (uniform(0, 2), "a number from 0 to 2"),
        (norm(), "a number from -inf to inf"),
        (randint(1, 10), "an integer from 1 to 9"),
        (["a", None], "one of 'a', None"),
        (list(range(20)), "one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ..."),
    ],
)
def test_description(values, words):
    assert parse_dimension("x", values).describe() == words


@pytest.mark.parametrize(
    "values, value, edge",
    [
        (uniform(1, 1), 1.0, "lower"),
        (uniform(-1, 1), -0.995, "lower"),
        (uniform(-1, 1), 0.0, "upper"),
        (uniform(0, 1), 0.0, None),  # a limit of the parameter itself
        (uniform(0, 1), 0.005, None),
        (uniform(0, 1), 0.995, "upper"),
        (uniform(0, 1), 0.98, None),
        (loguniform(1e-4, 1), 1e-4 * 1.05, "lower"),
        (norm(), -4.0, None),  # unbounded: there is no edge
        (expon(), 0.0, None),
        (expon(1), 1.0, "lower"),
        (expon(), 50.0, None),
        (randint(1, 10), 1, None),  # a count begins at 1
        (randint(2, 10), 2, "lower"),
        (randint(2, 1000), 5, "lower"),
        (randint(2, 1000), 996, "upper"),
        (randint(2, 1000), 980, None),
        (randint(1, 10), 9, "upper"),
        (randint(1, 10), 8, None),
        (randint(0, 10), 0, None),
        (randint(-3, 1), -3, "lower"),
        (randint(-3, 1), 0, "upper"),
        (poisson(4), 0, None),
        (poisson(4, loc=2), 2, "lower"),
        (poisson(4), 12, None),
        ([1, 2, 3], 1, "lower"),
        ([3, 2, 1], 3, "upper"),
        ([1, 2, 3], 2, None),
        ([0.0, 1.0, 2.0], 0.0, None),
        ([1, 2], 2, None),  # choices
        (["a", "b", "c"], "a", None),
        (rv_discrete(values=([2, 4, 8], [0.2, 0.5, 0.3])), 8, "upper"),
    ],
)
def test_edge(values, value, edge):
    assert parse_dimension("x", values).edge(value, 0.01) == edge


@pytest.mark.parametrize(
    "values, ends",
    [(uniform(1, 2), (1.0, 3.0)), (randint(2, 9), (2, 8)), ([8, 2, 4], (2, 8))],
)
def test_ends_are_those_that_were_given(values, ends):
    dimension = parse_dimension("x", values)
    assert (dimension.end("lower"), dimension.end("upper")) == ends


def test_choices_have_no_ends():
    with pytest.raises(NotImplementedError, match="CategoricalDimension 'x' has no edges"):
        parse_dimension("x", ["a", "b"]).end("lower")


def test_infinite_dimensions_have_no_grid():
    with pytest.raises(NotImplementedError, match="RealDimension 'x' is not finite"):
        parse_dimension("x", uniform()).grid()


@cases({**REAL, **INTEGER, "list": [1, 2, 3], "choices": ["a", None]})
def test_pickle(dimension, units):
    loaded = pickle.loads(pickle.dumps(dimension))
    assert [loaded.from_unit(u) for u in units] == [dimension.from_unit(u) for u in units]
