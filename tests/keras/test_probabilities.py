"""Probabilities under any dtype policy, and networks that diverge."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import make_classification
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV

from sktune import AnnealingSearchCV, BayesSearchCV
from sktune.keras import CNNClassifier, KerasClassifier, KerasRegressor

X, CODES = make_classification(
    n_samples=60, n_features=4, n_informative=4, n_redundant=0, n_classes=3, random_state=0
)
BINARY = (CODES > 0).astype(int)
POLICIES = ["float32", "float64", "mixed_float16", "mixed_bfloat16", "float16", "bfloat16"]
CROSS_ENTROPY = "sparse_categorical_crossentropy"


@pytest.fixture
def policy(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


def network(meta, activation="softmax", units=3, run_eagerly=True, compile_kwargs=None):
    layers = [keras.Input((meta["n_features_in_"],)), keras.layers.Dense(units, activation)]
    model = keras.Sequential(layers)
    # Run eagerly: for a few batches tracing would take ten times as long as training.
    model.compile(**compile_kwargs, run_eagerly=run_eagerly)
    return model


def classifier(**params):
    given = {"loss": CROSS_ENTROPY, "batch_size": 30, "random_state": 0, "optimizer": "sgd"}
    return KerasClassifier(network, **{**given, **params})


@pytest.mark.parametrize("policy", POLICIES, indirect=True)
class TestPolicies:
    def check(self, fitted, y):
        proba = fitted.predict_proba(X)
        assert proba.dtype in (np.float32, np.float64)
        assert np.isfinite(proba).all()
        assert_allclose(proba.sum(axis=1), 1, atol=1e-6)
        assert_array_equal(fitted.predict(X), fitted.classes_[proba.argmax(axis=1)])
        log_loss(y, proba)

    @pytest.mark.parametrize("activation", ["softmax", "sigmoid", "linear"])
    def test_several_classes(self, policy, activation):
        fitted = classifier(
            loss="categorical_crossentropy" if activation != "linear" else "mse",
            model__activation=activation,
        )
        self.check(fitted.fit(X, CODES), CODES)
        assert np.isfinite(roc_auc_score(CODES, fitted.predict_proba(X), multi_class="ovr"))

    def test_one_unit(self, policy):
        loss = "binary_crossentropy"
        fitted = classifier(loss=loss, model__activation="sigmoid", model__units=1)
        self.check(fitted.fit(X, BINARY), BINARY)

    def test_several_labels(self, policy):
        y = np.column_stack([CODES > 0, CODES < 2, CODES == 1])
        fitted = classifier(loss="binary_crossentropy", model__activation="sigmoid").fit(X, y)
        proba = fitted.predict_proba(X)
        assert proba.dtype in (np.float32, np.float64)
        assert_array_equal(fitted.predict(X), proba > 0.5)

    def test_cnn(self, policy):
        fitted = CNNClassifier(filters=2, dense_units=4, epochs=1, random_state=0).fit(X, CODES)
        self.check(fitted, CODES)
        assert fitted.model_.layers[-1].compute_dtype in ("float32", "float64")


@pytest.mark.filterwarnings("ignore:overflow encountered")
class TestDivergence:
    @pytest.mark.parametrize("run_eagerly", [False, True], ids=["program", "keras"])
    def test_the_fit_raises_with_the_epoch(self, run_eagerly):
        diverging = classifier(
            optimizer__learning_rate=1e38, epochs=3, model__run_eagerly=run_eagerly
        )
        with pytest.raises(ValueError, match=r"diverged: from epoch [12] on .* (nan|inf) at"):
            diverging.fit(X, CODES)
        with pytest.raises(NotFittedError):
            diverging.predict(X)

    def test_the_last_step_alone(self):
        """The loss of the epoch was that before the step."""
        diverging = classifier(optimizer__learning_rate=1e39, batch_size=60)
        with pytest.raises(ValueError, match="at the end of epoch 1 the network had weights"):
            diverging.fit(X * 1e2, CODES)

    def test_a_later_epoch(self):
        fitted = classifier(epochs=2).fit(X, CODES)
        fitted.model_.layers[-1].set_weights([np.full((4, 3), np.nan), np.zeros(3)])
        with pytest.raises(ValueError, match="from epoch 3 on"):
            fitted.partial_fit(X, CODES)

    def test_regression(self):
        def line(meta, compile_kwargs):
            return network({"n_features_in_": 4}, "linear", 1, compile_kwargs=compile_kwargs)

        diverging = KerasRegressor(line, loss="mse", optimizer="sgd", epochs=5, random_state=0)
        with pytest.raises(ValueError, match=r"diverged: from epoch \d on"):
            diverging.fit(X * 1e15, CODES)

    def test_the_epoch_before_is_put_back(self):
        """What early stopping kept is a network like any other."""

        class Spoil(keras.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                if epoch == 1:
                    self.model.layers[-1].set_weights([np.full((4, 3), np.nan), np.zeros(3)])

        kept = classifier(early_stopping=True, n_iter_no_change=1, epochs=9, callbacks=[Spoil()])
        assert np.isfinite(kept.fit(X, CODES).predict_proba(X)).all()
        assert kept.best_epoch_ == 1
        assert np.isnan(kept.history_["loss"][1])

    def test_weights_too_large_to_predict(self):
        fitted = classifier(optimizer__learning_rate=0.1).fit(X, CODES)
        fitted.model_.layers[-1].set_weights([np.full((4, 3), 3e38), np.zeros(3)])
        for method in (fitted.predict, fitted.predict_proba):
            with pytest.raises(ValueError, match=r"not finite for \d+ of 60 samples"):
                method(X * 1e3)

    @pytest.mark.slow
    @pytest.mark.filterwarnings("ignore::sktune.exceptions.SktuneWarning")
    @pytest.mark.parametrize(
        "search", [GridSearchCV, RandomizedSearchCV, BayesSearchCV, AnnealingSearchCV]
    )
    def test_a_diverged_fit_wins_no_search(self, search):
        """Of 15 % positives, "always negative" has an accuracy of 0.85."""
        y = (np.arange(60) % 20 < 3).astype(int)
        cnn = CNNClassifier(filters=2, dense_units=4, epochs=3, optimizer="sgd", random_state=0)
        settings = {"cv": 2, "error_score": 0.0}
        if search is not GridSearchCV:
            settings |= {"n_iter": 2, "random_state": 0}
        tuned = search(cnn, {"learning_rate": [1e38, 1e-3]}, **settings)
        with pytest.warns(FitFailedWarning, match="2 fits failed out of a total of 4"):
            tuned.fit(X, y)
        assert tuned.best_params_ == {"learning_rate": 1e-3}
        diverged = tuned.cv_results_["param_learning_rate"] == 1e38
        assert tuned.cv_results_["mean_test_score"][diverged].tolist() == [0]
