"""Evaluate one fold in a worker: clone, fit, score, and mark what failed."""

from __future__ import annotations

import math
import os
import socket
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from .._engine import TimeLimit, scores_by_name
from .._records import FoldResult, FoldTask, Report, Scores
from .._sklearn_compat import asks_to_stop, fit_and_score, safe_indexing, scorers_by_name
from ..exceptions import FitTimeoutError
from ._hyperband._continue import Steps
from ._table._kept_rows import rows_of_fold
from ._table._reports import collect_report


class ErrorScore(float):
    """The user's ``error_score``, to be distinguished from a real score of the same value.

    scikit-learn puts the number into the table; the optimiser is told "failed" instead.
    """


@dataclass(frozen=True, slots=True)
class FoldEvaluator:
    """Evaluates folds with scikit-learn's own function; sent to the workers as it is.

    Parameters
    ----------
    estimator : estimator
        Unfitted, never changed.
    X, y : array-like of shape (n_samples, ...) or None
        The data.
    n_splits : int
        Folds of a candidate; the rows of each come with its task.
    scorer : callable
        As ``BaseSearchCV`` makes it.
    fit_params, score_params : dict
        Routed to ``fit`` and to the scorers.
    n_iter : int
        Number of candidates, for the progress that ``verbose`` prints.
    error_score : float or "raise"
        Score of a fold that fails.
    return_train_score : bool
        Whether the training part is scored as well.
    verbose : int
        As in ``GridSearchCV``.
    limit : TimeLimit or None, default=None
        How long a fold may take, scores included.
    contexts : sequence of callable, default=()
        Each is called for a context manager, in which the fold is fitted and scored.
    kept_metric : str or None, default=None
        The metric whose scores of single rows are kept; None: none are kept.
    steps : Steps or None, default=None
        Trains estimators with the resource of their candidates; None: ``fit`` does.
    """

    estimator: Any
    X: Any
    y: Any
    n_splits: int
    scorer: Callable[..., Any]
    fit_params: Mapping[str, Any]
    score_params: Mapping[str, Any]
    n_iter: int
    error_score: Any
    return_train_score: bool
    verbose: int
    limit: TimeLimit | None = None
    contexts: Sequence[Callable[[], AbstractContextManager[Any]]] = ()
    kept_metric: str | None = None
    steps: Steps | None = None

    def __call__(self, task: FoldTask) -> FoldResult:
        """Evaluate one fold.

        Raises
        ------
        Exception
            What the estimator raised, if ``error_score="raise"``.
        """
        with ExitStack() as stack:
            for make_context in self.contexts:
                stack.enter_context(make_context())
            return self._evaluate(task)

    def _evaluate(self, task: FoldTask) -> FoldResult:
        if self.limit is None:
            return self._result(task, self._fit_and_score(task))
        try:
            output, is_late = self.limit.run(task, partial(self._fit_and_score, task))
        except FitTimeoutError as error:  # where scikit-learn does not catch it
            return self.failure(task, error)
        if is_late and output["fit_error"] is None:  # the estimator caught it
            return self.failure(task, self.limit.error())
        return replace(self._result(task, output), timed_out=is_late)

    def _result(self, task: FoldTask, output: Mapping[str, Any]) -> FoldResult:
        fit_error, test_scores = output["fit_error"], _as_floats(output["test_scores"])
        rows, are_predictions = None, False
        if self.kept_metric is not None and fit_error is None:
            score = scores_by_name(test_scores).get(self.kept_metric)
            rows, are_predictions = self._rows(task, output["estimator"], score)
        state = {}
        if self.steps is not None and fit_error is None:
            state = self.steps.end(output["stepwise_fit"], task)
        return FoldResult(
            candidate_id=task.candidate.id,
            split=task.split,
            test_scores=test_scores,
            train_scores=_as_floats(output["train_scores"]) if self.return_train_score else None,
            fit_time=output["fit_time"],
            score_time=output["score_time"],
            fit_error=fit_error,
            failed_metrics=frozenset(
                name
                for name, score in scores_by_name(test_scores).items()
                if not np.isfinite(score)
                or isinstance(scores_by_name(output["test_scores"])[name], ErrorScore)
            ),
            # Only the report leaves the worker: the model stays behind.
            report=output.get("report"),
            asks_to_stop=asks_to_stop(task.context),
            worker=_this_worker(),
            rows=rows,
            rows_are_predictions=are_predictions,
            **state,
        )

    def _rows(
        self, task: FoldTask, estimator: Any, score: float | None
    ) -> tuple[NDArray[Any] | None, bool]:
        """What each row of the test part adds to the metric, or its prediction."""
        scorer = (scorers_by_name(self.scorer) or {}).get(str(self.kept_metric), self.scorer)
        if task.indices is None or score is None or not np.isfinite(score):
            return None, False
        test = task.indices[1]
        y = None if self.y is None else safe_indexing(self.y, test)
        return rows_of_fold(scorer, estimator, safe_indexing(self.X, test), y, score)

    def failure(self, task: FoldTask, error: Exception) -> FoldResult:
        """The result of a fold that could not be run to its end.

        Raises
        ------
        Exception
            The error itself, if ``error_score="raise"``.
        """
        if isinstance(self.error_score, str):
            raise error
        names, score = scorers_by_name(self.scorer), float(self.error_score)
        scores: Any = score if names is None else dict.fromkeys(names, score)
        return FoldResult(
            candidate_id=task.candidate.id,
            split=task.split,
            test_scores=scores,
            train_scores=scores if self.return_train_score else None,
            fit_time=0.0,
            score_time=0.0,
            fit_error="".join(traceback.format_exception(error)),
            failed_metrics=frozenset(scores_by_name(scores)),
            timed_out=isinstance(error, FitTimeoutError),
        )

    def _fit_and_score(self, task: FoldTask) -> dict[str, Any]:
        if task.indices is None:
            raise ValueError(f"The task of split {task.split} has no rows.")
        train, test = task.indices
        is_raising = isinstance(self.error_score, str)
        estimator = self._new_estimator(task)
        fit = None if self.steps is None else self.steps.begin(estimator, task)
        output: dict[str, Any] = fit_and_score(
            estimator,
            self.X,
            self.y,
            scorer=self.scorer,
            train=train,
            test=test,
            verbose=self.verbose,
            parameters=self._parameters(task),
            fit_params=self.fit_params,
            score_params=self.score_params,
            return_train_score=self.return_train_score,
            return_times=True,
            return_estimator=True,
            split_progress=(task.split, self.n_splits),
            candidate_progress=(task.candidate.id, self.n_iter),
            error_score=self.error_score if is_raising else ErrorScore(self.error_score),
            **task.context,
        )
        report = None if output["fit_error"] else self._report(task, output)
        return {**output, "report": report, "stepwise_fit": fit}

    def _new_estimator(self, task: FoldTask) -> Any:
        """The estimator to be fitted, before the parameters of the candidate are set."""
        return clone(self.estimator)

    def _parameters(self, task: FoldTask) -> Mapping[str, Any]:
        """What is set on that estimator."""
        return task.candidate.params

    def _report(self, task: FoldTask, output: Mapping[str, Any]) -> Report | None:
        """What the estimator has to report of its fit."""
        return collect_report(output["estimator"])


def _this_worker() -> str:
    """A name that folds share if they are run in one thread of one process."""
    return f"{socket.gethostname()}-{os.getpid()}-{threading.get_native_id()}"


def _as_floats(scores: Any) -> Scores:
    """Scores of any real type as floats, without the mark of a failure."""
    if isinstance(scores, dict):
        return {name: _as_float(score) for name, score in scores.items()}
    return _as_float(scores)


def _as_float(score: Any) -> float:
    """A score as a float; one too large for a float is infinite, and so counts as failed."""
    try:
        return float(score)
    except OverflowError:
        return math.inf if score > 0 else -math.inf
    except TypeError as error:  # complex
        raise ValueError(
            f"scoring must return a real number, got {score} ({type(score)}) instead."
        ) from error
