"""Whole epochs as one compiled program, which all fits that can share it use again.

``Model.fit`` traces and compiles again for each model, which for a small network takes longer
than the training, and TensorFlow keeps some 10 MB for each. A program holds a twin of the model: it
loads the weights and other varying state, runs a whole epoch in the graph, and the weights are read
back. It runs Keras's own ``train_step``, so the result is that of ``Model.fit`` to the last bit.

Private names of Keras, checked with 3.15.1: all layers of a model, the shape of a spatial
dropout's noise, the sum of gradients over replicas, the optimizer's schedule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .._data._reading import Data, parts
from .._training._seeding import order_of_rows, seed_layers, seeded
from ._architecture import Key, has_free_rate
from ._parts import copy_part


class Program:
    """The twin of a model and its compiled functions, for one thread at a time.

    Parameters
    ----------
    key : tuple
        The key of the models that it can train.
    twin : keras.Model
        A compiled model that nothing else uses.
    batch : tuple
        A batch of the data. It is used to make all variables before anything is traced, since a
        loop cannot make them.

    Attributes
    ----------
    starts_from_weights : bool
        Whether the initial state of the optimizer depends on the weights, so that only the
        model's own optimizer has it.
    """

    def __init__(self, key: Key, twin: keras.Model, batch: Data) -> None:
        self.key = key
        self._twin = twin
        with seeded(0):
            self._rates = [_make_rate_variable(layer) for layer in _dropouts(twin)]
            unbuilt = copy_part(twin.optimizer)
            make_variables(twin, *batch)
            self._fresh_optimizer = [v.numpy() for v in twin.optimizer.variables]
            self.starts_from_weights = _depends_on_weights(
                self._fresh_optimizer, unbuilt, twin.trainable_variables
            )
        self._functions: dict[Any, Callable[..., Any]] = {}

    @property
    def n_bytes(self) -> int:
        """Size of all variables."""
        variables = [*self._twin.variables, *self._twin.optimizer.variables]
        return sum(int(np.prod(v.shape)) * tf.as_dtype(v.dtype).size for v in variables)

    def load(self, model: keras.Model, optimizer_state: Sequence[np.ndarray] | None) -> None:
        """Load weights, dropout rates, learning rate and the state of the optimizer.

        The state is that of the model's own optimizer if it has one, else the given one, else a
        fresh one.
        """
        self.load_weights(model)
        for rate, layer in zip(self._rates, _dropouts(model), strict=True):
            rate.assign((layer.rate, 1 / (1 - layer.rate)))
        ours, theirs = self._twin.optimizer, model.optimizer
        if theirs.built:
            optimizer_state = theirs.variables
        for variable, value in zip(
            ours.variables, optimizer_state or self._fresh_optimizer, strict=True
        ):
            variable.assign(value)
        if not has_schedule(theirs):
            ours.learning_rate.assign(theirs.learning_rate)

    def load_weights(self, model: keras.Model) -> None:
        """Load only the weights, which is enough to predict."""
        for ours, theirs in zip(self._twin.weights, model.weights, strict=True):
            ours.assign(theirs)

    def store(self, model: keras.Model) -> list[np.ndarray] | None:
        """Copy weights and the state of the optimizer back to the model.

        Returns
        -------
        list of ndarray or None
            The state, if the model's optimizer has no variables to hold it: making them would
            take as long as an epoch on a small data set.
        """
        for ours, theirs in zip(self._twin.weights, model.weights, strict=True):
            theirs.assign(ours)
        state = self._twin.optimizer.variables
        if not has_schedule(model.optimizer):
            model.optimizer.learning_rate.assign(self._twin.optimizer.learning_rate)
        if not model.optimizer.built:
            return [variable.numpy() for variable in state]
        for ours, theirs in zip(state, model.optimizer.variables, strict=True):
            theirs.assign(ours)
        return None

    def train_epoch(
        self,
        data: Data,
        *,
        batch_size: int,
        epoch: int,
        seed: int,
        shuffle: bool,
    ) -> dict[str, float]:
        """Train for an epoch; return loss and metrics."""
        seed_layers(self._twin, seed, epoch)
        rows = order_of_rows(len(data[0]), seed if shuffle else None, epoch)
        return self._run_epoch("train", data, rows, batch_size)

    def evaluate(self, data: Data, batch_size: int) -> dict[str, float]:
        """Return loss and metrics on data that are not trained on."""
        return self._run_epoch("test", data, tf.range(len(data[0])), batch_size)

    def finish(self) -> None:
        """Let the optimizer finalise the weights, as some do with their moving averages."""
        self._twin.optimizer.finalize_variable_values(self._twin.trainable_weights)

    def output(self, X: np.ndarray) -> Any:
        """Return the output for some rows, not compiled."""
        return self._twin(X, training=False)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the output for some rows, shape (n_rows, ...)."""
        function = self._function("predict", (X,))
        return function(tf.constant(X)).numpy()

    def _run_epoch(
        self, kind: str, data: Data, rows: tf.Tensor, batch_size: int
    ) -> dict[str, float]:
        self._twin.reset_metrics()
        function = self._function(kind, data)
        with one_replica(self._twin.optimizer):  # the first call traces
            for chosen, part in parts(data, rows, batch_size):
                function(chosen, tf.constant(batch_size), *part)
        return {name: float(value) for name, value in self._twin.get_metrics_result().items()}

    def _function(self, kind: str, data: Sequence[Any]) -> Callable[..., Any]:
        """Return the compiled function for data of this kind, of any number of rows."""
        specs = [tf.TensorSpec((None, *array.shape[1:]), array.dtype) for array in data]
        key = (kind, *specs)
        if key not in self._functions:
            self._functions[key] = self._compile(kind, specs)
        return self._functions[key]

    def _compile(self, kind: str, specs: list[tf.TensorSpec]) -> Callable[..., Any]:
        twin = self._twin
        if kind == "predict":
            return tf.function(
                lambda x: twin(x, training=False), input_signature=specs, autograph=False
            )
        step = twin.train_step if kind == "train" else twin.test_step
        if twin.jit_compile:
            step = tf.function(step, jit_compile=True, reduce_retracing=True)

        def epoch(rows: tf.Tensor, batch_size: tf.Tensor, *data: tf.Tensor) -> None:
            def batch(start: tf.Tensor) -> list[tf.Tensor]:
                stop = start + batch_size
                step(tuple(tf.gather(array, rows[start:stop]) for array in data))
                return [stop]

            tf.while_loop(lambda start: start < tf.size(rows), batch, [0], parallel_iterations=1)

        of_batches = [tf.TensorSpec((None,), tf.int32), tf.TensorSpec((), tf.int32)]
        return tf.function(epoch, input_signature=[*of_batches, *specs], autograph=False)


def make_variables(
    model: keras.Model, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None
) -> None:
    """Let optimizer, loss and metrics make their variables from a batch.

    Otherwise the first training step makes them, and TensorFlow traces that step twice: 1.25 s of
    CPU time against 0.75 s for a small fit, with the same result.
    """
    if not model.optimizer.built:  # a second build would reset a LossScaleOptimizer
        model.optimizer.build(model.trainable_variables)
    output = model(X, training=False)
    model.compute_loss(X, y, output, sample_weight, training=False)
    model.compute_metrics(X, y, output, sample_weight)
    model.reset_metrics()


@contextmanager
def one_replica(optimizer: keras.optimizers.Optimizer) -> Iterator[None]:
    """Leave out the sum of gradients over replicas, since there is only one replica.

    For each trace TensorFlow registers a gradient of this sum under a new name, permanently, and
    with it the whole graph: most of the 10 MB that it keeps for each ``Model.fit``.
    """
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # inside a LossScaleOptimizer
    optimizer._all_reduce_sum_gradients = list
    try:
        yield
    finally:
        del optimizer._all_reduce_sum_gradients


def _dropouts(model: keras.Model) -> list[keras.layers.Dropout]:
    """Return the layers whose rate is a variable in a program."""
    return [layer for layer in model._flatten_layers() if has_free_rate(layer)]


def _make_rate_variable(layer: keras.layers.Dropout) -> tf.Variable:
    """Let a layer read its rate, and the scale of the kept units, from a variable.

    They are then read when a step runs, not when it is traced; the result is Keras's, to the last
    bit.
    """
    rate = tf.Variable((0.0, 1.0), trainable=False)
    if not layer._seed_generators:  # it was made with a rate of 0
        layer._seed_generators.append(keras.random.SeedGenerator(0))
    generator = layer._seed_generators[0]

    def call(inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        if not training:
            return inputs
        is_plain = type(layer) is keras.layers.Dropout
        shape = keras.ops.shape(inputs) if is_plain else layer._get_noise_shape(inputs)
        noise = keras.random.uniform(shape, dtype=inputs.dtype, seed=generator)
        share, scale = tf.unstack(tf.cast(rate, inputs.dtype))
        return tf.where(noise >= share, inputs * scale, 0)

    layer.call = call
    return rate


def _depends_on_weights(
    state: Sequence[np.ndarray],
    unbuilt: keras.optimizers.Optimizer,
    weights: Sequence[keras.Variable],
) -> bool:
    """Tell whether the initial state of an optimizer depends on the weights."""
    try:
        unbuilt.build([keras.Variable(w.numpy() + 1, dtype=w.dtype) for w in weights])
        pairs = zip(state, unbuilt.variables, strict=True)
        return not all(np.array_equal(one, other.numpy()) for one, other in pairs)
    except Exception:  # it can only be built on the model's own weights
        return True


def has_schedule(optimizer: keras.optimizers.Optimizer) -> bool:
    """Tell whether the learning rate is a schedule over the steps."""
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # inside a LossScaleOptimizer
    schedule = getattr(optimizer, "_learning_rate", None)
    return isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule)
