"""The only file with private scikit-learn names; run with 1.6.1, 1.7.2, 1.8.0 and 1.9.1.

They are exported under public names, so that the other files need not know which are private.
A test looks all of them up, `PRIVATE_METHODS` included, and names those that a release moved.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from numbers import Integral
from typing import Any

import numpy as np
import sklearn
from sklearn.base import _clone_parametrized as clone_parameters
from sklearn.base import _fit_context as fit_context
from sklearn.base import is_classifier, is_regressor
from sklearn.metrics import accuracy_score, r2_score
from sklearn.metrics._scorer import _MultimetricScorer, _PassthroughScorer, _Scorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._validation import _fit_and_score as fit_and_score
from sklearn.model_selection._validation import _insert_error_scores as insert_error_scores
from sklearn.model_selection._validation import (
    _warn_or_raise_about_fit_failures as warn_or_raise_about_fit_failures,
)
from sklearn.utils import _safe_indexing as safe_indexing
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    Options,
    StrOptions,
    make_constraint,
)
from sklearn.utils._param_validation import validate_parameter_constraints as validate_parameters
from sklearn.utils.metaestimators import _safe_split as safe_split
from sklearn.utils.parallel import delayed
from sklearn.utils.validation import _check_method_params as check_method_params

__all__ = [
    "OVERRIDDEN_METHODS",
    "PRIVATE_METHODS",
    "BaseSearchCV",
    "CallbackSupport",
    "FitCallbacks",
    "HasMethods",
    "Interval",
    "Options",
    "StrOptions",
    "asks_to_stop",
    "callbacks_of",
    "check_method_params",
    "clone_parameters",
    "clone_with_callbacks",
    "ends_at",
    "fit_and_score",
    "fit_context",
    "insert_error_scores",
    "is_subtask",
    "met_constraints",
    "safe_indexing",
    "safe_split",
    "scorer_parts",
    "scorers_by_name",
    "validate_parameters",
    "warn_or_raise_about_fit_failures",
    "with_caller_settings",
]

# Private methods of BaseSearchCV that our fit calls, and those that our base class overrides.
PRIVATE_METHODS = (
    "_check_refit_for_multimetric",
    "_format_results",
    "_get_routed_params_for_fit",
    "_get_scorers",
    "_select_best_index",
    "_validate_params",
)
OVERRIDDEN_METHODS = ("_repr_html_inner",)


def scorers_by_name(scorer: Any) -> dict[str, Any] | None:
    """The scorers of several metrics by name; None for a single scorer or a callable."""
    return scorer._scorers if isinstance(scorer, _MultimetricScorer) else None


def scorer_parts(
    scorer: Any, estimator: Any
) -> tuple[Callable[..., Any], float, dict[str, Any], tuple[str, ...]] | None:
    """Function, sign, options and response methods of a scorer; None if it has no such parts.

    An estimator's own ``score`` is taken for accuracy or R2; the caller must check that this
    gives the score that was recorded.
    """
    if isinstance(scorer, _Scorer):
        response = scorer._response_method
        methods = (response,) if isinstance(response, str) else tuple(response)
        return scorer._score_func, float(scorer._sign), dict(scorer._kwargs), methods
    is_own = scorer is None or isinstance(scorer, _PassthroughScorer)
    if not is_own or estimator is None:
        return None
    if is_classifier(estimator):
        return accuracy_score, 1.0, {}, ("predict",)
    return (r2_score, 1.0, {}, ("predict",)) if is_regressor(estimator) else None


def met_constraints(estimator: Any, parameter: str, value: Any) -> set[int] | None:
    """Indices of an estimator's constraints on a parameter that allow a value.

    None if the estimator has no constraints on it.
    """
    constraints = getattr(estimator, "_parameter_constraints", {}).get(parameter, "no_validation")
    if isinstance(constraints, str):
        return None
    checks = [make_constraint(constraint) for constraint in constraints]
    return {place for place, check in enumerate(checks) if check.is_satisfied_by(value)}


def ends_at(estimator: Any, parameter: str, value: Any) -> bool:
    """Whether a value is an end of the range that an estimator's class allows for a parameter.

    The parameter may belong to a nested estimator; False if its class declares no range.
    """
    owner, _, name = parameter.rpartition("__")
    inner = estimator.get_params(deep=True).get(owner) if owner else estimator
    known = getattr(type(inner), "_parameter_constraints", {}).get(name, [])
    if not isinstance(known, list):  # "no_validation"
        return False
    intervals = [c for c in known if isinstance(c, Interval) and isinstance(value, c.type)]
    if not intervals:
        return False
    step = 1 if isinstance(value, Integral) else np.spacing(float(value))
    checks = [make_constraint(interval) for interval in intervals]
    beyond = (value - step, value + step)
    return not all(any(check.is_satisfied_by(v) for check in checks) for v in beyond)


def is_subtask(estimator: Any) -> bool:
    """Whether a meta-estimator with callbacks (1.9 and later) fits this one as its part."""
    return hasattr(estimator, "_parent_callback_ctx")


def with_caller_settings(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that runs under the caller's scikit-learn configuration and warning filters.

    A worker inherits neither of them.
    """
    wrapped = delayed(function)()[0]
    if not hasattr(wrapped, "with_config_and_warning_filters"):  # scikit-learn 1.6
        return wrapped.with_config(sklearn.get_config())
    # Python 3.14 keeps the filters of a catch_warnings block in a context variable.
    get_filters = getattr(warnings, "_get_filters", lambda: warnings.filters)
    return wrapped.with_config_and_warning_filters(sklearn.get_config(), get_filters())


def callbacks_of(estimator: Any) -> list[Any]:
    """What ``set_callbacks`` was given."""
    return list(getattr(estimator, "_skl_callbacks", ()))


def clone_with_callbacks(estimator: Any) -> Any:
    """A clone by the parameters, with the callbacks as scikit-learn 1.9 carries them over."""
    cloned = clone_parameters(estimator)
    if hasattr(estimator, "_skl_callbacks"):
        cloned._skl_callbacks = estimator._skl_callbacks
    return cloned


class _OldCallbackSupport:
    """``set_callbacks`` for scikit-learn 1.6 to 1.8, for callbacks that hear the search's events.

    scikit-learn's own, from 1.9 on, calls the other hooks too.
    """

    def set_callbacks(self, *callbacks: Any) -> Any:
        """Set callbacks for the search.

        Parameters
        ----------
        *callbacks : callback instances
            Those of ``sktune.callbacks``. None: those that were set are taken away.

        Returns
        -------
        self : object
            The search.
        """
        if not all(hasattr(c, "on_search_event") and not isinstance(c, type) for c in callbacks):
            raise TypeError(
                "callbacks must be instances with a method on_search_event, such as those of "
                "sktune.callbacks; others need scikit-learn 1.9 or later."
            )
        if callbacks:
            self._skl_callbacks = list(callbacks)
        else:
            self.__dict__.pop("_skl_callbacks", None)
        return self

    def __sklearn_clone__(self) -> Any:
        return clone_with_callbacks(self)


class _NoSupport:
    """Nothing to add: scikit-learn has it."""


HAS_CALLBACKS = hasattr(BaseSearchCV, "set_callbacks")
CallbackSupport: Any = _NoSupport if HAS_CALLBACKS else _OldCallbackSupport


class _FoldArguments(dict[str, Any]):
    """Arguments of one fold; a worker process gets the search without any results.

    It also gets the search without earlier searches, and without the folds that `cv` may hold,
    which may come from a generator.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        caller = copy.copy(self["caller"])
        for name in [name for name in vars(caller) if name.endswith("_")]:
            delattr(caller, name)
        if getattr(caller, "warm_start_from", None) is not None:
            caller.warm_start_from = None
        if not isinstance(caller.cv, Integral):
            caller.cv = None
        return dict, ({**self, "caller": caller},)


class _FoldContext:
    """A fold's callback context that remembers whether a callback asks to stop."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self.asks_to_stop = False

    def propagate_callback_context(self, estimator: Any) -> Any:
        return self._context.propagate_callback_context(estimator)

    def call_on_fit_task_begin(self, **kwargs: Any) -> Any:
        return self._context.call_on_fit_task_begin(**kwargs)

    def call_on_fit_task_end(self, **kwargs: Any) -> bool:
        self.asks_to_stop = bool(self._context.call_on_fit_task_end(**kwargs))
        return self.asks_to_stop


def asks_to_stop(fold_arguments: Mapping[str, Any]) -> bool:
    """Whether a callback asked to stop at the end of the fold with these arguments."""
    return getattr(fold_arguments.get("callback_ctx"), "asks_to_stop", False)


class FitCallbacks:
    """Calls scikit-learn's callbacks (1.9 and later) in one fit of a search; else does nothing.

    A context manager: it calls the begin hooks of the whole fit, and the end hooks unless the fit
    raised an error.

    Parameters
    ----------
    search : estimator
        The search that is being fitted.
    X, y, metadata : object
        What the begin and end hooks of the whole fit are given.
    """

    def __init__(self, search: Any, X: Any, y: Any, metadata: dict[str, Any]) -> None:
        self._search = search
        self._data = {"X": X, "y": y, "metadata": metadata or None}
        self._root = self._candidates = None
        self._n_folds = 0
        if not hasattr(search, "_init_callback_context"):
            return
        has_refit = search.refit is not False
        self._root = search._init_callback_context(max_subtasks=1 + has_refit)

    def __enter__(self) -> FitCallbacks:
        if self._root is not None:
            self._root.call_on_fit_task_begin(estimator=self._search, **self._data)
        elif not HAS_CALLBACKS:
            for callback in callbacks_of(self._search):
                callback.setup(self._search, None)
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if self._root is not None and kind is None:
            self._root.call_on_fit_task_end(estimator=self._search, **self._data)
        elif not HAS_CALLBACKS:
            for callback in callbacks_of(self._search):
                callback.teardown(self._search, None)

    @contextmanager
    def search(self, max_folds: int) -> Iterator[None]:
        """Context around all candidates; at most `max_folds` folds will be run."""
        if self._root is None:
            yield
            return
        context = self._root.subcontext(
            task_name="search", max_subtasks=max_folds, sequential_subtasks=False
        )
        self._candidates = context.call_on_fit_task_begin(estimator=self._search)
        yield
        context.call_on_fit_task_end(estimator=self._search)

    def fold_arguments(self) -> dict[str, Any]:
        """What `fit_and_score` needs to call the hooks of one more fold.

        Each fold has its own copy of the search's context as its parent: a shared one would
        grow with every fold, and change while joblib's thread pickles it.
        """
        if self._candidates is None:
            return {}
        parent = copy.copy(self._candidates)
        parent._children_map = {}
        context = parent.subcontext(task_name="candidate-split-evaluation", task_id=self._n_folds)
        self._n_folds += 1
        return _FoldArguments(caller=self._search, callback_ctx=_FoldContext(context))

    @contextmanager
    def refit(self, best_estimator: Any) -> Iterator[None]:
        """Context around the refit of the best candidate."""
        if self._root is None:
            yield
            return
        context = self._root.subcontext(task_name="refit-with-best-params")
        with context.propagate_callback_context(best_estimator):
            context.call_on_fit_task_begin(estimator=self._search, **self._data)
            yield
        context.call_on_fit_task_end(estimator=self._search, **self._data)
