"""``Tuned``: the linear model in an estimator, what is tuned of it, and every complaint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.pipeline import Pipeline
from sklearn.utils.multiclass import type_of_target

from ..._hypergradients import complaint, known_model
from ..._sklearn_compat import safe_indexing
from ...exceptions import InvalidSpaceError
from ...space import SearchSpace
from ...space._dimensions._base import ConstantDimension
from ...space._dimensions._numbers import RealDimension
from ...space._part_weights import PARAMETER, own_weights

INSTEAD = "BayesSearchCV needs no gradient."


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a search by gradients tunes.

    Parameters
    ----------
    names : dict of str to str
        Parameters of the model that vary, by their names in the model.
    union : str or None
        The parameter that holds the weights of the parts; None: there are none.
    weights : dict of str to float
        The weights that the parts have now.
    constants : dict of str to object
        Parameters of the space with one value.
    """

    names: Mapping[str, str]
    union: str | None
    weights: Mapping[str, float]
    constants: Mapping[str, Any]


def model_of(estimator: Any) -> Any:
    """The model itself, or the last step of a Pipeline."""
    return estimator.steps[-1][1] if is_pipeline(estimator) else estimator


def is_pipeline(estimator: Any) -> bool:
    """Whether an estimator is fitted by the method of ``Pipeline``."""
    return isinstance(estimator, Pipeline) and type(estimator).fit is Pipeline.fit


def configured(estimator: Any, constants: Mapping[str, Any]) -> Any:
    """A copy of an estimator with the parameters of a space that have one value.

    They may be steps, or all of them, so that nothing of the estimator is read before.
    """
    return clone(estimator).set_params(**clone(dict(constants), safe=False))


def read_tuned(estimator: Any, space: SearchSpace) -> Tuned:
    """What a space tunes of an estimator.

    Raises
    ------
    InvalidSpaceError
        If some of it has no gradient; before any fit.
    """
    if space.n_branches > 1:
        raise InvalidSpaceError(
            f"param_distributions must be one dict for a search by gradients, got a list of "
            f"{space.n_branches}. {INSTEAD}"
        )
    dimensions = space.branch_dimensions(0)
    constants = {n: d.values[0] for n, d in dimensions.items() if isinstance(d, ConstantDimension)}
    whole = configured(estimator, constants)
    model = model_of(whole)
    if known_model(model) is None:
        raise InvalidSpaceError(_sentence(whole, complaint(model)))
    prefix = f"{whole.steps[-1][0]}__" if is_pipeline(whole) else ""
    in_parts = space.parts.flat(dict.fromkeys(space.parts.parts))
    names: dict[str, str] = {}
    for name, dimension in dimensions.items():
        if name in constants or name in in_parts:
            continue
        _check_range(name, name.removeprefix(prefix), dimension, model)
        names[name.removeprefix(prefix)] = name
    if (found := complaint(model, names)) is not None:
        raise InvalidSpaceError(_sentence(whole, found))
    for name in space.parts.parts:
        _check_union(whole, name)
    if not names and not in_parts:
        raise InvalidSpaceError("param_distributions has nothing that varies: there is no descent.")
    union = next(iter(space.parts.parts), None)
    return Tuned(names, union, _weights(union, estimator, whole), constants)


def check_classes(estimator: Any, tuned: Tuned, y: Any, splits: Sequence[tuple[Any, Any]]) -> None:
    """Raise ValueError for classes without a gradient.

    There are too many for the solver, or a training part lacks one: the loss of its rows is
    infinite.
    """
    whole = configured(estimator, tuned.constants)
    if y is None or not is_classifier(whole):
        return
    if type_of_target(y) not in ("binary", "multiclass"):  # which the model refuses
        return
    everywhere = np.unique(np.asarray(y))
    found = complaint(model_of(whole), tuned.names, n_classes=len(everywhere))
    if found is not None:
        raise ValueError(_sentence(whole, found))
    for split, (train, _) in enumerate(splits):
        missing = np.setdiff1d(everywhere, np.unique(np.asarray(safe_indexing(y, train))))
        if len(missing) and len(everywhere) > 1:
            raise ValueError(
                f"The training part of split {split} has no rows of "
                f"{', '.join(repr(label) for label in missing.tolist())}, so the loss of such rows "
                "in its test part is infinite: use fewer folds, or StratifiedKFold."
            )


def check_starts(starts: Sequence[Mapping[str, Any]], tuned: Tuned) -> None:
    """Raise InvalidSpaceError for an l1_ratio at an end, where there is no slope."""
    name = tuned.names.get("l1_ratio")
    for place, params in enumerate(starts):
        if name is not None and params.get(name) in (0, 1):
            raise InvalidSpaceError(
                f"initial_params[{place}]: {name!r} is {params[name]!r}, where the penalty is of "
                "another kind and has no slope; it must lie between 0 and 1, both excluded."
            )


def _weights(union: str | None, estimator: Any, whole: Any) -> dict[str, float]:
    """The weights that parts have; InvalidSpaceError if constants make other parts."""
    if union is None:
        return {}
    before, weights = (own_weights(union, each, warns=False) for each in (estimator, whole))
    if weights != before:
        raise InvalidSpaceError(
            f"Parameter {union!r} has PartWeights for {', '.join(map(repr, before))}, but with "
            "what param_distributions sets there are other parts, or other weights: set it in the "
            "estimator itself."
        )
    return weights


def _check_range(name: str, short: str, dimension: Any, model: Any) -> None:
    """Raise InvalidSpaceError for what no slope can be followed along."""
    parameters: Sequence[str] = known_model(model).parameters  # type: ignore[union-attr]
    if short not in parameters:
        own = [repr(each) for each in parameters if each in model.get_params(deep=False)]
        raise InvalidSpaceError(
            f"Parameter {name!r} has no gradient; of {type(model).__name__} those with one are "
            f"{' and '.join(own)}, and PartWeights for the parts before it. {INSTEAD}"
        )
    if not isinstance(dimension, RealDimension):
        raise InvalidSpaceError(
            f"Parameter {name!r} must be a continuous distribution, such as loguniform(1e-4, 1e4), "
            f"for a search by gradients; got {dimension.describe()}. {INSTEAD}"
        )
    if not np.isfinite(dimension.support).all():
        raise InvalidSpaceError(
            f"Parameter {name!r} must have a distribution with two ends, such as "
            f"loguniform(1e-4, 1e4); got {dimension.describe()}."
        )
    if dimension.support[0] < 0 or (short == "l1_ratio" and dimension.support[1] > 1):
        wanted = "between 0 and 1" if short == "l1_ratio" else "positive"
        raise InvalidSpaceError(f"Parameter {name!r} must be {wanted}; got {dimension.describe()}.")


def _check_union(estimator: Any, union: str) -> None:
    """Raise InvalidSpaceError where columns do not go from the parts to the model as they are."""
    owner = union.removesuffix(PARAMETER).removesuffix("__")
    steps = estimator.steps[:-1] if is_pipeline(estimator) else []
    names = [name for name, _ in steps]
    if owner not in names:
        raise InvalidSpaceError(
            f"Parameter {union!r} has no gradient: a ColumnTransformer or FeatureUnion with "
            f"PartWeights must be a step of the Pipeline, before the model. {INSTEAD}"
        )
    for name, step in steps[names.index(owner) + 1 :]:
        if step is not None and step != "passthrough":
            raise InvalidSpaceError(
                f"Step {name!r} ({type(step).__name__}) stands between the parts of {owner!r} and "
                "the model: it rescales, mixes or chooses columns, so that the weights are no "
                f"penalties. Do it inside the parts, as in ('text', make_pipeline(..., "
                f"{type(step).__name__}()), columns)."
            )


def _sentence(estimator: Any, complaint: str | None) -> str:
    place = "The last step of the Pipeline: " if is_pipeline(estimator) else ""
    return f"{place}{complaint}. {INSTEAD}"
