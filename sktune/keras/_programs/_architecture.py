"""What a compiled training step depends on, and what may change without recompilation.

TensorFlow compiles ("traces") a training step for a model with its optimizer, loss and metrics.
Weights are variables, so they may change; so may the learning rate, the rates of dropout and
all seeds once they are variables too. Models that agree in everything else share one step.

A model is compared by its own attributes. Its configuration is not complete: it lacks what a
layer has adapted to, what was set after a layer was made, and which of two functions of the
same name is meant.

Private names of Keras, checked with 3.15.1: those below, all layers of a model.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import keras
import tensorflow as tf
from keras.src.backend.common import global_state
from keras.src.backend.common.keras_tensor import KerasTensor
from keras.src.ops.node import Node
from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR
from keras.src.trainers.compile_utils import CompileLoss, CompileMetrics

from .._augmentation import RandomAffine
from ._identity import IdentityWalk, UnknownIdentityError, is_of_library

logger = logging.getLogger(__name__)

# The description of a model.
Key = tuple[Any, ...]

# Layers whose rate may vary.
DROPOUTS = (
    keras.layers.Dropout,
    keras.layers.SpatialDropout1D,
    keras.layers.SpatialDropout2D,
    keras.layers.SpatialDropout3D,
)

# Attributes that do not change a step: how a layer was made, where else it is used, what it keeps
# from its last call, and what Keras and TensorFlow record for saving.
BOOKKEEPING = frozenset(
    {"_tracker", "_tracked", "_lock", "_auto_config", "build", "quantize", "built", "_called"}
    | {"_saved_model_inputs_spec", "_saved_model_arg_spec", "_build_shapes_dict"}
    | {"_inbound_nodes", "_outbound_nodes", "_nodes", "_path", "_parent_path"}
    | {"_losses", "_loss_ids", "_call_signature", "_distribution_strategy"}
    | {"_self_setattr_tracking", "_self_unconditional_checkpoint_dependencies"}
    | {"_self_unconditional_dependency_names", "_self_unconditional_deferred_dependencies"}
    | {"_self_update_uid", "_self_name_based_restores", "_self_saveable_object_factories"}
)
# The same for a model: attributes set by `compile` and `fit`, except loss, metrics and optimizer.
OF_TRAINING = frozenset(
    {"train_function", "test_function", "predict_function", "_distribute_strategy"}
    | {"_compile_config", "_compiled_trainable_state", "_initial_epoch", "_loss_tracker"}
    | {"_eval_epoch_iterator"}
    | {
        "history",
        "stop_training",
        "stop_evaluating",
        "_train_counter",
        "_test_counter",
        "_predict_counter",
    }
)
_SEEDS = frozenset({"seed", "_init_seed", "_initial_seed", "_seed"})
_RATE = frozenset({"rate", "seed_generator", "_seed_generators"})
_RANGES = frozenset({"_initial_ranges"})
EXCLUDED = "_exclude_from_weight_decay"
EXCLUDED_CACHE = f"{EXCLUDED}_cache"


def describe(model: keras.Model) -> Key | None:
    """Return a key, equal for compiled models that can share a compiled step.

    None for a model that cannot be followed completely: it shares nothing.
    """
    try:
        if model.run_eagerly or tf.config.functions_run_eagerly():
            raise UnknownIdentityError("it runs eagerly")
        if model.distribute_strategy.num_replicas_in_sync > 1:
            raise UnknownIdentityError("it is distributed")
        walk = _ModelWalk(model)
        walk.follow_surroundings()
        walk.follow(model)
    except Exception as error:  # whatever an attribute of the user's raises: Keras trains it
        logger.debug("%s shares no compiled program: %s", type(model).__name__, error)
        return None
    return walk.key()


def has_free_rate(layer: keras.layers.Layer) -> bool:
    """Tell whether a layer is a dropout whose rate is a variable in a program."""
    # For other values Keras takes another branch.
    return type(layer) in DROPOUTS and layer.rate < 1 and not layer.noise_shape


class _ModelWalk(IdentityWalk):
    """Follows a compiled model; weights, rates, seeds and learning rate are left out."""

    def __init__(self, model: keras.Model) -> None:
        super().__init__()
        layers = model._flatten_layers()
        generators = [generator for layer in layers for generator in layer._seed_generators]
        self._names: dict[int, Any] = {id(generator): "seed" for generator in generators}
        self._names |= {id(v): "metric" for v in model.metrics_variables}
        self._names |= {id(v): "optimizer" for v in model.optimizer.variables}
        self._names |= {id(v): place for place, v in enumerate(model.weights)}
        self._weights = model.weights

    def follow_surroundings(self) -> None:
        """Add settings of the process or the thread that are read while a step is traced."""
        config = keras.config
        self.note(config.floatx(), config.epsilon(), config.image_data_format())
        self.note(config.dtype_policy().name, config.is_flash_attention_enabled())
        self.note(tf.zeros(()).device)
        self._things.append(global_state.get_global_attribute(GLOBAL_SEED_GENERATOR))

    def visit(self, value: Any) -> bool:
        """Follow objects of Keras and TensorFlow."""
        if isinstance(value, keras.Variable):
            self._follow_variable(value)
        elif isinstance(value, keras.random.SeedGenerator):
            self._follow_generator(value)
        elif isinstance(value, KerasTensor):
            self.note("tensor", value.shape, value.dtype, value.sparse, value.ragged)
        elif isinstance(value, Node):
            self._follow_all("node", (value.operation, value.outputs))
            self._follow_all("arguments", (value.arguments.args, value.arguments.kwargs))
        elif isinstance(value, tf.Tensor):
            self._follow_array(value.numpy())  # raises for tensors without a value
        elif isinstance(value, tf.DType | tf.TensorShape | tf.TensorSpec):
            self.note(value)
        elif type(value) is _COMPILED:
            self._follow_all("compiled", (value.python_function, value.input_signature))
            self.note(value._jit_compile, value._autograph)
        else:
            return self._visit_part(value)
        return True

    def _visit_part(self, value: Any) -> bool:
        """Follow a part of a model, leaving out some of its attributes."""
        if isinstance(value, keras.layers.Layer):
            self._follow_layer(value)
        elif isinstance(value, keras.optimizers.Optimizer):
            self._follow_optimizer(value)
        elif isinstance(value, CompileLoss):
            self._follow_names((value._user_loss, value._user_loss_weights))
        elif isinstance(value, CompileMetrics):
            self._follow_names((value._user_metrics, value._user_weighted_metrics))
        elif isinstance(value, keras.metrics.Metric):
            self._names |= {id(v): "metric" for v in value.variables}
            self.follow_attributes(value, without=BOOKKEEPING)
        elif isinstance(value, keras.initializers.Initializer):
            # It has made its weights; but a layer of the user may call it again.
            self.follow_attributes(value, without=_SEEDS if is_of_library(type(value)) else ())
        elif isinstance(value, keras.Operation):
            self.follow_attributes(value, without=BOOKKEEPING)
        else:
            return False
        return True

    def _follow_layer(self, layer: keras.layers.Layer) -> None:
        without = BOOKKEEPING
        if is_of_library(type(layer)):
            without |= _SEEDS  # a layer of the user may use them in any way
        if isinstance(layer, keras.Model):
            without |= OF_TRAINING
        if has_free_rate(layer):
            without |= _RATE
        if type(layer) is RandomAffine:
            without |= _RANGES
        if getattr(layer, "stateful", False):
            raise UnknownIdentityError(f"{layer.name} remembers earlier batches")
        self.follow_attributes(layer, without=without)

    def _follow_variable(self, variable: keras.Variable) -> None:
        name = self._names.get(id(variable))
        if name is None:
            raise UnknownIdentityError(f"{variable!r} is not a weight of the model")
        self.note("variable", name)
        if name != "optimizer":
            self.note(variable.path, variable.shape, variable.dtype, variable.trainable)
            self._follow_all("rules", (variable.regularizer, variable.constraint))
            self.note(
                variable._autocast, variable.overwrite_with_gradient, str(variable.aggregation)
            )

    def _follow_generator(self, generator: keras.random.SeedGenerator) -> None:
        if id(generator) not in self._names:
            raise UnknownIdentityError(f"{generator!r} belongs to no layer")
        self.note("seed", type(generator).__name__)

    def _follow_optimizer(self, optimizer: keras.optimizers.Optimizer) -> None:
        """Add all except what `build` makes: variables, and tables of them by their ids."""
        inner = getattr(optimizer, "inner_optimizer", None)
        if inner is not None:
            self._names |= {id(v): "optimizer" for v in inner.variables}
        places = {optimizer._var_key(v): place for place, v in enumerate(self._weights)}
        excluded = getattr(optimizer, EXCLUDED, ())
        self._follow_all("no decay", sorted(places[key] for key in excluded))
        made = {
            name
            for name, value in vars(optimizer).items()
            if isinstance(value, list | tuple | dict | keras.Variable) and self._holds_state(value)
        }
        made |= {"_trainable_variables_indices", EXCLUDED, EXCLUDED_CACHE}
        self.note("learning rate", isinstance(optimizer._learning_rate, keras.Variable))
        self.follow_attributes(optimizer, without=BOOKKEEPING | made)

    def _holds_state(self, value: Any) -> bool:
        """Tell whether an attribute of an optimizer holds only its own variables."""
        if isinstance(value, dict):
            return all(self._holds_state(part) for part in value.values())
        if isinstance(value, list | tuple):
            return all(self._holds_state(part) for part in value)
        return value is None or self._names.get(id(value)) == "optimizer"

    def _follow_names(self, parts: Iterable[Any]) -> None:
        """Add losses or metrics; a name with the object registered under it."""
        for part in parts:
            self.follow(part)
            for leaf in tf.nest.flatten(part):
                if isinstance(leaf, str):
                    self.follow(keras.saving.get_registered_object(leaf))


_COMPILED = type(tf.function(lambda: None))
