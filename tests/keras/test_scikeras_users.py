"""Patterns of scikeras's documentation, written anew, with nothing but the import changed."""

import pickle

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sktune import BayesSearchCV
from sktune.keras import KerasClassifier, KerasRegressor

X, Y = make_classification(n_samples=60, n_features=8, n_informative=5, random_state=0)
X = X.astype(np.float32)
X_REGR, Y_REGR = make_regression(n_samples=60, n_features=8, random_state=0)
CROSS_ENTROPY = "sparse_categorical_crossentropy"
pytestmark = pytest.mark.filterwarnings(
    # TensorFlow 2.21's variables and NumPy 2.4, seen when Keras saves weights.
    "ignore:__array__ implementation:DeprecationWarning"
)


def get_model(hidden_layer_dim, meta):
    """The model of the quick start, activations as layers of their own."""
    model = keras.models.Sequential()
    model.add(keras.layers.Input(meta["X_shape_"][1:]))
    model.add(keras.layers.Dense(meta["n_features_in_"]))
    model.add(keras.layers.Activation("relu"))
    model.add(keras.layers.Dense(hidden_layer_dim))
    model.add(keras.layers.Activation("relu"))
    model.add(keras.layers.Dense(meta["n_classes_"]))
    model.add(keras.layers.Activation("softmax"))
    return model


def get_clf(meta, hidden_layer_sizes=(3,), dropout=0.0):
    """The binary classifier of the notebook on basic usage: one sigmoid."""
    model = keras.models.Sequential()
    model.add(keras.layers.Input(shape=(meta["n_features_in_"],)))
    for hidden_layer_size in hidden_layer_sizes:
        model.add(keras.layers.Dense(hidden_layer_size, activation="relu"))
        model.add(keras.layers.Dropout(dropout))
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    return model


def get_reg(meta, hidden_layer_sizes=(3,)):
    layers = [keras.layers.Dense(size, activation="relu") for size in hidden_layer_sizes]
    return keras.Sequential(
        [keras.Input((meta["n_features_in_"],)), *layers, keras.layers.Dense(1)]
    )


def get_compiled(hidden_layer_sizes, meta, compile_kwargs):
    """The function of the notebook on meta-estimators, which compiles by itself."""
    model = get_clf(meta, hidden_layer_sizes)
    model.compile(loss="binary_crossentropy", optimizer=compile_kwargs["optimizer"])
    return model


def compiled_eagerly(meta, compile_kwargs):
    """For tests of what it is compiled with: no program is compiled."""
    model = get_clf(meta)
    model.compile(**{**compile_kwargs, "run_eagerly": True})
    return model


def made_with(**params):
    """Return a fitted classifier whose compiling is to be looked at."""
    given = {"loss": "binary_crossentropy", "batch_size": 60, "random_state": 0}
    return KerasClassifier(compiled_eagerly, **{**given, **params}).fit(X, Y)


class TestQuickStart:
    def test_arguments_without_a_prefix(self):
        clf = KerasClassifier(get_model, loss=CROSS_ENTROPY, hidden_layer_dim=5)
        assert clf.fit(X, Y).predict_proba(X).shape == (60, 2)
        assert clf.model_.layers[2].units == 5
        assert clf.hidden_layer_dim == 5
        assert clone(clf).get_params() == clf.get_params()
        assert pickle.loads(pickle.dumps(clf)).hidden_layer_dim == 5

    def test_pipeline(self):
        clf = KerasClassifier(get_model, loss=CROSS_ENTROPY, hidden_layer_dim=5)
        pipe = Pipeline([("scale", StandardScaler()), ("clf", clf)])
        pipe.set_params(clf__hidden_layer_dim=6).fit(X, Y)
        assert pipe[-1].model_.layers[2].units == 6

    @pytest.mark.slow
    @pytest.mark.parametrize("search", [GridSearchCV, BayesSearchCV])
    @pytest.mark.filterwarnings("ignore::sktune.exceptions.SktuneWarning")
    def test_grid_search(self, search):
        params = {
            "hidden_layer_dim": [3, 4],
            "loss": [CROSS_ENTROPY],
            "optimizer": ["adam", "sgd"],
            "optimizer__learning_rate": [0.001, 0.1],
        }
        clf = KerasClassifier(get_model, loss=CROSS_ENTROPY, hidden_layer_dim=5, verbose=0)
        settings = {"n_iter": 3, "random_state": 0} if search is BayesSearchCV else {}
        gs = search(
            clf, params, refit=False, cv=2, scoring="accuracy", error_score="raise", **settings
        )
        gs.fit(X, Y)
        assert set(gs.best_params_) == set(params)

    def test_a_grid_may_name_what_the_constructor_does_not(self):
        clf = KerasClassifier(get_clf, loss="binary_crossentropy")
        assert clf.set_params(dropout=0.3).get_params()["dropout"] == 0.3
        with pytest.raises(ValueError, match="Invalid parameter 'drop_out'"):
            clf.set_params(drop_out=0.3)


class TestArguments:
    def test_the_prefixed_form_wins(self):
        clf = KerasClassifier(get_model, loss=CROSS_ENTROPY, hidden_layer_dim=5)
        assert clf.set_params(model__hidden_layer_dim=7).fit(X, Y).model_.layers[2].units == 7

    @pytest.mark.parametrize("argument", ["optimizer", "epochs", "loss"])
    def test_clash_with_a_parameter(self, argument):
        namespace = {"get_clf": get_clf}
        exec(f"def model(meta, {argument}): return get_clf(meta)", namespace)
        clf = KerasClassifier(namespace["model"], loss="binary_crossentropy")
        with pytest.raises(TypeError, match=f"{argument!r} is a parameter .*model__{argument}"):
            clf.fit(X, Y)

    def test_clash_by_a_value(self):
        """What the user has set would not arrive; what nobody has set harms nobody."""

        def model(meta, optimizer="rmsprop"):
            return compiled_eagerly(meta, {"optimizer": optimizer, "loss": "mse"})

        assert KerasClassifier(model).fit(X, Y)
        with pytest.raises(TypeError, match="'optimizer' is a parameter"):
            KerasClassifier(model, optimizer="sgd").fit(X, Y)
        named = KerasClassifier(model, model__optimizer="sgd").fit(X, Y)
        assert named.model_.optimizer.name.lower() == "sgd"

    @pytest.mark.parametrize(
        "params, message",
        [
            ({"unts": 3}, "'unts': it is not a parameter of .* takes hidden_layer_sizes, dropout"),
            ({"build_fn": get_clf}, "'build_fn': write model="),
            ({"fit__initial_epoch": 3}, r"fit__initial_epoch': fit__ may be followed by batch"),
            ({"predict__steps": 3}, r"predict__ may be followed by batch_size"),
            ({"compile__optimiser": "sgd"}, r"compile__ may be followed by .*run_eagerly"),
        ],
    )
    def test_unknown(self, params, message):
        with pytest.raises(TypeError, match=message):
            KerasClassifier(get_clf, loss="binary_crossentropy", **params).fit(X, Y)

    def test_a_function_of_any_arguments(self):
        seen = {}

        def model(**kwargs):
            seen.update(kwargs)
            return compiled_eagerly(kwargs["meta"], kwargs["compile_kwargs"])

        KerasClassifier(model, loss="binary_crossentropy", any_name=3).fit(X, Y)
        assert seen["any_name"] == 3
        assert set(seen) == {"any_name", "meta", "compile_kwargs", "params"}
        assert seen["params"]["any_name"] == 3


class TestRouting:
    @pytest.mark.parametrize(
        "optimizer", ["sgd", keras.optimizers.SGD, keras.optimizers.SGD(0.3, nesterov=True)]
    )
    def test_optimizer(self, optimizer):
        fitted = made_with(optimizer=optimizer, optimizer__momentum=0.5)
        assert fitted.model_.optimizer.momentum == 0.5
        assert fitted.model_.optimizer.nesterov == (not isinstance(optimizer, str | type))

    def test_a_schedule_as_an_argument(self):
        fitted = made_with(
            optimizer=keras.optimizers.SGD,
            optimizer__learning_rate=keras.optimizers.schedules.InverseTimeDecay,
            optimizer__learning_rate__initial_learning_rate=0.001,
            optimizer__learning_rate__decay_steps=1,
            optimizer__learning_rate__decay_rate=0.5,
        )
        assert fitted.model_.optimizer._learning_rate.decay_rate == 0.5

    @pytest.mark.parametrize(
        "loss",
        [
            "binary_crossentropy",
            "BinaryCrossentropy",
            keras.losses.BinaryCrossentropy,
            keras.losses.BinaryCrossentropy(axis=-1),
        ],
    )
    def test_loss(self, loss):
        fitted = made_with(loss=loss, loss__label_smoothing=0.25)
        assert fitted.model_.loss.get_config()["label_smoothing"] == 0.25

    def test_an_argument_without_an_object(self):
        with pytest.raises(TypeError, match="optimizer__learning_rate__decay_rate has no object"):
            made_with(optimizer__learning_rate__decay_rate=0.5)

    def test_a_class_of_loss_without_arguments(self):
        fitted = made_with(loss=keras.losses.BinaryCrossentropy)
        assert isinstance(fitted.model_.loss, keras.losses.BinaryCrossentropy)

    def test_a_function_has_no_arguments(self):
        with pytest.raises(TypeError, match="loss__axis cannot be given to"):
            made_with(loss=keras.losses.binary_crossentropy, loss__axis=1)

    @pytest.mark.parametrize(
        "metrics, routed",
        [
            (["BinaryAccuracy"], {"metrics__threshold": 0.3}),
            (["binary_accuracy"], {"metrics__0__threshold": 0.3}),
            ("binary_accuracy", {"metrics__threshold": 0.3}),
            (keras.metrics.BinaryAccuracy, {"metrics__threshold": 0.3}),
            ([keras.metrics.BinaryAccuracy], {"metrics__0__threshold": 0.3}),
            ({"acc": keras.metrics.BinaryAccuracy}, {"metrics__acc__threshold": 0.3}),
            ([keras.metrics.BinaryAccuracy(threshold=0.5)], {"metrics__threshold": 0.3}),
            (["acc", keras.metrics.BinaryAccuracy], {"metrics__1__threshold": 0.3}),
        ],
    )
    def test_metrics(self, metrics, routed):
        fitted = made_with(metrics=metrics, **routed)
        share = np.mean((fitted.model_(X).numpy()[:, 0] > 0.3) == Y)
        evaluated = fitted.model_.evaluate(X, Y[:, np.newaxis], verbose=0, return_dict=True)
        assert evaluated["binary_accuracy"] == pytest.approx(share)

    def test_a_positional_argument(self):
        fitted = made_with(metrics=keras.metrics.BinaryAccuracy, metrics__0="bacc")
        assert "bacc" in fitted.history_

    @pytest.mark.parametrize(
        "params",
        [
            {"callbacks": keras.callbacks.EarlyStopping, "callbacks__monitor": "loss"},
            {"callbacks": [keras.callbacks.EarlyStopping], "callbacks__0__monitor": "loss"},
            {"callbacks": {"es": keras.callbacks.EarlyStopping}, "callbacks__es__monitor": "loss"},
            {"callbacks": keras.callbacks.EarlyStopping(monitor="loss", min_delta=1e9)},
            {
                "fit__callbacks": [keras.callbacks.EarlyStopping],
                "fit__callbacks__0__monitor": "loss",
                "fit__callbacks__min_delta": 1e9,
            },
        ],
    )
    def test_callbacks(self, params):
        if isinstance(params.get("callbacks"), type | list | dict):
            params = {**params, "callbacks__min_delta": 1e9}
        assert len(made_with(epochs=9, **params).history_["loss"]) == 2

    def test_callbacks_that_are_none(self):
        with pytest.raises(TypeError, match=r"callbacks must hold .* Got 3 instead"):
            made_with(callbacks=[3])
        stopper = keras.callbacks.EarlyStopping(monitor="loss")
        with pytest.raises(TypeError, match="callbacks__patience cannot be given to"):
            made_with(callbacks=stopper, callbacks__patience=3)

    def test_fit_and_predict(self):
        fitted = made_with(
            epochs=5, fit__epochs=2, fit__batch_size=-1, predict__batch_size=7, fit__verbose=0,
            fit__validation_split=0.2, fit__shuffle=False, batch_size=None,
        )  # fmt: skip
        assert len(fitted.history_["val_loss"]) == 2
        assert fitted.model_.optimizer.iterations.numpy() == 2
        assert fitted.predict(X).shape == (60,)
        with pytest.raises(ValueError, match=r"'epochs' parameter of KerasClassifier, fit__ must"):
            made_with(fit__epochs=0)

    @pytest.mark.parametrize("name", ["run_eagerly", "compile__run_eagerly"])
    def test_compile(self, name):
        clf = KerasClassifier(get_clf, loss="binary_crossentropy", batch_size=60, **{name: True})
        assert clf.fit(X, Y).model_.run_eagerly

    def test_epochs_of_a_refit(self):
        stopped = KerasClassifier(get_clf, early_stopping=True, fit__epochs=9)
        params = stopped.refit_params([{"best_epoch": 3}, {"best_epoch": 5}])
        assert params == {"fit__epochs": 4, "early_stopping": False}
        assert stopped.set_params(**params)._setting("epochs") == 4


class MLPClassifier(KerasClassifier):
    """The subclass of the notebook that remakes scikit-learn's MLPClassifier."""

    def __init__(
        self,
        hidden_layer_sizes=(3,),
        optimizer="adam",
        optimizer__learning_rate=0.001,
        epochs=2,
        verbose=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.hidden_layer_sizes = hidden_layer_sizes
        self.optimizer = optimizer
        self.epochs = epochs
        self.verbose = verbose

    def _keras_build_fn(self, compile_kwargs):
        model = keras.Sequential([keras.layers.Input(shape=(self.n_features_in_,))])
        for size in self.hidden_layer_sizes:
            model.add(keras.layers.Dense(size, activation="relu"))
        if self.target_type_ == "binary":
            units, activation, loss = 1, "sigmoid", "binary_crossentropy"
        elif self.target_type_ == "multiclass":
            units, activation, loss = self.n_classes_, "softmax", CROSS_ENTROPY
        model.add(keras.layers.Dense(units, activation=activation))
        model.compile(loss=loss, optimizer=compile_kwargs["optimizer"], run_eagerly=True)
        return model


class TestSubclassing:
    @pytest.mark.parametrize("y", [Y, np.arange(60) % 3])
    def test_fit(self, y):
        clf = MLPClassifier(random_state=0).fit(X, y)
        assert len(clf.history_["loss"]) == 2
        assert clf.get_params()["hidden_layer_sizes"] == (3,)
        assert clf.get_params()["batch_size"] == 32
        assert clf.predict(X).shape == (60,)

    def test_search(self):
        grid = {"hidden_layer_sizes": [(2,), (4,)], "optimizer__learning_rate": [0.1]}
        search = GridSearchCV(MLPClassifier(random_state=0), grid, cv=2, error_score="raise")
        best = search.fit(X, Y).best_estimator_
        assert best.model_.layers[0].units == search.best_params_["hidden_layer_sizes"][0]
        assert best.model_.optimizer.learning_rate.numpy() == np.float32(0.1)

    def test_parameters_of_its_own_are_arguments(self):
        class Own(KerasClassifier):
            def __init__(self, width=3, **kwargs):
                super().__init__(**kwargs)
                self.width = width

            def _keras_build_fn(self, meta, width, compile_kwargs):
                return compiled_eagerly({**meta, "width": width}, compile_kwargs)

        own = Own(width=5, loss="binary_crossentropy", random_state=0)
        assert clone(own).set_params(width=6).fit(X, Y).get_params()["width"] == 6

    def test_both_ways_at_once(self):
        with pytest.raises(ValueError, match="has a method _keras_build_fn: model must be None"):
            MLPClassifier(model=get_clf).fit(X, Y)
        with pytest.raises(ValueError, match=r"must be a function .* Got None"):
            KerasClassifier(loss="mse").fit(X, Y)

    @pytest.mark.parametrize("name", ["target_encoder", "feature_encoder", "scorer"])
    def test_hooks_that_would_not_be_called(self, name):
        own = type("Own", (MLPClassifier,), {name: property(lambda self: None)})
        with pytest.raises(TypeError, match=f"has {name}, which scikeras would call"):
            own().fit(X, Y)


class TestNotebooks:
    def test_callbacks_and_binary_labels(self):
        labels = np.array(["no", "yes"])[Y]
        clf = KerasClassifier(
            model=get_clf,
            loss=keras.losses.binary_crossentropy,
            hidden_layer_sizes=(4,),
            dropout=0.5,
            callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None)],
        )
        assert set(clf.fit(X, labels).predict(X)) <= {"no", "yes"}
        assert clf.initialized_
        assert clf.current_epoch == 1
        assert clf.target_type_ == "binary"
        assert clf.n_classes_ == 2
        assert clf.X_dtype_ == np.float32

    @pytest.mark.slow
    def test_meta_estimators(self):
        clf = KerasClassifier(
            model=get_compiled,
            hidden_layer_sizes=(4,),
            optimizer="adam",
            optimizer__learning_rate=0.01,
            epochs=3,
            random_state=0,
        )
        assert AdaBoostClassifier(clf, n_estimators=2, random_state=0).fit(X, Y).score(X, Y) > 0.4
        bagged = BaggingClassifier(clf, n_estimators=2, random_state=0).fit(X, Y)
        assert bagged.predict_proba(X).shape == (60, 2)

    def test_a_loaded_model(self, tmp_path):
        """Saved by Keras, loaded, and put into an estimator again."""
        reg = KerasRegressor(get_reg, loss="mse", hidden_layer_sizes=(4,), random_state=0)
        expected = reg.fit(X_REGR, Y_REGR).predict(X_REGR)
        reg.model_.save(tmp_path / "model.keras")
        loaded = KerasRegressor(keras.models.load_model(tmp_path / "model.keras"))
        loaded.initialize(X_REGR, Y_REGR)
        np.testing.assert_allclose(loaded.predict(X_REGR), expected, rtol=1e-5)
        assert loaded.history_ == {}

    def test_a_model_is_copied_for_each_fit(self):
        model = get_clf({"n_features_in_": 8})
        model.compile("sgd", "binary_crossentropy", run_eagerly=True)
        weights = model.get_weights()
        first, again = (
            KerasClassifier(model, random_state=0, loss="binary_crossentropy").fit(X, Y)
            for _ in range(2)
        )
        assert_array_equal(first.predict_proba(X), again.predict_proba(X))
        assert not np.array_equal(first.model_.get_weights()[0], weights[0])
        for now, before in zip(model.get_weights(), weights, strict=True):
            assert_array_equal(now, before)

    def test_initialize_then_train(self):
        clf = KerasClassifier(compiled_eagerly, loss="binary_crossentropy", random_state=0)
        untrained = clf.initialize(X, Y).predict_proba(X)
        assert clf.current_epoch == 0
        trained = clf.partial_fit(X, Y).predict_proba(X)
        assert not np.array_equal(untrained, trained)
        fresh = KerasClassifier(compiled_eagerly, loss="binary_crossentropy", random_state=0)
        assert_array_equal(fresh.fit(X, Y).predict_proba(X), trained)
