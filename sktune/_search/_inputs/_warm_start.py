"""Read the settings and scores of earlier searches."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from ...exceptions import InvalidSpaceError, InvalidSpaceTypeError, SkippedSettingsWarning
from ...optimizers import BaseOptimizer, EarlierScores
from ...space import SearchSpace
from .._table._partial import split_scores
from ._number_kinds import int_means_float


def earlier_scores(
    warm_start_from: Any,
    space: SearchSpace,
    metric: str | None,
    estimator: Any,
    test_ratio: float | None = None,
) -> list[EarlierScores]:
    """Read earlier searches, each of which must have settings in the space.

    Settings with a failed fold are left out, because they have no score, whatever number
    `error_score` put into the table. A search of this package knows which folds failed. In other
    searches a fold counts as failed if its score is nan, or if all its scores are exactly
    `error_score`. A table alone does not tell `error_score`: if that was a number, give the
    search.

    Parameters
    ----------
    warm_start_from : fitted search, mapping or sequence of these
        Searches with ``cv_results_``, or such tables.
    space : SearchSpace
        The space of the new search.
    metric : str or None
        What the new search maximises; None: its only score.
    estimator : estimator
        The tuned estimator: its constraints tell where an earlier int means something else than
        the float that equals it.
    test_ratio : float or None, default=None
        Test rows for each training row in the new search; assumed for an earlier search whose own
        ratio is not known.

    Returns
    -------
    list of EarlierScores
        In the same order.

    Raises
    ------
    InvalidSpaceError
        If no setting of one of them lies in the space.
    NotFittedError
        If one of the searches has not been fitted.
    ValueError
        If there are no scores of that metric.

    Warns
    -----
    SkippedSettingsWarning
        If some settings do not lie in the space.
    """
    if warm_start_from is None:
        return []
    is_many = isinstance(warm_start_from, Sequence)
    sources = warm_start_from if is_many else [warm_start_from]
    names = [f"warm_start_from[{i}]" if is_many else "warm_start_from" for i in range(len(sources))]
    found = []
    for source, name in zip(sources, names, strict=True):
        found.append(_read(source, name, space, metric or "score", estimator, test_ratio))
    return found


def _table(source: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(source, Mapping):
        if not hasattr(source, "get_params"):
            raise InvalidSpaceTypeError(
                f"{name} must be a fitted search or its cv_results_, got {source!r}."
            )
        check_is_fitted(source, "cv_results_")
        source = source.cv_results_
    if "params" not in source:
        raise ValueError(f"{name} must have a column 'params', as cv_results_ has.")
    return source


def _read(
    source: Any,
    name: str,
    space: SearchSpace,
    metric: str,
    estimator: Any,
    test_ratio: float | None,
) -> EarlierScores:
    table = _table(source, name)
    scores = _scores_of(source, table, name, metric)
    n_done = np.asarray(table.get("n_splits_done", scores.shape[1]))
    n_scores = np.isfinite(scores).sum(axis=1)
    has_score = (n_scores > 0) & (n_scores == n_done)
    # What was trained with less has scores of its own kind; halving of scikit-learn counts too.
    resources = table.get("resource", table.get("n_resources"))
    if resources is not None:
        has_score &= np.asarray(resources) == np.asarray(resources)[has_score].max(initial=0)
    points, rows, reason = [], [], None
    for params, row in zip(np.asarray(table["params"])[has_score], scores[has_score], strict=True):
        try:
            held = space.held(params)
            _check_kinds(params, held, estimator)
            points.append(space.transform([held])[0])
            rows.append(np.where(np.isfinite(row), row, np.nan))
        except InvalidSpaceError as error:
            reason = error
    if not points:
        why = "it has no finite score" if reason is None else f"the last one: {reason}"
        raise InvalidSpaceError(f"No setting of {name} can be used for this space; {why}")
    n_skipped = int(has_score.sum()) - len(points)
    if n_skipped:
        warnings.warn(
            f"{n_skipped} of {len(points) + n_skipped} settings of {name} do not lie in the space "
            f"and are left out; the last one: {reason}",
            SkippedSettingsWarning,
            stacklevel=8,
        )
    return EarlierScores(
        space.snap(np.array(points)), np.array(rows), _ratio_of(source, test_ratio)
    )


def _check_kinds(params: Mapping[str, Any], held: Mapping[str, Any], estimator: Any) -> None:
    """Raise InvalidSpaceError if an int was taken for a float of another meaning, or vice versa."""
    for name, value in held.items():
        # A parameter without an effect need not be given.
        if isinstance(value, Integral) == isinstance(params.get(name, value), Integral):
            continue
        if int_means_float(estimator, estimator.get_params(deep=True), name, value) is False:
            raise InvalidSpaceError(
                f"{name!r} is {params[name]!r}, which does not mean the same as {value!r}"
            )


def _scores_of(
    source: Any, table: Mapping[str, Any], name: str, metric: str
) -> NDArray[np.float64]:
    """Scores of each setting in each fold, shape (n, n_splits), nan where there is none."""
    columns = split_scores(table)
    tests = {
        column.removeprefix("test_"): scores
        for column, scores in columns.items()
        if column.startswith("test_")
    }
    if metric not in tests and len(tests) == 1:
        # A single score is used whatever its name, which may differ between searches.
        (metric,) = tests
    if metric not in tests:
        raise ValueError(f"{name} must have scores of {metric!r}; it has those of {list(tests)}.")
    if (optimizer := _optimizer_of(source)) is None:
        has_failed = np.all(np.stack(list(columns.values())) == _error_score(source), axis=0)
        return np.where(has_failed, np.nan, tests[metric])
    told = np.full_like(tests[metric], np.nan)
    for place, observation in optimizer.observations.items():
        if metric in observation.split_scores:
            told[place] = observation.split_scores[metric]
    return told


def _optimizer_of(source: Any) -> BaseOptimizer | None:
    """The optimiser of a search of this package, which was told what failed; None for others."""
    optimizer = getattr(source, "optimizer_", None)
    return optimizer if isinstance(optimizer, BaseOptimizer) else None


def _error_score(source: Any) -> float:
    """The number recorded for failures; nan, which equals no score, if there is none."""
    error_score = getattr(source, "error_score", np.nan)
    return float(error_score) if isinstance(error_score, Real) else np.nan


def _ratio_of(source: Any, test_ratio: float | None) -> float | None:
    """Test rows for each training row of an earlier search; None: as in K-fold."""
    if (optimizer := _optimizer_of(source)) is not None:
        return optimizer.test_ratio
    is_k_fold = isinstance(getattr(source, "cv", ""), Integral | None)
    return None if is_k_fold else test_ratio
