"""``suggest_space``: a ready space for an estimator and the estimators in it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from ...exceptions import InvalidSpaceError, PartialSpaceWarning
from .._conditions._known import branch_knowledge
from .._owners import class_path, params_of
from .._parse import parse_branches
from .._same import is_same
from . import _others, _scikit_learn
from ._data import Data
from ._own import with_own
from ._parts import describe, holds_parts, parts
from ._scikit_learn import PLAIN

READY = {**_scikit_learn.READY, **_others.READY}

# Packages whose ``get_params`` only returns parameters that were set.
_SILENT = ("catboost.",)

# Estimators whose class weights are not searched: they have no effect on a NuSVC.
_WITHOUT_WEIGHTS = ("sktune.", "sklearn.svm.NuSVC")

# Scores of which none is better for weighted classes: each row counts the same in them. And the
# costs of a search for several scores.
_UNWEIGHTED = (
    *("accuracy", "d2_brier_score", "d2_log_loss_score", "neg_brier_score", "neg_log_loss"),
    "top_k_accuracy",
    *("fit_time", "model_size", "n_features", "prediction_time", "score_time"),
)

# Two classes of 40 and 60 rows: balanced weights would be 1.25 and 0.83.
_EVEN = 0.4


def suggest_space(
    estimator: Any, X: Any = None, y: Any = None, *, scoring: Any = None
) -> dict[str, Any]:
    """Suggest which parameters of an estimator to tune, and in what ranges.

    Ranges come from published studies; ranges that depend on the data, such as the number of
    neighbours, are set by its shape. The estimator's own values are among them. Parameters that
    have no effect as the estimator is set are left out. In a Pipeline, a ColumnTransformer and
    other estimators of scikit-learn that hold others, all parts for which a space is known are
    searched.

    Parameters
    ----------
    estimator : estimator
        The estimator; it is not changed.
    X : array-like of shape (n_samples, n_features), default=None
        The data; the shape is used, and the variances of the features. None: as if there were
        plenty.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        The target. Its standard deviation sets ranges of regressors' parameters that have its
        unit; if it has several columns, class weights are not searched.
    scoring : str, callable, list, tuple or dict, default=None
        What the search will maximise. Class weights are searched only if it may be higher for
        balanced ones: not for the accuracy, which None stands for, nor for the log loss.

    Returns
    -------
    dict of str to distribution or list
        For ``param_distributions``: change what you like.

    Raises
    ------
    InvalidSpaceError
        If no space is known for the estimator or any of its parts; the message lists the
        known estimators.

    Warns
    -----
    PartialSpaceWarning
        If no space is known for some of its parts, or if a part lacks a parameter of its space,
        as in an older release.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn.svm import SVC
    >>> from sktune.space import suggest_space
    >>> sorted(suggest_space(make_pipeline(StandardScaler(), SVC())))
    ['svc__C', 'svc__gamma']
    """
    space: dict[str, Any] = {}
    unknown, missing = [], []
    for prefix, part, data in parts(estimator, describe(X, y)):
        path = class_path(part)
        if path in READY:
            own = params_of(part)
            wanted = _ranges(path, own, data)
            if _may_weigh(scoring):
                wanted |= _weights(own, data, y, path)
            for name, values in wanted.items():
                full = f"{prefix}__{name}" if prefix else name
                if name in own or path.startswith(_SILENT) or "__" in name:
                    space[full] = values
                else:
                    missing.append(f"{full} of {path}")
        elif path not in PLAIN and not holds_parts(part):
            unknown.append(f"{prefix} ({path})" if prefix else path)
    if not space:
        raise InvalidSpaceError(
            f"No space is known for {', '.join(unknown) or class_path(estimator)}: give "
            f"param_distributions. Known are: {', '.join(sorted(READY))}."
        )
    _warn(unknown, missing)
    return _with_effect(space, estimator)


def own_meanings(estimator: Any, X: Any = None, y: Any = None) -> dict[str, tuple[Any, Any]]:
    """Own values outside of the ready space, each with a value in it that means the same."""
    return {
        f"{prefix}__{name}" if prefix else name: pair
        for prefix, part, data in parts(estimator, describe(X, y))
        if class_path(part) in READY
        for name, pair in READY[class_path(part)].means(data).items()
    }


def _ranges(path: str, own: Mapping[str, Any], data: Data) -> dict[str, Any]:
    """The ready space of a class, with ranges that hold the estimator's own values."""
    ready = READY[path]
    # Another value of the space stands for these.
    stood_for = [n for n, (value, _) in ready.means(data).items() if is_same(own.get(n), value)]
    return {
        name: values
        if name not in own or name in ready.limited or name in stood_for
        else with_own(values, own[name])
        for name, values in ready.params(data, own).items()
    }


def _may_weigh(scoring: Any) -> bool:
    """Whether a score, or one of several, may be better for weighted classes."""
    if isinstance(scoring, Mapping):
        scoring = list(scoring.values())
    if isinstance(scoring, list | tuple | set):
        return any(map(_may_weigh, scoring))
    return scoring is not None and scoring not in _UNWEIGHTED


def _weights(own: Mapping[str, Any], data: Data, y: Any, path: str) -> dict[str, Any]:
    """Choices of class weights, the same two as in auto-sklearn (source [1]).

    There are none where the classes are about equal, as the two are then the same but for chance.
    """
    has_rows = isinstance(y, list | tuple) and len(y) > 0 and isinstance(y[0], list | tuple)
    is_one_label = getattr(y, "ndim", 1) == 1 and not has_rows
    is_unset = own.get("class_weight", 0) is None and not path.startswith(_WITHOUT_WEIGHTS)
    is_uneven = data.balance is None or data.balance < _EVEN
    return {"class_weight": [None, "balanced"]} if is_unset and is_one_label and is_uneven else {}


def _with_effect(space: Mapping[str, Any], estimator: Any) -> dict[str, Any]:
    """Keep the parameters that have an effect in some setting."""
    (known,) = branch_knowledge(parse_branches(space), "auto", estimator)
    return {name: values for name, values in space.items() if known.rules.get(name) != ()}


def _warn(unknown: list[str], missing: list[str]) -> None:
    told = []
    if unknown:
        told.append(
            f"no space is known for {', '.join(unknown)}, whose parameters stay as they are"
        )
    if missing:
        told.append(f"this version has no {', '.join(missing)}, which is left out")
    if told:
        warnings.warn(f"Of the ready space: {'; '.join(told)}.", PartialSpaceWarning, stacklevel=3)
