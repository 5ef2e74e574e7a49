"""What an object is made of, as far as it will say: parameters, attributes, a text."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from sklearn import get_config


def params_of(value: Any) -> dict[str, Any] | None:
    """Parameters of an estimator, or of what behaves like one; else None."""
    if not hasattr(value, "get_params"):
        return None
    try:
        return dict(value.get_params(deep=False))
    except Exception:  # code of others: it may raise anything
        return None


def requests_of(value: Any) -> Any:
    """Which metadata an estimator asks for; None where scikit-learn does not look at it."""
    if not get_config()["enable_metadata_routing"] or not hasattr(value, "get_metadata_routing"):
        return None
    try:
        return value.get_metadata_routing()
    except Exception:  # estimators that route nothing say so by an error
        return None


def state_of(value: Any) -> Any:
    """What an object would be pickled with, less what its use leaves behind; None if nothing."""
    try:
        state = value.__getstate__()
    except Exception:  # code of others, and objects that cannot be pickled
        state = getattr(value, "__dict__", None)
    if not isinstance(state, dict):
        return state or None
    return {key: item for key, item in state.items() if not _is_leftover(value, key)} or None


def _is_leftover(value: Any, name: Any) -> bool:
    """Whether an attribute is a result: by scikit-learn's convention, or as a cached property."""
    if not isinstance(name, str) or isinstance(getattr(type(value), name, None), cached_property):
        return True
    # Of a function's own attributes only what it wraps has a meaning.
    is_special = name.endswith("__") and name != "__wrapped__"
    is_fitted = name.endswith("_") and not name.startswith("_")
    return is_special or is_fitted or name == "_sklearn_version"


def text_of(value: Any) -> str:
    """The text of an object; empty where it is but an address."""
    try:
        text = repr(value)
    except Exception:  # code of others
        return ""
    return "" if " at 0x" in text else text
