"""Images changed at random in training: by what was asked for, and in training only."""

import pickle

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal
from scipy.ndimage import affine_transform
from sklearn.base import clone
from sklearn.utils import estimator_checks

from sktune.keras import CNNClassifier
from sktune.keras._augmentation import RANGES, RandomAffine, make_augmentation
from sktune.keras._programs import _pool, _program
from sktune.keras._training._early_stopping import hold_out_rows

OFF = {
    "horizontal_flip": False,
    "vertical_flip": False,
    "rotation_range": 0.0,
    "shear_range": 0.0,
    "zoom_range": 0.0,
    "width_shift_range": 0.0,
    "height_shift_range": 0.0,
}
SOME = {
    "horizontal_flip": True,
    "vertical_flip": True,
    "rotation_range": 40.0,
    "shear_range": 20.0,
    "zoom_range": 0.3,
    "width_shift_range": 0.2,
    "height_shift_range": 0.1,
}


@pytest.fixture
def images():
    return np.random.default_rng(0).random((40, 6, 9, 2), dtype=np.float32)


@pytest.fixture
def digits():
    rng = np.random.default_rng(1)
    y = np.arange(48) % 2
    X = rng.random((48, 8, 8), dtype=np.float32) / 2
    X[y == 1, :4] += 0.5
    return X, y


def cnn(**params):
    small = {"filters": 2, "dense_units": 4, "epochs": 2, "batch_size": 16, "random_state": 0}
    return CNNClassifier(**small | params)


def augmented(images, seed=0, **ranges):
    layer = make_augmentation(**OFF | ranges, seed=seed)
    return np.asarray(layer(images, training=True))


def transforms_of(n=4000, height=10, width=20, **ranges):
    """Matrices that map pixels of the result to those of the image, shape (n, 2, 3), (x, y)."""
    layer = make_augmentation(**OFF | ranges, seed=0)
    layer.build((None, height, width, 1))
    return np.asarray(layer._draw(n, height, width))[:, :6].reshape(n, 2, 3)


def test_nothing_asked_for_is_no_layer():
    assert make_augmentation(**OFF) is None
    kinds = [type(layer) for layer in cnn().fit(np.eye(16), np.arange(16) % 2).model_.layers]
    assert RandomAffine not in kinds


@pytest.mark.parametrize("name, value", SOME.items())
def test_each_range_changes_images(images, name, value):
    changed = augmented(images, **{name: value})
    assert changed.shape == images.shape
    assert (changed != images).any(axis=(1, 2, 3)).mean() > 0.3
    assert changed.min() >= images.min() - 1e-6
    assert changed.max() <= images.max() + 1e-6


@pytest.mark.parametrize("name, axis", [("horizontal_flip", 2), ("vertical_flip", 1)])
def test_flips_half_of_the_images(images, name, axis):
    many = np.repeat(images, 10, axis=0)
    changed = augmented(many, **{name: True})
    is_mirrored = (changed == np.flip(many, axis)).all(axis=(1, 2, 3))
    is_same = (changed == many).all(axis=(1, 2, 3))
    assert (is_mirrored ^ is_same).all()
    assert 0.4 < is_mirrored.mean() < 0.6


@pytest.mark.parametrize("factor", [0.5, 1.7])
def test_zoom_about_the_centre(images, factor):
    changed = augmented(images, zoom_range=(factor, factor))
    centre = (np.array(images.shape[1:3]) - 1) / 2
    for image, expected in zip(changed[:3], images[:3], strict=True):
        for channel in range(2):
            by_scipy = affine_transform(
                expected[..., channel],
                [factor, factor],
                offset=centre * (1 - factor),
                order=1,
                mode="nearest",
            )
            assert_allclose(image[..., channel], by_scipy, atol=1e-4)


def moved(images, **fixed):
    """Images under one transform: zoom, shear, shift and rotation of exactly this size."""
    layer = make_augmentation(**OFF | {"rotation_range": 1.0})
    draws = np.where([name in fixed for name in RANGES], 1.0, 0.0)
    layer.build(images.shape)
    layer.ranges.assign([fixed.get(name, float("zoom" in name)) for name in RANGES])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            keras.random, "uniform", lambda *args, **kwargs: np.float32([draws] * len(images))
        )
        return np.asarray(layer(images, training=True))


def test_a_quarter_turn(images):
    square = images[:, :, :6]
    turned = moved(square, rotation=np.pi / 2)
    # As the former generator: clockwise for an angle above 0.
    assert_allclose(turned, np.rot90(square, -1, axes=(1, 2)), atol=1e-5)


def test_shift_repeats_the_edge(images):
    right = moved(images, width_shift=1 / 3)  # of 9 columns
    assert_allclose(right[:, :, :6], images[:, :, 3:], atol=1e-5)
    assert_allclose(right[:, :, 6:], np.repeat(images[:, :, -1:], 3, axis=2), atol=1e-5)
    down = moved(images, height_shift=1 / 3)  # of 6 rows
    assert_allclose(down[:, :4], images[:, 2:], atol=1e-5)
    assert_allclose(down[:, 4:], np.repeat(images[:, -1:], 2, axis=1), atol=1e-5)


def test_zoom_by_hand():
    """At half the factor pixels lie at a quarter and three quarters between the old ones."""
    image = np.float32([0, 10, 30, 40]).reshape(1, 1, 4, 1)
    zoomed = augmented(image, zoom_range=(0.5, 0.5))
    # The centre is 1.5; pixel n comes from 1.5 + (n - 1.5) / 2 = 0.75, 1.25, 1.75, 2.25.
    assert_allclose(zoomed.ravel(), [7.5, 15.0, 25.0, 32.5], atol=1e-5)


def test_a_whole_transform_as_scipy_maps_it(images):
    layer = make_augmentation(**SOME, seed=3)
    layer.build(images.shape)
    coefficients = np.asarray(layer._draw(len(images), 6, 9))
    changed = augmented(images, seed=3, **SOME)
    for image, expected, (a0, a1, a2, b0, b1, b2, *_) in zip(
        changed, images, coefficients, strict=True
    ):
        by_scipy = affine_transform(
            expected[..., 0], [[b1, b0], [a1, a0]], offset=[b2, a2], order=1, mode="nearest"
        )
        assert_allclose(image[..., 0], by_scipy, atol=1e-3)


def test_composed_as_the_former_generator():
    """Rotation x shift x shear x zoom about the centre, as Keras 2 multiplied them."""
    ranges = {**SOME, "horizontal_flip": False, "vertical_flip": False}
    height, width = 10, 20
    layer = make_augmentation(**ranges, seed=5)
    layer.build((None, height, width, 1))
    found = np.asarray(layer._draw(50, height, width))
    draws = np.asarray(
        keras.random.uniform((50, len(RANGES)), -1, 1, seed=keras.random.SeedGenerator(5))
    )
    for (a0, a1, a2, b0, b1, b2, *_), draw in zip(
        found, (dict(zip(RANGES, row, strict=True)) for row in draws), strict=True
    ):
        angle, shear = np.deg2rad(40) * draw["rotation"], np.deg2rad(20) * draw["shear"]
        down, right = 0.1 * height * draw["height_shift"], 0.2 * width * draw["width_shift"]
        zooms = 1 + 0.3 * draw["zoom_low"], 1 + 0.3 * draw["zoom_high"]
        sine, cosine = np.sin(angle), np.cos(angle)
        rotation = [[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]]
        shift = [[1, 0, down], [0, 1, right], [0, 0, 1]]
        shearing = [[1, -np.sin(shear), 0], [0, np.cos(shear), 0], [0, 0, 1]]
        to_centre = np.array([[1, 0, (height - 1) / 2], [0, 1, (width - 1) / 2], [0, 0, 1]])
        product = np.linalg.multi_dot(
            [to_centre, rotation, shift, shearing, np.diag([*zooms, 1]), np.linalg.inv(to_centre)]
        )
        assert_allclose([[b1, b0, b2], [a1, a0, a2]], product[:2], atol=1e-4)


def test_ranges_are_kept_and_used():
    shifts = transforms_of(width_shift_range=0.25)[:, 0, 2]
    assert -5 <= shifts.min() < -4.8
    assert 4.8 < shifts.max() <= 5
    turned = transforms_of(rotation_range=30.0)
    angles = np.rad2deg(np.arctan2(turned[:, 0, 1], turned[:, 0, 0]))
    assert -30.01 < angles.min() < -29
    assert 29 < angles.max() < 30.01
    sheared = transforms_of(shear_range=30.0)
    assert_array_equal(sheared[:, 0, 1], 0)  # rows stay level
    slants = np.rad2deg(np.arctan2(-sheared[:, 1, 0], sheared[:, 0, 0]))
    assert -30.01 < slants.min() < -29
    assert 29 < slants.max() < 30.01
    zoomed = transforms_of(zoom_range=0.2)
    for axis in range(2):
        factors = zoomed[:, axis, axis]
        assert 0.799 < factors.min() < 0.81
        assert 1.19 < factors.max() < 1.201
    assert abs(np.corrcoef(zoomed[:, 0, 0], zoomed[:, 1, 1])[0, 1]) < 0.1


def test_in_training_only(digits):
    X, y = digits
    classifier = cnn(**SOME).fit(X, y)
    (layer,) = [one for one in classifier.model_.layers if isinstance(one, RandomAffine)]
    assert_array_equal(np.asarray(layer(X[..., None], training=False)), X[..., None])
    plain = classifier.predict_proba(X)
    assert_array_equal(classifier.predict_proba(X), plain)
    assert_allclose(classifier.model_(X[..., None], training=False), plain, atol=1e-6)


def test_inner_split_sees_plain_images(digits):
    X, y = digits
    # Of one epoch the weights are those of its end, with which the split was looked at.
    classifier = cnn(early_stopping=True, epochs=1, validation_fraction=0.25, **SOME).fit(X, y)
    _, held_out = hold_out_rows(len(y), 0.25, y, classifier._seed)
    loss = classifier.model_.evaluate(X[held_out][..., None], y[held_out], verbose=0)[0]
    assert classifier.history_["val_loss"][0] == pytest.approx(loss, abs=1e-5)


def test_same_seed_same_model_and_another_draw_each_epoch(digits):
    X, y = digits
    outputs = [cnn(**SOME).fit(X, y).predict_proba(X) for _ in range(2)]
    assert_array_equal(*outputs)
    assert (cnn(**SOME, random_state=1).fit(X, y).predict_proba(X) != outputs[0]).any()
    # With no learning to speak of, the loss of an epoch differs by the draws alone.
    history = cnn(horizontal_flip=True, learning_rate=1e-12).fit(X, y).history_["loss"]
    still = cnn(learning_rate=1e-12).fit(X, y).history_["loss"]
    assert abs(still[0] - still[1]) < 1e-6 < abs(history[0] - history[1])


def test_partial_fit_goes_on_as_fit_would(digits):
    X, y = digits
    whole = cnn(**SOME).fit(X, y)
    by_epoch = cnn(**SOME)
    for _ in range(2):
        by_epoch.partial_fit(X, y)
    assert_array_equal(by_epoch.predict_proba(X), whole.predict_proba(X))


def test_candidates_share_a_program(digits, monkeypatch):
    X, y = digits
    made = []
    plain = _program.Program.__init__

    def counted(self, key, *others):
        made.append(key)
        plain(self, key, *others)

    monkeypatch.setattr(_program.Program, "__init__", counted)
    pool = _pool.Pool()
    monkeypatch.setattr("sktune.keras._training._fit.borrow", pool.borrow)
    first = cnn(zoom_range=0.1).fit(X, y).predict_proba(X)
    second = cnn(zoom_range=0.4, horizontal_flip=True, rotation_range=90.0).fit(X, y)
    assert len(made) == len(pool._idle) == 1
    (training,) = [f for key, f in pool._idle[0]._functions.items() if key[0] == "train"]
    assert training.experimental_get_tracing_count() == 1
    assert (second.predict_proba(X) != first).any()
    alone = cnn(zoom_range=0.4, horizontal_flip=True, rotation_range=90.0)
    monkeypatch.setattr("sktune.keras._training._fit.borrow", _pool.Pool().borrow)
    assert_array_equal(alone.fit(X, y).predict_proba(X), second.predict_proba(X))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_saved_and_copied(digits, tmp_path):
    X, y = digits
    classifier = cnn(**SOME).fit(X, y)
    classifier.model_.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert_allclose(loaded.predict(X[..., None], verbose=0), classifier.predict_proba(X), atol=1e-6)
    for theirs, ours in zip(loaded.get_weights(), classifier.model_.get_weights(), strict=True):
        assert_array_equal(theirs, ours)
    assert clone(classifier).get_params() == classifier.get_params()
    copied = pickle.loads(pickle.dumps(classifier))
    for each in (copied, classifier):
        each.partial_fit(X, y)
    assert_array_equal(copied.predict_proba(X), classifier.predict_proba(X))


def test_training_leaves_the_ranges(digits):
    """Also where early stopping puts the weights of its best epoch back."""
    X, y = digits
    stopped = cnn(
        early_stopping=True, n_iter_no_change=1, epochs=6, learning_rate=0.5, zoom_range=0.25
    ).fit(X, y)
    assert stopped.best_epoch_ < len(stopped.history_["loss"])
    assert_array_equal(stopped.model_.layers[0].ranges, np.float32([0, 0, 0, 0, 0.75, 1.25, 0, 0]))


def test_same_model_as_by_keras(digits, monkeypatch):
    X, y = digits
    ours = cnn(**SOME).fit(X, y)
    monkeypatch.setattr("sktune.keras._training._fit.describe", lambda model: None)
    theirs = cnn(**SOME).fit(X, y)
    # The same draws; TensorFlow rounds some of them otherwise in a compiled loop, by 6e-8.
    for one, other in zip(ours.model_.get_weights(), theirs.model_.get_weights(), strict=True):
        assert_allclose(one, other, atol=1e-6)


def built(rescale=1.0, **params):
    classifier = cnn(**params)
    classifier.input_shape_ = (8, 8, 1)
    meta = {"n_classes_": 2, "target_type_": "binary", "rescale_": rescale}
    return classifier._make_model(meta)


def test_not_compiled_by_xla(monkeypatch):
    """It knows no such resampling; on a machine with a GPU Keras compiles what it can."""
    devices = [tf.config.PhysicalDevice("GPU:0", "GPU")]
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda *args: devices)
    assert built().jit_compile
    assert not built(zoom_range=0.1).jit_compile


@pytest.fixture(params=["mixed_float16", "mixed_bfloat16"])
def half_precision(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param.removeprefix("mixed_")
    keras.config.set_dtype_policy(before)


def test_mixed_precision(digits, images, half_precision):
    """Images are rounded, ranges and transforms are not."""
    X, y = digits
    whole = make_augmentation(**SOME, seed=0)
    whole.dtype_policy = "float32"
    half = make_augmentation(**SOME, seed=0)
    changed = half(images, training=True)
    assert changed.dtype == half_precision
    assert_array_equal(half.ranges.numpy(), np.float32(half._initial_ranges))
    expected = np.asarray(whole(images, training=True))
    assert_allclose(np.asarray(tf.cast(changed, "float32")), expected, atol=0.02)
    classifier = cnn(**SOME).fit(X, y)
    assert np.isfinite(classifier.history_["loss"]).all()
    assert np.isfinite(classifier.predict_proba(X)).all()


def test_bytes_scaled_in_the_network(digits):
    X, y = digits
    images = np.round(X[..., None] * 255).astype(np.uint8)
    kinds = [type(layer) for layer in built(rescale=1 / 255, **SOME).layers[:2]]
    assert kinds == [keras.layers.Rescaling, RandomAffine]
    assert augmented(images, rotation_range=20.0).dtype == np.float32
    by_bytes = cnn(**SOME).fit(images, y)
    by_floats = cnn(**SOME).fit(images.astype(np.float32), y)
    assert_array_equal(by_bytes.predict_proba(images), by_floats.predict_proba(images * 1.0))


@pytest.mark.parametrize(
    "name",
    [
        "estimators_overwrite_params",
        "estimators_pickle",
        "fit2d_1feature",
        "fit2d_1sample",
        "fit_idempotent",
        "methods_subset_invariance",
        "readonly_memmap_input",
    ],
)
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_checks_of_scikit_learn(name):
    """The checks about state and randomness; all of them run without augmentation."""
    check = getattr(estimator_checks, f"check_{name}")
    check("CNNClassifier", cnn(epochs=1, **SOME))


def test_augment_shows_what_training_sees(digits):
    X, _ = digits
    classifier = cnn(**SOME)
    seen = classifier.augment(X)
    assert seen.shape == (48, 8, 8, 1)
    assert seen.dtype == np.float32
    assert_array_equal(classifier.augment(X), seen)
    assert (classifier.augment(X, random_state=1) != seen).any()
    assert_array_equal(cnn().augment(X.reshape(48, 64)), X.astype(np.float32)[..., None])
    with pytest.raises(ValueError, match="an image is"):
        classifier.augment(np.zeros((2, 2, 2, 2, 2)))


def test_augment_counts_no_names_of_keras(digits):
    """TensorFlow keeps some memory for each name, and the user's own layers have such names."""
    names = []
    for _ in range(2):
        cnn(**SOME).augment(digits[0])
        names.append(RandomAffine([0, 0, 0, 0, 1, 1, 0, 0]).name)
    first, second = (int("0" + name.removeprefix("random_affine").strip("_")) for name in names)
    assert second == first + 1
