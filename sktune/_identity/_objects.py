"""Read an object's parameters, state and repr, tolerating objects that raise."""

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
    except Exception:  # raised by estimators that route nothing
        return None


def state_of(value: Any) -> Any:
    """State that an object would be pickled with, without results of its use; None if empty."""
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
    # Of a function's special attributes only what it wraps matters.
    is_special = name.endswith("__") and name != "__wrapped__"
    is_fitted = name.endswith("_") and not name.startswith("_")
    return is_special or is_fitted or name == "_sklearn_version"


def text_of(value: Any) -> str:
    """The repr of an object; empty if it contains an address."""
    try:
        text = repr(value)
    except Exception:  # code of others
        return ""
    return "" if " at 0x" in text else text
