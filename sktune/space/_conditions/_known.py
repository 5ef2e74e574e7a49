"""Find the conditions of each branch: those of the user, or those known for the estimator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._dimensions._base import Dimension
from .._owners import Owner, class_path, owners, params_of
from .._parse import Branches
from ._rules import (
    BranchKnowledge,
    Clause,
    Conditions,
    check_circles,
    check_names,
    parse_conditions,
    resolve,
)
from ._tables import IMPLIED, KNOWN, NEEDED


def branch_knowledge(
    branches: Branches, conditions: Any, estimator: Any = None
) -> list[BranchKnowledge]:
    """Return, for each branch, when its parameters have an effect.

    Parameters
    ----------
    branches : list of dict of str to Dimension
        The parameters of each branch.
    conditions : "auto", dict or None
        As ``SearchSpace.from_distributions`` takes them.
    estimator : estimator, default=None
        The estimator that has these parameters.

    Raises
    ------
    InvalidSpaceError
        If conditions are malformed, name unknown parameters, or form a circle.
    """
    own = {} if estimator is None else params_of(estimator)
    is_auto = isinstance(conditions, str) and conditions == "auto"
    if conditions is None or (is_auto and estimator is None):
        return [BranchKnowledge(own=own) for _ in branches]
    if is_auto:
        return [_known(branch, estimator, own) for branch in branches]
    given = parse_conditions(conditions)
    check_names(given, {*own, *(name for branch in branches for name in branch)})
    check_circles(given)
    return [BranchKnowledge(resolve(given, branch, own), own) for branch in branches]


def _known(
    branch: Mapping[str, Dimension], estimator: Any, own: Mapping[str, Any]
) -> BranchKnowledge:
    """Return the known conditions of the parameters of a branch."""
    conditions: Conditions = {}
    needed: dict[str, Any] = {}
    own = dict(own)
    for name in branch:
        prefix, parameter = _owner_and_parameter(name, branch, estimator)
        found = list(owners(estimator, branch, prefix))
        for owner in found:
            values = params_of(owner.estimator)
            if name not in own and parameter in values:
                own[name] = values[parameter]
        with_rule = [owner for owner in found if _has_rule(owner, parameter)]
        clauses = [clause for o in found for clause in _alternatives(o, prefix, parameter, branch)]
        if with_rule and {} not in clauses:
            conditions[name] = clauses
            for owner in with_rule:
                needs = NEEDED.get(class_path(owner.estimator), {})
                needed |= {name: needs[parameter]} if parameter in needs else {}
    return BranchKnowledge(resolve(conditions, branch, own), own, needed)


def _owner_and_parameter(
    name: str, branch: Mapping[str, Dimension], estimator: Any
) -> tuple[str, str]:
    """Split a name into that of the owner and that of its parameter.

    A parameter may have underscores of its own: "optimizer__momentum" of a ``KerasClassifier``.
    """
    words = name.split("__")
    for place in range(len(words) - 1, -1, -1):
        prefix, parameter = "__".join(words[:place]), "__".join(words[place:])
        if any(_has_rule(owner, parameter) for owner in owners(estimator, branch, prefix)):
            return prefix, parameter
    return "__".join(words[:-1]), words[-1]


def _has_rule(owner: Owner, parameter: str) -> bool:
    return parameter in KNOWN.get(class_path(owner.estimator), {})


def _alternatives(
    owner: Owner, prefix: str, parameter: str, branch: Mapping[str, Dimension]
) -> Iterator[Clause]:
    """Conditions of a parameter of this owner; alternatives that cannot hold are left out."""
    path = class_path(owner.estimator)
    known = KNOWN.get(path, {}).get(parameter, {})
    values = {**IMPLIED.get(path, {}), **params_of(owner.estimator)}
    for clause in [known] if isinstance(known, Mapping) else known:
        named = {f"{prefix}__{p}" if prefix else p: (p, allowed) for p, allowed in clause.items()}
        searched = {name: allowed for name, (_, allowed) in named.items() if name in branch}
        # Nothing is known about a parameter that the owner does not have.
        fixed = [(p, a) for n, (p, a) in named.items() if n not in branch and p in values]
        if all(allowed(values[parent]) for parent, allowed in fixed):
            yield {**owner.choices, **searched}
