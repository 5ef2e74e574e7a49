"""Read ``param_distributions``: what the user wrote, or a ready space."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from ...exceptions import InvalidSpaceTypeError
from ...space import SearchSpace
from ...space._known_spaces._starts import known_starts
from ...space._known_spaces._suggest import own_meanings
from ._starts import own_setting

AUTO = "auto"


class ReadSpace(NamedTuple):
    """A space and what it was made of.

    Parameters
    ----------
    space : SearchSpace
    distributions : dict or list of dict
        What was searched, as a user would write it.
    own : list of dict
        The estimator's own setting, where it lies in the space; else empty.
    learned : list of dict
        Settings that did well on public data, for estimators of which some are known.
    """

    space: SearchSpace
    distributions: Any
    own: list[dict[str, Any]]
    learned: list[dict[str, Any]]


def read_space(search: Any, X: Any, y: Any) -> ReadSpace:
    """The space of a search.

    Raises
    ------
    InvalidSpaceError
        If it cannot be searched, or no ready space is known for the estimator.
    """
    distributions, meanings = search.param_distributions, {}
    if isinstance(distributions, str):
        if distributions != AUTO:
            raise InvalidSpaceTypeError(
                "param_distributions must be a dict of parameter names to distributions or lists, "
                f"a list of such dicts, or {AUTO!r} for a ready space; got {distributions!r}."
            )
        distributions = _without(search._not_searched(), search._ready_space(X, y))
        meanings = own_meanings(search.estimator, X, y)
    space = SearchSpace.from_distributions(
        distributions, search.constraint, search.conditions, search.estimator
    )
    own = own_setting(search.estimator, space, meanings)
    return ReadSpace(space, distributions, own, known_starts(search.estimator, space, X, y))


def _without(names: Collection[str], distributions: Any) -> Any:
    """A ready space without some parameters."""
    if isinstance(distributions, list):
        return [_without(names, branch) for branch in distributions]
    return {name: values for name, values in distributions.items() if name not in names}
