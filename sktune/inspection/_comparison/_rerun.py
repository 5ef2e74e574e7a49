"""Settings evaluated after the search, on the folds that it used."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import GridSearchCV, check_cv
from sklearn.utils import check_consistent_length

from .._record import SearchRecord

Floats = NDArray[np.float64]
Split = tuple[NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True, slots=True)
class Data:
    """What a search was fitted to.

    Attributes
    ----------
    X, y : array-like
        X is None if no data were given.
    params : mapping
        What else ``fit`` was given.
    """

    X: Any
    y: Any
    params: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.params, Mapping):
            raise ValueError(
                "params must be a dict of what else fit was given, such as sample_weight, got "
                f"{type(self.params).__name__}."
            )

    @property
    def n_rows(self) -> int:
        """Rows of X."""
        return int(self.X.shape[0]) if hasattr(self.X, "shape") else len(self.X)


class ScorerLike:
    """A scorer that wraps another one, and takes the same metadata."""

    def __init__(self, scorer: Any) -> None:
        self.scorer = scorer

    def __getattr__(self, name: str) -> Any:
        # Whether it takes weights, and which metadata it requests, is for the other one to say.
        if name == "__signature__":
            return signature(self.scorer)
        if name.startswith("__") or name == "scorer":  # not yet there while it is unpickled
            raise AttributeError(name)
        return getattr(self.scorer, name)


class _MetricScorer(ScorerLike):
    """One metric of a scorer that may give several."""

    def __init__(self, scorer: Any, metric: str) -> None:
        super().__init__(scorer)
        self._metric = metric

    def __call__(self, *args: Any, **params: Any) -> Any:
        found = self.scorer(*args, **params)
        return found[self._metric] if isinstance(found, Mapping) else found


def scorer_of(record: SearchRecord) -> ScorerLike:
    """What scores an estimator by the metric of the record."""
    estimator, scorer = record.evaluation.estimator, record.evaluation.scorer
    return _MetricScorer(check_scoring(estimator, scoring=scorer), record.metric)


def folds_again(record: SearchRecord, data: Data) -> list[Split]:
    """Draw the folds of a search again.

    Raises
    ------
    ValueError
        If two draws differ, so that neither need be that of the search, if the number of folds
        differs from that of the search, or if the folds have rows that the data do not have.
    """
    if record.resources is not None:
        raise ValueError(
            "A search with rungs trains settings otherwise than one fit does, or draws new samples "
            "for every rung: its folds cannot be drawn again. Include the setting in the search."
        )
    groups = data.params.get("groups")
    check_consistent_length(data.X, data.y, groups)
    cv = record.evaluation.cv
    # A copy: a splitter may hold a generator of random numbers, which is the caller's.
    again = deepcopy(cv) if hasattr(cv, "split") else cv
    splitter = check_cv(again, data.y, classifier=is_classifier(record.evaluation.estimator))
    given = (data.X, data.y) if groups is None else (data.X, data.y, groups)
    try:
        first, second = (list(splitter.split(*given)) for _ in range(2))
    except ValueError as error:
        if groups is not None or "groups" not in str(error):
            raise
        raise ValueError(
            f"The folds of cv={cv!r} need the groups that fit of the search was given: pass "
            "params={'groups': groups}."
        ) from error
    n_splits = record.split_scores.shape[1]
    is_same = len(first) == len(second) == n_splits and all(
        np.array_equal(a, b)
        for one, other in zip(first, second, strict=True)
        for a, b in zip(one, other, strict=True)
    )
    if not is_same:
        raise ValueError(
            f"The {n_splits} folds of the search cannot be drawn again from cv={cv!r}, and scores "
            "on other folds cannot be paired with its own. Give the splitter an integer "
            "random_state, or include the setting in the search."
        )
    if any(_n_needed(part) > data.n_rows for split in first for part in split):
        raise ValueError(
            f"The folds of the search have rows beyond the {data.n_rows} rows of X: pass the data "
            "that the search was fitted to."
        )
    return first


def _n_needed(part: Any) -> int:
    """Rows that data must have for a part of a fold: a mask, or numbers of rows."""
    part = np.asarray(part)
    return len(part) if part.dtype == bool else int(part.max(initial=-1)) + 1


def with_setting(record: SearchRecord, setting: Mapping[str, Any]) -> Any:
    """A copy of the tuned estimator with a setting."""
    estimator = clone(record.evaluation.estimator)
    return estimator.set_params(**clone(dict(setting), safe=False))


def run(
    estimator: Any, scoring: Any, data: Data, folds: Sequence[Split], has_groups: bool = False
) -> dict[str, Any]:
    """Results of a search with one candidate, so that metadata are treated as in any search.

    Without metadata routing, searches weight the scores and ``cross_validate`` does not.
    `has_groups`: whether the estimator is given the groups, too.
    """
    params = {n: value for n, value in data.params.items() if has_groups or n != "groups"}
    search = GridSearchCV(
        estimator, {}, scoring=scoring, cv=folds, refit=False, error_score="raise"
    )
    with warnings.catch_warnings():
        # The callers raise an error in its place.
        warnings.filterwarnings("ignore", "One or more of the test scores are non-finite")
        return dict(search.fit(data.X, data.y, **params).cv_results_)


def scores_in(results: Mapping[str, Any], n_splits: int) -> Floats:
    """Scores of the one candidate of :func:`run`, shape (n_splits,)."""
    return np.array([results[f"split{k}_test_score"][0] for k in range(n_splits)], dtype=float)


def evaluate(
    record: SearchRecord, setting: Mapping[str, Any], data: Data, folds: Sequence[Split]
) -> Floats:
    """Scores of a setting on these folds, shape (n_splits,), by the metric of the record.

    Raises
    ------
    ValueError
        If one of the fits fails, or a score is not finite.
    """
    results = run(with_setting(record, setting), scorer_of(record), data, folds)
    scores = scores_in(results, len(folds))
    if not np.isfinite(scores).all():
        raise ValueError(f"The setting {dict(setting)!r} has no finite score on every fold.")
    return scores
