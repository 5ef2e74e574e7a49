"""What a fitted search keeps beside its table: who ran which fold, and scores of single rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FoldLog:
    """Who ran which fold, and when: one entry a fold, in the order in which they came back.

    Parameters
    ----------
    candidates, splits : ndarray of shape (n_folds,)
        The fold: row of ``cv_results_``, and number of the split.
    submitted, finished : ndarray of shape (n_folds,)
        Seconds since the search began, on the clock of the caller.
    workers : tuple of str, length n_folds
        Process and thread that ran it.
    """

    candidates: NDArray[np.intp]
    splits: NDArray[np.intp]
    submitted: NDArray[np.float64]
    finished: NDArray[np.float64]
    workers: tuple[str, ...]


# Predictions are kept of so many of the best candidates: of 41, the best 20 gave the same
# correction as all, the best 5 did not.
N_BEST = 20


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """What candidates scored, or predicted, on each row while it was held out.

    Parameters
    ----------
    metric : str
        The metric that the rows are about.
    candidates : ndarray of shape (n_kept,)
        Rows of ``cv_results_``.
    values : ndarray of shape (n_kept, n_values), of float32
        What each row adds to the metric, which is their mean; or predictions. nan where a row was
        in no test part.
    is_prediction : bool
        Whether the values are predictions.
    groups : ndarray of shape (n_rows,) or None
        Numbers of the groups that the folds kept together.
    rows : ndarray of shape (n_values,) or None
        Row of each value, where rows have several: predictions, in repeated folds, or if some rows
        are tested more often than others. None: value i is that of row i, the mean over its tests.
    labels : ndarray of shape (n_labels,) or None
        What is predicted, if the values are places in it; None: the values themselves.
    """

    metric: str
    candidates: NDArray[np.intp]
    values: NDArray[np.float32]
    is_prediction: bool = False
    groups: NDArray[np.intp] | None = None
    rows: NDArray[np.intp] | None = None
    labels: NDArray[Any] | None = None
