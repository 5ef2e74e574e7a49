"""The definition of a problem, and parts that several problems share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    RobustScaler,
    StandardScaler,
)

SPECS = {}


@dataclass
class Spec:
    """The definition of a problem."""

    kind: str
    estimator: Any
    space: dict
    scoring: str
    data: Callable
    n_train: int


def problem(function):
    """Register a function that makes a `Spec`, under its name with the first "_" as "-"."""
    SPECS[function.__name__.replace("_", "-", 1)] = function
    return function


def columns(numbers=None, texts=None):
    """A ColumnTransformer that treats numbers and texts apart."""
    return ColumnTransformer(
        [
            ("num", numbers or "passthrough", make_column_selector(dtype_include="number")),
            (
                "cat",
                texts or OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                make_column_selector(dtype_include=object),
            ),
        ]
    )


def scalers():
    """The scalers that people choose between."""
    return [StandardScaler(), MinMaxScaler(), RobustScaler(), "passthrough"]
