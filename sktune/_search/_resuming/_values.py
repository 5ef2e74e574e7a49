"""Folds and settings of a search, to JSON and back exactly."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._records import Candidate
from ...exceptions import JournalError
from ...space import SearchSpace

Indices = NDArray[np.intp]
Split = tuple[Indices, Indices]

# Written for the value of a parameter without an effect if that value is outside the space.
AT_REST = {"at_rest": True}

# Row indices are stored as their differences, which fit into a byte if the indices are sorted.
DIFFERENCE_TYPES = ("<i1", "<i2", "<i4", "<i8")


def encode_splits(splits: Iterable[tuple[Any, Any]]) -> list[dict[str, Any]]:
    """Folds in a form that JSON can hold.

    Five folds of 100,000 shuffled rows take 0.07 MB; if the order of the rows is random as
    well, as with ``ShuffleSplit``, 1.6 MB.

    Parameters
    ----------
    splits : iterable of (train, test)
        Indices of the rows of both parts, or masks.

    Returns
    -------
    list of dict
        Input of :func:`decode_splits`.

    Raises
    ------
    ValueError
        If a part holds neither indices nor a mask.
    """
    return [_encode_split(_as_indices(train), _as_indices(test)) for train, test in splits]


def decode_splits(data: Sequence[Mapping[str, Any]]) -> list[Split]:
    """Folds that :func:`encode_splits` wrote, as arrays of row indices in their order.

    Parameters
    ----------
    data : list of dict
        What was written.

    Returns
    -------
    list of (ndarray of intp of shape (n_train,), ndarray of intp of shape (n_test,))

    Raises
    ------
    JournalError
        If `data` is damaged.
    """
    try:
        return [_decode_split(split) for split in data]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, zlib.error) as error:
        raise JournalError(f"The folds of the journal are damaged: {error!r}.") from error


def encode_params(space: SearchSpace, candidate: Candidate) -> dict[str, Any]:
    """The setting of a candidate in a form that JSON can hold.

    Parameters
    ----------
    space : SearchSpace
        The space of the candidate.
    candidate : Candidate
        The candidate.

    Returns
    -------
    dict of str to object
        Numbers as they are; an element of a list, whatever it is, by its index:
        ``{"choice": 2}``; a parameter without an effect and with a value outside the space as
        ``{"at_rest": True}``. Each weight of a part is under its own name.
    """
    dimensions = space.branch_dimensions(candidate.branch)
    rest = space.at_rest[candidate.branch]
    encoded: dict[str, Any] = {}
    for name, value in space.parts.flat(candidate.params).items():
        if name in rest and rest[name] is value and not dimensions[name].contains(value):
            encoded[name] = AT_REST
            continue
        place = _place(getattr(dimensions[name], "values", ()), value, space, candidate, name)
        if place is None and (number := _encode_number(value)) is not None:
            encoded[name] = number
            continue
        if place is None:
            # Its == does not recognise it, but the point tells its index.
            place = _place_at(space, candidate, name)
        encoded[name] = {"choice": place}
    return encoded


def decode_params(space: SearchSpace, branch: int, encoded: Mapping[str, Any]) -> dict[str, Any]:
    """The setting that :func:`encode_params` wrote.

    Parameters
    ----------
    space : SearchSpace
        A space made of the same ``param_distributions``.
    branch : int
        Branch of the candidate.
    encoded : dict of str to object
        What was written.

    Returns
    -------
    dict of str to object
        The setting, with the objects of this space for elements of lists.

    Raises
    ------
    JournalError
        If the space does not have what was written.
    """
    if branch not in range(space.n_branches):
        raise JournalError(f"The journal has a setting of branch {branch!r}, which does not exist.")
    dimensions = space.branch_dimensions(branch)
    if wrong := dimensions.keys() ^ encoded.keys():
        names = ", ".join(sorted(map(repr, wrong)))
        raise JournalError(f"The journal has a setting with other parameters: {names}.")
    params = {}
    rest = space.at_rest[branch]
    for name, item in encoded.items():
        if item == AT_REST and name in rest:
            params[name] = rest[name]
            continue
        try:
            params[name] = _decode(getattr(dimensions[name], "values", ()), item)
            is_inside = _is_choice(item) or dimensions[name].contains(params[name])
        except (IndexError, KeyError, TypeError, ValueError, AttributeError):
            is_inside = False
        if not is_inside:
            raise JournalError(
                f"The journal has a setting with {name}={item!r}, which is not in the space."
            )
    return space.parts.nested(params)


def _encode_split(train: Indices, test: Indices) -> dict[str, Any]:
    n_rows = len(train) + len(test)
    # Most splitters give all rows that are not in the test part, in their order.
    if np.array_equal(train, _others(test, n_rows)):
        return {"n_rows": n_rows, "test": _encode_indices(test)}
    return {"train": _encode_indices(train), "test": _encode_indices(test)}


def _decode_split(data: Mapping[str, Any]) -> Split:
    test = _decode_indices(data["test"])
    if "train" in data:
        return _decode_indices(data["train"]), test
    train = _others(test, data["n_rows"])
    if len(train) + len(test) != data["n_rows"]:
        raise ValueError("some rows of a test part are missing")
    return train, test


def _as_indices(part: Any) -> Indices:
    """Row indices, shape (n,), from indices or a mask."""
    part = np.asarray(part)
    if part.dtype == bool:
        return np.flatnonzero(part)
    if part.ndim != 1 or (part.size and part.dtype.kind not in "iu"):
        raise ValueError(
            "cv must give each part of a split as a sequence of int, the indices of its rows, "
            f"or as a mask; got an array of shape {part.shape} and type {part.dtype}."
        )
    indices: Indices = part.astype(np.intp)
    return indices


def _others(places: Indices, n_rows: int) -> Indices:
    """Rows that are not among `places`, in order; places outside the rows are ignored."""
    is_other = np.ones(n_rows, dtype=bool)
    is_other[places[(places >= 0) & (places < n_rows)]] = False
    return np.flatnonzero(is_other)


def _encode_indices(indices: Indices) -> str:
    """Type of the differences, and the compressed differences, as text."""
    differences = np.diff(indices, prepend=0)
    extremes = [] if not len(indices) else [differences.min(), differences.max()]
    kind = next(t for t in DIFFERENCE_TYPES if all(_fits(value, t) for value in extremes))
    # All first bytes, then all second ones: compresses to a third less if the order is random.
    by_byte = differences.astype(kind)[:, None].view(np.uint8).T
    packed = zlib.compress(by_byte.tobytes())
    return f"{kind[1:]}:{base64.b64encode(packed).decode('ascii')}"


def _decode_indices(text: str) -> Indices:
    kind, packed = text.split(":")
    if f"<{kind}" not in DIFFERENCE_TYPES:
        raise ValueError(f"no type of integers: {kind!r}")
    raw = zlib.decompress(base64.b64decode(packed, validate=True))
    by_byte = np.frombuffer(raw, dtype=np.uint8).reshape(np.dtype(kind).itemsize, -1)
    differences = np.ascontiguousarray(by_byte.T).view(f"<{kind}")
    return np.cumsum(differences, dtype=np.intp)


def _fits(value: Any, kind: str) -> bool:
    limits = np.iinfo(kind)
    return bool(limits.min <= value <= limits.max)


def _place(
    choices: Sequence[Any], value: Any, space: SearchSpace, candidate: Candidate, name: str
) -> int | None:
    """Index of a value in a list, by identity first; None if it is not there."""
    # Lists may be long: nearly always the index is the one that the point tells.
    if len(choices):
        place = _place_at(space, candidate, name)
        if choices[place] is value or _is_equal(choices[place], value):
            return place
    for index, choice in enumerate(choices):
        if choice is value:
            return index
    return next((i for i, choice in enumerate(choices) if _is_equal(choice, value)), None)


def _is_equal(a: Any, b: Any) -> bool:
    """Whether two values are equal and of one type; -0.0 and 0.0 are not equal."""
    if type(a) is not type(b):
        return False
    try:
        if isinstance(a, float | np.floating):
            return bool(a == b) and bool(np.signbit(a) == np.signbit(b))
        return bool(a == b)
    except Exception:  # the == of arrays and frames does not give a bool
        return False


def _place_at(space: SearchSpace, candidate: Candidate, name: str) -> int:
    """Index of the value of a listed parameter, read from the point of the candidate."""
    dimension: Any = space.branch_dimensions(candidate.branch)[name]
    column = space.column_of(candidate.branch, name)
    return 0 if column is None else int(dimension.indices(candidate.point[column]))


def _encode_number(value: Any) -> Any:
    """A number for JSON, with its type if it is NumPy's; None if `value` is not a number."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        return None
    plain = int(value) if isinstance(value, Integral) else float(value)
    return {"number": plain, "dtype": value.dtype.name} if isinstance(value, np.number) else plain


def _decode(choices: Sequence[Any], item: Any) -> Any:
    """A value from its index or its number."""
    if not isinstance(item, Mapping):
        if isinstance(item, bool) or not isinstance(item, int | float):
            raise ValueError("no number")
        return item
    if _is_choice(item):
        if item["choice"] not in range(len(choices)):
            raise IndexError("no place in the list")
        return choices[item["choice"]]
    dtype = np.dtype(item["dtype"])
    if dtype.kind not in "iuf":
        raise ValueError("no type of numbers")
    return dtype.type(item["number"])


def _is_choice(item: Any) -> bool:
    return isinstance(item, Mapping) and item.keys() == {"choice"}
