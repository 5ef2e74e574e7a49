"""``describe``: the description of an object, the same in every process.

A pickle would not do: that of a frozen distribution changes with the first draw, and a lambda
cannot be pickled at all.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import pathlib
import random
import sys
import uuid
from collections.abc import Iterator, Mapping, Set
from enum import Enum
from functools import partial
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
from scipy.stats import rv_continuous, rv_discrete

from ._data import as_text, describe_data, qualified_name
from ._functions import digest, is_importable, source_of
from ._objects import params_of, requests_of, state_of, text_of

# Longer texts and lists are replaced by a digest.
MAX_TEXT = 200
MAX_ITEMS = 50

# Deeper, or after so many objects of classes unknown to us, only the class is named: such an
# object may hold a whole program. A pipeline of ten steps has twenty objects, six deep.
MAX_DEPTH = 20
MAX_OBJECTS = 10_000

RANDOM = (np.random.RandomState, np.random.Generator, np.random.BitGenerator, random.Random)

# Fully described by their repr.
DESCRIBED_BY_REPR = (
    complex,
    range,
    slice,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    datetime.tzinfo,
    decimal.Decimal,
    fractions.Fraction,
    pathlib.PurePath,
    uuid.UUID,
    np.dtype,
)


def describe(value: Any) -> Any:
    """Describe an object, to compare it with another session's.

    Parameters
    ----------
    value : object
        Anything. Estimators are described by class and parameters, functions by name and
        source, data by shape and digest, generators of random numbers without their state.

    Returns
    -------
    object
        What JSON can hold. Equal, as text, for objects that mean the same; never with an address
        in memory.
    """
    return _Walk().describe(value)


class _Walk:
    """One description; remembers the path to the present object, so that cycles end."""

    def __init__(self) -> None:
        self._path: list[int] = []
        self._n_objects = 0

    def describe(self, value: Any) -> Any:
        if value is None or type(value) in (bool, int, float):
            return value
        if type(value) is str:
            return value if len(value) <= MAX_TEXT else {"text": len(value), "digest": _of(value)}
        if isinstance(value, type):
            return {"class": qualified_name(value)}
        if id(value) in self._path:
            return {"cycle": qualified_name(type(value))}
        if len(self._path) >= MAX_DEPTH:
            return {"object": qualified_name(type(value))}
        self._path.append(id(value))
        try:
            return self._describe(value)
        finally:
            self._path.pop()

    def _describe(self, value: Any) -> Any:
        if isinstance(value, RANDOM):
            # Without its state: it may have been used since, and the journal has what was drawn.
            return {"random": type(value).__name__}
        for describe_kind in (self._scalar, self._function, self._distribution, _data):
            if (described := describe_kind(value)) is not None:
                return described
        if isinstance(value, list | tuple | Mapping | Set):
            return self._container(value)
        if isinstance(value, Iterator):
            return {"iterable": qualified_name(type(value))}
        return self._object(value)

    def _scalar(self, value: Any) -> dict[str, Any] | Any:
        """Numbers, texts and other small values."""
        if isinstance(value, Enum):
            return {"enum": f"{qualified_name(type(value))}.{value.name}"}
        if isinstance(value, np.bool_ | np.number | np.str_):
            plain = value.item()
            return plain if type(plain) in (bool, int, float, str) else {"number": repr(plain)}
        if isinstance(value, bytes | bytearray):
            return {"bytes": len(value), "digest": digest(value)}
        if isinstance(value, np.generic):
            return {"scalar": str(value.dtype), "text": str(value)}
        if isinstance(value, DESCRIBED_BY_REPR):
            return {"value": qualified_name(type(value)), "text": text_of(value)}
        for kind in (int, float, str):
            if isinstance(value, kind):
                # The subclass may have another repr.
                return {"value": qualified_name(type(value)), "text": kind.__repr__(value)}
        return None

    def _function(self, value: Any) -> dict[str, Any] | None:
        if isinstance(value, partial):
            parts = {"partial": value.func, "args": value.args, "keywords": value.keywords}
            return self._named(parts)
        if isinstance(value, MethodType):
            inner = self.describe(value.__func__)
            return {"method": inner, "self": self.describe(value.__self__)}
        if isinstance(value, ModuleType):
            return {"module": value.__name__}
        if isinstance(value, FunctionType):
            return self._python_function(value)
        if callable(value) and isinstance(getattr(value, "__name__", None), str):
            return self._named_callable(value)
        return None

    def _named_callable(self, value: Any) -> dict[str, Any]:
        """A function that is not written in Python, or an object that wraps one."""
        name = getattr(value, "__qualname__", value.__name__)
        module = getattr(value, "__module__", None)
        described: dict[str, Any] = {"function": f"{module}.{name}"}
        owner = getattr(value, "__self__", getattr(value, "__objclass__", None))
        if owner is not None and not isinstance(owner, ModuleType):
            described["self"] = self.describe(owner)
        if isinstance(state := state_of(value), dict):
            described["state"] = self._named(state)
        return described

    def _python_function(self, function: FunctionType) -> dict[str, Any]:
        described: dict[str, Any] = {
            "function": qualified_name(function),
            "source": source_of(function, lambda constant: as_text(self.describe(constant))),
        }
        if is_importable(function, sys.modules.get(function.__module__)):
            return described
        # A function may have made many of these; closure and defaults tell them apart.
        if function.__closure__:
            names = function.__code__.co_freevars
            cells = zip(names, function.__closure__, strict=True)
            described["closure"] = {name: self._cell(cell) for name, cell in cells}
        if function.__defaults__ or function.__kwdefaults__:
            defaults = [function.__defaults__, function.__kwdefaults__]
            described["defaults"] = [self.describe(values) for values in defaults]
        return described

    def _cell(self, cell: Any) -> Any:
        try:
            contents = cell.cell_contents
        except ValueError:  # not filled yet
            return {"empty": True}
        return self.describe(contents)

    def _distribution(self, value: Any) -> dict[str, Any] | None:
        """A distribution of scipy, frozen or not, without its random state."""
        if all(hasattr(value, method) for method in ("icdf", "support", "sample")):
            # A random variable by its text: its attributes cache what it has computed.
            return {"random variable": qualified_name(type(value)), "text": text_of(value)}
        generic = getattr(value, "dist", value)
        if not isinstance(generic, rv_continuous | rv_discrete):
            return None
        described = {"distribution": generic.name, "class": qualified_name(type(generic))}
        if generic is not value:
            described["args"] = self.describe(list(value.args))
            described["kwds"] = self.describe(dict(value.kwds))
            described["support"] = self.describe([np.asarray(e).tolist() for e in value.support()])
        else:
            described["support"] = self.describe([generic.a, generic.b])
        if hasattr(generic, "xk"):
            described["values"] = self.describe([np.asarray(generic.xk), np.asarray(generic.pk)])
        return described

    def _container(self, value: Any) -> Any:
        described: Any
        if isinstance(value, Mapping):
            described = self._mapping(value)
        elif isinstance(value, Set):
            items = sorted((self.describe(item) for item in value), key=as_text)
            described = {"set": _shortened(items)}
        else:
            described = _shortened([self.describe(item) for item in value])
            if isinstance(value, tuple):
                described = {"tuple": described}
        if type(value).__module__ == "builtins":
            return described
        return {"class": qualified_name(type(value)), "items": described}

    def _mapping(self, value: Mapping[Any, Any]) -> dict[str, Any]:
        if all(type(key) is str for key in value):
            return {"dict": {key: self.describe(item) for key, item in value.items()}}
        pairs = ([self.describe(key), self.describe(item)] for key, item in value.items())
        return {"pairs": sorted(pairs, key=as_text)}

    def _object(self, value: Any) -> dict[str, Any]:
        """An estimator, or an object of a class that we do not know."""
        name = qualified_name(type(value))
        self._n_objects += 1
        if self._n_objects > MAX_OBJECTS:
            return {"object": name}
        if (params := params_of(value)) is not None:
            more = {"requests": text_of(requests)} if (requests := requests_of(value)) else {}
            return {"estimator": name, "params": self._named(params), **self._named(more)}
        state = state_of(value)
        if isinstance(state, dict):
            return {"object": name, "state": self._named(state)}
        if state is not None:
            return {"object": name, "state": self.describe(state)}
        if hasattr(value, "__array__") and hasattr(value, "shape"):
            # A tensor, whose text is shortened.
            return {"object": name, "array": self.describe(np.asarray(value))}
        return {"object": name, "text": self.describe(text_of(value))}

    def _named(self, items: Mapping[str, Any]) -> dict[str, Any]:
        return {str(key): self.describe(item) for key, item in items.items()}


def _data(value: Any) -> dict[str, Any] | None:
    """Description of data, by its length if it cannot be read; None for anything else."""
    try:
        # A description for each element: there may be more of them than MAX_OBJECTS.
        return describe_data(value, describe)
    except Exception:  # code of others, mostly of data frames
        n_samples = len(value) if hasattr(value, "__len__") else None
        return {"data": qualified_name(type(value)), "length": n_samples}


def _of(text: str) -> str:
    """Digest of a text, which may have lone surrogates."""
    return digest(text.encode("utf-8", "surrogatepass"))


def _shortened(items: list[Any]) -> Any:
    """The list, or length and digest of a long one."""
    if len(items) <= MAX_ITEMS:
        return items
    return {"length": len(items), "digest": digest(as_text(items).encode())}
