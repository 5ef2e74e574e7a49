"""``check_whole``: whole numbers that a caller gives, checked before any model is fitted."""

from __future__ import annotations

from numbers import Integral
from typing import Any


def check_whole(name: str, given: Any, least: int) -> None:
    """Raise if a parameter is not a whole number of at least `least`.

    Raises
    ------
    ValueError
        With the name of the parameter, what it was and what it may be.
    """
    if not isinstance(given, Integral) or isinstance(given, bool) or given < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {given!r}.")
