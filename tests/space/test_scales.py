"""Scales: a closed form must be the cdf of the distribution that it stands for."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import beta, cauchy, expon, loguniform, norm, uniform

from sktune.space._scales import (
    LinearScale,
    LogScale,
    QuantileScale,
    is_evenly_spaced_in_log,
)

UNITS = np.linspace(0, 1, 101)


@pytest.mark.parametrize(
    "scale, distribution",
    [
        (LinearScale(-3.0, 5.0), uniform(-3, 8)),
        (LogScale(1e-5, 1e2), loguniform(1e-5, 1e2)),
        (QuantileScale.of(beta(2, 5)), beta(2, 5)),
    ],
)
def test_position_is_the_cdf_and_value_the_ppf(scale, distribution):
    values = distribution.ppf(UNITS)
    assert_allclose(scale.position(values), UNITS, atol=1e-12)
    assert_allclose(scale.value(UNITS), values, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    "distribution, low, high",
    [
        (norm(2, 3), norm(2, 3).ppf(1e-3), norm(2, 3).ppf(1 - 1e-3)),
        (expon(), 0, expon.ppf(1 - 1e-3)),
        (cauchy(), cauchy.ppf(1e-3), cauchy.ppf(1 - 1e-3)),
        (beta(2, 5), 0, 1),
    ],
)
def test_only_unbounded_sides_are_cut(distribution, low, high):
    scale = QuantileScale.of(distribution)
    assert_allclose(scale.value(np.array([0.0, 1.0])), [low, high])
    assert_allclose(scale.position(scale.value(UNITS)), UNITS, atol=1e-9)


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
