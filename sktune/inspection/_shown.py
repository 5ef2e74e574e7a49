"""Values and texts of the user's, shortened, and escaped for HTML."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np

# Code points that no page may hold: control characters, and halves of a character.
_FORBIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127], "�")
_FORBIDDEN |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")

# Where an object lies says nothing to a reader, and differs from run to run.
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")

# Larger numbers have an exponent.
LONG = 1e6

# Of containers the first few items are shown: a list may have a million.
MAX_ITEMS = 100


class _Repr(reprlib.Repr):
    """Of objects their own ``repr``, and whatever that raises."""

    def repr_instance(self, x: Any, level: int) -> str:
        return repr(x)


_REPR = _Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 400


def shown(value: Any, longest: int = 60) -> str:
    """A value in one short line; never fails, whatever its own ``repr`` does."""
    try:
        text = _text_of(value)
    except Exception:  # code of others
        text = f"<{type(value).__name__}>"
    return shortened(text, longest)


def shortened(text: str, longest: int = 60) -> str:
    """Text in one short line."""
    text = _ADDRESS.sub("", text[: 20 * longest].translate(_FORBIDDEN))
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def code(value: Any, longest: int = 1000) -> str:
    """A value as one writes it, as far as that is known; never fails."""
    try:
        text = _code_of(value)
    except Exception:  # code of others
        text = f"<{type(value).__name__}>"
    return shortened(text, longest)


def escaped(text: Any) -> str:
    """Text for HTML, for an attribute too."""
    return escape(str(text).translate(_FORBIDDEN))


def number(value: Any, digits: int = 4) -> str:
    """A number for people; a dash for what is none."""
    if value is None or not np.isfinite(value):
        return "\u2013"
    text = f"{value:.{digits}g}"
    if "e+" in text and abs(value) < LONG:
        text = f"{value:.0f}"
    return text.replace("-", "\u2212")


def seconds(value: float) -> str:
    """A time for people, in the unit that suits it."""
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if value >= 2 * size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g} s" if value >= 1.0 else f"{1000 * value:.3g} ms"


def _text_of(value: Any) -> str:
    if isinstance(value, np.generic):  # np.float64(0.1) is 0.1 to the reader
        value = value.item()
    if type(value) is float:
        return f"{value:.4g}"
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}"
    if (words := _without_address(value)) is not None:
        return words
    return _REPR.repr(value)


def _code_of(value: Any) -> str:
    if isinstance(value, Mapping) and len(value) <= MAX_ITEMS:
        items = (f"{_code_of(key)}: {_code_of(item)}" for key, item in value.items())
        return f"{{{', '.join(items)}}}"
    if type(value) in (list, tuple) and len(value) <= MAX_ITEMS:
        inside = ", ".join(map(_code_of, value))
        if type(value) is list:
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, np.generic):
        value = value.item()
    words = _without_address(value)
    return repr(value) if words is None and not hasattr(value, "shape") else words or shown(value)


def _without_address(value: Any) -> str | None:
    """Words for what has an address in memory as its repr; None for all else."""
    family = getattr(getattr(value, "dist", None), "name", None)
    if family is not None and hasattr(value, "rvs"):  # a frozen distribution
        arguments = [repr(item) for item in getattr(value, "args", ())]
        arguments += [f"{key}={item!r}" for key, item in getattr(value, "kwds", {}).items()]
        return f"{family}({', '.join(arguments)})"
    if callable(value) and hasattr(value, "__qualname__"):
        return str(value.__qualname__)
    if type(value).__repr__ is object.__repr__:
        return f"{type(value).__name__}(...)"
    return None
