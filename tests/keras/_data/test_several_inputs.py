"""Networks of several inputs, sparse samples, and data that cannot be cut into folds."""

import pickle

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csc_matrix, csr_array, random_array
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from sktune.keras import CNNClassifier, KerasClassifier, KerasRegressor
from sktune.keras._data._sparse_rows import SparseRows

RNG = np.random.default_rng(0)
WORDS = np.array(["good film", "bad film", "no film", "good"])
FRAME = pd.DataFrame(
    {
        "comment": WORDS[np.arange(48) % 4],
        "age": RNG.normal(size=48),
        "town": np.array(["here", "there"])[np.arange(48) % 2],
        "income": RNG.integers(0, 9, 48),
    }
)
Y = (np.arange(48) % 4 % 3 == 0).astype(int)
INPUTS = {"text": "comment", "numbers": ["age", "income"]}


def network(compile_kwargs, form=list):
    text = keras.Input((), dtype="string", name="text")
    numbers = keras.Input((2,), name="numbers")
    vectors = keras.layers.TextVectorization(output_mode="multi_hot", vocabulary=["good", "bad"])
    joined = keras.layers.Concatenate()([vectors(text), numbers])
    output = keras.layers.Dense(1, activation="sigmoid")(joined)
    inputs = [numbers, text] if form is list else {"text": text, "numbers": numbers}
    model = keras.Model(inputs, output)
    # Run eagerly: for a few batches tracing would take ten times as long as training.
    model.compile(**compile_kwargs, run_eagerly=True)
    return model


def classifier(**params):
    given = {"inputs": INPUTS, "loss": "binary_crossentropy", "batch_size": 24, "random_state": 0}
    return KerasClassifier(network, **{**given, **params})


class TestSeveralInputs:
    @pytest.mark.parametrize("form", [list, dict])
    def test_it_is_what_keras_computes(self, form):
        fitted = classifier(form=form, optimizer="adam", optimizer__learning_rate=0.1, epochs=25)
        fitted.fit(FRAME, Y)
        text = tf.constant(FRAME["comment"].to_numpy(dtype=object))
        numbers = tf.constant(FRAME[["age", "income"]].to_numpy(np.float32))
        inputs = [numbers, text] if form is list else {"text": text, "numbers": numbers}
        expected = fitted.model_(inputs, training=False).numpy()[:, 0]
        assert_allclose(fitted.predict_proba(FRAME)[:, 1], expected, atol=1e-6)
        assert fitted.score(FRAME, Y) > 0.7

    def test_indices_of_an_array(self):
        by_name = classifier().fit(FRAME, Y)
        inputs = {"text": 0, "numbers": [1, 3]}
        by_number = classifier(inputs=inputs).fit(FRAME.to_numpy(dtype=object), Y)
        assert_allclose(
            by_name.predict_proba(FRAME), by_number.predict_proba(FRAME.to_numpy(dtype=object))
        )
        rows = FRAME.to_numpy(dtype=object).tolist()
        assert_allclose(by_name.predict_proba(FRAME), by_number.predict_proba(rows))

    def test_folds_weights_and_early_stopping(self):
        scores = cross_val_score(classifier(), FRAME, Y, cv=2, error_score="raise")
        assert scores.shape == (2,)
        weight = np.arange(48) % 3
        fitted = classifier(early_stopping=True, epochs=2).fit(FRAME, Y, sample_weight=weight)
        assert len(fitted.history_["val_loss"]) == 2

    @pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
    def test_clone_and_pickle(self):
        fitted = clone(classifier()).fit(FRAME, Y)
        loaded = pickle.loads(pickle.dumps(fitted))
        assert_array_equal(loaded.predict_proba(FRAME), fitted.predict_proba(FRAME))
        assert loaded.get_params()["inputs"] == INPUTS

    def test_columns_take_the_shape_of_the_layer(self):
        def model(compile_kwargs):
            picture = keras.Input((2, 2, 1), name="picture")
            number = keras.Input((), name="number")
            flat = keras.layers.Flatten()(keras.layers.Conv2D(2, 2)(picture))
            joined = keras.layers.Concatenate()([flat, keras.ops.expand_dims(number, -1)])
            made = keras.Model([picture, number], keras.layers.Dense(1)(joined))
            made.compile(**compile_kwargs, run_eagerly=True)
            return made

        X = RNG.normal(size=(20, 5))
        fitted = KerasRegressor(
            model, loss="mse", inputs={"picture": slice(0, 4), "number": 4}, random_state=0
        )
        fitted.fit(X, X[:, 0])
        X32 = X.astype(np.float32)
        expected = fitted.model_([X32[:, :4].reshape(20, 2, 2, 1), X32[:, 4]]).numpy()[:, 0]
        assert_allclose(fitted.predict(X), expected, atol=1e-6)

    def test_a_subclass_takes_them_by_name(self):
        class Own(keras.Model):
            def __init__(self):
                super().__init__()
                self.dense = keras.layers.Dense(1, activation="sigmoid")

            def call(self, inputs):
                return self.dense(keras.ops.concatenate([inputs["a"], inputs["b"]], axis=-1))

        def model(compile_kwargs):
            made = Own()
            made.compile(**compile_kwargs, run_eagerly=True)
            return made

        X = RNG.normal(size=(20, 3))
        fitted = KerasClassifier(
            model, loss="binary_crossentropy", inputs={"a": [0, 1], "b": 2}, random_state=0
        )
        assert fitted.fit(X, Y[:20]).predict_proba(X).shape == (20, 2)

    @pytest.mark.parametrize(
        "inputs, message",
        [
            ({"text": "comment"}, r"input layers \['numbers', 'text'\], but inputs has \['text'\]"),
            ({**INPUTS, "numbers": "age"}, r"samples of shape \(2,\), but .* names 1 columns"),
            ({**INPUTS, "numbers": ["age", "gone"]}, r"'gone'\] does not name columns of X"),
            ({**INPUTS, "numbers": ["age", "town"]}, "could not convert|nable to convert"),
            ({}, "must hold names of input layers"),
            ({"text": 9, "numbers": [1]}, "does not name columns of X"),
        ],
    )
    def test_refusals(self, inputs, message):
        X = FRAME.to_numpy(dtype=object) if inputs.get("text") == 9 else FRAME
        with pytest.raises(ValueError, match=message):
            classifier(inputs=inputs).fit(X, Y)

    def test_missing_values(self):
        frame = FRAME.astype({"comment": object})
        frame.loc[3, "age"] = np.nan
        with pytest.raises(ValueError, match=r"inputs\['numbers'\] contains NaN"):
            classifier().fit(frame, Y)


@pytest.mark.parametrize("outputs", [list, dict])
def test_several_output_layers_are_refused(outputs):
    def model():
        given = keras.Input((4,))
        layers = [keras.layers.Dense(1)(given), keras.layers.Dense(1)(given)]
        return keras.Model(given, layers if outputs is list else {"a": layers[0], "b": layers[1]})

    with pytest.raises(ValueError, match="got 2: several output layers are not supported"):
        KerasRegressor(model, loss="mse").fit(RNG.normal(size=(9, 4)), np.arange(9))


class TestSparse:
    X = random_array((60, 30), density=0.2, rng=0, dtype=np.float64).tocsr()
    y = np.arange(60) % 2

    def linear(self, **params):
        def model(meta):
            layers = [keras.Input((meta["n_features_in_"],)), keras.layers.Dense(1, "sigmoid")]
            return keras.Sequential(layers)

        given = {"loss": "binary_crossentropy", "random_state": 0, "epochs": 2, "batch_size": 16}
        return KerasClassifier(model, **{**given, **params})

    @pytest.mark.parametrize("run_eagerly", [False, True], ids=["program", "keras"])
    def test_it_is_the_model_of_dense_rows(self, run_eagerly):
        given = {"compile__run_eagerly": run_eagerly, "validation_split": 0.2}
        dense = self.linear(**given).fit(self.X.toarray(), self.y)
        sparse = self.linear(**given).fit(self.X, self.y, sample_weight=np.ones(60))
        expected = dense.predict_proba(self.X.toarray())
        assert_allclose(sparse.predict_proba(self.X), expected, atol=1e-6)
        for name, values in dense.history_.items():
            assert_allclose(sparse.history_[name], values, atol=1e-6)

    @pytest.mark.parametrize("form", [csc_matrix, csr_array])
    def test_forms(self, form):
        fitted = self.linear(compile__run_eagerly=True).fit(form(self.X), self.y)
        assert_allclose(fitted.predict_proba(form(self.X)), fitted.predict_proba(self.X))

    def test_never_dense_as_a_whole(self, monkeypatch):
        most = []
        whole = SparseRows.__array__

        def read(rows, *args, **kwargs):
            most.append(len(rows))
            return whole(rows, *args, **kwargs)

        monkeypatch.setattr(SparseRows, "__array__", read)
        self.linear(compile__run_eagerly=True).fit(self.X, self.y)
        assert max(most) == 16

    def test_behind_an_encoder(self):
        words = FRAME[["comment", "town"]]
        pipe = make_pipeline(OneHotEncoder(), self.linear(compile__run_eagerly=True))
        assert cross_val_score(pipe, words, Y, cv=2, error_score="raise").shape == (2,)

    def test_images_are_not_sparse(self):
        with pytest.raises(TypeError, match=r"[Ss]parse"):
            CNNClassifier().fit(self.X, self.y)


class TestContainers:
    @pytest.mark.parametrize(
        "make, error, message",
        [
            (lambda X: tf.data.Dataset.from_tensor_slices(X), TypeError, "Got .*Dataset.*folds"),
            (lambda X: iter(X), TypeError, "Got .*iterator, which cannot be split"),
            (lambda X: (row for row in X), TypeError, "Got generator, which cannot be split"),
            (lambda X: {"a": X, "b": X}, ValueError, "Got a mapping. For several inputs"),
            (lambda X: [X, X], ValueError, r"Got 2 arrays .* inputs=\{"),
            (lambda X: [X, X[:, 0]], ValueError, r"\(8, 3\), \(8,\)\. For several inputs"),
        ],
    )
    @pytest.mark.parametrize("estimator", [CNNClassifier(), KerasClassifier(network, loss="mse")])
    def test_the_error_says_what_to_do(self, estimator, make, error, message):
        with pytest.raises(error, match=message):
            estimator.fit(make(np.zeros((8, 3))), np.arange(8) % 2)

    def test_a_list_of_samples_is_an_array(self):
        samples = [np.full((3, 3), i % 2) for i in range(8)]
        fitted = CNNClassifier(filters=2, dense_units=2, epochs=1).fit(samples, np.arange(8) % 2)
        assert fitted.predict(samples).shape == (8,)
