"""Whose parameters they are: the estimator's, those of its steps, or of steps the search chooses.

Estimators are known by the path of their class: nothing is imported for it. A subclass is another
class, whose parameters may mean something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any, NamedTuple

from ._dimensions._base import Dimension, ListedDimension

# Whose estimators pass parameters on to those inside them, and change none of them.
CONTAINERS = ("sklearn.", "imblearn.")


class Owner(NamedTuple):
    """An estimator to which searched parameters belong, and the choices that make it so."""

    choices: Mapping[str, list[Any]]
    estimator: Any


def class_path(estimator: Any) -> str:
    """Where a class is imported from, without private modules: ``"sklearn.svm.SVC"``."""
    kind = type(estimator)
    public = takewhile(lambda part: not part.startswith("_"), kind.__module__.split("."))
    return ".".join([*public, kind.__qualname__])


def owners(estimator: Any, branch: Mapping[str, Dimension], prefix: str) -> Iterator[Owner]:
    """The estimators that parameters with this prefix may belong to; none where that is unknown.

    Parameters
    ----------
    estimator : estimator
        The whole.
    branch : dict of str to Dimension
        What is searched: a step may be among it.
    prefix : str
        Name of the step, ``"svc"`` or ``"outer__svc"``; ``""`` for the whole.
    """
    if not prefix:
        yield Owner({}, estimator)
        return
    outer, _, name = prefix.rpartition("__")
    dimension = branch.get(prefix)
    if dimension is not None:
        values = dimension.values if isinstance(dimension, ListedDimension) else ()
        for value in values:
            yield Owner({prefix: [value]} if len(values) > 1 else {}, value)
        return
    for owner in owners(estimator, branch, outer):
        path = class_path(owner.estimator)
        if path.startswith(CONTAINERS) and not is_search(owner.estimator):
            yield Owner(owner.choices, params_of(owner.estimator).get(name))


def is_search(estimator: Any) -> bool:
    """Whether an estimator sets parameters of what is in it."""
    return any(hasattr(estimator, name) for name in ("param_grid", "param_distributions"))


def params_of(estimator: Any) -> dict[str, Any]:
    """All parameters of an estimator, none of what is no estimator."""
    if not hasattr(estimator, "get_params") or isinstance(estimator, type):
        return {}
    return dict(estimator.get_params(deep=True))
