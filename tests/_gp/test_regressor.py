import pickle

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from sktune._gp import GaussianProcess, Priors
from sktune._gp._likelihood import MIN_TO_WARP
from sktune._gp._posterior import JITTER

GROUPS = [slice(0, 1), slice(1, 2), slice(2, 5)]
PRIORS = GaussianProcess(GROUPS).priors


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.random((25, 2)), np.eye(3)[rng.integers(3, size=25)]])
    y = 5 + np.sin(5 * X[:, 0]) + X[:, 1] ** 2 + 0.3 * X[:, 2] + 0.05 * rng.standard_normal(25)
    return X, y


@pytest.fixture
def model(data):
    return GaussianProcess(GROUPS).fit(*data)


class Twin:
    """The same posterior, computed by scikit-learn from warped features and the same theta."""

    def __init__(self, model, **params):
        lengths, variance, noise = np.exp(model.theta[:3]), *np.exp(model.theta[-2:])
        lengths = np.array([lengths[0], lengths[1], *[lengths[2] * np.sqrt(2)] * 3])
        kernel = ConstantKernel(variance) * Matern(lengths, nu=2.5)
        params = {"alpha": noise, "normalize_y": True} | params
        self.warp = lambda X: model.observed.warping(model.theta[3:-2], X)
        self.process = GaussianProcessRegressor(kernel, optimizer=None, **params)

    def fit(self, X, y):
        self.process.fit(self.warp(X), y)
        return self

    def predict(self, X):
        return self.process.predict(self.warp(X), return_std=True)


def test_posterior_and_likelihood_equal_those_of_scikit_learn(model, data):
    twin = Twin(model).fit(*data)
    X_new = np.random.default_rng(1).random((10, 5))
    mean, std = model.predict(X_new, return_std=True)
    expected_mean, expected_std = twin.predict(X_new)
    np.testing.assert_allclose(mean, expected_mean, rtol=1e-9)
    np.testing.assert_allclose(std, expected_std, rtol=1e-6)
    np.testing.assert_allclose(model.predict(X_new), mean)
    assert model.log_marginal_likelihood() == pytest.approx(twin.process.log_marginal_likelihood())


def test_known_noise_comes_on_top(data):
    X, y = data
    known = np.linspace(0.0, 0.2, len(y))
    model = GaussianProcess(GROUPS).fit(X, y, noise=known)
    twin = Twin(model, alpha=np.exp(model.theta[-1]) + known / np.var(y)).fit(X, y)
    X_new = np.random.default_rng(1).random((10, 5))
    mean, std = model.predict(X_new, return_std=True)
    expected_mean, expected_std = twin.predict(X_new)
    np.testing.assert_allclose(mean, expected_mean, rtol=1e-9)
    np.testing.assert_allclose(std, expected_std, rtol=1e-6)
    numeric = approx_fprime(model.theta, model.log_marginal_likelihood, 1e-7)
    _, gradient = model.log_marginal_likelihood(eval_gradient=True)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-4, atol=1e-4)


def test_interpolating_keeps_the_mean_and_knows_what_it_has_seen(data):
    X, y = data
    noisy = y + 0.3 * np.random.default_rng(0).standard_normal(len(y))
    model = GaussianProcess(GROUPS).fit(X, noisy, noise=0.09)
    exact = model.interpolating()
    X_new = np.random.default_rng(1).random((10, 5))
    mean, std = model.predict(np.vstack([X, X_new]), return_std=True)
    exact_mean, exact_std = exact.predict(np.vstack([X, X_new]), return_std=True)
    np.testing.assert_array_equal(exact_mean, mean)
    assert (exact_std < std).all()
    assert (exact_std[: len(X)] < 0.01 * std[: len(X)]).all()
    # The same as a model fitted to the smoothed scores without noise.
    twin = Twin(model, alpha=JITTER, normalize_y=False).fit(X, mean[: len(X)])
    twin_std = twin.predict(X_new)[1]
    np.testing.assert_allclose(exact_std[len(X) :] / np.std(noisy), twin_std, rtol=1e-6)


def test_noise_that_repeats_is_known_where_it_was_seen(data):
    X, y = data
    noisy = y + 0.3 * np.random.default_rng(0).standard_normal(len(y))
    model = GaussianProcess(GROUPS).fit(X, noisy, noise=0.09)
    assert model.repeating_noise == pytest.approx(0.3)
    observed = model.with_noise()
    mean, std = observed.predict(X, return_std=True)
    own = np.sqrt(np.exp(model.theta[-1])) * model.y_scale
    assert np.abs(mean - noisy).max() < 3 * own
    assert (std < 3 * own).all()
    # Next to what was seen its noise holds, further away there is new noise as large.
    (near, far), stds = observed.predict(X[:1] + [[1e-3], [1.0]], return_std=True)
    smooth, smooth_std = model.predict(X[:1] + [[1e-3], [1.0]], return_std=True)
    assert abs(near - noisy[0]) < 0.2 * abs(smooth[0] - noisy[0])
    assert far == pytest.approx(smooth[1], abs=0.1)
    assert stds[1] ** 2 == pytest.approx(smooth_std[1] ** 2 + 0.09, rel=0.15)
    assert stds[0] < 0.2 * stds[1]


def test_without_noise_of_folds_the_model_s_own_repeats(data):
    model = GaussianProcess(GROUPS).fit(*data)
    expected = np.exp(model.theta[-1] / 2) * model.y_scale
    assert model.repeating_noise == pytest.approx(expected)
    mean = model.with_noise().predict(data[0])
    np.testing.assert_allclose(mean, data[1], atol=0.1 * expected)


def test_two_observations_by_hand():
    # t = (-1, 1) after standardising; with k the correlation of the two and v, n the
    # variances, K^-1 t = t / (v + n - v k), so the mean at the second is 1 - n / (v + n - v k).
    X, y = np.array([[0.2], [0.6]]), np.array([10.0, 14.0])
    model = GaussianProcess([slice(0, 1)]).fit(X, y)
    length, _, _, v, n = np.exp(model.theta)  # two scores warp nothing
    r = np.sqrt(5) * 0.4 / length
    k = (1 + r + r**2 / 3) * np.exp(-r)
    expected = 12 + 2 * (1 - n / (v + n - v * k))
    assert model.predict([[0.6]])[0] == pytest.approx(expected, rel=1e-12)


def test_gradient_of_the_likelihood(model):
    rng = np.random.default_rng(0)
    for _ in range(3):
        theta = PRIORS.medians + 0.5 * rng.standard_normal(9)
        value, gradient = model.log_marginal_likelihood(theta, eval_gradient=True)
        assert model.log_marginal_likelihood(theta) == value
        numeric = approx_fprime(theta, model.log_marginal_likelihood, 1e-6)
        np.testing.assert_allclose(gradient, numeric, rtol=1e-4, atol=1e-4)


def test_the_fit_maximises_the_posterior(model, data):
    def log_posterior(theta):
        return model.log_marginal_likelihood(theta) + PRIORS.log_density(theta).value

    best = log_posterior(model.theta)
    assert best > log_posterior(PRIORS.medians)
    # The exponents came in between, from 1, and the rest was fitted to them.
    unwarped = np.where(PRIORS.is_exponent, 0.0, model.theta)
    assert best > log_posterior(unwarped) + 0.1
    for step in 0.05 * np.vstack([np.eye(9), -np.eye(9)])[~np.tile(PRIORS.is_exponent, 2)]:
        assert log_posterior(model.theta + step) < best
    again = GaussianProcess(GROUPS).fit(*data, theta_start=model.theta)
    assert log_posterior(again.theta) >= best - 0.01


@pytest.mark.parametrize("conditioned", [False, True])
def test_gradients_of_the_prediction(model, conditioned):
    X_new = np.random.default_rng(2).random((4, 5))
    if conditioned:
        model = model.condition_on(np.random.default_rng(3).random((3, 5)))
    *_, mean_grad, std_grad = model.predict(X_new, return_std=True, return_grad=True)
    for i, x in enumerate(X_new):
        by_mean = approx_fprime(x, lambda z: model.predict(z[None])[0], 1e-7)
        by_std = approx_fprime(x, lambda z: model.predict(z[None], return_std=True)[1][0], 1e-7)
        np.testing.assert_allclose(mean_grad[i], by_mean, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(std_grad[i], by_std, rtol=1e-4, atol=1e-5)


def test_conditioning_keeps_the_mean_and_equals_a_refit_with_the_fantasies(model, data):
    X, y = data
    pending = np.random.default_rng(4).random((3, 5))
    X_new = np.random.default_rng(5).random((10, 5))
    conditioned = model.condition_on(pending)
    mean, std = model.predict(X_new, return_std=True)
    new_mean, new_std = conditioned.predict(X_new, return_std=True)
    np.testing.assert_allclose(new_mean, mean, rtol=1e-12)
    assert np.all(new_std < std)
    assert np.all(conditioned.predict(pending, return_std=True)[1] < 0.01 * y.std())

    # Independent way: scikit-learn on the scores and the fantasies, scaled as the scores are.
    scaled = (np.append(y, model.predict(pending)) - y.mean()) / y.std()
    noise = np.append(np.full(25, np.exp(model.theta[-1])), np.full(3, JITTER))
    twin = Twin(model, alpha=noise, normalize_y=False).fit(np.vstack([X, pending]), scaled)
    twin_mean, twin_std = twin.predict(X_new)
    np.testing.assert_allclose(new_mean, y.mean() + y.std() * twin_mean, rtol=1e-9)
    np.testing.assert_allclose(new_std, y.std() * twin_std, rtol=1e-6)


def test_conditioning_step_by_step_equals_all_at_once(model):
    pending, X_new = np.random.default_rng(6).random((2, 3, 5))
    at_once = model.condition_on(pending).predict(X_new, return_std=True)[1]
    by_steps = model.condition_on(pending[:1]).condition_on(pending[1:])
    np.testing.assert_allclose(by_steps.predict(X_new, return_std=True)[1], at_once, rtol=1e-9)


@pytest.mark.parametrize("y", [[3.0], [0.5, 0.5, 0.5], [0.1 + 0.2, 0.3, 0.3]])
def test_equal_scores(y):
    X = np.linspace(0, 1, len(y))[:, None]
    mean, std = GaussianProcess([slice(0, 1)]).fit(X, y).predict([[0.3]], return_std=True)
    assert mean[0] == pytest.approx(y[0])
    assert std[0] > 0


@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1e30])
def test_the_unit_of_the_scores_does_not_matter(data, scale):
    X, y = data
    model, scaled = GaussianProcess(GROUPS).fit(X, y), GaussianProcess(GROUPS).fit(X, scale * y)
    np.testing.assert_allclose(scaled.theta, model.theta, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(scaled.predict(X), scale * model.predict(X), rtol=1e-4)


def test_a_handful_of_scores_warps_nothing(data):
    X, y = data
    exponents = slice(3, 7)
    few = GaussianProcess(GROUPS).fit(X[: MIN_TO_WARP - 1], y[: MIN_TO_WARP - 1])
    np.testing.assert_array_equal(few.theta[exponents], 0)
    assert GaussianProcess(GROUPS).fit(X, y).theta[exponents].all()


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_function_that_varies_at_one_end_is_learnt_on_its_own_scale(mirrored):
    rng = np.random.default_rng(0)

    def truth(X):
        x = 1 - X[:, 0] if mirrored else X[:, 0]
        return np.sin(12 * np.sqrt(x)) + X[:, 1]

    X, X_new = rng.random((40, 2)), rng.random((200, 2))
    groups = [slice(0, 1), slice(1, 2)]
    errors = [
        np.sqrt(
            np.mean(
                (GaussianProcess(groups, p).fit(X, truth(X)).predict(X_new) - truth(X_new)) ** 2
            )
        )
        for p in (None, Priors.of_scores(2))
    ]
    assert errors[0] < 0.7 * errors[1]


def test_repeated_points_with_different_scores_are_noise():
    X = np.repeat(np.linspace(0, 1, 5)[:, None], 2, axis=0)
    y = np.tile([0.0, 1.0], 5)
    model = GaussianProcess([slice(0, 1)]).fit(X, y)
    assert np.exp(model.theta[-1]) > 0.5
    np.testing.assert_allclose(model.predict(X), 0.5, atol=0.1)


def test_fit_changes_no_argument_and_refuses_what_is_not_finite(data):
    X, y = data
    X_before, y_before, start = X.copy(), y.copy(), np.zeros(9)
    GaussianProcess(GROUPS).fit(X, y, theta_start=start)
    np.testing.assert_array_equal(X, X_before)
    np.testing.assert_array_equal(y, y_before)
    assert np.all(start == 0)
    with pytest.raises(ValueError, match="finite"):
        GaussianProcess(GROUPS).fit(X, np.where(y > 6, np.nan, y))


def test_pickle_predicts_the_same(model):
    X_new = np.random.default_rng(7).random((5, 5))
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict(X_new), model.predict(X_new))


def test_a_posterior_is_never_changed(model):
    X = np.random.default_rng(8).random((4, 5))
    before = model.predict(X, return_std=True)
    grown = model.condition_on(X)
    outcomes = model.under_outcomes(X, np.ones((4, 3)))
    assert model.interpolating() is not model
    np.testing.assert_array_equal(model.predict(X, return_std=True), before)
    assert grown.predict(X).shape == (4,)
    assert outcomes.predict(X).shape == (3, 4)
    with pytest.raises(AttributeError):
        model.alpha = None


def test_all_hyperparameters_may_be_kept():
    X = np.random.default_rng(0).random((15, 2))
    y = np.sin(3 * X[:, 0])
    process = GaussianProcess([slice(0, 1), slice(1, 2)])
    first = process.fit(X[:12], y[:12])
    kept = process.fit(X, y, first.theta, keep_all=True)
    np.testing.assert_array_equal(kept.theta, first.theta)
    assert len(kept.observed.r) == 15
    assert (process.fit(X, y, first.theta).theta != first.theta).any()
