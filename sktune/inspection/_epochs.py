"""Learning curves of the models of a search. Numbers only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._trace import check_is_search

Reports = Sequence[Sequence[Mapping[str, Mapping[str, Any]] | None]]


@dataclass(frozen=True, slots=True)
class EpochCurves:
    """The learning curves of a search, in the order of ``cv_results_``.

    Attributes
    ----------
    metric : str
        The metric that the curves show.
    curves : ndarray of shape (n_candidates, n_splits, n_epochs)
        The metric after each epoch; nan after the last one of a fit, and for a fit that
        reported nothing.
    best_index : int or None
        The best candidate; None where the search has none.
    """

    metric: str
    curves: NDArray[np.float64]
    best_index: int | None


def epoch_curves(search: Any, metric: str = "val_loss", name: str | None = None) -> EpochCurves:
    """Learning curves of the fits of a search.

    Parameters
    ----------
    search : fitted search
        Of this package, around an estimator that reports its fits; the reports are in
        ``fit_reports_``.
    metric : str, default="val_loss"
        Which of the curves under ``"history"`` in a report.
    name : str, default=None
        Which nested estimator, where several report such a curve: its name in the reports.
        None: the only one.

    Returns
    -------
    EpochCurves

    Raises
    ------
    NotFittedError
        If the search was not fitted.
    ValueError
        If there are no reports, no such curve in them, or several and no `name`; the message
        lists the existing ones.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from sktune import BayesSearchCV
    >>> from sktune.inspection import epoch_curves
    >>> class Reporting(Ridge):
    ...     def fit(self, X, y):
    ...         self.fit_report_ = {"history": {"val_loss": [3.0, 2.0, self.alpha]}}
    ...         return super().fit(X, y)
    >>> search = BayesSearchCV(Reporting(), {"alpha": [0.5, 1.0]}, n_iter=2, cv=2)
    >>> epoch_curves(search.fit(*load_diabetes(return_X_y=True))).curves.tolist()
    [[[3.0, 2.0, 0.5], [3.0, 2.0, 0.5]], [[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]]]
    """
    check_is_search(search)
    table: Reports = getattr(search, "fit_reports_", [])
    return curves_in(table, getattr(search, "best_index_", None), metric, name)


def curves_in(
    table: Reports, best_index: int | None, metric: str, name: str | None = None
) -> EpochCurves:
    """The curves in a table of reports, as ``fit_reports_`` is one; see ``epoch_curves``."""
    name = _find(table, metric, name)
    fits = [[_curve(report, metric, name) for report in folds] for folds in table]
    n_epochs = max(len(curve) for folds in fits for curve in folds)
    curves = np.full((len(fits), max(map(len, fits)), n_epochs), np.nan)
    for candidate, folds in enumerate(fits):
        for split, curve in enumerate(folds):
            curves[candidate, split, : len(curve)] = curve
    return EpochCurves(metric, curves, best_index)


def _find(table: Reports, metric: str, name: str | None) -> str:
    """Name of the estimator whose curve is meant; ValueError if there is none, or several."""
    there = {
        (inner, curve)
        for folds in table
        for report in folds
        for inner, own in (report or {}).items()
        for curve in own.get("history", {})
    }
    if not there:
        raise ValueError(
            "This search has no learning curves: its estimator reports none after a fit. Neural "
            "networks do where a part of the samples is held back, as with early_stopping=True, "
            "and searches of sktune keep them in fit_reports_."
        )
    names = sorted(inner for inner, curve in there if curve == metric)
    if not names:
        known = sorted({curve for _, curve in there})
        raise ValueError(f"metric must be one of {known}, got {metric!r}.")
    if name is None and len(names) == 1:
        return names[0]
    if name not in names:
        raise ValueError(f"name must be one of {names}, got {name!r}.")
    return name


def _curve(
    report: Mapping[str, Mapping[str, Any]] | None, metric: str, name: str
) -> Sequence[float]:
    """One number per epoch; empty if the fit has not reported this curve."""
    return (report or {}).get(name, {}).get("history", {}).get(metric, [])
