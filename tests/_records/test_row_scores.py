"""Metrics of rows, against scikit-learn's own functions."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn import metrics
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import get_scorer, make_scorer
from sklearn.svm import LinearSVC

from sktune._records._row_scores import Metric, predictions_of, row_scores, weighted_scores
from sktune._sklearn_compat import scorer_parts

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 4))
LABELS = (X[:, 0] + RNG.normal(size=80) > 0).astype(int)
NUMBERS = np.exp(X[:, 0] + 0.1 * RNG.normal(size=80))


@pytest.mark.parametrize(
    "name, is_mean",
    [
        ("accuracy", True),
        ("neg_log_loss", True),
        ("neg_brier_score", True),
        ("roc_auc", False),
        ("f1", False),
        ("balanced_accuracy", False),
    ],
)
def test_scores_of_labels(name, is_mean):
    model, scorer = LogisticRegression().fit(X, LABELS), get_scorer(name)
    metric, score = Metric(*scorer_parts(scorer, model)), scorer(model, X, LABELS)
    predicted = predictions_of(model, metric, X)
    assert metric(LABELS, predicted) == pytest.approx(score)
    rows = row_scores(metric, LABELS, predicted, score)
    assert (rows is not None) == is_mean
    if is_mean:
        assert rows.mean() == pytest.approx(score)


@pytest.mark.parametrize(
    "name, is_mean",
    [
        ("neg_mean_squared_error", True),
        ("neg_mean_absolute_error", True),
        ("neg_mean_absolute_percentage_error", True),
        ("r2", False),
        ("neg_root_mean_squared_error", False),
        ("neg_median_absolute_error", False),
        ("explained_variance", False),
    ],
)
def test_scores_of_numbers(name, is_mean):
    model, scorer = LinearRegression().fit(X, NUMBERS), get_scorer(name)
    metric, score = Metric(*scorer_parts(scorer, model)), scorer(model, X, NUMBERS)
    predicted = predictions_of(model, metric, X)
    rows = row_scores(metric, NUMBERS, predicted, score)
    assert metric(NUMBERS, predicted) == pytest.approx(score)
    assert (rows is not None) == is_mean
    if is_mean:
        assert rows.mean() == pytest.approx(score)


def test_a_mean_with_options_is_found_out():
    scorer = make_scorer(metrics.accuracy_score, normalize=False)
    model = LogisticRegression().fit(X, LABELS)
    metric = Metric(*scorer_parts(scorer, model))
    predicted = predictions_of(model, metric, X)
    assert row_scores(metric, LABELS, predicted, scorer(model, X, LABELS)) is None


@pytest.mark.parametrize("name", ["roc_auc", "r2", "f1", "accuracy"])
def test_weighted_scores_are_those_of_repeated_rows(name):
    y = NUMBERS if name == "r2" else LABELS
    model = LinearRegression() if name == "r2" else LinearSVC()
    scorer = get_scorer(name)
    metric = Metric(*scorer_parts(scorer, model.fit(X, y)))
    predicted = np.round(predictions_of(model, metric, X), 1)  # with ties
    weights = RNG.integers(0, 3, size=(6, len(y))).astype(float)
    repeated = [np.repeat(np.arange(len(y)), row.astype(int)) for row in weights]
    expected = [metric(y[rows], predicted[rows]) for rows in repeated]
    assert_allclose(weighted_scores(metric, y, predicted, weights), expected)


def test_a_single_class_has_no_auc():
    metric = Metric(metrics.roc_auc_score)
    weights = np.stack([LABELS, np.ones(80)]).astype(float)
    scores = weighted_scores(metric, LABELS, X[:, 0], weights)
    assert np.isnan(scores[0])
    assert np.isfinite(scores[1])


def test_what_is_not_a_number_a_row():
    three = LogisticRegression().fit(X, np.arange(80) % 3)
    metric = Metric(metrics.log_loss, -1.0, {}, ("predict_proba",))
    assert predictions_of(three, metric, X) is None
    assert predictions_of(three, Metric(metrics.log_loss, response=("nothing",)), X) is None


def test_scorers_that_do_not_say_how_they_score():
    assert scorer_parts(lambda model, X, y: 0.0, LogisticRegression()) is None
    assert scorer_parts(None, LogisticRegression())[0] is metrics.accuracy_score
    assert scorer_parts(None, LinearRegression())[0] is metrics.r2_score
