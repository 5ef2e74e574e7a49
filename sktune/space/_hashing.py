"""Stand-ins for values in sets and dicts: long lists of choices are looked through but once."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from ._same import kind_of


def key_of(value: Any) -> Hashable | None:
    """A key that is equal for two values of one kind that are equal; None if there is none."""
    try:
        return kind_of(value), _frozen(value)
    except Exception:  # an array, a frame: not hashable
        return None


def _frozen(value: Any) -> Hashable:
    """The value itself, or what it holds, in a form that is hashable; TypeError if it is not."""
    if isinstance(value, tuple):
        return tuple(map(_frozen, value))
    if isinstance(value, list):
        return list, tuple(map(_frozen, value))
    if isinstance(value, dict):
        return dict, frozenset((key, _frozen(item)) for key, item in value.items())
    if isinstance(value, set):
        return frozenset(value)
    if value != value:  # nan, which is the same as nan
        return None
    hash(value)
    return value
