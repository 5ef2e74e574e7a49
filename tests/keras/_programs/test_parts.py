"""Losses, metrics and optimizers that an estimator is given as instances."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from sklearn.base import clone

from sktune.keras import KerasRegressor
from sktune.keras._programs._parts import copy_part


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


def test_weights_without_decay():
    copied = copy_part(excluding("kernel"))
    copied.build([keras.Variable(1.0, name="kernel"), keras.Variable(1.0, name="bias")])
    assert [copied._use_weight_decay(v) for v in copied._trainable_variables] == [False, True]


@pytest.mark.parametrize("part", [OwnLoss(3.0), OwnMetric(3.0)], ids=["loss", "metric"])
def test_attributes_that_the_configuration_does_not_have(part):
    copied = copy_part(part)
    assert copied is not part
    assert copied.factor == 3.0


def test_an_optimizer_that_was_used_starts_afresh():
    used = keras.optimizers.SGD(0.1, momentum=0.9)
    weight = keras.Variable(np.ones(2, np.float32))
    used.apply([np.ones(2, np.float32)], [weight])
    copied = copy_part(used)
    assert not copied.built
    assert copied.iterations.numpy() == 0
    assert used.iterations.numpy() == 1


def test_a_clone_loses_nothing():
    optimizer = excluding("kernel")
    original = KerasRegressor(
        max, optimizer=optimizer, loss=OwnLoss(3.0), metrics=[OwnMetric(3.0)], model__units=[1]
    )
    cloned = clone(original)
    assert cloned.optimizer._exclude_from_weight_decay_pattern.pattern == "kernel"
    assert cloned.loss.factor == cloned.metrics[0].factor == 3.0
    assert cloned.get_params()["model__units"] == [1]
    assert cloned.get_params()["model__units"] is not original.get_params()["model__units"]
    assert original.optimizer is optimizer


def test_lists_and_dicts():
    metric = keras.metrics.Mean()
    function = keras.losses.mean_squared_error
    copied = copy_part({"a": [metric, "mse", function, keras.metrics.AUC]})["a"]
    assert type(copied[0]) is keras.metrics.Mean
    assert copied[0] is not metric
    assert copied[1:] == ["mse", function, keras.metrics.AUC]
