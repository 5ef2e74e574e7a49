"""KerasClassifier and KerasRegressor: any model function as an estimator."""

import pickle
import random

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from joblib import Parallel, delayed
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.datasets import make_classification, make_regression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune.keras import KerasClassifier, KerasRegressor
from sktune.keras._training import _fit

X, CODES = make_classification(
    n_samples=90, n_features=6, n_informative=4, n_classes=3, random_state=0
)
LABELS = np.array(["ant", "bee", "cat"])[CODES]


def network(meta, units=4, dropout=0.0):
    layers = [
        keras.Input(meta["X_shape_"][1:]),
        keras.layers.Flatten(),
        keras.layers.Dense(units, activation="relu"),
        keras.layers.Dropout(dropout),
    ]
    if "n_classes_" in meta:
        layers.append(keras.layers.Dense(meta["n_classes_"], activation="softmax"))
    else:
        layers.append(keras.layers.Dense(meta["n_outputs_"]))
    return keras.Sequential(layers)


def sigmoid_network(meta):
    return keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])


def compiled_network(meta):
    model = network(meta)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def classifier(model=network, **params):
    given = {"loss": "sparse_categorical_crossentropy", "random_state": 0, "batch_size": 45}
    return KerasClassifier(model, **{**given, **params})


def regressor(**params):
    return KerasRegressor(network, **{"loss": "mse", "random_state": 0, **params})


class TestLikeScikitLearn:
    def test_kind(self):
        assert is_classifier(classifier())
        assert is_regressor(regressor())

    def test_labels_come_back(self):
        fitted = classifier(epochs=40, optimizer="adam", optimizer__learning_rate=0.05)
        fitted.fit(X, LABELS)
        assert list(fitted.classes_) == ["ant", "bee", "cat"]
        assert fitted.score(X, LABELS) > 0.8
        assert np.array_equal(fitted.predict(X), fitted.classes_[fitted.predict_proba(X).argmax(1)])

    def test_data_frame(self):
        frame = pd.DataFrame(X, columns=list("abcdef"))
        fitted = classifier().fit(frame, pd.Series(LABELS))
        assert list(fitted.feature_names_in_) == list("abcdef")
        assert np.array_equal(
            fitted.predict_proba(frame), classifier().fit(X, LABELS).predict_proba(X)
        )

    def test_params_are_routed_and_survive_clone(self):
        estimator = classifier(model__units=3, optimizer__learning_rate=0.5)
        estimator.set_params(model__dropout=0.1, epochs=2)
        copied = clone(estimator)
        assert copied.get_params() == estimator.get_params()
        assert copied.get_params()["model__dropout"] == 0.1
        copied.fit(X, CODES)
        assert copied.model_.layers[1].units == 3
        assert copied.model_.optimizer.learning_rate.numpy() == np.float32(0.5)
        assert "model__units=3" in repr(copied)

    @pytest.mark.slow
    def test_search_in_a_pipeline(self):
        search = GridSearchCV(
            make_pipeline(StandardScaler(), classifier(model__units=2)),
            {"kerasclassifier__model__units": [2, 5]},
            cv=2,
            error_score="raise",
        )
        search.fit(X, LABELS)
        best = search.best_params_["kerasclassifier__model__units"]
        assert search.best_estimator_[-1].model_.layers[1].units == best

    # TensorFlow 2.21's variables and NumPy 2.4, seen when Keras saves weights.
    @pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
    def test_pickle_predicts_the_same_and_trains_on_the_same(self):
        fitted = classifier(model__dropout=0.3, optimizer="adam", epochs=2).fit(X, LABELS)
        loaded = pickle.loads(pickle.dumps(fitted))
        assert np.array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
        fitted.partial_fit(X, LABELS)
        loaded.partial_fit(X, LABELS)
        assert np.array_equal(loaded.predict_proba(X), fitted.predict_proba(X))

    def test_many_rows_are_predicted_as_few(self):
        fitted = classifier().fit(X, LABELS)
        many = np.tile(X, (100, 1))  # 9,000 rows: past where the model is traced
        expected = np.tile(fitted.predict_proba(X), (100, 1))
        np.testing.assert_allclose(fitted.predict_proba(many), expected, rtol=1e-5)


class TestRandomness:
    def test_same_seed_same_model(self):
        first, again, other = (
            classifier(model__dropout=0.5, epochs=2, random_state=seed).fit(X, CODES)
            for seed in (1, 1, 2)
        )
        assert np.array_equal(first.predict_proba(X), again.predict_proba(X))
        assert first.history_ == again.history_
        assert not np.allclose(first.predict_proba(X), other.predict_proba(X))

    def test_threads_do_not_mix_their_seeds(self):
        def fit(seed):
            net = classifier(model__dropout=0.5, random_state=seed)
            return net.fit(X, CODES).predict_proba(X)

        alone = [fit(seed) for seed in range(3)]
        together = Parallel(n_jobs=3, backend="threading")(delayed(fit)(seed) for seed in range(3))
        assert np.array_equal(alone, together)

    def test_global_generators_are_left_alone(self):
        states = random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
        tf.random.set_seed(3)
        drawn = [tf.random.uniform(()).numpy() for _ in range(2)]
        tf.random.set_seed(3)
        assert tf.random.uniform(()).numpy() == drawn[0]
        classifier(model__dropout=0.2).fit(X, CODES)
        assert tf.random.uniform(()).numpy() == drawn[1]
        assert random.getstate() == states[0]
        assert np.array_equal(np.random.get_state()[1], states[1])  # noqa: NPY002

    def test_without_shuffling_it_is_keras_own_fit(self):
        fitted = classifier(shuffle=False, epochs=3, batch_size=20).fit(X, CODES)
        meta = {"X_shape_": X.shape, "n_classes_": 3}
        X32 = X.astype(np.float32)
        by_keras, _ = _fit.build(lambda: network(meta), fitted._seed, X32)
        by_keras.compile("rmsprop", "sparse_categorical_crossentropy")
        by_keras.fit(X32, CODES, epochs=3, batch_size=20, shuffle=False, verbose=0)
        for ours, theirs in zip(fitted.model_.get_weights(), by_keras.get_weights(), strict=True):
            assert np.array_equal(ours, theirs)


class TestWeights:
    def test_whole_weights_are_repetitions(self):
        """Exact for one batch of all samples: scikit-learn's own check cannot be passed."""
        weight = np.random.default_rng(0).integers(0, 4, len(X))
        settings = {"epochs": 10, "batch_size": 1000, "optimizer": "sgd"}
        weighted = classifier(**settings).fit(X, CODES, sample_weight=weight)
        repeated = classifier(**settings).fit(X.repeat(weight, 0), CODES.repeat(weight))
        np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), atol=1e-6)

    def test_class_weight_is_a_sample_weight(self):
        by_class = classifier(class_weight={0: 3, 1: 1, 2: 1}).fit(X, CODES)
        by_sample = classifier().fit(X, CODES, sample_weight=np.where(CODES == 0, 3, 1))
        assert np.array_equal(by_class.predict_proba(X), by_sample.predict_proba(X))

    def test_only_ratios_count(self):
        few = classifier().fit(X, CODES, sample_weight=np.full(len(X), 0.5))
        many = classifier().fit(X, CODES, sample_weight=np.full(len(X), 64.0))
        assert np.array_equal(few.predict_proba(X), many.predict_proba(X))


class TestTraining:
    def test_history(self):
        fitted = classifier(epochs=3, metrics=["accuracy"], validation_split=0.2)
        fitted.fit(X, CODES)
        assert set(fitted.history_) == {"loss", "accuracy", "val_loss", "val_accuracy"}
        assert all(len(values) == 3 for values in fitted.history_.values())

    def test_partial_fit_goes_on(self):
        fitted = classifier().partial_fit(
            X[CODES < 2], LABELS[CODES < 2], classes=["ant", "bee", "cat"]
        )
        fitted.partial_fit(X, LABELS)
        assert len(fitted.history_["loss"]) == 2
        assert fitted.predict_proba(X).shape == (90, 3)
        with pytest.raises(ValueError, match=r"\['dog'\], which are not among"):
            fitted.partial_fit(X[:1], ["dog"])

    def test_epochs_one_by_one_are_a_fit(self):
        """The order of the samples depends on seed and epoch, not on the call."""
        whole = classifier(epochs=2).fit(X, CODES)
        parts = classifier().partial_fit(X, CODES).partial_fit(X, CODES)
        assert np.array_equal(whole.predict_proba(X), parts.predict_proba(X))

    def test_warm_start(self):
        warm = classifier(warm_start=True).fit(X, CODES)
        model = warm.model_
        assert warm.fit(X, CODES).model_ is model
        assert len(warm.history_["loss"]) == 1
        assert warm.set_params(warm_start=False).fit(X, CODES).model_ is not model

    def test_callbacks_are_copied(self):
        stop = keras.callbacks.EarlyStopping(monitor="loss", min_delta=1e9, patience=1)
        fitted = classifier(callbacks=[stop], epochs=20).fit(X, CODES)
        assert len(fitted.history_["loss"]) == 2
        assert not hasattr(stop, "wait") or stop.wait == 0

    @pytest.mark.parametrize(
        "loss", ["categorical_crossentropy", keras.losses.CategoricalCrossentropy()]
    )
    def test_indicators_for_a_categorical_loss(self, loss):
        given = classifier(loss=loss).fit(X, LABELS).predict_proba(X)
        np.testing.assert_allclose(given, classifier().fit(X, LABELS).predict_proba(X), atol=1e-5)

    def test_one_sigmoid_for_two_classes(self):
        fitted = classifier(
            sigmoid_network, loss="binary_crossentropy", optimizer="adam",
            optimizer__learning_rate=0.1, epochs=20,
        )  # fmt: skip
        y = np.where(X[:, 0] > 0, "yes", "no")
        proba = fitted.fit(X, y).predict_proba(X)
        assert proba.shape == (90, 2)
        np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-6)
        assert fitted.score(X, y) > 0.9

    def test_regression_of_one_and_more(self):
        X, y = make_regression(n_samples=60, n_features=4, n_targets=2, random_state=0)
        assert regressor().fit(X, y).predict(X).shape == (60, 2)
        assert regressor().fit(X, y[:, 0]).predict(X).shape == (60,)
        assert regressor().fit(X, y[:, :1]).predict(X).shape == (60, 1)

    def test_regression_learns(self):
        y = X[:, 0] - 2 * X[:, 1]
        fitted = regressor(optimizer="adam", optimizer__learning_rate=0.05, epochs=40)
        assert fitted.fit(X, y).score(X, y) > 0.9


class TestRefusals:
    def test_another_shape(self):
        images = np.zeros((6, 4, 4, 1))
        fitted = classifier().fit(images, [0, 1] * 3)
        with pytest.raises(ValueError, match=r"shape \(4, 5, 1\).*shape \(4, 4, 1\)"):
            fitted.predict(np.zeros((6, 4, 5, 1)))

    @pytest.mark.parametrize(
        "params, error, message",
        [
            ({"epochs": 0}, ValueError, "'epochs' parameter of KerasClassifier must be an int"),
            ({"model": "network"}, ValueError, "'model' parameter of KerasClassifier"),
            ({"unit": 3}, TypeError, "'unit': it is not a parameter of .* takes units, dropout"),
            ({"loss": None}, ValueError, "is not compiled: give loss="),
            (
                {"model": compiled_network, "loss": "categorical_crossentropy"},
                ValueError,
                "loss would have no effect",
            ),
            ({"model": lambda: None}, TypeError, "must return a keras.Model, got NoneType"),
            (
                {"model": lambda: keras.Sequential([keras.layers.Dense(5)])},
                ValueError,
                r"3 classes, but .* shape \(5,\)",
            ),
            ({"validation_split": 0.999}, ValueError, "leaves none of the 90 samples"),
        ],
    )
    def test_bad_parameters(self, params, error, message):
        with pytest.raises(error, match=message):
            classifier(**params).fit(X, CODES)

    def test_negative_weights(self):
        with pytest.raises(ValueError, match="must not be negative"):
            classifier().fit(X, CODES, sample_weight=np.full(len(X), -1.0))
