"""Read a journal that another process may be writing: without a lock, up to what is there."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from ...exceptions import JournalError
from ._file import FORMAT, FORMAT_KEY, HEADER_START
from ._lines import CandidateRecord, EndRecord, Order, Record, from_line, parse


@dataclass(frozen=True, slots=True)
class JournalContents:
    """What a journal holds.

    Parameters
    ----------
    header : dict
        ``"fingerprint"`` and ``"drawn"``.
    records : list of (CandidateRecord or FoldResult, float)
        With the seconds since the search began, in their order.
    end_reason : str or None
        What ended the search; empty: an error. None: it runs, or its process died.
    n_unread : int
        Lines from the first that could not be read on; 0 of a whole journal.
    elapsed : float
        Seconds up to the last line.
    """

    header: dict[str, Any]
    records: list[tuple[Record, float]] = field(default_factory=list)
    end_reason: str | None = None
    n_unread: int = 0
    elapsed: float = 0.0

    @property
    def candidates(self) -> list[CandidateRecord]:
        """The candidates, by number."""
        return [record for record, _ in self.records if isinstance(record, CandidateRecord)]


def read_journal(path: str | os.PathLike[str]) -> JournalContents:
    """Read what is there; the file is neither locked nor changed.

    Raises
    ------
    JournalError
        If it is no journal, or of another format.
    OSError
        If it cannot be read.
    """
    with open(path, "rb") as file:
        data = file.read()
    whole = data[: data.rfind(b"\n") + 1]  # the last line may be half written
    lines = whole.split(b"\n")[:-1]
    name = os.fspath(path)
    if not lines or not lines[0].startswith(HEADER_START):
        raise JournalError(f"{name} is not a journal of sktune.")
    try:
        header = parse(lines[0])
    except ValueError as error:
        raise JournalError(f"{name} is not a journal of sktune: {error}.") from None
    if header[FORMAT_KEY] != FORMAT:
        raise JournalError(
            f"{name} has the format {header[FORMAT_KEY]!r}, of another version of sktune; this "
            f"one reads the format {FORMAT}."
        )
    if not isinstance(header.get("fingerprint"), dict) or "drawn" not in header:
        raise JournalError(f"{name} is not a journal of sktune: its first line is damaged.")
    return _read_lines(header, lines[1:])


def _read_lines(header: dict[str, Any], lines: list[bytes]) -> JournalContents:
    records: list[tuple[Record, float]] = []
    order, end_reason, elapsed = Order(), None, 0.0
    for number, line in enumerate(lines):
        try:
            record, elapsed = from_line(line)
            if not isinstance(record, EndRecord):
                order.check(record)
        except ValueError:
            return JournalContents(header, records, None, len(lines) - number, elapsed)
        if isinstance(record, EndRecord):
            end_reason = record.reason
            continue
        order.add(record)
        records.append((record, elapsed))
        end_reason = None
    return JournalContents(header, records, end_reason, 0, elapsed)
