"""``PartWeights``: a weight for each part of a ColumnTransformer or FeatureUnion.

A union takes its weights in one parameter, a dict. Here each of them is a parameter of its own,
``name[part]``, and only what leaves the space is a dict again.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from scipy.stats import loguniform

from ..exceptions import InvalidSpaceError, InvalidSpaceTypeError, PartWeightsWarning

PARAMETER = "transformer_weights"

# Where weights were tuned by the slope of the fold loss, fifteen or more were worse on held-out
# data than none in all eight runs, and eight in one of three.
MAX_PARTS = 8


@dataclass(frozen=True)
class PartWeights:
    """A weight for each part of a ``ColumnTransformer`` or ``FeatureUnion``, between two ends.

    For the parameter ``transformer_weights``. A part whose columns are multiplied by `w` has, in a
    linear model, an L2 penalty divided by `w` squared, or an L1 penalty divided by `w`: so weights
    are penalties, one for each part. Parts that are dropped, or have no columns, have no weight.
    Weights that are set already are multiplied, and the product is shown.

    Parameters
    ----------
    low, high : float, default=1e-3 and 1e3
        Ends of each weight, which is searched on a logarithmic scale; ``0 < low < 1 < high``, for
        weights of 1, which change nothing, are where a search begins.

    Raises
    ------
    InvalidSpaceError
        If the ends are not such numbers.

    Examples
    --------
    >>> from sklearn.compose import make_column_transformer
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import OneHotEncoder, StandardScaler
    >>> from sktune.space import PartWeights, SearchSpace
    >>> columns = make_column_transformer((StandardScaler(), ["age"]), (OneHotEncoder(), ["sex"]))
    >>> name = "columntransformer__transformer_weights"
    >>> space = SearchSpace.from_distributions(
    ...     {name: PartWeights(1e-2, 1e2)}, estimator=make_pipeline(columns, Ridge())
    ... )
    >>> space.n_dims
    2
    >>> weights = space.inverse_transform([0.75, 0.5])[0][name]
    >>> {part: round(weight, 1) for part, weight in weights.items()}
    {'standardscaler': 1.0, 'onehotencoder': 10.0}
    """

    low: float = 1e-3
    high: float = 1e3

    def __post_init__(self) -> None:
        ends = (self.low, self.high)
        if any(isinstance(end, bool) or not isinstance(end, Real) for end in ends):
            raise InvalidSpaceTypeError(f"PartWeights takes two numbers, got {ends!r}.")
        if not (np.isfinite(ends).all() and 0 < self.low < 1 < self.high):
            raise InvalidSpaceError(
                f"PartWeights needs ends with 0 < low < 1 < high, got {self.low!r} and "
                f"{self.high!r}."
            )


class PartNames:
    """Which parameters of a space are weights of parts, and the way between both forms.

    Parameters
    ----------
    parts : dict of str to sequence of str
        Parts of each parameter that is a dict outside.
    """

    def __init__(self, parts: Mapping[str, Sequence[str]]) -> None:
        self.parts = {name: tuple(of_name) for name, of_name in parts.items()}
        self._places = {
            flat_name(name, part): (name, part) for name in parts for part in parts[name]
        }

    def __bool__(self) -> bool:
        return bool(self.parts)

    def flat(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """A setting with each weight under its own name; unset ones are 1."""
        found: dict[str, Any] = {}
        for name, value in params.items():
            if name in self.parts and (value is None or isinstance(value, Mapping)):
                weights = dict.fromkeys(self.parts[name], 1.0) | dict(value or {})
                found |= {flat_name(name, part): _as_float(w) for part, w in weights.items()}
            else:
                found[name] = value
        return found

    def nested(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """A setting as the estimator takes it, names sorted."""
        if not self.parts:
            return dict(params)
        found: dict[str, Any] = {}
        for name, value in params.items():
            if name in self._places:
                union, part = self._places[name]
                found.setdefault(union, {})[part] = value
            else:
                found[name] = value
        for union in found.keys() & self.parts.keys():  # in the order of the union
            found[union] = {p: found[union][p] for p in self.parts[union] if p in found[union]}
        return dict(sorted(found.items()))


def _as_float(weight: Any) -> Any:
    """An int as the float that it means; anything else as it is."""
    return float(weight) if type(weight) is int else weight


def flat_name(name: str, part: str) -> str:
    """Name of the weight of one part."""
    return f"{name}[{part}]"


def expand_parts(param_distributions: Any, estimator: Any) -> tuple[Any, PartNames]:
    """What the user wrote, with a distribution for each weight, and which are weights.

    Raises
    ------
    InvalidSpaceError
        If a parameter with PartWeights is no ``transformer_weights`` of two parts or more, or has
        other values in another dict.

    Warns
    -----
    PartWeightsWarning
        If there are many.
    """
    is_one = isinstance(param_distributions, Mapping)
    branches = [param_distributions] if is_one else param_distributions
    if not isinstance(branches, Sequence) or not any(map(_has_weights, branches)):
        return param_distributions, PartNames({})
    parts: dict[str, Sequence[str]] = {}
    expanded = []
    for branch in branches:
        if not isinstance(branch, Mapping):
            expanded.append(branch)  # refused with the others of its kind
            continue
        flat: dict[str, Any] = {}
        for name, values in branch.items():
            if not isinstance(values, PartWeights):
                flat[name] = values
                continue
            own = own_weights(name, estimator)
            parts[name] = tuple(own)
            flat |= {
                flat_name(name, part): loguniform(values.low * weight, values.high * weight)
                for part, weight in own.items()
            }
        expanded.append(flat)
    _check_unmixed(expanded, parts)
    return (expanded[0] if is_one else expanded), PartNames(parts)


def own_weights(name: str, estimator: Any, warns: bool = True) -> dict[str, float]:
    """The parts of the union to which a parameter belongs, with the weights they have now."""
    path, _, parameter = name.rpartition("__")
    if parameter != PARAMETER:
        raise InvalidSpaceError(
            f"Parameter {name!r} has PartWeights, which are for {PARAMETER!r} of a "
            "ColumnTransformer or FeatureUnion."
        )
    if estimator is None:
        raise InvalidSpaceError(f"Parameter {name!r} has PartWeights: give the estimator as well.")
    params = estimator.get_params(deep=True)
    if path and path not in params:
        raise InvalidSpaceError(
            f"Parameter {name!r} has PartWeights, but {type(estimator).__name__} has no {path!r}."
        )
    union = params[path] if path else estimator
    parts = list(_parts(union))
    if len(parts) < 2:
        what = "no parts" if not parts else f"one part only, {parts[0]!r}"
        raise InvalidSpaceError(
            f"Parameter {name!r} has PartWeights, but {type(union).__name__} has {what}: tune the "
            "penalty of the model instead."
        )
    if warns and len(parts) > MAX_PARTS:
        warnings.warn(
            f"Parameter {name!r} has {len(parts)} weights. More than {MAX_PARTS} seldom do "
            "better on data that were held out than one penalty for all: make fewer parts.",
            PartWeightsWarning,
            stacklevel=2,
        )
    given = union.transformer_weights or {}
    own = {part: given.get(part, 1.0) for part in parts}
    for part, weight in own.items():
        if not (isinstance(weight, Real) and 0 < float(weight) < np.inf):
            raise InvalidSpaceError(
                f"Part {part!r} of {name!r} has the weight {weight!r}, and what PartWeights give "
                "is multiplied with it: set it to a positive number, or drop the part."
            )
    return {part: float(weight) for part, weight in own.items()}


def filled_weights(
    params: Mapping[str, Any], settings: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Parameters of an estimator, with all weights that settings have; 1 where it has none."""
    filled = {
        name: {part: float((params[name] or {}).get(part, 1.0)) for part in value}
        for setting in settings
        for name, value in setting.items()
        if name.rpartition("__")[2] == PARAMETER and isinstance(value, Mapping)
        if name in params and isinstance(params[name], Mapping | None)
    }
    return {**params, **filled}


def _check_unmixed(branches: Sequence[Any], parts: Mapping[str, Any]) -> None:
    """Raise InvalidSpaceError where a parameter is left that has PartWeights in another dict."""
    for branch in branches:
        if isinstance(branch, Mapping) and (mixed := parts.keys() & branch.keys()):
            raise InvalidSpaceError(
                f"Parameter {min(mixed)!r} has PartWeights in one dict and other values in "
                "another: give it PartWeights in both, or leave it out where parts keep their own "
                "weights."
            )


def _has_weights(branch: Any) -> bool:
    return isinstance(branch, Mapping) and any(
        isinstance(values, PartWeights) for values in branch.values()
    )


def _parts(union: Any) -> Iterator[str]:
    """Names of the parts of a union that may have columns; of anything else none."""
    if hasattr(union, "transformers"):  # ColumnTransformer
        for name, transformer, columns in union.transformers:
            if not _is_dropped(transformer) and not _is_empty(columns):
                yield name
        if not _is_dropped(union.remainder):
            yield "remainder"
    elif hasattr(union, "transformer_list"):  # FeatureUnion
        for name, transformer in union.transformer_list:
            if not _is_dropped(transformer):
                yield name


def _is_empty(columns: Any) -> bool:
    """Whether a list of columns, or a mask, chooses none; what a function chooses is not known."""
    if not isinstance(columns, list | tuple | np.ndarray):
        return False
    columns = np.asarray(columns)
    return not columns.any() if columns.dtype == bool else not columns.size


def _is_dropped(transformer: Any) -> bool:
    return isinstance(transformer, str) and transformer == "drop"
