"""Everything that sktune uses of scikeras: call a model function and compile its model.

scikeras 0.13 is no longer maintained and its estimators do not follow scikit-learn 1.6 and
later, so none of them is used. To replace it altogether, rewrite this file.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras

from sktune._optional import require


def _import_scikeras_without_its_patches() -> None:
    """Import scikeras, and restore the methods of Keras that it replaces.

    scikeras puts its own ``__reduce__`` and ``__deepcopy__`` into Keras's classes when it is
    imported. Keras 3 pickles and copies all of them by itself, and other code in the process
    should find Keras as it is. If scikeras is loaded already, other code may rely on
    its methods; they do no harm here and are left.
    """
    if "scikeras" in sys.modules:
        return
    classes = (
        keras.Model,
        keras.losses.Loss,
        keras.metrics.Metric,
        keras.optimizers.Optimizer,
    )
    names = ("__reduce__", "__deepcopy__")
    own = {(cls, name): vars(cls).get(name) for cls in classes for name in names}
    require("scikeras", extra="keras", caller="sktune.keras")
    for (cls, name), method in own.items():
        if method is not None:
            setattr(cls, name, method)
        elif name in vars(cls):
            delattr(cls, name)  # it was inherited


_import_scikeras_without_its_patches()

from scikeras._utils import accepts_kwargs, has_param  # noqa: E402

from ._assemble import assemble, same_loss  # noqa: E402


def make_optimizer(optimizer: Any, arguments: Mapping[str, Any]) -> keras.optimizers.Optimizer:
    """Return a new optimizer from a name, a class, or an instance, which is copied.

    With a name, arguments that are None are left out: a search sets those to None that the
    optimizer it has chosen does not take.
    """
    if isinstance(optimizer, str):
        arguments = {name: value for name, value in arguments.items() if value is not None}
    made = assemble(optimizer, arguments, route="optimizer", module=keras.optimizers)
    return keras.optimizers.get(made)


def call_model_function(
    function: Callable[..., keras.Model],
    arguments: Mapping[str, Any],
    offered: Mapping[str, Any],
    compile_kwargs: Mapping[str, Any],
    given: Sequence[str],
) -> keras.Model:
    """Call a model function and compile its model, unless the function did so.

    ``offered``, and ``compile_kwargs`` as an argument of that name, are passed to a function that
    takes them; ``given`` names the user's parameters that are only in ``compile_kwargs``.
    """
    offered = {**offered, "compile_kwargs": dict(compile_kwargs)}
    taken = {name: value for name, value in offered.items() if takes(function, name)}
    model = function(**arguments, **taken)
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"The model function must return a keras.Model, got {type(model).__name__}."
        )
    if model.compiled and "compile_kwargs" not in taken:
        is_told_twice = "loss" in given and same_loss(model.loss, compile_kwargs["loss"])
        ignored = [name for name in given if not (name == "loss" and is_told_twice)]
        if ignored:
            raise ValueError(
                f"{', '.join(ignored)} would have no effect: the model function compiles its "
                "model by itself. Let it take an argument compile_kwargs and call "
                "model.compile(**compile_kwargs), or let the estimator compile the model."
            )
    if not model.compiled:
        if compile_kwargs["loss"] is None:
            raise ValueError(
                "The model function returned a model that is not compiled: give loss=, or "
                "compile it in the function."
            )
        model.compile(**compile_kwargs)
    return model


def takes(function: Callable[..., Any], name: str) -> bool:
    """Tell whether a function accepts an argument of this name."""
    return has_param(function, name) or accepts_kwargs(function)
