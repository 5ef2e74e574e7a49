"""``LinearSVC`` and ``LinearSVR`` with their smooth losses.

liblinear penalises the intercept as one more column of `intercept_scaling`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.svm import LinearSVC, LinearSVR

from ._classes import class_weights, indicators
from ._losses import Loss, SquaredError, SquaredHinge, SquaredTube
from ._problem import Problem

Floats = NDArray[np.float64]


class LinearSVCModel:
    """``sum_i s_i max(0, 1 - y_i x_i w)^2 + |w|^2 / (2 C)``, of each class against the rest."""

    names = ("LinearSVC",)
    parameters = ("C",)
    outer_name = "squared hinge loss"
    is_smooth = True

    @staticmethod
    def is_of(model: Any) -> bool:
        """Whether it is fitted by the method of ``LinearSVC``."""
        return isinstance(model, LinearSVC) and type(model).fit is LinearSVC.fit

    @staticmethod
    def complaint(model: Any, tuned: Iterable[str]) -> str | None:
        """The smooth loss and the L2 penalty have a gradient."""
        wanted = {"loss": "squared_hinge", "penalty": "l2", "multi_class": "ovr"}
        return _unlike(model, wanted)

    @staticmethod
    def targets(y: ArrayLike, y_train: ArrayLike) -> Floats:
        """-1 and 1, a column for each class; of two classes, one column."""
        return indicators(y, np.unique(y_train), -1.0)

    @staticmethod
    def problem(model: Any, X: Any, y: NDArray[Any], sample_weight: Floats) -> Problem:
        """What liblinear minimises, divided by `C`."""
        classes = np.unique(y)
        targets = LinearSVCModel.targets(y, y)
        by_class = class_weights(model.class_weight, y, sample_weight, classes)
        if len(classes) == 2:
            by_row = by_class[np.searchsorted(classes, y)][:, None]
        else:
            # liblinear weighs a class where it stands against the rest, and not in that rest.
            by_row = np.where(targets > 0, by_class, 1.0)
        weights = sample_weight[:, None] * by_row
        return _problem(model, X, targets, weights, SquaredHinge())

    @staticmethod
    def slopes(model: Any) -> dict[str, tuple[float, float, float]]:
        """The penalty is ``1 / C``."""
        return _slopes(model)

    @staticmethod
    def outer(model: Any, n_outputs: int) -> tuple[Loss, float]:
        """Squared hinge loss, the mean over the classes."""
        return SquaredHinge(), 1.0 / n_outputs


class LinearSVRModel:
    """``sum_i s_i max(0, |y_i - x_i w| - epsilon)^2 + |w|^2 / (2 C)``."""

    names = ("LinearSVR",)
    parameters = ("C",)
    outer_name = "squared error"
    is_smooth = True

    @staticmethod
    def is_of(model: Any) -> bool:
        """Whether it is fitted by the method of ``LinearSVR``."""
        return isinstance(model, LinearSVR) and type(model).fit is LinearSVR.fit

    @staticmethod
    def complaint(model: Any, tuned: Iterable[str]) -> str | None:
        """The smooth loss has a gradient."""
        return _unlike(model, {"loss": "squared_epsilon_insensitive"})

    @staticmethod
    def targets(y: ArrayLike, y_train: ArrayLike) -> Floats:
        """The target in a column."""
        return np.asarray(y, dtype=float).reshape(-1, 1)

    @staticmethod
    def problem(model: Any, X: Any, y: NDArray[Any], sample_weight: Floats) -> Problem:
        """What liblinear minimises, divided by `C`."""
        targets = LinearSVRModel.targets(y, y)
        loss = SquaredTube(float(model.epsilon))
        return _problem(model, X, targets, sample_weight[:, None], loss)

    @staticmethod
    def slopes(model: Any) -> dict[str, tuple[float, float, float]]:
        """The penalty is ``1 / C``."""
        return _slopes(model)

    @staticmethod
    def outer(model: Any, n_outputs: int) -> tuple[Loss, float]:
        """Squared error: the tube is a matter of the fit."""
        return SquaredError(), 2.0


def _unlike(model: Any, wanted: dict[str, str]) -> str | None:
    """Which parameter of a model is not as it must be; None: none."""
    for name, value in wanted.items():
        if getattr(model, name) != value:
            return (
                f"{type(model).__name__} with {name}={getattr(model, name)!r} has no gradient, set "
                f"{name}={value!r}"
            )
    return None


def _problem(model: Any, X: Any, targets: Floats, weights: Floats, loss: Loss) -> Problem:
    l2 = 1.0 / float(model.C)
    intercept_l2 = l2 / float(model.intercept_scaling) ** 2
    has_intercept = bool(model.fit_intercept)
    return Problem(X, targets, weights, loss, l2, 0.0, has_intercept, intercept_l2)


def _slopes(model: Any) -> dict[str, tuple[float, float, float]]:
    slope = -1.0 / float(model.C) ** 2
    return {"C": (slope, 0.0, slope / float(model.intercept_scaling) ** 2)}
