"""Learned starts: settings that did well on public data, adapted to the space of a search."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from math import log
from numbers import Integral, Real
from typing import Any

from .._dimensions._base import Dimension, ListedDimension, as_float
from .._dimensions._long_lists import LongOrdinalDimension
from .._dimensions._numbers import IntegerDimension, RealDimension
from .._owners import class_path, params_of
from .._same import kind_of
from .._space import SearchSpace
from ._data import Data
from ._learned import LEARNED
from ._parts import describe, parts

# Parameters of scikit-learn for which an int is a count and a float a share.
_SHARES_OR_COUNTS = ("max_features", "max_samples", "min_samples_leaf", "min_samples_split")

_PIPELINES = ("sklearn.pipeline.Pipeline", "imblearn.pipeline.Pipeline")

# A setting was good as a whole: a single value of it says little.
_MIN_LEARNED = 2

# With fewer trees, boosting needs a higher learning rate: the product of the two stays about the
# same as long as the rate is small, Friedman (2001), "Greedy function approximation", section 5,
# https://doi.org/10.1214/aos/1013203451. The highest rate, and the number of trees for None.
_HIGHEST_RATE = 0.5
_N_TREES = 100


def known_starts(
    estimator: Any,
    space: SearchSpace,
    X: Any = None,
    y: Any = None,
) -> list[dict[str, Any]]:
    """Settings to try early, learned on public data.

    Values outside of the space are replaced by the nearest ones in it. Parameters for which nothing
    was learned keep the estimator's own value, or the middle of the space if that value is not in
    it. There are no starts if nothing was learned for the estimator, if the space has fewer than
    two of the learned parameters, or if a learned choice such as the booster is not available.

    Parameters
    ----------
    estimator : estimator
        Read only.
    space : SearchSpace
        Where the settings must lie. With several branches, the first for which there are starts.
    X, y : object, default=None
        The data; only the shape and the spread of a numeric target are used.

    Returns
    -------
    list of dict
        Distinct settings that the constraint allows, the best on average first.
    """
    own, data = params_of(estimator), describe(X, y)
    for branch, rest in enumerate(space.at_rest):
        dimensions = space.branch_dimensions(branch)
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        for learned in _settings(estimator, dimensions, data, own):
            values = {n: _value(d, learned, own, rest) for n, d in dimensions.items()}
            setting = space.held(values)
            (point,) = space.transform([setting])
            if space.allows(setting):
                found.setdefault(space.key(point), setting)
        if found:
            return list(found.values())
    return []


def _settings(
    estimator: Any, dimensions: Mapping[str, Dimension], data: Data, own: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Learned settings of the estimator or its last step, with the names of ``set_params``."""
    for prefix, part, seen in parts(estimator, data):
        if class_path(part) in LEARNED and _predicts(estimator, prefix, dimensions, own):
            settings = [
                {
                    f"{prefix}__{name}" if prefix else name: value
                    for name, value in in_units(learned, seen).items()
                }
                for learned in LEARNED[class_path(part)]
            ]
            return [
                _with_rate(setting, prefix, dimensions, own)
                for setting in settings
                if len(setting.keys() & dimensions.keys()) >= _MIN_LEARNED
                and _allows_choices(setting, dimensions, own)
            ]
    return []


def _allows_choices(
    learned: Mapping[str, Any], dimensions: Mapping[str, Dimension], own: Mapping[str, Any]
) -> bool:
    """Whether the learned choices are available: numbers for trees do not suit a linear booster.

    A parameter of the estimator that is None has its default, which is what was learned.
    """
    return all(
        dimensions[name].contains(value) if name in dimensions else own.get(name) in (None, value)
        for name, value in learned.items()
        if not _is_number(value)
    )


def _predicts(
    estimator: Any, prefix: str, dimensions: Mapping[str, Dimension], own: Mapping[str, Any]
) -> bool:
    """Whether a part is the estimator itself or its last step, and not chosen by the search.

    A good setting of an estimator need not be good inside an ensemble.
    """
    steps = prefix.split("__") if prefix else []
    names = ["__".join(steps[: n + 1]) for n in range(len(steps))]
    holders = [estimator, *(own.get(name) for name in names[:-1])] if steps else []
    return not dimensions.keys() & set(names) and all(
        class_path(holder) in _PIPELINES for holder in holders
    )


def in_units(learned: Mapping[str, Any], data: Data) -> dict[str, Any]:
    """Replace numbers relative to the data by absolute ones.

    "gamma * n_features" is the gamma for one feature, "C / spread" the C for a target with
    standard deviation 1.
    """
    units = {"* n_features": 1.0 / (data.n_features or 1), "/ spread": data.spread or 1.0}
    found = {}
    for key, value in learned.items():
        name, _, unit = key.partition(" ")
        found[name] = value * units[unit] if unit else value
    return found


def _with_rate(
    learned: dict[str, Any],
    prefix: str,
    dimensions: Mapping[str, Dimension],
    own: Mapping[str, Any],
) -> dict[str, Any]:
    """Adapt the learning rate to the number of trees of the setting."""
    trees, rate = (f"{prefix}__{n}" if prefix else n for n in ("n_estimators", "learning_rate"))
    if trees not in learned or rate not in learned:
        return learned
    n_trees = own.get(trees)
    if trees in dimensions:
        n_trees = nearest(dimensions[trees], learned[trees])
    if not isinstance(n_trees, Real) or isinstance(n_trees, bool):
        n_trees = _N_TREES
    adapted = learned[rate] * learned[trees] / max(float(n_trees), 1.0)
    return learned | {rate: min(adapted, max(learned[rate], _HIGHEST_RATE))}


def _value(
    dimension: Dimension,
    learned: Mapping[str, Any],
    own: Mapping[str, Any],
    rest: Mapping[str, Any],
) -> Any:
    """The value of a parameter in a start."""
    name = dimension.name
    if name in learned and (value := nearest(dimension, learned[name])) is not None:
        return value
    if name in own and dimension.contains(own[name], is_strict=True):
        return own[name]
    if name in rest and dimension.contains(rest[name]):
        return rest[name]
    if isinstance(dimension, ListedDimension) and not dimension.is_ordered:
        return dimension.values[0]
    return dimension.from_unit(0.5)


def nearest(dimension: Dimension, value: Any) -> Any:
    """The value of a dimension nearest to a given one, or None if there is none of its kind.

    The distance of positive numbers is their ratio, else their difference.
    """
    if dimension.contains(value, is_strict=True):
        return dimension.held(value)
    if not _is_number(value):
        return None
    is_one_kind = dimension.name.rpartition("__")[2] in _SHARES_OR_COUNTS
    if isinstance(dimension, ListedDimension):
        values = dimension.values
        if isinstance(dimension, LongOrdinalDimension):
            place = bisect_left(values, value)
            values = values[max(place - 1, 0) : place + 1]
        numbers = [v for v in values if _is_number(v)]
        if is_one_kind:
            numbers = [v for v in numbers if kind_of(v) is kind_of(value)]
        return min(numbers, key=lambda v: _distance(v, value), default=None)
    if not isinstance(dimension, IntegerDimension | RealDimension):
        return None
    if is_one_kind and isinstance(dimension, IntegerDimension) != isinstance(value, Integral):
        return None
    clipped = min(max(as_float(value), dimension.low), dimension.high)
    return round(clipped) if isinstance(dimension, IntegerDimension) else clipped


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _distance(a: Any, b: Any) -> float:
    return abs(log(a / b)) if a > 0 and b > 0 else abs(float(a) - float(b))
