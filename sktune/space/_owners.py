"""Find the owner of a parameter: the estimator, one of its steps, or a step that is searched.

Estimators are identified by the path of their class, so nothing is imported. A subclass is another
class, whose parameters may mean something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any, NamedTuple

from ._dimensions._base import Dimension, ListedDimension

# Packages whose estimators pass parameters on to the estimators in them, and change none.
CONTAINERS = ("sklearn.", "imblearn.")


class Owner(NamedTuple):
    """An estimator to which searched parameters belong, and the choices that select it."""

    choices: Mapping[str, list[Any]]
    estimator: Any


def class_path(estimator: Any) -> str:
    """Public path of an estimator's class, without private modules: ``"sklearn.svm.SVC"``."""
    kind = type(estimator)
    public = takewhile(lambda part: not part.startswith("_"), kind.__module__.split("."))
    return ".".join([*public, kind.__qualname__])


def owners(estimator: Any, branch: Mapping[str, Dimension], prefix: str) -> Iterator[Owner]:
    """Yield the estimators that parameters with this prefix may belong to; none if unknown.

    Parameters
    ----------
    estimator : estimator
        The tuned estimator.
    branch : dict of str to Dimension
        The searched parameters, which may include a step.
    prefix : str
        Name of the step, ``"svc"`` or ``"outer__svc"``; ``""`` for the tuned estimator.
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
    """Whether an estimator is a search, which sets parameters of the estimator in it."""
    return any(hasattr(estimator, name) for name in ("param_grid", "param_distributions"))


def params_of(estimator: Any) -> dict[str, Any]:
    """All parameters of an estimator; empty for other objects."""
    if not hasattr(estimator, "get_params") or isinstance(estimator, type):
        return {}
    return dict(estimator.get_params(deep=True))
