"""The lazy array gives what NumPy gives, and reads no more than it must."""

import copy
import gc
import os
import pickle
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from sklearn.model_selection import KFold, train_test_split
from sklearn.utils import _safe_indexing, check_array, gen_batches, resample, shuffle

from sktune.keras import ImageArray

SHAPE = (20, 3, 4, 2)
PIXELS = np.random.RandomState(0).randint(0, 256, SHAPE).astype(np.uint8)
# The array's images are not in the order of the file, and one is there twice.
ORDER = np.array([3, 4, 5, 0, 19, 18, 7, 7, 1, 2])
EXPECTED = PIXELS[ORDER]


@pytest.fixture
def path(tmp_path):
    PIXELS.tofile(tmp_path / "images")
    return str(tmp_path / "images")


@pytest.fixture
def images(path):
    return ImageArray(path, ORDER, SHAPE[1:], 1 / 255)


@pytest.fixture
def unread(monkeypatch):
    """Pixels that are read fail the test."""
    monkeypatch.setattr(ImageArray, "_read", lambda *_: pytest.fail("pixels were read"))


def test_attributes_and_repr(images, unread):
    assert images.shape == np.shape(images) == EXPECTED.shape
    assert (images.ndim, images.dtype, len(images)) == (4, np.uint8, 10)
    assert (images.size, images.nbytes) == (EXPECTED.size, EXPECTED.nbytes)
    assert images.rescale == 1 / 255
    assert repr(images) == "ImageArray(shape=(10, 3, 4, 2), rescale=0.00392156862745098)"


def test_all_pixels(images):
    np.testing.assert_array_equal(np.asarray(images), EXPECTED)
    np.testing.assert_array_equal(np.stack(list(images)), EXPECTED)
    assert np.asarray(images).dtype == np.uint8
    assert np.asarray(images, dtype=np.float32).dtype == np.float32
    np.testing.assert_array_equal(np.array(images, copy=True), EXPECTED)


MASK = np.arange(10) % 3 == 0
LAZY = [
    slice(2, 7),
    slice(None, None, -2),
    slice(5, 5),
    [1, -1, 1],
    [],
    np.array([9, 0, 3], dtype=np.int32),
    MASK,
    MASK.tolist(),
    Ellipsis,
    (slice(1, 4), Ellipsis),
    ([0, 2], slice(None), slice(None)),
    (MASK, Ellipsis),
]


@pytest.mark.parametrize("key", LAZY, ids=repr)
def test_parts_are_lazy(images, key, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(ImageArray, "_read", lambda *_: pytest.fail("pixels were read"))
        part = images[key]
        again = part[::-1]
    assert isinstance(part, ImageArray)
    assert part.shape == EXPECTED[key].shape
    assert part.rescale == images.rescale
    np.testing.assert_array_equal(np.asarray(part), EXPECTED[key])
    np.testing.assert_array_equal(np.asarray(again), EXPECTED[key][::-1])


READ = [
    0,
    -1,
    np.int64(4),
    np.array(2),
    (3, Ellipsis),
    (0, 1),
    (0, 1, 2, 1),
    (slice(2), 0),
    (slice(2), Ellipsis, 0),
    ([0, 1, 2], [0, 1, 2]),
    ([0, 1, 2], slice(None), [0, 1, 3]),
    (0, slice(None), [0, 1]),
    (np.array([[0, 1], [2, 3]]), 0),
    (MASK, 1, slice(1, 3)),
    (Ellipsis, 0),
    (slice(None), None),
]


@pytest.mark.parametrize("key", READ, ids=repr)
def test_pixels_are_read(images, key):
    part = images[key]
    assert not isinstance(part, ImageArray)
    np.testing.assert_array_equal(part, EXPECTED[key])


def test_only_what_is_asked_for_is_read(images, monkeypatch):
    read = []
    real = ImageArray._read
    monkeypatch.setattr(
        ImageArray, "_read", lambda self, records: read.append(len(records)) or real(self, records)
    )
    images[3], images[2:4, 0], images[[1, 2, 3]][1]
    assert read == [1, 2, 1]


@pytest.mark.parametrize(
    "key", [10, -11, [0, 10], MASK[:5], None, True, [[0, 1]], 1.5, "a"], ids=repr
)
def test_what_is_no_index(images, key):
    with pytest.raises(IndexError):
        images[key]


def test_read_only(images):
    with pytest.raises(TypeError, match="read-only"):
        images[0] = 1
    with pytest.raises(ValueError, match="without a copy"):
        np.array(images, copy=False)


# scikit-learn


def test_splits(images, unread):
    y = np.arange(len(images))
    for train, test in KFold(3).split(images):
        assert len(_safe_indexing(images, train)) + len(_safe_indexing(images, test)) == 10
    X_train, X_test, y_train, _ = train_test_split(images, y, random_state=0)
    assert all(isinstance(part, ImageArray) for part in (X_train, X_test))
    np.testing.assert_array_equal(X_train._records, ORDER[y_train])
    assert isinstance(shuffle(images, random_state=0), ImageArray)
    assert isinstance(resample(images, n_samples=3, random_state=0), ImageArray)
    for batch in gen_batches(10, 3):
        assert isinstance(_safe_indexing(images, batch), ImageArray)
    assert _safe_indexing(images, MASK).shape[0] == MASK.sum()
    assert _safe_indexing(images, [0, 1]).shape[0] == 2


def test_check_array(images):
    checked = check_array(images, allow_nd=True)
    assert checked.dtype == np.uint8
    np.testing.assert_array_equal(checked, EXPECTED)


# Files and processes


def test_pickle_has_no_pixels(images):
    pickled = pickle.dumps(images[2:8])
    assert len(pickled) < 1000
    np.testing.assert_array_equal(np.asarray(pickle.loads(pickled)), EXPECTED[2:8])
    assert b"sktune.keras" in pickled
    assert b"_images" not in pickled
    np.asarray(images)
    assert len(pickle.dumps(images[2:8])) == len(pickled)  # nor an open file
    assert joblib.hash(copy.deepcopy(images)) == joblib.hash(images)


def test_an_open_file_outlives_its_removal(images, path):
    opened = images[:5]
    opened[0]
    os.unlink(path)
    np.testing.assert_array_equal(np.asarray(opened[1:]), EXPECTED[1:5])
    del opened
    with pytest.raises(FileNotFoundError, match="no longer in the cache"):
        np.asarray(images)


def test_a_file_that_was_cut_off(images, path):
    os.truncate(path, 100)
    with pytest.raises(OSError, match="was truncated"):
        np.asarray(images)


def test_arrays_of_a_file_share_one_descriptor(path):
    arrays = [ImageArray(path, ORDER, SHAPE[1:]) for _ in range(20)]
    for array in arrays:
        array[0]
    assert len({id(array._open()) for array in arrays}) == 1


def test_descriptors_are_closed(path):
    images = ImageArray(path, ORDER, SHAPE[1:])
    images[0]
    descriptor = images._open()._descriptor
    assert os.path.samestat(os.fstat(descriptor), os.stat(path))
    del images
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_threads(images):
    rng = np.random.RandomState(0)
    keys = [rng.randint(0, 10, 5) for _ in range(400)]
    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(lambda key: np.asarray(images[key]), keys))
    for key, part in zip(keys, parts, strict=True):
        np.testing.assert_array_equal(part, EXPECTED[key])


def test_short_reads_and_systems_without_positions(images, monkeypatch):
    monkeypatch.delattr(os, "preadv")
    real = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, n: real(descriptor, min(n, 7)))
    test_threads(images)
    np.testing.assert_array_equal(np.asarray(images), EXPECTED)
