"""Hashable keys of values, so that long lists of choices are searched only once."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from .._same import kind_of


def key_of(value: Any) -> Hashable | None:
    """A key that is equal for equal values of one kind; None for values that have none."""
    try:
        return kind_of(value), _frozen(value)
    except Exception:  # an array, a frame: not hashable
        return None


def _frozen(value: Any) -> Hashable:
    """The value, or its items, in a hashable form; TypeError if that is not possible."""
    if isinstance(value, tuple):
        return tuple(map(_frozen, value))
    if isinstance(value, list):
        return list, tuple(map(_frozen, value))
    if isinstance(value, dict):
        return dict, frozenset((key, _frozen(item)) for key, item in value.items())
    if isinstance(value, set):
        return frozenset(value)
    if value != value:  # nan, which counts as equal to nan
        return None
    hash(value)
    return value
