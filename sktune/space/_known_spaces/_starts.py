"""Settings that did well on public data, put into the space that a search has."""

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

# To scikit-learn an int is a count, and a float a share.
_SHARES_OR_COUNTS = ("max_features", "max_samples", "min_samples_leaf", "min_samples_split")

_PIPELINES = ("sklearn.pipeline.Pipeline", "imblearn.pipeline.Pipeline")

# A single value says little of a setting that was good as a whole.
_MIN_LEARNED = 2

# Where boosting takes fewer steps, each is longer: what counts is the product of the two, as long
# as the steps are small, Friedman (2001), "Greedy function approximation", section 5,
# https://doi.org/10.1214/aos/1013203451. The longest step, and the trees of those that say None.
_LONGEST_STEP = 0.5
_N_TREES = 100


def known_starts(
    estimator: Any,
    space: SearchSpace,
    X: Any = None,
    y: Any = None,
) -> list[dict[str, Any]]:
    """Settings to try early, learned on public data; none where nothing was learned.

    Values outside of the space give way to the nearest ones in it. What was not learned stays as
    the estimator has it, or stands in the middle where that is not in the space. Where no more than
    one of the parameters is searched of which something was learned, there is none, nor where a
    word that was learned, such as the booster, cannot be had.

    Parameters
    ----------
    estimator : estimator
        Read only.
    space : SearchSpace
        Where the settings must lie. Of several branches they lie in the first that has enough of
        what was learned.
    X, y : object, default=None
        The data, of which the shape and the spread of a numeric target count.

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
    """What was learned of the estimator or its last step, by the names of the parameters."""
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
                _with_steps(setting, prefix, dimensions, own)
                for setting in settings
                if len(setting.keys() & dimensions.keys()) >= _MIN_LEARNED
                and _has_its_words(setting, dimensions, own)
            ]
    return []


def _has_its_words(
    learned: Mapping[str, Any], dimensions: Mapping[str, Dimension], own: Mapping[str, Any]
) -> bool:
    """Whether the words of a setting can be had: numbers for trees say nothing of a linear model.

    None of the estimator's own is its default, as which they were learned.
    """
    return all(
        dimensions[name].contains(value) if name in dimensions else own.get(name) in (None, value)
        for name, value in learned.items()
        if not _is_number(value)
    )


def _predicts(
    estimator: Any, prefix: str, dimensions: Mapping[str, Dimension], own: Mapping[str, Any]
) -> bool:
    """Whether a part is the whole or the last of its steps, and not for the search to choose.

    What is good alone need not be good in an ensemble.
    """
    steps = prefix.split("__") if prefix else []
    names = ["__".join(steps[: n + 1]) for n in range(len(steps))]
    holders = [estimator, *(own.get(name) for name in names[:-1])] if steps else []
    return not dimensions.keys() & set(names) and all(
        class_path(holder) in _PIPELINES for holder in holders
    )


def in_units(learned: Mapping[str, Any], data: Data) -> dict[str, Any]:
    """A learned setting with the numbers that these data make of those with a unit.

    "gamma * n_features" is a gamma for one feature, "C / spread" a C for a target whose standard
    deviation is 1.
    """
    units = {"* n_features": 1.0 / (data.n_features or 1), "/ spread": data.spread or 1.0}
    found = {}
    for key, value in learned.items():
        name, _, unit = key.partition(" ")
        found[name] = value * units[unit] if unit else value
    return found


def _with_steps(
    learned: dict[str, Any],
    prefix: str,
    dimensions: Mapping[str, Dimension],
    own: Mapping[str, Any],
) -> dict[str, Any]:
    """The same with the learning rate for as many trees as the setting will have."""
    trees, rate = (f"{prefix}__{n}" if prefix else n for n in ("n_estimators", "learning_rate"))
    if trees not in learned or rate not in learned:
        return learned
    n_trees = own.get(trees)
    if trees in dimensions:
        n_trees = nearest(dimensions[trees], learned[trees])
    if not isinstance(n_trees, Real) or isinstance(n_trees, bool):
        n_trees = _N_TREES
    longer = learned[rate] * learned[trees] / max(float(n_trees), 1.0)
    return learned | {rate: min(longer, max(learned[rate], _LONGEST_STEP))}


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
    """The value of a dimension that is next to a given one; None where there is none like it.

    Numbers are near by their ratio if all are positive.
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
