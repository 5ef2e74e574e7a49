"""What is trained is the network that the user wrote, whatever its configuration says of it."""

from __future__ import annotations

import logging

import keras
import numpy as np
import pytest
import tensorflow as tf

from sktune.keras import KerasRegressor
from sktune.keras._programs import _pool
from sktune.keras._training import _fit
from tests.keras._reference import CLOSE, assert_same_weights, fit_by_keras

RNG = np.random.default_rng(0)
X = RNG.normal(5, 3, (48, 4)).astype(np.float32)
Y = (X @ [1.0, -2.0, 0.5, 0.0])[:, np.newaxis].astype(np.float32)
EPOCHS, BATCH_SIZE = 3, 16
FACTOR = 2.0


def network(*layers, optimizer=None, loss="mse"):
    model = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(1)])
    model.compile(optimizer or keras.optimizers.SGD(1e-3), loss)
    return model


def normalization():
    layer = keras.layers.Normalization()
    layer.adapt(X)
    return network(layer)


def normalization_of_loaded_weights():
    layer = keras.layers.Normalization()
    layer.build((None, 4))
    layer.set_weights([X.mean(0), X.var(0), np.array(0)])
    layer.finalize_state()
    return network(layer)


def leaky_relu(x):
    return -x


def function_named_like_one_of_keras():
    return network(keras.layers.Dense(5, activation=leaky_relu))


def weights_without_decay():
    optimizer = keras.optimizers.AdamW(0.01, weight_decay=1.0)
    optimizer.exclude_from_weight_decay(var_names=["kernel"])
    return network(optimizer=optimizer)


def variables_without_decay():
    optimizer = keras.optimizers.AdamW(0.01, weight_decay=1.0)
    model = network(optimizer=optimizer)
    optimizer.exclude_from_weight_decay(var_list=model.weights[:1])
    return model


@keras.saving.register_keras_serializable("sktune_tests_twin")
class Forgetful(keras.layers.Layer):
    """Its configuration does not have the factor."""

    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        return self.factor * inputs


@keras.saving.register_keras_serializable("sktune_tests_twin")
class Demanding(Forgetful):
    """The same, but cannot be made from its configuration."""

    def __init__(self, factor, **kwargs):
        super().__init__(factor, **kwargs)


def argument_left_out():
    return network(Forgetful(0.1))


def required_argument_left_out():
    return network(Demanding(0.1))


def attribute_set_later():
    layer = Forgetful()
    model = network(layer)
    layer.factor = 0.1
    return model


def regularizer_set_later():
    layer = keras.layers.Dense(4)
    model = network(layer)
    layer.kernel_regularizer = keras.regularizers.L2(10.0)
    return model


def integer_lookup():
    lookup = keras.layers.IntegerLookup(output_mode="one_hot")
    lookup.adapt([[1, 2, 3, 4, 5]])
    first = keras.layers.Lambda(lambda x: keras.ops.cast(x[:, :1], "int32"))
    return network(first, lookup)


def lambda_in_dense():
    return network(keras.layers.Dense(4, activation=lambda x: 0.1 * x))


def lambda_as_layer():
    return network(keras.layers.Activation(lambda x: keras.ops.tanh(x)))


def lambda_in_lstm():
    lstm = keras.layers.LSTM(3, activation=lambda x: keras.ops.tanh(0.1 * x))
    return network(keras.layers.Reshape((2, 2)), lstm)


def fixed_batch_size():
    model = keras.Sequential(
        [keras.Input(batch_shape=(BATCH_SIZE, 4)), keras.layers.Dense(3), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.SGD(1e-3), "mse")
    return model


def stateful():
    model = keras.Sequential(
        [
            keras.Input(batch_shape=(BATCH_SIZE, 4)),
            keras.layers.Reshape((4, 1)),
            keras.layers.LSTM(3, stateful=True),
            keras.layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.SGD(1e-3), "mse")
    return model


def function_of_a_global():
    return network(keras.layers.Lambda(lambda x: FACTOR * x))


class Subclass(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = keras.layers.Dense(3, activation="tanh")
        self.second = keras.layers.Dense(1)

    def call(self, inputs):
        return self.second(self.first(inputs))


def subclass_of_model():
    model = Subclass()
    model.compile("sgd", "mse")
    return model


class OwnStep(Subclass):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = keras.ops.mean(keras.ops.abs(self(x, training=True) - y))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}


def own_training_step():
    model = OwnStep()
    model.compile("sgd", "mse")
    return model


def own_loss_that_is_no_module_global():
    delta = 0.5

    def loss(y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** (1 + delta))

    return network(loss=loss)


MAKERS = [
    normalization,
    normalization_of_loaded_weights,
    function_named_like_one_of_keras,
    weights_without_decay,
    variables_without_decay,
    argument_left_out,
    required_argument_left_out,
    attribute_set_later,
    regularizer_set_later,
    integer_lookup,
    lambda_in_dense,
    lambda_as_layer,
    lambda_in_lstm,
    fixed_batch_size,
    stateful,
    function_of_a_global,
    subclass_of_model,
    own_training_step,
    own_loss_that_is_no_module_global,
]


def fitted(make_model, **params):
    settings = {"epochs": EPOCHS, "batch_size": BATCH_SIZE, "shuffle": False, "random_state": 0}
    return KerasRegressor(make_model, **{**settings, **params}).fit(X, Y)


@pytest.fixture(autouse=True)
def pool(monkeypatch):
    """A pool of its own for one test."""
    pool = _pool.Pool()
    monkeypatch.setattr(_fit, "borrow", pool.borrow)
    return pool


@pytest.mark.parametrize("make_model", MAKERS, ids=lambda make: make.__name__)
def test_each_fit_is_that_of_keras(make_model):
    """The first, which tries a program out, and those that would share it."""
    for _ in range(3):
        ours = fitted(make_model)
        theirs = fit_by_keras(
            make_model, X, Y, epochs=EPOCHS, batch_size=BATCH_SIZE, seed=ours._seed
        )
        assert_same_weights(ours.model_, theirs, **CLOSE)
        rows = X[:BATCH_SIZE]  # all that a network of a fixed batch size takes
        np.testing.assert_allclose(ours._predict_raw(rows), theirs(rows), **CLOSE)


UNSHARED = {
    integer_lookup: "shares no compiled program",
    stateful: "remembers earlier batches",
    own_training_step: "loss of step 0 differs",  # Keras shows what the last step returned
}


@pytest.mark.parametrize(
    "make_model", [make for make in MAKERS if make not in UNSHARED], ids=lambda make: make.__name__
)
def test_a_program_is_shared_by_whatever_can_be_followed(make_model, pool):
    fitted(make_model)
    fitted(make_model)
    assert len(pool._idle) == 1


@pytest.mark.parametrize("make_model", UNSHARED, ids=lambda make: make.__name__)
def test_what_cannot_be_shared_is_trained_by_keras(make_model, pool, caplog):
    with caplog.at_level(logging.DEBUG, "sktune.keras"):
        fitted(make_model)
    assert not pool._idle
    assert UNSHARED[make_model] in caplog.text


def test_a_global_that_changes_makes_another_program(monkeypatch):
    before = fitted(function_of_a_global).predict(X)
    monkeypatch.setitem(globals(), "FACTOR", 0.5)
    ours = fitted(function_of_a_global)
    theirs = fit_by_keras(
        function_of_a_global, X, Y, epochs=EPOCHS, batch_size=BATCH_SIZE, seed=ours._seed
    )
    assert_same_weights(ours.model_, theirs, **CLOSE)
    assert not np.allclose(before, ours.predict(X))


class TestNoTwin:
    """A function that does not make the same again: Keras trains its model."""

    def test_another_model_each_time(self, pool):
        units = iter(range(3, 100))

        def changing():
            return network(keras.layers.Dense(next(units)))

        assert fitted(changing).model_.layers[0].units == 3
        assert not pool._idle

    def test_an_error_the_second_time(self, pool):
        models = iter([network()])

        def once():
            return next(models)

        assert np.isfinite(fitted(once).predict(X)).all()
        assert not pool._idle

    def test_the_same_model_each_time(self, pool):
        model = network()
        ours = fitted(lambda: model)
        assert ours.model_ is model
        assert not pool._idle

    def test_layers_that_all_models_share(self, pool):
        base = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
        base.trainable = False
        before = base.get_weights()
        assert np.isfinite(fitted(lambda: network(base)).predict(X)).all()
        assert all(map(np.array_equal, base.get_weights(), before))
        assert not pool._idle

    def test_a_failed_program_is_not_tried_again(self, pool):
        calls = []

        def changing():
            calls.append(None)
            return network(keras.layers.Dense(4 if len(calls) == 2 else 3))

        for n_calls in (2, 3, 4):
            fitted(changing)
            assert len(calls) == n_calls
