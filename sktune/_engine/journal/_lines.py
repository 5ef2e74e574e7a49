"""Lines of a journal: records to JSON and back, exactly; nothing is pickled or evaluated."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from numbers import Integral, Real
from typing import Any

import numpy as np

from ..._records import FoldResult
from ...exceptions import JournalError

# Characters of a value that a message shows.
MAX_CHARACTERS = 60

MISSING = object()


@dataclass(frozen=True, slots=True)
class CandidateRecord:
    """What a journal keeps of a candidate.

    Parameters
    ----------
    id, branch, point, source, resource, parent
        As in :class:`Candidate`.
    progress : float
        Share of the budget that was used when the optimiser was asked.
    n_slots : int
        Workers that the optimiser was told of.
    params : dict of str to object
        The setting, in a form that JSON can hold.
    """

    id: int
    branch: int
    point: tuple[float, ...]
    source: str
    progress: float
    n_slots: int
    params: dict[str, Any]
    resource: int | None = None
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class EndRecord:
    """What a journal keeps of the end of a session.

    Parameters
    ----------
    reason : str
        What ended the search; empty: an error.
    """

    reason: str


Record = CandidateRecord | FoldResult
Line = Record | EndRecord

# Fields of a fold that a journal does not keep: data, and what holds for one session only.
UNWRITTEN = ("rows", "rows_are_predictions", "state", "is_state_lost")


def dumps(value: Any) -> str:
    """One line of JSON, in ASCII, so that it can hold any text, even a lone surrogate."""
    return json.dumps(value, default=_plain, separators=(",", ":"))


def to_line(record: Line, elapsed: float) -> str:
    """A record and the seconds since the search began; TypeError if JSON cannot hold it."""
    if isinstance(record, EndRecord):
        return dumps({"kind": "end", "t": elapsed, "reason": record.reason})
    if isinstance(record, CandidateRecord):
        return dumps({"kind": "candidate", "t": elapsed, **asdict(record)})
    names = [field.name for field in fields(record) if field.name not in UNWRITTEN]
    values = {name: getattr(record, name) for name in names}
    values["failed_metrics"] = sorted(record.failed_metrics)
    return dumps({"kind": "fold", "t": elapsed, **values})


def from_line(line: bytes) -> tuple[Line, float]:
    """The record of a line and its seconds; ValueError, with what is wrong, if it has none."""
    data = parse(line)
    kind, elapsed = data.pop("kind", None), data.pop("t", None)
    if kind not in list(CHECKS):
        raise ValueError(f"its kind is {_shortened(repr(kind))}, not 'candidate', 'fold' or 'end'")
    if not _is_number(elapsed) or not elapsed >= 0:
        raise ValueError(f"its time t is {_shortened(repr(elapsed))}")
    if wrong := sorted(data.keys() ^ CHECKS[kind].keys()):
        raise ValueError(f"keys are missing or unknown: {', '.join(map(repr, wrong))}")
    for name, is_valid in CHECKS[kind].items():
        if not is_valid(data[name]):
            raise ValueError(f"{name!r} cannot be {_shortened(repr(data[name]))}")
    if kind == "end":
        return EndRecord(**data), elapsed
    if kind == "candidate":
        return CandidateRecord(**data | {"point": tuple(data["point"])}), elapsed
    return FoldResult(**data | {"failed_metrics": frozenset(data["failed_metrics"])}), elapsed


def parse(line: bytes) -> dict[str, Any]:
    """The dict of a line; ValueError if it has none."""
    try:
        data = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is not JSON ({error})") from None
    if not isinstance(data, dict):
        raise ValueError("it is not a JSON object")
    return data


def can_hold(report: Any) -> bool:
    """Whether JSON can hold a report: a number as a key would come back as text."""
    try:
        dumps(report)
    except (TypeError, ValueError, RecursionError):
        return False
    return _has_text_keys(report)


def differences(where: str, theirs: Any, own: Any) -> Iterator[str]:
    """Differences between two nested descriptions, each with its place."""
    if isinstance(theirs, dict) and isinstance(own, dict):
        for key in sorted(theirs.keys() | own.keys()):
            place = f"{where}.{key}" if where else key
            yield from differences(place, theirs.get(key, MISSING), own.get(key, MISSING))
    elif isinstance(theirs, list) and isinstance(own, list) and len(theirs) == len(own):
        for index, pair in enumerate(zip(theirs, own, strict=True)):
            yield from differences(f"{where}[{index}]", *pair)
    # As text: 1, 1.0 and True are equal, and nan is not equal to itself.
    elif (a := _shown(theirs)) != (b := _shown(own)):
        yield f"{where} is {_shortened(b)} here and {_shortened(a)} in the file"


class Order:
    """Checks the order of records: candidates by id, each fold once and after its candidate."""

    def __init__(self) -> None:
        self._n_candidates = 0
        self._folds: set[tuple[int, int]] = set()

    def check(self, record: Record) -> None:
        """Raise JournalError if a record cannot come next."""
        if isinstance(record, CandidateRecord):
            if record.id != self._n_candidates:
                raise JournalError(f"candidate {self._n_candidates} is next, got {record.id}")
            if record.parent is not None and record.parent >= record.id:
                raise JournalError(f"candidate {record.id} has the parent {record.parent}")
        elif not 0 <= record.candidate_id < self._n_candidates:
            raise JournalError(f"candidate {record.candidate_id} was not started before its fold")
        elif (record.candidate_id, record.split) in self._folds:
            raise JournalError(
                f"split {record.split} of candidate {record.candidate_id} is there twice"
            )

    def add(self, record: Record) -> None:
        """Note a record that was checked."""
        if isinstance(record, CandidateRecord):
            self._n_candidates += 1
        else:
            self._folds.add((record.candidate_id, record.split))


def _shown(value: Any) -> str:
    return "nothing" if value is MISSING else dumps(value)


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 3] + "..."


def _plain(value: Any) -> Any:
    """What JSON holds in place of a NumPy scalar, an array or a mapping."""
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"JSON cannot hold a {type(value).__name__}")


def _has_text_keys(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(k, str) and _has_text_keys(v) for k, v in value.items())
    return not isinstance(value, list | tuple) or all(map(_has_text_keys, value))


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _are_scores(value: Any) -> bool:
    return all(map(_is_number, value.values())) if isinstance(value, dict) else _is_number(value)


def _is_report(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict) and all(isinstance(inner, dict) for inner in value.values())
    )


def _is_list_of(is_valid: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(is_valid, value))


def _is_a(kind: Any) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kind)


# What each key of a line may hold; the keys are those of the dataclasses.
CHECKS: dict[str, dict[str, Callable[[Any], bool]]] = {
    "candidate": {
        "id": _is_count,
        "branch": _is_count,
        "point": _is_list_of(_is_number),
        "source": _is_a(str),
        "progress": _is_number,
        "n_slots": _is_count,
        "params": _is_a(dict),
        "resource": lambda value: value is None or (_is_count(value) and value > 0),
        "parent": lambda value: value is None or _is_count(value),
    },
    "fold": {
        "candidate_id": _is_count,
        "split": _is_count,
        "test_scores": _are_scores,
        "train_scores": lambda value: value is None or _are_scores(value),
        "fit_time": _is_number,
        "score_time": _is_number,
        "fit_error": _is_a(str | None),
        "failed_metrics": _is_list_of(_is_a(str)),
        "report": _is_report,
        "timed_out": _is_a(bool),
        "asks_to_stop": _is_a(bool),
        "is_run": _is_a(bool),
        "worker": _is_a(str | None),
    },
    "end": {"reason": _is_a(str)},
}
