"""The additive process: its likelihood, predictions and draws, each computed another way."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import check_grad
from scipy.stats import norm
from sklearn.gaussian_process.kernels import Matern

from sktune._gp import GaussianProcess
from sktune.inspection._model import _process
from sktune.inspection._model._process import AdditiveProcess

# Two numbers and a category of three.
GROUPS = [slice(0, 1), slice(1, 4), slice(4, 5)]


def sample(n, seed=0):
    """Features, and scores with noise."""
    rng = np.random.default_rng(seed)
    choice = rng.integers(3, size=n)
    X = np.column_stack([rng.random(n), np.eye(3)[choice], rng.random(n)])
    X[0, 1:4] = 0.0  # a category that is not active
    return X, np.sin(5 * X[:, 0]) + X[:, 4] * X[:, 2] + X[:, 1] + 0.1 * rng.normal(size=n)


@pytest.fixture(scope="module")
def process():
    X, y = sample(30)
    return AdditiveProcess(GROUPS, X, y, np.full(30, 1e-3))


def kernel(theta, A, B):
    """The covariance by scikit-learn's Matern kernel."""
    lengths, variances, shared = np.exp(theta[:-2]).reshape(3, 3)

    def matern(scales):
        """Of columns divided by their scales."""
        return Matern(nu=2.5)(A[:, columns] / scales, B[:, columns] / scales)

    total = np.zeros((len(A), len(B)))
    for group, length, variance in zip(GROUPS, lengths, variances, strict=True):
        columns = group
        total += variance * matern(length * (np.sqrt(2) if group.stop - group.start > 1 else 1.0))
    columns = slice(None)
    root = shared * np.sqrt([1, 2, 1])
    return total + np.exp(theta[-2]) * matern(np.repeat(root, [1, 3, 1]))


def posterior(process, X, y, noise, at):
    """Mean and standard deviation of the process at features, by the textbook."""
    theta, scale = process.theta, y.std()
    K = kernel(theta, X, X) + np.diag(np.exp(theta[-1]) + noise / scale**2)
    k = kernel(theta, at, X)
    mean = y.mean() + scale * k @ np.linalg.solve(K, (y - y.mean()) / scale)
    variance = np.diag(kernel(theta, at, at) - k @ np.linalg.solve(K, k.T))
    return mean, scale * np.sqrt(variance)


def test_mean_is_that_of_the_textbook(process):
    X, y = sample(30)
    fresh = sample(50, seed=1)[0]
    mean, _ = posterior(process, X, y, np.full(30, 1e-3), fresh)
    # Effects of one number are interpolated between the cells of a table.
    assert_allclose(process.mean(fresh), mean, atol=1e-4 * y.std())


def test_draws_have_the_posterior_mean_and_spread(process):
    X, y = sample(30)
    fresh = sample(12, seed=1)[0]
    mean, std = posterior(process, X, y, np.full(30, 1e-3), fresh)
    # The features are random once for all draws: several sets of them average out.
    drawn = np.vstack([process.draws(100, np.random.default_rng(s))(fresh) for s in range(40)])
    assert_allclose(drawn.mean(axis=0), mean, atol=0.1 * std.max())
    assert_allclose(drawn.std(axis=0), std, rtol=0.2)


def test_scores_without_noise_are_those_of_the_textbook(process):
    X, y = sample(30)
    theta, scale = process.theta, y.std()
    own = kernel(theta, X, X) + np.exp(theta[-1]) * np.eye(30)
    expected = y.mean() + own @ np.linalg.solve(own + 1e-3 / scale**2 * np.eye(30), y - y.mean())
    assert_allclose(process.without_noise(), expected)
    assert not np.allclose(process.without_noise(), y)


def test_a_second_start_finds_the_higher_maximum(monkeypatch):
    def score(U):
        waves = np.sin(2 * np.pi * U[:, 0]) * np.cos(np.pi * U[:, 1]) + 0.6 * np.sin(9.4 * U[:, 2])
        return waves + 0.4 * U[:, 3]

    def fitted():
        process = AdditiveProcess([slice(j, j + 1) for j in range(4)], U, y, np.zeros(30))
        return process.log_likelihood(process.theta)[0], process.mean(fresh)

    U, fresh = np.random.default_rng([308, 4]).random((30, 4)), np.random.default_rng(1)
    U[0], fresh = 0.35, fresh.random((500, 4))
    y = score(U) + 0.066 * np.random.default_rng(308).standard_normal(30)
    value, mean = fitted()
    monkeypatch.setattr(_process, "_rough", lambda medians: medians)
    value_of_one, mean_of_one = fitted()
    assert value > value_of_one + 3
    assert np.std(mean - score(fresh)) < 0.8 * np.std(mean_of_one - score(fresh))


def test_likelihood_has_the_gradient_of_its_differences(process):
    theta = process.theta + 0.2 * np.random.default_rng(0).normal(size=len(process.theta))
    error = check_grad(
        lambda t: process.log_likelihood(t)[0], lambda t: process.log_likelihood(t)[1], theta
    )
    assert error < 1e-4
    X, y = sample(30)
    r = (y - y.mean()) / y.std()
    K = kernel(theta, X, X) + np.diag(np.exp(theta[-1]) + np.full(30, 1e-3) / y.std() ** 2)
    _, log_det = np.linalg.slogdet(K)
    expected = -0.5 * (r @ np.linalg.solve(K, r) + log_det + 30 * np.log(2 * np.pi))
    assert_allclose(process.log_likelihood(theta)[0], expected)


def test_a_sum_of_effects_is_learned_from_few():
    def score(X):
        return np.sin(6 * X[:, 0]) + np.cos(5 * X[:, 1]) + 2 * X[:, 2] ** 2 + X[:, 3] + X[:, 4]

    groups = [slice(j, j + 1) for j in range(6)]
    errors = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X, fresh = rng.random((25, 6)), rng.random((500, 6))
        y = score(X) + 0.05 * rng.normal(size=25)
        ours = AdditiveProcess(groups, X, y, np.zeros(25)).mean(fresh)
        plain = GaussianProcess(groups).fit(X, y).predict(fresh)
        errors.append([np.mean((found - score(fresh)) ** 2) for found in (ours, plain)])
    ours, plain = np.mean(errors, axis=0)
    assert ours < 0.7 * plain


def test_categories_alone():
    choice = np.arange(24) % 4
    X = np.eye(4)[choice]
    process = AdditiveProcess(
        [slice(0, 4)], X, np.array([0.0, 1.0, 2.0, 4.0])[choice], np.zeros(24)
    )
    assert_allclose(process.mean(np.eye(4)), [0, 1, 2, 4], atol=0.05)
    assert process.draws(3, np.random.default_rng(0))(X).shape == (3, 24)


def test_left_out_scores_are_predicted_from_all_others(process):
    X, y = sample(30)
    r, noise = (y - y.mean()) / y.std(), np.full(30, 1e-3) / y.var() + np.exp(process.theta[-1])
    K = kernel(process.theta, X, X)
    expected = 0.0
    for i in range(30):
        others = np.arange(30) != i
        weights = np.linalg.solve(K[np.ix_(others, others)] + np.diag(noise[others]), K[others, i])
        variance = K[i, i] + noise[i] - weights @ K[others, i]
        expected += norm.logpdf(r[i], weights @ r[others], np.sqrt(variance))
    assert process.left_out(process.theta) == pytest.approx(expected, abs=1e-6)


def test_of_two_maxima_the_one_that_predicts_is_taken():
    """A narrow edge, 30 candidates: a smooth slope is a little more likely, and predicts worse."""

    def score(U):
        bump = 0.7 * np.exp(-(((U[:, 0] - 0.7) / 0.12) ** 2))
        return bump + 0.3 * U[:, 1] * (U[:, 2] < 0.4) - (U[:, 3] < 0.12)

    groups = [slice(j, j + 1) for j in range(4)]
    U, fresh = np.random.default_rng([303, 4]).random((30, 4)), np.random.default_rng(1)
    U[0], fresh = 0.35, fresh.random((500, 4))
    y = score(U) + 0.0441 * np.random.default_rng(303).standard_normal(30)
    medians, spreads, _ = _process._priors(4)
    starts = [medians, _process._rough(medians)]
    one, other = (AdditiveProcess(groups, U, y, np.zeros(30), start, 1) for start in starts)
    both = AdditiveProcess(groups, U, y, np.zeros(30))

    def log_posterior(theta):
        return both.log_likelihood(theta)[0] - 0.5 * np.sum(((theta - medians) / spreads) ** 2)

    assert_allclose(both.theta, other.theta)
    assert both.left_out(other.theta) > both.left_out(one.theta) + 5
    assert log_posterior(one.theta) > log_posterior(other.theta)
    assert np.std(both.mean(fresh) - score(fresh)) < 0.95 * np.std(one.mean(fresh) - score(fresh))
