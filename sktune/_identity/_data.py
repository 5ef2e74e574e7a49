"""Digests of data: the same for the same content, whatever its layout in memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import issparse

from ._functions import digest

Describe = Callable[[Any], Any]


def qualified_name(kind: Any) -> str:
    """Module and name of a class or a function."""
    return f"{kind.__module__}.{getattr(kind, '__qualname__', kind.__name__)}"


def as_text(description: Any) -> str:
    """A description as one text, the same for dicts in any order."""
    return json.dumps(description, sort_keys=True)


def describe_data(value: Any, describe: Describe) -> dict[str, Any] | None:
    """Class, shape and digest of an array, a sparse matrix, a frame or a column; else None.

    `describe` is called for elements that are objects.
    """
    if isinstance(value, np.ndarray):
        parts = [_array_digest(np.asarray(value), describe)]
        if isinstance(value, np.ma.MaskedArray):
            parts.append(_array_digest(np.ma.getmaskarray(value), describe))
        return _described(value, value.shape, str(value.dtype), parts)
    if issparse(value):
        return _described(value, value.shape, str(value.dtype), _sparse_digests(value, describe))
    if hasattr(value, "columns") and hasattr(value, "dtypes") and hasattr(value, "shape"):
        return _described(value, value.shape, None, _frame_digests(value, describe))
    if hasattr(value, "to_numpy") and hasattr(value, "dtype") and hasattr(value, "__len__"):
        parts = [_array_digest(value.to_numpy(), describe)]
        return _described(value, (len(value),), str(value.dtype), parts)
    return None


def _described(value: Any, shape: Any, dtype: str | None, parts: list[str]) -> dict[str, Any]:
    # A file mapped to memory holds the same data as the array it was saved from.
    kind = np.ndarray if isinstance(value, np.memmap) else type(value)
    return {
        "data": qualified_name(kind),
        "shape": list(shape),
        **({} if dtype is None else {"dtype": dtype}),
        "digest": parts[0] if len(parts) == 1 else digest(as_text(parts).encode()),
    }


def _array_digest(array: Any, describe: Describe) -> str:
    if array.dtype.hasobject:
        return digest(as_text([describe(element) for element in array.ravel()]).encode())
    # As bytes, because datetime64 has no buffer.
    return digest(np.ascontiguousarray(array).reshape(-1).view(np.uint8))


def _sparse_digests(value: Any, describe: Describe) -> list[str]:
    """Digests of the canonical form, because many functions sort the indices in place."""
    if value.ndim == 2:
        value = value.tocsr(copy=True)
        value.sum_duplicates()
        parts = [value.data, value.indices.astype(np.int64), value.indptr.astype(np.int64)]
    else:
        value = value.tocoo(copy=True)
        value.sum_duplicates()
        parts = [value.data, *(axis.astype(np.int64) for axis in value.coords)]
    return [_array_digest(part, describe) for part in parts]


def _frame_digests(frame: Any, describe: Describe) -> list[str]:
    """Digests of index and columns one by one, because pandas rearranges its blocks in use."""
    if hasattr(frame, "iloc"):
        columns = [frame.iloc[:, place] for place in range(frame.shape[1])]
    else:
        columns = [frame[name] for name in frame.columns]
    parts = [as_text([describe(name) for name in frame.columns])]
    for column in columns:
        parts += [str(column.dtype), _array_digest(column.to_numpy(), describe)]
        # The text of a category's dtype is shortened.
        if (categories := getattr(column.dtype, "categories", None)) is not None:
            parts.append(as_text([describe(category) for category in categories]))
    if hasattr(frame, "index"):
        parts.append(_array_digest(frame.index.to_numpy(), describe))
    return parts
