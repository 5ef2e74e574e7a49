"""Find out what the output of a classifier means, and in which form its loss takes the labels.

The last layer shows whether outputs are probabilities, of exclusive classes or of independent
labels. Whether a loss takes class numbers or rows like the output is known for Keras's own, by
their names; any other loss is tested by calling it.

A private name of Keras, checked with 3.15.1: the layer that made a symbolic output.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np
from scipy.special import expit, softmax

# What outputs are: probabilities that sum to 1, independent probabilities, scores that the loss
# compares with 0, such as logits and margins, or other numbers, best near 0 and 1.
Scale = Literal["shares", "probabilities", "scores", "numbers"]
Form = Literal["numbers", "column of numbers", "rows"]

_SCALES: dict[Callable[..., Any], Scale] = {
    keras.activations.softmax: "shares",
    keras.activations.sigmoid: "probabilities",
    keras.activations.hard_sigmoid: "probabilities",
    keras.activations.linear: "numbers",
    keras.activations.tanh: "numbers",
}
# Tolerance for outputs in 16 bits.
_SUM_TOLERANCE = 1e-2
# Classes with which a loss is tested.
_MAX_ASKED = 3


@dataclass(frozen=True, slots=True)
class Output:
    """How a classifier reads the output of its network.

    Parameters
    ----------
    n_units : int
        Length of the output for a sample; 1 for two classes: the probability of the second.
    scale : {"shares", "probabilities", "scores", "numbers"}
        What the outputs are.
    form : {"numbers", "column of numbers", "rows"}
        How the loss takes the labels: of shape (n_samples,), (n_samples, 1), or like the
        output.
    needs_one_class : str or None
        Why each sample must have exactly one class; ``None``: it may have several labels.
    """

    n_units: int
    scale: Scale
    form: Form
    needs_one_class: str | None

    def to_probabilities(self, raw: np.ndarray) -> np.ndarray:
        """Return probabilities, shape (n_samples, n_classes), at least in 32 bits.

        Raises ValueError if the output, shape (n_samples, n_units), is not finite.
        """
        values = _as_finite(raw)
        if self.n_units == 1 or self.needs_one_class is None:
            each = expit(values) if self.scale == "scores" else np.clip(values, 0, 1)
            return np.hstack([1 - each, each]) if self.n_units == 1 else each
        if self.scale == "scores":
            return np.asarray(softmax(values, axis=1))
        if self.scale == "numbers":  # the nearest probabilities, in the same order
            return _nearest_shares(values)
        if self.scale == "shares" and raw.dtype.itemsize >= values.dtype.itemsize:
            return values
        total = values.sum(axis=1, keepdims=True)
        return np.where(total > 0, values / np.where(total > 0, total, 1), 1 / self.n_units)

    def best_class(self, raw: np.ndarray) -> np.ndarray:
        """Return the number of each sample's most probable class, shape (n_samples,)."""
        if self.n_units > 1:
            return np.argmax(_as_finite(raw), axis=1)
        return np.argmax(self.to_probabilities(raw), axis=1)


def read_output(
    model: keras.Model, n_units: int, compute: Callable[[], np.ndarray], y: np.ndarray
) -> Output:
    """Return how to read the output of a compiled network.

    ``compute`` returns the output for some rows, shape (n_rows, n_units); it is called if the
    last layer does not show what the output means. ``y``, shape (n_samples,), holds labels, or 0
    and 1, shape (n_samples, n_columns).
    """
    loss = _loss_of(model)
    scale = _scale_of(model) or _guess_scale(compute())
    reason = _needs_one_class(loss, scale, y)
    form: Form = "rows" if reason is None else _form_of(loss, n_units)
    if scale == "numbers" and _is_about_zero(loss, n_units, form, reason is not None):
        scale = "scores"
    return Output(n_units, scale, form, reason)


def needs_unit_for_each_class(model: keras.Model) -> bool:
    """Tell whether the loss cannot use one unit for two classes."""
    loss = _loss_of(model)
    return _is_keras(loss) and _is_over_classes(_name_of(loss))


def _as_finite(raw: np.ndarray) -> np.ndarray:
    """Return the output in 32 bits or more; ValueError if it is not finite."""
    values = raw.astype(np.promote_types(np.float32, raw.dtype), copy=False)
    is_bad = ~np.isfinite(values).all(axis=tuple(range(1, values.ndim)))
    if is_bad.any():
        raise ValueError(
            f"The network's output is not finite for {np.count_nonzero(is_bad)} of {len(raw)} "
            "samples: its weights are too large, or X is."
        )
    return values


def _nearest_shares(values: np.ndarray) -> np.ndarray:
    """Return the nearest point of the simplex for each row, by sorting."""
    values = np.maximum(values - values.max(axis=1, keepdims=True), -1)  # further below is 0 too
    falling = -np.sort(-values, axis=1)
    excess = np.cumsum(falling, axis=1) - 1
    counts = np.arange(1, values.shape[1] + 1, dtype=values.dtype)
    n_above = np.count_nonzero(falling * counts > excess, axis=1)[:, np.newaxis]
    level = np.take_along_axis(excess, n_above - 1, axis=1) / n_above.astype(values.dtype)
    return np.maximum(values - level, 0)


def _scale_of(model: keras.Model) -> Scale | None:
    """Return the scale of the outputs if the last layer of Keras shows it, else None."""
    outputs = getattr(model, "outputs", None) if model.built else None
    layer: Any = getattr(outputs[0], "_keras_history", (None,))[0] if outputs else None
    if isinstance(layer, keras.Model):
        return _scale_of(layer)
    if type(layer) is keras.layers.Softmax and layer.axis in (-1, 1):
        return "shares"
    if type(layer) in (keras.layers.Activation, keras.layers.Dense):
        return _SCALES.get(layer.activation)
    return None


def _guess_scale(output: np.ndarray) -> Scale:
    """Guess the scale from the outputs for some rows, shape (n_rows, n_units)."""
    if not (np.isfinite(output).all() and (output >= 0).all() and (output <= 1).all()):
        return "numbers"
    sums = output.astype(np.float32).sum(axis=1)
    is_shares = output.shape[1] > 1 and (np.abs(sums - 1) < _SUM_TOLERANCE).all()
    return "shares" if is_shares else "probabilities"


def _loss_of(model: keras.Model) -> Any:
    """Return the loss of a model with one output, as an object that can be called."""
    loss = model.loss
    while isinstance(loss, list | tuple | dict) and len(loss) == 1:
        loss = next(iter(loss.values())) if isinstance(loss, dict) else loss[0]
    return keras.losses.get(loss) if isinstance(loss, str) else loss


def _name_of(loss: Any) -> str:
    """Return the name of a function or class in lower case: "binarycrossentropy"."""
    name = getattr(loss, "__name__", type(loss).__name__)
    return str(name).replace("_", "").lower()


def _is_keras(loss: Any) -> bool:
    """Tell whether a loss is Keras's own: only for these does the name say what it takes."""
    home = loss if hasattr(loss, "__name__") else type(loss)
    return str(getattr(home, "__module__", "")).startswith("keras.")


def _is_over_classes(name: str) -> bool:
    return name.startswith(("sparse", "categorical", "kldivergence"))


def _needs_one_class(loss: Any, scale: Scale, y: np.ndarray) -> str | None:
    """Return why each sample must have one class, None if it may have several labels."""
    name = _name_of(loss)
    if _is_keras(loss) and _is_over_classes(name):
        return f"The loss {getattr(loss, 'name', None) or loss.__name__!r}"
    if scale == "shares":
        return "A softmax as the last layer"
    if y.ndim == 1:
        return "A y of labels"
    is_of_labels = scale == "probabilities" or (_is_keras(loss) and name.startswith("binary"))
    if not is_of_labels and (np.count_nonzero(y, axis=1) == 1).all():
        return "A network fitted on one-hot rows, without sigmoid units,"
    return None


def _form_of(loss: Any, n_units: int) -> Form:
    """Return the form in which a loss over exclusive classes takes the labels."""
    if _is_keras(loss):
        name = _name_of(loss)
        is_sparse = name.startswith("sparse") or name == "categoricalgeneralizedcrossentropy"
        return "numbers" if is_sparse else "rows"
    if n_units == 1 or _fits(loss, n_units, "rows"):
        return "rows"
    # Keras passes numbers to a function as a column.
    return "column of numbers" if _fits(loss, n_units, "column of numbers") else "rows"


def _fits(loss: Any, n_units: int, form: Form) -> bool:
    """Tell whether a loss is lowest if the output names the right class.

    With labels in a form that it does not take, a loss fails or confuses the classes.
    """
    n_asked = min(n_units, _MAX_ASKED)
    classes = np.arange(n_asked)
    right = np.full((n_asked, n_units), 0.1 / (n_units - 1))
    right[classes, classes] = 0.9
    y = _encode(classes, n_units, form)
    least = _mean_loss(loss, y, right)
    wrong = [_mean_loss(loss, y, np.roll(right, shift, axis=0)) for shift in range(1, n_asked)]
    # NaN, from a loss that failed, compares as False.
    return all(least < value - 1e-3 * abs(value) for value in wrong)


def _is_about_zero(loss: Any, n_units: int, form: Form, is_exclusive: bool) -> bool:
    """Tell whether a loss falls further as the output for wrong classes goes below 0."""
    at_zero, below = np.zeros((1, n_units)), np.full((1, n_units), -1.0)
    y = np.zeros((1, n_units))
    if is_exclusive and n_units > 1:
        at_zero[0, 0] = below[0, 0] = 1
        y = _encode(np.array([0]), n_units, form)
    return _mean_loss(loss, y, below) < _mean_loss(loss, y, at_zero)


def _encode(classes: np.ndarray, n_units: int, form: Form) -> np.ndarray:
    if form == "rows":
        return np.eye(n_units)[classes]
    return classes if form == "numbers" else classes[:, np.newaxis]


def _mean_loss(loss: Any, y: np.ndarray, output: np.ndarray) -> float:
    """Return the loss of a few samples, NaN if it fails."""
    floatx = keras.config.floatx()
    try:
        value = loss(
            keras.ops.convert_to_tensor(y, dtype=floatx),
            keras.ops.convert_to_tensor(output, dtype=floatx),
        )
        return float(np.mean(keras.ops.convert_to_numpy(value)))
    except Exception:  # a loss of the user, called with input that it may not support
        return float("nan")
