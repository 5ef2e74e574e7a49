"""Images decoded once, on disk, for all folds, candidates, threads and worker processes.

For each form of images (size, colours, interpolation) there is one file of records without any
header, which only grows: a record is never changed once it is written, so readers need no lock.
An index lists the contents of the files; records are added to it after their bytes are written.
Only one call adds images at a time; the others wait and then find them decoded.
"""

from __future__ import annotations

import errno
import math
import os
import re
import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import joblib
import numpy as np

from ._array import ImageArray, make_array
from ._file import Form, file_error, try_decode
from ._index import Index, RecordFile, Stamp, exclusive_writer, is_damage, remove_index

MB = 2**20

# Decoded images in memory at once, and so the most that an interrupted call loses.
_CHUNK_BYTES = 32 * MB

# Only files with such names are ever removed from a directory, which may hold other things.
_RECORDS_NAME = re.compile(r"\d+x\d+-\w+-\w+-[0-9a-f]{32}\.records")


def default_directory() -> Path:
    """Return the directory for decoded images in the user's cache directory."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join("~", ".cache")
    return Path(home) / "sktune" / "images"


class ImageCache:
    """Decoded images in a directory.

    Parameters
    ----------
    directory : str, path-like or None
        Where they are kept; created if it does not exist. ``None``: `default_directory`.
    limit_mb : float
        Most that the decoded images may take on disk, in MB of 2**20 bytes.
    """

    def __init__(self, directory: str | os.PathLike[str] | None, limit_mb: float) -> None:
        directory = default_directory() if directory is None else Path(directory)
        # A worker may have another working directory.
        self._directory = directory.expanduser().absolute()
        self._limit_mb = limit_mb

    def read(self, paths: Sequence[str], form: Form, rescale: float | None) -> ImageArray:
        """Return the images of files, absolute paths; decode those that are not in the cache."""
        stamps = _stamps(paths)
        self._check_limit(len(stamps), form)
        try:
            self._make_directory()
            try:
                return self._read(paths, stamps, form, rescale)
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                self._replace_index()
                return self._read(paths, stamps, form, rescale)
        except (sqlite3.Error, OSError) as error:
            number = getattr(error, "errno", None) or errno.EIO
            # The error number keeps the subclass, such as PermissionError.
            raise OSError(
                number,
                f"The cache of decoded images in {str(self._directory)!r} cannot be used: "
                f"{error}. Set cache_dir to another directory.",
            ) from error

    def _read(
        self, paths: Sequence[str], stamps: Mapping[str, Stamp], form: Form, rescale: float | None
    ) -> ImageArray:
        with closing(Index(self._directory)) as index:
            images = self._find(index, paths, stamps, form, rescale)
        if images is not None:
            return images
        # Opened again: the previous writer may have replaced a damaged index.
        with exclusive_writer(self._directory), closing(Index(self._directory)) as index:
            self._add(index, stamps, form)
            images = self._find(index, paths, stamps, form, rescale)
        if images is None:
            raise OSError(f"Another program removes decoded images from {str(self._directory)!r}.")
        return images

    def _find(
        self,
        index: Index,
        paths: Sequence[str],
        stamps: Mapping[str, Stamp],
        form: Form,
        rescale: float | None,
    ) -> ImageArray | None:
        """Return images if all are in the cache."""
        file = self._file(index, form)
        records = {} if file is None else index.find(file, stamps)
        if file is None or len(records) < len(stamps):
            return None
        index.touch(file)
        where = str(self._directory / file.name)
        try:
            return make_array(where, [records[path] for path in paths], form.shape, rescale)
        except FileNotFoundError:  # it was removed since we looked
            return None

    def _file(self, index: Index, form: Form) -> RecordFile | None:
        """Return the file of a form, if it exists and is complete."""
        file = next((file for file in index.files() if file.form == form.name), None)
        if file is None or file.record_bytes != form.nbytes:
            return None
        try:
            n_bytes = (self._directory / file.name).stat().st_size
        except FileNotFoundError:
            return None
        return file if n_bytes >= file.nbytes else None

    def _add(self, index: Index, stamps: Mapping[str, Stamp], form: Form) -> None:
        """Decode the missing images; the caller must be the writer."""
        file = self._file(index, form)
        found = {} if file is None else index.find(file, stamps)
        missing = {path: stamp for path, stamp in stamps.items() if path not in found}
        if not missing:
            return
        n_kept = 0 if file is None else file.n_records
        if file is None or (n_kept + len(missing)) * form.nbytes > self._limit_mb * MB:
            file, missing = None, dict(stamps)
        self._make_room(index, form, file, len(missing))
        if file is None:
            name = f"{form.name}-{uuid.uuid4().hex}.records"
            (self._directory / name).touch(mode=0o600)
            file = index.add_file(form.name, name, form.nbytes)
        self._decode(index, file, missing, form)

    def _make_room(self, index: Index, form: Form, keep: RecordFile | None, n_more: int) -> None:
        """Remove all files of a form but `keep`, and others until `n_more` images fit."""
        n_bytes = (0 if keep is None else keep.nbytes) + n_more * form.nbytes
        others = [file for file in index.files() if file != keep]
        n_bytes += sum(file.nbytes for file in others if file.form != form.name)
        for file in others:
            if file.form == form.name:
                index.remove_file(file)
            elif n_bytes > self._limit_mb * MB:
                index.remove_file(file)
                n_bytes -= file.nbytes
        named = {file.name for file in index.files()}
        for entry in list(os.scandir(self._directory)):
            # This also removes files that a crash or a lost index left behind.
            if _RECORDS_NAME.fullmatch(entry.name) and entry.name not in named:
                _remove(Path(entry.path))

    def _decode(
        self, index: Index, file: RecordFile, stamps: Mapping[str, Stamp], form: Form
    ) -> None:
        """Decode images and add them to a file, a chunk at a time."""
        paths, n_records = list(stamps), file.n_records
        problems: list[tuple[str, str]] = []
        n_threads = joblib.cpu_count()
        n_chunk = max(n_threads, _CHUNK_BYTES // form.nbytes)
        with (
            open(self._directory / file.name, "r+b") as records,
            ThreadPoolExecutor(n_threads) as pool,
        ):
            for start in range(0, len(paths), n_chunk):
                chunk = paths[start : start + n_chunk]
                results = zip(chunk, pool.map(partial(try_decode, form=form), chunk), strict=True)
                images: list[tuple[str, Stamp, int]] = []
                records.seek(n_records * form.nbytes)
                for path, result in results:
                    if isinstance(result, str):
                        problems.append((path, result))
                        continue
                    records.write(np.ascontiguousarray(result).data)
                    images.append((path, stamps[path], n_records + len(images)))
                records.flush()
                os.fsync(records.fileno())  # the index must not know of more than the disk has
                n_records += len(images)
                index.add_images(file, n_records, images)
        if problems:
            raise file_error(problems, "Images that cannot be decoded")

    def _check_limit(self, n_images: int, form: Form) -> None:
        needed = n_images * form.nbytes / MB
        if needed > self._limit_mb:
            raise ValueError(
                f"{n_images} images of {form.height}x{form.width} take {needed:.1f} MB when they "
                f"are decoded, but cache_mb={self._limit_mb!r} is the limit: set cache_mb to at "
                f"least {math.ceil(needed)}, or a smaller size."
            )

    def _make_directory(self) -> None:
        self._directory.parent.mkdir(parents=True, exist_ok=True)
        self._directory.mkdir(mode=0o700, exist_ok=True)

    def _replace_index(self) -> None:
        """Become the writer, and remove the index if it is still damaged."""
        with exclusive_writer(self._directory):
            try:
                with closing(Index(self._directory)) as index:
                    index.check()
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                remove_index(self._directory)


def _stamps(paths: Sequence[str]) -> dict[str, Stamp]:
    """Return the stamps that show whether files have changed; raise if files are missing."""
    stamps: dict[str, Stamp] = {}
    problems: dict[str, str] = {}
    for path in paths:
        if path in stamps or path in problems:
            continue
        try:
            status = os.stat(path)
            stamps[path] = (status.st_mtime_ns, status.st_size)
        except (OSError, ValueError) as error:  # the latter for a null character
            problems[path] = getattr(error, "strerror", None) or str(error)
    if problems:
        raise file_error(list(problems.items()), "Image files that cannot be found")
    return stamps


def _remove(path: Path) -> None:
    with suppress(PermissionError):  # on Windows, while it is being read: removed another time
        path.unlink(missing_ok=True)
