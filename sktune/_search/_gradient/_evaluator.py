"""``GradientEvaluator``: a fold as other searches run it, with the slope of its loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..._hypergradients import Evaluation, evaluate
from ..._records import FoldTask
from ...space._part_weights import flat_name
from .._fold import FoldEvaluator
from ._model import Tuned, configured, model_of
from ._steps import PreparedFold, assemble, prepare_fold


class PreparedFolds:
    """Folds of one process by their numbers; they do not go to others."""

    def __init__(self) -> None:
        self.by_split: dict[int, PreparedFold] = {}
        self.errors: dict[int, Exception] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return PreparedFolds, ()


@dataclass(frozen=True, slots=True)
class GradientEvaluator(FoldEvaluator):
    """Evaluates folds with what stands before the model fitted once, and reports their slopes.

    Parameters
    ----------
    tuned : Tuned
        What is tuned.
    prepared : PreparedFolds
        Folds that are prepared. A worker process prepares its own, for each fold that it gets.
    """

    tuned: Tuned = field(default_factory=lambda: Tuned({}, None, {}, {}))
    prepared: PreparedFolds = field(default_factory=PreparedFolds)

    def prepared_fold(self, split: int, indices: tuple[Any, Any]) -> PreparedFold:
        """A fold as the model gets it."""
        if split not in self.prepared.by_split:
            self.prepared.by_split[split] = prepare_fold(
                self.estimator,
                self.tuned,
                (self.X, self.y),
                indices,
                self.fit_params,
                self.score_params,
            )
        return self.prepared.by_split[split]

    def _new_estimator(self, task: FoldTask) -> Any:
        if task.indices is None:
            return configured(self.estimator, self.tuned.constants)
        try:
            fold = self.prepared_fold(task.split, task.indices)
        # Code of others. Most often the whole estimator will fail as well, and say so.
        except Exception as error:
            self.prepared.errors[task.split] = error
            return configured(self.estimator, self.tuned.constants)
        return assemble(self.estimator, self.tuned, fold)

    def _parameters(self, task: FoldTask) -> Mapping[str, Any]:
        # Steps among the constants would take the place of fitted ones.
        return {n: v for n, v in task.candidate.params.items() if n not in self.tuned.constants}

    def _report(self, task: FoldTask, output: Mapping[str, Any]) -> Any:
        # No super(): a dataclass with slots is made anew, and a method would not find itself.
        report = FoldEvaluator._report(self, task, output) or {}
        fold = self.prepared.by_split.get(task.split)
        if fold is None:
            own = _refused(self.prepared.errors[task.split])
        else:
            model = model_of(output["estimator"])
            own = slope_report(model, self.tuned, fold, task.candidate.params)
        return {**report, "": {**report.get("", {}), **own}}


def slope_report(
    model: Any, tuned: Tuned, fold: PreparedFold, params: Mapping[str, Any]
) -> dict[str, Any]:
    """Loss and derivatives of a fitted model on a fold, None where they cannot be trusted."""
    try:
        weights = weights_in(params, tuned)
        found = slopes_of(model, fold, fold.weighted(weights), weights)
    # What solvers and estimators raise on data without a solution.
    except (ArithmeticError, ValueError, np.linalg.LinAlgError) as error:
        return _refused(error)
    return {"loss": found.loss, "gradient": gradient_by_name(found, tuned, fold)}


def _refused(error: Exception) -> dict[str, Any]:
    return {"loss": None, "gradient": None, "reason": f"{type(error).__name__}: {error}"}


def weights_in(params: Mapping[str, Any], tuned: Tuned) -> dict[str, float]:
    """Weights of the parts in a setting."""
    return {} if tuned.union is None else {**tuned.weights, **(params.get(tuned.union) or {})}


def slopes_of(
    model: Any, fold: PreparedFold, weighted: Any, weights: Mapping[str, float], theta: Any = None
) -> Evaluation:
    """Loss and derivatives of a model on a fold; `weighted` is ``fold.weighted(weights)``."""
    train, test = weighted
    with np.errstate(all="ignore"):  # what is not finite is refused
        return evaluate(model, train, test, fold.parts, weights, theta=theta)


def gradient_by_name(found: Evaluation, tuned: Tuned, fold: PreparedFold) -> dict[str, float]:
    """Derivatives by the names that the space has; 0 by the weights of parts without columns."""
    by_name = {name: found.gradient[short] for short, name in tuned.names.items()}
    if tuned.union is not None:
        by_name |= {flat_name(tuned.union, part): 0.0 for part in tuned.weights}
        for part, slope in zip(fold.parts, found.part_gradient.tolist(), strict=True):
            by_name[flat_name(tuned.union, part)] = slope
    return by_name
