"""Types and helpers for the tables of ready spaces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from scipy.stats import uniform

Space = dict[str, Any]


class Data(NamedTuple):
    """Properties of the data; None: unknown.

    Parameters
    ----------
    n_rows : int or None
    n_features : int or None
    spread : float or None
        Standard deviation of a numeric target.
    balance : float or None
        Share of the smallest class among its rows and those of the largest one, at most 0.5.
    variance : float or None
        Sum of the variances of the features, if they are not scaled.
    """

    n_rows: int | None = None
    n_features: int | None = None
    spread: float | None = None
    balance: float | None = None
    variance: float | None = None

    def at_most(self, limit: int, share: float = 0.5, least: int = 2) -> int:
        """The limit, or a share of the rows if that is less: a fold may have only half of them."""
        return limit if self.n_rows is None else max(least, min(limit, int(share * self.n_rows)))


class Ready(NamedTuple):
    """A ready space.

    Parameters
    ----------
    params : callable
        Returns distributions by name, from the data and the estimator's own values.
    means : callable
        Returns, from the data, own values outside of the space by name, each with the value in
        the space that means the same or nearly so.
    limited : tuple of str
        Parameters for which values outside of the space are errors with these data.
    """

    params: Callable[[Data, Mapping[str, Any]], Space]
    means: Callable[[Data], dict[str, tuple[Any, Any]]] = lambda data: {}
    limited: tuple[str, ...] = ()


def between(low: float, high: float) -> Any:
    """Uniform between two ends; scipy takes a start and a length instead."""
    return uniform(low, high - low)


def each(paths: str, *ready: Any) -> dict[str, Ready]:
    """The same ready space for several classes of a module."""
    module, _, names = paths.partition(": ")
    return {f"{module}.{name}": Ready(*ready) for name in names.split()}


def no_penalties(*names: str) -> Callable[[Data], dict[str, tuple[Any, Any]]]:
    """Meanings of penalties of 0: the smallest value of the log scale."""
    smallest = {"l2_regularization": 1e-10}
    return lambda data: {name: (0.0, smallest.get(name, 1e-8)) for name in names}
