"""Conditions: which parameters have no effect under which values of others.

Conditions of the user, or known ones of an estimator, become rules of each branch: one for each
parameter that is not always active. A rule is a list of alternatives, one of which must hold; an
alternative is a list of requirements, all of which must hold.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from ...exceptions import InvalidSpaceError, InvalidSpaceTypeError
from .._dimensions._base import ConstantDimension, Dimension, ListedDimension
from .._same import is_equal

# A collection of values, or a function that is True for them.
Allowed = Collection[Any] | Callable[[Any], bool]
Clause = Mapping[str, Allowed]
Conditions = dict[str, list[Clause]]

# Values of longer lists are not checked one by one.
MAX_CHOICES = 1000

_FORM = (
    "must be a dict of other parameters' names to lists of their values (or to a function that is "
    "True for them) under which the parameter has an effect, or a list of such dicts, one of which "
    "must hold"
)


@dataclass(frozen=True)
class Unless:
    """All values except some, for which a parameter is known to have no effect.

    Parameters
    ----------
    values : tuple
        The exceptions.
    """

    values: tuple[Any, ...]

    def __call__(self, value: Any) -> bool:
        """Whether `value` is not one of the exceptions."""
        return not any(value is other or is_equal(value, other) for other in self.values)

    def __repr__(self) -> str:
        return f"Unless({', '.join(map(repr, self.values))})"


@dataclass(frozen=True)
class Requirement:
    """One parent must be active and have one of some values.

    Parameters
    ----------
    parent : str
        A parameter of the branch that varies.
    allowed : collection or callable
        The values.
    """

    parent: str
    allowed: Allowed

    def holds(self, value: Any) -> bool:
        """Whether the parent may have this value.

        Raises
        ------
        InvalidSpaceError
            If a function of the user raises an error.
        """
        return _allows(self.allowed, value, self.parent)


# Alternatives of requirements: () is never, ((),) is always.
Alternative = tuple[Requirement, ...]
Rule = tuple[Alternative, ...]
Rules = dict[str, Rule]
ALWAYS: Rule = ((),)


def parents_of(name: str, rules: Rules) -> Iterator[str]:
    """The parameters that decide whether one is active, with repeats."""
    return (part.parent for clause in rules.get(name, ()) for part in clause)


@dataclass(frozen=True)
class BranchKnowledge:
    """What is known about the parameters of one branch.

    Parameters
    ----------
    rules : dict of str to Rule
        Rules of the parameters that are not always active.
    own : dict of str to object
        The estimator's own values.
    needed : dict of str to object
        Values that parameters must have if they have no effect, in the space or not.
    """

    rules: Rules = field(default_factory=dict)
    own: Mapping[str, Any] = field(default_factory=dict)
    needed: Mapping[str, Any] = field(default_factory=dict)


def parse_conditions(conditions: Any) -> Conditions:
    """Check the user's conditions, and return each as a list of alternatives.

    Raises
    ------
    InvalidSpaceTypeError
        If the conditions are malformed.
    """
    if not isinstance(conditions, Mapping):
        raise InvalidSpaceTypeError(
            "conditions must be 'auto', None, or a dict from parameter names to their conditions; "
            f"got {conditions!r}."
        )
    parsed: Conditions = {}
    for name, given in conditions.items():
        clauses = [given] if isinstance(given, Mapping) else given
        is_list = isinstance(clauses, Sequence) and not isinstance(clauses, str)
        if not isinstance(name, str) or not is_list or not all(map(_is_clause, clauses)):
            raise InvalidSpaceTypeError(f"conditions[{name!r}] {_FORM}; got {given!r}.")
        parsed[name] = [dict(clause) for clause in clauses]
    return parsed


def _is_clause(clause: Any) -> bool:
    return isinstance(clause, Mapping) and all(
        isinstance(parent, str) and (callable(allowed) or _is_collection(allowed))
        for parent, allowed in clause.items()
    )


def _is_collection(values: Any) -> bool:
    return isinstance(values, Collection) and not isinstance(values, str | bytes | Mapping)


def check_names(conditions: Conditions, known: Collection[str]) -> None:
    """Raise InvalidSpaceError if conditions name an unknown parameter."""
    named = {*conditions, *(name for cs in conditions.values() for c in cs for name in c)}
    if unknown := sorted(named - set(known)):
        raise InvalidSpaceError(
            f"conditions name {', '.join(map(repr, unknown))}, which "
            f"{'is' if len(unknown) == 1 else 'are'} neither searched nor a parameter of the "
            "estimator."
        )


def check_circles(conditions: Conditions) -> None:
    """Raise InvalidSpaceError if a parameter depends on itself."""
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = (*path[path.index(name) :], name)
            raise InvalidSpaceError(
                f"conditions form a circle: {' depends on '.join(map(repr, circle))}."
            )
        if name not in done:
            for clause in conditions.get(name, ()):
                for parent in clause:
                    visit(parent, (*path, name))
            done.add(name)

    for name in conditions:
        visit(name, ())


def resolve(
    conditions: Conditions, branch: Mapping[str, Dimension], own: Mapping[str, Any]
) -> Rules:
    """Turn conditions into the rules of a branch, whose parents vary in it.

    Parameters
    ----------
    conditions : dict of str to list of dict
        Without circles.
    branch : dict of str to Dimension
        The parameters of the branch.
    own : dict of str to object
        The estimator's own values, for parents that are not searched.

    Returns
    -------
    dict of str to Rule
        Rules of the parameters that are not always active.
    """
    found: Rules = {}

    def rule(name: str) -> Rule:
        if name not in found:
            clauses = conditions.get(name)
            found[name] = ALWAYS if clauses is None else any_of(map(of_clause, clauses))
        return found[name]

    def any_of(rules: Iterable[Rule]) -> Rule:
        clauses = _united([clause for rule in rules for clause in rule])
        parents = {n: rule(n) for n in (part.parent for c in clauses for part in c)}
        clauses = [_without_vacuous(clause, branch, parents) for clause in clauses]
        return ALWAYS if () in clauses else tuple(clauses)

    def of_clause(clause: Clause) -> Rule:
        return _all_of([of_parent(parent, allowed) for parent, allowed in clause.items()])

    def of_parent(parent: str, allowed: Allowed) -> Rule:
        dimension = branch.get(parent)
        if dimension is None and parent not in own:
            return ALWAYS  # the branch does not have the parent: nothing is known
        if dimension is None or isinstance(dimension, ConstantDimension):
            value = own[parent] if dimension is None else dimension.values[0]
            return rule(parent) if _allows(allowed, value, parent) else ()
        if not rule(parent):
            return ()
        if isinstance(dimension, ListedDimension) and dimension.n_values <= MAX_CHOICES:
            values = [v for v in dimension.values if _allows(allowed, v, parent)]
            if len(values) in (0, len(dimension.values)):
                return rule(parent) if values else ()
            allowed = values
        return ((Requirement(parent, allowed),),)

    rules = {name: rule(name) for name in branch}
    return {name: rule for name, rule in rules.items() if rule != ALWAYS}


def as_conditions(rules: Rules) -> dict[str, Any]:
    """Rules as a user would write them, for ``SearchSpace.conditions``."""
    shown = {name: [_shown(clause) for clause in rule] for name, rule in rules.items()}
    return {n: clauses[0] if len(clauses) == 1 else clauses for n, clauses in shown.items()}


def _shown(clause: Alternative) -> dict[str, Allowed]:
    shown: dict[str, Allowed] = {}
    for part in clause:
        allowed = part.allowed
        shown[part.parent] = list(allowed) if isinstance(allowed, Collection) else allowed
    return shown


def _united(clauses: list[Alternative]) -> list[Alternative]:
    """Unite alternatives that differ only in the values of one parent."""
    united: list[Alternative] = []
    for clause in clauses:
        for place, other in enumerate(united):
            if (union := _union(clause, other)) is not None:
                united[place] = union
                break
        else:
            united.append(clause)
    return united if len(united) == len(clauses) else _united(united)


def _union(a: Alternative, b: Alternative) -> Alternative | None:
    """One alternative that holds where either does; None if there is none."""
    if [part.parent for part in a] != [part.parent for part in b]:
        return None
    differing = [i for i, (part, other) in enumerate(zip(a, b, strict=True)) if part != other]
    if not differing:
        return a
    (place, *others), parts = differing, (a[differing[0]], b[differing[0]])
    if others or not all(isinstance(part.allowed, Collection) for part in parts):
        return None
    first, second = parts
    values = [*first.allowed, *(v for v in second.allowed if not first.holds(v))]  # type: ignore[misc, union-attr]
    return (*a[:place], Requirement(first.parent, values), *a[place + 1 :])


def _without_vacuous(
    clause: Alternative, branch: Mapping[str, Dimension], parents: Mapping[str, Rule]
) -> Alternative:
    """Drop the requirements of a clause that always hold."""
    return tuple(
        part
        for part in clause
        if not isinstance(part.allowed, Collection)
        or len(part.allowed) < branch[part.parent].n_values
        or parents[part.parent] != ALWAYS
    )


def _all_of(rules: Sequence[Rule]) -> Rule:
    """The rule that all of several rules hold."""
    return tuple(_merged(clauses) for clauses in product(*rules))


def _merged(clauses: Iterable[Alternative]) -> Alternative:
    """The requirements of several clauses, one for each parent."""
    merged: dict[str, Requirement] = {}
    for part in (part for clause in clauses for part in clause):
        if part.parent in merged:
            part = _both(merged[part.parent], part)
        merged[part.parent] = part
    return tuple(merged.values())


def _both(a: Requirement, b: Requirement) -> Requirement:
    if isinstance(a.allowed, Collection):
        return Requirement(a.parent, [value for value in a.allowed if b.holds(value)])
    return Requirement(a.parent, _Both(a, b))


@dataclass(frozen=True)
class _Both:
    """A function that is True for values that meet two requirements of one parent."""

    a: Requirement
    b: Requirement

    def __call__(self, value: Any) -> bool:
        return self.a.holds(value) and self.b.holds(value)


def _allows(allowed: Allowed, value: Any, parent: str) -> bool:
    """Whether a value of the parent is among those allowed."""
    if not callable(allowed):
        return any(value is other or is_equal(value, other) for other in allowed)
    try:
        return bool(allowed(value))
    except Exception as error:  # code of the user
        raise InvalidSpaceError(
            f"conditions: the function for {parent!r} raises {error!r} for {value!r}."
        ) from error
