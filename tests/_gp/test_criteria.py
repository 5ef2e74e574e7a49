from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp

from sktune._gp import (
    ConfidenceBound,
    ExpectedImprovement,
    Feasible,
    GaussianProcess,
    PendingImprovement,
    Priors,
    Trend,
    log_expected_improvement,
)

GROUPS = [slice(0, 1), slice(1, 2), slice(2, 5)]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.random((20, 2)), np.eye(3)[rng.integers(3, size=20)]])
    return X, np.sin(5 * X[:, 0]) + X[:, 1] ** 2 + 0.3 * X[:, 2]


@pytest.fixture(scope="module")
def scores(data):
    return GaussianProcess(GROUPS).fit(*data)


@pytest.fixture(scope="module")
def success(data):
    X, _ = data
    return GaussianProcess(GROUPS, Priors.of_labels(3)).fit(X, 1.0 * (X[:, 0] < 0.6))


@pytest.fixture(scope="module")
def elsewhere():
    return np.random.default_rng(1).random((8, 5))


@pytest.mark.parametrize(
    "name", ["improvement", "safe improvement", "pending", "pending with a trend", "upper", "lower"]
)
def test_gradients(name, data, scores, success, elsewhere):
    best = data[1].max()
    criterion = {
        "improvement": ExpectedImprovement(scores, best),
        "safe improvement": Feasible(ExpectedImprovement(scores, best), success),
        "pending": PendingImprovement(scores, elsewhere[:3] * 0.9, best, np.random.default_rng(0)),
        "pending with a trend": PendingImprovement(
            GaussianProcess(GROUPS, trend=Trend([scores])).fit(data[0][:9], data[1][:9]),
            elsewhere[:3] * 0.9,
            best,
            np.random.default_rng(0),
        ),
        "upper": ConfidenceBound(scores, 2.0),
        "lower": ConfidenceBound(scores, -2.0),
    }[name]
    value, gradient = criterion.with_gradient(elsewhere)
    np.testing.assert_allclose(value, criterion(elsewhere), rtol=1e-12)
    step = 1e-6
    numeric = [
        (criterion(elsewhere + shift) - criterion(elsewhere - shift)) / (2 * step)
        for shift in step * np.eye(5)
    ]
    np.testing.assert_allclose(gradient, np.transpose(numeric), rtol=1e-4, atol=1e-4)


def test_gradient_deep_in_what_fails(data, scores):
    # Phi(z) underflows at z = -38.6; its logarithm and slope do not.
    X, y = data
    hopeless = GaussianProcess(GROUPS, Priors.of_labels(3)).fit(X, np.full(len(X), -40.0))
    value, gradient = Feasible(ExpectedImprovement(scores, y.max()), hopeless).with_gradient(X)
    assert (value < -700).all()
    assert np.isfinite(gradient).all()


def test_values(data, scores, success, elsewhere):
    mean, std = scores.predict(elsewhere, return_std=True)
    improvement = log_expected_improvement(mean, std, 0.7).value
    np.testing.assert_allclose(ExpectedImprovement(scores, 0.7)(elsewhere), improvement)
    np.testing.assert_allclose(ConfidenceBound(scores, -1.5)(elsewhere), mean - 1.5 * std)
    # In the middle of what succeeds the weight is 1, in the middle of what fails it is small.
    X = data[0][[np.argmin(data[0][:, 0]), np.argmax(data[0][:, 0])]]
    plain = ExpectedImprovement(scores, 0.7)(X)
    lost = plain - Feasible(ExpectedImprovement(scores, 0.7), success)(X)
    assert 0 <= lost[0] < 0.1
    assert lost[1] > 1


def test_pending_improvement_is_the_average_over_outcomes(scores, data, elsewhere):
    # Against refits: what the model says once an outcome of the pending has been observed.
    pending, best = elsewhere[:2], data[1].max()
    criterion = PendingImprovement(scores, pending, best, np.random.default_rng(0))
    half = np.random.default_rng(0).standard_normal((2, 4))
    factor = scores.condition_on(pending).L[-2:, -2:]
    outcomes = scores.predict(pending)[:, None] + scores.y_scale * factor @ np.hstack([half, -half])
    improvements = []
    for outcome in outcomes.T:
        told = scores.condition_on(pending)
        residual = np.concatenate(
            [np.zeros(len(data[0])), (outcome - scores.predict(pending)) / scores.y_scale]
        )
        added = np.linalg.solve(told.L @ told.L.T, residual)
        told = replace(told, alpha=told.alpha + added)
        np.testing.assert_allclose(told.predict(pending), outcome, atol=1e-3)
        best_now = max(best, told.predict(pending).max())
        improvements.append(ExpectedImprovement(told, best_now)(elsewhere[2:]))
    expected = logsumexp(improvements, axis=0) - np.log(8)
    np.testing.assert_allclose(criterion(elsewhere[2:]), expected, rtol=1e-6)


def test_outcomes_have_the_spread_of_the_posterior(scores, elsewhere):
    X = elsewhere[:3]
    mean, std = scores.predict(X, return_std=True)
    Z = np.random.default_rng(0).standard_normal((3, 20000))
    outcomes = scores.under_outcomes(X, Z).predict(X)
    np.testing.assert_allclose(outcomes.mean(axis=0), mean, atol=0.02 * std.max())
    np.testing.assert_allclose(outcomes.std(axis=0), std, rtol=0.03)


def test_contenders_are_what_has_to_be_improved_on():
    X = np.linspace(0, 1, 6)[:, None]
    model = GaussianProcess([slice(0, 1)]).fit(X, np.sin(3 * X[:, 0])).interpolating()
    pending, best = np.array([[0.9]]), float(np.sin(1.5))
    points = np.array([[0.45], [0.6]])

    def value(contenders):
        rng = np.random.default_rng(0)
        return PendingImprovement(model, pending, best, rng, contenders)(points)

    np.testing.assert_array_equal(value(None), value(pending))
    # The pending point is below the best under each outcome, so it is no better than no contender.
    np.testing.assert_allclose(value(pending), value(X[:1]), rtol=1e-6)
    assert (value(np.array([[0.5236]])) < value(pending)).all()
