"""Probabilities to be on the front, where they can be worked out."""

import numpy as np
import pytest
from scipy.stats import norm

from sktune.inspection._pareto._probability import front_probability


def residuals(n, n_splits, n_metrics, correlation=0.0):
    rng = np.random.default_rng(0)
    drawn = rng.standard_normal((n, n_splits, n_metrics))
    if correlation:
        drawn[..., 1] = drawn[..., 0]
    return drawn


@pytest.mark.parametrize("gap", [0.0, 1.0, 2.0])
def test_one_ahead_in_a_score_and_level_in_a_sure_one(gap):
    # The second score is the same for sure, so only the better one by the first is on the front.
    means = np.array([[0.0, 1.0], [gap, 1.0]])
    spreads = np.tile([1.0, 0.0], (2, 1))
    found = front_probability(means, spreads, np.zeros((2, 5, 2)), inflation=1.0)
    expected = norm.cdf(gap / np.sqrt(2.0))
    assert found == pytest.approx([1 - expected, expected], abs=0.08)


def test_scores_that_rise_and_fall_together_leave_one_on_the_front():
    means, spreads = np.zeros((4, 2)), np.ones((4, 2))
    together = front_probability(means, spreads, residuals(40, 5, 2, 1.0)[:4], 1.0)
    apart = front_probability(means, spreads, residuals(40, 5, 2)[:4], 1.0)
    assert together.sum() == pytest.approx(1.0, abs=0.01)
    assert apart.sum() > 1.5


def test_without_noise_the_front_is_sure():
    means = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 0.0], [np.nan, 9.0]])
    found = front_probability(means, np.zeros((4, 2)), np.zeros((4, 3, 2)), 1.0)
    assert found.tolist() == [1.0, 1.0, 0.0, 0.0]


def test_nothing_to_choose_from():
    assert (
        front_probability(np.full((2, 2), np.nan), np.ones((2, 2)), np.zeros((2, 3, 2)), 1.0).sum()
        == 0
    )
