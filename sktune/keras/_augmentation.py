"""Flip, rotate, shear, zoom and shift images at random while a network trains.

One layer does all of this, with one resampling. Its ranges are weights that are not trained, so
candidates of a search that differ only in them share a compiled program.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any

import keras
import numpy as np

# The ranges of the layer, in this order: probabilities of flips, largest angles in radians, factors
# of zoom, largest shifts as a share of the side.
RANGES = (
    "horizontal_flip",
    "vertical_flip",
    "rotation",
    "shear",
    "zoom_low",
    "zoom_high",
    "width_shift",
    "height_shift",
)
_NOTHING = (0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0)


@keras.saving.register_keras_serializable(package="sktune")
class RandomAffine(keras.layers.Layer):
    """Apply a random affine transform to each image, in training only.

    The transforms are those of Keras's former ``ImageDataGenerator`` [1]_: flips, then zoom,
    shear, shift and rotation. Pixels are interpolated linearly; those
    outside the image repeat its edge. Unlike there, the centre is that of the image, not a pixel
    below and to the right of it; Keras has fixed that since. Keras's present copy also swaps the
    axes, so that a shift in height moves the columns; that is not followed here.

    Parameters
    ----------
    ranges : sequence of float, length 8
        In the order of ``RANGES``.
    seed : int or None, default=None
        Seed of the random numbers.
    **kwargs : object
        Of ``keras.layers.Layer``.

    References
    ----------
    .. [1] F. Chollet and others, keras-preprocessing 1.1.2, "apply_affine_transform", 2020,
       https://github.com/keras-team/keras-preprocessing/blob/1.1.2/keras_preprocessing/image/affine_transformations.py
    """

    def __init__(self, ranges: Sequence[float], seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._initial_ranges = [float(value) for value in ranges]
        self._seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        # The resampling has no XLA kernel, and with a GPU Keras compiles a model by XLA unless a
        # layer forbids it, as Keras's own random layers do (3.15.1).
        self.supports_jit = False

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the ranges as weights that are not trained."""
        self.ranges = self.add_weight(
            shape=(len(RANGES),),
            initializer=lambda shape, dtype: keras.ops.array(self._initial_ranges, dtype),
            trainable=False,
            autocast=False,
            dtype="float32",
            name="ranges",
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return images, shape (n_images, height, width, channels), changed or as they are."""
        inputs = keras.ops.cast(inputs, self.compute_dtype)
        if not training:
            return inputs
        n_images, height, width, _ = keras.ops.shape(inputs)
        transforms = self._draw(n_images, height, width)
        return keras.ops.image.affine_transform(
            inputs,
            transforms,
            interpolation="bilinear",
            fill_mode="nearest",
            data_format="channels_last",
        )

    def _draw(self, n_images: Any, height: int, width: int) -> Any:
        """Return coefficients of transforms, shape (n_images, 8), as ``affine_transform`` has them.

        A pixel of the result at (x, y) comes from (a0 x + a1 y + a2, b0 x + b1 y + b2).
        """
        ops = keras.ops
        limit = dict(zip(RANGES, ops.unstack(self.ranges), strict=True))
        draws = keras.random.uniform((n_images, len(RANGES)), -1, 1, seed=self.seed_generator)
        draw = dict(zip(RANGES, ops.unstack(draws, axis=1), strict=True))
        angle = draw["rotation"] * limit["rotation"]
        sheared = angle + draw["shear"] * limit["shear"]
        zoom = {
            side: limit["zoom_low"]
            + (limit["zoom_high"] - limit["zoom_low"]) * (1 + draw[f"zoom_{side}"]) / 2
            for side in ("low", "high")  # one draw for the rows, one for the columns
        }
        rows = zoom["low"] * _sign(draw["vertical_flip"], limit["vertical_flip"])
        columns = zoom["high"] * _sign(draw["horizontal_flip"], limit["horizontal_flip"])
        down = draw["height_shift"] * limit["height_shift"] * height
        right = draw["width_shift"] * limit["width_shift"] * width
        # Rotation, shift, shear, zoom and flip, multiplied out; offsets from the centre.
        a0, a1 = ops.cos(sheared) * columns, ops.sin(angle) * rows
        b0, b1 = -ops.sin(sheared) * columns, ops.cos(angle) * rows
        x, y = (width - 1) / 2, (height - 1) / 2
        a2 = ops.sin(angle) * down + ops.cos(angle) * right + x - a0 * x - a1 * y
        b2 = ops.cos(angle) * down - ops.sin(angle) * right + y - b0 * x - b1 * y
        zero = ops.zeros_like(a0)
        return ops.stack([a0, a1, a2, b0, b1, b2, zero, zero], axis=1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the images, which does not change."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the parameters."""
        return {**super().get_config(), "ranges": self._initial_ranges, "seed": self._seed}


def _sign(draw: Any, chance: Any) -> Any:
    """Return -1 with probability `chance`, else 1, from draws in [-1, 1)."""
    return keras.ops.where((1 + draw) / 2 < chance, -1.0, 1.0)


def make_augmentation(
    *,
    horizontal_flip: bool,
    vertical_flip: bool,
    rotation_range: float,
    shear_range: float,
    zoom_range: Any,
    width_shift_range: float,
    height_shift_range: float,
    seed: int | None = None,
) -> RandomAffine | None:
    """Return a layer for the parameters of ``CNNClassifier``, None if it would change nothing.

    Raises ValueError if ``zoom_range`` is neither a share nor a pair of factors.
    """
    ranges = (
        0.5 * horizontal_flip,
        0.5 * vertical_flip,
        math.radians(rotation_range),
        math.radians(shear_range),
        *_zoom_factors(zoom_range),
        width_shift_range,
        height_shift_range,
    )
    return None if ranges == _NOTHING else RandomAffine(ranges, seed)


def _zoom_factors(zoom_range: Any) -> tuple[float, float]:
    """Return the lowest and the highest factor."""
    if isinstance(zoom_range, Real):
        return 1 - float(zoom_range), 1 + float(zoom_range)
    factors = np.asarray(zoom_range)
    is_pair = factors.shape == (2,) and factors.dtype.kind in "iuf"
    if not is_pair or not 0 < factors[0] <= factors[1] < math.inf:
        raise ValueError(
            "The 'zoom_range' parameter of CNNClassifier must be a float in [0, 1) or a pair of "
            f"factors, 0 < low <= high. Got {zoom_range!r} instead."
        )
    return float(factors[0]), float(factors[1])
