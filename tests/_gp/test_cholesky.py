import numpy as np
import pytest
from scipy.linalg import cho_solve, cholesky, solve_triangular

from sktune._gp._cholesky import factor, inverse, solve, solve_lower


@pytest.fixture(params=[1, 2, 30])
def K(request):
    A = np.random.default_rng(request.param).random((request.param, request.param + 1))
    return A @ A.T


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("noise", [0.5, "by row"])
def test_a_factor_is_that_of_scipy(K, order, noise):
    noise = np.linspace(0.1, 1.0, len(K)) if isinstance(noise, str) else noise
    whole = K + np.diag(np.broadcast_to(noise, len(K)))
    np.testing.assert_allclose(factor(K.copy(order), noise), cholesky(whole, lower=True))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("n_columns", [None, 0, 1, 7])
def test_solutions_are_those_of_scipy(K, order, n_columns):
    """A factor that has grown by pending points is in C order, all others in Fortran order."""
    L = np.array(factor(K + np.eye(len(K)), 0.0), order=order)
    shape = (len(K),) if n_columns is None else (len(K), n_columns)
    b = np.random.default_rng(0).random(shape)
    np.testing.assert_allclose(solve(L, b), cho_solve((L, True), b))
    if n_columns is not None:
        np.testing.assert_allclose(solve_lower(L, b), solve_triangular(L, b, lower=True))
        by_other = solve_triangular(L, b, lower=True, trans=1)
        np.testing.assert_allclose(solve_lower(L, b, transposed=True), by_other)
    np.testing.assert_allclose(inverse(L) @ L @ L.T, np.eye(len(K)), atol=1e-9)


def test_a_matrix_that_has_none_is_an_error():
    with pytest.raises(np.linalg.LinAlgError, match="order 2 is not positive definite"):
        factor(np.array([[1.0, 2.0], [2.0, 1.0]]), 0.0)
