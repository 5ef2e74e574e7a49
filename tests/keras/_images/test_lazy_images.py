"""Networks that read pictures from the disk a part at a time: the same models, nothing held."""

import keras
import numpy as np
import pytest
from PIL import Image
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline

from sktune.keras import CNNClassifier, ImageArray, ImageReader, KerasClassifier
from sktune.keras._data import _reading

N_IMAGES, SIZE = 50, (6, 5)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Paths of small pictures, their labels, and a reader of them."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    y = np.array(["dark", "light"])[np.arange(N_IMAGES) % 2]
    paths = []
    for n, label in enumerate(y):
        low = 0 if label == "dark" else 120
        pixels = rng.integers(low, low + 130, size=(*SIZE, 3), dtype=np.uint8)
        paths.append(str(folder / f"{n}.png"))
        Image.fromarray(pixels).save(paths[-1])
    return np.array(paths), y, ImageReader(SIZE, rescale=None, cache_dir=str(folder / "cache"))


@pytest.fixture
def small_parts(monkeypatch):
    """Two batches of 8 pictures are read at once; gives the numbers of pictures read."""
    monkeypatch.setattr(_reading, "_PART_BYTES", 16 * SIZE[0] * SIZE[1] * 3)
    sizes = []
    plain = ImageArray.__array__

    def counted(self, *args, **kwargs):
        sizes.append(len(self))
        return plain(self, *args, **kwargs)

    monkeypatch.setattr(ImageArray, "__array__", counted)
    return sizes


def cnn(**params):
    small = {"filters": 2, "dense_units": 4, "epochs": 3, "batch_size": 8, "random_state": 0}
    return CNNClassifier(**small | params)


def small_net(meta):
    layers = [keras.Input(meta["X_shape_"][1:]), keras.layers.Rescaling(meta["rescale_"])]
    layers += [keras.layers.Flatten(), keras.layers.Dense(meta["n_classes_"], "softmax")]
    model = keras.Sequential(layers)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class OwnDense(keras.layers.Dense):
    """Keras has not been told of it: such a model is trained by ``Model.fit``."""


def own_net(meta):
    model = keras.Sequential([keras.Input(meta["X_shape_"][1:]), keras.layers.Flatten()])
    model.add(OwnDense(meta["n_classes_"], activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def wrapped(function, **params):
    return KerasClassifier(function, epochs=3, batch_size=8, random_state=0, **params)


@pytest.mark.parametrize(
    "estimator",
    [
        cnn(),
        cnn(dropout=0.3),
        cnn(early_stopping=True, validation_fraction=0.4),
        cnn(class_weight="balanced"),
        wrapped(small_net),
        wrapped(small_net, validation_split=0.3),
        wrapped(own_net),
        wrapped(own_net, validation_split=0.3),
        wrapped(own_net, shuffle=False),
    ],
)
def test_same_model_as_from_memory(pictures, small_parts, estimator):
    paths, y, reader = pictures
    images = reader.transform(paths)
    estimator.fit(images, y)
    assert max(small_parts) <= 16
    weights = estimator.model_.get_weights()
    history, outputs = estimator.history_, estimator.predict_proba(images)
    pixels = np.asarray(images)
    estimator.fit(pixels, y)
    assert estimator.history_ == history
    for ours, theirs in zip(weights, estimator.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(estimator.predict_proba(pixels), outputs)


def test_samples_of_weight_zero_are_left_out(pictures, small_parts):
    paths, y, reader = pictures
    images = reader.transform(paths)
    weight = np.arange(N_IMAGES) % 3 / 1.5
    ours = cnn().fit(images, y, sample_weight=weight)
    theirs = cnn().fit(np.asarray(images), y, sample_weight=weight)
    np.testing.assert_array_equal(ours.predict_proba(images), theirs.predict_proba(images))


@pytest.mark.parametrize("make", [cnn, lambda: wrapped(small_net)])
def test_scaled_in_the_network(pictures, make):
    paths, y, reader = pictures
    images = ImageReader(SIZE, rescale=0.01, cache_dir=reader.cache_dir).transform(paths)
    lazy = make().fit(images, y)
    assert any(isinstance(layer, keras.layers.Rescaling) for layer in lazy.model_.layers)
    scaled = np.asarray(images) * np.float32(0.01)
    by_hand = make().fit(scaled, y)
    np.testing.assert_allclose(lazy.predict_proba(images), by_hand.predict_proba(scaled), atol=1e-4)


def test_other_scaling_is_refused(pictures):
    paths, y, reader = pictures
    fitted = cnn().fit(reader.transform(paths), y)
    scaled = ImageReader(SIZE, rescale=0.5, cache_dir=reader.cache_dir).transform(paths)
    with pytest.raises(ValueError, match=r"multiplied by 0\.5.*multiplied by 1\.0"):
        fitted.predict(scaled)


def test_other_size_is_refused(pictures):
    paths, y, reader = pictures
    fitted = cnn().fit(reader.transform(paths), y)
    larger = ImageReader((7, 5), rescale=None, cache_dir=reader.cache_dir).transform(paths)
    with pytest.raises(ValueError, match=r"7 features|samples of shape \(7, 5, 3\)"):
        fitted.predict(larger)


def test_as_many_labels_as_pictures(pictures):
    paths, y, reader = pictures
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        cnn().fit(reader.transform(paths), y[:-1])
    with pytest.raises(ValueError, match="requires y"):
        cnn().fit(reader.transform(paths), None)


def test_in_a_pipeline(pictures):
    paths, y, reader = pictures
    pipeline = make_pipeline(
        ImageReader(SIZE, cache_dir=reader.cache_dir), cnn(filters=8, epochs=15)
    )
    predicted = cross_val_predict(pipeline, paths, y, cv=2)
    assert (predicted == y).mean() > 0.8
