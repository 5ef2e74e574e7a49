import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import beta

from sktune._gp._warping import Warping, kumaraswamy, kumaraswamy_slopes, slope

GROUPS = [slice(0, 1), slice(1, 4), slice(4, 5)]  # a number, three choices, a number
EXPONENTS = np.log([0.4, 2.5, 3.0, 0.6])


@pytest.fixture
def points():
    rng = np.random.default_rng(0)
    choices = np.eye(3)[rng.integers(3, size=12)]
    return np.column_stack([rng.random(12), choices, rng.random(12)])


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (3.0, 1.0), (1.0, 0.4)])
def test_equals_the_beta_distribution_where_one_exponent_is_1(a, b):
    x = np.linspace(0.01, 0.99, 11)[:, None]
    np.testing.assert_allclose(kumaraswamy(x, a, b), beta(a, b).cdf(x), rtol=1e-12)


@pytest.mark.parametrize(("a", "b"), [(0.2, 0.2), (0.2, 5.0), (5.0, 0.2), (5.0, 5.0), (1.3, 0.7)])
def test_slopes(a, b):
    x = np.array([[1e-3], [0.1], [0.5], [0.9], [0.999]])
    slopes = kumaraswamy_slopes(x, np.array([a]), np.array([b]))
    for i, at in enumerate(x[:, 0]):
        by_x, by_a, by_b = approx_fprime(
            np.array([at, np.log(a), np.log(b)]),
            lambda v: float(kumaraswamy(v[0], np.exp(v[1]), np.exp(v[2]))),
            1e-7,
        )
        found = slopes.by_x[i, 0], slopes.by_log_a[i, 0], slopes.by_log_b[i, 0]
        np.testing.assert_allclose(found, (by_x, by_a, by_b), rtol=1e-3, atol=1e-5)


def test_the_ends_are_finite():
    ends = np.array([[0.0], [1.0]])
    for exponent in (0.2, 5.0):
        for values in kumaraswamy_slopes(ends, np.array([exponent]), np.array([exponent])):
            assert np.isfinite(values).all()


def test_rises_from_0_to_1():
    x = np.linspace(0, 1, 101)[:, None]
    for a in (0.2, 1.0, 5.0):
        for b in (0.2, 1.0, 5.0):
            warped = kumaraswamy(x, a, b)
            assert (np.diff(warped, axis=0) >= 0).all()
            assert 0 <= warped[0] < 0.3
            assert 0.7 < warped[-1] <= 1


def test_numbers_are_warped_and_choices_are_not(points):
    warping = Warping(GROUPS)
    warped = warping(EXPONENTS, points)
    assert warping.n_numbers == 2
    np.testing.assert_array_equal(warped[:, 1:4], points[:, 1:4])
    np.testing.assert_allclose(warped[:, :1], kumaraswamy(points[:, :1], 0.4, 3.0))
    np.testing.assert_allclose(warped[:, 4:], kumaraswamy(points[:, 4:], 2.5, 0.6))


@pytest.mark.parametrize("exponents", [np.zeros(4), np.zeros(0)])
def test_without_exponents_nothing_changes(points, exponents):
    warping = Warping(GROUPS)
    np.testing.assert_array_equal(warping(exponents, points), points)
    assert (warping.slopes(exponents, points) == 1).all()
    assert len(warping.gradient_exponents(exponents, points, points)) == len(exponents)


def test_gradients_of_a_function_of_warped_features(points):
    warping, weights = Warping(GROUPS), np.random.default_rng(1).standard_normal(points.shape)

    def value(exponents, X):
        return float(np.sum(weights * warping(exponents, X) ** 2))

    by_z = 2 * weights * warping(EXPONENTS, points)
    by_x = approx_fprime(points.ravel(), lambda x: value(EXPONENTS, x.reshape(points.shape)), 1e-8)
    found = by_z * warping.slopes(EXPONENTS, points)
    np.testing.assert_allclose(found.ravel(), by_x, rtol=1e-4, atol=1e-5)
    by_exponents = approx_fprime(EXPONENTS, lambda e: value(e, points), 1e-8)
    found = warping.gradient_exponents(EXPONENTS, points, by_z)
    np.testing.assert_allclose(found, by_exponents, rtol=1e-4, atol=1e-5)


def test_the_slope_alone_is_the_same():
    x, (a, b) = np.linspace(0, 1, 11)[:, None], np.array([[0.3], [4.0]])
    np.testing.assert_allclose(slope(x, a, b), kumaraswamy_slopes(x, a, b).by_x, rtol=1e-12)
