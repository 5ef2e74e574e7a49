"""``SearchRecord``: the results of a search of sktune or scikit-learn, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from .._records import FoldLog, OutOfFold
from ..exceptions import InvalidSpaceError
from ..space import SearchSpace
from ..space._part_weights import filled_weights
from ..space._same import is_alike, is_equal
from ._evaluation import Evaluation, evaluation_of
from ._inferred_space import infer_space
from ._trace import (
    SearchTrace,
    any_wins,
    at_top,
    check_is_search,
    folds_run,
    resources_of,
    search_trace,
)

Floats = NDArray[np.float64]
CandidateStatus = Literal["complete", "dropped", "failed"]

BY_RUNGS = "and scores with less of the resource are of another kind"


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """Results of a search, candidate by candidate, in the order of ``cv_results_``.

    Attributes
    ----------
    metric : str
        The metric whose scores these are.
    settings : tuple of dict, length n_candidates
        The parameters of each candidate; without the resource of a halving search.
    split_scores : ndarray of shape (n_candidates, n_splits)
        Scores by fold, higher is better; nan where a fold was not run or has no finite score.
    scores : ndarray of shape (n_candidates,)
        Mean scores. For a dropped candidate, the mean over the folds that were run, minus the
        mean effect of these folds. nan for a failed one.
    status : tuple of str, length n_candidates
        ``"complete"``, ``"dropped"`` (not all folds were run) or ``"failed"``.
    seconds : ndarray of shape (n_candidates,)
        Spent on the fits and scores of each candidate, its folds summed.
    space : SearchSpace
        What was searched.
    is_inferred : bool
        Whether the space was inferred from the settings that were tried, because the search
        has none that holds them.
    resources : ndarray of shape (n_candidates,) or None
        The resource of each candidate in a search with rungs, such as samples or epochs; None
        elsewhere.
    best_index : int or None
        The candidate that was chosen; the best by this metric if that was by another one. None
        where none has a score.
    default_index : int or None
        The candidate that has the estimator's own values; None if it was not tried.
    evaluation : Evaluation
        How a setting is evaluated.
    fold_log : FoldLog or None
        Which worker ran which fold, and when; only searches of this package keep it.
    oof : OutOfFold or None
        The scores of rows that ``keep_predictions=True`` has kept.
    is_ordered : bool
        Whether candidates were run in this order, so that the best so far is progress; not so in
        a grid or a halving search.
    any_wins : bool
        Whether candidates may win that were trained with less than the largest resource.
    n_run : ndarray of shape (n_candidates,) or None
        Folds that were run of each candidate; None: not known.
    """

    metric: str
    settings: tuple[Mapping[str, Any], ...]
    split_scores: Floats
    scores: Floats
    status: tuple[CandidateStatus, ...]
    seconds: Floats
    space: SearchSpace
    is_inferred: bool
    resources: Floats | None
    best_index: int | None
    default_index: int | None
    evaluation: Evaluation
    fold_log: FoldLog | None = None
    oof: OutOfFold | None = None
    is_ordered: bool = True
    any_wins: bool = False
    n_run: NDArray[np.intp] | None = None
    # Models that were fitted to the record, by description.
    _kept: dict[str, Any] = field(init=False, default_factory=dict, repr=False, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that vary; with several dicts of parameters, the branch first."""
        return tuple(dimension.name for dimension in self.space.dimensions)

    @property
    def is_scored(self) -> NDArray[np.bool_]:
        """Which candidates have a finite mean score, shape (n_candidates,)."""
        return np.isfinite(self.scores)

    @property
    def at_top(self) -> NDArray[np.bool_]:
        """Which candidates had the largest resource that was scored, shape (n_candidates,)."""
        is_complete = np.array(self.status) == "complete"
        scores = np.where(is_complete, self.scores, np.nan)
        return at_top(self.resources, scores, self.any_wins)

    @property
    def n_folds(self) -> NDArray[np.intp]:
        """Folds that were run of each candidate, as far as that is known, shape (n_candidates,)."""
        if self.n_run is not None:
            return self.n_run
        has_failed = np.array(self.status) == "failed"
        n_scores = np.isfinite(self.split_scores).sum(axis=1)
        return np.where(has_failed, self.split_scores.shape[1], n_scores)

    def noise(self) -> Floats:
        """Variance of each mean score that comes from its folds, shape (n_candidates,).

        That of comparisons on the same data: s^2 / n of the folds' differences, not the variance
        over new data sets of Nadeau and Bengio, which is more than twice as large. Repeated folds
        test the same rows again and count once. 0 if there is one fold or one candidate, since
        nothing can be estimated. s^2 is the median over the candidates, so that very bad ones,
        whose scores vary widely, do not count.
        """
        n_run = np.isfinite(self.split_scores).sum(axis=1)
        usable = n_run >= 2
        if usable.sum() < 2:
            return np.zeros(len(self.scores))
        rest = self.split_scores - fold_effects(self.split_scores)
        degrees = n_run[usable] - 1
        # The median of a variance from few folds is less than its mean: 0.84 of it from five.
        variances = np.nanvar(rest[usable], axis=1, ddof=1) * degrees / chi2.median(degrees)
        n_disjoint = 1.0 + 1.0 / self.evaluation.test_ratio
        return np.median(variances) / np.minimum(np.maximum(n_run, 1), n_disjoint)

    def index_of(self, candidate: Any, what: str) -> int:
        """Row of a candidate: None for the default, its number, or its setting.

        Raises
        ------
        ValueError
            If there is no such candidate, it has no score, or it was not trained with the largest
            resource, where alone scores can be compared.
        """
        index = self._find(candidate, what)
        if not self.is_scored[index]:
            which = f"candidate {index}"
            if candidate is None:
                which = f"the estimator's own setting, {which},"
            raise ValueError(f"{what}: {which} has no finite score.")
        if not self.at_top[index] and self.resources is not None:
            raise ValueError(
                f"{what}: candidate {index} was trained with {self.resources[index]:g} of "
                f"{self.resources[self.at_top].max():g}, {BY_RUNGS}."
            )
        return index

    def _find(self, candidate: Any, what: str) -> int:
        if candidate is None:
            if self.default_index is None and self.resources is not None:
                raise ValueError(
                    "The estimator's own setting is not among the candidates with the largest "
                    f"resource, {BY_RUNGS}. Name the setting to compare with as {what}."
                )
            if self.default_index is None:
                raise ValueError(
                    "The estimator's own setting is not among the candidates: include it in the "
                    "search (initial_params), pass X and y if the function takes them, or name "
                    f"the setting to compare with as {what}."
                )
            return self.default_index
        if isinstance(candidate, Mapping):
            unknown = sorted(set(candidate) - {n for s in self.settings for n in s})
            if unknown:
                known = sorted({name for setting in self.settings for name in setting})
                raise ValueError(f"{what} names {unknown}; the search has {known}.")
            found = rows_with(self.settings, candidate, self.at_top & self.is_scored)
            if not len(found):
                needed = set().union(*map(set, self.settings)) if self.space.n_branches == 1 else ()
                missing = sorted(set(needed) - set(candidate))
                rest = f" It must have {missing}, too." if missing else ""
                raise ValueError(f"{what}: no candidate has the setting {dict(candidate)!r}.{rest}")
            return int(found[0])
        is_number = isinstance(candidate, int | np.integer) and not isinstance(candidate, bool)
        if not is_number or not 0 <= candidate < len(self.scores):
            raise ValueError(
                f"{what} must be None, a setting, or the number of a candidate from 0 to "
                f"{len(self.scores) - 1}, got {candidate!r}."
            )
        return int(candidate)


def read_search(search: Any, metric: str | None = None) -> SearchRecord:
    """Read the results of a fitted search.

    To ask several questions of one search, read it once and pass the record: models that were
    fitted for one question are used again for the others.

    Parameters
    ----------
    search : fitted search or SearchRecord
        Of this package, or ``GridSearchCV``, ``RandomizedSearchCV`` or a halving search of
        scikit-learn. A record is returned as it is.
    metric : str, default=None
        Which of several metrics; None: the one that was maximised, or that `refit` names,
        else the first.

    Returns
    -------
    SearchRecord

    Raises
    ------
    NotFittedError
        If the search was not fitted.
    TypeError
        If it has no ``cv_results_``.
    ValueError
        If there is no such metric; the message lists the existing ones.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune.inspection import read_search
    >>> search = GridSearchCV(SVC(), {"C": [0.01, 1.0, 100.0]}).fit(*load_iris(return_X_y=True))
    >>> record = read_search(search)
    >>> record.default_index, record.names, record.split_scores.shape
    (1, ('C',), (3, 5))
    """
    if isinstance(search, SearchRecord):
        if metric not in (None, search.metric):
            raise ValueError(f"The record is of the metric {search.metric!r}, got {metric!r}.")
        return search
    check_is_search(search)
    trace = search_trace(search, metric)
    split_scores = _split_scores(search, trace)
    settings = _settings(search)
    space, is_inferred = _space(search, settings)
    resources = resources_of(search.cv_results_)
    scores = mean_scores(split_scores, trace)
    status = _status(trace)
    complete = np.where(np.array(status) == "complete", scores, np.nan)
    is_top = at_top(resources, complete, any_wins(search))
    return SearchRecord(
        metric=trace.metric,
        settings=settings,
        split_scores=split_scores,
        scores=scores,
        status=status,
        seconds=trace.fit_times,
        space=space,
        is_inferred=is_inferred,
        resources=resources,
        best_index=_best(search, trace.metric, scores, is_top),
        default_index=_default(search, settings, is_top),
        evaluation=evaluation_of(search, trace.metric),
        fold_log=getattr(search, "fold_log_", None),
        oof=_kept_predictions(search, trace.metric),
        is_ordered=not hasattr(search, "param_grid") and "iter" not in search.cv_results_,
        any_wins=any_wins(search),
        n_run=folds_run(search),
    )


def fold_effects(scores: Floats) -> Floats:
    """How much the scores of each fold lie above the mean, shape (n_splits,).

    Estimated from the rows of `scores`, shape (n, n_splits), without nan, by the median, so that
    single very bad rows do not matter; 0 if there are no such rows.
    """
    complete = scores[np.isfinite(scores).all(axis=1)]
    if not len(complete):
        return np.zeros(scores.shape[1])
    effects = np.median(complete - complete.mean(axis=1)[:, None], axis=0)
    return np.asarray(effects - effects.mean())


def mean_scores(split_scores: Floats, trace: SearchTrace) -> Floats:
    """Mean score of each candidate, shape (n_candidates,); see ``SearchRecord.scores``."""
    is_run = np.isfinite(split_scores)
    rest = np.where(is_run, split_scores - fold_effects(split_scores), 0.0)
    partial = rest.sum(axis=1) / np.maximum(is_run.sum(axis=1), 1)
    has_any = is_run.any(axis=1) & trace.is_dropped
    scores = np.where(has_any, partial, trace.scores)
    return np.where(trace.has_failed | ~np.isfinite(scores), np.nan, scores)


def rows_with(
    settings: tuple[Mapping[str, Any], ...],
    values: Mapping[str, Any],
    among: NDArray[np.bool_],
    same: Any = is_alike,
) -> NDArray[np.intp]:
    """Which settings agree with `values` in all their names; `values` may hold others as well."""
    matches = [
        bool(among[i])
        and all(name in values and same(value, values[name]) for name, value in setting.items())
        for i, setting in enumerate(settings)
    ]
    return np.flatnonzero(matches)


def _split_scores(search: Any, trace: SearchTrace) -> Floats:
    columns = [search.cv_results_[f"split{i}_test_{trace.metric}"] for i in range(search.n_splits_)]
    scores = np.array(columns, dtype=float).T
    return np.where(np.isfinite(scores), scores, np.nan)


def _status(trace: SearchTrace) -> tuple[CandidateStatus, ...]:
    return tuple(
        "failed" if failed else "dropped" if dropped else "complete"
        for failed, dropped in zip(trace.has_failed, trace.is_dropped, strict=True)
    )


def _settings(search: Any) -> tuple[Mapping[str, Any], ...]:
    """The settings, without the resource of a halving search."""
    resource = getattr(search, "resource", None)
    return tuple(
        {name: value for name, value in params.items() if name != resource}
        for params in search.cv_results_["params"]
    )


def _space(search: Any, settings: tuple[Mapping[str, Any], ...]) -> tuple[SearchSpace, bool]:
    """The space of a search, and whether it had to be inferred."""
    names = ("param_distributions_", "param_distributions", "param_grid")  # the first for "auto"
    given = next((found for name in names if (found := getattr(search, name, None))), None)
    if given is not None:
        conditions = getattr(search, "conditions", None)
        try:
            space = SearchSpace.from_distributions(given, None, conditions, search.estimator)
            space.transform(settings)
        except InvalidSpaceError:  # changed since, or not supported by our spaces
            pass
        else:
            return space, False
    return infer_space(settings), True


def _kept_predictions(search: Any, metric: str) -> OutOfFold | None:
    kept = getattr(search, "oof_scores_", None)
    return kept if kept is not None and kept.metric == metric else None


def _best(search: Any, metric: str, scores: Floats, may_win: NDArray[np.bool_]) -> int | None:
    """The candidate that was chosen by this metric, or would have been."""
    best = getattr(search, "best_index_", None)
    wanted = getattr(search, "objective_metric_", search.refit)
    is_of_other = isinstance(wanted, str) and wanted != metric
    if best is not None and not is_of_other and np.isfinite(scores[best]):
        return int(best)
    scores = np.where(may_win, scores, np.nan)
    return None if np.isnan(scores).all() else int(np.nanargmax(scores))


def _default(
    search: Any, settings: tuple[Mapping[str, Any], ...], among: NDArray[np.bool_]
) -> int | None:
    """The candidate that has the estimator's own values."""
    own = filled_weights(search.estimator.get_params(deep=True), settings)
    rows = rows_with(settings, own, among)
    if not len(rows):
        # An int of the estimator became a float where the range is continuous.
        told = getattr(getattr(search, "optimizer_", None), "observations", {})
        is_start = [i in told and told[i].candidate.source == "start" for i in range(len(settings))]
        rows = rows_with(settings, own, np.array(is_start, dtype=bool) & among, is_equal)
    return int(rows[0]) if len(rows) else None
