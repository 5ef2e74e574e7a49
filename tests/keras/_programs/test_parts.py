"""Losses, metrics, optimizers and models that an estimator is given as instances."""

from __future__ import annotations

import copy
import os
import pickle
import random
import subprocess
import sys

import keras
import numpy as np
import pytest
from sklearn.base import clone

from sktune.keras import KerasRegressor
from sktune.keras._programs import _trial
from sktune.keras._programs._parts import copy_part, pack
from sktune.keras._programs._program import make_variables
from tests.keras._programs import test_trial

X, Y = test_trial.X[: test_trial.BATCH_SIZE], test_trial.Y[: test_trial.BATCH_SIZE]

# TensorFlow 2.21's variables and NumPy 2.4, seen when Keras saves variables.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def excluding(*names):
    optimizer = keras.optimizers.AdamW(0.01)
    optimizer.exclude_from_weight_decay(var_names=names)
    return optimizer


class OwnLoss(keras.losses.Loss):
    """Its configuration does not have the factor."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def call(self, y_true, y_pred):
        return self.factor * keras.ops.abs(y_true - y_pred)


class OwnMetric(keras.metrics.Mean):
    """Its configuration does not have the factor."""

    def __init__(self, factor=1.0, name="own", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.factor = factor


def steeper(gradients):
    return [2 * gradient for gradient in gradients]


class OwnOptimizer(keras.optimizers.SGD):
    """Its configuration has none of these attributes."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.change = list
        self.factors = [1.0]

    def apply_gradients(self, grads_and_vars):
        gradients, variables = zip(*grads_and_vars, strict=True)
        gradients = [self.factors[0] * gradient for gradient in self.change(gradients)]
        return super().apply_gradients(zip(gradients, variables, strict=True))


def own_optimizer():
    optimizer = OwnOptimizer()
    optimizer.change = steeper
    optimizer.factors = [3.0]
    return optimizer


def same(part):
    return copy_part(part)


def pickled(part):
    return pickle.loads(pickle.dumps(pack(part)))


both_ways = pytest.mark.parametrize("again", [same, pickled])


@both_ways
def test_weights_without_decay(again):
    for given in (excluding("kernel"), keras.optimizers.LossScaleOptimizer(excluding("kernel"))):
        copied = again(given)
        copied = getattr(copied, "inner_optimizer", copied)
        copied.build([keras.Variable(1.0, name="kernel"), keras.Variable(1.0, name="bias")])
        assert [copied._use_weight_decay(v) for v in copied._trainable_variables] == [False, True]


@both_ways
@pytest.mark.parametrize("part", [OwnLoss(3.0), OwnMetric(3.0)], ids=["loss", "metric"])
def test_attributes_that_the_configuration_does_not_have(part, again):
    copied = again(part)
    assert copied is not part
    assert copied.factor == 3.0


@both_ways
def test_attributes_of_an_optimizer_that_its_configuration_does_not_have(again):
    original = own_optimizer()
    copied = again(original)
    assert copied.change is steeper
    assert copied.factors == [3.0]
    assert copied.factors is not original.factors


@both_ways
def test_lists_that_keras_keeps_track_of(again):
    """They can be pickled, but not loaded."""
    copied = again(keras.metrics.IoU(3, target_class_ids=[0, 2]))
    assert copied.target_class_ids == [0, 2]


def test_an_optimizer_that_was_used_starts_afresh():
    used = keras.optimizers.SGD(0.1, momentum=0.9)
    weight = keras.Variable(np.ones(2, np.float32))
    used.apply([np.ones(2, np.float32)], [weight])
    copied = copy_part(used)
    assert not copied.built
    assert copied.iterations.numpy() == 0
    assert used.iterations.numpy() == 1


def estimator():
    return KerasRegressor(
        test_trial.network,
        optimizer=excluding("kernel"),
        loss=OwnLoss(3.0),
        metrics=[OwnMetric(3.0)],
        model__layers=[own_optimizer()],
    )


@pytest.mark.parametrize("again", [clone, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
def test_a_copy_of_an_estimator_loses_nothing(again):
    original = estimator()
    copied = again(original)
    assert copied.optimizer._exclude_from_weight_decay_pattern.pattern == "kernel"
    assert copied.loss.factor == copied.metrics[0].factor == 3.0
    assert copied.get_params()["model__layers"][0].change is steeper
    assert original.optimizer._exclude_from_weight_decay_pattern.pattern == "kernel"


def test_a_clone_has_other_plain_parameters():
    original = KerasRegressor(max, optimizer=excluding("kernel"), model__units=[1])
    cloned = clone(original)
    assert cloned.get_params()["model__units"] == [1]
    assert cloned.get_params()["model__units"] is not original.get_params()["model__units"]


def test_lists_and_dicts():
    metric = keras.metrics.Mean()
    function = keras.losses.mean_squared_error
    copied = copy_part({"a": [metric, "mse", function, keras.metrics.AUC]})["a"]
    assert type(copied[0]) is keras.metrics.Mean
    assert copied[0] is not metric
    assert copied[1:] == ["mse", function, keras.metrics.AUC]


def mse(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs(y_true - y_pred))


def own_loss_named_like_one_of_keras():
    return test_trial.network(loss=mse)


def constraint_and_trainable_set_later():
    model = test_trial.network(keras.layers.Dense(3))
    model.layers[0].bias.trainable = False
    model.layers[1].kernel.constraint = keras.constraints.NonNeg()
    model.compile(own_optimizer(), "mse")
    return model


UNKNOWN_TO_KERAS = (test_trial.subclass_of_model, test_trial.own_training_step)
MODELS = [
    *[make for make in test_trial.MAKERS if make not in UNKNOWN_TO_KERAS],
    own_loss_named_like_one_of_keras,
    constraint_and_trainable_set_later,
]


def train(model):
    """Return output, losses with all penalties, and weights of two steps that are not compiled."""
    seen = [model(X)]
    seen += [_trial._train_on_batch(model, (X, Y), step)["loss"] for step in range(2)]
    return [*seen, *model.get_weights()]


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_a_model_is_copied_as_it_is(make):
    """Keras's own copy is made of the configuration, which has not all of it."""
    model = make()
    make_variables(model, X, Y)
    _trial._train_on_batch(model, (X, Y), 0)
    copies = [same(model), pickled(model)]
    if make is test_trial.stateful:  # Keras saves no states: each copy begins with none
        model.layers[1].reset_states()
    results = [train(one) for one in (model, *copies)]
    for copied in results[1:]:
        for ours, theirs in zip(copied, results[0], strict=True):
            np.testing.assert_allclose(ours, theirs, **test_trial.CLOSE)


def test_a_model_that_keras_cannot_copy():
    model = test_trial.subclass_of_model()
    with pytest.raises(ValueError, match="'model' parameter is a Subclass that Keras cannot copy"):
        KerasRegressor(model).fit(X, Y)
    with pytest.raises(pickle.PicklingError, match="Subclass cannot be pickled"):
        pickle.dumps(KerasRegressor(test_trial.subclass_of_model).fit(X, Y))


def test_a_copy_leaves_global_generators_alone():
    model = test_trial.network()
    before = random.getstate()
    copy_part(model)
    assert random.getstate() == before


def test_each_fit_of_a_given_model_begins_with_its_weights():
    model = test_trial.function_named_like_one_of_keras()
    before = [model.predict(X, verbose=0), *model.get_weights()]
    ours = KerasRegressor(model, epochs=1, shuffle=False)
    for estimator in (ours, clone(ours), pickle.loads(pickle.dumps(ours))):
        theirs = test_trial.function_named_like_one_of_keras()
        theirs.set_weights(before[1:])
        theirs.fit(X, Y, shuffle=False, verbose=0)
        estimator.fit(X, Y)
        np.testing.assert_allclose(
            estimator.predict(X), theirs.predict(X, verbose=0), **test_trial.CLOSE
        )
    assert all(map(np.array_equal, model.get_weights(), before[1:]))


IN_ANOTHER_PROCESS = """
import pickle, sys
import numpy as np
unfitted, cases, trained, X, Y = pickle.load(sys.stdin.buffer)
assert unfitted.optimizer._exclude_from_weight_decay_pattern.pattern == "kernel"
assert unfitted.optimizer.get_config()["learning_rate"] == np.float32(0.01)
assert unfitted.loss.factor == unfitted.metrics[0].factor == 3.0
optimizer = unfitted.get_params()["model__layers"][0]
assert optimizer.change([1]) == [2] and optimizer.factors == [3.0]
for fitted, expected in cases:
    np.testing.assert_allclose(fitted.predict(X), expected, rtol=1e-5, atol=1e-5)
trained, expected = trained
np.testing.assert_allclose(trained.partial_fit(X, Y).predict(X), expected, rtol=1e-5, atol=1e-5)
"""


@pytest.mark.slow
def test_in_another_process():
    makers = [
        test_trial.function_named_like_one_of_keras,
        test_trial.attribute_set_later,
        test_trial.lambda_in_lstm,
    ]
    cases = []
    for make in makers:
        fitted = KerasRegressor(make, random_state=0).initialize(X, Y)
        cases.append((fitted, fitted.predict(X)))
    fitted = KerasRegressor(test_trial.weights_without_decay, random_state=0).fit(X, Y)
    trained = pickle.loads(pickle.dumps(fitted)), fitted.partial_fit(X, Y).predict(X)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IN_ANOTHER_PROCESS],
        input=pickle.dumps((estimator(), cases, trained, X, Y)),
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr.decode()
