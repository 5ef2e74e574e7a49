"""What a user may write, and every complaint about what he may not."""

import re
from collections import OrderedDict
from types import MappingProxyType

import numpy as np
import pytest
from scipy import stats
from scipy.stats import loguniform, norm, randint, uniform
from sklearn.model_selection import ParameterSampler
from sklearn.svm import SVC

from sktune.exceptions import InvalidSpaceError, InvalidSpaceTypeError
from sktune.space import SearchSpace, log_randint


class NoSupport:
    def ppf(self, q):
        return q

    def __repr__(self):
        return "NoSupport()"


class NoRandomState:
    def rvs(self):
        return 1.0


@pytest.mark.parametrize(
    "values, error, message",
    [
        (
            NoSupport(),
            InvalidSpaceTypeError,
            r"NoSupport\(\) has no rvs, and no ppf with a support",
        ),
        (
            NoRandomState(),
            InvalidSpaceError,
            r"cannot be drawn from: rvs\(random_state=...\) raises",
        ),
        (NoRandomState, InvalidSpaceError, r"NoRandomState'> cannot be drawn from: rvs"),
        (
            uniform([0, 1], [1, 1]),
            InvalidSpaceError,
            r"uniform\(.*\) is an array of 2 distributions",
        ),
        (stats.poisson([3, 4]), InvalidSpaceError, r"poisson\(\[3, 4\]\) is an array of 2"),
        ("rbf", InvalidSpaceTypeError, "got 'rbf'. A single value is given as a list"),
        (b"rbf", InvalidSpaceTypeError, "got b'rbf'"),
        (3, InvalidSpaceTypeError, "got 3. A single value is given as a list"),
        (0.5, InvalidSpaceTypeError, "got 0.5"),
        (None, InvalidSpaceTypeError, "got None"),
        ({1, 2}, InvalidSpaceTypeError, r"got \{1, 2\}"),
        ({"low": 1}, InvalidSpaceTypeError, r"got \{'low': 1\}"),
        (SVC, InvalidSpaceTypeError, "got <class"),
        (log_randint, InvalidSpaceTypeError, "got <function log_randint"),
        ([], InvalidSpaceError, "is an empty list: give at least one value"),
        ((), InvalidSpaceError, "is an empty list"),
        (np.array([]), InvalidSpaceError, "is an empty list"),
        (np.ones((2, 3)), InvalidSpaceError, r"one-dimensional, got an array of shape \(2, 3\)"),
        (np.array(3), InvalidSpaceError, r"one-dimensional, got an array of shape \(\)"),
        (loguniform(1, -1), InvalidSpaceError, r"loguniform\(1, -1\) is not a distribution"),
        (loguniform(0, 1), InvalidSpaceError, r"loguniform\(0, 1\) is not a distribution"),
        (uniform(0, np.nan), InvalidSpaceError, r"uniform\(0, nan\) is not a distribution"),
        (uniform(0, -1), InvalidSpaceError, r"uniform\(0, -1\) .* takes loc and scale"),
        (randint(5, 2), InvalidSpaceError, r"randint\(5, 2\) .* low < high"),
        (norm(loc=0, scale=-1), InvalidSpaceError, r"norm\(loc=0, scale=-1\) is not a dist"),
        (stats.loguniform, InvalidSpaceError, "'loguniform' needs its arguments .*'a' and 'b'"),
        (stats.randint, InvalidSpaceError, "'randint' needs its arguments"),
    ],
)
def test_bad_values_are_refused_by_name(values, error, message):
    with pytest.raises(error, match=rf"(?s)^Parameter 'svc__C'.*{message}") as caught:
        SearchSpace.from_distributions({"a": [1, 2], "svc__C": values})
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, TypeError) == (error is InvalidSpaceTypeError)


@pytest.mark.parametrize(
    "space, error, message",
    [
        ("C", InvalidSpaceTypeError, "must be a dict of parameter names .*, got 'C'"),
        (None, InvalidSpaceTypeError, "got None"),
        (7, InvalidSpaceTypeError, "got 7"),
        ({"C", "gamma"}, InvalidSpaceTypeError, "must be a dict of parameter names"),
        ([], InvalidSpaceError, "is an empty list: there is nothing to try"),
        ([{"C": [1]}, 3], InvalidSpaceTypeError, "a list of dicts, got 3 in the list"),
        ([["C"]], InvalidSpaceTypeError, r"got \['C'\] in the list"),
        ({1: [1]}, InvalidSpaceTypeError, "names must be str, got 1"),
        ({"a": [1], None: [1]}, InvalidSpaceTypeError, "names must be str, got None"),
        ([{"a": [1]}, {("b",): [1]}], InvalidSpaceTypeError, r"must be str, got \('b',\)"),
        ([{"a": [1]}, {"b": []}], InvalidSpaceError, "^Parameter 'b' is an empty list"),
    ],
)
def test_bad_spaces_are_refused(space, error, message):
    with pytest.raises(error, match=message):
        SearchSpace.from_distributions(space)


ACCEPTED = [
    {"C": loguniform(1e-3, 1e3), "kernel": ["rbf", "linear"]},
    {"C": stats.norm, "kernel": ("rbf",)},
    {"C": np.logspace(-3, 3, 7), "degree": range(1, 5)},
    {"C": np.array([1.0, None], dtype=object)},
    {"C": stats.rv_histogram(np.histogram([1, 2, 2, 5], bins=3))},
    {"C": stats.rv_discrete(values=([0.1, 1.0, 7.0], [0.5, 0.25, 0.25]))},
    {"C": randint(3, 4), "degree": [1, 2]},
    {"C": randint(1, 10, loc=5), "degree": stats.poisson(3)},
    {"C": stats.binom(7, 0.5), "degree": stats.geom(0.2)},
    [{"C": uniform()}, {"kernel": ["rbf"], "gamma": stats.expon()}],
    [{"C": [1, 2]}, {"C": [1, 2]}],
    [{"C": [1, None]}, {}],
    [{"kernel": ["rbf"]}, OrderedDict(kernel=["poly"], degree=[2, 3])],
    {"C": [1]},
    {"C": log_randint(1, 5)},
    {"class_weight": [None, "balanced", {0: 1, 1: 2}]},
]


@pytest.mark.filterwarnings("ignore:The total space of parameters")
@pytest.mark.parametrize("space", ACCEPTED)
def test_what_randomized_search_draws_lies_in_the_space(space):
    drawn = list(ParameterSampler(space, n_iter=2, random_state=0))
    ours = SearchSpace.from_distributions(space)
    points = ours.transform(drawn)
    assert points.shape == (len(drawn), ours.n_dims)
    back = ours.inverse_transform(points)
    for params, expected in zip(back, drawn, strict=True):
        assert params.keys() == expected.keys()
        for name, value in params.items():
            is_real = isinstance(value, float)
            assert value == (pytest.approx(expected[name]) if is_real else expected[name])


def test_any_mapping_is_a_space():
    space = SearchSpace.from_distributions(MappingProxyType({"C": [1, 2]}))
    assert space.size == 2


def test_a_complaint_does_not_flood_the_terminal():
    with pytest.raises(InvalidSpaceError) as caught:
        SearchSpace.from_distributions({"x": list(range(1000))}).transform([{"x": -1}])
    assert re.search(r"9, \.\.\.", str(caught.value))
    assert len(str(caught.value)) < 300


def test_series_are_lists():
    pandas = pytest.importorskip("pandas")
    series = pandas.Series([3, 1, 2], index=["x", "y", "z"])
    space = SearchSpace.from_distributions({"a": series})
    assert [params["a"] for params in space.grid()] == [3, 1, 2]


def test_a_distribution_without_width_is_a_constant():
    # scipy draws from uniform(1, 0) though its ppf is nan; RandomizedSearchCV takes it.
    space = SearchSpace.from_distributions({"a": uniform(1, 0), "b": uniform()})
    assert space.n_dims == 1
    assert space.inverse_transform([[0.5]]) == [{"a": 1.0, "b": 0.5}]
