import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from sktune._gp import Matern52
from sktune._gp._kernels import ROUGH_LENGTH, RoughMatern52

GROUPS = [slice(0, 1), slice(1, 4), slice(4, 5)]  # a number, three choices, a number
THETA = np.log([0.3, 1.5, 0.8, 2.0])


@pytest.fixture
def points():
    rng = np.random.default_rng(0)
    choices = np.eye(3)[rng.integers(3, size=12)]
    return np.column_stack([rng.random(12), choices, rng.random(12)])


def test_equals_the_kernel_of_scikit_learn(points):
    # c = 1/2 for one-hot columns is a length scale longer by sqrt(2).
    lengths = np.array([0.3, *[1.5 * np.sqrt(2)] * 3, 0.8])
    expected = ConstantKernel(2.0) * Matern(lengths, nu=2.5)
    kernel = Matern52(GROUPS)
    np.testing.assert_allclose(
        kernel(THETA, points, points[:5]), expected(points, points[:5]), rtol=1e-12
    )


@pytest.mark.parametrize("n_choices", [2, 3, 7])
def test_two_choices_are_one_length_apart_whatever_their_number(n_choices):
    kernel, number = Matern52([slice(0, n_choices)]), Matern52([slice(0, 1)])
    theta = np.log([0.7, 1.0])
    choices = np.eye(n_choices)
    expected = number(theta, np.array([[0.0]]), np.array([[1.0]]))[0, 0]
    assert kernel(theta, choices[:1], choices[-1:])[0, 0] == pytest.approx(expected, rel=1e-12)


def test_is_a_covariance(points):
    K = Matern52(GROUPS)(THETA, points, points)
    np.testing.assert_allclose(K, K.T, rtol=1e-12)
    np.testing.assert_allclose(np.diag(K), 2.0, rtol=1e-12)
    assert np.linalg.eigvalsh(K).min() > 0


def test_gradient_by_hyperparameters(points):
    kernel = Matern52(GROUPS)
    A = np.random.default_rng(1).standard_normal((len(points), len(points)))
    W = A + A.T
    gradient = kernel.gradient_theta(THETA, points, kernel.parts(THETA, points, points), W)
    numeric = approx_fprime(THETA, lambda t: np.sum(W * kernel(t, points, points)), 1e-7)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-5, atol=1e-5)


def test_the_rough_kernel_is_a_sum(points):
    rough, smooth = RoughMatern52(GROUPS, 0.5), Matern52(GROUPS)
    shorter = np.append(THETA[:-1] + np.log(ROUGH_LENGTH), np.log(0.5))
    expected = smooth(THETA, points, points) + smooth(shorter, points, points)
    np.testing.assert_allclose(rough(THETA, points, points), expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(np.diag(expected), rough.variance(THETA), rtol=1e-9)
    assert smooth.variance(THETA) == pytest.approx(2.0)


@pytest.mark.parametrize("kernel", [Matern52(GROUPS), RoughMatern52(GROUPS, 0.5)])
@pytest.mark.parametrize("weights_of_each", [False, True])
def test_gradient_by_point(points, weights_of_each, kernel):
    A, B = points[:4], points[4:]
    w = np.random.default_rng(2).standard_normal((4, 8) if weights_of_each else 8)
    gradient = kernel.gradient_point(THETA, A, B, kernel.parts(THETA, A, B).slope, w)
    for i, a in enumerate(A):
        numeric = approx_fprime(
            a, lambda x, i=i: np.sum(kernel(THETA, x[None], B)[0] * (w[i] if w.ndim > 1 else w))
        )
        np.testing.assert_allclose(gradient[i], numeric, rtol=1e-5, atol=1e-6)


def test_gradient_is_zero_where_points_meet():
    # r = 0: the derivative of r does not exist, that of the kernel does.
    kernel = Matern52(GROUPS)
    A = np.full((1, 5), 0.5)
    parts = kernel.parts(THETA, A, A)
    assert np.all(kernel.gradient_point(THETA, A, A, parts.slope, np.ones(1)) == 0)
    gradient = kernel.gradient_theta(THETA, A, parts, np.ones((1, 1)))
    np.testing.assert_allclose(gradient, [0, 0, 0, 2.0], atol=1e-12)


def test_a_space_without_dimensions_has_a_constant_kernel():
    kernel = Matern52([])
    theta = np.log([2.0])
    X = np.empty((3, 0))
    parts = kernel.parts(theta, X, X)
    assert np.all(parts.value == pytest.approx(2.0))
    assert kernel.gradient_theta(theta, X, parts, np.ones((3, 3))) == pytest.approx([18.0])
