"""How far the settings of a search were trained, and what early scores told. Numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from ._trace import resources_of, search_trace

Floats = NDArray[np.float64]

# Settings that two rungs must share for a rank correlation.
MIN_SHARED = 3


@dataclass(frozen=True, slots=True)
class RungTrace:
    """The settings of a search that trains them in steps, in the order in which they came.

    Attributes
    ----------
    metric : str
        The metric whose scores these are.
    rungs : ndarray of shape (n_rungs,)
        Resources at which settings were scored, rising.
    scores : ndarray of shape (n_settings, n_rungs)
        Mean score of each setting on each rung; nan where it was not trained so far, failed or was
        dropped.
    fates : tuple of str, length n_settings
        "winner", "full" (trained to the last rung), "paused" (not trained further) or "failed".
    spent : ndarray of shape (n_candidates,)
        Resource that was trained on each fold, summed up to each row of ``cv_results_``: what is
        new on a rung, or all of it where each rung begins from nothing.
    best : ndarray of shape (n_candidates,)
        Best score with the largest resource up to each row; nan before the first.
    correlations : ndarray of shape (n_rungs, n_rungs)
        Spearman's rank correlation of the scores on two rungs over the settings that have both;
        nan with fewer than three. Those that were trained further are the better ones, so that it
        is lower than over all settings.
    n_shared : ndarray of shape (n_rungs, n_rungs)
        How many settings have both.
    """

    metric: str
    rungs: Floats
    scores: Floats
    fates: tuple[str, ...]
    spent: Floats
    best: Floats
    correlations: Floats
    n_shared: NDArray[np.intp]


def rung_trace(search: Any, metric: str | None = None) -> RungTrace:
    """How far a search has trained its settings.

    Parameters
    ----------
    search : fitted search
        ``HyperbandSearchCV``, or one of your own that trains settings further.
    metric : str, default=None
        As in :func:`search_trace`.

    Returns
    -------
    RungTrace

    Raises
    ------
    NotFittedError
        If the search was not fitted.
    ValueError
        If it does not train settings further, or there is no such metric.

    Examples
    --------
    >>> from scipy.stats import uniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sktune import HyperbandSearchCV
    >>> from sktune.inspection import rung_trace
    >>> search = HyperbandSearchCV(
    ...     RandomForestClassifier(n_estimators=9, random_state=0),
    ...     {"max_features": uniform(0.1, 0.9), "max_samples": uniform(0.1, 0.9)},
    ...     resource="epochs",
    ...     n_iter=3,
    ...     cv=2,
    ...     random_state=0,
    ... ).fit(*load_iris(return_X_y=True))
    >>> trace = rung_trace(search)
    >>> trace.rungs.tolist()
    [1.0, 3.0, 9.0]
    >>> trace.fates.count("winner")
    1
    """
    trace = search_trace(search, metric)
    results = search.cv_results_
    resources = resources_of(results)
    if resources is None or "parent" not in results:
        raise ValueError(
            "search must be one that trains settings further, such as HyperbandSearchCV, got "
            f"{type(search).__name__}."
        )
    parents = np.asarray(results["parent"])
    rungs = np.unique(resources)
    rows = _settings(parents)
    scores = np.full((len(rows), len(rungs)), np.nan)
    for number, own in enumerate(rows):
        scores[number, np.searchsorted(rungs, resources[own])] = trace.scores[own]
    correlations, n_shared = _correlations(scores)
    before = np.where(parents >= 0, resources[np.maximum(parents, 0)], 0.0)
    goes_on = getattr(search.optimizer_, "goes_on", True)
    return RungTrace(
        metric=trace.metric,
        rungs=rungs,
        scores=scores,
        fates=tuple(_fate(own, search, resources, trace.has_failed) for own in rows),
        spent=np.cumsum(resources - before if goes_on else resources),
        best=trace.best,
        correlations=correlations,
        n_shared=n_shared,
    )


def _settings(parents: NDArray[np.intp]) -> list[list[int]]:
    """Rows of each setting, from the lowest rung up."""
    rows: dict[int, list[int]] = {}
    for row, parent in enumerate(parents):
        own = rows.pop(int(parent), []) if parent >= 0 else []
        rows[row] = [*own, row]
    return sorted(rows.values())


def _fate(rows: list[int], search: Any, resources: Floats, has_failed: NDArray[np.bool_]) -> str:
    if getattr(search, "best_index_", None) in rows:
        return "winner"
    if has_failed[rows[-1]]:
        return "failed"
    return "full" if resources[rows[-1]] == resources.max() else "paused"


def _correlations(scores: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Rank correlations of the columns, and the rows that two columns share."""
    n_rungs = scores.shape[1]
    found = np.full((n_rungs, n_rungs), np.nan)
    shared = np.zeros((n_rungs, n_rungs), dtype=np.intp)
    for i in range(n_rungs):
        for j in range(n_rungs):
            both = np.isfinite(scores[:, [i, j]]).all(axis=1)
            shared[i, j] = both.sum()
            pair = scores[both][:, [i, j]]
            if both.sum() >= MIN_SHARED and (np.ptp(pair, axis=0) > 0).all():
                found[i, j] = spearmanr(pair[:, 0], pair[:, 1]).statistic
    return found, shared
