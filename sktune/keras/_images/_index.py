"""The index of decoded images on disk: the place of each image, kept in SQLite."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

# A file of another format has another name, and is only used by the version that wrote it.
_NAME, _LOCK_NAME = "index-1.sqlite", "lock-1.sqlite"
# Tells our files from others of the same name: "skti" in ASCII.
_APPLICATION_ID = 0x736B7469

# Longest wait for the index itself, which is locked for milliseconds.
_BUSY_SECONDS = 10
# Between two attempts to become the writer, which may take minutes. SQLite's own waiting is not
# used, because it cannot be interrupted.
_RETRY_SECONDS = 0.02

# Limit of SQLite before 3.32; newer versions allow more.
_MAX_VARIABLES = 900

_SCHEMA = """
CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    form TEXT UNIQUE NOT NULL,
    name TEXT NOT NULL,
    record_bytes INTEGER NOT NULL,
    n_records INTEGER NOT NULL,
    used INTEGER NOT NULL
);
CREATE TABLE images (
    file INTEGER NOT NULL,
    path BLOB NOT NULL,
    mtime_ns INTEGER NOT NULL,
    size INTEGER NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (file, path)
) WITHOUT ROWID;
"""

# Time of the last change in nanoseconds, and size in bytes: they show whether a file has changed.
Stamp = tuple[int, int]


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A file of decoded images of one form, as recorded in the index."""

    id: int
    form: str
    name: str
    record_bytes: int
    n_records: int
    used: int

    @property
    def nbytes(self) -> int:
        """Bytes of all its records."""
        return self.record_bytes * self.n_records


class Index:
    """An open index, for one thread.

    Parameters
    ----------
    directory : Path
        The directory of the cache.
    """

    def __init__(self, directory: Path) -> None:
        self._connection = _connect(directory / _NAME)
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        """Make the tables of a new index."""
        execute = self._connection.execute
        if execute("PRAGMA application_id").fetchone()[0] == _APPLICATION_ID:
            return
        with self._changing():
            if execute("PRAGMA application_id").fetchone()[0] == _APPLICATION_ID:
                return
            if execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise DamagedIndexError("the index is some other database")
            for statement in filter(str.strip, _SCHEMA.split(";")):
                execute(statement)
            execute(f"PRAGMA application_id = {_APPLICATION_ID}")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def check(self) -> None:
        """Raise DamagedIndexError if the index is damaged."""
        if self._connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise DamagedIndexError("the index is damaged")

    def files(self) -> list[RecordFile]:
        """Return the files of all forms, least recently used first."""
        columns = ", ".join(RecordFile.__slots__)
        rows = self._connection.execute(f"SELECT {columns} FROM files ORDER BY used")
        return [RecordFile(*row) for row in rows]

    def find(self, file: RecordFile, stamps: Mapping[str, Stamp]) -> dict[str, int]:
        """Return the records of those images that are in a file unchanged."""
        found = {}
        paths = list(stamps)
        for start in range(0, len(paths), _MAX_VARIABLES):
            part = paths[start : start + _MAX_VARIABLES]
            rows = self._connection.execute(
                "SELECT path, mtime_ns, size, record FROM images WHERE file = ? AND path IN "
                f"({', '.join('?' * len(part))})",
                (file.id, *map(os.fsencode, part)),
            )
            for key, mtime_ns, size, record in rows:
                path = os.fsdecode(key)
                if stamps[path] == (mtime_ns, size):
                    found[path] = record
        return found

    def touch(self, file: RecordFile) -> None:
        """Make a file the most recently used one."""
        newest = self._connection.execute("SELECT max(used) FROM files").fetchone()[0]
        if newest is not None and file.used < newest:
            self._connection.execute(
                "UPDATE files SET used = ? WHERE id = ?", (newest + 1, file.id)
            )

    def add_file(self, form: str, name: str, record_bytes: int) -> RecordFile:
        """Add an empty file for a form that has none."""
        self._connection.execute(
            "INSERT INTO files (form, name, record_bytes, n_records, used) "
            "SELECT ?, ?, ?, 0, coalesce(max(used), 0) + 1 FROM files",
            (form, name, record_bytes),
        )
        return next(file for file in self.files() if file.form == form)

    def remove_file(self, file: RecordFile) -> None:
        """Remove a file and its images from the index."""
        with self._changing():
            self._connection.execute("DELETE FROM images WHERE file = ?", (file.id,))
            self._connection.execute("DELETE FROM files WHERE id = ?", (file.id,))

    def add_images(
        self, file: RecordFile, n_records: int, images: Iterable[tuple[str, Stamp, int]]
    ) -> None:
        """Add images, (path, stamp, record), to a file that now has `n_records` records."""
        with self._changing():
            self._connection.executemany(
                "INSERT OR REPLACE INTO images VALUES (?, ?, ?, ?, ?)",
                ((file.id, os.fsencode(path), *stamp, record) for path, stamp, record in images),
            )
            self._connection.execute(
                "UPDATE files SET n_records = ? WHERE id = ?", (n_records, file.id)
            )

    @contextmanager
    def _changing(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


class DamagedIndexError(sqlite3.DatabaseError):
    """The index is damaged or not ours."""


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether an error means that the file of the index is unusable."""
    damage = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return isinstance(error, DamagedIndexError) or _code(error) in damage


def remove_index(directory: Path) -> None:
    """Remove a damaged index; the caller must be the writer."""
    for name in (_NAME, f"{_NAME}-journal", f"{_NAME}-wal", f"{_NAME}-shm"):
        (directory / name).unlink(missing_ok=True)


@contextmanager
def exclusive_writer(directory: Path) -> Iterator[None]:
    """Wait until no other thread or process writes to the cache, and keep others waiting."""
    # A separate, always empty database: the index itself is committed many times meanwhile.
    path = directory / _LOCK_NAME
    with closing(_connect(path, timeout=0)) as connection:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                break
            except sqlite3.DatabaseError as error:
                if is_damage(error):
                    # In place: processes that have it open would not see a lock on a new file.
                    os.truncate(path, 0)
                elif _code(error) != sqlite3.SQLITE_BUSY:
                    raise
            time.sleep(_RETRY_SECONDS)
        yield  # closing it releases the lock, even after an error


def _connect(path: Path, timeout: float = _BUSY_SECONDS) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=timeout, isolation_level=None)


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary code of an error, 0 where it has none."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
