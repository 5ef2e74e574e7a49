"""Targets of the Keras classifiers: one-hot rows and several labels a sample."""

import keras
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from scipy.stats import loguniform
from sklearn.datasets import make_classification, make_multilabel_classification
from sklearn.exceptions import DataConversionWarning
from sklearn.metrics import accuracy_score
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune import BayesSearchCV
from sktune.keras import KerasClassifier

X, CODES = make_classification(
    n_samples=60, n_features=5, n_informative=4, n_redundant=0, n_classes=3, random_state=0
)
ONE_HOT = np.eye(3, dtype=int)[CODES]
_, SEVERAL = make_multilabel_classification(
    n_samples=60, n_features=5, n_classes=3, allow_unlabeled=True, random_state=0
)
ON_ONE_HOT = [
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
    keras.losses.CategoricalFocalCrossentropy(),
    keras.losses.CategoricalGeneralizedCrossEntropy(),
    keras.losses.KLDivergence(),
    "kl_divergence",
]


def network(meta, compile_kwargs, activation="softmax"):
    model = keras.Sequential(
        [
            keras.Input((meta["n_features_in_"],)),
            keras.layers.Dense(meta["n_classes_"], activation=activation),
        ]
    )
    # Run eagerly: for a few batches tracing would take ten times as long as training.
    model.compile(**compile_kwargs, run_eagerly=True)
    return model


def exclusive(**params):
    """Return a classifier for samples of one class each."""
    given = {"loss": "categorical_crossentropy", "batch_size": 60, "random_state": 0}
    return KerasClassifier(network, **{**given, **params})


def multilabel(**params):
    """Return a classifier for samples of several labels each."""
    given = {"model__activation": "sigmoid", "loss": "binary_crossentropy"}
    return exclusive(**{**given, **params})


class TestOneHotRows:
    @pytest.mark.parametrize("loss", ON_ONE_HOT)
    def test_the_model_is_that_of_the_labels(self, loss):
        rows = exclusive(loss=loss, epochs=3).fit(X, ONE_HOT)
        labels = exclusive(loss=loss, epochs=3).fit(X, CODES)
        assert_array_equal(rows.predict_proba(X), labels.predict_proba(X))
        assert_array_equal(rows.predict(X), np.eye(3)[labels.predict(X)])
        assert rows.score(X, ONE_HOT) == labels.score(X, CODES)
        assert_array_equal(rows.classes_, [0, 1, 2])

    @pytest.mark.parametrize("dtype", [np.int8, np.bool_, np.float64])
    @pytest.mark.parametrize("loss", ["categorical_crossentropy", "binary_crossentropy"])
    def test_rows_come_back_in_their_dtype(self, dtype, loss):
        assert exclusive(loss=loss).fit(X, ONE_HOT.astype(dtype)).predict(X).dtype == dtype

    @pytest.mark.parametrize(
        "loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"]
    )
    def test_other_rows_are_refused(self, loss):
        y = ONE_HOT.copy()
        y[4], y[7] = [1, 1, 0], 0
        message = rf"loss '{loss}' needs one class .* 2 of 60 rows .*loss='binary_crossentropy'"
        with pytest.raises(ValueError, match=message):
            exclusive(loss=loss).fit(X, y)

    def test_rows_of_weight_0_are_not_looked_at(self):
        y, weight = ONE_HOT.copy(), np.ones(60)
        y[4], weight[4] = 0, 0
        kept = np.arange(60) != 4
        weighted = exclusive().fit(X, y, sample_weight=weight)
        expected = exclusive().fit(X[kept], ONE_HOT[kept])
        assert_allclose(weighted.predict_proba(X), expected.predict_proba(X), atol=1e-6)

    @pytest.mark.parametrize("class_weight", ["balanced", {0: 3, 1: 1, 2: 0.5}])
    def test_class_weight_goes_by_the_column(self, class_weight):
        rows = exclusive(class_weight=class_weight).fit(X[5:], ONE_HOT[5:])
        labels = exclusive(class_weight=class_weight).fit(X[5:], CODES[5:])
        assert_array_equal(rows.predict_proba(X), labels.predict_proba(X))
        plain = exclusive().fit(X[5:], ONE_HOT[5:])
        assert not np.array_equal(rows.predict_proba(X), plain.predict_proba(X))

    def test_early_stopping_holds_back_the_same_samples(self):
        stopping = {"early_stopping": True, "validation_fraction": 0.2, "epochs": 3}
        rows = exclusive(**stopping).fit(X, ONE_HOT)
        labels = exclusive(**stopping).fit(X, CODES)
        assert rows.history_ == labels.history_

    def test_two_columns_need_two_units(self):
        def one_unit(meta):
            return keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])

        with pytest.raises(ValueError, match=r"2 columns, but .* shape \(1,\): it must be \(2,\)"):
            KerasClassifier(one_unit, loss="binary_crossentropy").fit(X, np.eye(2)[CODES % 2])


class TestSeveralLabels:
    def test_each_label_has_its_probability(self):
        fitted = multilabel(epochs=20, optimizer="adam", optimizer__learning_rate=0.1)
        fitted.fit(X, SEVERAL)
        proba, predicted = fitted.predict_proba(X), fitted.predict(X)
        assert proba.shape == SEVERAL.shape
        assert predicted.dtype == SEVERAL.dtype
        assert_array_equal(predicted, proba > 0.5)
        assert set(predicted.sum(axis=1)) - {1}  # not one-hot
        assert fitted.score(X, SEVERAL) == accuracy_score(SEVERAL, predicted)
        assert_array_equal(fitted.classes_, [0, 1, 2])

    def test_meta(self):
        seen = {}

        def spy(meta, compile_kwargs):
            seen.update(meta)
            return network(meta, compile_kwargs, "sigmoid")

        KerasClassifier(spy, loss="binary_crossentropy").fit(X, SEVERAL)
        assert seen["target_type_"] == "multilabel-indicator"
        assert (seen["n_classes_"], seen["n_outputs_"], seen["n_outputs_expected_"]) == (3, 1, 1)

    @pytest.mark.parametrize(
        "form", [pd.DataFrame, csr_array, list], ids=["DataFrame", "sparse", "list"]
    )
    def test_other_containers(self, form):
        given = multilabel().fit(X, form(SEVERAL))
        assert_array_equal(given.predict_proba(X), multilabel().fit(X, SEVERAL).predict_proba(X))
        assert given.predict(X).dtype == SEVERAL.dtype
        assert 0 <= given.score(X, form(SEVERAL)) <= 1

    def test_pipeline_in_cross_validation(self):
        model = make_pipeline(StandardScaler(), multilabel())
        for scoring in ("f1_macro", "roc_auc", None):
            assert np.isfinite(
                cross_val_score(model, X, SEVERAL, cv=2, scoring=scoring, error_score="raise")
            ).all()

    @pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
    def test_search(self):
        search = BayesSearchCV(
            multilabel(optimizer="adam"),
            {"optimizer__learning_rate": loguniform(1e-3, 1)},
            n_iter=2,
            cv=2,
            scoring="f1_macro",
            random_state=0,
            error_score="raise",
        )
        search.fit(X, pd.DataFrame(SEVERAL))
        assert search.predict(X).shape == SEVERAL.shape
        assert search.best_score_ == search.cv_results_["mean_test_score"].max()

    def test_whole_weights_are_repetitions(self):
        weight = np.random.default_rng(0).integers(0, 4, 60)
        settings = {"epochs": 5, "batch_size": 1000, "optimizer": "sgd"}
        weighted = multilabel(**settings).fit(X, SEVERAL, sample_weight=weight)
        repeated = multilabel(**settings).fit(X.repeat(weight, 0), SEVERAL.repeat(weight, 0))
        assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), atol=1e-6)

    @pytest.mark.parametrize("class_weight", ["balanced", {0: 2, 1: 1, 2: 1}])
    def test_class_weight_is_refused(self, class_weight):
        with pytest.raises(ValueError, match=r"class_weight needs one class .* sample_weight"):
            multilabel(class_weight=class_weight).fit(X, SEVERAL)

    def test_early_stopping(self):
        fitted = multilabel(early_stopping=True, epochs=2).fit(X, SEVERAL)
        assert len(fitted.history_["val_loss"]) == 2

    def test_partial_fit_wants_the_same_columns(self):
        fitted = multilabel().partial_fit(X, SEVERAL).partial_fit(X[:1], SEVERAL[:1])
        assert len(fitted.history_["loss"]) == 2
        for y in (SEVERAL[:, :2], CODES):
            with pytest.raises(ValueError, match=r"fitted on a y of shape \(n_samples, 3\)"):
                fitted.partial_fit(X, y)
        with pytest.raises(ValueError, match=r"fitted on a y of shape \(n_samples,\)"):
            exclusive(warm_start=True).fit(X, CODES).fit(X, ONE_HOT)

    def test_classes_of_columns_are_their_numbers(self):
        assert len(multilabel().partial_fit(X, SEVERAL, classes=[2, 1, 0]).classes_) == 3
        for classes in ([0, 1], ["a", "b", "c"]):
            with pytest.raises(ValueError, match=r"3 columns, .* leave classes out"):
                multilabel().partial_fit(X, SEVERAL, classes=classes)


class TestRefusals:
    @pytest.mark.parametrize(
        "y, message",
        [
            (np.column_stack([CODES, CODES + 1]), r"\(60, 2\) .* 0 and 1 only.*not supported"),
            (SEVERAL + 1, r"\(60, 3\) must .* hold 0 and 1 only"),
            (SEVERAL.astype(str), r"0 and 1 only. Got other numbers or strings"),
            (SEVERAL / 2, "Unknown label type: continuous-multioutput"),
        ],
    )
    def test_other_columns(self, y, message):
        with pytest.raises(ValueError, match=message):
            multilabel().fit(X, y)

    def test_one_column_is_a_row_of_labels(self):
        with pytest.warns(DataConversionWarning, match="column-vector"):
            fitted = exclusive().fit(X, CODES[:, np.newaxis])
        assert fitted.predict(X).shape == (60,)
