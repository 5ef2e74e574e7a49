"""Folders of images are listed, and what is damaged in them is told before any fit."""

import os
import warnings

import numpy as np
import pytest
from PIL import Image

from sktune.exceptions import ImageFileError, SkippedFilesWarning
from sktune.keras import load_image_folder
from sktune.keras._images import _file

RNG = np.random.RandomState(0)
NOISE = RNG.randint(0, 256, (40, 50, 4)).astype(np.uint8)


def picture(mode="RGB"):
    """An image of 40x50 pixels of noise: nothing in its file can be spared."""
    if mode == "I;16":
        return Image.fromarray(RNG.randint(0, 2**16, (40, 50)).astype(np.uint16))
    image = Image.fromarray(NOISE)
    if mode == "P":
        return image.convert("RGB").quantize(64)
    return image if mode == "RGBA" else image.convert("RGB").convert(mode)


def save(path, image=None, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    (picture() if image is None else image).save(path, **options)
    return path


@pytest.fixture
def folder(tmp_path):
    for name in ("dog/b.png", "dog/a.JPG", "cat/1.gif", "cat/2.bmp", "cat/10.jpeg"):
        save(tmp_path / "train" / name)
    return tmp_path / "train"


def test_what_is_in_the_bunch(folder):
    bunch = load_image_folder(folder)
    files = ["cat/1.gif", "cat/10.jpeg", "cat/2.bmp", "dog/a.JPG", "dog/b.png"]
    assert bunch.data.tolist() == [str(folder / file) for file in files]
    assert bunch.target.tolist() == ["cat"] * 3 + ["dog"] * 2
    assert bunch.target_names == ["cat", "dog"]
    assert bunch.filenames.tolist() == bunch.data.tolist()
    assert bunch.data.dtype.kind == bunch.target.dtype.kind == "U"


def test_paths_are_absolute(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert load_image_folder("train").data.tolist() == load_image_folder(folder).data.tolist()


def test_unicode_names(tmp_path):
    file = save(tmp_path / "čáp 鸛" / "mláďě 1.png")
    bunch = load_image_folder(tmp_path)
    assert bunch.target_names == bunch.target.tolist() == ["čáp 鸛"]
    assert bunch.data.tolist() == [str(file)]


def test_no_pixel_of_a_png_is_decoded(tmp_path, monkeypatch):
    save(tmp_path / "a" / "1.png")
    save(tmp_path / "a" / "2.jpg")
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    assert len(load_image_folder(tmp_path).data) == 2


# Files that are left out


def test_hidden_files_are_ignored(folder):
    for name in (".DS_Store", "cat/.hidden.png", "cat/Thumbs.db", "dog/desktop.ini"):
        (folder / name).write_bytes(b"x")
    (folder / ".git").mkdir()
    assert len(load_image_folder(folder).data) == 5


def test_other_files_are_counted_in_one_warning(folder):
    for name in ("README.txt", "cat/notes.txt", "cat/x.SVG", "dog/LICENSE"):
        (folder / name).write_text("x")
    save(folder / "dog" / "puppies" / "1.png")
    with pytest.warns(SkippedFilesWarning) as caught:
        bunch = load_image_folder(folder)
    (warning,) = caught
    assert "1 .svg, 2 .txt, 1 folder, 1 without suffix; such as 'README.txt'" in str(
        warning.message
    )
    assert warning.filename == __file__
    assert len(bunch.data) == 5


# Damaged files


def flip(data, at=0.5):
    middle = int(len(data) * at)
    return (
        data[:middle] + bytes(255 - byte for byte in data[middle : middle + 8]) + data[middle + 8 :]
    )


DAMAGED = {
    "flipped.png": lambda data: flip(data),
    "text.png": lambda data: b"this is no image",
    "half.png": lambda data: data[: len(data) // 2],
    "no_end.png": lambda data: data[:-12],
    "half_an_end.png": lambda data: data[:-3],
    "empty.png": lambda data: b"",
    "no_end.jpg": lambda data: data[:-2],
    "half.jpg": lambda data: data[: len(data) // 2],
    "head.jpg": lambda data: data[:100],
    "half.gif": lambda data: data[: len(data) // 2],
    "half.bmp": lambda data: data[: len(data) // 2],
    "a_row_short.bmp": lambda data: data[:-150],
    "empty.gif": lambda data: b"",
    "half.tif": lambda data: data[: len(data) // 2],
    "half.webp": lambda data: data[: len(data) // 2],
}


@pytest.fixture
def damaged(folder):
    for name, damage in DAMAGED.items():
        file = save(folder / "dog" / name)
        file.write_bytes(damage(file.read_bytes()))
    return folder


def test_damaged_files_are_named_together(damaged):
    with pytest.raises(ImageFileError) as caught:
        load_image_folder(damaged)
    named = [line.strip() for line in str(caught.value).splitlines() if line.startswith("  ")]
    assert [line.partition(":")[0] for line in named] == [f"dog/{name}" for name in sorted(DAMAGED)]
    assert "dog/empty.png: empty" in named
    assert "dog/text.png: not a PNG, JPEG, BMP, GIF, WebP or TIFF image" in named
    assert f"({len(DAMAGED)})" in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_a_long_list_is_cut(tmp_path):
    for number in range(25):
        (save(tmp_path / "a" / f"{number:02}.png")).write_bytes(b"")
    with pytest.raises(ImageFileError, match=r"(?s)\(25\).*a/19\.png: empty\n  and 5 more$"):
        load_image_folder(tmp_path)


def test_another_format(tmp_path):
    save(tmp_path / "a" / "1.png", format="PPM")
    with pytest.raises(
        ImageFileError, match=r"a/1\.png: not a PNG, JPEG, BMP, GIF, WebP or TIFF image"
    ):
        load_image_folder(tmp_path)


def test_one_of_them_under_the_suffix_of_another(tmp_path):
    save(tmp_path / "a" / "1.png", format="JPEG")
    assert len(load_image_folder(tmp_path).data) == 1


def test_no_permission(folder, monkeypatch):
    # Who runs the tests may be allowed everything: the system's answer is stood in for.
    def refuse(path, **options):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(Image, "open", refuse)
    with pytest.raises(ImageFileError, match=r"(?s)cat/1\.gif: Permission denied.*dog/b\.png"):
        load_image_folder(folder)


def test_a_link_to_nowhere(folder):
    (folder / "cat" / "link.png").symlink_to(folder / "gone.png")
    with pytest.raises(ImageFileError, match=r"cat/link\.png: No such file"):
        load_image_folder(folder)


def test_a_jpeg_cut_behind_its_thumbnail(tmp_path):
    # The end marker of the thumbnail is not that of the image.
    file = save(tmp_path / "a" / "1.jpg")
    thumbnail = file.read_bytes()
    data = file.read_bytes()
    extra = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    whole = data[:2] + extra + data[2:]
    file.write_bytes(whole)
    assert len(load_image_folder(tmp_path).data) == 1
    file.write_bytes(whole[: len(whole) * 3 // 4])
    with pytest.raises(ImageFileError, match=r"a/1\.jpg: .*truncated"):
        load_image_folder(tmp_path)


# No false alarm

VALID = {
    **{f"{mode}.png": (mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")},
    "interlaced_text.png": ("RGB", {"dpi": (72, 72)}),
    "optimised.png": ("P", {"optimize": True, "transparency": 3}),
    "bits.png": ("P", {"bits": 4}),
    "animated.png": ("RGB", {"save_all": True, "append_images": [picture().rotate(90)]}),
    **{f"{mode}.jpg": (mode, {}) for mode in ("L", "RGB", "CMYK", "YCbCr")},
    "progressive.jpg": ("RGB", {"progressive": True, "optimize": True}),
    "restart.jpg": ("RGB", {"restart_marker_rows": 1}),
    "exif.jpg": ("RGB", {"exif": b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00"}),
    "comment.jpg": ("RGB", {"comment": "\xff\xd9 is no end"}),
    "smallest.jpg": ("RGB", {"quality": 1, "subsampling": 2}),
    **{f"{mode}.bmp": (mode, {}) for mode in ("1", "L", "P", "RGB", "RGBA")},
    **{f"{mode}.gif": (mode, {}) for mode in ("1", "L", "P", "RGB", "RGBA")},
    "animated.gif": ("P", {"save_all": True, "append_images": [picture("P").rotate(90)]}),
    "interlaced.gif": ("L", {"interlace": True}),
    **{f"{mode}.tif": (mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16")},
    "lzw.tiff": ("RGB", {"compression": "tiff_lzw"}),
    "pages.tiff": ("RGB", {"save_all": True, "append_images": [picture().rotate(90)]}),
    **{f"{mode}.webp": (mode, {}) for mode in ("L", "RGB", "RGBA")},
    "animated.webp": ("RGB", {"save_all": True, "append_images": [picture().rotate(90)]}),
    "lossless.webp": ("RGB", {"lossless": True}),
}


@pytest.mark.parametrize("name", VALID)
def test_no_false_alarm(tmp_path, name):
    mode, options = VALID[name]
    file = save(tmp_path / "a" / name, picture(mode), **options)
    assert load_image_folder(tmp_path).data.tolist() == [str(file)]
    # Trailing bytes, which some programs write, do no harm either.
    file.write_bytes(file.read_bytes() + b"\x00\x00trailing")
    assert len(load_image_folder(tmp_path).data) == 1


def test_a_jpeg_of_several_pictures(tmp_path):
    # Of phones and stereo cameras; Pillow calls it MPO.
    options = {"format": "MPO", "save_all": True, "append_images": [picture()]}
    save(tmp_path / "a" / "1.jpg", **options)
    assert len(load_image_folder(tmp_path).data) == 1


def test_the_decoder_has_the_last_word_on_a_jpeg(tmp_path, monkeypatch):
    file = save(tmp_path / "a" / "1.jpg")
    monkeypatch.setattr(_file, "_has_end_of_jpeg", lambda data: False)
    assert load_image_folder(tmp_path).data.tolist() == [str(file)]


# Classes


def test_an_empty_class(folder):
    (folder / "cow").mkdir()
    (folder / "emu").mkdir()
    with pytest.raises(
        ImageFileError, match=r"(?s)without an image \(2\):\n  cow: empty\n  emu: empty\n"
    ):
        load_image_folder(folder)


def test_what_was_left_out_of_a_class_without_an_image(tmp_path):
    """All of it is named, and why: nothing else would be looked at."""
    for name in ("cow/1.svg", "cow/2.SVG", "cow/inside/1.png", "emu/more/1.png", "emu/more/2.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    message = (
        r"(?s)without an image \(2\):\n  cow: 2 \.svg, 1 folder, left out\n  emu: 1 folder, "
        r"left out\nImages of a class are PNG, .* WebP or TIFF files directly in its folder; "
        "folders inside are not searched"
    )
    with pytest.raises(ImageFileError, match=message):
        load_image_folder(tmp_path)


def test_webp_where_pillow_cannot(tmp_path, monkeypatch):
    save(tmp_path / "a" / "1.webp")
    save(tmp_path / "a" / "2.png")
    Image.init()
    monkeypatch.delitem(Image.OPEN, "WEBP")
    with pytest.warns(SkippedFilesWarning, match=r"1 \.webp"):
        assert len(load_image_folder(tmp_path).data) == 1


def test_an_empty_class_and_a_damaged_file_are_told_together(damaged):
    (damaged / "cow").mkdir()
    with pytest.raises(
        ImageFileError, match=r"(?s)dog/text\.png.*without an image \(1\):\n  cow: empty\n"
    ):
        load_image_folder(damaged)


def test_an_empty_class_that_is_asked_for(folder):
    (folder / "cow").mkdir()
    bunch = load_image_folder(folder, class_names=["cow", "cat", "dog"])
    assert bunch.target_names == ["cow", "cat", "dog"]
    assert sorted(set(bunch.target)) == ["cat", "dog"]


def test_all_classes_empty(tmp_path):
    (tmp_path / "cow").mkdir()
    with pytest.raises(ImageFileError, match="without an image"):
        load_image_folder(tmp_path, class_names=["cow"])


def test_classes_of_another_set(folder, tmp_path):
    for name in ("cat/1.png", "emu/1.png"):
        save(tmp_path / "test" / name)
    names = load_image_folder(folder).target_names
    with pytest.raises(ValueError, match=r"missing are \['dog'\], unexpected are \['emu'\]"):
        load_image_folder(tmp_path / "test", class_names=names)
    assert load_image_folder(folder, class_names=np.array(names)).target_names == names


@pytest.mark.parametrize(
    "names, error",
    [("cat", TypeError), ([0, 1], TypeError), ([], ValueError), (["a"] * 2, ValueError)],
)
def test_what_are_no_class_names(folder, names, error):
    with pytest.raises(error, match=r"class_names must .* Got"):
        load_image_folder(folder, class_names=names)


def test_no_folder(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load_image_folder(tmp_path / "gone")
    with pytest.raises(NotADirectoryError, match="is not a folder"):
        load_image_folder(folder / "dog" / "b.png")


def test_no_folder_of_a_class(folder):
    with pytest.raises(ImageFileError, match="contains no folder"):
        load_image_folder(folder / "dog")


def test_a_class_folder_that_cannot_be_read(folder, monkeypatch):
    def scandir(path, scandir=os.scandir):
        if os.fspath(path).endswith("cat"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(ImageFileError, match=r"\(1\):\n  cat: Permission denied$"):
        load_image_folder(folder)


def test_nothing_is_left_open(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        load_image_folder(folder)
