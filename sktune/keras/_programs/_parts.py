"""Copies of models, losses, metrics and optimizers, for each fit and for other processes.

Keras copies and pickles them by their configuration, which is not complete: it lacks what was set
after a layer was made, which of two functions of one name is meant, and
``exclude_from_weight_decay``. Here, whatever differs after such a copy is carried over.

Private names of Keras, checked with 3.15.1: reading a model from a saved one, all layers of a
model, what it was compiled with, an optimizer's key of a variable.
"""

from __future__ import annotations

import copy
import inspect
import io
import pickle
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

import keras
import numpy as np
from keras.src.ops.node import Node
from keras.src.saving import saving_lib

from sktune._joblib_compat import cloudpickle

from .._training._seeding import seeded
from ._architecture import BOOKKEEPING, EXCLUDED, EXCLUDED_CACHE, OF_TRAINING
from ._identity import IdentityWalk, UnknownIdentityError, is_of_library

# A function and arguments that make a copy.
_Recipe = tuple[Callable[..., Any], tuple[Any, ...]]
_PARTS = (keras.Model, keras.optimizers.Optimizer, keras.losses.Loss, keras.metrics.Metric)
# Attributes that a copy makes for itself: layers, variables, and tables of them by their ids.
_OWN = (
    *_PARTS,
    keras.layers.Layer,
    keras.Variable,
    keras.KerasTensor,
    keras.random.SeedGenerator,
    Node,
)
_NOT_CARRIED = BOOKKEEPING | OF_TRAINING | {EXCLUDED_CACHE, "_trainable_variables_indices"}


def copy_part(part: Any) -> Any:
    """Copy a model, loss, metric or optimizer, also inside a list or dict."""
    if isinstance(part, dict):
        return {name: copy_part(value) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [copy_part(value) for value in part]
    if not isinstance(part, _PARTS):
        return copy.deepcopy(part)
    make, arguments = _recipe(part)
    copied = make(*arguments)
    _carry_over(copied, _differences(part, copied))
    return copied


def holds_part(value: Any) -> bool:
    """Tell whether a parameter is or contains a model, loss, metric or optimizer."""
    if isinstance(value, dict):
        return any(map(holds_part, value.values()))
    if isinstance(value, list | tuple):
        return any(map(holds_part, value))
    return isinstance(value, _PARTS)


def pack(value: Any) -> Any:
    """Wrap a parameter so that it can be pickled; it is loaded as the parameter itself."""
    if not holds_part(value):
        return value
    if isinstance(value, dict):
        return {name: pack(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(pack, value))
    return _Packed(value)


def unpack(value: Any) -> Any:
    """Undo `pack` if the parameter was not pickled, as by ``copy.copy``."""
    if isinstance(value, _Packed):
        return value.part
    if type(value) is dict:
        return {name: unpack(part) for name, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(unpack, value))
    return value


class _Packed:
    """A model, loss, metric or optimizer while it is pickled."""

    def __init__(self, part: Any) -> None:
        self.part = part

    def __reduce__(self) -> _Recipe:
        try:
            make, arguments = _recipe(self.part)
            differences = _differences(self.part, make(*arguments))
            return _unpack, (cloudpickle.dumps((make, pack(arguments), differences)),)
        except Exception as error:  # of Keras, of any kind
            name = type(self.part).__name__
            raise pickle.PicklingError(f"{name} cannot be pickled: {error}") from error


def _unpack(packed: bytes) -> Any:
    make, arguments, differences = cloudpickle.loads(packed)
    made = make(*arguments)
    _carry_over(made, differences)
    return made


def _recipe(part: Any) -> _Recipe:
    """Return a function and arguments that make a copy from the configuration."""
    if isinstance(part, keras.losses.Loss):  # it has attributes only, no variables
        return _make_loss, (type(part), dict(vars(part)))
    if not isinstance(part, keras.Model):
        return _from_config, (type(part), _plain(part.get_config()), _own_code([part]))
    code = _own_code(part._flatten_layers())
    # A class with its own `compile` is left to use it.
    is_plain = part.compiled and type(part).compile is keras.Model.compile
    compiled = _compiling_of(part) if is_plain else None
    with seeded(0), _saveable(part, code, is_plain):
        saved = part.__reduce__()[1][0].getvalue()
    return _load, (saved, code, compiled)


def _make_loss(cls: type, attributes: dict[str, Any]) -> Any:
    made: Any = object.__new__(cls)
    vars(made).update(attributes)
    return made


def _from_config(cls: Any, config: dict[str, Any], code: dict[str, Any]) -> Any:
    with keras.saving.custom_object_scope(code):
        return cls.from_config(copy.deepcopy(config))  # some remove parts of it


def _load(saved: bytes, code: dict[str, Any], compiled: _Compiling | None) -> keras.Model:
    """Load a model from Keras's own format; ``compiled`` None: compile it as saved there."""
    with seeded(0):
        model = saving_lib._load_model_from_fileobj(
            io.BytesIO(saved), custom_objects=code, compile=compiled is None, safe_mode=False
        )
        if compiled is not None:
            compiled.compile(model)
    return model


@contextmanager
def _saveable(model: keras.Model, code: dict[str, Any], is_plain: bool) -> Iterator[None]:
    """Let Keras save a model so that it can be loaded with this code.

    Meanwhile, functions of the user are replaced by copies with unique names: Keras cannot tell
    equal names from its own, and does not load lambdas. What ``compile`` has set is left out.
    """
    changed: list[tuple[dict[str, Any], str, Any]] = []
    for layer in model._flatten_layers():
        own = {k: v for k, v in vars(layer).items() if _is_function(v) and not is_of_library(v)}
        for name, function in own.items():
            if name not in BOOKKEEPING:
                stand_in = _named(function, f"sktune_function_{len(changed)}")
                code[stand_in.__name__] = function
                changed.append((vars(layer), name, function))
                vars(layer)[name] = stand_in
    if is_plain:
        changed.append((vars(model), "optimizer", model.optimizer))
        changed.append((vars(model), "compiled", True))
        vars(model).update(optimizer=None, compiled=False)
    try:
        yield
    finally:
        for attributes, name, value in changed:
            attributes[name] = value


def _named(function: types.FunctionType, name: str) -> types.FunctionType:
    made = types.FunctionType(
        function.__code__,
        function.__globals__,
        name,
        function.__defaults__,
        function.__closure__,
    )
    made.__kwdefaults__ = function.__kwdefaults__
    made.__module__ = "builtins"  # so Keras looks for it among the code passed to it
    return made


@dataclass(frozen=True, slots=True)
class _Compiling:
    """Arguments of ``compile`` and the state of the optimizer; variables by their places."""

    arguments: dict[str, Any]
    optimizer: keras.optimizers.Optimizer
    excluded: list[int]
    trained: list[int] | None  # None: the optimizer has no variables yet
    state: list[np.ndarray]

    def __reduce__(self) -> _Recipe:
        return _Compiling, tuple(pack(getattr(self, field.name)) for field in fields(self))

    def compile(self, model: keras.Model) -> None:
        """Compile a copy of the model."""
        optimizer = copy_part(self.optimizer)
        variables = model.variables
        inner = _innermost(optimizer)
        if hasattr(inner, EXCLUDED):
            keys = {inner._var_key(variables[place]) for place in self.excluded}
            setattr(inner, EXCLUDED, keys)
        model.compile(optimizer, **copy_part(self.arguments))
        if self.trained is not None:
            optimizer.build([variables[place] for place in self.trained])
            for variable, value in zip(optimizer.variables, self.state, strict=True):
                variable.assign(value)


def _compiling_of(model: keras.Model) -> _Compiling:
    arguments = _plain({k: v for k, v in model._compile_config.config.items() if k != "optimizer"})
    optimizer = model.optimizer
    places = {optimizer._var_key(v): place for place, v in enumerate(model.variables)}
    trained = [optimizer._var_key(v) for v in optimizer._trainable_variables]
    return _Compiling(
        arguments,
        optimizer,
        sorted(places[k] for k in getattr(_innermost(optimizer), EXCLUDED, ()) if k in places),
        [places[key] for key in trained] if optimizer.built else None,
        [v.numpy() for v in optimizer.variables] if optimizer.built else [],
    )


def _innermost(optimizer: Any) -> Any:
    """Return the optimizer inside one that scales losses."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def _own_code(holders: Iterable[Any]) -> dict[str, Any]:
    """Return classes and functions of the user by the names that Keras looks up."""
    found = {}
    for holder in holders:
        for thing in (type(holder), *vars(holder).values()):
            thing = thing if inspect.isclass(thing) or _is_function(thing) else type(thing)
            if not is_of_library(thing):
                found[keras.saving.get_registered_name(thing)] = found[thing.__name__] = thing
    return found


def _is_function(thing: Any) -> bool:
    return isinstance(thing, types.FunctionType)


@dataclass(frozen=True, slots=True)
class _Differences:
    """What a copy by configuration lacks: attributes of its pieces, settings of its weights."""

    attributes: list[dict[str, Any]]
    rules: list[tuple[Any, ...]]


def _differences(part: Any, copied: Any) -> _Differences:
    pairs = list(zip(_pieces(part), _pieces(copied), strict=True))
    for one, other in pairs:
        if type(one) is not type(other):
            raise TypeError(f"{type(one).__name__} is copied as {type(other).__name__}.")
    weights = part.variables if isinstance(part, keras.Model) else []
    return _Differences(
        [_beyond(one, other) for one, other in pairs],
        [(v.trainable, v.regularizer, v.constraint) for v in weights],
    )


def _carry_over(copied: Any, differences: _Differences) -> None:
    for piece, attributes in zip(_pieces(copied), differences.attributes, strict=True):
        for name, value in attributes.items():
            setattr(piece, name, value if _is_function(value) else copy.deepcopy(value))
    weights = copied.variables if isinstance(copied, keras.Model) else []
    for variable, (trainable, *rules) in zip(weights, differences.rules, strict=True):
        if variable.trainable != trainable:
            variable.trainable = trainable
        variable.regularizer, variable.constraint = rules


def _pieces(part: Any) -> list[Any]:
    """Return the objects whose attributes are compared with those of a copy."""
    if isinstance(part, keras.Model):
        return list(part._flatten_layers())
    if isinstance(part, keras.losses.Loss):
        return []
    inner = _innermost(part)
    return [part] if inner is part else [part, inner]


def _beyond(part: Any, copied: Any) -> dict[str, Any]:
    """Return the attributes that a copy by configuration lacks, or that differ in it."""
    own = vars(copied)
    return {
        name: _plain(value)
        for name, value in vars(part).items()
        if name not in _NOT_CARRIED
        and not any(isinstance(leaf, _OWN) for leaf in keras.tree.flatten(value))
        and not (name in own and _are_alike(value, own[name]))
    }


def _plain(value: Any) -> Any:
    """Return lists and dicts without the wrappers of Keras and TensorFlow."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value


def _are_alike(one: Any, other: Any) -> bool:
    """Tell whether two attributes are the same, or, if that is unknown, of the same class."""
    try:
        keys = [_key(one), _key(other)]
    except UnknownIdentityError:
        return type(one) is type(other) and not _is_function(one)
    return keys[0] == keys[1]


def _key(value: Any) -> tuple[Any, ...]:
    walk = IdentityWalk()
    walk.follow(value)
    return walk.key()
