"""An array of decoded images on disk that reads only the pixels that are asked for."""

from __future__ import annotations

import math
import os
import threading
import weakref
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import numpy as np


class ImageArray:
    """Read-only array of decoded images in the cache of an ``ImageReader``.

    ``ImageReader.transform`` returns one. A slice, an array of numbers or a mask over the first
    axis gives another such array and reads no pixels, so splitting it into folds costs nothing.
    Pixels are read when it is indexed by an int or by more than one index, by ``np.asarray`` and
    by iteration. A pickle holds the path on disk and the numbers of the images, never pixels: it
    is valid on the same machine as long as the images are in the cache.

    Parameters
    ----------
    path : str
        File of equally shaped images, one after the other, without any header.
    records : array-like of int, shape (n,)
        Numbers of the images in the file, from 0.
    image_shape : tuple of int
        ``(height, width, channels)`` of each image, in pixels.
    rescale : float or None, default=None
        Factor that a network applies to the pixels. ``None``: none.

    Attributes
    ----------
    rescale : float or None
        Factor that a network, such as ``CNNClassifier``'s, applies; here pixels are 0 to 255.
    shape : tuple of int
        ``(n, height, width, channels)``.
    dtype : numpy.dtype
        ``uint8``.
    ndim : int
        4.
    size : int
        Number of values.
    nbytes : int
        Bytes that the pixels would take in memory.

    Raises
    ------
    FileNotFoundError
        When pixels are read for the first time in a process, if they are no longer in the cache.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from PIL import Image
    >>> from sktune.keras import ImageReader
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = f"{folder}/grey.png"
    ...     Image.new("L", (20, 10), 128).save(path)
    ...     images = ImageReader(size=(2, 4), cache_dir=f"{folder}/cache").transform([path] * 3)
    >>> images
    ImageArray(shape=(3, 2, 4, 3), rescale=0.00392...)
    >>> images[1:].shape
    (2, 2, 4, 3)
    >>> images[0, 0, 0]
    array([128, 128, 128], dtype=uint8)
    """

    dtype = np.dtype(np.uint8)
    ndim = 4

    def __init__(
        self,
        path: str,
        records: Any,
        image_shape: Sequence[int],
        rescale: float | None = None,
    ) -> None:
        self._path = path
        self._records = np.array(records, dtype=np.intp)
        self._image_shape = tuple(image_shape)
        self.rescale = rescale
        self._file: _File | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """``(n, height, width, channels)``."""
        return (len(self._records), *self._image_shape)

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes that the pixels would take in memory."""
        return self.size

    def __len__(self) -> int:
        return len(self._records)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self.shape}, rescale={self.rescale!r})"

    def __getitem__(self, key: Any) -> Any:
        first, *others = key if isinstance(key, tuple) and key else (key, ...)
        if not _is_lazy(others):
            return self._read_and_index(first, others)
        if first is Ellipsis:
            return self
        chosen = self._records[first]
        if np.ndim(chosen) == 0:
            return self._read(np.atleast_1d(chosen))[0]
        if np.ndim(chosen) != 1:
            raise IndexError(
                "Images are chosen by an int, a slice, a sequence of int or a mask of shape "
                f"({len(self)},). Got {first!r} instead."
            )
        part = type(self)(self._path, chosen, self._image_shape, self.rescale)
        part._file = self._file
        return part

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        raise TypeError("An ImageArray is read-only: change np.asarray(images) instead.")

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[number] for number in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("The images are on disk: they cannot be read without a copy.")
        pixels = self._read(self._records)
        return pixels if dtype is None else pixels.astype(dtype, copy=False)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_file": None}

    def _read_and_index(self, first: Any, others: list[Any]) -> np.ndarray:
        """Read the images that the first index selects, and apply all indices as NumPy does."""
        if first is Ellipsis or first is None:
            return np.asarray(self)[(first, *others)]
        chosen = self._records[first]
        pixels = self._read(chosen.reshape(-1))
        # The same kind of index into the images read: NumPy treats each kind differently.
        if isinstance(first, slice):
            return pixels[(slice(None), *others)]
        return pixels[(np.arange(chosen.size).reshape(chosen.shape), *others)]

    def _read(self, records: np.ndarray) -> np.ndarray:
        """Return pixels of records, shape (n_records, height, width, channels)."""
        pixels = np.empty((len(records), *self._image_shape), dtype=self.dtype)
        if pixels.size:
            self._open().read(records, pixels.reshape(len(records), -1))
        return pixels

    def _open(self) -> _File:
        """Return the open file, which can be read even after its removal from the cache."""
        if self._file is None:
            self._file = open_file(self._path)
        return self._file


def _is_lazy(others: Sequence[Any]) -> bool:
    """Whether indices of the further axes leave the images whole."""
    n_axes = sum(other is not Ellipsis for other in others)
    is_whole = all(other is Ellipsis or _is_full_slice(other) for other in others)
    return is_whole and n_axes < ImageArray.ndim and len(others) - n_axes <= 1


def _is_full_slice(key: Any) -> bool:
    return isinstance(key, slice) and key == slice(None)


class _File:
    """A file that is open for reading, by any number of threads."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        self._lock = threading.Lock()
        weakref.finalize(self, os.close, self._descriptor)

    def read(self, records: np.ndarray, pixels: np.ndarray) -> None:
        """Fill pixels, shape (n_records, record_bytes), with the records of these numbers."""
        # Not by a memory map: its pages count as resident memory of the process.
        buffer, n_bytes = pixels.reshape(-1).data, pixels.shape[1]
        ends = np.flatnonzero(np.diff(records) != 1) + 1
        for start, end in zip([0, *ends], [*ends, len(records)], strict=True):
            part = buffer[start * n_bytes : end * n_bytes]
            self._fill(part, int(records[start]) * n_bytes)

    def _fill(self, buffer: memoryview, offset: int) -> None:
        """Fill the buffer from this offset on."""
        while len(buffer):
            n_read = self._read_some(buffer, offset)
            if n_read == 0:
                raise OSError(f"The cache of decoded images {self._path!r} was truncated.")
            buffer, offset = buffer[n_read:], offset + n_read

    def _read_some(self, buffer: memoryview, offset: int) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self._descriptor, [buffer], offset)
        with self._lock:  # on Windows a file has only one position
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            data = os.read(self._descriptor, len(buffer))
        buffer[: len(data)] = data
        return len(data)


# One open file for each path while any array uses it: a process may hold thousands of arrays, and
# has about a thousand descriptors. File names are never reused, so a path means one file.
_OPEN: weakref.WeakValueDictionary[str, _File] = weakref.WeakValueDictionary()


def open_file(path: str) -> _File:
    """Return a file of decoded images, open for reading."""
    file = _OPEN.get(path)
    if file is None:
        try:
            # Without a lock, which a fork could leave locked: if two threads open the file, either
            # one will do.
            file = _OPEN[path] = _File(path)
        except FileNotFoundError as error:
            raise FileNotFoundError(
                f"The decoded images are no longer in the cache: {path!r} is gone. Let ImageReader "
                "transform their paths again; a larger cache_mb keeps images longer."
            ) from error
    return file


def make_array(
    path: str, records: Sequence[int], image_shape: Sequence[int], rescale: float | None
) -> ImageArray:
    """Return an array whose file is open, so that removal from the cache does not affect it."""
    array = ImageArray(path, records, image_shape, rescale)
    array._open()
    return array
