"""scikit-learn's estimators with small data that they take, and spaces around their defaults."""

from __future__ import annotations

import inspect
import warnings
from numbers import Integral, Real

import numpy as np
from scipy.stats import randint, uniform
from sklearn.base import clone, is_classifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.utils import get_tags
from sklearn.utils._param_validation import (
    Hidden,
    Interval,
    Options,
    RealNotInt,
    StrOptions,
    make_constraint,
)

from sktune._sklearn_compat import met_constraints

N_ROWS = 40

# What an estimator cannot be made without, by the names of its parameters.
REQUIRED = {
    "base_estimator": LogisticRegression(),
    "estimator": LogisticRegression(),
    "estimators": [("a", Ridge()), ("b", Ridge(2.0))],
    "transformers": [("a", StandardScaler(), slice(0, 2))],
    "transformer_list": [("a", StandardScaler()), ("b", MinMaxScaler())],
    "steps": [("a", StandardScaler()), ("b", Ridge())],
    "dictionary": np.eye(4),
    "param_grid": {"C": [1.0, 2.0]},
    "param_distributions": {"C": [1.0, 2.0]},
}

# What makes fits slow, and does not matter here.
SMALL = {"n_estimators": 3, "max_iter": 20, "n_init": 1, "cv": 2, "n_alphas": 5, "Cs": 2}

# What says how a fit runs, and not what it finds.
NOT_SEARCHED = {"n_jobs", "verbose", "memory", "random_state", "copy", "copy_X", "warm_start"}


def build(kind):
    """An estimator with its defaults, small where that makes it quick; None if it needs more."""
    parameters = inspect.signature(kind).parameters.values()
    required = [p.name for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    if not set(required) <= REQUIRED.keys():
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of deprecated classes
        estimator = kind(**{name: clone(REQUIRED[name], safe=False) for name in required})
    own = estimator.get_params(deep=False)
    small = {
        name: value
        for name, value in SMALL.items()
        if name in own and isinstance(own[name], int) and met_constraints(estimator, name, value)
    }
    return estimator.set_params(**small)


def data_for(estimator):
    """Rows and targets with which an estimator can be fitted as it is; None without any."""
    try:
        X, labels = rows_for(estimator), np.arange(N_ROWS) % 2
    except AttributeError:  # it says nothing without an estimator of its own
        return None
    numbers = 1.0 + np.random.default_rng(1).random(N_ROWS)
    targets = [numbers, labels, np.column_stack([numbers, -numbers]), np.eye(2, dtype=int)[labels]]
    if is_classifier(estimator):
        targets = targets[1::2]
    for y in targets:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                clone(estimator).fit(X, y)
            except Exception:  # it wants other data
                continue
        return X, y
    return None


def rows_for(estimator):
    """Rows of the kind that an estimator says it takes."""
    tags = get_tags(estimator).input_tags
    rng = np.random.default_rng(0)
    X = rng.random((N_ROWS, 4))
    if tags.string and not tags.two_d_array:
        return [" ".join(rng.choice(["red", "green", "blue"], 5)) for _ in range(N_ROWS)]
    if tags.dict:
        return [{"a": float(value), "b": 1.0} for value in X[:, 0]]
    if tags.categorical:
        return np.floor(3 * X)
    return X if tags.two_d_array else X[:, 0]


def constraints_of(estimator, name):
    """Constraints of a parameter that users know of."""
    constraints = getattr(estimator, "_parameter_constraints", {}).get(name, ())
    if isinstance(constraints, str):
        return []
    return [c for c in constraints if not isinstance(c, Hidden)]


def legal_values(estimator, name):
    """Some values that the constraints allow, the default first, each of each kind of number."""
    default = estimator.get_params(deep=False)[name]
    found = [default]
    for constraint in constraints_of(estimator, name):
        if constraint is None:
            found.append(None)
        elif isinstance(constraint, str) and constraint == "boolean":
            found += [True, False]
        elif isinstance(constraint, StrOptions | Options):
            options = constraint.options - getattr(constraint, "deprecated", set())
            found += sorted(options, key=str)
        elif isinstance(constraint, Interval):
            found += numbers_in(constraint, default)
    legal = []
    for value in found:
        is_new = not any(type(v) is type(value) and v == value for v in legal)
        if is_new and met_constraints(estimator, name, value):
            legal.append(value)
    return legal


def numbers_in(interval, default):
    """A few numbers of an interval, near the default."""
    is_number = isinstance(default, Real) and not isinstance(default, bool)
    centre = float(default) if is_number and np.isfinite(default) else 1.0
    factors = [0.5, 1.0, 2.0] if interval.type is not Integral else [1.0, 2.0]
    kind = int if interval.type is Integral else float
    values = [kind(factor * centre) for factor in factors] + [kind(1)]
    return [value for value in values if make_constraint(interval).is_satisfied_by(value)]


def range_of(estimator, name):
    """A distribution around a number, of its kind, that its constraints allow; else None."""
    default = estimator.get_params(deep=False)[name]
    if isinstance(default, bool) or not isinstance(default, Real) or not np.isfinite(default):
        return None
    for constraint in constraints_of(estimator, name):
        if not isinstance(constraint, Interval):
            continue
        if not make_constraint(constraint).is_satisfied_by(default):
            continue
        low, high = (
            end if end is not None and np.isfinite(end) else None
            for end in (constraint.left, constraint.right)
        )
        if constraint.type is Integral:
            low = max(default // 2, -np.inf if low is None else low + 1)
            high = min(2 * default + 2, np.inf if high is None else high - 1)
            return randint(int(low), int(high) + 1) if low < high else None
        if constraint.type in (Real, RealNotInt):
            low = default / 2 if low is None else (low + default) / 2
            high = 2 * default + 1 if high is None else (high + default) / 2
            return uniform(low, high - low) if low < high else None
    return None


def spaces_of(estimator):
    """Spaces around the default: ranges of the numbers, lists of legal values of all kinds."""
    names = [name for name in estimator.get_params(deep=False) if name not in NOT_SEARCHED]
    ranges = {name: range_of(estimator, name) for name in names}
    lists = {name: legal_values(estimator, name) for name in names}
    return {
        "ranges": {name: values for name, values in ranges.items() if values is not None},
        "lists": {name: values for name, values in lists.items() if len(values) > 1},
    }
