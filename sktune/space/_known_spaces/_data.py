"""What the tables of ready spaces are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from scipy.stats import uniform

Space = dict[str, Any]


class Data(NamedTuple):
    """What is known of the data; None: nothing.

    Parameters
    ----------
    n_rows : int or None
    n_features : int or None
    spread : float or None
        Standard deviation of a numeric target.
    """

    n_rows: int | None = None
    n_features: int | None = None
    spread: float | None = None

    def at_most(self, limit: int, share: float = 0.5, least: int = 2) -> int:
        """A limit, but no more than a share of the rows: of those of a fold, half at least."""
        return limit if self.n_rows is None else max(least, min(limit, int(share * self.n_rows)))


class Ready(NamedTuple):
    """A ready space.

    Parameters
    ----------
    params : callable
        From the data and the estimator's own values to distributions by name.
    means : callable
        From the data to own values that lie outside of the space, by name, each with the value in
        it that means the same or nearly so.
    """

    params: Callable[[Data, Mapping[str, Any]], Space]
    means: Callable[[Data], dict[str, tuple[Any, Any]]] = lambda data: {}


def between(low: float, high: float) -> Any:
    """Uniform between two ends, where scipy takes a start and a length."""
    return uniform(low, high - low)


def each(paths: str, *ready: Any) -> dict[str, Ready]:
    """The same for several classes of a module."""
    module, _, names = paths.partition(": ")
    return {f"{module}.{name}": Ready(*ready) for name in names.split()}


def no_penalties(*names: str) -> Callable[[Data], dict[str, tuple[Any, Any]]]:
    """Penalties of 0, for which the smallest of a log scale stands."""
    smallest = {"l2_regularization": 1e-10}
    return lambda data: {name: (0.0, smallest.get(name, 1e-8)) for name in names}
