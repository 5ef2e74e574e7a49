"""What a compiled training step depends on, and what may vary without compiling it anew.

TensorFlow compiles ("traces") a training step for a model with its optimizer, loss and metrics.
Weights are variables, so they may change; so may the learning rate, the rates of dropout and
all seeds once they are variables too. Models that agree in everything else share one step.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras

from ._augmentation import RandomAffine, without_ranges

# Layers whose rate may vary.
DROPOUTS = (
    keras.layers.Dropout,
    keras.layers.SpatialDropout1D,
    keras.layers.SpatialDropout2D,
    keras.layers.SpatialDropout3D,
)
_DROPOUT_NAMES = {layer.__name__ for layer in DROPOUTS}
_AUGMENTATION_NAME = keras.saving.get_registered_name(RandomAffine)


@dataclass(frozen=True, slots=True)
class Architecture:
    """A model without weights, seeds, dropout rates, ranges of augmentation and learning rate.

    Parameters
    ----------
    key : tuple
        Equal for models that can share a compiled step.
    config : dict
        From which Keras makes a twin of the model.
    """

    key: tuple[Any, ...]
    config: dict[str, Any]


def describe(model: keras.Model) -> Architecture | None:
    """Return the architecture of a compiled model, or None if it can share nothing.

    Only what Keras itself or a class registered with it says of a model is trusted to be the
    whole truth. Code of the user that is not registered may depend on anything.
    """
    if not type(model).__module__.startswith("keras.") or model.run_eagerly:
        return None
    if model.distribute_strategy.num_replicas_in_sync > 1:
        return None
    foreign: list[Any] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a lambda is refused below
            config = keras.saving.serialize_keras_object(model)
        config = _without_what_varies(config, foreign)
        text = json.dumps(config, sort_keys=True)
    except (NotImplementedError, TypeError, ValueError, _CannotShareError):
        return None
    return Architecture((text, *foreign), config)


class _CannotShareError(Exception):
    """The model has a part whose configuration does not tell all."""


def _without_what_varies(node: Any, foreign: list[Any]) -> Any:
    """Return a copy of a part of a configuration; note the registered classes it names."""
    if isinstance(node, list | tuple):
        return [_without_what_varies(part, foreign) for part in node]
    if not isinstance(node, Mapping):
        return node
    copy = {name: _without_what_varies(part, foreign) for name, part in node.items()}
    if "seed" in copy:
        copy["seed"] = None
    if "class_name" in copy:
        _check_origin(copy, foreign)
        _fix_rates(copy)
    return copy


def _check_origin(node: Mapping[str, Any], foreign: list[Any]) -> None:
    """Refuse code that Keras does not know; note what it was told of."""
    name = node["class_name"]
    if name in ("Lambda", "__lambda__"):
        raise _CannotShareError
    if name.startswith("__") or str(node.get("module")).startswith("keras"):
        return
    registered = node["config"] if name == "function" else node.get("registered_name")
    # The object itself, not its name: a cell of a notebook may register another one.
    thing = keras.saving.get_registered_object(registered)
    if thing is None:
        raise _CannotShareError
    foreign.append(thing)


def _fix_rates(node: dict[str, Any]) -> None:
    """Set the rate of dropout, or of learning, and the like to numbers that all have in common."""
    config = node["config"]
    if node.get("registered_name") == _AUGMENTATION_NAME:
        node["config"] = without_ranges(config)
    module = str(node.get("module"))
    if node["class_name"] in _DROPOUT_NAMES and module == "keras.layers":
        if config["rate"] >= 1 or config.get("noise_shape"):
            raise _CannotShareError  # Keras has branches of its own for them
        config["rate"] = 0.5
    elif module == "keras.optimizers" and isinstance(config.get("learning_rate"), float):
        config["learning_rate"] = 0.5
