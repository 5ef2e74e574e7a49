"""CNNClassifier: shapes of images, the network that is built, its parameters."""

import keras
import numpy as np
import pytest
from joblib import parallel_config
from numpy.testing import assert_array_equal
from sklearn.base import clone, is_classifier
from sklearn.datasets import load_digits
from sklearn.model_selection import RandomizedSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from sktune.keras import CNNClassifier

DIGITS, DIGIT_LABELS = load_digits(n_class=3, return_X_y=True)
DIGITS = DIGITS[:200] / 16
DIGIT_LABELS = DIGIT_LABELS[:200]


def tiny(**params):
    given = {"filters": 4, "dense_units": 8, "epochs": 1, "random_state": 0}
    return CNNClassifier(**{**given, **params})


def fitted_on(shape, n_classes=2, **params):
    """Return a network fitted on a few random images."""
    X = np.random.default_rng(0).uniform(size=(6, *shape))
    return tiny(**params).fit(X, np.arange(6) % n_classes), X


def layers(model, kind):
    return [layer for layer in model.layers if isinstance(layer, kind)]


def test_learns_digits():
    net = tiny(filters=8, dense_units=32, epochs=8, learning_rate=0.01)
    names = np.array(["zero", "one", "two"])[DIGIT_LABELS]
    net.fit(DIGITS[:150], names[:150])
    assert net.score(DIGITS[150:], names[150:]) > 0.9
    assert is_classifier(net)
    assert set(net.history_) == {"loss", "accuracy"}


@pytest.mark.parametrize(
    "shape, image_shape, expected",
    [
        ((64,), None, (8, 8, 1)),
        ((1,), None, (1, 1, 1)),
        ((12,), None, (1, 12, 1)),
        ((12,), (3, 4), (3, 4, 1)),
        ((12,), (2, 2, 3), (2, 2, 3)),
        ((5, 7), None, (5, 7, 1)),
        ((5, 7), (5, 7), (5, 7, 1)),
        ((5, 7, 3), None, (5, 7, 3)),
        ((5, 7, 3), [5, 7, 3], (5, 7, 3)),
    ],
)
def test_shapes_of_images(shape, image_shape, expected):
    net, X = fitted_on(shape, image_shape=image_shape)
    assert net.input_shape_ == expected
    assert net.predict_proba(X).shape == (6, 2)


def test_one_image_in_three_forms_is_one_image():
    images = DIGITS.reshape(-1, 8, 8)
    forms = DIGITS, images, images[..., np.newaxis]
    proba = [tiny().fit(form, DIGIT_LABELS).predict_proba(form) for form in forms]
    assert np.array_equal(proba[0], proba[1])
    assert np.array_equal(proba[0], proba[2])


@pytest.mark.parametrize(
    "fitted, given",
    [((8, 8, 1), (8, 9, 1)), ((8, 8, 1), (8, 8, 3)), ((8, 8), (8, 7)), ((8, 8), ())],
)
def test_the_whole_shape_is_compared(fitted, given):
    net, _ = fitted_on(fitted)
    message = r"samples of shape .*, but this CNNClassifier was fitted on"
    with pytest.raises(ValueError, match=message):
        net.predict(np.zeros((2, 8, *given[1:])))


def test_network():
    net, _ = fitted_on((8, 8, 1), filters=3, kernel_size=5, dense_units=7, dropout=0.25)
    convolutions = layers(net.model_, keras.layers.Conv2D)
    assert [layer.filters for layer in convolutions] == [3, 6]
    assert {layer.kernel_size for layer in convolutions} == {(5, 5)}
    assert [tuple(layer.output.shape[1:3]) for layer in convolutions] == [(8, 8), (4, 4)]
    assert [layer.units for layer in layers(net.model_, keras.layers.Dense)] == [7, 2]
    assert [layer.rate for layer in layers(net.model_, keras.layers.Dropout)] == [0.25]


def test_the_rate_of_dropout_does_not_change_the_network():
    """Candidates that differ in it alone can share a compiled training step."""
    without, some = (fitted_on((4, 4), dropout=rate)[0].model_ for rate in (0.0, 0.5))
    assert [type(layer) for layer in without.layers] == [type(layer) for layer in some.layers]


def test_several_labels_an_image():
    y = np.column_stack([DIGIT_LABELS == 0, DIGIT_LABELS > 0, DIGIT_LABELS == 1])
    net = tiny(filters=8, dense_units=32, epochs=10, learning_rate=0.01)
    net.fit(DIGITS[:150], y[:150])
    assert net.model_.layers[-1].activation is keras.activations.sigmoid
    predicted = net.predict(DIGITS)
    assert predicted.dtype == np.bool_
    assert_array_equal(predicted, net.predict_proba(DIGITS) > 0.5)
    assert net.score(DIGITS[150:], y[150:]) > 0.8


def test_accuracy_of_several_labels_is_that_of_the_entries():
    y = np.column_stack([DIGIT_LABELS == 0, DIGIT_LABELS > 0, DIGIT_LABELS == 1])
    net = tiny(learning_rate=1e-9).fit(DIGITS, y)  # as it was made, so the epoch saw one network
    assert set(net.history_) == {"loss", "accuracy"}
    assert net.history_["accuracy"] == pytest.approx([(net.predict(DIGITS) == y).mean()])


@pytest.mark.parametrize("filters", [(2,), [2, 3, 4], np.array([2, 3, 4, 5, 6])])
def test_any_number_of_convolutions(filters):
    net, _ = fitted_on((8, 8, 1), filters=filters)
    assert [layer.filters for layer in layers(net.model_, keras.layers.Conv2D)] == [*filters]


def test_a_side_of_one_pixel_is_not_halved():
    net, _ = fitted_on((1, 6, 1), filters=(2, 2, 2))
    shapes = [layer.output.shape[1:3] for layer in layers(net.model_, keras.layers.MaxPooling2D)]
    assert shapes == [(1, 3), (1, 1)]


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_optimizer(optimizer):
    net, _ = fitted_on((4, 4), optimizer=optimizer, learning_rate=0.25)
    assert type(net.model_.optimizer).__name__.lower() == optimizer
    assert net.model_.optimizer.learning_rate.numpy() == 0.25


OPTIMIZERS = sorted(CNNClassifier._parameter_constraints["optimizer"][0].options)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_named_optimizer_exists(optimizer):
    net = tiny(optimizer=optimizer)
    net.input_shape_ = (4, 4, 1)
    meta = {"n_classes_": 2, "target_type_": "binary"}
    assert net._make_model(meta).optimizer.learning_rate.numpy() > 0


@pytest.mark.parametrize(
    "params, message",
    [
        ({"filters": 0}, r"'filters' parameter of CNNClassifier must be .* Got 0 instead"),
        ({"filters": (8, 0)}, r"'filters' .* integers of at least 1\. Got \(8, 0\) instead"),
        ({"filters": ()}, r"'filters' .* Got \(\) instead"),
        ({"filters": (8, 1.5)}, r"'filters' .* Got \(8, 1\.5\) instead"),
        ({"kernel_size": 2.5}, r"'kernel_size' .* Got 2\.5 instead"),
        ({"dense_units": 0}, r"'dense_units' .* Got 0 instead"),
        ({"dropout": 1.0}, r"'dropout' .* Got 1\.0 instead"),
        ({"optimizer": "adamm"}, r"'optimizer' .* Got 'adamm' instead"),
        ({"learning_rate": 0.0}, r"'learning_rate' .* Got 0\.0 instead"),
        ({"batch_size": 0}, r"'batch_size' .* Got 0 instead"),
        ({"epochs": None}, r"'epochs' .* Got None instead"),
        ({"class_weight": "even"}, r"'class_weight' .* Got 'even' instead"),
        ({"zoom_range": (0.5,)}, r"'zoom_range' .* pair of factors, 0 < low <= high\. Got"),
        ({"zoom_range": (0.9, 0.5)}, r"'zoom_range' .* pair of factors, 0 < low <= high\. Got"),
        ({"zoom_range": (0.0, 1.0)}, r"'zoom_range' .* pair of factors, 0 < low <= high\. Got"),
        ({"zoom_range": ("a", "b")}, r"'zoom_range' .* pair of factors, 0 < low <= high\. Got"),
        ({"zoom_range": (0.5, np.inf)}, r"'zoom_range' .* pair of factors, 0 < low <= high\. Got"),
        ({"horizontal_flip": 0.5}, r"'horizontal_flip' .* Got 0\.5 instead"),
        ({"vertical_flip": 0.5}, r"'vertical_flip' .* Got 0\.5 instead"),
        ({"rotation_range": -1}, r"'rotation_range' .* Got -1 instead"),
        ({"shear_range": 90}, r"'shear_range' .* Got 90 instead"),
        ({"zoom_range": 1.0}, r"'zoom_range' .* Got 1\.0 instead"),
        ({"width_shift_range": 1.5}, r"'width_shift_range' .* Got 1\.5 instead"),
        ({"height_shift_range": "a"}, r"'height_shift_range' .* Got 'a' instead"),
        ({"image_shape": 8}, r"'image_shape' .* Got 8 instead"),
        ({"image_shape": (8,)}, r"'image_shape' .* Got \(8,\) instead"),
        ({"image_shape": (4, 4)}, r"rows of 64 numbers, but .*\(4, 4, 1\) have 16"),
    ],
)
def test_bad_parameters_are_refused_before_training(params, message):
    with pytest.raises(ValueError, match=message):
        tiny(**params).fit(DIGITS, DIGIT_LABELS)


def test_other_images_than_announced():
    with pytest.raises(ValueError, match=r"images of shape \(8, 8, 1\), but image_shape=\(4,"):
        tiny(image_shape=(4, 16)).fit(DIGITS.reshape(-1, 8, 8), DIGIT_LABELS)
    with pytest.raises(ValueError, match=r"samples of shape \(2, 2, 2, 2\), but an image is"):
        tiny().fit(np.zeros((4, 2, 2, 2, 2)), [0, 1, 0, 1])


@pytest.mark.slow
def test_every_setting_can_be_searched():
    search = RandomizedSearchCV(
        make_pipeline(MinMaxScaler(), tiny()),
        {
            "cnnclassifier__filters": [4, (2, 4), (2, 2, 2)],
            "cnnclassifier__optimizer": ["adam", "sgd"],
            "cnnclassifier__image_shape": [None, (4, 16)],
            "cnnclassifier__dropout": [0.0, 0.5],
        },
        n_iter=3,
        cv=2,
        random_state=0,
        error_score="raise",
    )
    search.fit(DIGITS, DIGIT_LABELS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert clone(search.best_estimator_[-1]).get_params()["epochs"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_workers_train_the_same_model(backend):
    X = np.random.default_rng(0).uniform(size=(60, 6, 6))
    y = np.arange(60) % 3
    cnn = CNNClassifier(filters=4, dense_units=8, dropout=0.3, epochs=2, random_state=0)
    alone = cross_val_predict(cnn, X, y, cv=2, method="predict_proba")
    with parallel_config(backend, n_jobs=2):
        together = cross_val_predict(cnn, X, y, cv=2, method="predict_proba")
    # To the last bit where TensorFlow has as many threads in a worker as here.
    np.testing.assert_allclose(together, alone, atol=1e-5)
