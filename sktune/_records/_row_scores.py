"""Metrics that are means over rows: what each row adds, and any metric of some of the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# If the mean of the rows differs more from the score, the metric is not a mean of rows.
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of a scorer, on predictions.

    Parameters
    ----------
    function : callable
        ``function(y_true, y_predicted, **options)``.
    sign : float, default=1.0
        -1 where lower is better.
    options : mapping, default={}
        Keyword arguments of the function.
    response : tuple of str, default=("predict",)
        Methods of the estimator that give the predictions; the first that it has.
    """

    function: Callable[..., Any]
    sign: float = 1.0
    options: Mapping[str, Any] = field(default_factory=dict)
    response: tuple[str, ...] = ("predict",)

    def __call__(self, y: Any, predicted: Any) -> float:
        """The score, higher is better."""
        return self.sign * float(self.function(y, predicted, **self.options))


def predictions_of(estimator: Any, metric: Metric, X: Any) -> NDArray[Any] | None:
    """What an estimator predicts for a metric, shape (n_rows,) or (n_rows, n_columns).

    For the probabilities of two classes, that of the second. None if the estimator has no such
    method, or predicts probabilities of several outputs.
    """
    method = next((name for name in metric.response if hasattr(estimator, name)), None)
    if method is None:
        return None
    predicted = np.asarray(getattr(estimator, method)(X))
    if method == "predict_proba" and predicted.ndim == 2 and predicted.shape[1] == 2:
        predicted = predicted[:, 1]
    return without_column(predicted) if predicted.ndim <= 2 else None


def without_column(values: Any) -> NDArray[Any]:
    """Values of rows; a single column of them as one number a row."""
    values = np.asarray(values)
    return values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values


def row_scores(metric: Metric, y: Any, predicted: NDArray[Any], score: float) -> Floats | None:
    """What each row adds to a score, shape (n_rows,); None if the score is not a mean of rows.

    Of several outputs, the mean over them.
    """
    by_row = _BY_NAME.get(getattr(metric.function, "__name__", ""))
    y = without_column(y)
    if by_row is None or len(y) != len(predicted):
        return None
    try:
        rows = metric.sign * np.asarray(by_row(y, predicted), dtype=float)
    except (TypeError, ValueError, IndexError):  # labels that cannot be subtracted, other shapes
        return None
    if rows.ndim == 2:
        rows = rows.mean(axis=1)
    # With weights, or options of the metric, it may be another mean.
    is_mean = abs(rows.mean() - score) <= TOLERANCE * max(1.0, abs(score))
    return rows if is_mean else None


def is_quick(metric: Metric, y: Any) -> bool:
    """Whether all weights are handled at once: for R2, and the AUC of two classes."""
    name = getattr(metric.function, "__name__", "")
    if name == "r2_score":
        return not metric.options and np.asarray(y).ndim == 1
    is_plain = metric.options.keys() <= {"average"}
    return name == "roc_auc_score" and is_plain and len(np.unique(y)) == 2


def weighted_scores(metric: Metric, y: Any, predicted: NDArray[Any], weights: Floats) -> Floats:
    """Scores of predictions under several weights of the rows, shape (n_weights,).

    `weights`, whole numbers, has shape (n_weights, n_rows). A row of weight 2 is there twice: not
    every metric takes weights. nan where the metric has no value.
    """
    y = np.asarray(y)
    if is_quick(metric, y):
        if metric.function.__name__ == "r2_score":
            return metric.sign * _weighted_r2(y.astype(float), predicted, weights)
        return metric.sign * _weighted_auc(y == np.unique(y)[1], predicted, weights)
    scores = np.full(len(weights), np.nan)
    for place, row in enumerate(weights):
        drawn = np.repeat(np.arange(len(y)), row.astype(np.intp))
        try:
            scores[place] = metric(y[drawn], predicted[drawn])
        except Exception:  # of a single class or of no rows, by code of others
            continue
    return scores


def _weighted_r2(y: Floats, predicted: Floats, weights: Floats) -> Floats:
    total = weights.sum(axis=1)
    residual = weights @ (y - predicted) ** 2
    spread = weights @ y**2 - (weights @ y) ** 2 / total
    return np.asarray(1.0 - residual / np.where(spread > 0, spread, np.nan))


def _weighted_auc(is_positive: NDArray[np.bool_], predicted: Floats, weights: Floats) -> Floats:
    """Share of the pairs of a positive and a negative row that are in order; ties count half."""
    values, places = np.unique(predicted, return_inverse=True)
    places = places.reshape(-1)
    positive, negative = np.zeros((2, len(values), len(weights)))
    np.add.at(positive, places[is_positive], weights[:, is_positive].T)
    np.add.at(negative, places[~is_positive], weights[:, ~is_positive].T)
    below = np.cumsum(negative, axis=0) - negative / 2.0
    pairs = positive.sum(axis=0) * negative.sum(axis=0)
    return np.asarray((positive * below).sum(axis=0) / np.where(pairs > 0, pairs, np.nan))


def _equal(y: Any, predicted: Any) -> Any:
    equal = y == predicted
    return equal.all(axis=1) if equal.ndim == 2 else equal  # of several labels a row, all


def _squared(y: Any, predicted: Any) -> Any:
    return (y - predicted) ** 2


def _absolute(y: Any, predicted: Any) -> Any:
    return np.abs(y - predicted)


def _absolute_share(y: Any, predicted: Any) -> Any:
    return np.abs(y - predicted) / np.maximum(np.abs(y), np.finfo(float).eps)


def _squared_log(y: Any, predicted: Any) -> Any:
    return (np.log1p(y) - np.log1p(predicted)) ** 2


def _brier(y: Any, predicted: Any) -> Any:
    if predicted.ndim == 1:
        return ((y == np.unique(y)[-1]) - predicted) ** 2
    is_class = y[:, None] == np.unique(y)
    return ((is_class - predicted) ** 2).sum(axis=1)


def _log_loss(y: Any, predicted: Any) -> Any:
    if predicted.ndim == 1:
        predicted = np.column_stack([1.0 - predicted, predicted])
    places = np.unique(y, return_inverse=True)[1].reshape(-1, 1)
    own = np.take_along_axis(predicted, places, axis=1)[:, 0]
    return -np.log(np.clip(own, np.finfo(float).eps, 1.0 - np.finfo(float).eps))


_BY_NAME: dict[str, Callable[[Any, Any], Any]] = {
    "accuracy_score": _equal,
    "mean_squared_error": _squared,
    "mean_absolute_error": _absolute,
    "mean_absolute_percentage_error": _absolute_share,
    "mean_squared_log_error": _squared_log,
    "brier_score_loss": _brier,
    "log_loss": _log_loss,
}
