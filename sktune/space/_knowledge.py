"""What is known of the parameters of an estimator, of its steps, and of steps the search chooses.

Estimators are known by the path of their class: nothing is imported for it. A subclass is another
class, whose parameters may mean something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any, NamedTuple

from ._conditions import (
    BranchKnowledge,
    Clause,
    Conditions,
    check_circles,
    check_names,
    parse_conditions,
    resolve,
)
from ._dimensions._base import Dimension, ListedDimension
from ._known_conditions import IMPLIED, KNOWN, NEEDED
from ._parse import Branches

# Whose estimators pass parameters on to those inside them, and change none of them.
_CONTAINERS = ("sklearn.", "imblearn.")


class Owner(NamedTuple):
    """An estimator to which searched parameters belong, and the choices that make it so."""

    clause: Clause
    estimator: Any


def branch_knowledge(
    branches: Branches, conditions: Any, estimator: Any = None
) -> list[BranchKnowledge]:
    """For each branch, under what its parameters have an effect.

    Parameters
    ----------
    branches : list of dict of str to Dimension
        What is searched.
    conditions : "auto", dict or None
        As ``SearchSpace.from_distributions`` takes them.
    estimator : estimator, default=None
        Whose parameters these are.

    Raises
    ------
    InvalidSpaceError
        If conditions are malformed, name unknown parameters, or form a circle.
    """
    own = {} if estimator is None else _params_of(estimator)
    is_auto = isinstance(conditions, str) and conditions == "auto"
    if conditions is None or (is_auto and estimator is None):
        return [BranchKnowledge(own=own) for _ in branches]
    if is_auto:
        return [_known(branch, estimator, own) for branch in branches]
    given = parse_conditions(conditions)
    check_names(given, {*own, *(name for branch in branches for name in branch)})
    check_circles(given)
    return [BranchKnowledge(resolve(given, branch, own), own) for branch in branches]


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
        # A search sets parameters of what is in it.
        is_search = any(hasattr(owner.estimator, n) for n in ("param_grid", "param_distributions"))
        if path.startswith(_CONTAINERS) and not is_search:
            yield Owner(owner.clause, _params_of(owner.estimator).get(name))


def _known(
    branch: Mapping[str, Dimension], estimator: Any, own: Mapping[str, Any]
) -> BranchKnowledge:
    """What is known of the parameters of a branch."""
    conditions: Conditions = {}
    needed: dict[str, Any] = {}
    own = dict(own)
    for name in branch:
        prefix, _, parameter = name.rpartition("__")
        found = list(owners(estimator, branch, prefix))
        for owner in found:
            values = _params_of(owner.estimator)
            if name not in own and parameter in values:
                own[name] = values[parameter]
        with_rule = [o for o in found if parameter in KNOWN.get(class_path(o.estimator), {})]
        clauses = [clause for o in found for clause in _alternatives(o, prefix, parameter, branch)]
        if with_rule and {} not in clauses:
            conditions[name] = clauses
            for owner in with_rule:
                needs = NEEDED.get(class_path(owner.estimator), {})
                needed |= {name: needs[parameter]} if parameter in needs else {}
    return BranchKnowledge(resolve(conditions, branch, own), own, needed)


def _alternatives(
    owner: Owner, prefix: str, parameter: str, branch: Mapping[str, Dimension]
) -> Iterator[Clause]:
    """Under what a parameter of this owner has an effect; one that cannot hold is left out."""
    path = class_path(owner.estimator)
    known = KNOWN.get(path, {}).get(parameter, {})
    values = {**IMPLIED.get(path, {}), **_params_of(owner.estimator)}
    for clause in [known] if isinstance(known, Mapping) else known:
        named = {f"{prefix}__{p}" if prefix else p: (p, allowed) for p, allowed in clause.items()}
        searched = {name: allowed for name, (_, allowed) in named.items() if name in branch}
        # Of a parameter that is not there nothing is known.
        fixed = [(p, a) for n, (p, a) in named.items() if n not in branch and p in values]
        if all(allowed(values[parent]) for parent, allowed in fixed):
            yield {**owner.clause, **searched}


def _params_of(estimator: Any) -> dict[str, Any]:
    """All parameters of an estimator, none of what is no estimator."""
    if not hasattr(estimator, "get_params") or isinstance(estimator, type):
        return {}
    return dict(estimator.get_params(deep=True))
