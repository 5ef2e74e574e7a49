"""How a search went: score by score, best so far, time spent. Numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SearchTrace:
    """The course of a search, in the order of ``cv_results_``.

    Attributes
    ----------
    metric : str
        The metric whose scores these are.
    scores : ndarray of shape (n_candidates,)
        Mean test scores, higher is better; nan where a candidate failed.
    stds : ndarray of shape (n_candidates,)
        Their standard deviations over the folds.
    best : ndarray of shape (n_candidates,)
        Best mean score up to each candidate; nan before the first success.
    fit_times : ndarray of shape (n_candidates,)
        Seconds spent in the fits and scores of each candidate, its folds summed.
    """

    metric: str
    scores: Floats
    stds: Floats
    best: Floats
    fit_times: Floats


def search_trace(search: Any, metric: str | None = None) -> SearchTrace:
    """Course of a fitted search.

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
    ValueError
        If there is no such metric; the message lists those there are.

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
    check_is_fitted(search, "cv_results_")
    results = search.cv_results_
    names = [key.removeprefix("mean_test_") for key in results if key.startswith("mean_test_")]
    if metric is None:
        wanted = getattr(search, "objective_metric_", search.refit)
        metric = wanted if isinstance(wanted, str) and wanted in names else names[0]
    if metric not in names:
        raise ValueError(f"metric must be one of {names}, got {metric!r}.")
    scores = np.array(results[f"mean_test_{metric}"], dtype=float)
    best = np.maximum.accumulate(np.where(np.isnan(scores), -np.inf, scores))
    seconds = results["mean_fit_time"] + results["mean_score_time"]
    return SearchTrace(
        metric=metric,
        scores=scores,
        stds=np.array(results[f"std_test_{metric}"], dtype=float),
        best=np.where(np.isinf(best), np.nan, best),
        fit_times=np.asarray(seconds * search.n_splits_, dtype=float),
    )
