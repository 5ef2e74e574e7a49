"""What a classifier makes of last layers and losses of every kind."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit, softmax
from sklearn.datasets import make_classification

from sktune.keras import KerasClassifier
from sktune.keras._output import Output, _fits, _form_of, _is_about_zero, _nearest_shares

X, CODES = make_classification(
    n_samples=90, n_features=5, n_informative=5, n_redundant=0, n_classes=3, random_state=0
)
ONE_HOT = np.eye(3, dtype=int)[CODES]
YES = (CODES > 0).astype(int)
SEVERAL = np.column_stack([CODES > 0, CODES < 2, CODES == 1]).astype(int)
LEARNING = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 15}


def network(meta, compile_kwargs, activation="softmax", units=3):
    model = keras.Sequential(
        [
            keras.Input((meta["n_features_in_"],)),
            keras.layers.Dense(units, activation=activation),
        ]
    )
    # Run eagerly: for a few batches tracing would take ten times as long as training.
    model.compile(**compile_kwargs, run_eagerly=True)
    return model


def classifier(loss, activation="softmax", units=3, **params):
    given = {"batch_size": 45, "random_state": 0, "model__units": units}
    return KerasClassifier(network, loss=loss, model__activation=activation, **{**given, **params})


def focal(y, p):
    return -keras.ops.sum(y * (1 - p) ** 2 * keras.ops.log(p + 1e-7), axis=-1)


def sparse_focal(y, p):
    """Like its namesakes it takes rows, whatever the name says."""
    return focal(y, p)


def categorical_by_numbers(y, p):
    return keras.losses.sparse_categorical_crossentropy(y, p)


def first_column(y, p):
    """A common way of those who were given class numbers."""
    return -keras.ops.log(tf.gather(p, tf.cast(y[:, 0], tf.int32), batch_dims=1) + 1e-7)


def ordinal(y, p):
    steps = keras.ops.arange(3, dtype=p.dtype)
    return (y[:, 0] - keras.ops.sum(p * steps, axis=-1)) ** 2


class OwnLoss(keras.losses.Loss):
    def call(self, y, p):
        return focal(y, p)


def scalar(y, p):
    return keras.ops.mean(focal(y, p))


class TestOwnLosses:
    @pytest.mark.parametrize("loss", [focal, sparse_focal, OwnLoss(), scalar])
    def test_rows(self, loss):
        labels = classifier(loss, **LEARNING).fit(X, np.array(["a", "b", "c"])[CODES])
        rows = classifier(loss, **LEARNING).fit(X, ONE_HOT)
        assert_array_equal(labels.predict_proba(X), rows.predict_proba(X))
        assert_array_equal(rows.predict(X), np.eye(3)[rows.predict_proba(X).argmax(axis=1)])
        assert labels.score(X, np.array(["a", "b", "c"])[CODES]) > 0.6

    @pytest.mark.parametrize("loss", [categorical_by_numbers, first_column, ordinal])
    def test_numbers(self, loss):
        labels = classifier(loss, **LEARNING).fit(X, CODES)
        rows = classifier(loss, **LEARNING).fit(X, ONE_HOT)
        assert_array_equal(labels.predict_proba(X), rows.predict_proba(X))
        assert labels.score(X, CODES) > 0.55

    def test_two_classes(self):
        def loss(y, p):
            return keras.ops.mean((y - p) ** 2, axis=-1)

        fitted = classifier(loss, "sigmoid", 1, **LEARNING).fit(X, YES)
        builtin = classifier("mse", "sigmoid", 1, **LEARNING).fit(X, YES)
        assert_allclose(fitted.predict_proba(X), builtin.predict_proba(X), atol=1e-6)
        assert fitted.score(X, YES) > 0.7


class TestOneHotRows:
    @pytest.mark.parametrize("loss", ["mse", "mae", "huber", "binary_crossentropy", "poisson"])
    def test_a_softmax_has_exclusive_classes(self, loss):
        fitted = classifier(loss, **LEARNING).fit(X, ONE_HOT)
        assert_array_equal(fitted.predict(X), np.eye(3)[fitted.predict_proba(X).argmax(axis=1)])
        assert fitted.score(X, ONE_HOT) > 0.5
        with pytest.raises(ValueError, match=r"A softmax as the last layer needs one class"):
            fitted.fit(X, SEVERAL)

    def test_linear_units(self):
        fitted = classifier("mse", "linear", **LEARNING).fit(X, ONE_HOT)
        assert_array_equal(fitted.predict(X), np.eye(3)[fitted.predict_proba(X).argmax(axis=1)])
        several = classifier("mse", "linear", **LEARNING).fit(X, SEVERAL)
        assert_array_equal(several.predict(X), several.predict_proba(X) > 0.5)
        assert set(several.predict(X).sum(axis=1)) - {1}

    def test_sigmoids_have_labels(self):
        fitted = classifier("mse", "sigmoid", **LEARNING).fit(X, ONE_HOT)
        assert_array_equal(fitted.predict(X), fitted.predict_proba(X) > 0.5)


class TestScores:
    @pytest.mark.parametrize(
        "loss",
        [
            keras.losses.CategoricalCrossentropy(from_logits=True),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            lambda y, p: tf.nn.softmax_cross_entropy_with_logits(y, p),
        ],
    )
    def test_logits_of_classes(self, loss):
        fitted = classifier(loss, "linear", **LEARNING).fit(X, CODES)
        logits = fitted.model_(X.astype(np.float32)).numpy()
        assert_allclose(fitted.predict_proba(X), softmax(logits, axis=1), atol=1e-6)
        assert fitted.score(X, CODES) > 0.6

    @pytest.mark.parametrize(
        "loss, activation",
        [
            (keras.losses.BinaryCrossentropy(from_logits=True), "linear"),
            (lambda y, p: tf.nn.sigmoid_cross_entropy_with_logits(y, p), "linear"),
            ("hinge", "tanh"),
            ("squared_hinge", "linear"),
        ],
    )
    def test_the_border_is_0(self, loss, activation):
        fitted = classifier(loss, activation, 1, **LEARNING).fit(X, YES)
        output = fitted.model_(X.astype(np.float32)).numpy()[:, 0]
        assert_array_equal(fitted.predict(X), output > 0)
        assert_allclose(fitted.predict_proba(X)[:, 1], expit(output), atol=1e-6)
        assert fitted.score(X, YES) > 0.7

    def test_logits_of_labels(self):
        loss = keras.losses.BinaryCrossentropy(from_logits=True)
        fitted = classifier(loss, "linear", **LEARNING).fit(X, SEVERAL)
        output = fitted.model_(X.astype(np.float32)).numpy()
        assert_array_equal(fitted.predict(X), output > 0)

    def test_the_border_of_numbers_is_a_half(self):
        fitted = classifier("mse", "linear", 1, **LEARNING).fit(X, YES)
        output = fitted.model_(X.astype(np.float32)).numpy()[:, 0]
        assert_array_equal(fitted.predict(X), output > 0.5)


class TestLastLayers:
    @pytest.mark.parametrize(
        "last",
        [
            lambda: [keras.layers.Dense(3), keras.layers.Softmax()],
            lambda: [keras.layers.Dense(3), keras.layers.Activation("softmax")],
            lambda: [keras.layers.Dense(3, activation=lambda x: keras.ops.softmax(x))],
            lambda: [keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, "softmax")])],
        ],
    )
    def test_softmax_in_every_guise(self, last):
        def model(compile_kwargs):
            made = keras.Sequential([keras.Input((5,)), *last()])
            made.compile(**compile_kwargs, run_eagerly=True)
            return made

        fitted = KerasClassifier(model, loss="mse", random_state=0).fit(X, ONE_HOT)
        assert fitted._output.scale == "shares"

    def test_a_subclassed_model(self):
        class Own(keras.Model):
            def __init__(self):
                super().__init__()
                self.dense = keras.layers.Dense(3)

            def call(self, inputs):
                return keras.ops.softmax(self.dense(inputs))

        def model(compile_kwargs):
            made = Own()
            made.compile(**compile_kwargs, run_eagerly=True)
            return made

        fitted = KerasClassifier(model, loss="mse", random_state=0).fit(X, ONE_HOT)
        assert fitted._output.scale == "shares"


class TestRefusals:
    @pytest.mark.parametrize(
        "loss",
        [
            "sparse_categorical_crossentropy",
            "categorical_crossentropy",
            keras.losses.KLDivergence(),
        ],
    )
    def test_one_unit_for_a_loss_over_classes(self, loss):
        with pytest.raises(ValueError, match=r"shape \(1,\): it must be \(2,\) for the loss"):
            classifier(loss, "sigmoid", 1).fit(X, YES)


def losses_of_classes():
    """Every loss that Keras exports and that knows classes, with whether it takes numbers."""
    for name in sorted(dir(keras.losses)):
        thing = getattr(keras.losses, name)
        is_loss = isinstance(thing, type) and issubclass(thing, keras.losses.Loss)
        if is_loss and thing not in (keras.losses.Loss, keras.losses.CTC, keras.losses.Circle):
            yield pytest.param(thing(), id=name)


@pytest.mark.parametrize("loss", losses_of_classes())
def test_every_loss_of_keras_answers_as_its_name_says(loss):
    """What is known of them by name is what asking them would tell."""
    form = _form_of(loss, 3)
    for n_units in (2, 3, 10):
        assert _fits(loss, n_units, form)
        assert form == "rows" or not _fits(loss, n_units, "rows")
    if isinstance(getattr(loss, "from_logits", None), bool):
        of_logits = type(loss).from_config({**loss.get_config(), "from_logits": True})
        assert _is_about_zero(of_logits, 3, form, is_exclusive=True)
        assert not _is_about_zero(loss, 3, form, is_exclusive=True)


def test_nearest_shares():
    rng = np.random.default_rng(0)
    values = rng.normal(scale=3, size=(200, 4))
    shares = _nearest_shares(values)
    assert_allclose(shares.sum(axis=1), 1)
    assert (shares >= 0).all()
    assert_array_equal(shares.argmax(axis=1), values.argmax(axis=1))
    # No other point of the simplex is nearer.
    others = rng.dirichlet(np.ones(4), size=(200, 500))
    distance = ((shares - values) ** 2).sum(axis=1)
    assert (distance[:, np.newaxis] <= ((others - values[:, np.newaxis]) ** 2).sum(axis=2)).all()
    inside = rng.dirichlet(np.ones(4), size=10)
    assert_allclose(_nearest_shares(inside), inside)
    assert_allclose(_nearest_shares(np.array([[1e30, -1e30]], dtype=np.float32)), [[1, 0]])


@pytest.mark.parametrize("scale", ["shares", "probabilities", "scores", "numbers"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_any_finite_output_gives_probabilities(scale, dtype):
    rng = np.random.default_rng(0)
    largest = 1 if scale in ("shares", "probabilities") else np.finfo(dtype).max / 4
    raw = rng.uniform(-largest, largest, size=(50, 3)).astype(dtype)
    if scale in ("shares", "probabilities"):
        raw = np.abs(raw)
    if scale == "shares":
        raw /= raw.sum(axis=1, keepdims=True)
    for one_class, n_units in (("so", 3), ("so", 1), (None, 3)):
        output = Output(n_units, scale, "rows", one_class)
        proba = output.to_probabilities(raw[:, :n_units])
        assert proba.dtype == np.promote_types(dtype, np.float32)
        assert (proba >= 0).all()
        assert (proba <= 1).all()
        if one_class:
            assert_allclose(proba.sum(axis=1), 1, atol=1e-6)
