"""Decide whether two values of a parameter are the same.

From strict to lenient: ``is_same`` (one choice of a list), ``is_alike`` (the same content, for
estimators and arrays, which have no usable ``==``) and ``is_equal`` (``==``, across types of
numbers). None of them raises an error, whatever the values' own ``==`` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from scipy.sparse import issparse

_KINDS = (
    (np.bool_, bool),
    (np.integer, int),
    (np.floating, float),
    (np.complexfloating, complex),
    (np.str_, str),
    (np.bytes_, bytes),
)


def kind_of(value: Any) -> type:
    """The type of a value; Python's type for NumPy's scalars, so np.int64(3) is an int."""
    return next((python for numpy, python in _KINDS if isinstance(value, numpy)), type(value))


def is_same(a: Any, b: Any) -> bool:
    """Whether two values are one choice: the same object, or of one kind and equal.

    nan is the same as nan. Values without a usable ``==`` are compared by identity.
    """
    if a is b:
        return True
    if kind_of(a) is not kind_of(b):
        return False
    try:
        return _is_yes(a == b) or (_is_yes(a != a) and _is_yes(b != b))
    except Exception:  # the == of others may raise anything
        return False


def is_alike(a: Any, b: Any) -> bool:
    """Whether two values have the same content: estimators of one class with alike parameters.

    Containers are compared item by item, arrays, frames and sparse matrices by their type, shape
    and values.
    """
    try:
        return _is_alike(a, b)
    except Exception:  # code of others; RecursionError for an object that contains itself
        return False


def is_equal(a: Any, b: Any) -> bool:
    """Whether ``a == b``, even of different types, like 1 and 1.0; a bool is not a number."""
    if (kind_of(a) is bool) != (kind_of(b) is bool):
        return False
    try:
        return _is_yes(a == b)
    except Exception:  # as above
        return False


def _is_alike(a: Any, b: Any) -> bool:
    if is_same(a, b):
        return True
    if kind_of(a) is not kind_of(b) or isinstance(a, type):
        return False
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and all(_is_alike(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(_is_alike, a, b))
    if isinstance(a, partial):
        return _is_alike((a.func, a.args, a.keywords), (b.func, b.args, b.keywords))
    if hasattr(a, "get_params"):
        return _is_alike(a.get_params(deep=False), b.get_params(deep=False))
    return _has_same_data(a, b)


def _has_same_data(a: Any, b: Any) -> bool:
    """Whether two arrays, frames or sparse matrices of one type hold the same."""
    if issparse(a):
        return a.shape == b.shape and a.dtype == b.dtype and (a != b).nnz == 0
    if hasattr(a, "equals"):  # frames, series and indices
        return bool(a.equals(b))
    if not hasattr(a, "__array__"):
        return False
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.dtype == object:
        return _is_alike(a.tolist(), b.tolist())
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fcmM"))


def _is_yes(answer: Any) -> bool:
    """Whether the result of a comparison is True; an array of results is not."""
    return isinstance(answer, bool | np.bool_) and bool(answer)
