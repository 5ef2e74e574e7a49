"""Tell whether two objects behave the same, by all that they hold, not by their configuration.

An object is followed through its attributes, a function through its code, its closure and the
globals that it reads. An object that cannot be followed completely is refused, never taken for
equal.
"""

from __future__ import annotations

import dis
import enum
import functools
import hashlib
import inspect
import re
import sys
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

# Packages whose functions and classes are compared by identity only.
_LIBRARIES = frozenset(
    {"keras", "keras_hub", "keras_nlp", "keras_cv", "tensorflow", "numpy", "scipy", "sktune"}
    | {"builtins", "math", "cmath", "operator", "functools", "itertools", "collections", "typing"}
    | {"abc", "enum", "dataclasses", "types", "inspect", "re", "copy", "contextlib", "warnings"}
    | {"_operator", "_functools", "_collections", "__future__", "annotationlib"}
)
# Functions that read state that cannot be seen here: files, clocks, names made at run time.
_UNSEEN = frozenset(
    {"eval", "exec", "open", "input", "globals", "locals", "vars", "compile", "__import__"}
)
_PLAIN = frozenset({type(None), bool, int, str, bytes, complex, type(...), type(NotImplemented)})
_OF_EVERY_CLASS = frozenset(
    {"__dict__", "__weakref__", "__doc__", "__module__", "__qualname__", "__annotations__"}
    | {"__abstractmethods__", "_abc_impl", "__firstlineno__", "__static_attributes__"}
    | {"__annotate_func__", "__annotations_cache__"}
)
# Far more than a network of a hundred layers needs; takes a fraction of a second.
_MAX_PARTS = 200_000


class UnknownIdentityError(Exception):
    """The behaviour of a part cannot be determined."""


class IdentityWalk:
    """Follows an object; ``key()`` is equal for objects that behave the same.

    A subclass handles the classes of a package in ``visit``.
    """

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._things: list[Any] = []  # compared by identity
        self._seen: dict[int, int] = {}
        self._alive: list[Any] = []  # kept alive so that no id is reused

    def key(self) -> tuple[Any, ...]:
        """Return the key of everything followed so far."""
        text = "\0".join(self._texts)
        return (hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest(), *self._things)

    def visit(self, value: Any) -> bool:
        """Follow an object of a known class; return whether its class is known."""
        return False

    def note(self, *parts: Any) -> None:
        """Add plain values by their repr."""
        self._texts.extend(map(repr, parts))
        if len(self._texts) > _MAX_PARTS:
            raise UnknownIdentityError("there is too much to compare")

    def same(self, thing: Any) -> None:
        """Add an object that is equal only to itself."""
        self._things.append(thing)
        self.note(type(thing).__name__)

    def follow(self, value: Any) -> None:
        """Add an object with all that it holds."""
        kind = type(value)
        if kind in _PLAIN:
            self.note(kind.__name__, value)
        elif kind is float:
            self.note(value.hex())
        elif kind is tuple:
            self._follow_all("tuple", value)
        elif self._is_new(value) and not self.visit(value):
            self._follow_object(value)

    def follow_attributes(self, value: Any, without: Iterable[str] = ()) -> None:
        """Add an object's class and attributes."""
        self.follow(type(value))
        for name, attribute in sorted(_attributes(value).items()):
            if name not in without:
                self.note(name)
                self.follow(attribute)

    def _is_new(self, value: Any) -> bool:
        """Tell whether an object is met for the first time; else note where it was met."""
        place = self._seen.setdefault(id(value), len(self._seen))
        if place < len(self._alive):
            self.note("again", place)
            return False
        self._alive.append(value)
        return True

    def _follow_all(self, name: str, values: Iterable[Any]) -> None:
        values = list(values)
        self.note(name, len(values))
        for value in values:
            self.follow(value)

    def _follow_object(self, value: Any) -> None:
        """Add an object of a type of Python or NumPy, or a plain object."""
        for kinds, follow in _FOLLOWERS:
            if isinstance(value, kinds):
                follow(self, value)
                return
        if not _shows_itself(type(value)):
            raise UnknownIdentityError(f"{type(value)!r} does not show what it holds")
        self.follow_attributes(value)

    def _follow_function(self, function: types.FunctionType) -> None:
        cells = function.__closure__ or ()
        if is_of_library(function):
            if not cells:
                self.same(function)
                return
        else:
            self._follow_globals(function)
        self.same(function.__code__)
        self._follow_all("defaults", function.__defaults__ or ())
        self._follow_mapping(function.__kwdefaults__ or {})
        self._follow_mapping({k: v for k, v in vars(function).items() if k != "__wrapped__"})
        self.note("cells")
        for cell in cells:
            try:
                self.follow(cell.cell_contents)
            except ValueError:
                self.note("empty")

    def _follow_globals(self, function: types.FunctionType) -> None:
        names, attributes, modules = _names(function.__code__)
        for module in modules:
            self._check_module(module)
        for name in names:
            if name in function.__globals__:
                self.note(name)
                value = function.__globals__[name]
                if isinstance(value, types.ModuleType):
                    self._follow_module(value, attributes)
                else:
                    self.follow(value)
            elif name in _UNSEEN:
                raise UnknownIdentityError(f"{function!r} calls {name}")

    def _follow_module(self, module: types.ModuleType, attributes: Iterable[str]) -> None:
        """Add the attributes of a module that a function may read."""
        self._check_module(module.__name__)
        if module.__name__.startswith("numpy") and "random" in (*attributes, module.__name__[6:]):
            raise UnknownIdentityError("random numbers of NumPy are drawn")
        if module.__name__.partition(".")[0] in _LIBRARIES:
            self.same(module)
            return
        self.note("module", module.__name__)
        for name in attributes:
            if name in vars(module):
                value = vars(module)[name]
                self.note(name)
                if isinstance(value, types.ModuleType):
                    self._follow_module(value, attributes)
                else:
                    self.follow(value)

    def _check_module(self, name: str) -> None:
        root = name.partition(".")[0]
        if root in sys.stdlib_module_names and root not in _LIBRARIES and root != "__main__":
            raise UnknownIdentityError(f"module {name} is read")

    def _follow_class(self, cls: type) -> None:
        if is_of_library(cls):
            self.same(cls)
            return
        self.note("class", cls.__module__, cls.__qualname__)
        self._follow_all("bases", cls.__bases__)
        own = {k: v for k, v in vars(cls).items() if k not in _OF_EVERY_CLASS}
        self._follow_mapping(own)

    def _follow_mapping(self, mapping: Mapping[Any, Any]) -> None:
        self.note("mapping", len(mapping))
        for name, value in mapping.items():
            self.follow(name)
            self.follow(value)

    def _follow_set(self, values: Any) -> None:
        if not all(type(value) in _PLAIN for value in values):
            raise UnknownIdentityError("a set holds objects in no order")
        self._follow_all("set", sorted(values, key=repr))

    def _follow_array(self, array: np.ndarray) -> None:
        self.note(str(array.dtype), array.shape)
        if array.dtype.hasobject:
            self._follow_all("objects", array.ravel().tolist())
        else:
            self.note(hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest())

    def _follow_method(self, method: Any) -> None:
        self.note(method.__name__)
        self.follow(method.__func__)
        self.follow(method.__self__)

    def _follow_builtin(self, function: Any) -> None:
        owner = getattr(function, "__self__", None)
        if owner is None or isinstance(owner, types.ModuleType):
            if not is_of_library(function):
                raise UnknownIdentityError(f"{function!r} is compiled code")
            self.same(function)
        else:
            self.note(function.__name__)
            self.follow(owner)

    def _follow_partial(self, partial: Any) -> None:
        self._follow_all("partial", (partial.func, partial.args, partial.keywords))

    def _follow_property(self, value: Any) -> None:
        self._follow_all("property", (value.fget, value.fset, value.fdel))

    def _follow_wrapper(self, value: Any) -> None:
        self._follow_all(type(value).__name__, (value.__func__,))

    def _follow_enum(self, value: Any) -> None:
        self.follow(type(value))
        self.note(value.name)

    def _follow_pattern(self, value: re.Pattern[Any]) -> None:
        self.note("pattern", value.pattern, value.flags)

    def _follow_container(self, value: Any) -> None:
        """Add a list, dict or set, and the attributes that a class of the user adds to it."""
        if isinstance(value, dict):
            self._follow_mapping(value)
        elif isinstance(value, set | frozenset):
            self._follow_set(value)
        else:
            self._follow_all("list", value)
        if not is_of_library(type(value)):
            self.follow_attributes(value)

    def _follow_number(self, value: Any) -> None:
        self.note(type(value).__name__, value.dtype.str, value.tobytes())


_Follower = Callable[[Any, Any], None]
_FOLLOWERS: list[tuple[Any, _Follower]] = [
    (types.FunctionType, IdentityWalk._follow_function),
    (type, IdentityWalk._follow_class),
    (types.MethodType, IdentityWalk._follow_method),
    ((types.BuiltinFunctionType, np.ufunc), IdentityWalk._follow_builtin),
    (types.ModuleType, lambda walk, module: walk._follow_module(module, ())),
    ((list, dict, set, frozenset, tuple), IdentityWalk._follow_container),
    (np.ndarray, IdentityWalk._follow_array),
    (np.generic, IdentityWalk._follow_number),
    (np.dtype, lambda walk, value: walk.note(value.str)),
    (functools.partial, IdentityWalk._follow_partial),
    (property, IdentityWalk._follow_property),
    ((staticmethod, classmethod), IdentityWalk._follow_wrapper),
    (enum.Enum, IdentityWalk._follow_enum),
    (re.Pattern, IdentityWalk._follow_pattern),
    ((inspect.Signature, range, slice), lambda walk, value: walk.note(value)),
]


def is_of_library(thing: Any) -> bool:
    """Tell whether a function or class comes from a known package."""
    # A decorated function copies the __module__ of the wrapped one, but not its globals.
    names = getattr(thing, "__globals__", {}) if isinstance(thing, types.FunctionType) else {}
    module = names.get("__name__", getattr(thing, "__module__", None))
    return str(module).partition(".")[0] in _LIBRARIES


def _shows_itself(cls: type) -> bool:
    """Tell whether attributes are all that an object holds, which fails for compiled types."""
    if cls is object:
        return True
    is_made_by_python = isinstance(cls.__new__, types.FunctionType) or cls.__new__ is object.__new__
    has_attributes = cls.__dictoffset__ or any("__slots__" in vars(base) for base in cls.__mro__)
    return bool(is_made_by_python and has_attributes and cls.__module__[:10] != "tensorflow")


def _attributes(value: Any) -> dict[str, Any]:
    """Return the attributes of an object, those in slots included."""
    found = dict(getattr(value, "__dict__", {}))
    for cls in type(value).__mro__:
        slots = vars(cls).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                found[name] = getattr(value, name)
    return found


@functools.lru_cache(maxsize=1024)
def _names(code: types.CodeType) -> tuple[list[str], list[str], list[str]]:
    """Return the globals, attributes and modules that code reads, inner functions included."""
    found: tuple[set[str], set[str], set[str]] = (set(), set(), set())
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            found[0].add(step.argval)
        elif step.opname == "IMPORT_NAME":
            found[2].add(step.argval)
    found[1].update(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            for names, inner in zip(found, _names(constant), strict=True):
                names.update(inner)
    return sorted(found[0]), sorted(found[1]), sorted(found[2])
