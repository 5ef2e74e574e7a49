"""``log_randint`` against what it is made of: a loguniform from scipy, rounded."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import chisquare, loguniform
from sklearn.datasets import load_iris
from sklearn.model_selection import ParameterSampler, RandomizedSearchCV
from sklearn.neighbors import KNeighborsClassifier

from sktune.exceptions import InvalidSpaceError, InvalidSpaceTypeError
from sktune.space import log_randint

RANGES = [(1, 2), (1, 10), (3, 7), (1, 1000), (50, 51), (100, 130), (16, 512)]


def rounded_loguniform_pmf(k, low, high):
    """Probability that scipy's loguniform on [low - 1/2, high + 1/2] is rounded to k."""
    parent = loguniform(low - 0.5, high + 0.5)
    return parent.cdf(k + 0.5) - parent.cdf(k - 0.5)


@pytest.mark.parametrize("low, high", RANGES)
def test_pmf_cdf_and_support(low, high):
    distribution, k = log_randint(low, high), np.arange(low, high + 1)
    assert distribution.support() == (low, high)
    assert_allclose(distribution.pmf(k), rounded_loguniform_pmf(k, low, high))
    assert_allclose(distribution.cdf(k), np.cumsum(distribution.pmf(k)))
    assert_array_equal(distribution.pmf([low - 1, high + 1]), 0)
    assert_array_equal(distribution.cdf([low - 1, high + 1]), [0, 1])


@pytest.mark.parametrize("low, high", [*RANGES, (1, 10**9), (1, 10**12), (10**6, 10**12)])
def test_ppf_is_the_smallest_value_whose_cdf_reaches_q(low, high):
    distribution = log_randint(low, high)
    k = np.unique(np.geomspace(low, min(high, 10**9), 500).astype(int))
    assert_array_equal(distribution.ppf(distribution.cdf(k)), k)
    k = k[k < min(high, 10**6)]  # beyond, a cell is not much wider than the step below
    assert_array_equal(distribution.ppf(distribution.cdf(k) + 1e-10), k + 1)
    assert distribution.ppf(1) == high


@pytest.mark.parametrize("low, high", [(1, 10), (3, 7), (16, 20)])
def test_rvs_follow_the_pmf(low, high):
    distribution, k = log_randint(low, high), np.arange(low, high + 1)
    draws = distribution.rvs(size=20_000, random_state=0)
    assert np.issubdtype(draws.dtype, np.integer)
    values, counts = np.unique(draws, return_counts=True)
    assert_array_equal(values, k)
    assert chisquare(counts, len(draws) * distribution.pmf(k)).pvalue > 0.001


def test_rvs_sizes_and_seed():
    distribution = log_randint(1, 100)
    assert isinstance(distribution.rvs(random_state=0), int)
    assert distribution.rvs(size=(2, 3), random_state=0).shape == (2, 3)
    first, again, other = (distribution.rvs(size=50, random_state=seed) for seed in (1, 1, 2))
    assert_array_equal(first, again)
    assert (first != other).any()


def test_single_value():
    distribution = log_randint(5, 5)
    assert_array_equal(distribution.rvs(size=3, random_state=0), [5, 5, 5])
    assert distribution.pmf(5) == pytest.approx(1)


def test_pickle():
    distribution = log_randint(2, 300)
    loaded = pickle.loads(pickle.dumps(distribution))
    q = np.linspace(0, 1, 50)
    assert_array_equal(loaded.ppf(q), distribution.ppf(q))
    assert loaded.support() == (2, 300)


def test_serves_randomized_search():
    space = {"n_neighbors": log_randint(1, 40)}
    search = RandomizedSearchCV(KNeighborsClassifier(), space, n_iter=5, random_state=0)
    search.fit(*load_iris(return_X_y=True))
    drawn = [params["n_neighbors"] for params in ParameterSampler(space, 5, random_state=0)]
    assert [params["n_neighbors"] for params in search.cv_results_["params"]] == drawn
    assert all(1 <= value <= 40 for value in drawn)


@pytest.mark.parametrize("low, high", [(1.0, 10), (1, 10.5), ("1", 10), (True, 10), (1, None)])
def test_bounds_that_are_no_integers(low, high):
    with pytest.raises(InvalidSpaceTypeError, match=r"log_randint: (low|high) must be an integer"):
        log_randint(low, high)


@pytest.mark.parametrize("low, high", [(0, 10), (-5, 5), (10, 9)])
def test_bounds_out_of_range(low, high):
    with pytest.raises(InvalidSpaceError, match=f"1 <= low <= high .* low={low} and high={high}"):
        log_randint(low, high)


def test_numpy_bounds():
    assert log_randint(np.int64(2), np.int32(9)).support() == (2, 9)
