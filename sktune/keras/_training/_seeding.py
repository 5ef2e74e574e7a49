"""Seed the random numbers of a model, and reset its names, without touching global state.

Private names of Keras, checked with 3.15.1: the counters behind automatic names, all layers of a
model, a layer's generators.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf
from keras.src.backend.common import global_state
from sklearn.utils import check_random_state

_NAME_COUNTERS = "object_name_uids"
_GLOBAL_GENERATORS = threading.RLock()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed global generators while a model is made, and restore them afterwards.

    Keras's initialisers and dropout layers draw their seeds from Python's generator when
    they are made. A lock keeps threads apart; training runs outside of it.

    Automatic names ("dense_1") are counted from the start, so that they are the same in every
    fit. TensorFlow keeps about 40 kB for each variable name until the process
    ends; reusing names avoids that.
    """
    with _GLOBAL_GENERATORS:
        of_numpy = check_random_state(None)
        states = random.getstate(), of_numpy.get_state()
        counters = global_state.get_global_attribute(_NAME_COUNTERS)  # this thread's own
        try:
            random.seed(seed)
            of_numpy.seed(seed)
            global_state.set_global_attribute(_NAME_COUNTERS, None)
            yield
        finally:
            random.setstate(states[0])
            of_numpy.set_state(states[1])
            global_state.set_global_attribute(_NAME_COUNTERS, counters)


def seed_layers(model: keras.Model, seed: int, epoch: int) -> None:
    """Seed dropout and other random layers for an epoch.

    So an epoch's random numbers depend on seed and epoch alone: a model that was loaded, or is
    trained epoch by epoch, continues with the same numbers. (Keras does not save their state.)
    """
    # By the place of the layer: a dropout layer whose rate is 0 has no generator.
    for place, layer in enumerate(model._flatten_layers()):
        for number, generator in enumerate(layer._seed_generators):
            key = np.random.SeedSequence([seed, epoch, place, number])
            generator.state.assign(key.generate_state(2, np.uint32))


def order_of_rows(n_rows: int, seed: int | None, epoch: int | tf.Tensor) -> tf.Tensor:
    """Return the order of an epoch's rows, shape (n_rows,); unshuffled without a seed."""
    rows = tf.range(n_rows)
    if seed is None:
        return rows
    key = tf.stack([tf.constant(seed, tf.int64), tf.cast(epoch, tf.int64)])
    return tf.random.experimental.stateless_shuffle(rows, seed=key)
