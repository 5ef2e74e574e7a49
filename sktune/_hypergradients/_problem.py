"""``Problem``: what a linear model minimises, its optimality and its Newton steps.

The coefficients `theta` have the shape (n_features + 1, n_outputs), the last row being the
intercepts, which is missing where there are none. Minimised is::

    sum_ik a_ik loss(x_i theta_k, y_ik) + sum_jk (l2_j / 2 theta_jk^2 + l1_j |theta_jk|)

In this form hyperparameters are in the penalties alone: a `C` divides them.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.sparse import issparse
from scipy.sparse.linalg import LinearOperator, cg

from ._losses import Loss

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Linear systems up to this size are factored. With a thousand unknowns that takes 20 ms, and
# conjugate gradients on badly scaled columns longer.
MAX_DIRECT = 1000

# Of the gradient against its terms, which cancel at the optimum.
OPTIMALITY = 1e-9

# Residual of a linear system that is still trusted, as a share of its right side. The error of a
# gradient is to be at most 1e-4.
RESIDUAL = 1e-6

# What conjugate gradients aim at, and their steps at most.
CG_RESIDUAL = 1e-9
MAX_CG_STEPS = 3000

MAX_NEWTON_STEPS = 50

# A step is taken if what is minimised falls by this share of what the slope promises, or cannot be
# told from what it was: near the optimum a sum over the rows does not show the last steps.
SUFFICIENT = 1e-4
ROUNDING = 1e-11
MIN_STEP = 1e-8

# scipy 1.12 renamed it.
_RTOL = "rtol" if "rtol" in inspect.signature(cg).parameters else "tol"


class UntrustedError(ArithmeticError):
    """An optimum, or a linear system, was not found with the accuracy that a gradient needs."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A penalised linear model on its training rows.

    Parameters
    ----------
    X : ndarray or sparse array of shape (n_rows, n_features)
    y : ndarray of shape (n_rows, n_outputs)
    weights : ndarray of shape (n_rows, n_outputs), or (n_rows, 1) where the loss is coupled
    loss : Loss
    l2, l1 : float
        Penalties of the coefficients.
    has_intercept : bool
    intercept_l2 : float, default=0.0
        Penalty of the intercepts, which liblinear has.
    """

    X: Any
    y: Floats
    weights: Floats
    loss: Loss
    l2: float
    l1: float
    has_intercept: bool
    intercept_l2: float = 0.0

    @property
    def shape(self) -> tuple[int, int]:
        """Of the coefficients."""
        return self.X.shape[1] + self.has_intercept, self.y.shape[1]

    @property
    def penalties(self) -> Floats:
        """Quadratic penalty of each row of the coefficients, shape (n_features + 1, 1)."""
        penalties = np.full((self.shape[0], 1), self.l2)
        if self.has_intercept:
            penalties[-1] = self.intercept_l2
        return penalties

    @property
    def _has_free_shift(self) -> bool:
        """Whether nothing changes where all intercepts are moved together."""
        return self.loss.is_coupled and self.has_intercept and not self.intercept_l2

    def decision(self, theta: Floats) -> Floats:
        """Decision values of the training rows, shape (n_rows, n_outputs)."""
        return decision(self.X, theta, self.has_intercept)

    def back(self, R: Floats) -> Floats:
        """Rows' slopes, shape (n_rows, n_outputs), as slopes of the coefficients."""
        return back(self.X, R, self.has_intercept)

    def objective(self, theta: Floats, F: Floats) -> float:
        """What is minimised, without the absolute values."""
        loss = float((self.weights * self.loss.value(F, self.y)).sum())
        return loss + 0.5 * float((self.penalties * theta**2).sum())

    def slope(self, theta: Floats, F: Floats) -> tuple[Floats, float]:
        """Derivative of `objective`, and the size below which it counts as zero."""
        R = self.weights * self.loss.slope(F, self.y)
        from_loss, from_penalty = self.back(R), self.penalties * theta
        terms = np.linalg.norm(from_loss) + np.linalg.norm(from_penalty)
        # What rounding leaves of a sum over the rows; the intercept is a column of ones.
        size = np.hypot(_norm(self.X), np.sqrt(len(R)) if self.has_intercept else 0.0)
        rounding = 8 * np.finfo(float).eps * size * np.linalg.norm(R)
        return from_loss + from_penalty, float(max(OPTIMALITY * terms, rounding))

    def minimise(self, theta: Floats) -> Floats:
        """The optimum, by damped Newton steps from coefficients nearby.

        Raises
        ------
        UntrustedError
            If they do not come to an optimum.
        """
        F = self.decision(theta)
        value = self.objective(theta, F)
        for _ in range(MAX_NEWTON_STEPS):
            slope, zero = self.slope(theta, F)
            if not np.isfinite(slope).all():
                break
            if np.linalg.norm(slope) <= zero:
                return theta
            direction = self.solve(F, slope)
            fall = float((slope * direction).sum())
            step = 1.0
            while True:
                following = theta - step * direction
                F_following = self.decision(following)
                found = self.objective(following, F_following)
                if found <= value - SUFFICIENT * step * fall + ROUNDING * abs(value):
                    break
                step /= 2
                if step < MIN_STEP:
                    raise UntrustedError("Newton steps do not go down any more.")
            theta, F, value = following, F_following, found
        raise UntrustedError("Newton steps have not come to an optimum.")

    def solve(self, F: Floats, right: Floats, support: Bools | None = None) -> Floats:
        """Solve with the Hessian at decision values `F`, coefficients off the support at zero.

        Parameters
        ----------
        F : ndarray of shape (n_rows, n_outputs)
        right : ndarray of the shape of the coefficients
        support : ndarray of bool of that shape, default=None
            None: all of them.

        Raises
        ------
        UntrustedError
            If the residual is too large.
        """
        if support is None:
            support = np.ones(self.shape, dtype=bool)
        right = np.where(support, right, 0.0)
        if self._has_free_shift:
            right[-1] -= right[-1].mean()  # what rounding leaves there
        size = int(support.sum() if self.loss.is_coupled else support.sum(axis=0).max(initial=0))
        direct = self._coupled if self.loss.is_coupled else self._by_output
        solved = direct(F, right, support) if size <= MAX_DIRECT else None
        if solved is None:
            solved = self._by_steps(F, right, support)
        residual = np.linalg.norm(self._times(F, solved, support) - right)
        if not residual <= RESIDUAL * np.linalg.norm(right):
            raise UntrustedError("A linear system could not be solved with the accuracy needed.")
        return solved

    def _times(self, F: Floats, V: Floats, support: Bools) -> Floats:
        """Hessian times `V`, which is zero off the support, where the product is cut as well."""
        U = decision(self.X, V, self.has_intercept)
        product = self.back(self.weights * self.loss.curve(F, self.y, U)) + self.penalties * V
        return np.where(support, product, 0.0)

    def _by_output(self, F: Floats, right: Floats, support: Bools) -> Floats | None:
        """By a factorisation for each output; None where one fails."""
        curvature = self.weights * self.loss.curve(F, self.y, np.ones_like(F))
        solved = np.zeros(self.shape)
        for k in range(self.shape[1]):
            rows = np.flatnonzero(support[:, k])
            A = self._columns(rows)
            H = A.T @ (A * curvature[:, [k]])
            part = _factor_solve(H, self.penalties[rows, 0], right[rows, k])
            if part is None:
                return None
            solved[rows, k] = part
        return solved

    def _coupled(self, F: Floats, right: Floats, support: Bools) -> Floats | None:
        """By one factorisation for all outputs; None where it fails."""
        n_rows, n_outputs = self.shape
        A = self._columns(np.arange(n_rows))
        H = np.zeros((n_outputs, n_rows, n_outputs, n_rows))
        for k in range(n_outputs):
            one = np.zeros_like(F)
            one[:, k] = 1.0
            curvature = self.weights * self.loss.curve(F, self.y, one)
            for m in range(n_outputs):
                H[m, :, k, :] = A.T @ (A * curvature[:, [m]])
        if self._has_free_shift:
            H[:, -1, :, -1] += np.trace(H[:, -1, :, -1]) / n_outputs
        square = H.reshape(n_outputs * n_rows, -1)
        penalties = np.tile(self.penalties[:, 0], n_outputs)
        solved = _factor_solve(square, penalties, right.T.ravel())
        return None if solved is None else solved.reshape(n_outputs, n_rows).T

    def _by_steps(self, F: Floats, right: Floats, support: Bools) -> Floats:
        """By conjugate gradients, with the diagonal as preconditioner."""
        n, flat = self.shape, support.size

        def times(v: Floats) -> Floats:
            return self._times(F, v.reshape(n) * support, support).ravel()

        curvature = self.weights * self._diagonal(F)
        squares = self.X.multiply(self.X) if issparse(self.X) else self.X**2
        diagonal = back(squares, curvature, self.has_intercept) + self.penalties
        diagonal = np.where(diagonal > 0, diagonal, 1.0).ravel()
        solved, _ = cg(
            LinearOperator((flat, flat), matvec=times, dtype=float),
            right.ravel(),
            M=LinearOperator((flat, flat), matvec=lambda v: v / diagonal, dtype=float),
            maxiter=MAX_CG_STEPS,
            atol=0.0,
            **{_RTOL: CG_RESIDUAL},
        )
        return np.where(support, solved.reshape(n), 0.0)

    def _diagonal(self, F: Floats) -> Floats:
        """Second derivatives of each output by itself, shape (n_rows, n_outputs)."""
        if not self.loss.is_coupled:
            return self.loss.curve(F, self.y, np.ones_like(F))
        own = np.empty_like(F)
        for k in range(F.shape[1]):
            one = np.zeros_like(F)
            one[:, k] = 1.0
            own[:, k] = self.loss.curve(F, self.y, one)[:, k]
        return own

    def _columns(self, rows: NDArray[np.intp]) -> Floats:
        """Features, and ones for the intercept, of some rows of the coefficients; dense."""
        n_features = self.X.shape[1]
        features = rows[rows < n_features]
        chosen = self.X if len(features) == n_features else self.X[:, features]
        A = chosen.toarray() if issparse(chosen) else chosen
        if self.has_intercept and len(rows) and rows[-1] == n_features:
            A = np.column_stack([A, np.ones(len(A))])
        return np.asarray(A)


def decision(X: Any, theta: Floats, has_intercept: bool) -> Floats:
    """Decision values, shape (n_rows, n_outputs)."""
    if not has_intercept:
        return np.asarray(X @ theta)
    return np.asarray(X @ theta[:-1] + theta[-1])


def back(X: Any, R: Floats, has_intercept: bool) -> Floats:
    """The transpose of `decision`, shape of the coefficients."""
    slopes = np.asarray(X.T @ R)
    return np.vstack([slopes, R.sum(axis=0)]) if has_intercept else slopes


def _factor_solve(H: Floats, penalties: Floats, right: Floats) -> Floats | None:
    """Solve a positive system, of which some diagonal is added; None where it is singular."""
    if not len(right):
        return right
    H = H.copy()
    H[np.diag_indices_from(H)] += penalties
    # Columns of very different size, as weighted parts have, are brought to one.
    scale = np.sqrt(np.diag(H))
    if not (scale > 0).all() or not np.isfinite(H).all():
        return None
    H /= scale[:, None] * scale
    try:
        factor = cho_factor(H, check_finite=False)
    except LinAlgError:
        return None
    solved = cho_solve(factor, right / scale, check_finite=False)
    # One step of refinement wins the digits that rounding has cost.
    solved += cho_solve(factor, right / scale - H @ solved, check_finite=False)
    return np.asarray(solved / scale)


def _norm(X: Any) -> float:
    return float(np.sqrt((X.data**2).sum()) if issparse(X) else np.linalg.norm(X))
