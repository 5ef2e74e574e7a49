"""Costs of a fitted model: what each fold has anyway, or what is quickly measured, as scores.

Costs are positive, and less is better. Among scores, of which more is better, they stand negated.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator

from ..._joblib_compat import cloudpickle
from .._table._kept_rows import n_samples

# Most of the time of a fit, and seconds, that measuring predictions may take, whichever is more;
# one call is made whatever it takes.
SHARE, SECONDS = 0.05, 0.05

# Calls of predict that are timed at most: of so many the median is steady.
MAX_CALLS = 25


class Fold(NamedTuple):
    """What a cost is read from.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    X : object
        The test rows.
    fit_time, score_time : float
        Seconds.
    """

    estimator: Any
    X: Any
    fit_time: float
    score_time: float


def fit_time(fold: Fold) -> float:
    """Seconds of the fit."""
    return fold.fit_time


def score_time(fold: Fold) -> float:
    """Seconds of the scorers."""
    return fold.score_time


def prediction_time(fold: Fold) -> float:
    """Seconds to predict one of the test rows, all at once: the median of several calls.

    The first call warms up, and counts only where there is no time for another.
    """
    allowed = max(SHARE * fold.fit_time, SECONDS)
    predict = getattr(fold.estimator, "predict", None) or fold.estimator.transform
    begin = time.perf_counter()
    predict(fold.X)
    usual = spent = time.perf_counter() - begin
    seconds: list[float] = []
    while len(seconds) < MAX_CALLS and spent + usual <= allowed:
        start = time.perf_counter()
        predict(fold.X)
        end = time.perf_counter()
        seconds.append(end - start)
        usual, spent = float(np.median(seconds)), end - begin
    return usual / max(n_samples(fold.X), 1)


def model_size(fold: Fold) -> float:
    """Bytes of the pickled model."""
    try:
        return float(len(pickle.dumps(fold.estimator, protocol=5)))
    except (pickle.PicklingError, AttributeError, TypeError):
        # A worker has only a copy of a class from the user's session, and cannot name it.
        return float(len(cloudpickle.dumps(fold.estimator, protocol=5)))


def n_features(fold: Fold) -> float:
    """Features that the model uses.

    Of the last step of a pipeline: those with a coefficient or an importance that is not 0, in it
    or in one of the models that it is made of; all that it was fitted to, where these do not tell.
    """
    model = _last(fold.estimator)
    used = _used_features(model)
    if used is not None:
        return float(used.sum())
    known = getattr(model, "n_features_in_", None)
    # Rows that are no arrays, such as texts, are one column.
    return float(known or [*np.shape(fold.X), 1][1])


COSTS: Mapping[str, Callable[[Fold], float]] = {
    "fit_time": fit_time,
    "score_time": score_time,
    "prediction_time": prediction_time,
    "model_size": model_size,
    "n_features": n_features,
}

# Those of which ratios count, and so are modelled as logarithms.
BY_RATIO = frozenset(COSTS) - {"n_features"}


def _used_features(model: Any) -> NDArray[np.bool_] | None:
    """Which features a fitted model uses, shape (n_features,); None where it does not tell."""
    model = _last(model)
    for name in ("coef_", "feature_importances_"):
        values = getattr(model, name, None)
        if values is not None:
            values = values.toarray() if hasattr(values, "toarray") else np.asarray(values)
            is_used = np.atleast_2d(values) != 0
            return np.asarray(is_used.reshape(-1, is_used.shape[-1]).any(axis=0))
    inner = getattr(model, "estimator_", None)
    if hasattr(inner, "n_features_in_"):  # else it is only what the others were cloned from
        return _used_features(inner)
    n_all = getattr(model, "n_features_in_", None)
    found = [_used_features(member) for member in _members(model)]
    columns = getattr(model, "estimators_features_", [slice(None)] * len(found))
    used = np.zeros(n_all or 0, dtype=bool)
    for part, chosen in zip(found, columns, strict=True):
        if part is None or len(part) != len(used[chosen]):
            return None
        used[chosen] |= part
    return used if found else None


def _members(model: Any) -> Sequence[Any]:
    """The fitted models that an ensemble is made of; empty where there are none."""
    calibrated = getattr(model, "calibrated_classifiers_", None)
    if calibrated is not None:
        return [each.estimator for each in calibrated]
    return list(getattr(model, "estimators_", ()))


def _last(model: Any) -> Any:
    """The estimator that predicts: the last step of a pipeline, the best of a search."""
    while True:
        if isinstance(model, FrozenEstimator):
            inner = model.estimator
        elif hasattr(model, "steps"):
            fitted = [step for _, step in model.steps if step not in (None, "passthrough")]
            inner = fitted[-1] if fitted else None
        else:
            names = ("best_estimator_", "regressor_")
            inner = next((found for n in names if (found := getattr(model, n, None))), None)
        if inner is None:
            return model
        model = inner
