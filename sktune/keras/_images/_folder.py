"""List and check image files in one folder per class, before any of them is used."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from sktune.exceptions import ImageFileError, SkippedFilesWarning

from ._file import KINDS, find_problem, list_some, readable_suffixes, require_pillow

# Files that operating systems leave in folders, besides names with a leading dot.
_HIDDEN = {"thumbs.db", "desktop.ini"}
_WHAT_IS_AN_IMAGE = (
    f"Images of a class are {KINDS} files directly in its folder; folders inside are not searched."
)


def load_image_folder(
    path: str | os.PathLike[str], *, class_names: Iterable[str] | None = None
) -> Bunch:
    """List the images of a folder that contains one folder per class.

    An image is a file with the suffix ``.png``, ``.jpg``, ``.jpeg``, ``.bmp``, ``.gif``,
    ``.webp``, ``.tif`` or ``.tiff``, in either case, directly in the folder of its class: folders
    inside that are not searched. WebP is read where Pillow was built with it.
    Hidden files and folders (a leading dot, ``Thumbs.db``, ``desktop.ini``) are ignored.

    Pixels are decoded only where necessary, and never kept. Still, each file is opened: a file
    that cannot be read, is empty or truncated, does not have the format of its suffix, or is a
    PNG with wrong checksums, is reported here and not by a fit hours later.

    Parameters
    ----------
    path : str or path-like
        The folder; the folders in it are named after the classes.
    class_names : iterable of str, default=None
        The expected classes, for a test set those of the training set. Each must have a folder,
        which may then be empty. ``None``: the names of the folders, none of which may be empty.

    Returns
    -------
    sklearn.utils.Bunch
        With the attributes

        data : ndarray of str, shape (n_images,)
            Absolute paths, sorted by class and file name.
        target : ndarray of str, shape (n_images,)
            Class of each image.
        target_names : list of str
            Classes: sorted names of the folders, or ``class_names`` as given.
        filenames : ndarray of str, shape (n_images,)
            The same as ``data``, for compatibility with ``sklearn.datasets.load_files``.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If ``path`` does not exist or is not a folder.
    ImageFileError
        If there is no folder of a class, one has no image and ``class_names`` is not given, or
        image files are damaged; the message names all of them. It is a ValueError, too.
    ValueError
        If the folders do not match ``class_names``.

    Warns
    -----
    SkippedFilesWarning
        If there are other files or folders; they are counted by suffix and left out.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from sktune.keras import load_image_folder
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ["cat/1.png", "cat/2.png", "dog/1.png"]:
    ...         Path(folder, name).parent.mkdir(exist_ok=True)
    ...         Image.new("RGB", (8, 8)).save(Path(folder, name))
    ...     train = load_image_folder(folder)
    >>> train.target_names, train.target.tolist()
    (['cat', 'dog'], ['cat', 'cat', 'dog'])
    """
    require_pillow("sktune.keras.load_image_folder")
    root = Path(os.path.abspath(path))
    names = None if class_names is None else _check_names(class_names)
    folder = _list_folder(root)
    if names is not None:
        _compare_names(root, sorted(folder.images), names)
    _raise_problems(root, folder, allow_empty=names is not None)
    if folder.skipped:
        _warn_of_skipped(root, folder.skipped)
    files = [(str(root / name / file), name) for name in folder.images for file in folder[name]]
    data = np.array([file for file, _ in files])
    return Bunch(
        data=data,
        target=np.array([name for _, name in files]),
        target_names=names or list(folder.images),
        filenames=data,
    )


@dataclass
class _Folder:
    """Image files by class, and everything else that was found; paths relative to the root."""

    images: dict[str, list[str]] = field(default_factory=dict)
    skipped: list[tuple[str, str]] = field(default_factory=list)  # (path, what it is)
    problems: list[tuple[str, str]] = field(default_factory=list)  # (path, what is wrong)

    def __getitem__(self, name: str) -> list[str]:
        return self.images[name]


def _list_folder(root: Path) -> _Folder:
    """Return what is in a folder of classes, sorted."""
    found = _Folder()
    if not root.exists():
        raise FileNotFoundError(f"The folder of classes {str(root)!r} does not exist.")
    if not root.is_dir():
        raise NotADirectoryError(
            f"{str(root)!r} is not a folder: give the folder that contains the classes."
        )
    for entry in _entries(root):
        if entry.is_dir():
            _list_class(entry, found)
        else:
            found.skipped.append((entry.name, _kind(entry)))
    if not found.images:
        raise ImageFileError(
            f"{str(root)!r} contains no folder. Put the images into one folder per class, "
            "such as 'cat/1.png' and 'dog/1.png'."
        )
    return found


def _list_class(folder: os.DirEntry[str], found: _Folder) -> None:
    """Add what is in the folder of a class."""
    found.images[folder.name] = []
    try:
        entries = _entries(folder)
    except OSError as error:
        found.problems.append((folder.name, error.strerror or str(error)))
        return
    suffixes = readable_suffixes()
    for entry in entries:
        # A broken link is neither file nor folder, and should be reported.
        is_file = entry.is_file() or entry.is_symlink()
        if is_file and not entry.is_dir() and _suffix(entry) in suffixes:
            found.images[folder.name].append(entry.name)
        else:
            found.skipped.append((f"{folder.name}/{entry.name}", _kind(entry)))


def _entries(folder: str | os.PathLike[str]) -> list[os.DirEntry[str]]:
    """Return the entries of a folder that are not hidden, sorted by name."""
    with os.scandir(folder) as entries:
        shown = [
            entry
            for entry in entries
            if not entry.name.startswith(".") and entry.name.lower() not in _HIDDEN
        ]
    return sorted(shown, key=lambda entry: entry.name)


def _suffix(entry: os.DirEntry[str]) -> str:
    return os.path.splitext(entry.name)[1].lower()


def _kind(entry: os.DirEntry[str]) -> str:
    """Return the kind under which a skipped entry is counted."""
    return "folder" if entry.is_dir() else _suffix(entry) or "without suffix"


def _check_names(class_names: Iterable[str]) -> list[str]:
    """Return the names of classes as a list of str."""
    names = [class_names] if isinstance(class_names, str) else list(class_names)
    if isinstance(class_names, str) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"class_names must be a list of str. Got {class_names!r} instead.")
    if not names or len(set(names)) < len(names):
        raise ValueError(f"class_names must hold different names. Got {class_names!r} instead.")
    return [str(name) for name in names]


def _compare_names(root: Path, found: list[str], names: list[str]) -> None:
    """Raise ValueError if folders and classes do not match."""
    missing, unexpected = sorted(set(names) - set(found)), sorted(set(found) - set(names))
    if missing or unexpected:
        raise ValueError(
            f"The folders in {str(root)!r} are not those of class_names: "
            f"missing are {missing}, unexpected are {unexpected}."
        )


def _raise_problems(root: Path, folder: _Folder, *, allow_empty: bool) -> None:
    """Raise one ImageFileError for all problems with the images."""
    unreadable = {name for name, _ in folder.problems}
    problems = [f"{name}: {problem}" for name, problem in folder.problems]
    for name, files in folder.images.items():
        for file in files:
            problem = find_problem(str(root / name / file))
            if problem is not None:
                problems.append(f"{name}/{file}: {problem}")
    empty = [name for name in folder.images if not folder[name] and name not in unreadable]
    parts = []
    if problems:
        parts.append(f"Image files that cannot be used ({len(problems)}):{list_some(problems)}")
    if empty and (not allow_empty or len(empty) == len(folder.images)):
        reasons = [_why_empty(name, folder.skipped) for name in empty]
        parts.append(
            f"Classes without an image ({len(empty)}):{list_some(reasons)}\n{_WHAT_IS_AN_IMAGE}"
        )
    if parts:
        raise ImageFileError(f"In {str(root)!r}\n" + "\n".join(parts))


def _why_empty(name: str, skipped: list[tuple[str, str]]) -> str:
    """Return the name of a class, and what its folder contains instead of images."""
    kinds = [kind for path, kind in skipped if path.startswith(f"{name}/")]
    return f"{name}: {_counts(kinds)}, left out" if kinds else f"{name}: empty"


def _counts(kinds: Iterable[str]) -> str:
    return ", ".join(f"{n} {kind}" for kind, n in sorted(Counter(kinds).items()))


def _warn_of_skipped(root: Path, skipped: list[tuple[str, str]]) -> None:
    """Give one warning about everything that is skipped."""
    counts = _counts(kind for _, kind in skipped)
    warnings.warn(
        f"Left out of {str(root)!r}: {counts}; such as {skipped[0][0]!r}. {_WHAT_IS_AN_IMAGE}",
        SkippedFilesWarning,
        stacklevel=3,
    )
