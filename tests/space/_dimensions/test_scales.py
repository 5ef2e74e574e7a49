"""Scales: a closed form must be the cdf of the distribution that it stands for."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import beta, cauchy, expon, loguniform, norm, uniform

from sktune.space._dimensions._scales import (
    LinearScale,
    LogScale,
    TableScale,
    is_evenly_spaced_in_log,
    scale_of_numbers,
)
from sktune.space._parse_distributions import _quantile_scale

UNITS = np.linspace(0, 1, 101)


@pytest.mark.parametrize(
    "scale, distribution",
    [
        (LinearScale(-3.0, 5.0), uniform(-3, 8)),
        (LogScale(1e-5, 1e2), loguniform(1e-5, 1e2)),
        (LogScale(1e-200, 1e200), loguniform(1e-200, 1e200)),
        (LinearScale(-1e308, 1e308), None),
        (TableScale(np.array([0.0, 2.0, 3.0]), np.array([0.0, 0.5, 1.0])), None),
    ],
)
def test_position_is_the_cdf_and_value_the_ppf(scale, distribution):
    if distribution is not None:
        assert_allclose(scale.value(UNITS), distribution.ppf(UNITS), rtol=1e-10, atol=1e-12)
    with np.errstate(over="raise", invalid="raise"):
        assert_allclose(scale.position(scale.value(UNITS)), UNITS, atol=1e-12)


class OnlyQuantiles:
    """An exponential distribution without a cdf, whose ppf fails at some places."""

    def ppf(self, share):
        if 0.6 < share < 0.7:
            raise FloatingPointError("no convergence")
        if 0.2 < share < 0.22:
            return np.nan
        return -np.log1p(-share)


@pytest.mark.parametrize("distribution", [norm(2, 3), expon(), cauchy(), beta(2, 5)])
def test_quantiles_of_any_distribution(distribution):
    scale = _quantile_scale(distribution, distribution.support())
    assert scale.has_cdf
    inside = UNITS[1:-1]
    values = [scale.value(unit) for unit in inside]
    assert_allclose(values, distribution.ppf(inside))
    assert_allclose([scale.position(value) for value in values], inside, atol=1e-9)


def test_quantiles_where_a_distribution_fails():
    scale = _quantile_scale(OnlyQuantiles(), (0.0, np.inf))
    assert not scale.has_cdf
    inside = UNITS[1:-1]
    values = np.array([scale.value(unit) for unit in inside])
    assert_allclose(values, expon.ppf(inside), rtol=0.2)
    is_right = (inside < 0.2) | (inside > 0.75)
    positions = [scale.position(value) for value in values[is_right]]
    assert_allclose(positions, inside[is_right], atol=1e-9)


class Broken:
    def __init__(self, ppf):
        self.ppf = ppf


@pytest.mark.parametrize(
    "ppf",
    [
        lambda share: np.nan,
        lambda share: np.inf,
        lambda share: -share,  # falls
        lambda share: 2 * share,  # leaves the support
        lambda share: 1 / 0,
        lambda share: Broken(None).ppf(share),
        lambda share: "text",
    ],
)
def test_a_ppf_that_cannot_be_used(ppf):
    assert _quantile_scale(Broken(ppf), (0.0, 1.0)) is None


@pytest.mark.parametrize(
    "numbers",
    [
        [-1e308, 0.0, 1e308],
        [1e-300, 1.0, 1e300],
        [5e-324, 1e308],
        [0.0, 5e-324],
        [1e308, 1.7e308],
        np.arange(1.0, 1e5),
        np.geomspace(1e-300, 1e300, 5000),
    ],
)
def test_numbers_of_any_size(numbers):
    numbers = np.asarray(numbers)
    with np.errstate(all="raise", under="ignore"):
        positions = scale_of_numbers(numbers).position(numbers)
    assert (positions[0], positions[-1]) == (0.0, pytest.approx(1.0))
    assert (np.diff(positions) > 0).all()


@pytest.mark.parametrize(
    "numbers, is_log",
    [
        ([1, 2, 3, 4], False),
        ([0.1, 0.2, 0.3], False),
        ([10, 20, 50], True),
        ([1, 10, 100], True),
        ([1e-4, 1e-3, 1e-2, 1e-1], True),
        ([16, 32, 64, 128], True),
        ([1, 3, 10, 30], True),
        ([1, 2], False),
        ([1, 10], True),
        ([0, 1, 10, 100], False),  # no logarithm of 0
        ([-100, -10, -1], False),
    ],
)
def test_log_spacing_is_seen_from_the_ratios(numbers, is_log):
    assert is_evenly_spaced_in_log(np.array(numbers, dtype=float)) is is_log
