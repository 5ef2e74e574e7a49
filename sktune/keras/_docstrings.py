"""Text that the docstrings of the two estimators around a model function share."""

from __future__ import annotations

import inspect
from typing import TypeVar

Class = TypeVar("Class", bound=type)

TEXT = {
    "optimizer": """
optimizer : str, class or keras.optimizers.Optimizer, default="rmsprop"
    Keras's own default. It receives ``optimizer__x`` as ``x``, with a name unless that is None;
    an instance is copied for each fit.
""",
    "training": """
metrics : list or dict of str, class, keras.metrics.Metric or callable, default=None
    Recorded in ``history_`` besides the loss.
callbacks : list or dict of keras.callbacks.Callback or class, default=None
    Copied or made for each fit.
batch_size : int or None, default=32
    Samples in one step of the optimizer; 32 is Keras's default, which ``None`` means, too.
    -1: all samples.
epochs : int, default=1
    Passes over the training data; 1 is Keras's default.
validation_split : float in [0, 1), default=0.0
    Share of the samples, the last ones, that are not trained on and give the ``val_``
    values of ``history_``.
shuffle : bool, default=True
    Put the samples in a new order before each epoch.
""",
    "rest": """
early_stopping : bool, default=False
    Hold back a share of the training data, at random and stratified by class where there are
    classes, stop when the loss on it has not fallen for ``n_iter_no_change`` epochs, and keep
    the weights of the best epoch. ``epochs`` is then the maximum. In a search of sktune
    the refit then trains on all data for as many epochs as were best on the folds.
validation_fraction : float in (0, 1), default=0.1
    Share of the training data that early stopping holds back; default of scikit-learn's
    ``MLPClassifier``.
n_iter_no_change : int, default=10
    Epochs without a lower loss after which training stops; default of scikit-learn's
    ``MLPClassifier``.
warm_start : bool, default=False
    Whether a further ``fit`` continues to train the present model instead of a new one.
random_state : int, RandomState or None, default=None
    Seed of initial weights, dropout and order of samples. An int gives the same model
    each time on a CPU; on a GPU some operations are not reproducible.
verbose : int, default=0
    0: nothing, 1: a progress bar, 2: a line for each epoch.
inputs : dict or None, default=None
    For a model with several inputs: a dict from the names of its input layers to columns of X,
    a frame or an array of shape (n_samples, n_columns). Columns are a name or a number, a list
    of them, or a slice. Columns of strings reach the layer as strings. The columns of a layer
    are reshaped to its input shape. ``None``: the model has one input, X.
**routed
    ``model__x`` or ``x``: argument ``x`` of the model function. ``optimizer__x``,
    ``loss__x``, ``metrics__x``, ``callbacks__x``: argument ``x`` of the optimizer, the loss
    and so on; for the items of a list or dict ``metrics__0__x`` or ``metrics__name__x``.
    ``compile__x``: argument of ``keras.Model.compile``. ``fit__x`` and ``predict__x``:
    ``batch_size`` and, for a fit, ``epochs``, ``callbacks``, ``shuffle``,
    ``validation_split`` and ``verbose``. They can be searched like any parameter.
""",
    "model_attributes": """
model_ : keras.Model
    The trained model.
history_ : dict of str to list of float
    Loss and metrics, one number for each epoch.
best_epoch_ : int
    Epoch, counted from 1, whose weights were kept. Only after early stopping.
fit_report_ : dict
    What a search keeps of the fit: ``history`` and, after early stopping, ``best_epoch``.
    Only if a part of the samples was held back.
""",
    "input_attributes": """
input_shape_ : tuple of int
    Shape of one sample; with ``inputs``, the number of columns used.
n_features_in_ : int
    Length of the second axis of X.
feature_names_in_ : ndarray of shape (n_features_in_,)
    Names of the columns, where X has any.
""",
}


def with_shared_text(estimator_class: Class) -> Class:
    """Fill the names in braces in the docstring of an estimator."""
    if estimator_class.__doc__:  # absent with python -OO
        text = inspect.cleandoc(estimator_class.__doc__)
        for name, shared in TEXT.items():
            text = text.replace(f"{{{name}}}", shared.strip("\n"))
        estimator_class.__doc__ = text
    return estimator_class
