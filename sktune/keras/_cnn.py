"""The classic convolutional network for images as a scikit-learn classifier."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

import keras
import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_array, check_random_state

from sktune._sklearn_compat import Interval, StrOptions

from ._augmentation import make_augmentation
from ._classifier import BaseKerasClassifier
from ._data._reading import read, rescale_of
from ._images._array import ImageArray
from ._scikeras_compat import make_optimizer
from ._training._fork import check_not_forked
from ._training._seeding import seeded

# Keras's optimizers that need no setting but a learning rate.
_OPTIMIZERS = {
    "adadelta",
    "adagrad",
    "adam",
    "adamax",
    "adamw",
    "ftrl",
    "lion",
    "nadam",
    "rmsprop",
    "sgd",
}


class CNNClassifier(BaseKerasClassifier):
    """Classifier of images: the classic convolutional neural network.

    For each number in ``filters`` a convolution with that many filters and a pooling that
    halves the image, then a dense layer, dropout, and a softmax over the classes [1]_.
    Hidden layers use ReLU; the loss is the cross-entropy.

    A y of 0 and 1 in a column for each label means several labels an image, as for
    scikit-learn's own classifiers: the network then ends in a sigmoid unit for each label, and
    the loss is the binary cross-entropy. One-hot rows are read as several labels, too: for a
    softmax, give the labels, ``y.argmax(axis=1)``.

    Scale the images (0 to 1 is usual): the network does not, so that a Pipeline can. The exception
    are images of an ``ImageReader``, which stay on disk and are read by batch: they carry a
    scaling factor, and the network applies it.

    The images can be changed at random while the network trains (augmentation), differently in
    each epoch. Only the images that it is trained on are changed, neither those of an inner split
    nor those to predict. Names and units are those of Keras's former ``ImageDataGenerator``.
    Areas from outside an image repeat its edge.

    Parameters
    ----------
    filters : int or sequence of int, default=(32, 64)
        Number of filters of each convolution, one or more; an int ``f`` means ``(f, 2 * f)``,
        so that a search varies both with one number. The default is that of Keras's
        introductory example [2]_.
    kernel_size : int, default=3
        Height and width of the convolutions' windows, in pixels. The image is padded with
        zeros, so a convolution keeps its size and any kernel fits; 3 is the usual choice
        since [3]_.
    dense_units : int, default=128
        Units of the dense layer.
    dropout : float in [0, 1), default=0.0
        Share of the dense layer's outputs set to 0 at random in each training step. 0: none.
    optimizer : str, default="adam"
        Name of a Keras optimizer: adadelta, adagrad, adam, adamax, adamw, ftrl, lion, nadam,
        rmsprop or sgd. Adam needs the least tuning of the learning rate.
    learning_rate : float, default=1e-3
        Step size of the optimizer, above 0; search it on a log scale. The default is
        Keras's for Adam.
    batch_size : int, default=32
        Images in one step of the optimizer.
    epochs : int, default=10
        Passes over the training data; enough for small images such as scikit-learn's digits.
    image_shape : tuple of int, default=None
        ``(height, width)`` or ``(height, width, channels)`` of the images in pixels, where X
        has one flat row for each. ``None``: a flat row is a square image if its length is
        a square above 1, and an image one pixel high otherwise; one channel.
    horizontal_flip : bool, default=False
        Mirror half of the images, left to right.
    vertical_flip : bool, default=False
        Mirror half of the images, top to bottom.
    rotation_range : float in [0, 180], default=0.0
        Rotate each image by up to this many degrees, in either direction.
    shear_range : float in [0, 90), default=0.0
        Shear each image by up to this many degrees, in either direction.
    zoom_range : float in [0, 1) or pair of float, default=0.0
        Scale height and width, each by its own random factor: a float ``z`` means from ``1 - z``
        to ``1 + z``, a pair gives the lowest and the highest factor. Below 1 the image is enlarged.
    width_shift_range : float in [0, 1], default=0.0
        Shift each image to either side by up to this share of its width.
    height_shift_range : float in [0, 1], default=0.0
        Shift each image up or down by up to this share of its height.
    random_state : int, RandomState or None, default=None
        Seed of initial weights, dropout, augmentation and order of samples. An int gives the
        same model each time on a CPU; on a GPU some operations are not reproducible.
    verbose : int, default=0
        0: nothing, 1: a progress bar, 2: a line for each epoch.
    class_weight : dict, "balanced" or None, default=None
        Factors of the samples' weights by label; ``"balanced"``: inversely proportional to
        the frequencies of the classes in y (of the call, for ``partial_fit``). ``None``: 1.
        Not for several labels an image.
    warm_start : bool, default=False
        Whether a further ``fit`` continues to train the present model instead of a new one.
    early_stopping : bool, default=False
        Hold back a share of the training data, stratified by label, stop when the loss on
        it has not fallen for ``n_iter_no_change`` epochs, and keep the weights of the best
        epoch. ``epochs`` is then the maximum. In a search of sktune the refit then
        trains on all data for as many epochs as were best on the folds.
    validation_fraction : float in (0, 1), default=0.1
        Share of the training data that early stopping holds back; default of scikit-learn's
        ``MLPClassifier``.
    n_iter_no_change : int, default=10
        Epochs without a lower loss after which training stops; default of scikit-learn's
        ``MLPClassifier``.

    Attributes
    ----------
    model_ : keras.Model
        The trained model.
    history_ : dict of str to list of float
        ``loss`` and ``accuracy`` on the training data, one number for each epoch. For several
        labels an image the accuracy is the share of correct entries of y, not of correct rows.
    best_epoch_ : int
        Epoch, counted from 1, whose weights were kept. Only after early stopping.
    fit_report_ : dict
        What a search keeps of the fit: ``history`` and, after early stopping, ``best_epoch``.
        Only if a part of the samples was held back.
    classes_ : ndarray of shape (n_classes,)
        Labels in sorted order; for y of shape (n_samples, n_classes) the numbers of its
        columns.
    input_shape_ : tuple of int
        ``(height, width, channels)`` of an image.
    n_features_in_ : int
        Length of the second axis of X: of a row, or the height of the images.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X has any.

    Raises
    ------
    ValueError
        In ``fit``, if a parameter is not usable, ``image_shape`` does not fit X, or the data
        are not finite numbers; in ``predict``, if the images have another shape.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to
       document recognition", Proceedings of the IEEE 86(11), 1998,
       https://doi.org/10.1109/5.726791
    .. [2] F. Chollet, "Simple MNIST convnet", 2015,
       https://keras.io/examples/vision/mnist_convnet/
    .. [3] K. Simonyan, A. Zisserman, "Very deep convolutional networks for large-scale image
       recognition", 2015, https://arxiv.org/abs/1409.1556

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sktune.keras import CNNClassifier
    >>> X, y = load_digits(n_class=3, return_X_y=True)
    >>> classifier = CNNClassifier(filters=8, dense_units=16, epochs=3, random_state=0)
    >>> classifier.fit(X / 16, y).score(X / 16, y) > 0.9
    True
    >>> classifier.input_shape_
    (8, 8, 1)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseKerasClassifier._parameter_constraints,
        "filters": [Interval(Integral, 1, None, closed="left"), "array-like"],
        "kernel_size": [Interval(Integral, 1, None, closed="left")],
        "dense_units": [Interval(Integral, 1, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "optimizer": [StrOptions(_OPTIMIZERS)],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "image_shape": ["array-like", None],
        "horizontal_flip": ["boolean"],
        "vertical_flip": ["boolean"],
        "rotation_range": [Interval(Real, 0, 180, closed="both")],
        "shear_range": [Interval(Real, 0, 90, closed="left")],
        "zoom_range": [Interval(Real, 0, 1, closed="left"), "array-like"],
        "width_shift_range": [Interval(Real, 0, 1, closed="both")],
        "height_shift_range": [Interval(Real, 0, 1, closed="both")],
    }

    def __init__(
        self,
        *,
        filters: int | Sequence[int] = (32, 64),
        kernel_size: int = 3,
        dense_units: int = 128,
        dropout: float = 0.0,
        optimizer: str = "adam",
        learning_rate: float = 1e-3,
        batch_size: int = 32,
        epochs: int = 10,
        image_shape: Sequence[int] | None = None,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rotation_range: float = 0.0,
        shear_range: float = 0.0,
        zoom_range: float | Sequence[float] = 0.0,
        width_shift_range: float = 0.0,
        height_shift_range: float = 0.0,
        random_state: Any = None,
        verbose: int = 0,
        class_weight: Mapping[Any, float] | str | None = None,
        warm_start: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
    ) -> None:
        self.filters = filters
        self.kernel_size = kernel_size
        self.dense_units = dense_units
        self.dropout = dropout
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.epochs = epochs
        self.image_shape = image_shape
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.rotation_range = rotation_range
        self.shear_range = shear_range
        self.zoom_range = zoom_range
        self.width_shift_range = width_shift_range
        self.height_shift_range = height_shift_range
        self.random_state = random_state
        self.verbose = verbose
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change

    def augment(self, X: ArrayLike, random_state: Any = None) -> np.ndarray:
        """Return images as the network sees them in training, changed at random.

        For inspection; no fit is needed.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...) or ImageArray
            Images, as ``fit`` takes them. Images on disk are all read.
        random_state : int, RandomState or None, default=None
            Seed of the random numbers. ``None``: that of the classifier.

        Returns
        -------
        ndarray of shape (n_samples, height, width, channels), float32
            The images, multiplied by the factor of an ``ImageArray``.
        """
        check_not_forked()
        self._validate_params()
        checked: Any = X if isinstance(X, ImageArray) else check_array(X, allow_nd=True)
        pixels = read(self._to_input(checked)).astype(np.float32) * np.float32(rescale_of(X))
        random_state = self.random_state if random_state is None else random_state
        seed = int(check_random_state(random_state).randint(2**31 - 1))
        with seeded(seed):  # it restores Keras's counters of automatic names
            layer = self._make_augmentation(seed)
        if layer is None:
            return pixels
        changed: np.ndarray = keras.ops.convert_to_numpy(layer(pixels, training=True))
        return changed

    def _make_augmentation(self, seed: int | None = None) -> keras.layers.Layer | None:
        return make_augmentation(
            horizontal_flip=self.horizontal_flip,
            vertical_flip=self.vertical_flip,
            rotation_range=self.rotation_range,
            shear_range=self.shear_range,
            zoom_range=self.zoom_range,
            width_shift_range=self.width_shift_range,
            height_shift_range=self.height_shift_range,
            seed=seed,
        )

    def _to_input(self, X: np.ndarray) -> np.ndarray:
        """Return X as images, shape (n_samples, height, width, channels)."""
        given = None if self.image_shape is None else _sizes("image_shape", self.image_shape)
        shape = _image_shape(X.shape[1:], given)
        # Pictures on disk have all their axes already, and stay on disk.
        return X if X.shape[1:] == shape else X.reshape(len(X), *shape)

    def _make_model(self, meta: Mapping[str, Any]) -> keras.Model:
        """Return the network, compiled, for images of shape ``self.input_shape_``."""
        if isinstance(self.filters, Integral):
            filters: tuple[int, ...] = (int(self.filters), 2 * int(self.filters))
        else:
            filters = _sizes("filters", self.filters)
        layers = [keras.Input(self.input_shape_)]
        if (factor := meta.get("rescale_", 1.0)) != 1:
            layers.append(keras.layers.Rescaling(factor))
        if (augmentation := self._make_augmentation()) is not None:
            layers.append(augmentation)
        layers += _convolutions(self, filters)
        layers.append(keras.layers.Flatten())
        layers.append(keras.layers.Dense(self.dense_units, activation="relu"))
        # Even at a rate of 0: candidates that only differ in the rate have one architecture
        # and can share a compiled training step.
        layers.append(keras.layers.Dropout(self.dropout))
        several_labels = meta["target_type_"] == "multilabel-indicator"
        # Keras warns of a softmax over one class, and a fold may contain only one class.
        activation = "sigmoid" if several_labels or meta["n_classes_"] == 1 else "softmax"
        # Probabilities in 16 bits would not sum to 1: Keras advises this for mixed precision.
        dtype = np.promote_types(keras.config.dtype_policy().variable_dtype, np.float32).name
        layers.append(keras.layers.Dense(meta["n_classes_"], activation=activation, dtype=dtype))
        model = keras.Sequential(layers)
        # With "accuracy" Keras would compare only the largest entries of the rows.
        accuracy = keras.metrics.BinaryAccuracy("accuracy") if several_labels else "accuracy"
        model.compile(
            optimizer=make_optimizer(self.optimizer, {"learning_rate": self.learning_rate}),
            loss=f"{'binary' if several_labels else 'sparse_categorical'}_crossentropy",
            metrics=[accuracy],
        )
        return model


def _convolutions(cnn: CNNClassifier, filters: Sequence[int]) -> list[keras.layers.Layer]:
    """Return the convolutions, each with the pooling after it."""
    layers = []
    sides = cnn.input_shape_[:2]
    for n_filters in filters:
        layers.append(
            keras.layers.Conv2D(n_filters, cnn.kernel_size, padding="same", activation="relu")
        )
        # A side of one pixel cannot be halved.
        pool = tuple(min(2, side) for side in sides)
        if max(pool) > 1:
            layers.append(keras.layers.MaxPooling2D(pool))
        sides = tuple(side // size for side, size in zip(sides, pool, strict=True))
    return layers


def _sizes(name: str, value: Any) -> tuple[int, ...]:
    """Return a parameter that holds one or more positive integers as a tuple of int."""
    sizes = tuple(value)
    if not sizes or not all(isinstance(size, Integral) and int(size) >= 1 for size in sizes):
        raise ValueError(
            f"The {name!r} parameter of CNNClassifier must hold integers of at least 1. "
            f"Got {value!r} instead."
        )
    return tuple(int(size) for size in sizes)


def _image_shape(sample: tuple[int, ...], given: tuple[int, ...] | None) -> tuple[int, ...]:
    """Return (height, width, channels) of images that come in samples of this shape."""
    if given is not None:
        if len(given) not in (2, 3):
            raise ValueError(
                "The 'image_shape' parameter of CNNClassifier must be (height, width) or "
                f"(height, width, channels). Got {given!r} instead."
            )
        given = (*given, 1)[:3]
    if len(sample) == 1:
        n_pixels = sample[0]
        side = math.isqrt(n_pixels)
        shape = given or ((side, side, 1) if side**2 == n_pixels > 1 else (1, n_pixels, 1))
        if math.prod(shape) != n_pixels:
            raise ValueError(
                f"X has rows of {n_pixels} numbers, but images of image_shape={given!r} "
                f"have {math.prod(shape)}."
            )
        return shape
    if len(sample) > 3:
        raise ValueError(
            f"X has samples of shape {sample!r}, but an image is (height, width, channels), "
            "(height, width), or a flat row."
        )
    shape = (*sample, 1)[:3]
    if given is not None and given != shape:
        raise ValueError(f"X has images of shape {shape!r}, but image_shape={given!r}.")
    return shape
