"""``KnownModel``: what is known of a class of linear models, and which class is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._elastic_net import ElasticNetModel
from ._logistic import LogisticModel
from ._losses import Loss
from ._problem import Problem
from ._ridge import RidgeModel
from ._support_vectors import LinearSVCModel, LinearSVRModel

Floats = NDArray[np.float64]


class KnownModel(Protocol):
    """A class of linear models whose hyperparameters have exact derivatives."""

    names: ClassVar[tuple[str, ...]]
    parameters: ClassVar[tuple[str, ...]]
    outer_name: ClassVar[str]
    is_smooth: ClassVar[bool]

    @staticmethod
    def is_of(model: Any) -> bool:
        """Whether a model is fitted as the known class fits."""

    @staticmethod
    def complaint(model: Any, tuned: Iterable[str]) -> str | None:
        """Why a model has no gradient as it is set, with what it may be set to; None: it has."""

    @staticmethod
    def targets(y: ArrayLike, y_train: ArrayLike) -> Floats:
        """Targets as the loss takes them, shape (n_rows, n_outputs)."""

    @staticmethod
    def problem(model: Any, X: Any, y: NDArray[Any], sample_weight: Floats) -> Problem:
        """What a fit of the model to its training rows minimises."""

    @staticmethod
    def slopes(model: Any) -> dict[str, tuple[float, float, float]]:
        """Derivatives of `l2`, `l1` and `intercept_l2` by each parameter."""

    @staticmethod
    def outer(model: Any, n_outputs: int) -> tuple[Loss, float]:
        """Loss of a validation row, and what to multiply it with."""


KNOWN: tuple[Any, ...] = (
    RidgeModel,
    LogisticModel,
    LinearSVCModel,
    LinearSVRModel,
    ElasticNetModel,
)


def known_names() -> list[str]:
    """Names of the classes with a gradient."""
    return [name for known in KNOWN for name in known.names]


def known_model(model: Any) -> Any | None:
    """What is known of a model; None: nothing."""
    return next((known for known in KNOWN if known.is_of(model)), None)


def complaint(model: Any, tuned: Iterable[str] = (), n_classes: int = 2) -> str | None:
    """Why a model has no gradient by the parameters `tuned`; None: it has one."""
    known = known_model(model)
    if known is None:
        return (
            f"{type(model).__name__} has no gradient; those with one are {', '.join(known_names())}"
        )
    for name in tuned:
        if name not in known.parameters:
            return (
                f"{type(model).__name__} has no gradient by {name!r}, only by "
                f"{' and '.join(map(repr, known.parameters))}"
            )
    if n_classes > 2 and getattr(model, "solver", None) == "liblinear":
        return (
            f"{type(model).__name__} with solver='liblinear' has no gradient for more than two "
            "classes, set solver='lbfgs'"
        )
    found: str | None = known.complaint(model, tuned)
    return found
