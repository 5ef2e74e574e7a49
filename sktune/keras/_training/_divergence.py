"""Raise an error if training has diverged."""

from __future__ import annotations

import math
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf


def check_not_diverged(
    model: keras.Model,
    losses: Sequence[float],
    n_epochs_before: int,
    callbacks: Sequence[keras.callbacks.Callback],
) -> None:
    """Raise ValueError if loss or weights at the end of training are not finite.

    ``losses`` has one value for each epoch of this fit, after ``n_epochs_before`` earlier epochs. A
    loss that was not finite in between does not matter if the weights are finite at the end: the
    optimizer of mixed precision skips such steps.
    """
    last = _epoch_kept(losses, n_epochs_before, callbacks)
    epoch = f"epoch {n_epochs_before + 1 + _first_of_last_run(losses[: last + 1])}"
    advice = "A lower learning rate or scaled data may help."
    if losses and not math.isfinite(losses[last]):
        raise ValueError(
            f"Training diverged: from {epoch} on the loss was not finite, {losses[last]} at the "
            f"end. {advice}"
        )
    if not all(_is_finite(variable) for variable in model.weights):
        raise ValueError(
            f"Training diverged: at the end of {epoch} the network had weights that are not "
            f"finite. {advice}"
        )


def _epoch_kept(
    losses: Sequence[float],
    n_epochs_before: int,
    callbacks: Sequence[keras.callbacks.Callback],
) -> int:
    """Return the index in ``losses`` of the epoch whose weights the network has."""
    last = len(losses) - 1
    for callback in callbacks:
        is_stopper = isinstance(callback, keras.callbacks.EarlyStopping)
        if is_stopper and callback.restore_best_weights and callback.best_weights is not None:
            last = callback.best_epoch - n_epochs_before
    return last


def _first_of_last_run(losses: Sequence[float]) -> int:
    """Return the index from which on no loss is finite; the last index if the last loss is."""
    finite = np.flatnonzero(np.isfinite(losses))
    return min(int(finite[-1]) + 1 if len(finite) else 0, max(len(losses) - 1, 0))


def _is_finite(variable: keras.Variable) -> bool:
    """Whether a weight is finite; one that is not trained may be infinite, but not NaN."""
    if not keras.backend.is_float_dtype(variable.dtype):
        return True
    value = tf.convert_to_tensor(variable)
    if variable.trainable:
        return bool(tf.reduce_all(tf.math.is_finite(value)))
    return not bool(tf.reduce_any(tf.math.is_nan(value)))
