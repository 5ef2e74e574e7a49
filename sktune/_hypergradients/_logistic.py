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
        penalty = model.penalty
        # From scikit-learn 1.8 on l1_ratio says it.
        is_l2 = not model.l1_ratio if penalty == "deprecated" else penalty == "l2"
        if not is_l2 or ("C" not in tuned and not np.isfinite(model.C)):
            return (
                f"its penalty is not L2 (penalty={penalty!r}, l1_ratio={model.l1_ratio!r}, "
                f"C={model.C!r}): only the L2 penalty has a gradient"
            )
        if getattr(model, "multi_class", "deprecated") not in ("deprecated", "auto", "multinomial"):
            return f"multi_class={model.multi_class!r}: only the multinomial loss has a gradient"
        return None

    @staticmethod
    def targets(y: ArrayLike, y_train: ArrayLike) -> Floats:
        """Indicators of the classes."""
        return indicators(y, np.unique(y_train), 0.0)

    @staticmethod
    def problem(model: Any, X: Any, y: NDArray[Any], sample_weight: Floats) -> Problem:
        """What scikit-learn minimises, divided by `C`."""
        classes = np.unique(y)
        if model.solver == "liblinear" and len(classes) > 2:
            raise ValueError(
                "LogisticRegression with solver='liblinear' and more than two classes has no "
                "gradient: choose another solver, such as 'lbfgs'."
            )
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
