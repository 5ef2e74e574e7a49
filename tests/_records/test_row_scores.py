"""Metrics of rows, against scikit-learn's own functions."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn import metrics
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import get_scorer, make_scorer
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

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


def cost(y, predicted):
    """A metric that takes no weights, and no rows without one that is positive."""
    return float(((predicted != y) * (1 + 4 * y)).sum() / y.sum().item() if y.any() else 1 // 0)


def test_metrics_that_take_no_weights():
    predicted = RNG.integers(2, size=80)
    metric = Metric(cost, -1.0)
    weights = np.stack([np.ones(80), 1 + LABELS, 1 - LABELS]).astype(float)
    repeated = np.repeat(np.arange(80), 1 + LABELS)
    expected = [metric(LABELS, predicted), metric(LABELS[repeated], predicted[repeated]), np.nan]
    assert_allclose(weighted_scores(metric, LABELS, predicted, weights), expected)


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


@pytest.mark.parametrize("name", ["neg_log_loss", "neg_brier_score", "accuracy"])
def test_means_over_rows_of_three_classes(name):
    y = np.array(["a", "b", "c"])[np.arange(80) % 3]
    model, scorer = LogisticRegression().fit(X, y), get_scorer(name)
    metric = Metric(*scorer_parts(scorer, model))
    try:
        score = scorer(model, X, y)
    except ValueError:  # older releases know Brier's score of two classes alone
        pytest.skip("no such score")
    rows = row_scores(metric, y, predictions_of(model, metric, X), score)
    assert rows.shape == (80,)
    assert rows.mean() == pytest.approx(score)


@pytest.mark.parametrize("name", ["neg_mean_squared_error", "neg_mean_absolute_error", "r2"])
def test_several_outputs(name):
    y = np.column_stack([NUMBERS, X[:, 1] + RNG.normal(size=80)])
    model, scorer = LinearRegression().fit(X, y), get_scorer(name)
    metric, score = Metric(*scorer_parts(scorer, model)), scorer(model, X, y)
    rows = row_scores(metric, y, predictions_of(model, metric, X), score)
    assert (rows is None) == (name == "r2")
    assert rows is None or rows.mean() == pytest.approx(score)


def test_all_labels_of_a_row_must_be_right():
    y = np.column_stack([LABELS, X[:, 1] > 0]).astype(int)
    model = DecisionTreeClassifier(max_depth=2).fit(X, y)
    metric, score = Metric(metrics.accuracy_score), np.mean((model.predict(X) == y).all(axis=1))
    rows = row_scores(metric, y, predictions_of(model, metric, X), score)
    assert rows.mean() == pytest.approx(score)


def test_a_column_is_a_number_a_row():
    model = LinearRegression().fit(X, NUMBERS[:, None])
    metric = Metric(metrics.mean_squared_error, -1.0)
    predicted = predictions_of(model, metric, X)
    assert predicted.shape == (80,)
    score = -metrics.mean_squared_error(NUMBERS, predicted)
    assert row_scores(metric, NUMBERS[:, None], predicted, score).mean() == pytest.approx(score)


def test_probabilities_of_several_outputs_are_not_kept():
    model = DecisionTreeClassifier().fit(X, np.column_stack([LABELS, LABELS]))
    metric = Metric(metrics.log_loss, -1.0, {}, ("predict_proba",))
    assert predictions_of(model, metric, X) is None
    assert predictions_of(model, Metric(metrics.log_loss, response=("nothing",)), X) is None


def test_scorers_that_do_not_say_how_they_score():
    assert scorer_parts(lambda model, X, y: 0.0, LogisticRegression()) is None
    assert scorer_parts(None, LogisticRegression())[0] is metrics.accuracy_score
    assert scorer_parts(None, LinearRegression())[0] is metrics.r2_score
