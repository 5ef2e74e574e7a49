"""What a worker does with one fold of a search for trade-offs: it measures costs besides."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..._engine import scores_by_name
from ..._records import FoldResult, FoldTask
from ..._sklearn_compat import safe_split
from .._fold import ErrorScore, FoldEvaluator
from ._costs import COSTS, Fold

# No super() below: a dataclass with slots is made anew, and a method would not find itself.


@dataclass(frozen=True, slots=True)
class CostEvaluator(FoldEvaluator):
    """Evaluates folds, and adds what they cost to their scores.

    Parameters
    ----------
    costs : sequence of str, default=()
        What is measured besides and added to the scores, negated; see ``COSTS``.
    """

    costs: Sequence[str] = ()

    def failure(self, task: FoldTask, error: Exception) -> FoldResult:
        """The result of a fold that could not be run to its end.

        Raises
        ------
        Exception
            The error itself, if ``error_score="raise"``.
        """
        result = FoldEvaluator.failure(self, task, error)
        costs = dict.fromkeys(self.costs, float(self.error_score))
        scores = {**scores_by_name(result.test_scores), **costs}
        return replace(
            result,
            test_scores=scores,
            train_scores=scores if self.return_train_score else None,
            failed_metrics=frozenset(scores),
        )

    def _fit_and_score(self, task: FoldTask) -> dict[str, Any]:
        output = FoldEvaluator._fit_and_score(self, task)
        costs = self._measured(task, output)
        for part in ("test_scores", "train_scores"):
            if part in output:
                output[part] = {**output[part], **costs}
        return output

    def _measured(self, task: FoldTask, output: Mapping[str, Any]) -> dict[str, Any]:
        """The costs of a fold as scores; where one cannot be measured, as of a failing scorer.

        Raises
        ------
        Exception
            Of the estimator that is measured, if ``error_score="raise"``.
        """
        if output["fit_error"] is not None:
            return dict.fromkeys(self.costs, ErrorScore(self.error_score))
        estimator, (train, test) = output["estimator"], task.indices or ((), ())
        X, _ = safe_split(estimator, self.X, self.y, test, train)
        fold = Fold(estimator, X, output["fit_time"], output["score_time"])
        costs: dict[str, Any] = {}
        for name in self.costs:
            try:
                costs[name] = -COSTS[name](fold)
            except Exception:  # whatever predicting or pickling a model of others may raise
                if isinstance(self.error_score, str):
                    raise
                costs[name] = ErrorScore(self.error_score)
                warnings.warn(
                    f"{name!r} could not be measured. The score on this train-test partition for "
                    f"these parameters will be set to {self.error_score}. Details: \n"
                    f"{traceback.format_exc()}",
                    UserWarning,
                    stacklevel=2,
                )
        return costs
