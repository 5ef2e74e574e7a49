"""Losses of linear models: value, slope and curvature by the decision values, row by row.

Shapes: decision values `F` and targets `y` are (n_rows, n_outputs), directions `U` as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logsumexp, softmax

Floats = NDArray[np.float64]


class Loss(Protocol):
    """What a model minimises the sum of."""

    @property
    def is_coupled(self) -> bool:
        """Whether the loss of a row is no sum over the outputs."""

    def value(self, F: Floats, y: Floats) -> Floats:
        """Loss of each row, shape (n_rows, n_outputs), or (n_rows, 1) where it is coupled."""

    def slope(self, F: Floats, y: Floats) -> Floats:
        """Derivative by the decision values, shape (n_rows, n_outputs)."""

    def curve(self, F: Floats, y: Floats, U: Floats) -> Floats:
        """Second derivative times directions `U`, shape (n_rows, n_outputs)."""


@dataclass(frozen=True, slots=True)
class SquaredError:
    """Half the squared error."""

    is_coupled: bool = False

    def value(self, F: Floats, y: Floats) -> Floats:
        """Of ``(F - y)^2 / 2``."""
        return 0.5 * (F - y) ** 2

    def slope(self, F: Floats, y: Floats) -> Floats:
        """The residual."""
        return F - y

    def curve(self, F: Floats, y: Floats, U: Floats) -> Floats:
        """The directions themselves."""
        return U


@dataclass(frozen=True, slots=True)
class Logistic:
    """Log loss of two classes, `y` 0 or 1."""

    is_coupled: bool = False

    def value(self, F: Floats, y: Floats) -> Floats:
        """Of ``log(1 + exp(F)) - y F``."""
        return np.asarray(np.logaddexp(0.0, F) - y * F)

    def slope(self, F: Floats, y: Floats) -> Floats:
        """Probability less target."""
        return np.asarray(expit(F) - y)

    def curve(self, F: Floats, y: Floats, U: Floats) -> Floats:
        """Times ``p (1 - p)``."""
        return np.asarray(expit(F) * expit(-F) * U)


@dataclass(frozen=True, slots=True)
class Multinomial:
    """Log loss of several classes, `y` their indicators."""

    is_coupled: bool = True

    def value(self, F: Floats, y: Floats) -> Floats:
        """Of ``log(sum exp F) - F_y``."""
        return np.asarray(logsumexp(F, axis=1, keepdims=True)) - (F * y).sum(axis=1, keepdims=True)

    def slope(self, F: Floats, y: Floats) -> Floats:
        """Probabilities less indicators."""
        return np.asarray(softmax(F, axis=1) - y)

    def curve(self, F: Floats, y: Floats, U: Floats) -> Floats:
        """Times ``diag(P) - P P^T`` of each row."""
        P = np.asarray(softmax(F, axis=1))
        return P * (U - (P * U).sum(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True)
class SquaredHinge:
    """Squared hinge, `y` -1 or 1. The curvature is that of the side on which a row lies."""

    is_coupled: bool = False

    def value(self, F: Floats, y: Floats) -> Floats:
        """Of ``max(0, 1 - y F)^2``."""
        return np.asarray(np.maximum(0.0, 1.0 - y * F) ** 2)

    def slope(self, F: Floats, y: Floats) -> Floats:
        """``-2 y max(0, 1 - y F)``."""
        return np.asarray(-2.0 * y * np.maximum(0.0, 1.0 - y * F))

    def curve(self, F: Floats, y: Floats, U: Floats) -> Floats:
        """Twice the directions, of rows inside the margin."""
        return 2.0 * (y * F < 1.0) * U


@dataclass(frozen=True, slots=True)
class SquaredTube:
    """Squared error beyond a tube of half width `epsilon`."""

    epsilon: float
    is_coupled: bool = False

    def value(self, F: Floats, y: Floats) -> Floats:
        """Of ``max(0, |F - y| - epsilon)^2``."""
        return np.asarray(np.maximum(0.0, np.abs(F - y) - self.epsilon) ** 2)

    def slope(self, F: Floats, y: Floats) -> Floats:
        """Twice the signed distance from the tube."""
        return 2.0 * np.sign(F - y) * np.maximum(0.0, np.abs(F - y) - self.epsilon)

    def curve(self, F: Floats, y: Floats, U: Floats) -> Floats:
        """Twice the directions, of rows outside the tube."""
        return 2.0 * (np.abs(F - y) > self.epsilon) * U
