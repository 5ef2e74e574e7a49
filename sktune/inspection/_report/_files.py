"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise the OSError of a file that cannot be written, before work is spent on its text."""
    path = os.fspath(path)
    if os.path.isdir(path):
        raise IsADirectoryError(f"The report needs the path of a file, got the folder {path!r}.")
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"The report cannot be written: there is no folder {folder!r}.")
    with tempfile.TemporaryFile(dir=folder):
        pass
    if os.path.exists(path) and not os.access(path, os.W_OK):
        raise PermissionError(f"The file {path!r} cannot be written.")


def write_atomically(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file so that no reader ever sees half of it."""
    path = os.fspath(path)
    handle, temporary = tempfile.mkstemp(
        dir=os.path.dirname(path) or ".", prefix=f".{os.path.basename(path)}."
    )
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        # A temporary file is the owner's alone; a page is for everyone the folder is for.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
