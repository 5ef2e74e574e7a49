"""A transformer from paths of images to their pixels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags

from sktune._sklearn_compat import Interval, StrOptions, fit_context

from ._array import ImageArray
from ._cache import ImageCache
from ._file import INTERPOLATIONS, N_CHANNELS, Form, require_pillow


class ImageReader(TransformerMixin, BaseEstimator):
    """Read images of one size from their paths, each decoded once for all folds and candidates.

    The decoded images are kept in a cache on disk that all threads and processes of a machine
    share. So a search over a Pipeline of a reader and a classifier decodes each picture once
    for each size, colour and interpolation, however many folds, candidates and workers it has.
    A file that has changed since (modification time or size) is decoded again.

    PNG, JPEG, BMP, GIF and TIFF are read, and WebP where Pillow was built with it. Only the first
    picture of a file is read. Pictures are turned upright by their EXIF orientation. Transparent
    areas become white, except with ``color="rgba"``. Grey pixels of 16 bits are scaled to 8 bits.
    Height and width are scaled to ``size`` independently.

    Parameters
    ----------
    size : tuple of int, default=(64, 64)
        ``(height, width)`` of the images in pixels, each at least 1.
    color : {"rgb", "grayscale", "rgba"}, default="rgb"
        Channels: 3, 1 or 4.
    rescale : float or None, default=1/255
        Factor above 0 that the network of a ``CNNClassifier`` applies to the pixels. The
        images carry it as their attribute ``rescale``; they themselves stay 0 to 255, so
        other estimators do not see it. ``None``: no factor.
    interpolation : {"nearest", "bilinear", "bicubic", "lanczos"}, default="bilinear"
        How images are resized. All methods but the first average over pixels when an image
        becomes smaller.
    cache_dir : str or path-like, default=None
        Directory of the cache, which is created if necessary. ``None``: ``sktune/images`` in the
        user's cache directory, ``$XDG_CACHE_HOME`` or ``~/.cache``. It can be removed at any
        time when no program uses it.
    cache_mb : float, default=4096
        Most that the decoded images may take there, in MB of 2**20 bytes, above 0. The least
        recently used images are removed first, all of one size and colour together.
        The images of one call of ``transform`` must fit.

    Raises
    ------
    ValueError
        If a parameter is not usable or, in ``transform``, the images take more than
        ``cache_mb``.
    TypeError
        If X holds anything other than paths.
    ImageFileError
        In ``transform``, if files are missing, which is checked before any is decoded, or
        cannot be decoded; the message names all of them. It is a ValueError, too.
    OSError
        In ``transform``, if the cache cannot be written.

    See Also
    --------
    load_image_folder : Lists the images of a folder for each class, and checks them.

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> from sktune.keras import ImageReader
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = f"{folder}/red.png"
    ...     Image.new("RGB", (20, 10), "red").save(path)
    ...     reader = ImageReader(size=(5, 10), cache_dir=f"{folder}/cache")
    ...     images = reader.fit_transform([path, path])
    >>> images.shape
    (2, 5, 10, 3)
    >>> images[0, 0, 0]
    array([255,   0,   0], dtype=uint8)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "size": ["array-like"],
        "color": [StrOptions(set(N_CHANNELS))],
        "rescale": [Interval(Real, 0, None, closed="neither"), None],
        "interpolation": [StrOptions(set(INTERPOLATIONS))],
        "cache_dir": [str, os.PathLike, None],
        "cache_mb": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        size: Sequence[int] = (64, 64),
        color: str = "rgb",
        rescale: float | None = 1 / 255,
        interpolation: str = "bilinear",
        cache_dir: str | os.PathLike[str] | None = None,
        cache_mb: float = 4096,
    ) -> None:
        self.size = size
        self.color = color
        self.rescale = rescale
        self.interpolation = interpolation
        self.cache_dir = cache_dir
        self.cache_mb = cache_mb

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Check the parameters and that X holds paths; nothing is learnt.

        Parameters
        ----------
        X : array-like of str or path-like, shape (n_samples,) or (n_samples, 1)
            Paths of images.
        y : object, default=None
            Not used.

        Returns
        -------
        self
            The reader.
        """
        require_pillow("sktune.keras.ImageReader")
        self._form()
        _check_paths(X)
        return self

    def transform(self, X: ArrayLike) -> ImageArray:
        """Return the images, decoded before or now.

        Parameters
        ----------
        X : array-like of str or path-like, shape (n_samples,) or (n_samples, 1)
            Paths of images; relative ones start from the working directory.

        Returns
        -------
        ImageArray of shape (n_samples, height, width, channels)
            The images, ``uint8`` from 0 to 255, which stay on disk until they are indexed.
        """
        self.fit(X)  # it may not have been called
        cache = ImageCache(self.cache_dir, self.cache_mb)
        return cache.read(_check_paths(X), self._form(), self.rescale)

    def _form(self) -> Form:
        """Return what the images should look like."""
        sides = tuple(self.size)
        if len(sides) != 2 or not all(
            isinstance(side, Integral) and not isinstance(side, bool) and side >= 1
            for side in sides
        ):
            raise ValueError(
                "The 'size' parameter of ImageReader must be (height, width), two integers of "
                f"at least 1. Got {self.size!r} instead."
            )
        return Form(int(sides[0]), int(sides[1]), self.color, self.interpolation)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        return tags


def _check_paths(X: Any) -> list[str]:
    """Return paths, shape (n_samples,), absolute."""
    if isinstance(X, str | os.PathLike):
        raise ValueError(f"X must be a list or an array of paths, not a single one. Got {X!r}.")
    paths = np.asarray(X, dtype=object)
    if paths.ndim == 2 and paths.shape[1] == 1:
        paths = paths[:, 0]
    if paths.ndim != 1:
        raise ValueError(
            "X must hold paths of images, of shape (n_samples,) or (n_samples, 1). "
            f"Got shape {paths.shape}."
        )
    if len(paths) == 0:
        raise ValueError("X must hold at least one path of an image. Got none.")
    for number, path in enumerate(paths):
        if not isinstance(path, str | os.PathLike) or not isinstance(os.fspath(path), str):
            raise TypeError(
                "X must hold paths of images, str or pathlib.Path. "
                f"Got {path!r} at position {number}."
            )
    return [os.path.abspath(path) for path in paths]
