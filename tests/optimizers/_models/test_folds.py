import numpy as np
import pytest

from sktune.optimizers._models._folds import (
    MAX_RATIO,
    fold_effects,
    k_fold_ratio,
    noise_of_means,
    variance_of_mean,
)


def test_fold_effects_by_hand():
    scores = np.array([[1.0, 3.0], [2.0, 4.0], [np.nan, 100.0]])
    np.testing.assert_allclose(fold_effects(scores), [-1.0, 1.0])
    np.testing.assert_array_equal(fold_effects(scores[2:]), [0.0, 0.0])


def simulated(sigma, n=200, n_splits=5, seed=0):
    """Scores of candidates and folds with effects, and noise of `sigma`, shape (n,) or float."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((n, n_splits)) * np.broadcast_to(sigma, n)[:, None]
    return rng.standard_normal((n, 1)) + 10 * rng.standard_normal(n_splits) + noise


def test_variance_is_that_of_nadeau_and_bengio():
    # The effect of a fold is no noise, however large.
    noise = noise_of_means(simulated(0.3))
    assert noise.mean() == pytest.approx(0.3**2 * (1 / 5 + 1 / 4), rel=0.1)
    assert noise.std() < 0.3 * noise.mean()


def test_few_candidates_do_not_hide_the_noise():
    # Of n candidates, the fold effects take 1/n of the squares.
    noises = [noise_of_means(simulated(0.3, n=3, seed=seed)).mean() for seed in range(300)]
    assert np.mean(noises) == pytest.approx(0.3**2 * 0.45, rel=0.1)


def test_noisy_candidates_are_told_apart_within_limits():
    sigma = np.where(np.arange(200) % 2, 0.2, 0.4)
    noise = noise_of_means(simulated(sigma))
    assert noise[sigma == 0.4].mean() > 1.3 * noise[sigma == 0.2].mean()
    wild = simulated(np.where(np.arange(200) == 7, 1000.0, 0.3))
    wild[7] -= 1e4  # a bad one
    assert noise_of_means(wild)[7] <= MAX_RATIO * 0.3**2 * 0.45 * 1.2


def test_missing_folds_make_a_mean_less_certain():
    scores = simulated(0.3)
    scores[:50, 1:] = np.nan
    noise = noise_of_means(scores)
    assert noise[:50].mean() / noise[50:].mean() == pytest.approx((1 + 1 / 4) / 0.45, rel=0.1)


@pytest.mark.parametrize("shape", [(10, 1), (1, 5), (1, 1)])
def test_nothing_is_known_from_one_fold_or_one_candidate(shape):
    np.testing.assert_array_equal(noise_of_means(np.random.default_rng(0).random(shape)), 0)


@pytest.mark.parametrize("n_splits", [2, 5, 10])
def test_variance_of_a_k_fold_mean_is_that_of_nadeau_and_bengio(n_splits):
    found = variance_of_mean(3.0, n_splits, k_fold_ratio(n_splits))
    assert found == pytest.approx(3.0 * (1 / n_splits + 1 / (n_splits - 1)))


def test_repeats_do_not_take_the_variance_of_overlap_away():
    # Ten times five folds: with 1 / (K - 1) in place of the sizes it would be 6 times smaller.
    assert variance_of_mean(1.0, 50, 1 / 4) == pytest.approx(0.27)
