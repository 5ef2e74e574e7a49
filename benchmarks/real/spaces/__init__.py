"""The estimators and their spaces, written as in tutorials."""

from . import (  # noqa: F401 (each adds its problems)
    boosting,
    columns_and_steps,
    linear,
    neighbours_and_trees,
    networks,
    support_vectors,
)
from ._spec import SPECS

__all__ = ["SPECS"]
