"""``Ridge``: squared error and a quadratic penalty, `alpha`."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import Ridge

from ._losses import Loss, SquaredError
from ._problem import Problem

Floats = NDArray[np.float64]


class RidgeModel:
    """``sum_i s_i (y_i - x_i w)^2 + alpha |w|^2``, halved."""

    names = ("Ridge",)
    parameters = ("alpha",)
    outer_name = "squared error"
    is_smooth = True

    @staticmethod
    def is_of(model: Any) -> bool:
        """Whether it is fitted by the method of ``Ridge``."""
        return isinstance(model, Ridge) and type(model).fit is Ridge.fit

    @staticmethod
    def complaint(model: Any, tuned: Iterable[str]) -> str | None:
        """Coefficients with a bound, and a penalty for each target, have no gradient here."""
        if model.positive:
            return f"{type(model).__name__} with positive=True has no gradient, set positive=False"
        if "alpha" not in tuned and not isinstance(model.alpha, Real):
            return (
                f"{type(model).__name__} with an array as alpha has no gradient: give one number, "
                "or a distribution for it"
            )
        return None

    @staticmethod
    def targets(y: ArrayLike, y_train: ArrayLike) -> Floats:
        """The targets in columns."""
        y = np.asarray(y, dtype=float)
        return y.reshape(len(y), -1)

    @staticmethod
    def problem(model: Any, X: Any, y: NDArray[Any], sample_weight: Floats) -> Problem:
        """Half of what scikit-learn minimises."""
        targets = RidgeModel.targets(y, y)
        weights = np.broadcast_to(sample_weight[:, None], targets.shape)
        alpha = float(model.alpha)
        return Problem(X, targets, weights, SquaredError(), alpha, 0.0, bool(model.fit_intercept))

    @staticmethod
    def slopes(model: Any) -> dict[str, tuple[float, float, float]]:
        """The penalty is `alpha` itself."""
        return {"alpha": (1.0, 0.0, 0.0)}

    @staticmethod
    def outer(model: Any, n_outputs: int) -> tuple[Loss, float]:
        """Squared error, the mean over the targets."""
        return SquaredError(), 2.0 / n_outputs
