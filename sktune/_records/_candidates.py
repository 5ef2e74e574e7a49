"""The records that travel between floors: small, frozen, free of behaviour.

``Candidate`` goes from the optimiser to the engine, ``FoldTask`` to a worker, ``FoldResult``
back to the engine and ``Observation`` back to the optimiser. An optimiser without a candidate
answers ``WAIT`` or ``Done``. A ``Listener`` is told what happens to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Status = Literal["running", "complete", "dropped", "failed"]

# What a scorer returns: one number, or several under their names.
Scores = float | dict[str, float]

# What a fitted estimator, under the name "", and those nested in it report of their fit.
Report = Mapping[str, Mapping[str, Any]]


class StopReason(StrEnum):
    """What ended a search."""

    N_ITER = "n_iter"
    SPACE_EXHAUSTED = "space exhausted"
    MAX_TIME = "max_time"
    CONVERGED = "converged"
    INTERRUPTED = "interrupted"
    STOPPED = "stopped"
    CALLBACK = "callback"


class Wait(Enum):
    """Answer of an optimiser that has nothing to suggest before it is told more."""

    WAIT = "wait"


WAIT = Wait.WAIT


@dataclass(frozen=True, slots=True)
class Done:
    """Answer of an optimiser that has nothing to suggest any more.

    Parameters
    ----------
    reason : StopReason
        Why.
    """

    reason: StopReason


@dataclass(frozen=True, slots=True)
class Candidate:
    """One parameter setting, with the resource that it is trained with.

    A setting that is trained further is a candidate of its own: the same setting with a larger
    resource, and the candidate that it goes on from as its parent.

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
        Who proposed it, in one word. sktune's optimisers give ``"start"`` (a setting of the user's
        or the estimator's), ``"grid"`` (the whole space is run), ``"design"`` (first design),
        ``"model"``, ``"move"`` and ``"random"``.
    resource : int or None, default=None
        How much it is trained with in all, in the unit of the search, such as epochs; at least
        1. None: the search has no such resource.
    parent : int or None, default=None
        Id of the candidate with the same setting and less resource that it goes on from.
    """

    id: int
    params: dict[str, Any]
    point: tuple[float, ...]
    branch: int
    source: str
    resource: int | None = None
    parent: int | None = None


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
    resume_from : str or None, default=None
        Token of the state in which the parent's training on this fold has ended; None: there is
        none.
    """

    candidate: Candidate
    split: int
    context: Mapping[str, Any] = field(default_factory=dict)
    indices: tuple[Any, Any] | None = None
    resume_from: str | None = None


@dataclass(frozen=True, slots=True)
class FoldResult:
    """The result of one fold.

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
        What the fitted estimator (under the name ``""``) and those nested in it (under their
        parameters' names) reported; None: nothing.
    timed_out : bool
        Whether the fold took longer than it may.
    asks_to_stop : bool
        Whether a callback asks for the end of the search.
    is_run : bool
        False if the fold was not run, because another fold of the candidate ran out of time or
        killed its worker too often.
    worker : str or None
        Where it was run: a name that folds share if they ran in one thread of one process. None:
        nowhere, or unknown.
    rows : ndarray of shape (n_test,) or None
        What each row of the test part adds to the metric, or predictions, of float32 unless they
        are labels that it cannot hold; None: not kept. Not written down in journals.
    rows_are_predictions : bool
        Whether `rows` are predictions.
    state : str or None
        Token of the state in which training has ended, by which the engine's ``StateStore``
        finds it; None: none was saved. Not written down in journals.
    is_state_lost : bool
        Whether the parent's state was gone, so that training began from nothing.
    """

    candidate_id: int
    split: int
    test_scores: Scores
    train_scores: Scores | None
    fit_time: float
    score_time: float
    fit_error: str | None = None
    failed_metrics: frozenset[str] = frozenset()
    report: Report | None = None
    timed_out: bool = False
    asks_to_stop: bool = False
    is_run: bool = True
    worker: str | None = None
    rows: NDArray[Any] | None = field(default=None, compare=False)
    rows_are_predictions: bool = field(default=False, compare=False)
    state: str | None = field(default=None, compare=False)
    is_state_lost: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Observation:
    """What an optimiser is told of a candidate.

    Parameters
    ----------
    candidate : Candidate
        The setting.
    split_scores : mapping of str to ndarray of shape (n_splits,)
        Scores by metric, higher is better; nan where a split has not been run or failed.
    status : {"running", "complete", "dropped", "failed"}
        ``"dropped"`` when its other splits will not be run, or only once there is nothing else
        left to run. ``"failed"`` as soon as one split could not be fitted, or has no score in
        any metric, whatever number ``error_score`` puts into the table.
    seconds : ndarray of shape (n_splits,) or None, default=None
        What fitting and scoring each split took, nan where it has not been run. None: unknown.
    reports : tuple of length n_splits of (dict or None), default=()
        What the estimators reported on each split, see ``FoldResult``; empty: unknown.
    """

    candidate: Candidate
    split_scores: Mapping[str, NDArray[np.float64]]
    status: Status
    seconds: NDArray[np.float64] | None = None
    reports: tuple[Report | None, ...] = ()
