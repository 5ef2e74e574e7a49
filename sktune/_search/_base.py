"""``BaseOptimizerSearchCV``: scikit-learn's search with an optimiser and an engine inside.

It replaces ``fit`` and keeps every other part of ``BaseSearchCV``. The hook that scikit-learn
offers, ``_run_search``, would not do: it evaluates in blocking batches only, splits the data anew
for each of them, and raises whenever a whole batch fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from os import PathLike
from typing import Any, ClassVar

import numpy as np
from sklearn import get_config
from sklearn.utils import estimator_html_repr, get_tags

from .._engine import StopRequest
from .._records import StopReason
from .._sklearn_compat import (
    BaseSearchCV,
    CallbackSupport,
    FitCallbacks,
    Interval,
    StrOptions,
    fit_context,
)
from ..inspection import result_html
from ._callbacks._autologging import muted_autologging
from ._callbacks._listening import tell_results
from ._docstrings import with_shared_text
from ._hooks import SearchHooks
from ._interrupt import end_in_order
from ._plan import make_plan
from ._running import refit_best, run_plan
from ._warnings import Edge, warn_of_edges


@with_shared_text
class BaseOptimizerSearchCV(SearchHooks, CallbackSupport, BaseSearchCV):
    """Base class of the searches, and of a search of your own.

    A subclass returns its strategy from ``_make_optimizer(space, **common)``, where
    `common` holds the keyword parameters of ``BaseOptimizer``. A subclass with parameters of its
    own names all of them in its ``__init__``, as scikit-learn demands.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    sktune.optimizers.BaseOptimizer : Base class of the strategies.
    """

    # Trackers hear of candidates as they end, and need not read the table for them.
    _tells_events: ClassVar[bool] = True

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseSearchCV._parameter_constraints,
        "param_distributions": [Mapping, Sequence],  # "auto" is one
        "n_iter": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
        "initial_params": [list, tuple, StrOptions({"default"}), None],
        "constraint": [callable, None],
        "conditions": [StrOptions({"auto"}), Mapping, None],
        "racing": ["boolean"],
        "max_time": [Interval(Real, 0, None, closed="neither"), None],
        "fit_timeout": [Interval(Real, 0, None, closed="neither"), None],
        "stop_when_converged": ["boolean"],
        "journal": [str, PathLike, None],
        "keep_predictions": ["boolean"],
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
    ) -> None:
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.param_distributions = param_distributions
        self.n_iter = n_iter
        self.random_state = random_state
        self.initial_params = initial_params
        self.constraint = constraint
        self.conditions = conditions
        self.racing = racing
        self.max_time = max_time
        self.fit_timeout = fit_timeout
        self.stop_when_converged = stop_when_converged
        self.journal = journal
        self.keep_predictions = keep_predictions

    def __sklearn_tags__(self) -> Any:
        """Tags of the estimator that is tuned, as far as they hold for the search."""
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator).target_tags
        # GridSearchCV leaves these two out, and fails check_supervised_y_2d with Ridge for
        # it; `required` must stay as it is for check_requires_y_none.
        tags.target_tags.multi_output = inner.multi_output
        tags.target_tags.single_output = inner.single_output
        return tags

    def fit(self, X: Any, y: Any = None, **params: Any) -> BaseOptimizerSearchCV:
        """Search, and refit the best setting on all data.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Whatever the estimator takes.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            The target; None for unsupervised learning.
        **params : dict of str to object
            Passed to ``fit`` of the estimator, to the scorers and to the splitter, as
            ``GridSearchCV.fit`` does; those of length n_samples are split along with `X`.

        Returns
        -------
        self : object
            The fitted search.

        Raises
        ------
        InvalidSpaceError
            If `param_distributions`, `initial_params` or `constraint` cannot be used; before
            any fit.
        ValueError
            If all fits failed; the message has the first tracebacks.
        """
        edges = self._search_and_refit(X, y, params)
        # After the callbacks have ended: a notebook does not show warnings while
        # scikit-learn's progress bar is there.
        warn_of_edges(self, edges)
        return self

    def stop(self) -> None:
        """End the search that runs in another thread, cleanly.

        Running folds are allowed to finish, at least one candidate is completed, and the best one
        is refitted, with a ``SearchInterruptedWarning``. Nothing happens where no search runs.
        """
        stop = getattr(self, "_stop", None)
        if stop is not None:
            stop.set(StopReason.STOPPED)

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_stop"}

    def _repr_html_inner(self) -> str:
        """The diagram of the estimator, and below it the result of the search."""
        return estimator_html_repr(self) + result_html(self)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        """Text and, if configured, the diagram for a notebook."""
        bundle = {"text/plain": repr(self)}
        if get_config()["display"] == "diagram":
            bundle["text/html"] = self._repr_html_inner()
        return bundle

    @fit_context(prefer_skip_nested_validation=False)
    def _search_and_refit(self, X: Any, y: Any, params: dict[str, Any]) -> list[Edge]:
        """Search and refit; return the best values that lie on an edge of their range."""
        self._stop = StopRequest()
        try:
            plan = make_plan(self, X, y, params)
            weights = {k: v for k, v in plan.params.items() if k == "sample_weight"}
            metadata = {k: v for k, v in weights.items() if v is not None}
            with muted_autologging(), FitCallbacks(self, plan.X, plan.y, metadata) as callbacks:
                history = run_plan(self, plan, callbacks, self._stop)
                try:
                    end_in_order(history.stop_reason, history.n_complete())
                    if self.refit:
                        refit_best(self, plan, callbacks)
                finally:
                    tell_results(self)
        finally:
            del self._stop
        edges = self._best_on_edges(plan.optimizer)
        self.search_warnings_ = [str(edge) for edge in edges]
        return edges
