"""Check and decode image files."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sktune._optional import require
from sktune.exceptions import ImageFileError

if TYPE_CHECKING:
    from PIL.Image import Image

# Pillow's name of the format by suffix.
_FORMAT_BY_SUFFIX = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".bmp": "BMP",
    ".gif": "GIF",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
KINDS = "PNG, JPEG, BMP, GIF, WebP or TIFF"
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos")
N_CHANNELS = {"rgb": 3, "grayscale": 1, "rgba": 4}

_PILLOW_MODES = {"rgb": "RGB", "grayscale": "L", "rgba": "RGBA"}

# Long lists of files are cut: a message should fit on a screen.
_MAX_NAMED = 20

_PNG_END = b"IEND\xaeB`\x82"  # with its checksum

# In the entropy-coded data of a JPEG file: the next marker that is neither a stuffed zero, nor a
# restart, nor a fill byte.
_JPEG_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
_JPEG_END, _JPEG_SCAN = 0xD9, 0xDA


@dataclass(frozen=True, slots=True)
class Form:
    """Size, colours and interpolation of decoded images."""

    height: int
    width: int
    color: str
    interpolation: str

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        return self.height, self.width, N_CHANNELS[self.color]

    @property
    def nbytes(self) -> int:
        """Bytes of one image."""
        return self.height * self.width * N_CHANNELS[self.color]

    @property
    def name(self) -> str:
        """Part of a file name, unique for each form."""
        return f"{self.height}x{self.width}-{self.color}-{self.interpolation}"


def find_problem(path: str) -> str | None:
    """Return what is wrong with an image file, None if nothing is found, without decoding it."""
    # Imported outside the try block: a missing Pillow is not a problem of the file.
    pillow = _pillow()
    try:
        if os.stat(path).st_size == 0:
            return "empty"
        with pillow.open(path, formats=_formats()) as image:
            kind = image.format
            image.verify()  # checks the checksums of a PNG, and nothing in other formats
        if kind == "PNG":
            return None if _PNG_END in _read(path) else "truncated PNG file"
        # For other formats only the decoder is certain, and also for a JPEG whose end marker was
        # not found.
        if kind not in ("JPEG", "MPO") or not _has_end_of_jpeg(_read(path)):
            with pillow.open(path, formats=_formats()) as image:
                image.load()
    # Pillow raises nearly every kind of error for some kind of broken file.
    except Exception as error:
        return _reason(error)
    return None


def decode(path: str, form: Form) -> np.ndarray:
    """Return the pixels of a file's first image, shape ``form.shape``; raises Pillow's errors."""
    pillow = _pillow()
    resampling = pillow.Resampling[form.interpolation.upper()]
    with pillow.open(path, formats=_formats()) as file:
        image = _convert(_upright(file), form.color)
        if image.size != (form.width, form.height):
            image = image.resize((form.width, form.height), resampling)
        return np.asarray(image).reshape(form.shape)


def try_decode(path: str, form: Form) -> np.ndarray | str:
    """Return the pixels of a file, shape ``form.shape``, or what is wrong with it."""
    try:
        return decode(path, form)
    except Exception as error:  # as in find_problem
        return _reason(error)


def list_some(items: Sequence[str]) -> str:
    """Return the first items, one on each line, and how many there are more."""
    n_more = len(items) - _MAX_NAMED
    return "\n  ".join(["", *items[:_MAX_NAMED], *([f"and {n_more} more"] if n_more > 0 else [])])


def file_error(problems: Sequence[tuple[str, str]], what: str) -> ImageFileError:
    """Return one error that reports all files, each as (name, what is wrong)."""
    lines = [f"{name}: {problem}" for name, problem in problems]
    return ImageFileError(f"{what} ({len(lines)}):{list_some(lines)}")


def require_pillow(caller: str) -> None:
    """Raise MissingDependencyError if Pillow cannot be imported."""
    require("PIL.Image", extra="keras", caller=caller)


def readable_suffixes() -> list[str]:
    """Return the suffixes of images that this Pillow can read, in lower case."""
    formats = _formats()
    return [suffix for suffix, name in _FORMAT_BY_SUFFIX.items() if name in formats]


def _formats() -> list[str]:
    """Return the formats that this Pillow can read: WebP is optional in its builds."""
    pillow = _pillow()
    pillow.init()
    return [name for name in dict.fromkeys(_FORMAT_BY_SUFFIX.values()) if name in pillow.OPEN]


def _pillow() -> Any:
    return require("PIL.Image", extra="keras", caller="sktune.keras.ImageReader")


def _reason(error: Exception) -> str:
    """Return the message of an error without the path, which is reported separately."""
    if type(error).__name__ == "UnidentifiedImageError":
        return f"not a {KINDS} image"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _has_end_of_jpeg(data: bytes) -> bool:
    """Whether the end marker ends the image data: one inside a thumbnail does not count."""
    at = 2  # after the start marker
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == _JPEG_END:
            return True
        if marker == 0xFF:
            at += 1
            continue
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _JPEG_SCAN:
            found = _JPEG_MARKER.search(data, at)
            if found is None:
                return False
            at = found.start()
    return data[at : at + 2] == b"\xff\xd9"


def _upright(image: Image) -> Image:
    """Return an image turned upright by its EXIF orientation."""
    orientation = 0x0112
    # Only if there is one: writing the other entries back fails for unusual ones.
    if image.getexif().get(orientation, 1) == 1:
        return image
    ops = require("PIL.ImageOps", extra="keras", caller="sktune.keras.ImageReader")
    upright: Image = ops.exif_transpose(image)
    return upright


def _convert(image: Image, color: str) -> Image:
    """Return an image with 8 bits per channel, transparent areas on white unless RGBA."""
    if image.mode == "F":
        raise ValueError("floating-point pixels, whose values for black and white are unknown")
    if image.mode.startswith("I"):
        # 16-bit grey, which Pillow's own conversion would clip at 255.
        grey = np.asarray(image, dtype=np.float64) * (255 / 65535)
        image = _pillow().fromarray(np.clip(np.rint(grey), 0, 255).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if color != "rgba":
            white = _pillow().new("RGBA", image.size, "white")
            image = _pillow().alpha_composite(white, image)
    return image.convert(_PILLOW_MODES[color])
