"""Early stopping: on an inner split, with the best weights, and what the refit learns of it."""

import json

import keras
import numpy as np
import pytest
from sklearn.datasets import make_classification, make_regression

from sktune.keras import CNNClassifier, KerasClassifier, KerasRegressor
from sktune.keras._training._early_stopping import hold_out_rows

X, Y = make_classification(n_samples=80, n_features=6, flip_y=0.3, random_state=0)


def network(meta):
    layers = [
        keras.Input((6,)),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(meta.get("n_classes_", 1), activation="softmax"),
    ]
    if "n_classes_" not in meta:
        layers[-1] = keras.layers.Dense(1)
    return keras.Sequential(layers)


def classifier(**params):
    settings = {
        "loss": "sparse_categorical_crossentropy",
        "optimizer__learning_rate": 0.05,
        "epochs": 40,
        "early_stopping": True,
        "n_iter_no_change": 2,
        "random_state": 0,
    }
    return KerasClassifier(network, **{**settings, **params})


def test_stops_after_the_best_epoch():
    fitted = classifier().fit(X, Y)
    losses = fitted.history_["val_loss"]
    assert fitted.best_epoch_ == np.argmin(losses) + 1
    assert len(losses) == fitted.best_epoch_ + 2 < 40


def test_weights_are_those_of_the_best_epoch():
    stopped = classifier().fit(X, Y)
    until_best = classifier(epochs=stopped.best_epoch_).fit(X, Y)
    assert np.array_equal(stopped.predict_proba(X), until_best.predict_proba(X))


def test_rows_are_shared_out_by_label():
    labels = np.repeat(["rare", "common"], [20, 180])
    train, held_out = hold_out_rows(200, 0.1, labels, seed=0)
    assert sorted([*train, *held_out]) == list(range(200))
    assert np.sum(labels[held_out] == "rare") == 2
    again, _ = hold_out_rows(200, 0.1, labels, seed=0)
    assert np.array_equal(train, again)


def test_held_out_rows_are_not_trained_on():
    y = X[:, 0].copy()
    settings = {"validation_fraction": 0.5, "epochs": 1, "random_state": 0, "loss": "mse"}
    first = KerasRegressor(network, early_stopping=True, **settings).fit(X, y)
    train, held_out = hold_out_rows(len(y), 0.5, None, first._seed)
    y[held_out] = 1e3
    second = KerasRegressor(network, early_stopping=True, **settings).fit(X, y)
    assert np.array_equal(first.predict(X), second.predict(X))
    assert first.history_["val_loss"] != second.history_["val_loss"]
    y[train] = 1e3
    third = KerasRegressor(network, early_stopping=True, **settings).fit(X, y)
    assert not np.array_equal(first.predict(X), third.predict(X))


def test_report_is_small_and_plain():
    fitted = classifier().fit(X, Y)
    report = json.loads(json.dumps(fitted.fit_report_))
    assert report["best_epoch"] == fitted.best_epoch_
    assert report["history"]["val_loss"] == fitted.history_["val_loss"]


def test_a_fit_without_an_inner_split_reports_nothing():
    fitted = classifier().fit(X, Y)
    fitted.set_params(early_stopping=False, epochs=1).fit(X, Y)
    assert not hasattr(fitted, "fit_report_")
    assert not hasattr(fitted, "best_epoch_")


def test_a_validation_split_reports_its_curve():
    fitted = classifier(early_stopping=False, validation_split=0.2, epochs=2).fit(X, Y)
    assert len(fitted.fit_report_["history"]["val_loss"]) == 2
    assert fitted.refit_params([fitted.fit_report_]) == {}


def test_refit_takes_the_median_of_the_folds():
    reports = [{"best_epoch": epoch, "history": {}} for epoch in (3, 40, 5)]
    assert classifier().refit_params(reports) == {"epochs": 5, "early_stopping": False}
    assert classifier().refit_params([]) == {}


def test_regressor():
    X, y = make_regression(n_samples=60, n_features=6, random_state=0)
    fitted = KerasRegressor(
        network, loss="mse", early_stopping=True, n_iter_no_change=1, epochs=30,
        optimizer="adam", optimizer__learning_rate=3.0, random_state=0,
    )  # fmt: skip
    assert fitted.fit(X, y).best_epoch_ == np.argmin(fitted.history_["val_loss"]) + 1


def test_cnn_with_several_labels():
    images = np.random.default_rng(0).uniform(size=(30, 4, 4))
    labels = np.random.default_rng(1).integers(0, 2, (30, 3))
    fitted = CNNClassifier(filters=2, dense_units=4, early_stopping=True, random_state=0)
    assert fitted.fit(images, labels).best_epoch_ >= 1


@pytest.mark.parametrize(
    "fit, message",
    [
        (lambda: classifier().partial_fit(X, Y), "partial_fit does not support early_stopping"),
        (lambda: classifier(validation_split=0.1).fit(X, Y), "validation_split must be 0. Got 0.1"),
        (lambda: classifier(validation_fraction=1.0).fit(X, Y), "'validation_fraction' parameter"),
        (lambda: classifier().fit(X, [2, *Y[1:]]), "least populated class"),
    ],
)
def test_refusals(fit, message):
    with pytest.raises(ValueError, match=message):
        fit()
