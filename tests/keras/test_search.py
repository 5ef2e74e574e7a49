"""The searches round Keras estimators."""

import joblib
import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import loguniform
from sklearn.base import is_classifier
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import sktune
from sktune import BayesSearchCV
from sktune.keras import CNNClassifier, KerasClassifier

SEARCHES = [getattr(sktune, name) for name in sktune.__all__]


def network(meta):
    if meta["target_type_"] == "multilabel-indicator":
        activation, loss = "sigmoid", "binary_crossentropy"
    else:
        activation, loss = "softmax", "sparse_categorical_crossentropy"
    model = keras.Sequential(
        [
            keras.Input(meta["X_shape_"][1:]),
            keras.layers.Dense(meta["n_classes_"], activation=activation),
        ]
    )
    # Run eagerly: for a few batches tracing would take ten times as long as training.
    model.compile(keras.optimizers.Adam(0.1), loss, run_eagerly=True)
    return model


@pytest.mark.filterwarnings("ignore")  # the checks provoke failing fits
@parametrize_with_checks(
    [
        search(
            KerasClassifier(network, batch_size=200, random_state=0, epochs=20),
            {"epochs": [20]},  # three fits a search: the checks fit it hundreds of times
            n_iter=1,
            cv=2,
        )
        for search in SEARCHES
    ]
)
def test_estimator_checks(estimator, check):
    check(estimator)


def digits_search(**kwargs):
    model = make_pipeline(
        MinMaxScaler(), CNNClassifier(filters=4, dense_units=8, epochs=2, random_state=0)
    )
    space = {
        "cnnclassifier__learning_rate": loguniform(1e-3, 1e-1),
        "cnnclassifier__batch_size": [32, 64],
        "cnnclassifier__filters": [2, (4,), (4, 8)],
    }
    return BayesSearchCV(model, space, n_iter=3, cv=2, random_state=0, **kwargs)


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(n_class=4, return_X_y=True)
    return X[:300], y[:300]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
def test_cnn_in_a_pipeline_is_tuned_with_two_metrics(digits):
    search = digits_search(scoring=["accuracy", "f1_macro"], refit="accuracy").fit(*digits)
    assert is_classifier(search)
    assert search.objective_metric_ == "accuracy"
    assert search.score(*digits) > 0.5
    assert np.isfinite(search.cv_results_["mean_test_f1_macro"]).all()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_workers_give_the_same_scores(digits, backend):
    def scores():
        search = digits_search(refit=False, initial_params=[]).fit(*digits)
        return {
            str(p): s
            for p, s in zip(
                search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
            )
        }

    alone = scores()
    with joblib.parallel_config(backend=backend, n_jobs=2):
        together = scores()
    assert together.keys() == alone.keys()  # three points of the first design
    # A worker process may use another number of BLAS threads: equal to rounding.
    assert_allclose([together[key] for key in alone], list(alone.values()), atol=0.02)
