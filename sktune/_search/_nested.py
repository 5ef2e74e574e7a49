"""The estimators nested in an estimator, and what they ask of the workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from sklearn.frozen import FrozenEstimator


def nested_estimators(estimator: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield an estimator, and those nested in it that are fitted along with it.

    Parameters
    ----------
    estimator : estimator
        Read only. Where it keeps the fitted copy of a parameter under the parameter's name
        with an underscore, as ``TransformedTargetRegressor`` does, the copy is yielded.
    name : str, default=""
        Name of `estimator` itself.

    Yields
    ------
    tuple of (str, estimator)
        Names as ``set_params`` takes them, such as ``"clf__inner"``.
    """
    yield name, estimator
    if not _is_estimator(estimator):
        return
    for parameter, value in estimator.get_params(deep=True).items():
        if "__" not in parameter and _is_fitted_along(value):
            fitted = getattr(estimator, f"{parameter}_", None)
            inner = fitted if _is_estimator(fitted) else value
            yield from nested_estimators(inner, prefixed(name, parameter))


def prefixed(name: str, parameter: str) -> str:
    """Name of a parameter of the estimator that is nested under `name`."""
    return f"{name}__{parameter}" if name else parameter


def preferred_workers(estimator: Any) -> str | None:
    """joblib's soft hint ``prefer``: "threads" if a class inside asks for them, else None.

    A class asks by an attribute ``joblib_prefer``; it is enough that one nested estimator asks.
    """
    nested = estimator.get_params(deep=True).values()
    hints = [getattr(type(inner), "joblib_prefer", None) for inner in (estimator, *nested)]
    return "threads" if "threads" in hints else None


def worker_contexts(estimator: Any) -> list[Callable[[], AbstractContextManager[Any]]]:
    """Functions that restore settings of the calling thread in a worker, for nested estimators.

    A class provides one by a static method ``worker_context``. Each such method is called here,
    once; it returns a function that can be pickled and, called in a worker, gives a context.
    """
    nested = estimator.get_params(deep=True).values()
    asked = [getattr(type(inner), "worker_context", None) for inner in (estimator, *nested)]
    return [capture() for capture in dict.fromkeys(asked) if capture is not None]


def _is_estimator(value: Any) -> bool:
    return hasattr(value, "get_params") and not isinstance(value, type)


def _is_fitted_along(value: Any) -> bool:
    # The report of a frozen estimator is of an earlier fit.
    return _is_estimator(value) and not isinstance(value, FrozenEstimator)
