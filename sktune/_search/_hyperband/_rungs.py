"""``Rungs``: what a search with a resource settles before its first fit."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier

from ..._engine import Budget, StateStore
from ..._records import Candidate
from ...exceptions import InvalidSpaceError, TrainedAnewWarning
from ...optimizers import make_rungs
from ...optimizers._hyperband import make_brackets
from ...space import SearchSpace
from .._inputs._names import examples
from .._inputs._splits import Split, places
from .._schedule import Data, Schedule
from ._continue import (
    Steps,
    StepwiseFit,
    Way,
    counted_by,
    counter_of,
    last_step,
    stops_early,
    unknown_fit_params,
    way_of,
)
from ._subsets import NestedRows, labels_of

AUTO = "auto"

# Rungs below the last one that there are by default: with a factor of 3 the first rung takes a 27th
# of a full training, as in the measurements that chose the default strategy.
N_STEPS = 3

# Settings of the first design of the model where they cost at most one full training together, and
# where they cost more. On the tuning half of benchmarks/multi_fidelity, by epochs and eight seeds,
# regret at the cost of five full trainings was 0.33 with 6 settings, 0.36 with 10, 0.28 with 15
# and 0.29 with 20, at that of ten (four seeds) 0.13, 0.14 and 0.17 with 10, 15 and 20.
N_INITIAL_POINTS = 15
N_INITIAL_POINTS_COSTLY = 10

# Where every setting is trained fully there is no cheap design: that of BayesSearchCV.
N_INITIAL_POINTS_ALONE = 3

# Rows of the data below which fits on fewer save no time worth it: on 341 and 1078 rows halving
# by rows took 0.93 and 0.90 of the seconds of full cross-validation.
MIN_ROWS = 500


class Rungs(Schedule):
    """Settings are trained in steps: on more rows, or for more epochs.

    Parameters
    ----------
    search : HyperbandSearchCV
        Its parameters are read, nothing is written.
    space : SearchSpace
        What is searched.
    data : Data
        The data and its folds.
    seed : int
        Root of all randomness.
    run_whole : bool
        Whether every setting of the space is to be run: the budget suffices to train them fully.

    Attributes
    ----------
    rungs : tuple of int
        As a strategy takes them.
    keeps_states : bool
        Whether training goes on from saved states.

    Raises
    ------
    ValueError
        If the search cannot do what its parameters say.

    Warns
    -----
    TrainedAnewWarning
        If an estimator begins from nothing at each rung of epochs.
    """

    def __init__(
        self, search: Any, space: SearchSpace, data: Data, seed: int, run_whole: bool
    ) -> None:
        super().__init__(data.splits)
        self._is_by_rows = search.resource == "n_samples"
        ways: dict[Way, Any] = {}
        if self._is_by_rows:
            largest, smallest = _rows_at_ends(search, data.n_rows)
        else:
            ways = _ways_of_settings(search, space, data)
            largest, smallest = _epochs_at_ends(search)
        self.rungs = make_rungs(smallest, largest, search.factor)
        if run_whole:
            self.rungs = self.rungs[-1:]
        self.keeps_states = len(self.rungs) > 1 and bool(ways.keys() - {Way.ANEW})
        self.goes_on = bool(ways) and Way.ANEW not in ways
        _check_budget(search, self.rungs, self.goes_on, data.n_starts)
        self._nested: NestedRows | None = None
        if self._is_by_rows and self.rungs[0] < data.n_rows:
            labels = labels_of(data.y, is_classifier(search.estimator))
            self._nested = NestedRows(data.splits, data.n_rows, seed, labels, data.groups)
            _check_first_part(self._nested, self.rungs[0], data)
        if Way.ANEW in ways and len(self.rungs) > 1:
            _warn_of_anew(ways[Way.ANEW])

    def rows(self, candidate: Candidate, split: int) -> Split:
        """Rows with which a candidate is trained and scored on a fold."""
        return self.splits[split] if self._nested is None else self._nested(candidate, split)

    def budget(self, search: Any) -> Budget:
        """So many full trainings, in units of the resource."""
        n_units = search.n_iter * self.rungs[-1]
        return Budget(n_units, search.max_time, goes_on=self.goes_on)

    def steps(self, states: StateStore | None) -> Steps | None:
        """What trains the estimators of folds with their resource."""
        return None if self._is_by_rows else Steps(states, self.rungs[-1])

    def most_candidates(self, n_iter: int, n_settings: float) -> int:
        """How many candidates there are at most, each setting one on each of its rungs."""
        by_budget = math.ceil(n_iter * self.rungs[-1] / self.rungs[0])
        return int(min(by_budget, n_settings * len(self.rungs)))

    def refit_params(self, estimator: Any, resource: int | None) -> dict[str, Any]:
        """The parameter that counts epochs, as the winner was trained."""
        if self._is_by_rows or resource is None:
            return {}
        return dict.fromkeys(counted_by(estimator), resource)

    def fit(
        self, estimator: Any, resource: int | None, X: Any, y: Any, params: Mapping[str, Any]
    ) -> None:
        """Fit the best setting on all rows, with the epochs of the winner."""
        if not self._is_by_rows and resource is not None:
            StepwiseFit(estimator, resource)
        super().fit(estimator, resource, X, y, params)


def _rows_at_ends(search: Any, n_rows: int) -> tuple[int, int]:
    """Most and least rows."""
    largest = n_rows if search.max_resource == AUTO else int(search.max_resource)
    if largest > n_rows:
        raise ValueError(
            f"The 'max_resource' parameter of {type(search).__name__} must be at most the number "
            f"of rows, {n_rows}, with resource='n_samples'. Got {largest} instead."
        )
    smallest = min(largest, max(MIN_ROWS, math.ceil(largest / search.factor**N_STEPS)))
    return largest, _explicit_least(search, largest, smallest)


def _epochs_at_ends(search: Any) -> tuple[int, int]:
    """Most and least epochs."""
    largest = _own_epochs(search) if search.max_resource == AUTO else int(search.max_resource)
    smallest = max(1, round(largest / search.factor**N_STEPS))
    return largest, _explicit_least(search, largest, smallest)


def _own_epochs(search: Any) -> int:
    """Epochs with which the estimator would be trained without a search."""
    _, trained = last_step(search.estimator)
    counter = counter_of(trained)
    count: Any = None if counter is None else trained.get_params(deep=False)[counter]
    is_number = isinstance(count, Integral) and not isinstance(count, bool)
    if is_number and int(count) >= 1:
        return int(count)
    found = "no parameter that counts them" if counter is None else f"{counter}={count!r}"
    raise ValueError(
        f"The 'max_resource' parameter of {type(search).__name__} must be an int with "
        "resource='epochs', the epochs of a full training, for "
        f"{type(trained).__name__} has {found}. Got 'auto' instead."
    )


def _explicit_least(search: Any, largest: int, smallest: int) -> int:
    """What `min_resource` says, else the default."""
    if search.min_resource == AUTO:
        return smallest
    if search.min_resource > largest:
        source = "max_resource" if search.max_resource != AUTO else "max_resource='auto', which is"
        raise ValueError(
            f"The 'min_resource' parameter of {type(search).__name__} must be at most {source} "
            f"{largest}. Got {search.min_resource} instead."
        )
    return int(search.min_resource)


def n_initial_points(rungs: tuple[int, ...]) -> int:
    """Settings of the first design of the model."""
    if len(rungs) == 1:
        return N_INITIAL_POINTS_ALONE
    is_cheap = N_INITIAL_POINTS * rungs[0] <= rungs[-1]
    return N_INITIAL_POINTS if is_cheap else N_INITIAL_POINTS_COSTLY


def _check_budget(search: Any, rungs: tuple[int, ...], goes_on: bool, n_starts: int) -> None:
    """See that the budget suffices for one setting to come to the last rung."""
    least = math.ceil(_least_cost(search, rungs, goes_on, n_starts) / rungs[-1])
    if len(rungs) > 1 and search.n_iter < least:
        raise ValueError(
            f"The 'n_iter' parameter of {type(search).__name__} must be at least {least} with the "
            f"rungs {rungs} and strategy={search.strategy!r}: with fewer full trainings no setting "
            f"would come to the last rung. Got {search.n_iter} instead."
        )


def _least_cost(search: Any, rungs: tuple[int, ...], goes_on: bool, n_starts: int) -> int:
    """What is spent until one setting is fully trained, in units of the resource."""
    if search.strategy == "model":
        sizes = [n_initial_points(rungs) + n_starts] + [1] * (len(rungs) - 1)
    else:
        (first, *_) = make_brackets(len(rungs), search.factor, "halving")
        sizes = [*first.sizes(search.factor, len(rungs), n_starts)[:-1], 1]
    below = np.array([0, *rungs[:-1]]) if goes_on else np.zeros(len(rungs), dtype=int)
    return int(np.dot(sizes, np.array(rungs) - below))


def _check_first_part(nested: NestedRows, least: int, data: Data) -> None:
    """See that the parts of the first rung have rows of all classes."""
    missing = nested.missing_class(least)
    if missing is None:
        return
    raise ValueError(
        f"The first rung trains with {least} of {data.n_rows} rows, and in a fold none of these is "
        f"of the class {np.unique(np.asarray(data.y)).tolist()[missing]!r}: raise min_resource."
    )


def _ways_of_settings(search: Any, space: SearchSpace, data: Data) -> dict[Way, Any]:
    """How the settings of a space are trained on, each way with an estimator that takes it."""
    ways: dict[Way, Any] = {}
    n_train = max(len(places(train, data.n_rows)) for train, _ in data.splits)
    for setting in [{}, *examples(space)]:
        estimator = clone(search.estimator).set_params(**clone(setting, safe=False))
        _, trained = last_step(estimator)
        way = way_of(estimator)
        # The estimator's own last step may be one that the space always replaces.
        if way is None and not setting and _is_replaced(space, search.estimator):
            continue
        if way is None:
            raise ValueError(
                f"resource='epochs' needs an estimator with partial_fit, or with a parameter that "
                f"counts epochs, such as n_estimators or max_iter. {type(trained).__name__} has "
                "neither: search with resource='n_samples'."
            )
        _check_no_early_stop(estimator, n_train)
        _check_resource_not_searched(estimator, space)
        if unknown := unknown_fit_params(estimator, data.fit_params):
            raise ValueError(
                f"fit was given {unknown}, which {type(trained).__name__}.partial_fit, by which "
                "it is trained with resource='epochs', does not take."
            )
        ways.setdefault(way, trained)
    _check_choices(search, space, n_train)
    return ways


def _warn_of_anew(trained: Any) -> None:
    warnings.warn(
        f"{type(trained).__name__} cannot go on from where its training stopped and end as after "
        "one long training: it begins from nothing at each rung, which costs that much more.",
        TrainedAnewWarning,
        stacklevel=7,
    )


def _is_replaced(space: SearchSpace, estimator: Any) -> bool:
    prefix, _ = last_step(estimator)
    return bool(prefix) and prefix[:-2] in {d.name for d in space.dimensions}


def _check_no_early_stop(estimator: Any, n_train: int) -> None:
    if (parameter := stops_early(estimator, n_train)) is None:
        return
    off = "False" if parameter.endswith("early_stopping") else "None"
    raise ValueError(
        f"An estimator that ends its training by itself, here by {parameter}, has no epochs that "
        f"a search could count: set {parameter}={off} and let resource='epochs' stop bad "
        "trainings, or keep it and search with resource='n_samples'."
    )


def _check_choices(search: Any, space: SearchSpace, n_train: int) -> None:
    """Refuse early stopping that is one of the choices of a searched parameter."""
    for dimension in space.dimensions:
        if not dimension.name.endswith(("early_stopping", "n_iter_no_change")):
            continue
        for unit in dimension.grid() if dimension.is_listed else ():
            choice = {dimension.name: dimension.from_unit(unit)}
            try:
                estimator = clone(search.estimator).set_params(**choice)
            except ValueError:  # of another branch
                continue
            _check_no_early_stop(estimator, n_train)


def _check_resource_not_searched(estimator: Any, space: SearchSpace) -> None:
    searched = {dimension.name for dimension in space.dimensions}
    if named := searched.intersection(counted_by(estimator)):
        raise InvalidSpaceError(
            f"{named.pop()!r} cannot be searched with resource='epochs', for it counts the epochs: "
            "leave it out of param_distributions, and give max_resource for the most of them."
        )
