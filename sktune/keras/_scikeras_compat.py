"""All that sktune takes from scikeras: calling a model function and compiling its model.

scikeras 0.13 is no longer maintained and its estimators do not follow scikit-learn 1.6 and
later, so none of them is used. To replace it altogether, rewrite this file.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Mapping
from typing import Any

import keras

from sktune._optional import require


def _import_scikeras_without_its_patches() -> None:
    """Import scikeras, and give back to Keras the methods that it replaces.

    scikeras puts its own ``__reduce__`` and ``__deepcopy__`` into Keras's classes when it is
    imported. Keras 3 pickles and copies all of them by itself, and other code in the process
    should find Keras as it is. Where scikeras is loaded already, somebody else may rely on
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

from scikeras._utils import (  # noqa: E402
    accepts_kwargs,
    get_loss_class_function_or_string,
    get_metric_class,
    get_optimizer_class,
    has_param,
    try_to_convert_strings_to_classes,
    unflatten_params,
)


def make_optimizer(optimizer: Any, arguments: Mapping[str, Any]) -> keras.optimizers.Optimizer:
    """Return a new optimizer from a name, a class, or an instance, which is copied."""
    optimizer = try_to_convert_strings_to_classes(optimizer, get_optimizer_class)
    return unflatten_params(items=copy.deepcopy(optimizer), params=dict(arguments))


def call_model_function(
    function: Callable[..., keras.Model],
    arguments: Mapping[str, Any],
    meta: Mapping[str, Any],
    *,
    optimizer: Any,
    optimizer_arguments: Mapping[str, Any],
    loss: Any,
    metrics: Any,
) -> keras.Model:
    """Call a model function and compile what it returns, unless it did so itself.

    ``meta`` and ``compile_kwargs`` are passed to a function that takes them.
    """
    compile_kwargs = {
        "optimizer": make_optimizer(optimizer, optimizer_arguments),
        # Not copied: a loss has no state, and Keras copies no class that is not registered.
        "loss": try_to_convert_strings_to_classes(loss, get_loss_class_function_or_string),
        "metrics": try_to_convert_strings_to_classes(copy.deepcopy(metrics), get_metric_class),
    }
    offered = {"meta": dict(meta), "compile_kwargs": compile_kwargs}
    taken = {name: value for name, value in offered.items() if _takes(function, name)}
    model = function(**arguments, **taken)
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"The model function must return a keras.Model, got {type(model).__name__}."
        )
    if model.compiled and "compile_kwargs" not in taken:
        ignored = [f"optimizer__{name}" for name in optimizer_arguments]
        ignored += ["loss"] * (loss is not None) + ["metrics"] * (metrics is not None)
        if ignored:
            raise ValueError(
                f"{', '.join(ignored)} would have no effect: the model function compiles its "
                "model by itself. Let it take an argument compile_kwargs and call "
                "model.compile(**compile_kwargs), or leave the compiling to the estimator."
            )
    if not model.compiled:
        if loss is None:
            raise ValueError(
                "The model function returned a model that is not compiled: give loss=, or "
                "compile it in the function."
            )
        model.compile(**compile_kwargs)
    return model


def _takes(function: Callable[..., Any], name: str) -> bool:
    return has_param(function, name) or accepts_kwargs(function)
