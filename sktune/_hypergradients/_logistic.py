"""``LogisticRegression`` with an L2 penalty, of two classes or multinomial."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression

from ._classes import class_weights, indicators
from ._losses import Logistic, Loss, Multinomial
from ._problem import Problem

Floats = NDArray[np.float64]


class LogisticModel:
    """``sum_i s_i loss_i + |w|^2 / (2 C)``."""

    names = ("LogisticRegression",)
    parameters = ("C",)
    outer_name = "log loss"
    is_smooth = True

    @staticmethod
    def is_of(model: Any) -> bool:
        """Whether it is fitted by the method of ``LogisticRegression``."""
        return isinstance(model, LogisticRegression) and type(model).fit is LogisticRegression.fit

    @staticmethod
    def complaint(model: Any, tuned: Iterable[str]) -> str | None:
        """The L2 penalty alone has a gradient."""
        wrong, multi_class = None, getattr(model, "multi_class", "deprecated")
        # From scikit-learn 1.8 on l1_ratio says what the penalty is.
        if model.penalty == "deprecated":
            wrong = f"l1_ratio={model.l1_ratio!r}" if model.l1_ratio else None
        elif model.penalty != "l2":
            wrong = f"penalty={model.penalty!r}"
        if wrong is None and "C" not in tuned and not np.isfinite(model.C):
            wrong = f"C={model.C!r}"
        if wrong is not None:
            return (
                f"{type(model).__name__} with {wrong} has no gradient: its penalty is not L2, the "
                "only one with a gradient"
            )
        if multi_class not in ("deprecated", "auto", "multinomial"):
            return (
                f"{type(model).__name__} with multi_class={multi_class!r} has no gradient, set "
                "multi_class='multinomial'"
            )
        return None

    @staticmethod
    def targets(y: ArrayLike, y_train: ArrayLike) -> Floats:
        """Indicators of the classes."""
        return indicators(y, np.unique(y_train), 0.0)

    @staticmethod
    def problem(model: Any, X: Any, y: NDArray[Any], sample_weight: Floats) -> Problem:
        """What scikit-learn minimises, divided by `C`."""
        classes = np.unique(y)
        by_class = class_weights(model.class_weight, y, sample_weight, classes)
        weights = sample_weight * by_class[np.searchsorted(classes, y)]
        loss: Loss = Logistic() if len(classes) == 2 else Multinomial()
        l2 = 1.0 / float(model.C)
        return Problem(
            X,
            LogisticModel.targets(y, y),
            weights[:, None],
            loss,
            l2,
            0.0,
            bool(model.fit_intercept),
            l2 * _of_intercept(model),
        )

    @staticmethod
    def slopes(model: Any) -> dict[str, tuple[float, float, float]]:
        """The penalty is ``1 / C``."""
        slope = -1.0 / float(model.C) ** 2
        return {"C": (slope, 0.0, slope * _of_intercept(model))}

    @staticmethod
    def outer(model: Any, n_outputs: int) -> tuple[Loss, float]:
        """Log loss."""
        return (Logistic() if n_outputs == 1 else Multinomial()), 1.0


def _of_intercept(model: Any) -> float:
    """Penalty of the intercept as a multiple of the others': liblinear has one."""
    if model.solver != "liblinear":
        return 0.0
    return float(model.intercept_scaling) ** -2.0
