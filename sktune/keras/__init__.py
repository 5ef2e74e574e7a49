"""Keras models as scikit-learn estimators.

Needs the extra ``keras`` (``pip install ".[keras]"`` in a checkout), which supports Python 3.11 to
3.13, like TensorFlow. It is imported by its full name only: ``import sktune`` does not load it.
"""

from ._tensorflow import import_tensorflow

import_tensorflow()  # before any module below imports keras

from ._cnn import CNNClassifier  # noqa: E402
from ._images._array import ImageArray  # noqa: E402
from ._images._folder import load_image_folder  # noqa: E402
from ._images._reader import ImageReader  # noqa: E402
from ._training._gpu import follow_environment, set_gpu_memory  # noqa: E402
from ._wrappers import KerasClassifier, KerasRegressor  # noqa: E402

__all__ = [
    "CNNClassifier",
    "ImageArray",
    "ImageReader",
    "KerasClassifier",
    "KerasRegressor",
    "load_image_folder",
    "set_gpu_memory",
]

follow_environment()  # before the first operation
del follow_environment

# Their public home, so that pickles and documentation do not name a private module.
for _public in (
    CNNClassifier,
    ImageArray,
    ImageReader,
    KerasClassifier,
    KerasRegressor,
    load_image_folder,
    set_gpu_memory,
):
    _public.__module__ = __name__
del _public
