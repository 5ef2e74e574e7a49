"""Make and test a program before it is used: an equal twin, and two equal training steps.

The twin comes from the function that made the model, called once more. If it differs in anything
that can be seen, if it trains differently, or if anything fails, there is no program, and Keras's
own loop trains the model.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from sktune.exceptions import FitTimeoutError

from .._data._reading import Data
from .._training._seeding import seed_layers, seeded
from ._architecture import Key, describe
from ._program import Program, make_variables, one_replica

logger = logging.getLogger(__name__)

# Operations that run one by one and compiled ones differ in the order of sums, on a GPU also in
# the algorithm. Largest difference, relative to the largest value.
_TOLERANCE = 1e-3
_TOLERANCE_OF_16_BITS = 3e-2
_SMALL = 1e-6  # below it, rounding errors of sums that cancel are as large as the values
_N_STEPS = 2


class _TwinError(Exception):
    """The twin is not equal to the model."""


def make_program(
    key: Key, model: keras.Model, make_twin: Callable[[], keras.Model], batch: Data
) -> Program | None:
    """Return a program for a model whose optimizer is built, or None; the model is unchanged.

    Parameters
    ----------
    key : tuple
        The description of the model.
    model : keras.Model
        Compiled; may have been trained.
    make_twin : callable
        Makes the model again.
    batch : tuple
        The first batch of (X, y) or (X, y, sample_weight).
    """
    try:
        twin = _find_twin(key, model, make_twin)
        program = Program(key, twin, batch)
        with _unchanged(model):
            make_variables(model, *batch)
            program.load(model, None)
            _compare("output", model(batch[0], training=False), program.output(batch[0]), model)
            for step in range(_N_STEPS):  # the second shows the changes of the first
                theirs = _train_on_batch(model, batch, step)
                ours = program.train_epoch(
                    batch, batch_size=len(batch[0]), epoch=step, seed=0, shuffle=False
                )
                if ours.keys() != theirs.keys():
                    raise _TwinError(f"metrics {sorted(ours)} are not {sorted(theirs)}")
                _compare(f"loss of step {step}", theirs["loss"], ours["loss"], model)
    except FitTimeoutError:
        raise
    except Exception as error:  # of any kind; if Keras fails too, it raises its own error
        logger.debug("%s is trained by Keras's own loop: %s", type(model).__name__, error)
        return None
    return program


def _find_twin(key: Key, model: keras.Model, make_twin: Callable[[], keras.Model]) -> keras.Model:
    """Return a model that is equal to another one in everything that can be seen.

    A model that was loaded from disk differs from those of its function, so its twin is made from
    its configuration.
    """
    twin = make_twin()
    if describe(twin) != key:
        with seeded(0):
            twin = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(model))
        if describe(twin) != key:
            raise _TwinError("neither its function nor its configuration makes an equal model")
    _check_apart(model, twin)
    return twin


def _check_apart(model: keras.Model, twin: keras.Model) -> None:
    """Refuse a twin that shares parts with the model: training one would change both."""
    ours, theirs = (
        {id(part) for part in [*m._flatten_layers(), *m.variables, m.optimizer]}
        for m in (twin, model)
    )
    if ours & theirs:
        raise _TwinError("models of the same function share layers or variables")


def _train_on_batch(model: keras.Model, batch: Data, step: int) -> dict[str, Any]:
    """Let Keras run an uncompiled step; return loss and metrics."""
    seed_layers(model, 0, step)
    model.reset_metrics()
    with one_replica(model.optimizer):
        logs: dict[str, Any] = model.train_step(tuple(tf.constant(array) for array in batch))
    return logs


def _compare(name: str, theirs: Any, ours: Any, model: keras.Model) -> None:
    """Raise if two arrays or numbers differ by more than rounding errors."""
    one, other = (tf.cast(value, tf.float64).numpy() for value in (theirs, ours))
    if one.shape != other.shape:
        raise _TwinError(f"{name} has shape {other.shape}, not {one.shape}")
    is_finite = np.isfinite(one)
    if not np.array_equal(is_finite, np.isfinite(other)):
        raise _TwinError(f"{name} is finite in different places")
    gap = np.abs((one - other)[is_finite]).max(initial=0)
    largest = np.abs(one[is_finite]).max(initial=0)
    widths = {layer.compute_dtype for layer in model._flatten_layers()}
    tolerance = _TOLERANCE if widths <= {"float32", "float64"} else _TOLERANCE_OF_16_BITS
    if gap > tolerance * max(largest, _SMALL):
        raise _TwinError(f"{name} differs by {gap:.3g}, the largest value being {largest:.3g}")


@contextmanager
def _unchanged(model: keras.Model) -> Iterator[None]:
    """Restore all variables of a model afterwards."""
    variables: Sequence[keras.Variable] = [*model.variables, *model.optimizer.variables]
    values = [tf.identity(variable.value) for variable in variables]
    try:
        yield
    finally:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        model.reset_metrics()
