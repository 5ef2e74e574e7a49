"""Compiled epochs: what is shared, what is not, and that sharing changes no result."""

import gc
import itertools
import os
import pickle
import random
import weakref

import keras
import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.datasets import make_classification
from tensorflow.python.framework.func_graph import FuncGraph

from sktune.keras import KerasClassifier
from sktune.keras._programs import _pool
from sktune.keras._programs._architecture import describe
from sktune.keras._training import _fit

X, Y = make_classification(n_samples=70, n_features=6, n_informative=4, n_classes=3, random_state=0)
X = X.astype(np.float32)
GENERATOR = np.random.default_rng(0)
COUNTER = itertools.count()
VARIABLE = keras.Variable(1.0)
CROSS_ENTROPY = "sparse_categorical_crossentropy"


def network(units=4, dropout=0.0, learning_rate=0.01, extra=(), loss=CROSS_ENTROPY, metrics=()):
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dropout(dropout),
            *[make() for make in extra],
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(learning_rate), loss, metrics=list(metrics))
    return model


@keras.saving.register_keras_serializable("sktune_tests")
class Registered(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs


class Unregistered(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs


def own_loss(y_true, y_pred):
    return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)


def key(*args, **kwargs):
    model, _ = _fit.build(lambda: network(*args, **kwargs), 0, X)
    return describe(model)


def fitted(model=network, **params):
    settings = {"epochs": 3, "batch_size": 16, "random_state": 0, **params}
    return KerasClassifier(model, **settings).fit(X, Y)


def same_weights(one, other):
    pairs = zip(one.model_.get_weights(), other.model_.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def to_rows():
    return keras.layers.Reshape((2, 2))


def spatial_dropout():
    return keras.layers.SpatialDropout1D(0.3)


@pytest.fixture
def pool(monkeypatch):
    """A pool of its own for one test."""
    pool = _pool.Pool()
    monkeypatch.setattr(_fit, "borrow", pool.borrow)
    return pool


@pytest.fixture
def by_keras(monkeypatch):
    """Call it, and from then on nothing is shared."""
    return lambda: monkeypatch.setattr(_fit, "describe", lambda model: None)


class TestKey:
    def test_what_does_not_change_the_key(self):
        alike = [
            key(),
            key(dropout=0.3),
            key(learning_rate=0.5),
            key(metrics=()),
        ]
        assert len(set(alike)) == 1

    @pytest.mark.parametrize(
        "other",
        [
            {"units": 5},
            {"extra": [keras.layers.ReLU]},
            {"loss": "categorical_crossentropy"},
            {"metrics": ["accuracy"]},
            {"extra": [lambda: keras.layers.GaussianNoise(0.1)]},
        ],
    )
    def test_what_changes_the_key(self, other):
        assert key(**other) != key()
        assert key(**other) is not None

    def test_a_metric_without_a_name(self):
        """Keras calls it "auc" in one model and "auc_1" in the next."""
        keys = {key(metrics=[keras.metrics.SparseTopKCategoricalAccuracy()]) for _ in range(2)}
        assert len(keys) == 1

    def test_code_that_keras_knows(self):
        assert key(extra=[Registered]) == key(extra=[Registered])
        assert key(extra=[Registered]) is not None

    @pytest.mark.parametrize(
        "own",
        [
            {"extra": [Unregistered]},
            {"extra": [lambda: keras.layers.Lambda(lambda x: x + 1)]},
            {"loss": own_loss},
            {"loss": lambda y, p: own_loss(y, p)},
            {"extra": [lambda: keras.layers.Dropout(0.2, noise_shape=(1, 4))]},
        ],
    )
    def test_code_of_the_user(self, own):
        assert key(**own) == key(**own)
        assert key(**own) not in (None, key())

    @pytest.mark.parametrize(
        "unseen",
        [
            lambda: np.random.default_rng(0).random(),
            lambda: eval("1"),
            lambda: len(os.environ),
            lambda: random.random(),
            lambda: GENERATOR.random(),
            lambda: next(COUNTER),
            lambda: VARIABLE,
        ],
    )
    def test_code_that_depends_on_what_cannot_be_seen(self, unseen):
        assert key(extra=[lambda: keras.layers.Lambda(lambda x: unseen() * x)]) is None

    def test_a_class_registered_anew_is_another(self):
        """As when a cell of a notebook is changed and run again."""

        def make(factor):
            @keras.saving.register_keras_serializable("sktune_tests")
            class Scaled(keras.layers.Layer):
                def call(self, inputs):
                    return factor * inputs

            return Scaled

        assert key(extra=[make(2)]) != key(extra=[make(3)])


class TestSharing:
    def test_candidates_and_folds_share_one_program(self, pool):
        for dropout, learning_rate, batch_size in [(0.0, 0.1, 8), (0.4, 0.01, 16)]:
            fitted(
                model__dropout=dropout, model__learning_rate=learning_rate, batch_size=batch_size
            ).predict(X[:20])
        assert len(pool._idle) == 1

    def test_what_is_kept_is_bounded(self, pool, monkeypatch):
        monkeypatch.setattr(_pool, "_MAX_IDLE", 2)
        for units in (2, 3, 4):
            fitted(model__units=units)
        first = weakref.ref(pool._idle[0])
        fitted(model__units=3)  # used again: now 4 is the least recently used
        assert len(pool._idle) == 2
        fitted(model__units=5)
        fitted(model__units=6)
        gc.collect()
        assert first() is None
        monkeypatch.setattr(_pool, "_MAX_IDLE_BYTES", 0)
        fitted(model__units=7)
        assert len(pool._idle) == 1

    def test_threads_share_none_at_the_same_time(self, pool):
        def fit(dropout):
            return fitted(model__dropout=dropout).predict_proba(X)

        rates = [0.0, 0.2, 0.4, 0.6]
        alone = [fit(rate) for rate in rates]
        together = Parallel(n_jobs=2, backend="threading")(delayed(fit)(rate) for rate in rates)
        assert np.array_equal(alone, together)

    def test_a_program_that_failed_is_not_lent_again(self, pool):
        architecture = describe(network())
        with pytest.raises(RuntimeError, match="out of memory"), pool.borrow(architecture):
            raise RuntimeError("out of memory")
        assert not pool._idle

    def test_names_do_not_depend_on_what_was_made_before(self):
        names = [[layer.name for layer in fitted().model_.layers] for _ in range(2)]
        assert names[0] == names[1] == ["dense", "dropout", "dense_1"]


def bare_network(meta):
    layers = [keras.Input((6,)), keras.layers.Dense(4), keras.layers.Dense(3, activation="softmax")]
    return keras.Sequential(layers)


def compiled_network(meta):
    model = bare_network(meta)
    model.compile("adam", CROSS_ENTROPY, metrics=["accuracy"])
    return model


def network_compiled_as_told(meta, compile_kwargs):
    model = bare_network(meta)
    model.compile(**compile_kwargs)
    return model


NAMES = {"loss": CROSS_ENTROPY, "optimizer": "adam", "metrics": ["accuracy"]}
CLASSES = {
    "loss": keras.losses.SparseCategoricalCrossentropy,
    "optimizer": keras.optimizers.Adam,
    "metrics": [keras.metrics.SparseCategoricalAccuracy],
}
FORMS = {
    "names": {"model": bare_network, **NAMES},
    "classes": {"model": bare_network, **CLASSES},
    "instances": {
        "model": bare_network,
        "loss": CLASSES["loss"](),
        "optimizer": CLASSES["optimizer"](),
        "metrics": [CLASSES["metrics"][0]()],
    },
    "own loss": {"model": bare_network, **NAMES, "loss": own_loss},
    "compile_kwargs": {"model": network_compiled_as_told, **NAMES},
}


def test_all_forms_of_compiling_cost_the_same(pool, monkeypatch):
    """No form is traced anew. CPU time and memory of a fit: benchmarks/networks/keras_fit.py."""
    n_graphs = 0
    make_graph = FuncGraph.__init__

    def count(graph, *args, **kwargs):
        nonlocal n_graphs
        n_graphs += 1
        make_graph(graph, *args, **kwargs)

    def graphs_of_a_fit(**params):
        for _ in range(2):
            fitted(**params)
        before = n_graphs
        fitted(**params)
        return n_graphs - before

    monkeypatch.setattr(FuncGraph, "__init__", count)
    most = graphs_of_a_fit(model=compiled_network)
    assert n_graphs  # the first fit is traced
    for n, params in enumerate(FORMS.values(), start=2):
        assert graphs_of_a_fit(**params) <= most
        assert len(pool._idle) <= n


# TensorFlow 2.21's variables and NumPy 2.4, seen when Keras saves or reads variables.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
class TestSameModel:
    """As Keras's own training loop, to the last bit."""

    @pytest.mark.parametrize(
        "params",
        [
            {"model__dropout": 0.3},
            {"model__extra": [keras.layers.BatchNormalization], "validation_split": 0.3},
            {"model__extra": [to_rows, spatial_dropout, keras.layers.Flatten]},
            {"early_stopping": True, "n_iter_no_change": 1, "model__learning_rate": 0.5},
            {"callbacks": [keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)]},
        ],
        ids=["dropout", "batch normalisation", "spatial dropout", "early stopping", "callback"],
    )
    def test_as_by_keras(self, params, by_keras):
        params = {**params, "epochs": 4}
        ours = fitted(**params)
        by_keras()
        theirs = fitted(**params)
        assert same_weights(ours, theirs)
        assert ours.history_ == theirs.history_

    def test_weights_of_samples(self, by_keras):
        weight = np.linspace(0.1, 2, len(X))
        ours = KerasClassifier(network, random_state=0).fit(X, Y, sample_weight=weight)
        by_keras()
        theirs = KerasClassifier(network, random_state=0).fit(X, Y, sample_weight=weight)
        assert same_weights(ours, theirs)

    def test_a_schedule_of_the_learning_rate(self, by_keras):
        def scheduled():
            schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)
            return network(learning_rate=schedule)

        ours = fitted(scheduled).fit(X, Y)
        ours.partial_fit(X, Y)
        by_keras()
        theirs = fitted(scheduled)
        theirs.partial_fit(X, Y)
        assert same_weights(ours, theirs)

    @pytest.mark.parametrize(
        "make_optimizer",
        [
            # Its first momentum is a copy of the weights.
            lambda schedule: keras.optimizers.ScheduleFreeAdamW(0.05),
            lambda schedule: keras.optimizers.SGD(0.05, use_ema=True, ema_overwrite_frequency=2),
            lambda schedule: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(schedule)),
        ],
        ids=["momentum of weights", "mean of weights", "schedule in a loss scale"],
    )
    def test_a_fit_from_other_weights_by_the_same_program(self, make_optimizer, by_keras):
        def make():
            schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)
            model = network()
            model.compile(make_optimizer(schedule), "sparse_categorical_crossentropy")
            return model

        fitted(make)
        ours = fitted(make, random_state=1).partial_fit(X, Y)
        by_keras()
        theirs = fitted(make, random_state=1).partial_fit(X, Y)
        assert same_weights(ours, theirs)

    def test_training_goes_on_where_it_left_off(self, by_keras):
        """With the moments of the optimizer, also from a pickle, on either way."""
        whole = fitted(epochs=4, model__dropout=0.2)
        parts = fitted(epochs=2, model__dropout=0.2)
        loaded = pickle.loads(pickle.dumps(parts))
        for _ in range(2):
            loaded.partial_fit(X, Y)
        assert same_weights(loaded, whole)
        parts.partial_fit(X, Y)
        by_keras()
        parts.partial_fit(X, Y)
        assert same_weights(parts, whole)

    def test_a_learning_rate_set_meanwhile_is_used(self):
        still = fitted()
        still.model_.optimizer.learning_rate = 0.0
        before = still.model_.get_weights()
        still.partial_fit(X, Y)
        assert all(map(np.array_equal, before, still.model_.get_weights()))

    def test_code_of_the_user_is_trained_by_keras(self):
        mean_loss = fitted(model__extra=[Unregistered], epochs=20).history_["loss"]
        assert mean_loss[-1] < mean_loss[0]

    def test_a_callback_between_batches_is_heard(self):
        class Counter(keras.callbacks.Callback):
            batches = 0

            def on_train_batch_end(self, batch, logs=None):
                Counter.batches += 1

        fitted(callbacks=[Counter()], epochs=2)
        assert Counter.batches == 2 * 5


# Keras 3.15.1 saves a variable of a loss-scaling optimizer in numpy 1's manner.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_loss_scaling_optimizer_keeps_its_state_in_a_copy():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        original = fitted()
        copied = pickle.loads(pickle.dumps(original))
        for each in (original, copied):
            each.partial_fit(X, Y)
    finally:
        keras.config.set_dtype_policy(before)
    assert same_weights(original, copied)
