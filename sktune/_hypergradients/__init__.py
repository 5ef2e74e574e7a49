"""Exact derivatives of a validation loss by the hyperparameters of linear models.

By implicit differentiation of the optimality conditions: one linear solve a fit.
"""

from ._gradient import Evaluation, evaluate
from ._models import KnownModel, complaint, known_model, known_names
from ._problem import UntrustedError

__all__ = [
    "Evaluation",
    "KnownModel",
    "UntrustedError",
    "complaint",
    "evaluate",
    "known_model",
    "known_names",
]
