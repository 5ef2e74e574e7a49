"""Make objects of Keras from the value of a parameter and the arguments routed to it.

A parameter holds a name, a class, an instance, or a list or dict of them. In lists and dicts, each
item has its own arguments by place or key, ``metrics__0__threshold``; arguments without one go to
all items.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import keras

from ._programs._parts import copy_part


def arguments_for(route: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that begin with a route and two underscores, without both."""
    prefix = f"{route}__"
    return {k.removeprefix(prefix): v for k, v in params.items() if k.startswith(prefix)}


def assemble(
    item: Any, arguments: Mapping[str, Any], *, route: str, module: ModuleType | None = None
) -> Any:
    """Return an object with its arguments, or a list or dict of such objects.

    A name of ``module`` stays a name if it has no arguments; a class becomes an instance;
    an instance is copied, or made anew from its configuration if it has arguments.
    """
    if isinstance(item, list | tuple | Mapping):
        keys = list(item) if isinstance(item, Mapping) else range(len(item))
        shared = {name: value for name, value in arguments.items() if "__" not in name}
        made = {
            key: assemble(
                item[key],
                {**shared, **arguments_for(str(key), arguments)},
                route=f"{route}__{key}",
                module=module,
            )
            for key in keys
        }
        return made if isinstance(item, Mapping) else list(made.values())
    if isinstance(item, str) and module is not None and arguments:
        item = _class_of(item, module)
    if inspect.isclass(item):
        return _instance_of(item, arguments, route)
    if not arguments:
        return copy_part(item)
    if not hasattr(item, "get_config"):
        names = ", ".join(f"{route}__{name}" for name in arguments)
        raise TypeError(
            f"{names} cannot be given to {item!r}, which has been made already: give its class "
            "instead."
        )
    return _instance_of(type(item), {**item.get_config(), **arguments}, route, is_config=True)


def same_loss(one: Any, other: Any) -> bool:
    """Tell whether two losses, by name, class, function or instance, are the same."""
    one, other = (
        keras.losses.get(loss) if isinstance(loss, str) else loss for loss in (one, other)
    )
    if one is other:
        return True
    names = {_plain_name(getattr(loss, "__name__", type(loss).__name__)) for loss in (one, other)}
    return len(names) == 1


def _instance_of(
    cls: type, arguments: Mapping[str, Any], route: str, *, is_config: bool = False
) -> Any:
    """Return an instance of a class; arguments that are classes are made instances, too."""
    values = {name: value for name, value in arguments.items() if "__" not in name}
    for name in arguments:
        if name.split("__")[0] not in values:
            raise TypeError(
                f"{route}__{name} has no object to go to: also give "
                f"{route}__{name.split('__')[0]}, a class."
            )
    for name, value in values.items():
        inner = arguments_for(name, arguments)
        if inner or inspect.isclass(value):
            values[name] = assemble(value, inner, route=f"{route}__{name}")
    if is_config:
        return cls.from_config(values)  # type: ignore[attr-defined]
    positional = [values[name] for name in sorted(filter(str.isdigit, values), key=int)]
    return cls(*positional, **{k: v for k, v in values.items() if not k.isdigit()})


def _class_of(name: str, module: ModuleType) -> type:
    """Return the class that a name or an alias, such as "mse", stands for in a module of Keras."""
    classes = {
        _plain_name(public): thing
        for public, thing in vars(module).items()
        if inspect.isclass(thing)
    }
    if _plain_name(name) in classes:
        return classes[_plain_name(name)]
    found = module.get(name)  # an alias; raises for names that Keras does not know
    alias = _plain_name(getattr(found, "__name__", type(found).__name__))
    if alias not in classes:
        raise TypeError(f"{name!r} takes no arguments: {module.__name__} has no such class.")
    return classes[alias]


def _plain_name(name: str) -> str:
    return name.replace("_", "").lower()
