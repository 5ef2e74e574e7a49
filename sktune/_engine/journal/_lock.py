"""A file that one search at a time may have open."""

from __future__ import annotations

import errno
import os
import stat
import sys
import warnings
from io import FileIO

from ...exceptions import JournalError, JournalWarning

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# Byte that is locked on Windows: beyond all text, because nobody else can read a locked byte.
LOCK_POSITION = 2**31 - 2


def open_locked(path: str) -> FileIO:
    """Open a file for reading and appending, and lock it."""
    try:
        file = FileIO(path, "a+")
    except OSError as error:
        raise JournalError(
            f"The file journal={path!r} cannot be opened: {error.strerror}. It must be a file "
            "that can be written, new or a journal, in a folder that exists."
        ) from error
    try:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise JournalError(f"journal={path!r} must be a file on a disk, and is not.")
        _lock(path, file.fileno())
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def _lock(path: str, descriptor: int) -> None:
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, LOCK_POSITION, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK):
            raise JournalError(
                f"The file journal={path!r} is in use: another search is using the file. Wait "
                "until it has ended, or give each search a file of its own."
            ) from None
        # Some file systems of clusters do not support locks.
        warnings.warn(
            f"The file journal={path!r} cannot be locked ({error}): make sure that no other search "
            "uses it at the same time.",
            JournalWarning,
            stacklevel=2,
        )


def unlock(descriptor: int) -> None:
    """Release the lock of a file."""
    if sys.platform == "win32":
        os.lseek(descriptor, LOCK_POSITION, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
