"""``GradientSearchCV``: penalties of linear models by the slope of the fold loss."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..._engine import History
from ..._hypergradients import known_model
from ..._records import Candidate, StopReason
from ...exceptions import GradientWarning, PartWeightsWarning
from ...optimizers import BaseOptimizer, DescentOptimizer
from ...space import SearchSpace, suggest_space
from ...space._part_weights import flat_name
from .._base import BaseOptimizerSearchCV
from .._docstrings import with_shared_text
from .._fold import FoldEvaluator
from .._plan import Plan
from .._warnings import EDGE, Edge
from ._evaluator import GradientEvaluator
from ._guard import groups_apart, judge, parts_pay
from ._model import check_classes, check_starts, configured, model_of, read_tuned

Floats = NDArray[np.float64]

# A loss that falls beyond the end of a range by less than this share, were the range as wide
# again, is no reason to widen it: a part whose weight is at its lower end is switched off.
FALL = 1e-3

# Parameters of the other searches that mean nothing here.
LEFT_OUT = ("constraint", "conditions", "racing", "stop_when_converged")


@with_shared_text
class GradientSearchCV(BaseOptimizerSearchCV):
    """Search the penalties of a linear model by the slope of its loss, by cross-validation.

    For ``Ridge``, ``LogisticRegression`` (L2), ``LinearSVC``, ``LinearSVR`` (smooth losses),
    ``Lasso`` and ``ElasticNet``, alone or as the last step of a Pipeline. What is searched are `C`,
    `alpha` and `l1_ratio`, and with :class:`sktune.space.PartWeights` a penalty for each part of a
    ColumnTransformer or FeatureUnion before the model. Each candidate is one cross-validation with
    the exact derivative of its loss, so that ten to twenty of them do for several penalties. The
    loss is log loss, squared error or squared hinge loss, as the model has it; `scoring` chooses
    among the settings that were visited.

    First the best penalty for all parts together is found, then the parts go on from there. At the
    end both are tuned anew for each fold on the others, and judged on it: where parts are no better
    than one penalty by more than a standard error, the best setting with one penalty is taken, with
    a warning. What comes out is a plain scikit-learn estimator.

    Folds run side by side, candidates do not, for each step needs the slope of the last one.

    Parameters
    ----------
    {parameters}
    check_parts : bool, default=True
        Whether one penalty is preferred to parts that are no better on folds that they were not
        tuned on.

    Attributes
    ----------
    {attributes}
    n_effective_ : int
        Penalties that the best setting has: the number of parts, or 1 where their weights are those
        that they had.
    held_out_losses_ : dict of str to ndarray of shape (n_splits,) or None
        Loss of each fold with what was tuned on the others: with one penalty, ``"one"``, and with
        ``"parts"``. More than ten folds are left out in ten groups; of folds that test rows again,
        as repeated ones do, only those before count. None: parts were not checked, or there are
        none.

    See Also
    --------
    BayesSearchCV : For all other parameters; it takes ``PartWeights`` as well.
    sktune.space.PartWeights : A weight for each part.

    Notes
    -----
    ``cv_results_`` has two more columns: ``mean_loss``, what is descended, and ``gradient_norm``,
    the norm of its slope in the unit cube; nan where they could not be computed.

    References
    ----------
    Bengio (2000), Gradient-Based Optimization of Hyperparameters, Neural Computation 12.
    Pedregosa (2016), Hyperparameter optimization with approximate gradient, ICML.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.compose import make_column_transformer
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import PolynomialFeatures, StandardScaler
    >>> from sktune import GradientSearchCV
    >>> from sktune.space import PartWeights
    >>> X, y = load_diabetes(return_X_y=True)
    >>> products = make_pipeline(PolynomialFeatures(2), StandardScaler())
    >>> parts = make_column_transformer((StandardScaler(), slice(0, 10)), (products, slice(0, 5)))
    >>> search = GradientSearchCV(
    ...     make_pipeline(parts, Ridge()),
    ...     {
    ...         "ridge__alpha": loguniform(1e-2, 1e4),
    ...         "columntransformer__transformer_weights": PartWeights(1e-3, 1e3),
    ...     },
    ...     cv=3,
    ...     check_parts=False,
    ... ).fit(X, y)
    >>> sorted(search.best_params_["columntransformer__transformer_weights"])
    ['pipeline', 'standardscaler']
    >>> bool(search.best_score_ > search.cv_results_["mean_test_score"][0])
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **{
            name: allowed
            for name, allowed in BaseOptimizerSearchCV._parameter_constraints.items()
            if name not in LEFT_OUT
        },
        "check_parts": ["boolean"],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: int = 20,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        initial_params: Sequence[Mapping[str, Any]] | str | None = None,
        max_time: float | None = None,
        fit_timeout: float | None = None,
        journal: str | PathLike[str] | None = None,
        keep_predictions: bool = False,
        check_parts: bool = True,
    ) -> None:
        super().__init__(
            estimator,
            param_distributions,
            n_iter=n_iter,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            random_state=random_state,
            error_score=error_score,
            return_train_score=return_train_score,
            initial_params=initial_params,
            max_time=max_time,
            fit_timeout=fit_timeout,
            journal=journal,
            keep_predictions=keep_predictions,
        )
        self.check_parts = check_parts

    def _ready_space(self, X: Any, y: Any) -> Any:
        model = model_of(self.estimator)
        known = known_model(model)
        if known is None:
            read_tuned(self.estimator, SearchSpace.from_distributions({}))  # says why
        prefix = "" if model is self.estimator else f"{self.estimator.steps[-1][0]}__"
        found = suggest_space(model, X, y)
        return {f"{prefix}{n}": d for n, d in found.items() if n in known.parameters}  # type: ignore[union-attr]

    def _check_before(
        self, space: SearchSpace, starts: Sequence[Mapping[str, Any]], y: Any, splits: Any
    ) -> None:
        tuned = read_tuned(self.estimator, space)
        if isinstance(self.initial_params, list | tuple):
            check_starts(starts, tuned)
        check_classes(self.estimator, tuned, y, splits)

    def _make_optimizer(self, space: SearchSpace, **common: Any) -> BaseOptimizer:
        tuned = read_tuned(self.estimator, space)
        fixed = {flat_name(str(tuned.union), part): w for part, w in tuned.weights.items()}
        return DescentOptimizer(space, fixed_first=fixed, **common)

    def _make_evaluator(self, plan: Plan, **fields: Any) -> FoldEvaluator:
        # Until this fit has judged the parts; an error may end it before that.
        self.held_out_losses_: dict[str, Floats] | None = None
        self._has_one_penalty = False
        return GradientEvaluator(tuned=read_tuned(self.estimator, plan.read.space), **fields)

    def _judge(self, plan: Plan, evaluate: FoldEvaluator, history: History) -> None:
        """Choose between one penalty and parts."""
        _warn_of_refused(history)
        optimizer = plan.optimizer
        if not (self.check_parts and isinstance(optimizer, DescentOptimizer)):
            return
        best = [_lowest(optimizer, history.candidates, shared) for shared in (True, False)]
        if not optimizer.fixed_first or best[0] is None or best[1] is None:
            return
        self._has_one_penalty = True
        groups = groups_apart(plan.splits)
        reason = "there is one fold only, which leaves none to tune them on"
        if len(plan.splits) > 1:
            reason = "all folds have rows in common, where the check needs some that do not (KFold)"
        if history.stop_reason is StopReason.INTERRUPTED:
            reason = "the search was interrupted before they could be checked"
        elif len(groups) > 1:
            try:
                losses = self._left_out(plan, evaluate, groups, best[0], best[1])
            # A check that fails must not cost the search; code of others may raise anything.
            except Exception as error:
                reason = f"they could not be checked ({type(error).__name__}: {error})"
            else:
                self.held_out_losses_ = losses
                self._has_one_penalty = not parts_pay(losses)
                means = {name: float(values.mean()) for name, values in losses.items()}
                reason = (
                    f"on folds that they were not tuned on the loss is {means['parts']:.4g} with "
                    f"several and {means['one']:.4g} with one, which is no clear gain"
                )
        if self._has_one_penalty:
            warnings.warn(
                f"One penalty is taken for all parts: {reason}.", PartWeightsWarning, stacklevel=6
            )

    def _left_out(
        self,
        plan: Plan,
        evaluate: FoldEvaluator,
        groups: Sequence[Sequence[int]],
        shared: Candidate,
        parts: Candidate,
    ) -> dict[str, Floats]:
        """Losses of the folds with what was tuned on the others."""
        if not (
            isinstance(evaluate, GradientEvaluator) and isinstance(plan.optimizer, DescentOptimizer)
        ):
            raise TypeError("a search by gradients has an evaluator and an optimiser of its own")
        folds = [[evaluate.prepared_fold(k, plan.splits[k]) for k in group] for group in groups]
        tuned = evaluate.tuned
        model = model_of(configured(self.estimator, tuned.constants))
        space = plan.read.space
        fixed_first = plan.optimizer.fixed_first
        is_shared = np.array([d.name not in fixed_first for d in space.dimensions], dtype=bool)
        return judge(
            model,
            tuned,
            space,
            folds,
            (np.array(shared.point), is_shared),
            np.array(parts.point),
            self.n_jobs,
        )

    def _choose_best(
        self,
        results: Mapping[str, Any],
        metric: Any,
        history: History,
        optimizer: BaseOptimizer,
    ) -> int:
        """The setting of rank 1, of those with one penalty where parts do not pay."""
        best = super()._choose_best(results, metric, history, optimizer)
        is_free = callable(self.refit) or not self._has_one_penalty
        if is_free or not isinstance(optimizer, DescentOptimizer):
            return best
        scores = np.asarray(results[f"mean_test_{metric}"], dtype=float)
        is_allowed = np.array([optimizer.is_shared(c) for c in history.candidates])
        is_allowed &= np.isfinite(scores)
        return int(np.argmax(np.where(is_allowed, scores, -np.inf))) if is_allowed.any() else best

    def _add_columns(
        self, results: dict[str, Any], history: History, optimizer: BaseOptimizer
    ) -> None:
        # A candidate of which no fold has ended has a row as well.
        slopes = [
            optimizer.slope(candidate) if isinstance(optimizer, DescentOptimizer) else None
            for candidate in history.candidates
        ]
        results["mean_loss"] = np.array([np.nan if s is None else s.loss for s in slopes])
        results["gradient_norm"] = np.array(
            [np.nan if s is None else np.linalg.norm(s.slope) for s in slopes]
        )

    def _best_on_edges(self, optimizer: BaseOptimizer) -> list[Edge]:
        """Where the best setting stopped at an end of a range, and the loss falls beyond it."""
        index = getattr(self, "best_index_", None)
        observation = optimizer.observations.get(index)  # type: ignore[arg-type]
        if observation is None or not isinstance(optimizer, DescentOptimizer):
            return []
        candidate = observation.candidate
        slope = optimizer.slope(candidate)
        if slope is None:
            return []
        values = optimizer.space.parts.flat(candidate.params)
        found = []
        for dimension, by_unit in zip(optimizer.space.dimensions, slope.slope, strict=True):
            value = values[dimension.name]
            edge = dimension.edge(value, EDGE)
            falls = (by_unit < 0) == (edge == "upper") and abs(by_unit) > FALL * abs(slope.loss)
            if edge is not None and falls:
                found.append(Edge(dimension.name, value, edge, dimension.describe(), False))
        return found

    @property
    def n_effective_(self) -> int:
        """Penalties that the best setting has."""
        optimizer = self.optimizer_
        candidate = optimizer.observations[self.best_index_].candidate
        return 1 if optimizer.is_shared(candidate) else len(optimizer.fixed_first)


def _lowest(
    optimizer: DescentOptimizer, candidates: Sequence[Candidate], is_shared: bool
) -> Candidate | None:
    """The candidate with the lowest loss, of those with one penalty or of the others."""
    found = [
        (slope.loss, candidate.id, candidate)
        for candidate in candidates
        if optimizer.is_shared(candidate) == is_shared
        if (slope := optimizer.slope(candidate)) is not None
    ]
    return min(found)[2] if found else None


def _warn_of_refused(history: History) -> None:
    """Say where there were scores and no slope."""
    reasons = [
        (fold.report or {}).get("", {}).get("reason")
        for candidate in history.candidates
        for fold in history.folds(candidate)
    ]
    refused = [reason for reason in reasons if reason]
    if refused:
        warnings.warn(
            f"The slope of {len(refused)} of {len(reasons)} folds cannot be trusted, and the "
            f"search went on without it. The first reason: {refused[0]}",
            GradientWarning,
            stacklevel=7,
        )
