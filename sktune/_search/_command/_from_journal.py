"""What a report needs of a journal: nothing in it is unpickled, imported or run.

The journal describes its search, and a description is no object: an estimator in a list is shown
by the name of its class, and a distribution is looked up by its name among those of scipy.stats.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import scipy.stats
from scipy.stats import rv_continuous, rv_discrete

from ..._engine import CandidateRecord, JournalContents, read_journal
from ..._records import Candidate, FoldResult
from ..._records._fold_scores import rows_ratio
from ...exceptions import InvalidSpaceError, JournalError
from ...inspection._report import ReportSource, live_source
from ...space import SearchSpace, log_randint
from .._resuming._fingerprint import described_branches
from .._resuming._values import AT_REST, decode_splits

# Numbers that a search draws with are of this size at most.
MAX_ITEMS = 1000


class Described:
    """Stands for an object of which the journal has words only."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Described) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


class DescribedEstimator:
    """Stands for the estimator of a journal: its class by name, and its parameters as described."""

    def __init__(self, description: Any) -> None:
        known = description if isinstance(description, Mapping) else {}
        self.display_name = _last_name(known.get("estimator", "an estimator"))
        self._params: dict[str, Any] = {}
        self._collect(known, "")

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters, those of nested estimators too."""
        return dict(self._params)

    def _collect(self, description: Mapping[str, Any], prefix: str) -> None:
        params = description.get("params", {})
        for name, value in (params if isinstance(params, Mapping) else {}).items():
            self._params[prefix + name] = value_from(value)
            if isinstance(value, Mapping) and "estimator" in value:
                self._collect(value, f"{prefix}{name}__")
            if name in ("steps", "transformers", "estimators") and isinstance(value, list):
                for step in value:
                    items: Any = step.get("tuple", ()) if isinstance(step, Mapping) else ()
                    if len(items) >= 2 and isinstance(items[1], Mapping):
                        self._params[f"{prefix}{items[0]}"] = value_from(items[1])
                        self._collect(items[1], f"{prefix}{items[0]}__")


def source_from_journal(
    path: str | os.PathLike[str], metric: str | None = None
) -> ReportSource | None:
    """A source of what a journal holds by now; None while no fold has ended.

    Parameters
    ----------
    path : str or path-like
        The file, which another process may be writing.
    metric : str, default=None
        None: the one that is maximised.

    Raises
    ------
    JournalError
        If it is no journal, or of another format.
    ValueError
        If there is no such metric, or the search has ended without a fold.
    """
    contents = read_journal(path)
    try:
        splits = decode_splits(contents.header["drawn"]["splits"])
        if not splits:
            raise JournalError(f"{os.fspath(path)} is damaged: it has no folds.")
        return _source(contents, splits, metric)
    except (AttributeError, KeyError, IndexError, TypeError, MemoryError) as error:
        raise JournalError(f"{os.fspath(path)} is damaged: {error!r}.") from error


def _source(
    contents: JournalContents, splits: Sequence[Any], metric: str | None
) -> ReportSource | None:
    known = contents.header["fingerprint"]
    branches = described_branches(known.get("param_distributions"))
    for branch, lists in zip(branches, contents.header.get("lists", ()), strict=False):
        branch.update(lists if isinstance(lists, Mapping) else {})
    candidates = [_candidate(record, branches) for record in contents.candidates]
    folds = [
        (record, max(at - record.fit_time - record.score_time, 0.0), at)
        for record, at in contents.records
        if isinstance(record, FoldResult) and record.split < len(splits)
    ]
    has_ended = contents.end_reason is not None
    if has_ended and not folds:
        raise ValueError("The search of this journal ended before any of its folds did.")
    return live_source(
        candidates,
        folds,
        estimator=DescribedEstimator(known.get("estimator")),
        n_splits=len(splits),
        space=_space(branches),
        metric=metric,
        objective=known.get("objective"),
        test_ratio=rows_ratio(splits),
        is_running=not has_ended,
        kind=_last_name(known.get("search", "search")),
        stop_reason=contents.end_reason or "",
        search_time=contents.elapsed,
        call="",
        seed=str(known.get("random_state", "")),
        cv=value_from(known.get("cv")),
        is_racing=bool(known.get("racing")),
    )


def _candidate(record: CandidateRecord, branches: Sequence[Mapping[str, Any]]) -> Candidate:
    branch = branches[record.branch] if record.branch < len(branches) else {}
    params = {name: _value(item, branch.get(name)) for name, item in record.params.items()}
    return Candidate(
        record.id,
        params,
        record.point,
        record.branch,
        record.source,
        record.resource,
        record.parent,
    )


def _value(item: Any, description: Any) -> Any:
    """A value as the journal has it: a number, a place in a list, or one without an effect."""
    if item == AT_REST:
        return Described("without effect")
    if not isinstance(item, Mapping):
        return item
    if "number" in item:
        return item["number"]
    place, choices = item.get("choice"), _choices(description)
    if isinstance(place, int) and 0 <= place < len(choices):
        return choices[place]
    return Described(f"choice {place}")


def _choices(description: Any) -> list[Any]:
    """The values of a list; empty where the journal has a digest of it."""
    if isinstance(description, Mapping) and "tuple" in description:
        description = description["tuple"]
    if isinstance(description, Mapping) and "data" in description:
        return []
    return list(map(value_from, description)) if isinstance(description, list) else []


def value_from(description: Any) -> Any:
    """A value from its description: itself where JSON can hold it, else words."""
    if description is None or isinstance(description, bool | int | float | str):
        return description
    if isinstance(description, list):
        return [value_from(item) for item in description]
    if not isinstance(description, Mapping):
        return Described(str(description))
    if "tuple" in description and isinstance(description["tuple"], list):
        return tuple(value_from(item) for item in description["tuple"])
    for key in ("estimator", "function", "class", "object", "enum", "distribution", "data"):
        if key in description:
            return Described(_last_name(description[key]))
    return Described(str(description.get("text", dict(description))))


def _last_name(name: Any) -> str:
    return str(name).rpartition(".")[2]


def _space(branches: Sequence[Mapping[str, Any]]) -> SearchSpace | None:
    """The space; None where the journal does not say enough."""
    built = []
    for branch in branches:
        values = {name: _distribution(item) or _choices(item) for name, item in branch.items()}
        if not values or any(isinstance(v, list) and not v for v in values.values()):
            return None
        built.append(values)
    try:
        return SearchSpace.from_distributions(built if len(built) > 1 else built[0])
    except (InvalidSpaceError, OverflowError, TypeError, ValueError):  # numbers of anyone's
        return None


def _distribution(description: Any) -> Any:
    """A distribution by its name and numbers; None where it is none of those that are known."""
    if not isinstance(description, Mapping) or "args" not in description:
        return None
    name, args = description.get("distribution"), description["args"]
    kwds = description.get("kwds", {})
    kwds = kwds.get("dict", kwds) if isinstance(kwds, Mapping) else None
    if not (isinstance(args, list) and isinstance(kwds, Mapping) and isinstance(name, str)):
        return None
    if "values" in description:  # a histogram or the like: its numbers are not all there
        return None
    numbers = [*args, *kwds.values()]
    if len(numbers) > MAX_ITEMS or not all(isinstance(n, int | float) for n in numbers):
        return None
    try:
        if name == "log_randint":
            return log_randint(*args, **kwds)
        generic = getattr(scipy.stats, name, None)
        if not isinstance(generic, rv_continuous | rv_discrete):
            return None
        return generic(*args, **kwds)
    except (OverflowError, TypeError, ValueError):
        return None
