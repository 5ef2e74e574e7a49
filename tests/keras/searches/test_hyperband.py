"""Keras estimators trained in steps by ``HyperbandSearchCV``."""

import pickle

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from sktune import HyperbandSearchCV
from sktune._search._hyperband._continue import StepwiseFit
from sktune.keras import CNNClassifier, KerasClassifier, KerasRegressor
from tests.universe._sample import sampled

# Keras saves weights with it, under NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

X, Y = load_digits(n_class=3, return_X_y=True)
X, Y = X[:90] / 16, Y[:90]


def network(meta, units=4):
    n_outputs = meta.get("n_classes_", 1)
    model = keras.Sequential(
        [
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(n_outputs if n_outputs > 2 else 1),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss if n_outputs > 2 else "mse")
    return model


def cnn():
    return CNNClassifier(filters=2, dense_units=4, epochs=6, batch_size=32, random_state=0)


KINDS = {
    "CNNClassifier": cnn,
    "KerasClassifier": lambda: KerasClassifier(network, epochs=6, random_state=0, verbose=0),
    "KerasRegressor": lambda: KerasRegressor(network, epochs=6, random_state=0, verbose=0),
    "Pipeline": lambda: make_pipeline(MinMaxScaler(), cnn()),
}


def trained(estimator, resource, start=None):
    estimator = clone(estimator)
    fit = StepwiseFit(estimator, resource, start)
    estimator.fit(X, Y)
    return estimator, pickle.loads(pickle.dumps(fit.state()))


def weights(estimator):
    model = getattr(estimator, "model_", None) or estimator[-1].model_
    return model.get_weights()


@pytest.mark.slow
@pytest.mark.parametrize("kind", sampled(list(KINDS), 3))
def test_steps_give_what_fit_gives(kind):
    estimator = KINDS[kind]()
    _, start = trained(estimator, 1)
    _, start = trained(estimator, 3, start)
    steps, _ = trained(estimator, 6, start)
    for ours, theirs in zip(weights(steps), weights(clone(estimator).fit(X, Y)), strict=True):
        assert_array_equal(ours, theirs)
    last = steps[-1] if kind == "Pipeline" else steps
    assert len(last.history_["loss"]) == 6


def test_several_epochs_at_once_are_as_many_calls():
    at_once = cnn().partial_fit(X, Y, epochs=3)
    one_by_one = cnn().partial_fit(X, Y).partial_fit(X, Y).partial_fit(X, Y)
    for ours, theirs in zip(weights(at_once), weights(one_by_one), strict=True):
        assert_array_equal(ours, theirs)
    assert at_once.history_ == one_by_one.history_


@pytest.mark.parametrize("epochs", [0, 1.5])
def test_bad_epochs(epochs):
    with pytest.raises(ValueError, match=r"epochs must be an int of at least 1\. Got"):
        cnn().partial_fit(X, Y, epochs=epochs)


def search(**params):
    return HyperbandSearchCV(
        cnn().set_params(epochs=9),
        {"learning_rate": loguniform(1e-4, 1e-1)},
        resource="epochs",
        cv=2,
        random_state=0,
        **params,
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
@pytest.mark.parametrize("n_jobs", sampled([1, 2], 2))
def test_a_search_over_epochs(n_jobs):
    found = search(n_iter=3, n_jobs=n_jobs).fit(X, Y)
    assert found.rungs_ == (1, 3, 9)
    assert found.best_resource_ == 9
    assert found.best_estimator_.epochs == 9
    assert len(found.best_estimator_.history_["loss"]) == 9
    top = found.cv_results_["resource"] == 9
    assert found.best_score_ == found.cv_results_["mean_test_score"][top].max()
    whole = cnn().set_params(epochs=9, **found.best_params_).fit(X, Y)
    assert_array_equal(found.predict_proba(X), whole.predict_proba(X))


def test_early_stopping_is_refused_with_both_remedies():
    stopping = search().set_params(estimator=cnn().set_params(early_stopping=True))
    with pytest.raises(ValueError, match=r"(?s)early_stopping=False.*resource='n_samples'"):
        stopping.fit(X, Y)


@pytest.mark.slow
def test_rows_of_images_are_drawn_as_any_rows():
    images = np.repeat(X[:, :, None], 1, axis=2).reshape(90, 8, 8, 1)
    found = HyperbandSearchCV(
        cnn().set_params(epochs=1),
        {"learning_rate": loguniform(1e-4, 1e-1)},
        n_iter=5,
        min_resource=30,
        cv=2,
        random_state=0,
    ).fit(images, Y)
    assert found.rungs_ == (30, 90)
