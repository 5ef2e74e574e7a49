"""Build, train and ask a Keras model, the same way for the same seed.

Only this file knows how epochs are run; the estimators give arrays and take a history.
"""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from sklearn.utils import check_random_state

_GLOBAL_GENERATORS = threading.RLock()

# Rows that go through the network at once in `predict`: as many as take 4 MiB, so that the
# activations, some ten times as large, stay small beside the model; within limits between
# which the time for one row changes by less than a tenth on small networks.
_PREDICT_BYTES = 2**22
_PREDICT_ROWS = (32, 512)
# More batches than this and it pays to trace: tracing takes as long as 10 to 20 untraced
# batches of the classic network (0.15 s against 0.01 s each).
_UNTRACED_BATCHES = 16


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed the global generators of Python and NumPy, and leave them as they were found.

    Keras's initialisers and dropout layers draw their seeds from Python's generator when
    they are made. The lock keeps threads apart; training is outside of it.
    """
    with _GLOBAL_GENERATORS:
        of_numpy = check_random_state(None)
        states = random.getstate(), of_numpy.get_state()
        try:
            random.seed(seed)
            of_numpy.seed(seed)
            yield
        finally:
            random.setstate(states[0])
            of_numpy.set_state(states[1])


def build(
    make_model: Callable[[], keras.Model], seed: int, X: np.ndarray
) -> tuple[keras.Model, tuple[int, ...]]:
    """Return a model whose weights follow from the seed, and its output's shape for a row.

    Raises ValueError if the model has several outputs.
    """
    with seeded(seed):
        model = make_model()
        # One row through the network: without an Input layer this makes the weights.
        output = model(X[:1], training=False)
    if not keras.ops.is_tensor(output):
        raise ValueError(
            f"The model must have one output, got {len(output)} ({type(output).__name__})."
        )
    return model, tuple(output.shape[1:])


def train(
    model: keras.Model,
    X: np.ndarray,
    y: np.ndarray,
    sample_weight: np.ndarray | None,
    *,
    epochs: range,
    batch_size: int,
    shuffle: bool,
    seed: int,
    validation_split: float,
    callbacks: Sequence[keras.callbacks.Callback],
    verbose: int | str,
) -> dict[str, list[float]]:
    """Train a model and return its history, one number per epoch and metric.

    As in ``keras.Model.fit``, the rows kept for validation are the last ones.
    """
    data: tuple[np.ndarray, ...] = (X, y)
    if sample_weight is not None:
        data = (X, y, sample_weight)
    validation = None
    if validation_split:
        n_train = math.floor(len(X) * (1 - validation_split))
        if n_train == 0:
            raise ValueError(
                f"validation_split={validation_split!r} leaves none of the {len(X)} "
                "samples for training."
            )
        validation = tuple(array[n_train:] for array in data)
        data = tuple(array[:n_train] for array in data)
    _make_variables(model, *(array[:1] for array in data))
    _seed_layers(model, seed, epochs.start)
    history = model.fit(
        _batches(data, epochs, batch_size, seed if shuffle else None),
        initial_epoch=epochs.start,
        epochs=epochs.stop,
        steps_per_epoch=math.ceil(len(data[0]) / batch_size),
        validation_data=validation,
        validation_batch_size=batch_size if validation else None,
        callbacks=list(callbacks),
        shuffle=False,  # the batches come shuffled
        verbose=verbose,
    )
    return history.history


def _make_variables(
    model: keras.Model, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None
) -> None:
    """Let optimizer, loss and metrics make their variables, seeing one row.

    Else the first training step makes them, and TensorFlow traces that step twice: 1.25 s of
    CPU time against 0.75 s for a small fit, with the same result.
    """
    if model.optimizer.built:
        return
    model.optimizer.build(model.trainable_variables)
    output = model(X, training=False)
    model.compute_loss(X, y, output, sample_weight, training=False)
    model.compute_metrics(X, y, output, sample_weight)
    model.reset_metrics()


def _seed_layers(model: keras.Model, seed: int, epoch: int) -> None:
    """Seed dropout and other random layers for training from this epoch on.

    Keras does not save their state: a loaded model would go on with other random numbers.
    """
    states = [variable for variable in model.variables if "seed_generator" in variable.path]
    for number, state in enumerate(states):
        words = np.random.SeedSequence([seed, epoch, number]).generate_state(2, np.uint32)
        state.assign(words)


def predict(model: keras.Model, X: np.ndarray) -> np.ndarray:
    """Return the output of a model, shape (n_samples, n_outputs)."""
    n_rows = int(np.clip(_PREDICT_BYTES // max(X[:1].nbytes, 1), *_PREDICT_ROWS))
    if len(X) > n_rows * _UNTRACED_BATCHES:
        return model.predict(X, batch_size=n_rows, verbose=0)
    # `Model.predict` would be traced anew for every model, and a search makes many.
    starts = range(0, len(X), n_rows)
    parts = [model(X[start : start + n_rows], training=False) for start in starts]
    return np.concatenate([keras.ops.convert_to_numpy(part) for part in parts])


def _batches(
    data: tuple[np.ndarray, ...], epochs: range, batch_size: int, seed: int | None
) -> tf.data.Dataset:
    """Give the batches of all epochs; the order of an epoch follows from (seed, epoch).

    ``Model.fit`` shuffles arrays with TensorFlow's global generator, which threads would
    have to take turns to seed.
    """

    def batches_of_rows(epoch: Any) -> tf.data.Dataset:
        rows = tf.range(len(data[0]))
        if seed is not None:
            key = tf.stack([tf.constant(seed, tf.int64), epoch])
            rows = tf.random.experimental.stateless_shuffle(rows, seed=key)
        return tf.data.Dataset.from_tensor_slices(rows).batch(batch_size)

    with tf.device("CPU:0"):  # a data pipeline runs there, also where there is a GPU
        tensors = [tf.constant(array) for array in data]
        batches = tf.data.Dataset.range(epochs.start, epochs.stop).flat_map(batches_of_rows)
        return batches.map(
            lambda rows: tuple(tf.gather(tensor, rows) for tensor in tensors)
        ).prefetch(2)
