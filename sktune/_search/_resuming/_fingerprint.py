"""The fingerprint of a search, which decides what journal it may continue."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Number
from typing import Any

import numpy as np

from ..._identity._data import as_text, describe_data, qualified_name
from ..._identity._describe import describe
from ..._identity._functions import digest
from ...space import SearchSpace
from .._inputs._spaces import ReadSpace

__all__ = ["describe", "described_branches", "digested_lists", "file_name", "fingerprint"]

# Parameters that do not change the result of a fold, and may differ in the next session.
FREE = frozenset(
    {
        "check_parts",
        "journal",
        "keep_predictions",
        "max_time",
        "n_iter",
        "n_jobs",
        "pre_dispatch",
        "refit",
        "state_folder",
        "state_limit",
        "stop_when_converged",
        "verbose",
        "warm_start_from",  # what was read from it must not differ
        "winner",
    }
)

# Quantiles at which distributions are compared, and the digits that count: numerical inverses may
# give other last digits on another machine.
UNITS = (0.0, 0.25, 0.5, 0.75, 1.0)
DIGITS = 6

# Elements of a list that are written for readers of a journal, at most: some 200 kB.
MAX_LISTED = 10_000


def fingerprint(
    search: Any, X: Any, y: Any, params: Mapping[str, Any], read: ReadSpace
) -> dict[str, Any]:
    """Describe all that the results of the folds of a search depend on.

    Parameters
    ----------
    search : estimator
        The search; all its parameters are described but those that may change between sessions,
        such as `n_iter` and `n_jobs`. A `random_state` that is not an int is only "unseeded".
    X, y : object
        The data.
    params : dict of str to object
        Further arguments of ``fit``, such as `sample_weight`.
    read : ReadSpace
        What ``param_distributions`` was read as.

    Returns
    -------
    dict of str to object
        What JSON can hold; the same in every process.
    """
    own = search.get_params(deep=False)
    described = {name: describe(value) for name, value in own.items() if name not in FREE}
    seed = own.get("random_state")
    described["random_state"] = int(seed) if isinstance(seed, Integral) else "unseeded"
    # The conditions that result are described instead; if there are none, the key is left out, so
    # that older journals, which do not have it, can be continued.
    described.pop("conditions", None)
    described["param_distributions"] = describe(read.distributions)
    space = read.space
    if any(space.at_rest):
        described["conditions"] = describe([space.conditions, space.at_rest])
    return {
        "search": qualified_name(type(search)),
        **described,
        "space": [_describe_dimension(dimension) for dimension in space.dimensions],
        "X": _describe_samples(X),
        "y": _describe_samples(y),
        "metadata": {name: _describe_samples(value) for name, value in params.items()},
    }


def file_name(fingerprint: Mapping[str, Any]) -> str:
    """Name of the journal of a search in a folder of journals."""
    return digest(as_text(fingerprint).encode()) + ".jsonl"


def described_branches(description: Any) -> list[dict[str, Any]]:
    """The dicts of a described space, each from names to what stands for their values."""
    dicts = description if isinstance(description, list) else [description]
    return [
        dict(branch["dict"]) if isinstance(branch, Mapping) and "dict" in branch else {}
        for branch in dicts
    ]


def digested_lists(known: Mapping[str, Any], space: SearchSpace) -> list[dict[str, list[Any]]]:
    """Elements of lists of which a fingerprint has a digest only, such as arrays, by branch.

    They are for those who read a journal and do not have the space.
    """
    found: list[dict[str, list[Any]]] = []
    for number, branch in enumerate(described_branches(known.get("param_distributions"))):
        found.append({})
        for name, dimension in space.branch_dimensions(number).items():
            described = branch.get(name)
            is_told = isinstance(described, list) or "tuple" in (described or ())
            values = getattr(dimension, "values", ())
            if dimension.is_listed and not is_told and 0 < len(values) <= MAX_LISTED:
                found[-1][name] = [describe(value) for value in values]
    return found


def _describe_dimension(dimension: Any) -> list[Any]:
    """Kind and size of a dimension, and values of a distribution.

    The arguments of a distribution are not enough: a histogram also has data, and a class of the
    user's may have anything.
    """
    described = [dimension.name, type(dimension).__name__, float(dimension.n_values)]
    if not dimension.is_listed:
        given = getattr(dimension, "values", None)
        if given is None:
            given = [f"{dimension.from_unit(unit):.{DIGITS}g}" for unit in UNITS]
        described.append(describe(list(given)))
    return described


def _describe_samples(value: Any) -> Any:
    """Describe data; lists of numbers as an array, whose digest is a hundred times as fast."""
    if isinstance(value, list | tuple) and isinstance(_first(value), Number):
        try:
            array = np.asarray(value)
        except (TypeError, ValueError, OverflowError):  # lists of unequal length
            return describe(value)
        if array.dtype.kind in "biufc":
            return {"list": describe_data(array, describe)}
    return describe(value)


def _first(value: Any) -> Any:
    """The first element of nested lists that is not a list."""
    while isinstance(value, list | tuple) and value:
        value = value[0]
    return value
