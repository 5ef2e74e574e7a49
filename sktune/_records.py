"""The records that travel between floors: small, frozen, free of behaviour.

``Candidate`` goes from the optimiser to the engine, ``FoldTask`` to a worker, ``FoldResult``
back to the engine and ``Observation`` back to the optimiser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Status = Literal["running", "complete", "dropped", "failed"]
Source = Literal["start", "grid", "design", "model", "move", "random"]

# What a scorer returns: one number, or several under their names.
Scores = float | dict[str, float]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One parameter setting.

    Parameters
    ----------
    id : int
        Its place in the order of suggestion, from 0.
    params : dict
        The setting as the estimator gets it.
    point : tuple of float, shape (n_dims,)
        The same setting in the unit cube of the space, each coordinate in [0, 1].
    branch : int
        Which dict of the space it belongs to.
    source : str
        Who proposed it: ``"start"`` (given by the user or the estimator), ``"grid"`` (the
        whole space is run), ``"design"`` (first design), ``"model"``, ``"move"`` or
        ``"random"``.
    """

    id: int
    params: dict[str, Any]
    point: tuple[float, ...]
    branch: int
    source: Source


@dataclass(frozen=True, slots=True)
class FoldTask:
    """One fold of one candidate, to be evaluated by a worker.

    Parameters
    ----------
    candidate : Candidate
        The setting.
    split : int
        Which fold, from 0.
    context : dict, default={}
        What only this fold's worker needs, made when the task is submitted.
    indices : tuple of (train, test) or None, default=None
        Rows of the fold, as the splitter gives them; set when the task is submitted.
    """

    candidate: Candidate
    split: int
    context: Mapping[str, Any] = field(default_factory=dict)
    indices: tuple[Any, Any] | None = None


@dataclass(frozen=True, slots=True)
class FoldResult:
    """What a worker found on one fold.

    Parameters
    ----------
    candidate_id, split : int
        The fold.
    test_scores : float or dict of str to float
        Scores of the test part; higher is better. ``error_score`` where the fold failed.
    train_scores : float, dict of str to float or None
        The same for the training part, None unless asked for.
    fit_time, score_time : float
        Seconds.
    fit_error : str or None
        Traceback of a fit that failed.
    failed_metrics : frozenset of str
        Metrics that hold ``error_score`` in place of a score. A single metric is called
        ``"score"``.
    report : dict of str to mapping or None
        What the fitted estimator, under the name ``""``, and those nested in it, under their
        parameters' names, had to tell; None: nothing.
    timed_out : bool
        Whether the fold took longer than it may.
    asks_to_stop : bool
        Whether a callback asks for the end of the search.
    is_run : bool
        False where it was not tried: another fold of the candidate was over its time, or killed
        its worker too often.
    worker : str
        Process and thread that ran it; empty where none did. Not written down in journals.
    rows : ndarray of shape (n_test,) or None
        What each row of the test part adds to the metric, or predictions; None: not kept. Not
        written down in journals either.
    rows_are_predictions : bool
        Which of the two.
    """

    candidate_id: int
    split: int
    test_scores: Scores
    train_scores: Scores | None
    fit_time: float
    score_time: float
    fit_error: str | None = None
    failed_metrics: frozenset[str] = frozenset()
    report: Mapping[str, Mapping[str, Any]] | None = None
    timed_out: bool = False
    asks_to_stop: bool = False
    is_run: bool = True
    worker: str = field(default="", compare=False)
    rows: NDArray[np.float32] | None = field(default=None, compare=False)
    rows_are_predictions: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Observation:
    """What an optimiser hears of a candidate.

    Parameters
    ----------
    candidate : Candidate
        The setting.
    split_scores : mapping of str to ndarray of shape (n_splits,)
        Scores by metric, higher is better; nan where a split has not been run or failed.
    status : {"running", "complete", "dropped", "failed"}
        ``"dropped"`` when its other splits will not be run, or only once there is nothing else
        left to run. ``"failed"`` as soon as one split could not be fitted, or has a score in no
        metric, whatever number ``error_score`` puts into the table.
    """

    candidate: Candidate
    split_scores: Mapping[str, NDArray[np.float64]]
    status: Status


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


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """What candidates scored, or predicted, on each row while it was held out.

    Parameters
    ----------
    metric : str
        The metric that the rows are about.
    candidates : ndarray of shape (n_kept,)
        Rows of ``cv_results_``.
    values : ndarray of shape (n_kept, n_rows), of float32
        What each row adds to the metric, which is the mean of the rows; or predictions. nan where
        a row was in no test part. Rows that were in several have the mean.
    is_prediction : bool
        Whether the values are predictions.
    groups : ndarray of shape (n_rows,) or None
        Numbers of the groups that the folds kept together.
    """

    metric: str
    candidates: NDArray[np.intp]
    values: NDArray[np.float32]
    is_prediction: bool = False
    groups: NDArray[np.intp] | None = None
