"""``HyperbandSearchCV``: settings are trained a little, and further where that promises most."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from numbers import Integral, Real
from os import PathLike
from typing import Any, ClassVar, Literal

import numpy as np

from ..._records import Listener
from ..._sklearn_compat import Interval, StrOptions
from ...optimizers import BaseOptimizer, FreezeThawOptimizer, HyperbandOptimizer
from ...space import SearchSpace
from .._base import BaseOptimizerSearchCV
from .._docstrings import with_shared_text
from .._plan import make_plan
from .._schedule import Data, Schedule
from ._continue import counted_by
from ._plan_text import describe_plan
from ._rungs import Rungs, n_initial_points
from ._savings import SavingsWatch


@with_shared_text
class HyperbandSearchCV(BaseOptimizerSearchCV):
    """Search with trainings that end early, by cross-validation.

    Every setting is trained a little first, on some of the rows or for some epochs. Only where a
    model of all scores so far expects the best of all at full training is training continued, from
    where it stopped. So at the cost of `n_iter` full trainings several times as many settings are
    looked at. No worker waits for another. Hyperband, successive halving and ASHA, which decide by
    ranks, are other values of `strategy`.

    ``cv_results_`` has one row for each setting and rung on which it was trained, with the columns
    ``resource``, ``parent`` (the row of the same setting one rung below, -1 for none) and
    ``n_splits_done``. By default rows of the highest resource rank before all others.

    Parameters
    ----------
    {parameters}
    resource : {"n_samples", "epochs"}, default="n_samples"
        What a setting is given more of from rung to rung.

        - "n_samples": rows of the training parts, stratified for a classifier, by whole groups
          where ``fit`` is given some; the test parts stay whole. For any estimator. Data of fewer
          than about 1500 rows have one rung, with all rows: on less of them fits are not quicker.
        - "epochs": passes over the rows, trees or iterations, where training goes on from where it
          stopped: estimators with ``partial_fit``, ensembles that grow by ``warm_start``, the
          estimators of ``sktune.keras``, and these as the last step of a pipeline, whose other
          steps stay fitted. Others with `n_estimators`, `max_iter` or `n_iter` begin anew at each
          rung, with a ``TrainedAnewWarning``.
    factor : float, default=3
        How many times more a rung has than the one below, above 1.
    min_resource, max_resource : int or "auto", default="auto"
        Resource of the first rung, at least, and of the last one, exactly. "auto": all rows, or as
        many epochs as the estimator would be trained with; and three rungs below, the first of
        them of 500 rows or more.
    strategy : {"model", "asha", "halving", "hyperband"}, default="model"
        Who decides what is trained further: a model of all scores, or the rank on a rung, among
        settings drawn at random. "asha" lets no worker wait, the last two wait for full rungs.
    winner : {"top", "any"}, default="top"
        Which rows of ``cv_results_`` may win: those with the highest resource at which a setting is
        complete, or all.
    state_folder : str or path-like, default=None
        Where states of training are kept that are too many for the memory, or travel between
        processes: a folder that only you can write to. None: with a `journal` beside it, else
        among the temporary files. Empty again after ``fit``; who resumes a search from its journal
        after a crash goes on from the states that are there.
    state_limit : int, default=4294967296
        Bytes that the files of states may have together. Where they need more, those of the worst
        settings go, which are trained again from nothing if need be, with a ``StateLostWarning``.

    Attributes
    ----------
    {attributes}
    rungs_ : tuple of int
        Resources at which settings were scored.
    best_resource_ : int
        Resource of the best setting, with which `best_estimator_` was trained: rows of the data
        for which the refit takes all, or epochs.

    See Also
    --------
    BayesSearchCV : Every setting is trained fully.
    sklearn.model_selection.HalvingRandomSearchCV : Halving, each rung from nothing.

    Notes
    -----
    `n_iter` counts full trainings: the search stops once as much of the resource has been trained
    as these take. `fit_timeout` is the limit of one fold on one rung. `racing` works inside a rung.

    References
    ----------
    Swersky, Snoek, Adams (2014), Freeze-Thaw Bayesian Optimization,
    https://arxiv.org/abs/1406.3896.

    Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar (2018), Hyperband: A Novel Bandit-Based Approach
    to Hyperparameter Optimization, JMLR 18.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neural_network import MLPClassifier
    >>> from sktune import HyperbandSearchCV
    >>> search = HyperbandSearchCV(
    ...     MLPClassifier(hidden_layer_sizes=16, max_iter=81, random_state=0),
    ...     {"learning_rate_init": loguniform(1e-4, 1), "alpha": loguniform(1e-6, 1)},
    ...     resource="epochs",
    ...     n_iter=2,
    ...     cv=2,
    ...     random_state=0,
    ... ).fit(*load_iris(return_X_y=True))
    >>> search.rungs_
    (3, 9, 27, 81)
    >>> search.best_resource_
    81
    >>> len({row["alpha"] for row in search.cv_results_["params"]}) >= 10
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseOptimizerSearchCV._parameter_constraints,
        "resource": [StrOptions({"n_samples", "epochs"})],
        "factor": [Interval(Real, 1, None, closed="neither")],
        "min_resource": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "max_resource": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "strategy": [StrOptions({"model", "asha", "halving", "hyperband"})],
        "winner": [StrOptions({"top", "any"})],
        "state_folder": [str, PathLike, None],
        "state_limit": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: int = 10,
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
        constraint: Callable[[dict[str, Any]], bool] | None = None,
        conditions: Mapping[str, Any] | str | None = "auto",
        racing: bool = False,
        max_time: float | None = None,
        fit_timeout: float | None = None,
        stop_when_converged: bool = False,
        journal: str | PathLike[str] | None = None,
        keep_predictions: bool = False,
        resource: str = "n_samples",
        factor: float = 3,
        min_resource: int | str = "auto",
        max_resource: int | str = "auto",
        strategy: Literal["model", "asha", "halving", "hyperband"] = "model",
        winner: str = "top",
        state_folder: str | PathLike[str] | None = None,
        state_limit: int = 2**32,
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
            constraint=constraint,
            conditions=conditions,
            racing=racing,
            max_time=max_time,
            fit_timeout=fit_timeout,
            stop_when_converged=stop_when_converged,
            journal=journal,
            keep_predictions=keep_predictions,
        )
        self.resource = resource
        self.factor = factor
        self.min_resource = min_resource
        self.max_resource = max_resource
        self.strategy = strategy
        self.winner = winner
        self.state_folder = state_folder
        self.state_limit = state_limit

    def plan(self, X: Any, y: Any = None, **params: Any) -> tuple[int, ...]:
        """Print on which rungs the search would train, and what that costs; nothing is fitted.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            As for ``fit``.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            As for ``fit``.
        **params : dict of str to object
            As for ``fit``.

        Returns
        -------
        tuple of int
            The rungs.

        Raises
        ------
        ValueError
            What ``fit`` would raise before its first fit.
        """
        self._validate_params()
        plan = make_plan(self, X, y, params)
        print(describe_plan(self, plan))
        return plan.schedule.rungs

    def _make_schedule(
        self, space: SearchSpace, data: Data, seed: int, run_whole: bool
    ) -> Schedule:
        return Rungs(self, space, data, seed, run_whole)

    def _not_searched(self) -> Collection[str]:
        return counted_by(self.estimator) if self.resource == "epochs" else ()

    def _make_listeners(self) -> Iterable[Listener]:
        return (SavingsWatch(),) if self.resource == "n_samples" else ()

    def _make_optimizer(self, space: SearchSpace, **common: Any) -> BaseOptimizer:
        if self.strategy != "model":
            return HyperbandOptimizer(space, factor=self.factor, strategy=self.strategy, **common)
        n_initial = n_initial_points(common["rungs"])
        return FreezeThawOptimizer(space, n_initial_points=n_initial, **common)
