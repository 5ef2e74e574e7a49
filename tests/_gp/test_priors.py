import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import lognorm

from sktune._gp import LogNormalPrior, Priors


def test_density_is_that_of_scipy_with_the_jacobian_taken_off():
    prior = LogNormalPrior(median=0.7, spread=1.3)
    values = np.array([0.1, 0.7, 5.0])
    ours = [prior.log_density(np.log([v])).value for v in values]
    # p(log v) = p(v) v, up to a constant.
    expected = lognorm(s=1.3, scale=0.7).logpdf(values) + np.log(values)
    np.testing.assert_allclose(np.diff(ours), np.diff(expected), rtol=1e-12)


def warped(n_groups):
    return Priors.of_scores(n_groups, n_warped=n_groups // 2)


@pytest.mark.parametrize("make", [Priors.of_scores, Priors.of_labels, warped])
@pytest.mark.parametrize("n_groups", [0, 1, 6])
def test_gradient_and_mode(n_groups, make):
    priors = make(n_groups)
    theta = np.random.default_rng(0).standard_normal(len(priors.medians))
    gradient = priors.log_density(theta).gradient
    numeric = approx_fprime(theta, lambda t: priors.log_density(t).value, 1e-7)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(priors.log_density(priors.medians).gradient, 0, atol=1e-12)


def test_medians_lie_inside_the_bounds_up_to_many_dimensions():
    for n_groups in (1, 10, 100, 1000):
        priors = Priors.of_scores(n_groups, n_warped=n_groups)
        low, high = np.transpose(priors.bounds)
        assert len(low) == len(priors.medians) == 3 * n_groups + 2
        assert np.all(low < priors.medians)
        assert np.all(priors.medians < high)


def test_length_scales_grow_with_the_dimension():
    medians = [np.exp(Priors.of_scores(n_groups).medians[0]) for n_groups in (1, 10, 100)]
    assert medians[1] / medians[0] == pytest.approx(10**0.15)
    assert medians[2] / medians[1] == pytest.approx(10**0.15)
