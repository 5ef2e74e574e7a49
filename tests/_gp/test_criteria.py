import numpy as np
import pytest

from sktune._gp import (
    ConfidenceBound,
    ExpectedImprovement,
    GaussianProcess,
    Priors,
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


@pytest.mark.parametrize("name", ["improvement", "safe improvement", "upper", "lower"])
def test_gradients(name, data, scores, success, elsewhere):
    best = data[1].max()
    criterion = {
        "improvement": ExpectedImprovement(scores, best),
        "safe improvement": ExpectedImprovement(scores, best, success),
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
    value, gradient = ExpectedImprovement(scores, y.max(), hopeless).with_gradient(X)
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
    lost = plain - ExpectedImprovement(scores, 0.7, success)(X)
    assert 0 <= lost[0] < 0.1
    assert lost[1] > 1
