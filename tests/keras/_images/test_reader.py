"""From paths to pixels: as an image viewer shows them, and as scikit-learn has transformers."""

from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks, get_tags

import sktune.keras
from sktune.exceptions import ImageFileError
from sktune.keras import ImageArray, ImageReader, load_image_folder
from sktune.keras._images import _cache

# Columns from red over green to blue, rows from dark to light; each is 10 pixels.
COLORS = np.array(
    [[[55, 0, 0], [0, 55, 0], [0, 0, 55]], [[255, 0, 0], [0, 255, 0], [0, 0, 255]]], dtype=np.uint8
)
PICTURE = Image.fromarray(COLORS.repeat(10, 0).repeat(10, 1))


@pytest.fixture
def reader(tmp_path):
    return ImageReader(size=(2, 3), interpolation="nearest", cache_dir=tmp_path / "cache")


@pytest.fixture
def read(tmp_path, reader):
    """Save an image and return what the reader makes of it, shape (height, width, channels)."""

    def save_and_read(image, suffix="png", settings=None, **options):
        path = tmp_path / f"image.{suffix}"
        image.save(path, **options)
        return clone(reader).set_params(**(settings or {})).transform([path])[0]

    return save_and_read


# Pixels


@pytest.mark.parametrize(
    "mode, suffix",
    [
        ("RGB", "png"),
        ("P", "png"),
        ("RGBA", "png"),
        ("RGB", "bmp"),
        ("P", "gif"),
        ("RGB", "tif"),
        ("P", "tif"),
        ("RGBA", "tiff"),
        ("RGB", "webp"),
        ("RGBA", "webp"),
    ],
)
def test_colours(read, mode, suffix):
    image = PICTURE.quantize(6) if mode == "P" else PICTURE.convert(mode)
    options = {"lossless": True} if suffix == "webp" else {}
    np.testing.assert_array_equal(read(image, suffix, **options), COLORS)


def test_floating_point_has_no_white(read):
    with pytest.raises(ImageFileError, match="floating-point pixels, whose values for black"):
        read(Image.fromarray(np.zeros((2, 3), dtype=np.float32)), "tif")


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
@pytest.mark.parametrize("mode", ["RGB", "CMYK"])
def test_colours_of_jpeg(read, mode, options):
    pixels = read(PICTURE.convert(mode), "jpg", quality=100, subsampling=0, **options)
    np.testing.assert_allclose(pixels, COLORS.astype(float), atol=6)  # it loses a little


def test_grayscale(read):
    pixels = read(PICTURE, settings={"color": "grayscale"})
    assert pixels.shape == (2, 3, 1)
    # ITU-R 601-2: 0.299 red, 0.587 green, 0.114 blue
    np.testing.assert_allclose(pixels[1, :, 0], [76, 150, 29], atol=1)


@pytest.mark.parametrize("color", ["rgb", "grayscale", "rgba"])
def test_bilevel(read, color):
    pixels = read(Image.fromarray(np.eye(2, 3, dtype=bool)), settings={"color": color})
    np.testing.assert_array_equal(pixels[..., 0], np.eye(2, 3) * 255)


def test_16_bits(read):
    values = np.array([[0, 257, 5140], [32896, 65278, 65535]], dtype=np.uint16)
    expected = np.array([[0, 1, 20], [128, 254, 255]])
    for settings in ({"color": "grayscale"}, {"color": "rgb"}):
        pixels = read(Image.fromarray(values), settings=settings)
        np.testing.assert_array_equal(pixels[..., 0], expected)


def test_what_is_transparent_lies_on_white(read):
    image = PICTURE.convert("RGBA")
    image.putalpha(
        Image.fromarray(np.array([[0, 255], [128, 255]], np.uint8).repeat(15, 1).repeat(10, 0))
    )
    pixels = read(image)
    assert pixels[0, 0].tolist() == [255, 255, 255]
    np.testing.assert_allclose(pixels[1, 0], [255, 127, 127], atol=1)
    assert pixels[0, 2].tolist() == COLORS[0, 2].tolist()
    kept = read(image, settings={"color": "rgba"})
    assert kept[1, 0].tolist() == [255, 0, 0, 128]


@pytest.mark.parametrize("suffix", ["png", "gif"])
def test_transparent_colour_of_a_palette(read, suffix):
    image = Image.fromarray(np.array([[0, 1, 2], [0, 1, 2]], np.uint8)).convert("P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    pixels = read(image, suffix, transparency=1)
    assert pixels[0].tolist() == [[255, 0, 0], [255, 255, 255], [0, 0, 255]]


def test_first_image_of_a_gif(read):
    others = [PICTURE.rotate(180).quantize(6)]
    pixels = read(PICTURE.quantize(6), "gif", save_all=True, append_images=others)
    np.testing.assert_array_equal(pixels, COLORS)


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_upright(read, suffix):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter to the right
    image = PICTURE.rotate(90, expand=True)
    pixels = read(image, suffix, exif=exif, **({"quality": 100} if suffix == "jpg" else {}))
    np.testing.assert_allclose(pixels, COLORS.astype(float), atol=20)


def test_interpolation(read):
    stripes = Image.fromarray(np.tile(np.array([0, 200], np.uint8), (4, 4)))
    means = {
        name: read(stripes, settings={"size": (1, 2), "interpolation": name})[0, :, 0].tolist()
        for name in ("nearest", "bilinear", "bicubic", "lanczos")
    }
    assert means.pop("nearest") in ([0, 0], [200, 200])
    assert all(abs(value - 100) < 20 for values in means.values() for value in values)


@pytest.mark.parametrize("color, n_channels", [("rgb", 3), ("grayscale", 1), ("rgba", 4)])
def test_shape_and_what_the_array_carries(read, color, n_channels, tmp_path, reader):
    read(PICTURE)
    reader.set_params(size=(7, 5), color=color, rescale=0.5)
    images = reader.fit_transform([str(tmp_path / "image.png")] * 3)
    assert isinstance(images, ImageArray)
    assert images.shape == (3, 7, 5, n_channels)
    assert images.rescale == 0.5
    assert reader.set_params(rescale=None).transform([str(tmp_path / "image.png")]).rescale is None


# Paths


@pytest.fixture
def paths(tmp_path):
    for number in range(3):
        Image.new("L", (4, 4), number).save(tmp_path / f"bíld {number}.png")
    return [str(tmp_path / f"bíld {number}.png") for number in range(3)]


@pytest.mark.parametrize(
    "container",
    [
        list,
        tuple,
        np.array,
        lambda paths: np.array(paths, dtype=object),
        lambda paths: np.array(paths).reshape(-1, 1),
        lambda paths: [Path(path) for path in paths],
        pd.Series,
        lambda paths: pd.Series(paths, index=[7, 8, 9], dtype="string"),
        lambda paths: pd.DataFrame({"path": paths}),
    ],
)
def test_containers(reader, paths, container):
    images = reader.fit(container(paths)).transform(container(paths))
    assert np.asarray(images)[:, 0, 0, 0].tolist() == [0, 1, 2]


def test_relative_paths(reader, paths, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert reader.transform(["bíld 2.png"])[0, 0, 0, 0] == 2


@pytest.mark.parametrize(
    "X, error, match",
    [
        ("a.png", ValueError, "not a single one"),
        (Path("a.png"), ValueError, "not a single one"),
        ([], ValueError, "at least one path"),
        ([["a.png", "b.png"]], ValueError, r"Got shape \(1, 2\)"),
        (np.zeros((2, 3)), ValueError, r"Got shape \(2, 3\)"),
        ([1.0, 2.0], TypeError, "Got 1.0 at position 0"),
        (["a.png", None], TypeError, "Got None at position 1"),
        ([b"a.png"], TypeError, "Got b'a.png'"),
        (pd.Series(["a.png", pd.NA]), TypeError, "at position 1"),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["fit", "transform"])
def test_what_are_no_paths(reader, method, X, error, match):
    with pytest.raises(error, match=match):
        getattr(reader, method)(X)


def test_missing_files_are_named_before_any_is_decoded(reader, paths, tmp_path, monkeypatch):
    monkeypatch.setattr(_cache, "try_decode", lambda *_, **__: pytest.fail("decoded"))
    X = [*paths, str(tmp_path / "gone.png"), str(tmp_path / "lost.png"), "a\0b"]
    with pytest.raises(ImageFileError, match=r"(?s)found \(3\):\n.*gone\.png: No.*lost\.png: No"):
        reader.transform(X)


def test_a_folder_is_no_image(reader, tmp_path):
    with pytest.raises(ImageFileError, match=r"decoded \(1\):\n.*: Is a directory"):
        reader.transform([tmp_path])


# Parameters


@pytest.mark.parametrize(
    "settings",
    [
        {"size": 64},
        {"size": (64,)},
        {"size": (64, 0)},
        {"size": (64.0, 64)},
        {"size": (True, 64)},
        {"size": "64"},
        {"color": "RGB"},
        {"rescale": 0},
        {"rescale": "1/255"},
        {"interpolation": "area"},
        {"cache_dir": 1},
        {"cache_mb": 0},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["fit", "transform"])
def test_parameters_are_checked(reader, paths, method, settings):
    (name,) = settings
    with pytest.raises(ValueError, match=rf"The '{name}' parameter of ImageReader must be"):
        getattr(reader.set_params(**settings), method)(paths)


def test_size_may_be_what_a_space_draws(reader, paths):
    assert reader.set_params(size=np.array([5, 6])).transform(paths).shape == (3, 5, 6, 3)


# scikit-learn

# `parametrize_with_checks` yields none for a transformer that takes no rows of numbers; these
# are all of its checks that need no data.
CHECKS = [
    estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
    estimator_checks.check_mixin_order,
    estimator_checks.check_estimator_cloneable,
    estimator_checks.check_estimator_repr,
    estimator_checks.check_estimator_tags_renamed,
    estimator_checks.check_get_params_invariance,
    estimator_checks.check_no_attributes_set_in_init,
    estimator_checks.check_parameters_default_constructible,
    estimator_checks.check_set_params,
    estimator_checks.check_valid_tag_types,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_estimator_checks(reader, check):
    # This one wants an estimator as it is made by default.
    is_default = check is estimator_checks.check_parameters_default_constructible
    check("ImageReader", ImageReader() if is_default else reader)


def test_tags(reader):
    tags = get_tags(reader)
    assert tags.input_tags.string
    assert tags.input_tags.one_d_array
    assert not tags.input_tags.two_d_array
    assert not tags.requires_fit


def test_fit_changes_nothing(reader, paths):
    before = dict(vars(reader))
    assert reader.fit(paths) is reader
    assert vars(reader) == before


def test_public_home():
    for public in (ImageArray, ImageReader, load_image_folder):
        assert public.__name__ in sktune.keras.__all__
        assert public.__module__ == "sktune.keras"


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """Folder of two digits as PNG, 40 of each."""
    folder = tmp_path_factory.mktemp("digits")
    X, y = load_digits(n_class=2, return_X_y=True)
    for number, (row, label) in enumerate(zip(X[:80], y[:80], strict=True)):
        file = folder / f"{label}" / f"{number:02}.png"
        file.parent.mkdir(exist_ok=True)
        Image.fromarray((row * 15).reshape(8, 8).astype(np.uint8)).save(file)
    return load_image_folder(folder)


def flatten(images):
    return np.asarray(images).reshape(len(images), -1) / 255


def pipeline(tmp_path, size=(8, 8)):
    reader = ImageReader(size=size, color="grayscale", cache_dir=tmp_path / "cache")
    return make_pipeline(reader, FunctionTransformer(flatten), LogisticRegression())


@pytest.mark.parametrize(
    "backend", ["sequential", "threading", pytest.param("loky", marks=pytest.mark.slow)]
)
def test_cross_validation(digits, tmp_path, backend):

    with joblib.parallel_backend(backend, n_jobs=2 if backend != "sequential" else 1):
        scores = cross_val_score(pipeline(tmp_path), digits.data, digits.target, cv=4)
    assert scores.min() > 0.9
    (records,) = (tmp_path / "cache").glob("*.records")
    assert records.stat().st_size == len(digits.data) * 8 * 8  # each picture is there once


def test_search_over_the_size(digits, tmp_path, monkeypatch):
    decoded = []
    real = _cache.try_decode
    monkeypatch.setattr(
        _cache, "try_decode", lambda path, form: decoded.append(form) or real(path, form)
    )
    grid = {
        "imagereader__size": [(2, 2), (8, 8)],
        "logisticregression__C": [0.1, 1.0],
    }
    search = GridSearchCV(pipeline(tmp_path), grid, cv=3, error_score="raise")
    search.fit(digits.data, digits.target)
    assert search.best_params_["imagereader__size"] == (8, 8)
    assert search.best_score_ > 0.9
    assert len(decoded) == 2 * len(digits.data)
