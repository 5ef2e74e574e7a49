import numpy as np
import pytest

from sktune._gp import GaussianProcess, LogNormalPrior, Priors, Trend

GROUPS = [slice(0, 1), slice(1, 2)]


def top_at(where, X):
    return -np.sum((X - where) ** 2, axis=1)


@pytest.fixture(scope="module")
def models():
    X = np.random.default_rng(0).random((30, 2))
    return [
        GaussianProcess(GROUPS).fit(X, 100 + 7 * top_at([0.2, 0.8], X)),
        GaussianProcess(GROUPS).fit(X, np.sin(6 * X[:, 0])),
    ]


@pytest.fixture(scope="module")
def data():
    X = np.random.default_rng(1).random((8, 2))
    return X, top_at([0.25, 0.75], X) + 0.1 * np.sin(9 * X[:, 1])


@pytest.fixture(scope="module")
def elsewhere():
    return np.random.default_rng(2).random((6, 2))


def test_posterior_by_dense_algebra(models, data, elsewhere):
    X, y = data
    trend = Trend(models)
    model = GaussianProcess(GROUPS, trend=trend).fit(X, y, noise=0.001)
    t = (y - y.mean()) / y.std()
    H, h = trend(X) - trend(X).mean(axis=0), trend(elsewhere) - trend(X).mean(axis=0)
    theta = model.theta  # eight scores warp nothing

    def k(A, HA, B, HB):
        return (
            model.observed.kernel(np.append(theta[:2], theta[-2]), A, B)
            + trend.variance * HA @ HB.T
        )

    K = k(X, H, X, H) + (np.exp(theta[-1]) + 0.001 / y.var()) * np.eye(8)
    k_star = k(X, H, elsewhere, h)
    r = t - trend.mean * H.sum(1)
    expected = trend.mean * h.sum(1) + k_star.T @ np.linalg.solve(K, r)
    variance = k(elsewhere, h, elsewhere, h) - k_star.T @ np.linalg.solve(K, k_star)
    mean, std = model.predict(elsewhere, return_std=True)
    np.testing.assert_allclose(mean, y.mean() + y.std() * expected, rtol=1e-8)
    np.testing.assert_allclose(std, y.std() * np.sqrt(np.diag(variance)), rtol=1e-6)
    _, logdet = np.linalg.slogdet(K)
    lml = -0.5 * (r @ np.linalg.solve(K, r) + logdet + 8 * np.log(2 * np.pi))
    assert model.log_marginal_likelihood() == pytest.approx(lml)


@pytest.mark.parametrize("make", ["fitted", "conditioned", "interpolating", "outcomes"])
def test_gradients(models, data, elsewhere, make):
    model = GaussianProcess(GROUPS, trend=Trend(models)).fit(*data)
    if make == "conditioned":
        model = model.condition_on([[0.5, 0.5], [0.1, 0.9]])
    elif make == "interpolating":
        model = model.interpolating()
    elif make == "outcomes":
        normals = np.random.default_rng(0).standard_normal((2, 4))
        model = model.under_outcomes([[0.5, 0.5], [0.1, 0.9]], normals)
    *_, mean_grad, std_grad = model.predict(elsewhere, return_std=True, return_grad=True)
    step = 1e-6
    for j, shift in enumerate(step * np.eye(2)):
        up = model.predict(elsewhere + shift, return_std=True)
        down = model.predict(elsewhere - shift, return_std=True)
        for gradient, a, b in zip((mean_grad, std_grad), up, down, strict=True):
            np.testing.assert_allclose(gradient[..., j], (a - b) / (2 * step), rtol=1e-4, atol=1e-6)
    if make != "outcomes":
        np.testing.assert_allclose(model.standardised_slope(elsewhere) * model.y_scale, mean_grad)


def test_gradient_of_the_likelihood(models, data):
    model = GaussianProcess(GROUPS, trend=Trend(models)).fit(*data)
    _, gradient = model.log_marginal_likelihood(eval_gradient=True)
    for j, shift in enumerate(1e-6 * np.eye(len(gradient))):
        up, down = (model.log_marginal_likelihood(model.theta + s) for s in (shift, -shift))
        assert gradient[j] == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-5)


def test_conditioning_keeps_the_mean(models, data, elsewhere):
    model = GaussianProcess(GROUPS, trend=Trend(models)).fit(*data)
    grown = model.condition_on(elsewhere[:3])
    mean, std = model.predict(elsewhere, return_std=True)
    grown_mean, grown_std = grown.predict(elsewhere, return_std=True)
    np.testing.assert_allclose(grown_mean, mean, rtol=1e-8)
    assert (grown_std[:3] < 0.05 * std[:3]).all()
    assert (grown_std <= std).all()


def test_the_conditioned_model_knows_how_likely_its_observations_are(models, data, elsewhere):
    X, y = data
    trend, added = Trend(models), elsewhere[:3]
    grown = GaussianProcess(GROUPS, trend=trend).fit(X, y, noise=0.01).condition_on(added)
    values = np.concatenate([y, grown.predict(added)])
    h = trend(np.vstack([X, added])) - trend(X).mean(axis=0)
    theta, everywhere = grown.theta, np.vstack([X, added])
    kernel_theta = np.append(theta[:2], theta[-2])  # eight scores warp nothing
    K = grown.observed.kernel(kernel_theta, everywhere, everywhere) + trend.variance * h @ h.T
    K += np.diag(np.exp(theta[-1]) + np.repeat([0.01 / y.var(), 0.0], [len(X), 3]))
    r = (values - y.mean()) / y.std() - trend.mean * h.sum(axis=1)
    expected = -0.5 * (r @ np.linalg.solve(K, r) + np.linalg.slogdet(K)[1])
    expected -= 0.5 * len(r) * np.log(2 * np.pi)
    assert grown.log_marginal_likelihood() == pytest.approx(expected)


def test_far_from_all_scores_their_mean_is_expected():
    X, y = np.array([[0.0], [0.02], [0.04]]), np.array([10.0, 14.0, 12.0])
    short, variance, noise = (LogNormalPrior(median, 0.1) for median in (0.02, 1.0, 1e-3))
    model = GaussianProcess([slice(0, 1)], Priors(1, short, variance, noise)).fit(X, y)
    mean, std = model.predict([[1.0]], return_std=True)
    assert mean[0] == pytest.approx(y.mean(), rel=1e-9)
    assert std[0] == pytest.approx(y.std() * np.exp(model.theta[-2] / 2), rel=1e-9)


def error(model, X, truth):
    return np.sqrt(np.mean((model.predict(X) - truth) ** 2))


def test_two_scores_suffice_where_the_old_model_agrees(models):
    X_new = np.random.default_rng(3).random((200, 2))
    truth = 0.01 * top_at([0.2, 0.8], X_new)  # another unit
    X = np.array([[0.2, 0.7], [0.9, 0.1]])
    y = 0.01 * top_at([0.2, 0.8], X)
    warm = GaussianProcess(GROUPS, trend=Trend(models[:1])).fit(X, y)
    assert error(warm, X_new, truth) < 0.5 * error(GaussianProcess(GROUPS).fit(X, y), X_new, truth)


def test_an_earlier_model_that_contradicts_loses_its_weight(models):
    rng = np.random.default_rng(4)
    X, X_new = rng.random((20, 2)), rng.random((200, 2))
    warm = GaussianProcess(GROUPS, trend=Trend(models[:1])).fit(X, -top_at([0.2, 0.8], X))
    truth = -top_at([0.2, 0.8], X_new)
    assert error(warm, X_new, truth) < 0.1 * truth.std()


def test_weights_of_several_add_up_to_that_of_one(models):
    one, two = Trend(models[:1]), Trend(models)
    assert 2 * two.mean == one.mean
    assert 2 * two.variance == one.variance
    assert Trend()(np.zeros((3, 2))).shape == (3, 0)
