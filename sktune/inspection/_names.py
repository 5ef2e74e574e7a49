"""``known_names``: names of parameters that a caller gives, checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def known_names(given: Any, known: Sequence[str], how_many: str, most: int) -> tuple[str, ...]:
    """One name, or several that differ, as a tuple.

    Raises
    ------
    ValueError
        If nothing varies, some are not known, or there are none or more than `most`; `how_many`
        says in words how many there may be.
    """
    if not known:
        raise ValueError("Nothing varies: every parameter of the search has a single value.")
    names = (given,) if isinstance(given, str) else ()
    if not names and isinstance(given, Iterable):
        names = tuple(given)
    is_known = all(name in known for name in names)
    if not is_known or not 1 <= len(names) <= most or len(set(names)) < len(names):
        shown = list(names) if names else given
        raise ValueError(f"names must be {how_many} of {list(known)}, got {shown!r}.")
    return names
