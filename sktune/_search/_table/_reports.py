"""Collect fit reports from estimators and turn them into parameters for the refit.

An estimator, or one nested in it, may have after ``fit`` an attribute ``fit_report_``: a small
mapping that JSON can hold, such as its learning curve. If it also has a method
``refit_params(reports) -> dict``, it is called before the refit with the reports on the folds of
the best candidate, and returns the parameters to change. The search passes both on without reading
them.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.base import clone

from ..._engine import History
from ..._records import Report
from ...exceptions import RefitParamsWarning
from .._nested import nested_estimators, prefixed


def collect_report(estimator: Any) -> Report | None:
    """Reports of a fitted estimator and those nested in it; None if there are none."""
    found = {
        name: getattr(inner, "fit_report_", None) for name, inner in nested_estimators(estimator)
    }
    return {name: report for name, report in found.items() if isinstance(report, Mapping)} or None


def reports_table(history: History) -> list[list[Report | None]]:
    """Reports of all folds, as lists of length n_splits in a list of length n_candidates."""
    table: list[list[Report | None]] = []
    for candidate in history.candidates:
        by_split = {fold.split: fold.report for fold in history.folds(candidate)}
        table.append([by_split.get(split) for split in range(history.n_splits)])
    return table


def params_for_refit(estimator: Any, folds: Sequence[Report | None]) -> dict[str, Any]:
    """Parameters that the estimators want to change for the refit.

    Parameters
    ----------
    estimator : estimator
        Unfitted, with the best setting; not changed.
    folds : sequence of length n_splits of dict or None
        Reports of the best candidate.

    Returns
    -------
    dict of str to object
        For ``set_params`` of `estimator`; empty if none wants a change.

    Warns
    -----
    RefitParamsWarning
        If ``refit_params`` of an estimator fails, or returns what cannot be set: the refit is then
        done without it, so that no score is lost.
    """
    wanted: dict[str, Any] = {}
    for name, inner in nested_estimators(estimator):
        reports = [fold[name] for fold in folds if fold is not None and name in fold]
        if not reports or not callable(getattr(inner, "refit_params", None)):
            continue
        try:
            own = {prefixed(name, key): v for key, v in inner.refit_params(reports).items()}
            clone(estimator).set_params(**wanted, **own)
        # Code of others: it may raise anything.
        except Exception as error:
            warnings.warn(
                f"{type(inner).__name__}.refit_params failed, and the refit goes on without "
                f"it: {type(error).__name__}: {error}",
                RefitParamsWarning,
                stacklevel=6,
            )
        else:
            wanted |= own
    return wanted
