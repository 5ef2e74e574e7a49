"""scikit-learn estimators around any function that returns a Keras model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import keras
import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin
from sklearn.utils import Tags, check_array

from ._classifier import BaseKerasClassifier
from ._docstrings import with_shared_text
from ._model_function import ModelFunctionEstimator


@with_shared_text
class KerasClassifier(BaseKerasClassifier, ModelFunctionEstimator):
    """Classifier around any function that returns a Keras model.

    The target y has one of three forms:

    - labels, shape (n_samples,): integers or strings;
    - one-hot rows, shape (n_samples, n_classes): one 1 in each row, for a softmax or a loss over
      exclusive classes, such as ``"categorical_crossentropy"``;
    - several labels a sample, shape (n_samples, n_labels): any number of 1 in a row, for sigmoid
      units and another loss, such as ``"binary_crossentropy"``.

    ``predict`` returns the form that was given to ``fit``.

    Parameters
    ----------
    model : callable, keras.Model or None, default=None
        Function that returns a new ``keras.Model`` with one output: as many softmax units as
        there are classes, one sigmoid unit for two classes given as labels, or one sigmoid
        unit for each of several labels a sample. Arguments of the function are given as
        ``model__x`` or as ``x``. A ``keras.Model`` is copied for each fit, which starts from its
        weights. ``None``: a subclass has the function as its method ``_keras_build_fn``.
        If the function takes an argument ``meta``, it gets a dict that describes the
        training data: ``n_features_in_``, ``X_shape_``, ``X_dtype_``, ``classes_``,
        ``n_classes_``, ``target_type_`` (``"multilabel-indicator"`` for rows of 0 and 1),
        ``n_outputs_``, ``n_outputs_expected_`` (as in scikeras); an argument ``params`` gets
        all parameters. It may compile the model, with ``**compile_kwargs`` if it takes an
        argument of that name; otherwise the estimator does, with the next three parameters.
    {optimizer}
    loss : str, class, keras.losses.Loss or callable, default=None
        What training minimises; ``None``: the function compiles the model. Keras's own losses
        get labels and rows of 0 and 1 in the form that they take; a function of your own is
        tested before the fit, with a few samples, for whether it takes rows like the output or a
        column of class numbers. With a loss from logits, the outputs are read as logits.
    {training}
    class_weight : dict, "balanced" or None, default=None
        Factors of the samples' weights by label, or by number of the column of one-hot rows;
        ``"balanced"``: inversely proportional to the frequencies of the classes in y (of the
        call, for ``partial_fit``). ``None``: 1. Not allowed for several labels a sample.
    {rest}

    Attributes
    ----------
    {model_attributes}
    classes_ : ndarray of shape (n_classes,)
        Labels in sorted order; for y of shape (n_samples, n_classes) the numbers of its
        columns.
    {input_attributes}

    Raises
    ------
    ValueError
        In ``fit``, if a parameter or the data are not usable, the output of the model does
        not fit the classes, rows of y are not one-hot though the loss is over exclusive
        classes, or parameters are given that a model compiled by its own function would
        ignore.
    TypeError
        In ``fit``, if the function does not return a model, ``**routed`` holds
        unknown names, or an argument of the function has the name of a parameter.

    References
    ----------
    .. [1] A. Garcia Badaracco, "SciKeras documentation",
       https://adriangb.com/scikeras/stable/
    .. [2] F. Chollet et al., "Keras API: Model training",
       https://keras.io/api/models/model_training_apis/

    Examples
    --------
    >>> import keras
    >>> from sklearn.datasets import load_iris
    >>> from sktune.keras import KerasClassifier
    >>> def network(meta, units=8):
    ...     return keras.Sequential([
    ...         keras.Input((meta["n_features_in_"],)),
    ...         keras.layers.Dense(units, activation="relu"),
    ...         keras.layers.Dense(meta["n_classes_"], activation="softmax"),
    ...     ])
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = KerasClassifier(
    ...     network, loss="sparse_categorical_crossentropy", optimizer="adam",
    ...     optimizer__learning_rate=0.03, model__units=16, epochs=15, random_state=0,
    ... )
    >>> classifier.fit(X, y).score(X, y) > 0.9
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseKerasClassifier._parameter_constraints,
        **ModelFunctionEstimator._parameter_constraints,
    }

    def __init__(
        self,
        model: Callable[..., keras.Model] | keras.Model | None = None,
        *,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Any = None,
        callbacks: Any = None,
        batch_size: int | None = 32,
        epochs: int = 1,
        validation_split: float = 0.0,
        shuffle: bool = True,
        class_weight: Mapping[Any, float] | str | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
        inputs: Mapping[str, Any] | None = None,
        **routed: Any,
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.loss = loss
        self.metrics = metrics
        self.callbacks = callbacks
        self.batch_size = batch_size
        self.epochs = epochs
        self.validation_split = validation_split
        self.shuffle = shuffle
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose
        self.inputs = inputs
        self._routed = routed


@with_shared_text
class KerasRegressor(RegressorMixin, ModelFunctionEstimator):
    """Regressor around any function that returns a Keras model.

    Parameters
    ----------
    model : callable, keras.Model or None, default=None
        Function that returns a new ``keras.Model`` with one output, a unit for each column of
        y. Arguments of the function are given as ``model__x`` or as ``x``. A ``keras.Model`` is
        copied for each fit, which starts from its weights. ``None``: a subclass has the function
        as its method ``_keras_build_fn``. If it takes an argument ``meta``, it gets a dict that
        describes the training data: ``n_features_in_``, ``X_shape_``, ``X_dtype_``,
        ``target_type_``, ``n_outputs_``, ``n_outputs_expected_`` (as in scikeras); an argument
        ``params`` gets all parameters. It may compile the model, with ``**compile_kwargs`` if
        it takes an argument of that name; otherwise the estimator does, with the next three
        parameters.
    {optimizer}
    loss : str, class, keras.losses.Loss or callable, default=None
        What training minimises; ``None``: the function compiles the model.
    {training}
    {rest}

    Attributes
    ----------
    {model_attributes}
    {input_attributes}

    Raises
    ------
    ValueError
        In ``fit``, if a parameter or the data are not usable, the output of the model does
        not fit y, or parameters are given that a model compiled by its own function would
        ignore.
    TypeError
        In ``fit``, if the function does not return a model, ``**routed`` holds
        unknown names, or an argument of the function has the name of a parameter.

    See Also
    --------
    KerasClassifier : The classifier, with references.

    Examples
    --------
    >>> import keras
    >>> import numpy as np
    >>> from sktune.keras import KerasRegressor
    >>> def line(meta):
    ...     return keras.Sequential([
    ...         keras.Input((meta["n_features_in_"],)),
    ...         keras.layers.Dense(meta["n_outputs_"]),
    ...     ])
    >>> X = np.linspace(-1, 1, 100)[:, np.newaxis]
    >>> regressor = KerasRegressor(
    ...     line, loss="mse", optimizer="sgd", optimizer__learning_rate=0.1, epochs=15,
    ...     random_state=0,
    ... )
    >>> regressor.fit(X, 3 * X[:, 0] + 1).score(X, 3 * X[:, 0] + 1) > 0.9
    True
    """

    def __init__(
        self,
        model: Callable[..., keras.Model] | keras.Model | None = None,
        *,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Any = None,
        callbacks: Any = None,
        batch_size: int | None = 32,
        epochs: int = 1,
        validation_split: float = 0.0,
        shuffle: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
        inputs: Mapping[str, Any] | None = None,
        **routed: Any,
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.loss = loss
        self.metrics = metrics
        self.callbacks = callbacks
        self.batch_size = batch_size
        self.epochs = epochs
        self.validation_split = validation_split
        self.shuffle = shuffle
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose
        self.inputs = inputs
        self._routed = routed

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the predicted values.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Samples of the shape given to ``fit``.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            In 64 bits, like scikit-learn's regressors, although the network has fewer.
        """
        raw = self._predict_raw(X).astype(np.float64)
        return raw.reshape(-1) if self._y_is_1d else raw

    def _check_target(self, y: np.ndarray) -> np.ndarray:
        return check_array(y, ensure_2d=False, dtype=keras.config.floatx(), input_name="y")

    def _learn_target(self, y: np.ndarray, classes: np.ndarray | None) -> dict[str, Any]:
        self._y_is_1d = y.ndim == 1
        self._n_outputs = 1 if y.ndim == 1 else y.shape[1]
        return {"n_outputs_": self._n_outputs}

    def _encode_target(self, y: np.ndarray) -> np.ndarray:
        # As a column: a loss would broadcast (n,) against the network's (n, 1).
        column = y.reshape(len(y), -1)
        if column.shape[1] != self._n_outputs:
            raise ValueError(
                f"y has {column.shape[1]} outputs, but this KerasRegressor was fitted on "
                f"{self._n_outputs}."
            )
        return column

    def _check_output(self, model: keras.Model, shape: tuple[int, ...]) -> None:
        if shape != (self._n_outputs,):
            raise ValueError(
                f"y has {self._n_outputs} outputs, but the model's output for a sample has "
                f"shape {shape}: it must be ({self._n_outputs},). A model function that "
                "takes an argument meta finds the number in meta['n_outputs_']."
            )

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
