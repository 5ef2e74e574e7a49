import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.stats import norm

from sktune._gp import log_expected_improvement
from sktune._gp._acquisition import Z_DIRECT, Z_SERIES, _log_h


@pytest.mark.parametrize("mean, std, best", [(0.3, 0.5, 0.0), (-1.0, 0.7, 0.5), (2.0, 0.1, 2.0)])
def test_is_the_logarithm_of_the_integral(mean, std, best):
    improvement = quad(
        lambda f: (f - best) * norm.pdf(f, mean, std), best, mean + 12 * std, epsabs=1e-13
    )[0]
    value = log_expected_improvement([mean], [std], best).value[0]
    assert value == pytest.approx(np.log(improvement), abs=1e-8)


def test_known_values_far_below_the_best():
    # log(phi(z) + z Phi(z)) by mpmath with 300 digits.
    expected = {
        -0.5: -1.62051626438731992,
        -1.0: -2.48512102571264134,
        -1.5: -3.52993592080570985,
        -5.0: -16.7443011626609901,
        -30.0: -457.724653760598004,
        -150.0: -11260.9403424339958,
        -199.0: -19812.0056239316221,
        -201.0: -20212.0256225984787,
        -1e3: -500014.734452091158,
        -1e4: -50000019.3396193072,
    }
    values = _log_h(np.array(list(expected)))[0]
    np.testing.assert_allclose(values, list(expected.values()), rtol=1e-14, atol=1e-11)


@pytest.mark.parametrize("where, rtol", [(Z_DIRECT, 1e-14), (Z_SERIES, 5e-11)])
def test_branches_agree_where_they_meet(where, rtol):
    below, above = np.nextafter(where, -np.inf), np.nextafter(where, np.inf)
    for quantity in _log_h(np.array([below, above])):
        assert quantity[0] == pytest.approx(quantity[1], rel=rtol)


@pytest.mark.parametrize("mean", [3.0, 0.1, -0.95, -1.05, -20.0, -199.0, -201.0, -1e4])
def test_derivatives(mean):
    def value(x):
        return log_expected_improvement(x[:1], x[1:], 0.0).value[0]

    x = np.array([mean, 1.0])
    acquisition = log_expected_improvement(x[:1], x[1:], 0.0)
    numeric = approx_fprime(x, value, 1e-6)
    analytic = [acquisition.by_mean[0], acquisition.by_std[0]]
    np.testing.assert_allclose(analytic, numeric, rtol=1e-3)


def test_finite_ordered_and_with_a_gradient_over_the_whole_range():
    z = np.concatenate([-np.logspace(15, -3, 400), np.logspace(-3, 15, 400)])
    for quantity in (log_h := _log_h(z)):
        assert np.all(np.isfinite(quantity))
    assert np.all(np.diff(log_h[0]) > 0)
    assert np.all(log_h[1] > 0)
    assert np.all(log_h[2] >= 0)


def test_more_mean_and_more_spread_are_better():
    value = log_expected_improvement([0.0, 0.1, 0.0], [1.0, 1.0, 1.1], 0.5).value
    assert value[1] > value[0]
    assert value[2] > value[0]


def test_each_value_is_the_same_whatever_stands_beside_it():
    z = np.array([[0.3, -0.5, 5.0], [-0.9, -1.1, -300.0], [-2.0, -250.0, -1e6]])
    alone = np.array([[_log_h(np.array([value])) for value in row] for row in z])
    np.testing.assert_allclose(np.array(_log_h(z)), np.moveaxis(alone[..., 0], -1, 0), rtol=1e-14)
