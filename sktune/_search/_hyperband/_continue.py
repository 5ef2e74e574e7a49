"""How an estimator is trained to a number of epochs, and later to more of them.

An epoch is one more pass over the rows, one more tree, or one more iteration. An estimator that is
trained in steps must be the one that is trained at once, bit for bit where it is deterministic. So
only those are trained on that keep this promise; all others begin anew at each step.
"""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from numbers import Integral
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import unique_labels

from ..._engine import StateStore
from ..._records import FoldTask

# Parameters that count epochs, the first that an estimator has.
COUNTERS = ("epochs", "n_estimators", "max_iter", "n_iter")

# Here `max_iter` counts trees, and those that are there stay as they are.
GROWN_BY_MAX_ITER = ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")

# Their pickles cannot be trained on: the nodes of a tree of Birch share arrays, which a pickle
# parts, so that later rows are added to copies (scikit-learn 1.9).
PARTED_BY_PICKLE = ("Birch",)

# With early_stopping="auto" these stop early from so many rows on.
AUTO_STOPS_FROM = 10_001


class Way(Enum):
    """How an estimator comes to more epochs."""

    PARTIAL_FIT = "partial_fit"
    GROW = "warm_start"
    ANEW = "from nothing"


@dataclass(frozen=True, slots=True)
class Trained:
    """The state in which training has stopped.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    resource : int
        Epochs so far.
    rows : object or None
        Of a pipeline what its last step was trained with, where the other steps would not give it
        again.
    rng : RandomState or None
        Of which training has drawn.
    """

    estimator: Any
    resource: int
    rows: Any = None
    rng: np.random.RandomState | None = None


def last_step(estimator: Any) -> tuple[str, Any]:
    """What is trained in epochs, and the prefix of its parameters: the last step of a pipeline."""
    if not isinstance(estimator, Pipeline):
        return "", estimator
    name, trained = estimator.steps[-1]
    return f"{name}__", trained


def way_of(estimator: Any) -> Way | None:
    """How an estimator, or the last step of a pipeline, is trained on; None: not at all.

    A warm start alone is not enough: solvers that begin with the coefficients of the fit before
    have forgotten their step sizes or directions, and end elsewhere than one long fit.
    """
    _, trained = last_step(estimator)
    counter = counter_of(trained)
    if hasattr(trained, "partial_fit") and type(trained).__name__ not in PARTED_BY_PICKLE:
        return Way.PARTIAL_FIT
    if counter is None:
        return None
    grows = counter == "n_estimators" or type(trained).__name__ in GROWN_BY_MAX_ITER
    is_warm = "warm_start" in trained.get_params(deep=False)
    return Way.GROW if grows and is_warm else Way.ANEW


def counter_of(trained: Any) -> str | None:
    """The parameter of an estimator that counts epochs, None without one."""
    own = trained.get_params(deep=False) if hasattr(trained, "get_params") else {}
    return next((name for name in COUNTERS if name in own), None)


def counted_by(estimator: Any) -> tuple[str, ...]:
    """The parameter that counts epochs, as ``set_params`` takes it; empty without one."""
    prefix, trained = last_step(estimator)
    counter = counter_of(trained)
    return () if counter is None else (f"{prefix}{counter}",)


def stops_early(estimator: Any, n_rows: int) -> str | None:
    """The parameter by which an estimator would end training itself, None if none does."""
    prefix, trained = last_step(estimator)
    own = trained.get_params(deep=False) if hasattr(trained, "get_params") else {}
    stopping = own.get("early_stopping")
    if stopping is True or (stopping == "auto" and n_rows >= AUTO_STOPS_FROM):
        return f"{prefix}early_stopping"
    if "early_stopping" not in own and own.get("n_iter_no_change") is not None:
        return f"{prefix}n_iter_no_change"
    return None


def unknown_fit_params(estimator: Any, params: Mapping[str, Any]) -> list[str]:
    """Names of parameters of ``fit`` that ``partial_fit``, which is called instead, lacks."""
    if isinstance(estimator, Pipeline) or way_of(estimator) is not Way.PARTIAL_FIT:
        return []
    known = inspect.signature(estimator.partial_fit).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in known):
        return []
    return sorted(set(params) - {parameter.name for parameter in known})


class StepwiseFit:
    """Takes the place of ``fit`` on one estimator, for one call of it.

    scikit-learn's code for a fold calls ``estimator.fit``, and the scorers are given the same
    object. So the method is hidden by this attribute until it is called.

    Parameters
    ----------
    estimator : estimator
        Unfitted; trained in place.
    resource : int
        Epochs that it has after the call.
    start : Trained or None, default=None
        The state to go on from, not used elsewhere.

    Attributes
    ----------
    way : Way or None
        How it was trained; None before the call.
    """

    def __init__(self, estimator: Any, resource: int, start: Trained | None = None) -> None:
        self.way: Way | None = None
        self._estimator = estimator
        self._resource = resource
        self._start = start
        self._rows: Any = None
        self._rng: np.random.RandomState | None = None
        estimator.fit = self

    def __call__(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Train.

        Raises
        ------
        ValueError
            If the estimator cannot be trained in epochs.
        """
        estimator = self._estimator
        del estimator.fit
        self.way = way_of(estimator)
        if self.way is None:
            raise ValueError(f"{type(estimator).__name__} cannot be trained in epochs.")
        if self.way is Way.ANEW:
            return _fit_anew(estimator, self._resource, X, y, params)
        if self._start is not None:
            self._rows, self._rng = self._start.rows, self._start.rng
            vars(estimator).update(vars(self._start.estimator))
        if isinstance(estimator, Pipeline):
            self._train_last_step(estimator, X, y, params)
        else:
            self._train(estimator, X, y, params)
        return estimator

    def state(self) -> Trained:
        """The state after the call, of an estimator that does not begin anew."""
        return Trained(self._estimator, self._resource, self._rows, self._rng)

    @property
    def has_gone_on(self) -> bool:
        """Whether training went on from a state."""
        return self._start is not None

    @property
    def _done(self) -> int:
        return 0 if self._start is None else self._start.resource

    def _train(self, trained: Any, X: Any, y: Any, params: Mapping[str, Any]) -> None:
        if self.way is Way.GROW:
            _grow(trained, self._resource, X, y, params)
            return
        n_epochs = self._resource - self._done
        with _as_one_fit(trained, self._rng, y) as self._rng:
            _partial_fit(trained, n_epochs, X, y, params, is_first=self._done == 0)

    def _train_last_step(
        self, pipeline: Pipeline, X: Any, y: Any, params: Mapping[str, Any]
    ) -> None:
        """Train the last step of a pipeline; the others are fitted once and stay so."""
        name, trained = pipeline.steps[-1]
        front = pipeline.steps[:-1]
        if self._start is not None:
            front = [(key, _frozen(step)) for key, step in front]
        whole = copy.copy(pipeline)

        def train(rows: Any, y: Any = None, **own: Any) -> None:
            self._train(trained, self._rows_for(whole, rows, X), y, own)

        whole.steps = [*front, (name, _LastStep(trained, train))]
        if y is None:
            whole.fit(X, **params)
        else:
            whole.fit(X, y, **params)
        fitted = whole.steps[:-1] if self._start is None else pipeline.steps[:-1]
        pipeline.steps = [*fitted, (name, trained)]

    def _rows_for(self, whole: Pipeline, rows: Any, X: Any) -> Any:
        """What the last step is trained with, at all its epochs the same.

        Not every transformer gives its training rows again once it is fitted: one that encodes a
        target by cross-fitting does not. Then the rows are part of the state.
        """
        if self._start is not None or len(whole.steps) == 1:
            return rows if self._rows is None else self._rows
        try:
            again = whole[:-1].transform(X)
        except Exception:  # it wants more than rows
            again = None
        if again is not None and _is_same(rows, again):
            return again
        self._rows = rows
        return rows


@dataclass(frozen=True, slots=True)
class Steps:
    """Trains the estimators of folds in steps; goes to the workers.

    Parameters
    ----------
    states : StateStore or None
        Where states are kept; None: nothing goes on from one.
    last : int
        The resource of a full training, after which no state is needed.
    """

    states: StateStore | None
    last: int

    def begin(self, estimator: Any, task: FoldTask) -> StepwiseFit:
        """Let the next ``fit`` of an estimator train it as a candidate says."""
        resource, start = task.candidate.resource, None
        if self.states is not None and task.resume_from is not None:
            start = self.states.load(task.resume_from)
        return StepwiseFit(estimator, self.last if resource is None else resource, start)

    def end(self, fit: StepwiseFit, task: FoldTask) -> dict[str, Any]:
        """What a result tells of the state in which training has ended, after scoring."""
        if self.states is None or fit.way in (None, Way.ANEW):
            return {}
        candidate, token = task.candidate, None
        if candidate.resource is not None and candidate.resource < self.last:
            token = self.states.save(candidate.id, task.split, fit.state())
        is_lost = candidate.parent is not None and not fit.has_gone_on
        return {"state": token, "is_state_lost": is_lost}


class _LastStep(BaseEstimator):
    """Stands for the last step of a pipeline while that is trained by a function."""

    def __init__(self, trained: Any, train: Callable[..., None]) -> None:
        self.trained = trained
        self.train = train

    def fit(self, X: Any, y: Any = None, **params: Any) -> _LastStep:
        self.train(X, y, **params)
        return self

    def get_metadata_routing(self) -> Any:
        return self.trained.get_metadata_routing()

    def __sklearn_tags__(self) -> Any:
        return self.trained.__sklearn_tags__()


def _frozen(step: Any) -> Any:
    return step if step is None or step == "passthrough" else FrozenEstimator(step)


def _fit_anew(estimator: Any, resource: int, X: Any, y: Any, params: Mapping[str, Any]) -> Any:
    prefix, trained = last_step(estimator)
    estimator.set_params(**{f"{prefix}{counter_of(trained)}": resource})
    with warnings.catch_warnings():
        # Whoever ends a fit after a few iterations need not hear that it did not converge.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(X, **params) if y is None else estimator.fit(X, y, **params)


def _grow(trained: Any, resource: int, X: Any, y: Any, params: Mapping[str, Any]) -> None:
    own = trained.get_params(deep=False)["warm_start"]
    trained.set_params(**{"warm_start": True, str(counter_of(trained)): resource})
    try:
        with warnings.catch_warnings():
            # Weights from classes are those of other data only if the data are: these are not.
            warnings.filterwarnings("ignore", message="class_weight presets")
            if y is None:
                trained.fit(X, **params)
            else:
                trained.fit(X, y, **params)
    finally:
        trained.set_params(warm_start=own)


def _partial_fit(
    trained: Any, n_epochs: int, X: Any, y: Any, params: Mapping[str, Any], *, is_first: bool
) -> None:
    known = inspect.signature(trained.partial_fit).parameters
    options = dict(params)
    if is_first and y is not None and "classes" in known and "classes" not in params:
        options["classes"] = _classes(trained, y)
    if "epochs" in known:
        trained.partial_fit(X, y, epochs=n_epochs, **options)
        return
    for _ in range(n_epochs):
        if y is None:
            trained.partial_fit(X, **options)
        else:
            trained.partial_fit(X, y, **options)
        if "classes" not in params:
            options.pop("classes", None)  # of later calls some estimators take none


def _classes(trained: Any, y: Any) -> Any:
    """All classes of a target, as ``partial_fit`` wants them at its first call."""
    if not is_classifier(trained):
        return None
    if np.ndim(y) == 2 and hasattr(trained, "estimator"):  # one classifier for each output
        return [np.unique(column) for column in np.asarray(y).T]
    return unique_labels(y)


@contextmanager
def _as_one_fit(
    trained: Any, rng: np.random.RandomState | None, y: Any
) -> Iterator[np.random.RandomState | None]:
    """Let calls of ``partial_fit`` act as one long fit; yields the generator of all of them.

    With a number as `random_state` every call would shuffle the rows alike. Weights that balance
    the classes are refused by ``partial_fit``, which need not see all rows; here it does.
    """
    own = trained.get_params(deep=False)
    seed, generator = own.get("random_state"), None
    changed: dict[str, Any] = {}
    is_one_call = "epochs" in inspect.signature(trained.partial_fit).parameters
    if isinstance(seed, Integral) and not is_one_call:
        generator = np.random.RandomState(int(seed)) if rng is None else rng
        changed["random_state"] = generator
    if own.get("class_weight") == "balanced" and not is_one_call:
        classes = np.unique(y)
        weights = compute_class_weight("balanced", classes=classes, y=np.asarray(y))
        changed["class_weight"] = dict(zip(classes.tolist(), weights.tolist(), strict=True))
    trained.set_params(**changed)
    try:
        yield generator
    finally:
        trained.set_params(**{name: own[name] for name in changed})


def _is_same(a: Any, b: Any) -> bool:
    """Whether two tables have the same values, up to rounding."""
    if type(a) is not type(b) or getattr(a, "shape", None) != getattr(b, "shape", None):
        return False
    try:
        if issparse(a):
            difference = abs(a - b)
            return bool(difference.max() <= 1e-6 * max(1.0, abs(a).max()))
        a, b = np.asarray(a), np.asarray(b)
        if a.dtype.kind in "fc":
            return bool(np.allclose(a, b, rtol=1e-6, atol=1e-9, equal_nan=True))
        return bool(np.array_equal(a, b))
    except Exception:  # rows of any kind
        return False
