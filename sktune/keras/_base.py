"""What the Keras estimators share: checks of data, the life of a model, classes."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import keras
import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, check_array, check_consistent_length, check_random_state
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from sktune._sklearn_compat import Interval, StrOptions, fit_context

from . import _training
from ._scikeras_compat import loss_name


class BaseKerasEstimator(BaseEstimator, ABC):
    """One Keras model behind fit, partial_fit and predict."""

    # Constructor parameters of every subclass ...
    batch_size: int
    epochs: int
    warm_start: bool
    random_state: Any
    verbose: int
    # ... and of some.
    callbacks: Sequence[keras.callbacks.Callback] | None = None
    shuffle: bool = True
    validation_split: float = 0.0

    # Set by fit.
    model_: keras.Model
    history_: dict[str, list[float]]
    input_shape_: tuple[int, ...]
    n_features_in_: int

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "verbose": [Interval(Integral, 0, 2, closed="both")],
    }

    @abstractmethod
    def _make_model(self, meta: Mapping[str, Any]) -> keras.Model:
        """Return a new compiled model for data as ``meta`` describes them."""

    @abstractmethod
    def _check_target(self, y: np.ndarray) -> np.ndarray:
        """Return y, shape (n_samples,) or (n_samples, n_outputs), or refuse it."""

    @abstractmethod
    def _learn_target(self, y: np.ndarray, classes: np.ndarray | None) -> dict[str, Any]:
        """Remember what y is like, and return what a model function may want to know."""

    @abstractmethod
    def _encode_target(self, y: np.ndarray) -> np.ndarray:
        """Return y, shape (n_samples, ...), as the loss takes it."""

    @abstractmethod
    def _check_output(self, shape: tuple[int, ...]) -> None:
        """Refuse a model whose output for one row does not fit y."""

    def _class_weights(self, y: np.ndarray) -> np.ndarray | None:
        """Return factors of the samples' weights, shape (n_samples,)."""
        return None

    def _to_input(self, X: np.ndarray) -> np.ndarray:
        """Return X, shape (n_samples, ...), as the network takes it."""
        return X

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train a new model or, with ``warm_start=True``, go on with the present one.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Training data: dense and finite numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Labels (integers or strings) or, for a regressor, numbers.
        sample_weight : array-like of shape (n_samples,), default=None
            Share of each sample in the loss: only ratios count, samples of weight 0 are left
            out. ``None``: all equal.

        Returns
        -------
        self
            The fitted estimator.
        """
        return self._train(X, y, sample_weight)

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train for one more epoch, on these data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Training data: dense and finite numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target.
        sample_weight : array-like of shape (n_samples,), default=None
            Share of each sample in the loss: only ratios count, samples of weight 0 are left
            out. ``None``: all equal.

        Returns
        -------
        self
            The estimator, its ``history_`` one epoch longer.
        """
        return self._train(X, y, sample_weight, one_epoch=True)

    def _train(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        *,
        one_epoch: bool = False,
        classes: np.ndarray | None = None,
    ) -> Self:
        """Train for all epochs, or for one more than the history tells of."""
        keep_model = self.__sklearn_is_fitted__() and (one_epoch or self.warm_start)
        history = self.history_ if keep_model and one_epoch else {}
        done = len(history.get("loss", []))
        X, y, weight = self._check_data(X, y, sample_weight, reset=not keep_model)
        if not keep_model:
            self._start(X, y, classes)
        new = _training.train(
            self.model_,
            X,
            self._encode_target(y),
            weight,
            epochs=range(done, done + (1 if one_epoch else self.epochs)),
            batch_size=self.batch_size,
            shuffle=self.shuffle,
            seed=self._seed,
            validation_split=self.validation_split,
            callbacks=copy.deepcopy(list(self.callbacks or [])),
            verbose=self.verbose,
        )
        self.history_ = {name: history.get(name, []) + values for name, values in new.items()}
        return self

    def _start(self, X: np.ndarray, y: np.ndarray, classes: np.ndarray | None) -> None:
        """Make the model for data of this kind."""
        meta = {
            "n_features_in_": self.n_features_in_,
            "X_shape_": X.shape,
            "X_dtype_": X.dtype,
            "target_type_": type_of_target(y),
            "n_outputs_expected_": 1,
            **self._learn_target(y, classes),
        }
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        model, output = _training.build(lambda: self._make_model(meta), self._seed, X)
        self._check_output(output)
        self.model_ = model

    def _check_data(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None, *, reset: bool
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return X, y and the weights (None: all 1) of the rows that have one."""
        arrays = validate_data(self, X, y, reset=reset, allow_nd=True, multi_output=True)
        X = self._check_input(arrays[0], reset=reset)
        y = self._check_target(arrays[1])
        weight = _check_weight(sample_weight, X)
        if weight is not None:
            X, y, weight = X[weight > 0], y[weight > 0], weight[weight > 0]
        factors = self._class_weights(y)
        if factors is not None:
            weight = factors if weight is None else factors * weight
        if weight is not None:
            # Keras divides a batch's weighted losses by their number, not by their weight:
            # weights of 10 would act as a learning rate ten times as high.
            weight = (weight / weight.mean()).astype(keras.config.floatx())
        return X, y, weight

    def _check_input(self, X: np.ndarray, *, reset: bool) -> np.ndarray:
        """Return X as the network takes it, the whole shape of a row compared."""
        if X.dtype == np.float64:
            X = X.astype(keras.config.floatx())
        X = self._to_input(X)
        if reset:
            self.input_shape_ = X.shape[1:]
        elif X.shape[1:] != self.input_shape_:
            raise ValueError(
                f"X has samples of shape {X.shape[1:]}, but this {type(self).__name__} was "
                f"fitted on samples of shape {self.input_shape_}."
            )
        return X

    def _predict_raw(self, X: ArrayLike) -> np.ndarray:
        """Return the output of the network, shape (n_samples, n_outputs)."""
        check_is_fitted(self)
        array = validate_data(self, X, reset=False, allow_nd=True)
        return _training.predict(self.model_, self._check_input(array, reset=False))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "history_")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


class BaseKerasClassifier(ClassifierMixin, BaseKerasEstimator):
    """Labels in and out, probabilities, class weights."""

    class_weight: Mapping[Any, float] | str | None

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseKerasEstimator._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train for one more epoch, on these data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Training data: dense and finite numbers.
        y : array-like of shape (n_samples,)
            Labels.
        classes : array-like of shape (n_classes,), default=None
            All labels that any call will bring; only the first call looks at it.
            ``None``: those of the first call.
        sample_weight : array-like of shape (n_samples,), default=None
            Share of each sample in the loss: only ratios count, samples of weight 0 are left
            out. ``None``: all equal.

        Returns
        -------
        self
            The estimator, its ``history_`` one epoch longer.
        """
        known = None if classes is None else column_or_1d(classes)
        return self._train(X, y, sample_weight, one_epoch=True, classes=known)

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Samples of the shape given to ``fit``.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Probabilities, the columns in the order of ``classes_``.
        """
        raw = self._predict_raw(X)
        if len(self.classes_) == 1:
            return np.ones_like(raw)
        if raw.shape[1] == 1:  # one sigmoid: the probability of the second class
            return np.hstack([1 - raw, raw])
        return raw

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the most probable label of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Samples of the shape given to ``fit``.

        Returns
        -------
        ndarray of shape (n_samples,)
            Labels as they were given to ``fit``.
        """
        best = np.argmax(self.predict_proba(X), axis=1)
        return self.classes_[best]

    def _check_target(self, y: np.ndarray) -> np.ndarray:
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        return y

    def _learn_target(self, y: np.ndarray, classes: np.ndarray | None) -> dict[str, Any]:
        self.classes_ = np.unique(y if classes is None else classes)
        return {
            "classes_": self.classes_,
            "n_classes_": len(self.classes_),
            "n_outputs_": 1,
        }

    def _encode_target(self, y: np.ndarray) -> np.ndarray:
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise ValueError(
                f"y has the classes {unknown.tolist()}, which are not among those of the first "
                f"call, {self.classes_.tolist()}. Give all of them as classes= there."
            )
        codes = np.searchsorted(self.classes_, y)
        loss = loss_name(self.model_)
        if loss.startswith("sparse_"):
            return codes
        if loss.startswith("categorical_"):
            return np.eye(len(self.classes_), dtype=keras.config.floatx())[codes]
        return codes.astype(keras.config.floatx())[:, np.newaxis]

    def _check_output(self, shape: tuple[int, ...]) -> None:
        n_classes = len(self.classes_)
        if shape != (n_classes,) and not (shape == (1,) and n_classes == 2):
            raise ValueError(
                f"y has {n_classes} classes, but the model's output for a sample has shape "
                f"{shape}: it must be ({n_classes},), or (1,) for two classes. A model "
                "function that takes an argument meta finds the number in "
                "meta['n_classes_']."
            )

    def _class_weights(self, y: np.ndarray) -> np.ndarray | None:
        if self.class_weight is None:
            return None
        return compute_sample_weight(self.class_weight, y)


def _check_weight(sample_weight: ArrayLike | None, X: np.ndarray) -> np.ndarray | None:
    """Return the weights as an array of shape (n_samples,), or None."""
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Real):
        sample_weight = np.full(len(X), sample_weight)
    weight = check_array(
        sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight"
    )
    if weight.ndim != 1:
        raise ValueError(f"Sample weights must be 1D, got an array of shape {weight.shape}.")
    check_consistent_length(X, weight)
    if (weight < 0).any():
        raise ValueError(f"Sample weights must not be negative, got {weight.min()!r}.")
    if not weight.any():
        raise ValueError("Sample weights are all zero: at least one must be positive.")
    return weight
