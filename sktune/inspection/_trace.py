"""The course of a search: scores, best so far, time spent. Numbers only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SearchTrace:
    """The course of a search, in the order of ``cv_results_``.

    Attributes
    ----------
    metric : str
        The metric whose scores these are.
    scores : ndarray of shape (n_candidates,)
        Mean test scores, higher is better; nan where a candidate failed or was dropped.
    stds : ndarray of shape (n_candidates,)
        Their standard deviations over the folds.
    best : ndarray of shape (n_candidates,)
        Best mean score up to each candidate; nan before the first success. Where candidates
        differ in their resource, of those with the largest one: with less, scores are of another
        kind.
    fit_times : ndarray of shape (n_candidates,)
        Seconds spent in the fits and scores of each candidate, its folds summed.
    has_failed : ndarray of shape (n_candidates,)
        Whether a fold failed: it has no finite score in this metric. If `error_score` is a
        number, this is only known for searches of this package.
    is_dropped : ndarray of shape (n_candidates,)
        Whether a candidate was dropped before all its folds were run, and none had failed.
    """

    metric: str
    scores: Floats
    stds: Floats
    best: Floats
    fit_times: Floats
    has_failed: Flags
    is_dropped: Flags


def search_trace(search: Any, metric: str | None = None) -> SearchTrace:
    """Read the course of a fitted search.

    Parameters
    ----------
    search : fitted search
        Of this package, or ``GridSearchCV``, ``RandomizedSearchCV``.
    metric : str, default=None
        Which of several metrics; None: the one that was maximised, or that `refit` names,
        else the first.

    Returns
    -------
    SearchTrace

    Raises
    ------
    NotFittedError
        If the search was not fitted.
    TypeError
        If it has no ``cv_results_``, or these no scores of single folds.
    ValueError
        If there is no such metric; the message lists the existing ones.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune.inspection import search_trace
    >>> search = GridSearchCV(SVC(), {"C": [0.001, 1, 10]}).fit(*load_iris(return_X_y=True))
    >>> search_trace(search).best.round(2).tolist()
    [0.93, 0.97, 0.98]
    """
    check_is_search(search)
    results = search.cv_results_
    if not any(key.startswith("split0_test_") for key in results):
        raise TypeError(
            f"cv_results_ of this {type(search).__name__} has no scores of single folds, such as "
            "split0_test_score, which are needed."
        )
    names = [key.removeprefix("mean_test_") for key in results if key.startswith("mean_test_")]
    if metric is None:
        wanted = getattr(search, "objective_metric_", search.refit)
        metric = wanted if isinstance(wanted, str) and wanted in names else names[0]
    if metric not in names:
        raise ValueError(f"metric must be one of {names}, got {metric!r}.")
    scores = np.array(results[f"mean_test_{metric}"], dtype=float)
    n_done = folds_run(search)
    seconds = np.asarray(results["mean_fit_time"] + results["mean_score_time"], dtype=float)
    has_failed = _has_failed(search, metric, n_done)
    complete = np.where(has_failed, np.nan, scores)
    is_top = at_top(resources_of(results), complete, any_wins(search))
    best = np.maximum.accumulate(np.where(~np.isnan(scores) & is_top, scores, -np.inf))
    return SearchTrace(
        metric=metric,
        scores=scores,
        stds=np.array(results[f"std_test_{metric}"], dtype=float),
        best=np.where(np.isinf(best), np.nan, best),
        fit_times=np.where(n_done > 0, seconds * n_done, 0.0),
        has_failed=has_failed,
        is_dropped=(n_done < search.n_splits_) & ~has_failed,
    )


def check_is_search(search: Any) -> None:
    """Raise NotFittedError or TypeError unless `search` is a fitted search."""
    if hasattr(search, "cv_results_"):
        return
    known = vars(search) if isinstance(search, BaseEstimator) else {}
    has_space = any(name in known for name in ("param_grid", "param_distributions"))
    is_fitted = any(name.endswith("_") and not name.startswith("_") for name in known)
    if has_space and not is_fitted:
        raise NotFittedError(f"This {type(search).__name__} is not fitted: call fit first.")
    raise TypeError(
        "search must be a fitted search with cv_results_, such as BayesSearchCV, GridSearchCV, "
        f"RandomizedSearchCV or a halving search, got {type(search).__name__}."
    )


def resources_of(results: Mapping[str, Any]) -> Floats | None:
    """Resources of the rows of a table, shape (n_candidates,); None where it has none."""
    resources = results.get("resource", results.get("n_resources"))
    return None if resources is None else np.asarray(resources, dtype=float)


def folds_run(search: Any) -> NDArray[np.intp]:
    """Folds that were run of each candidate, shape (n_candidates,)."""
    results = search.cv_results_
    # There is no such column if all folds of all candidates were run.
    every = np.full(len(results["params"]), search.n_splits_)
    return np.asarray(results.get("n_splits_done", every), dtype=np.intp)


def at_top(resources: Floats | None, scores: Floats, any_wins: bool) -> Flags:
    """Which candidates can be compared by their scores, shape (n_candidates,).

    Those with the largest resource at which any of them has a score (nan: it has none); all of
    them if candidates that were trained in part may win (`any_wins`), or if there are no rungs.
    """
    if resources is None or any_wins:
        return np.ones(len(scores), dtype=bool)
    has_score = np.isfinite(scores)
    top = resources[has_score].max() if has_score.any() else resources.max()
    return np.asarray(resources == top)


def any_wins(search: Any) -> bool:
    """Whether candidates that were trained in part may win."""
    return bool(getattr(search, "winner", None) == "any")


def _has_failed(search: Any, metric: str, n_done: NDArray[np.intp]) -> Flags:
    """Whether one of the folds that were run has no score, shape (n_candidates,)."""
    columns = [search.cv_results_[f"split{i}_test_{metric}"] for i in range(search.n_splits_)]
    n_scores = np.isfinite(np.array(columns, dtype=float)).sum(axis=0)
    # The table may show a number in place of a failed score, so ask the optimiser.
    observations = getattr(getattr(search, "optimizer_", None), "observations", {})
    for row, observation in observations.items():
        if row < len(n_scores) and observation.status != "running":
            told = observation.split_scores.get(metric, np.nan)
            n_scores[row] = min(n_scores[row], np.isfinite(told).sum())
    has_no_mean = np.isnan(search.cv_results_[f"mean_test_{metric}"])
    return np.asarray((n_scores < n_done) | (has_no_mean & (n_done == search.n_splits_)))
