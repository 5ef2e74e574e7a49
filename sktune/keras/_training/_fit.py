"""Build, train and evaluate a Keras model, reproducibly for the same seed.

Only this file knows how epochs are run: by a compiled program that many models share, or by
Keras's own loop for a model that cannot share one. Both give the same model.

Private name of Keras, checked with 3.15.1: the symbolic build.
"""

from __future__ import annotations

import gc
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .._data._reading import Data, batches, first_rows, hold, read
from .._data._several_inputs import SeveralInputs
from .._programs._architecture import Key, describe
from .._programs._pool import borrow
from .._programs._program import Program, has_schedule, one_replica
from .._programs._trial import make_program
from ._seeding import order_of_rows, seed_layers, seeded

logger = logging.getLogger(__name__)

# Keras's default.
KERAS_BATCH_SIZE = 32

# Rows that go through the network at once in `predict`: as many as take 4 MiB, so that the
# activations, some ten times as large, stay small beside the model. Between the limits below, the
# time per row changes by less than a tenth on small networks.
_PREDICT_BYTES = 2**22
_PREDICT_ROWS = (32, 512)

# A model that is no longer needed is freed only by a full garbage collection, since it contains
# reference cycles. Those are rare and ignore its size. So one is run for each 64 MiB of
# weights. It takes 0.3 s, once in 250 fits of a small network, or in two fits of a network that
# trains for minutes.
_GARBAGE_BYTES = 2**26
_n_waiting_bytes = 0  # changed under the lock of `seeded`

# Methods of a callback that can be called if epochs are run by a program.
_HOOKS_OF_EPOCHS = ("on_train_begin", "on_epoch_begin", "on_epoch_end", "on_train_end")


@dataclass(frozen=True, slots=True)
class Schedule:
    """How to train.

    Parameters
    ----------
    epochs : range
        Numbers of the epochs, counted from 0; earlier ones have been run already.
    batch_size : int
        Rows in a step.
    seed : int
        Seed of dropout and of the order of the rows.
    shuffle : bool
        Whether each epoch has its own order of rows.
    callbacks : sequence of keras.callbacks.Callback
        Used for this fit only.
    verbose : int
        As in ``keras.Model.fit``.
    """

    epochs: range
    batch_size: int
    seed: int
    shuffle: bool = True
    callbacks: Sequence[keras.callbacks.Callback] = ()
    verbose: int = 0


@dataclass(frozen=True, slots=True)
class Trained:
    """The results of training besides the weights.

    Parameters
    ----------
    history : dict of str to list of float
        Loss and metrics of each epoch.
    optimizer_state : list of ndarray or None
        Final state of the optimizer, unless the model's own optimizer holds it.
    """

    history: dict[str, list[float]]
    optimizer_state: list[np.ndarray] | None


def build(
    make_model: Callable[[], keras.Model], seed: int, X: np.ndarray
) -> tuple[keras.Model, tuple[int, ...]]:
    """Return a model whose weights follow from the seed, and its output's shape for a row.

    Raises ValueError if the model has several outputs.
    """
    with seeded(seed):
        model = make_model()
        _collect_garbage(model)
        outputs = getattr(model, "outputs", None) if model.built else None
        if not outputs:
            # Without an Input layer, the first call makes the weights.
            output = model(read(X, slice(1)), training=False)
            outputs = keras.tree.flatten(output)
    if len(outputs) != 1:
        raise ValueError(
            f"The model must have one output, got {len(outputs)}: several output layers are not "
            "supported. For a regressor, one layer may have a unit for each column of y."
        )
    return model, tuple(outputs[0].shape[1:])


def _collect_garbage(model: keras.Model) -> None:
    """Free the models of earlier fits if their weights may take much memory."""
    global _n_waiting_bytes
    _n_waiting_bytes += sum(int(np.prod(v.shape)) * 4 for v in model.weights)
    if _n_waiting_bytes > _GARBAGE_BYTES:
        _n_waiting_bytes = 0
        gc.collect()


def train(
    model: keras.Model,
    data: Data,
    validation: Data | None,
    schedule: Schedule,
    optimizer_state: list[np.ndarray] | None,
    make_twin: Callable[[], keras.Model],
) -> Trained:
    """Train a model on (X, y) or (X, y, sample_weight), and evaluate it on held-out data.

    ``make_twin`` makes the model again, for a program that can then train others.
    """

    def make(key: Key) -> Program | None:
        if not model.optimizer.built:
            restore_optimizer(model, optimizer_state)
        return make_program(key, model, make_twin, first_rows(data, schedule.batch_size))

    is_alone = not isinstance(data[0], SeveralInputs)
    key = describe(model) if is_alone and _are_of_epochs(schedule.callbacks) else None
    with borrow(key, make) as program:
        if program is None:
            return _train_by_keras(model, data, validation, schedule, optimizer_state)
        return _train_by_program(program, model, data, validation, schedule, optimizer_state)


def predict(model: keras.Model, X: np.ndarray, n_rows: int | None = None) -> np.ndarray:
    """Return the output of a model, shape (n_samples, n_outputs), `n_rows` rows at a time."""
    n_rows = n_rows or int(np.clip(_PREDICT_BYTES // max(X[:1].nbytes, 1), *_PREDICT_ROWS))
    starts = range(0, len(X), n_rows)
    parts = (read(X, slice(start, start + n_rows)) for start in starts)
    with borrow(None if isinstance(X, SeveralInputs) else describe(model)) as program:
        if program is not None:
            program.load_weights(model)
            return np.concatenate([program.predict(part) for part in parts])
    # Not `model.predict`, which is traced again for every model.
    outputs = [model(part, training=False) for part in parts]
    return np.concatenate([output.numpy() for output in outputs])


def _train_by_program(
    program: Program,
    model: keras.Model,
    data: Data,
    validation: Data | None,
    schedule: Schedule,
    optimizer_state: list[np.ndarray] | None,
) -> Trained:
    needs_own_state = program.starts_from_weights or schedule.callbacks  # they may read it
    if needs_own_state and not model.optimizer.built:
        restore_optimizer(model, optimizer_state)
    hooks = keras.callbacks.CallbackList(
        list(schedule.callbacks),
        add_history=True,
        add_progbar=schedule.verbose > 0,
        model=model,
        verbose=schedule.verbose,
        epochs=schedule.epochs.stop,
        steps=math.ceil(len(data[0]) / schedule.batch_size),
    )
    model.stop_training = False
    program.load(model, optimizer_state)
    hooks.on_train_begin()
    data, validation = hold(data), None if validation is None else hold(validation)
    for epoch in schedule.epochs:
        hooks.on_epoch_begin(epoch)
        if schedule.callbacks:
            program.load(model, None)
        logs = _epoch_by_program(program, data, validation, schedule, epoch)
        if schedule.callbacks:
            program.store(model)
        hooks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    program.finish()
    state = program.store(model)
    hooks.on_train_end()
    return Trained(model.history.history, state)


def _epoch_by_program(
    program: Program,
    data: Data,
    validation: Data | None,
    schedule: Schedule,
    epoch: int,
) -> dict[str, float]:
    logs = program.train_epoch(
        data,
        batch_size=schedule.batch_size,
        epoch=epoch,
        seed=schedule.seed,
        shuffle=schedule.shuffle,
    )
    if validation is not None:
        seen = program.evaluate(validation, schedule.batch_size)
        logs |= {f"val_{name}": value for name, value in seen.items()}
    return logs


def _train_by_keras(
    model: keras.Model,
    data: Data,
    validation: Data | None,
    schedule: Schedule,
    optimizer_state: list[np.ndarray] | None,
) -> Trained:
    if not model.optimizer.built:
        restore_optimizer(model, optimizer_state)
        _make_variables_early(model, first_rows(data, schedule.batch_size))
    seeding = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: seed_layers(model, schedule.seed, epoch)
    )
    with one_replica(model.optimizer):
        history = model.fit(
            _batches(data, schedule),
            initial_epoch=schedule.epochs.start,
            epochs=schedule.epochs.stop,
            steps_per_epoch=math.ceil(len(data[0]) / schedule.batch_size),
            validation_data=None if validation is None else _in_order(validation, schedule),
            callbacks=[seeding, *schedule.callbacks],
            shuffle=False,  # the batches are shuffled already
            verbose=schedule.verbose,
        )
    return Trained(history.history, None)


def _make_variables_early(model: keras.Model, batch: Data) -> None:
    """Make the variables of loss and metrics, which saves a second trace in ``fit``.

    They are made symbolically, so that the state of stateful layers does not change.
    """
    try:
        model._symbolic_build(data_batch=batch)
    except Exception as error:  # if `fit` fails too, it raises its own error
        logger.debug("%s is built by fit alone: %s", type(model).__name__, error)


def restore_optimizer(model: keras.Model, optimizer_state: list[np.ndarray] | None) -> None:
    """Make the optimizer's variables, and restore their state."""
    optimizer = model.optimizer
    learning_rate = None if has_schedule(optimizer) else float(optimizer.learning_rate)
    optimizer.build(model.trainable_variables)
    for variable, value in zip(optimizer.variables, optimizer_state or [], strict=False):
        variable.assign(value)
    if learning_rate is not None:
        optimizer.learning_rate = learning_rate  # it may have been changed since


def _batches(data: Data, schedule: Schedule) -> tf.data.Dataset:
    """Return the batches of all epochs.

    ``Model.fit`` shuffles arrays with TensorFlow's global generator, which cannot be seeded by
    several threads at once.
    """
    seed = schedule.seed if schedule.shuffle else None
    n_rows = len(data[0])

    def batches_of_rows(epoch: Any) -> tf.data.Dataset:
        rows = order_of_rows(n_rows, seed, epoch)
        return tf.data.Dataset.from_tensor_slices(rows).batch(schedule.batch_size)

    with tf.device("CPU:0"):  # a data pipeline runs there, even if there is a GPU
        epochs = tf.data.Dataset.range(schedule.epochs.start, schedule.epochs.stop)
        return batches(data, epochs.flat_map(batches_of_rows))


def _in_order(data: Data, schedule: Schedule) -> tf.data.Dataset:
    """Return the batches of held-out data, in order."""
    with tf.device("CPU:0"):
        return batches(data, tf.data.Dataset.range(len(data[0])).batch(schedule.batch_size))


def _are_of_epochs(callbacks: Sequence[keras.callbacks.Callback]) -> bool:
    """Tell whether no callback has to be called between the batches of an epoch."""
    hooks = [name for name in dir(keras.callbacks.Callback) if name.startswith("on_")]
    return not any(
        getattr(getattr(callback, name), "__func__", None)
        is not getattr(keras.callbacks.Callback, name)
        for callback in callbacks
        for name in hooks
        if name not in _HOOKS_OF_EPOCHS
    )


def n_rows(batch_size: int | None, n_all: int) -> int:
    """Return a number of rows; None means Keras's default, and -1 all, as in scikeras."""
    if batch_size is None:
        return KERAS_BATCH_SIZE
    return n_all if batch_size == -1 else batch_size
