"""What earlier searches leave to a new one: their settings and scores, checked."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from ..exceptions import InvalidSpaceError, InvalidSpaceTypeError, SkippedSettingsWarning
from ..optimizers import EarlierScores
from ..space import SearchSpace
from ._split_scores import split_scores


def earlier_scores(
    warm_start_from: Any, space: SearchSpace, metric: str | None
) -> list[EarlierScores]:
    """Read earlier searches, each of which must have settings in the space.

    Parameters
    ----------
    warm_start_from : fitted search, mapping or sequence of these
        Searches with ``cv_results_``, or such tables.
    space : SearchSpace
        Where the new search looks.
    metric : str or None
        What it maximises; None: its only score.

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
    return [
        _read(_table(source, name), name, space, metric or "score")
        for source, name in zip(sources, names, strict=True)
    ]


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


def _read(table: Mapping[str, Any], name: str, space: SearchSpace, metric: str) -> EarlierScores:
    scores = _scores_of(table, name, metric)
    has_score = np.isfinite(scores).any(axis=1)
    points, rows, reason = [], [], None
    for params, row in zip(np.asarray(table["params"])[has_score], scores[has_score], strict=True):
        try:
            points.append(space.transform([params])[0])
            rows.append(np.where(np.isfinite(row), row, np.nan))
        except InvalidSpaceError as error:
            reason = error
    if not points:
        why = "it has no finite score" if reason is None else f"of the last one: {reason}"
        raise InvalidSpaceError(f"No setting of {name} can be used for this space; {why}")
    n_skipped = int(has_score.sum()) - len(points)
    if n_skipped:
        warnings.warn(
            f"{n_skipped} of {len(points) + n_skipped} settings of {name} do not lie in the space "
            f"and are left out; of the last one: {reason}",
            SkippedSettingsWarning,
            stacklevel=7,
        )
    return EarlierScores(space.snap(np.array(points)), np.array(rows))


def _scores_of(table: Mapping[str, Any], name: str, metric: str) -> NDArray[np.float64]:
    """Scores of each setting in each fold, shape (n, n_splits)."""
    tests = {
        column.removeprefix("test_"): scores
        for column, scores in split_scores(table).items()
        if column.startswith("test_")
    }
    if metric not in tests and len(tests) == 1:
        # One score is what there is to go by, whatever its name: they need not be the same.
        (metric,) = tests
    if metric not in tests:
        raise ValueError(f"{name} must have scores of {metric!r}; it has those of {list(tests)}.")
    return tests[metric]
