"""``Journal``: the file of a search, to which each finished fold is added at once."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BufferedReader, FileIO
from typing import Any

from ..._records import FoldResult
from ...exceptions import JournalError, JournalWarning
from ._lines import (
    CandidateRecord,
    EndRecord,
    Order,
    Record,
    can_hold,
    differences,
    dumps,
    from_line,
    parse,
    to_line,
)
from ._lock import open_locked, unlock

# Version of the format, under the key that tells a journal from other files.
FORMAT = 2
FORMAT_KEY = "sktune_journal"
NEEDED = {FORMAT_KEY, "fingerprint", "drawn"}
HEADER_START = b'{"' + FORMAT_KEY.encode() + b'":'

# Seconds of work that may be lost when the machine goes down; an fsync takes some 5 ms.
SYNC_INTERVAL = 1.0

# Differences that a message names.
MAX_SHOWN = 8


class Journal:
    """An append-only file of JSON lines, which outlives the process that writes it.

    The first line is the header; a line follows for each candidate, for each finished fold, in
    the order in which they happened, and for the end of each session. A line cut short at the
    end, by a process that was killed, is removed. A disk that fills up ends the journal with a
    warning, not the search.

    Use :meth:`open`.

    Parameters
    ----------
    path : str
        Shown in messages.
    file : file
        Open for reading and appending without a buffer, and locked.

    Attributes
    ----------
    records : list of CandidateRecord and FoldResult
        What the file held when it was opened, in its order.
    drawn : object
        What the search drew at random when the file was begun, as read back from JSON.
    elapsed : float
        Seconds that the search had taken up to the last of `records`.
    """

    def __init__(self, path: str, file: FileIO) -> None:
        self.records: list[Record] = []
        self.drawn: Any = None
        self.elapsed = 0.0
        self._path = path
        self._file = file
        self._order = Order()
        self._end_record: EndRecord | None = None  # where it is the last line
        self._end = 0
        self._is_writing = True
        self._is_report_lost = False
        self._has_unsynced = False
        self._synced_at = float("-inf")
        # A timer's thread syncs the last line: the next may not come for hours, and the caller's
        # thread may be busy with a fit.
        self._lock = threading.RLock()
        self._timer: threading.Timer | None = None

    @classmethod
    def open(cls, path: str | os.PathLike[str], header: Mapping[str, Any]) -> Journal:
        """Open the journal of a search, or begin it.

        Parameters
        ----------
        path : str or path-like
            The file; its folder must exist.
        header : dict
            ``"fingerprint"``: nested dict that identifies the search, equal in all sessions.
            ``"drawn"``: what was drawn at random; ignored if the file has its own. Further keys
            are written for those who only read the file.

        Returns
        -------
        Journal

        Raises
        ------
        JournalError
            If the file cannot be opened, is in use by another search or belongs to one, is not a
            journal or is damaged. The file is then left unchanged.
        """
        path = os.fspath(path)
        journal = cls(path, open_locked(path))
        try:
            journal._begin(header)
        except BaseException:
            journal._file.close()
            raise
        return journal

    @classmethod
    def peek(cls, path: str | os.PathLike[str], header: Mapping[str, Any]) -> Journal | None:
        """Read only the header of a journal; None if no search has begun in the file.

        The file is left unchanged, and need not exist. For the parameters and errors see
        :meth:`open`.
        """
        path = os.fspath(path)
        if not os.path.isfile(path):
            return None
        try:
            file = FileIO(path)
        except OSError:  # `open` reports why
            return None
        with file, BufferedReader(file) as reader:
            line = reader.readline()
        if not line.endswith(b"\n"):
            return None
        journal = cls(path, file)
        journal._check_header(line[:-1], parse(dumps({FORMAT_KEY: FORMAT, **header}).encode()))
        return journal

    def add_candidate(self, record: CandidateRecord, elapsed: float) -> None:
        """Add a candidate that is about to run, `elapsed` seconds after the search began."""
        self._add(record, elapsed)

    def add_fold(self, result: FoldResult, elapsed: float) -> None:
        """Add a finished fold, `elapsed` seconds after the search began.

        Warns
        -----
        JournalWarning
            Once, if JSON cannot hold the report: null is written for it.
        """
        if not can_hold(result.report):
            result = replace(result, report=None)
            if not self._is_report_lost:
                self._is_report_lost = True
                self._warn(
                    "cannot hold the report of a fit, because JSON cannot; null is written instead"
                )
        self._add(result, elapsed)

    def add_end(self, reason: str, elapsed: float) -> None:
        """Add that the search has ended; what follows is of a later session."""
        record = EndRecord(reason)
        if record != self._end_record:
            with self._lock:
                self._append(to_line(record, elapsed))
            self._end_record = record

    def _sync_rest(self) -> None:
        with self._lock:
            self._timer = None
            if self._has_unsynced and not self._file.closed:
                self._sync()

    def close(self) -> None:
        """Write everything to the disk, and let others use the file."""
        with self._lock:
            if self._file.closed:
                return
            if self._timer is not None:
                self._timer.cancel()
            try:
                if self._has_unsynced:
                    self._sync()
            finally:
                # Explicitly, because a forked worker that still runs has the file open as well.
                with contextlib.suppress(OSError):
                    unlock(self._file.fileno())
                self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _begin(self, header: Mapping[str, Any]) -> None:
        """Read all lines, or write the first; nothing is cut off before all lines were read."""
        text = dumps({FORMAT_KEY: FORMAT, **header})
        data = self._file.read()
        self._end = data.rfind(b"\n") + 1
        if not self._end:
            if not _may_be_cut_header(data):
                raise JournalError(f"{self._name} is not a journal of sktune, and was not changed.")
            self._truncate()
            self._append(text)
            self.drawn = parse(text.encode())["drawn"]
            return
        lines = data[: self._end - 1].split(b"\n")
        self._check_header(lines[0], parse(text.encode()))
        for number, line in enumerate(lines[1:], start=2):
            with self.explained(number):
                record, self.elapsed = from_line(line)
                if not isinstance(record, EndRecord):
                    self._order.check(record)
            self._end_record = record if isinstance(record, EndRecord) else None
            if not isinstance(record, EndRecord):
                self._order.add(record)
                self.records.append(record)
        if len(data) > self._end:
            self._truncate()

    def _check_header(self, line: bytes, own: dict[str, Any]) -> None:
        """Check that the file belongs to this search, and take over what that has drawn."""
        if not line.startswith(HEADER_START):
            raise JournalError(f"{self._name} is not a journal of sktune, and was not changed.")
        with self.explained(1):
            header = parse(line)
        if header[FORMAT_KEY] != FORMAT:
            raise JournalError(
                f"{self._name} has the format {header[FORMAT_KEY]!r}, of another version of "
                f"sktune; this one reads the format {FORMAT}. Give another file to begin the "
                "search again."
            )
        with self.explained(1):
            if missing := NEEDED - header.keys():
                raise ValueError(f"keys are missing: {', '.join(sorted(map(repr, missing)))}")
        found = list(differences("", header["fingerprint"], own["fingerprint"]))
        if found:
            shown = found[:MAX_SHOWN] + ["..."] * (len(found) > MAX_SHOWN)
            raise JournalError(
                f"{self._name} belongs to another search: {'; '.join(shown)}. Give another "
                "file, or the search that it was begun with."
            )
        self.drawn = header["drawn"]

    @contextlib.contextmanager
    def explained(self, number: int) -> Iterator[None]:
        """Name file and line in the error if a line cannot be read."""
        try:
            yield
        except ValueError as error:
            raise JournalError(
                f"{self._name} is damaged in line {number}: {error}. Delete this line and all "
                "that follow to go on from there, or give another file."
            ) from None

    def _add(self, record: Record, elapsed: float) -> None:
        self._order.check(record)
        self._end_record = None
        line = to_line(record, elapsed)
        with self._lock:
            self._append(line)
        self._order.add(record)

    def _append(self, text: str) -> None:
        """Write a line; the file never keeps half of one."""
        if not self._is_writing:
            return
        data = text.encode() + b"\n"
        try:
            _write_all(self._file.fileno(), data)
        except OSError as error:
            self._give_up(error)
            return
        except BaseException:  # Ctrl-C in between: what comes later must not follow half a line
            with contextlib.suppress(OSError):
                self._truncate()
            raise
        self._end += len(data)
        self._has_unsynced = True
        if time.monotonic() - self._synced_at >= SYNC_INTERVAL:
            self._sync()
        if self._has_unsynced and self._timer is None:
            self._timer = threading.Timer(SYNC_INTERVAL, self._sync_rest)
            self._timer.daemon = True
            self._timer.start()

    def _sync(self) -> None:
        # Set before the call: an fsync that fails is not repeated.
        self._has_unsynced = False
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            self._give_up(error)
        self._synced_at = time.monotonic()

    def _give_up(self, error: OSError) -> None:
        """Stop writing, with a warning; the search goes on without its journal."""
        self._is_writing = self._has_unsynced = False
        with contextlib.suppress(OSError):
            self._truncate()
        self._warn(f"cannot be written any more ({error}); the search goes on without it")

    def _truncate(self) -> None:
        """Cut off what follows the last whole line."""
        self._file.truncate(self._end)

    def _warn(self, what: str) -> None:
        warnings.warn(f"{self._name} {what}.", JournalWarning, stacklevel=2)

    @property
    def _name(self) -> str:
        return f"The file journal={self._path!r}"


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _may_be_cut_header(data: bytes) -> bool:
    """Whether a file without a whole line is empty, or holds part of a header only."""
    return data.startswith(HEADER_START) or HEADER_START.startswith(data)
