"""The searches round Keras estimators."""

import os
import statistics

import joblib
import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import loguniform
from sklearn.base import is_classifier
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

import sktune
from sktune import BayesSearchCV
from sktune.keras import CNNClassifier, KerasClassifier
from tests._estimator_checks import parametrize_with_named_checks
from tests.universe._sample import sampled

NAMES = [n for n in sktune.__all__ if n.endswith("SearchCV") and not n.startswith("Base")]
# It needs two scores; the estimator is fitted and scored as by the others.
NAMES.remove("ParetoSearchCV")
# What they do with an estimator they have in common, and tests/_search/ checks all of them.
SEARCHES = sampled([getattr(sktune, name) for name in NAMES], len(NAMES))


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
    model.compile(keras.optimizers.Adam(0.3), loss, run_eagerly=True)
    return model


@pytest.mark.filterwarnings("ignore")  # the checks provoke failing fits
@parametrize_with_named_checks(
    [
        search(
            KerasClassifier(network, batch_size=-1, random_state=0, epochs=10),
            {"epochs": [10]},  # three fits a search: the checks fit it hundreds of times
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


STOPPING = make_pipeline(
    MinMaxScaler(),
    CNNClassifier(
        filters=4,
        dense_units=8,
        epochs=30,
        learning_rate=0.03,
        early_stopping=True,
        n_iter_no_change=1,
        random_state=0,
    ),
)


@pytest.mark.slow
def test_early_stopping_settles_the_epochs_of_the_refit(digits):
    search = BayesSearchCV(
        STOPPING, {"cnnclassifier__batch_size": [32, 64]}, n_iter=2, cv=3, random_state=0
    ).fit(*digits)
    folds = search.fit_reports_[search.best_index_]
    epochs = round(statistics.median(fold["cnnclassifier"]["best_epoch"] for fold in folds))
    assert search.refit_params_ == {
        "cnnclassifier__epochs": epochs,
        "cnnclassifier__early_stopping": False,
    }
    assert search.best_params_.keys() == {"cnnclassifier__batch_size"}
    best = search.best_estimator_[-1]
    assert len(best.history_["loss"]) == epochs
    assert not hasattr(best, "best_epoch_")
    for fold in folds:
        losses = fold["cnnclassifier"]["history"]["val_loss"]
        assert int(np.argmin(losses)) + 1 == fold["cnnclassifier"]["best_epoch"] < 30


@pytest.mark.slow
def test_under_grid_search_the_refit_stops_by_itself(digits):
    search = GridSearchCV(STOPPING, {"cnnclassifier__batch_size": [64]}, cv=2).fit(*digits)
    best = search.best_estimator_[-1]
    assert 1 <= best.best_epoch_ < 30
    assert "val_loss" in best.history_


def score_process(estimator, X, y):
    return float(os.getpid())


@pytest.mark.slow
@pytest.mark.parametrize("backend, is_here", [(None, True), ("loky", False)])
def test_threads_are_taken_where_no_backend_is_named(digits, backend, is_here):
    config = {} if backend is None else {"backend": backend}
    with joblib.parallel_config(**config, n_jobs=2):
        search = digits_search(scoring=score_process, refit=False).fit(*digits)
    assert (set(search.cv_results_["mean_test_score"]) == {os.getpid()}) is is_here
