"""``ElasticNet`` and ``Lasso``: squared error, `alpha` and `l1_ratio`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import ElasticNet, Lasso

from ._losses import Loss, SquaredError
from ._problem import Problem

Floats = NDArray[np.float64]


class ElasticNetModel:
    """``sum_i s_i (y_i - x_i w)^2 / (2 sum s) + alpha (r |w|_1 + (1 - r) |w|^2 / 2)``.

    With ``r = l1_ratio``, which is 1 for ``Lasso``.
    """

    names = ("ElasticNet", "Lasso")
    parameters = ("alpha", "l1_ratio")
    outer_name = "squared error"
    is_smooth = False

    @staticmethod
    def is_of(model: Any) -> bool:
        """Whether it is fitted by the method of ``ElasticNet``."""
        return isinstance(model, ElasticNet) and type(model).fit is ElasticNet.fit

    @staticmethod
    def complaint(model: Any, tuned: Iterable[str]) -> str | None:
        """With an L1 penalty and without bounds there is a gradient."""
        if model.positive:
            return f"{type(model).__name__} with positive=True has no gradient, set positive=False"
        if "l1_ratio" in tuned and isinstance(model, Lasso):
            return "Lasso has no 'l1_ratio' to tune, take ElasticNet"
        if "l1_ratio" not in tuned and model.l1_ratio == 0:
            return (
                f"{type(model).__name__} with l1_ratio=0 has no L1 penalty: take Ridge, or an "
                "l1_ratio above 0"
            )
        return None

    @staticmethod
    def targets(y: ArrayLike, y_train: ArrayLike) -> Floats:
        """The targets in columns."""
        y = np.asarray(y, dtype=float)
        return y.reshape(len(y), -1)

    @staticmethod
    def problem(model: Any, X: Any, y: NDArray[Any], sample_weight: Floats) -> Problem:
        """What scikit-learn minimises, which gives the rows' weights a mean of 1."""
        targets = ElasticNetModel.targets(y, y)
        weights = np.broadcast_to((sample_weight / sample_weight.sum())[:, None], targets.shape)
        alpha, ratio = float(model.alpha), float(model.l1_ratio)
        return Problem(
            X,
            targets,
            weights,
            SquaredError(),
            alpha * (1.0 - ratio),
            alpha * ratio,
            bool(model.fit_intercept),
        )

    @staticmethod
    def slopes(model: Any) -> dict[str, tuple[float, float, float]]:
        """The penalties are ``alpha (1 - l1_ratio)`` and ``alpha l1_ratio``."""
        alpha, ratio = float(model.alpha), float(model.l1_ratio)
        return {"alpha": (1.0 - ratio, ratio, 0.0), "l1_ratio": (-alpha, alpha, 0.0)}

    @staticmethod
    def outer(model: Any, n_outputs: int) -> tuple[Loss, float]:
        """Squared error, the mean over the targets."""
        return SquaredError(), 2.0 / n_outputs
