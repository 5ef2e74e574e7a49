"""Loss of a fitted linear model on validation rows, and its derivatives.

With `theta` at the optimum of the training rows, `H` the second derivative there and `g` the
slope of the validation loss, the implicit function theorem gives for a parameter `p` of the
penalties::

    dL/dp = -q . (dl2/dp theta + dl1/dp sign(theta)),    H q = g on the support

and for the weight `w` of a part, whose columns of `X` are multiplied by it::

    dL/dw = sum over its columns of q (2 l2 theta + l1 sign(theta)) / w

for a penalty of ``w theta'`` is one of `l2 / w^2`, `l1 / w` on the columns without the weight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.base import is_classifier
from sklearn.utils import column_or_1d

from ._models import known_model
from ._optimum import coefficients, optimum
from ._problem import Problem, UntrustedError, back, decision

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one fold says of the hyperparameters.

    Parameters
    ----------
    loss : float
        Mean loss of the validation rows.
    gradient : dict of str to float
        Its derivative by each parameter of the model.
    part_gradient : ndarray of shape (n_parts,)
        Its derivative by each weight.
    theta : ndarray of shape (n_features + 1, n_outputs)
        Coefficients at the optimum.
    """

    loss: float
    gradient: dict[str, float]
    part_gradient: Floats
    theta: Floats


def evaluate(
    model: Any,
    train: tuple[Any, ArrayLike, ArrayLike | None],
    validation: tuple[Any, ArrayLike, ArrayLike | None],
    parts: Mapping[str, slice] | None = None,
    weights: Mapping[str, float] | None = None,
    *,
    theta: Floats | None = None,
) -> Evaluation:
    """Loss and derivatives of a linear model.

    Parameters
    ----------
    model : estimator
        A known one with its hyperparameters, fitted to `train` unless `theta` is given.
    train, validation : tuple of (X, y, sample_weight)
        As the model is fitted to, with the parts' columns multiplied by their weights.
    parts : dict of str to slice, default=None
        Columns of each part.
    weights : dict of str to float, default=None
        Their weights.
    theta : ndarray of shape (n_features + 1, n_outputs), default=None
        Those of an earlier evaluation on the same rows, to begin with in place of a fit; not with
        an L1 penalty.

    Returns
    -------
    Evaluation

    Raises
    ------
    UntrustedError
        If a gradient cannot be trusted: no optimum was found, or no solution.
    """
    known: Any = known_model(model)
    X, y = _as_rows(train[0]), np.asarray(train[1])
    if is_classifier(model):
        y = column_or_1d(y)
    problem = known.problem(model, X, y, _row_weights(train[2], len(y)))
    X_validation = _as_rows(validation[0])
    start = coefficients(model, problem) if theta is None else theta
    if problem.has_intercept and not problem.intercept_l2 and not issparse(X):
        # Far from zero, columns and intercept can hardly be told apart.
        shift = X.mean(axis=0)
        problem, X_validation = replace(problem, X=X - shift), X_validation - shift
        if theta is None:
            start[-1] += shift @ start[:-1]
    theta, support = optimum(model, problem, start)
    targets = known.targets(validation[1], y)
    outer, factor = known.outer(model, problem.shape[1])
    F = decision(X_validation, theta, problem.has_intercept)
    shares = _row_weights(validation[2], len(F))[:, None]
    shares = factor * shares / shares.sum()
    loss = float((shares * outer.value(F, targets)).sum())
    slope = back(X_validation, shares * outer.slope(F, targets), problem.has_intercept)
    q = problem.solve(problem.decision(theta), slope, support)
    return _derivatives(known.slopes(model), problem, theta, q, loss, parts or {}, weights or {})


def _derivatives(
    slopes: Mapping[str, tuple[float, float, float]],
    problem: Problem,
    theta: Floats,
    q: Floats,
    loss: float,
    parts: Mapping[str, slice],
    weights: Mapping[str, float],
) -> Evaluation:
    n_features = problem.X.shape[1]
    by_l2 = (q * theta)[:n_features].sum(axis=1)
    by_l1 = (q * np.sign(theta))[:n_features].sum(axis=1)
    by_intercept = float((q * theta)[n_features:].sum())
    gradient = {
        name: -float(l2 * by_l2.sum() + l1 * by_l1.sum() + intercept * by_intercept)
        for name, (l2, l1, intercept) in slopes.items()
    }
    by_column = 2.0 * problem.l2 * by_l2 + problem.l1 * by_l1
    by_part = [float(by_column[columns].sum()) / weights[name] for name, columns in parts.items()]
    if not np.isfinite([loss, *gradient.values(), *by_part]).all():
        raise UntrustedError("The loss or its gradient is not finite.")
    return Evaluation(loss, gradient, np.array(by_part), theta)


def _row_weights(sample_weight: ArrayLike | None, n_rows: int) -> Floats:
    if sample_weight is None:
        return np.ones(n_rows)
    return np.broadcast_to(np.asarray(sample_weight, dtype=float), (n_rows,))


def _as_rows(X: Any) -> Any:
    """Rows as floats, sparse ones as they are."""
    if issparse(X):
        return X.tocsr().astype(float)
    return np.asarray(X, dtype=float)
