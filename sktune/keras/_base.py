"""What the Keras estimators share: checks of data and the life of a model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import keras
import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, check_array, check_consistent_length, check_random_state
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from sktune._sklearn_compat import Interval, fit_context

from ._data._checks import check_container, check_epochs_to_come, check_weight
from ._data._reading import rescale_of
from ._data._several_inputs import SeveralInputs, arranged, select_inputs
from ._data._sparse_rows import SparseRows
from ._images._array import ImageArray
from ._programs._parts import pack, unpack
from ._training import _fit
from ._training._divergence import check_not_diverged
from ._training._early_stopping import (
    Part,
    hold_out_last,
    hold_out_rows,
    make_report,
    make_stopper,
    params_of_refit,
)
from ._training._fork import check_not_forked
from ._training._thread_state import ThreadState
from ._training._threads import share_cores


class BaseKerasEstimator(BaseEstimator, ABC):
    """One Keras model behind fit, partial_fit and predict."""

    # For searches of sktune if the user names no backend of joblib: a worker process takes 4 to 5 s
    # and 0.7 GB for its own TensorFlow; threads share one TensorFlow and its compiled programs.
    joblib_prefer: ClassVar[str] = "threads"
    # For searches too: passes the settings of the thread that calls a search on to its workers.
    worker_context: ClassVar[Callable[[], Any]] = ThreadState.of_this_thread

    # Constructor parameters of every subclass ...
    batch_size: int | None
    epochs: int
    early_stopping: bool
    validation_fraction: float
    n_iter_no_change: int
    warm_start: bool
    random_state: Any
    verbose: int
    # ... and of some.
    shuffle: bool = True
    validation_split: float = 0.0

    # Whether X may be sparse; its rows are then made dense by batches.
    _takes_sparse: ClassVar[bool] = False

    # Set by fit.
    history_: dict[str, list[float]]
    input_shape_: tuple[int, ...]
    n_features_in_: int
    best_epoch_: int
    fit_report_: dict[str, Any]
    _model: keras.Model
    _optimizer_state: list[np.ndarray] | None
    _meta: dict[str, Any]

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
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
        """Remember the properties of y, and return those that a model function may use."""

    @abstractmethod
    def _encode_target(self, y: np.ndarray) -> np.ndarray:
        """Return y, shape (n_samples, ...), as the loss takes it."""

    @abstractmethod
    def _check_output(self, model: keras.Model, shape: tuple[int, ...]) -> None:
        """Refuse a model whose output for one row does not fit y."""

    def _learn_output(self, model: keras.Model, n_units: int, X: np.ndarray, y: np.ndarray) -> None:
        """Remember how to read the output of a model, `n_units` numbers for a sample."""

    def _class_weights(self, y: np.ndarray) -> np.ndarray | None:
        """Return factors of the samples' weights, shape (n_samples,)."""
        return None

    def _inputs(self) -> Mapping[str, Any] | None:
        """Return the columns of X by input layer, None for a network with one input."""
        return None

    def _setting(self, name: str) -> Any:
        """Return the value of a parameter, which a subclass may override."""
        return getattr(self, name)

    def _predict_rows(self, n_rows: int) -> int | None:
        """Return how many of `n_rows` rows go through the network at once; None: chosen
        automatically.
        """
        return None

    def _make_callbacks(self) -> list[keras.callbacks.Callback]:
        """Return the callbacks for one fit."""
        return []

    def _to_input(self, X: Any) -> Any:
        """Return X, shape (n_samples, ...), as the network takes it."""
        return X

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train a new model or, with ``warm_start=True``, continue with the present one.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Training data: dense and finite numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            For a classifier labels (integers or strings), or 0 and 1 in a column for each
            label; for a regressor numbers.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each sample in the loss: only ratios count, samples of weight 0 are left
            out. ``None``: all equal.

        Returns
        -------
        self
            The fitted estimator.
        """
        return self._train(X, y, sample_weight)

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        epochs: int = 1,
    ) -> Self:
        """Train for one more epoch, or several, on these data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Training data: dense and finite numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each sample in the loss: only ratios count, samples of weight 0 are left
            out. ``None``: all equal.
        epochs : int, default=1
            How many more, at least 1: as many calls with one epoch each give the same.

        Returns
        -------
        self
            The estimator, its ``history_`` so many epochs longer.
        """
        return self._train(X, y, sample_weight, n_more=epochs)

    @property
    def model_(self) -> keras.Model:
        """The trained model, its optimizer where it left off."""
        # Only when asked for: few models of a search are used, and this takes as long as a small
        # epoch.
        if self._optimizer_state is not None:
            _fit.restore_optimizer(self._model, self._optimizer_state)
            self._optimizer_state = None
        return self._model

    def __getstate__(self) -> dict[str, Any]:
        if self.__sklearn_is_fitted__():
            _ = self.model_  # Keras cannot load an optimizer without variables
        return {name: pack(value) for name, value in super().__getstate__().items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__({name: unpack(value) for name, value in state.items()})

    def _train(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        *,
        n_more: int | None = None,
        classes: np.ndarray | None = None,
    ) -> Self:
        """Train for all epochs, or for so many more than the history has."""
        check_not_forked()
        share_cores()
        is_partial = n_more is not None
        check_epochs_to_come(n_more, self.early_stopping, self._setting("validation_split"))
        keep_model = self.__sklearn_is_fitted__() and (is_partial or self.warm_start)
        history = self.history_ if keep_model and is_partial else {}
        done = len(history.get("loss", []))
        n_epochs = self._setting("epochs") if n_more is None else n_more
        X, y, weight = self._check_data(X, y, sample_weight, reset=not keep_model)
        if not keep_model:
            self._start(X, y, classes)
        data: tuple[Any, ...] = (arranged(X, self._model), self._encode_target(y))
        if weight is not None:
            data = (*data, weight)
        rows, held_out = self._split_rows(y)
        stopper = make_stopper(self.n_iter_no_change) if self.early_stopping else None
        callbacks = (*self._make_callbacks(), *filter(None, [stopper]))
        trained = _fit.train(
            self._model,
            tuple(array[rows] for array in data),
            None if held_out is None else tuple(array[held_out] for array in data),
            _fit.Schedule(
                epochs=range(done, done + n_epochs),
                batch_size=_fit.n_rows(self._setting("batch_size"), len(y[rows])),
                seed=self._seed,
                shuffle=self._setting("shuffle"),
                callbacks=callbacks,
                verbose=self._setting("verbose"),
            ),
            self._optimizer_state,
            lambda: self._build(X)[0],
        )
        self._optimizer_state = trained.optimizer_state
        check_not_diverged(self._model, trained.history["loss"], done, callbacks)
        self.history_ = {name: history.get(name, []) + v for name, v in trained.history.items()}
        self._report(stopper)
        return self

    def _split_rows(self, y: np.ndarray) -> tuple[Part, Part | None]:
        """Return the rows to train on, and those held out for validation, if any."""
        if self.early_stopping:
            return hold_out_rows(len(y), self.validation_fraction, self._strata(y), self._seed)
        return hold_out_last(len(y), self._setting("validation_split"))

    def _strata(self, y: np.ndarray) -> np.ndarray | None:
        """Return the strata of an inner split, shape (n_samples,), or None."""
        return None

    def _report(self, stopper: keras.callbacks.EarlyStopping | None) -> None:
        """Set the report of a fit with an inner split, and remove that of an earlier fit."""
        for attribute in ("best_epoch_", "fit_report_"):
            if hasattr(self, attribute):
                delattr(self, attribute)
        if stopper is not None:
            self.best_epoch_ = stopper.best_epoch + 1
        if "val_loss" in self.history_:
            self.fit_report_ = make_report(self.history_, getattr(self, "best_epoch_", None))

    def refit_params(self, reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return the parameters with which a search should fit on all data.

        After early stopping: the median of the folds' best epochs as ``epochs``, and
        ``early_stopping=False``, so that no sample is held back. sktune's searches call this
        before they refit; ``GridSearchCV`` does not, and its refit stops on an inner split.

        Parameters
        ----------
        reports : sequence of dict
            ``fit_report_`` of the best candidate's fits, one for each fold.

        Returns
        -------
        dict
            Parameters by name; empty without early stopping.
        """
        return params_of_refit(reports)

    def _start(self, X: np.ndarray, y: np.ndarray, classes: np.ndarray | None) -> None:
        """Make the model for data of this kind."""
        self.__dict__.pop("history_", None)  # if the fit fails, the estimator is not fitted
        self._meta = {
            "n_features_in_": self.n_features_in_,
            "X_shape_": X.shape,
            "X_dtype_": X.dtype,
            "target_type_": type_of_target(y),
            "y_dtype_": y.dtype,
            "y_ndim_": y.ndim,
            "n_outputs_expected_": 1,
            "rescale_": rescale_of(X),
            "inputs_": X.shapes if isinstance(X, SeveralInputs) else None,
            **self._learn_target(y, classes),
        }
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        self._optimizer_state = None
        model, output = self._build(X)
        self._check_output(model, output)
        self._learn_output(model, output[-1], arranged(X, model), y)
        self._model = model

    def _build(self, X: np.ndarray) -> tuple[keras.Model, tuple[int, ...]]:
        """Return a new compiled model and its output's shape for a row of X."""
        return _fit.build(lambda: self._make_model(self._meta), self._seed, X)

    def _check_data(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None, *, reset: bool
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return X, y and the weights (None: all 1) of the rows that have one."""
        checked, target = self._check_arrays(X, y, reset=reset)
        X, y = self._check_input(checked, reset=reset), self._check_target(target)
        weight = check_weight(sample_weight, X)
        if weight is not None:
            X, y, weight = X[weight > 0], y[weight > 0], weight[weight > 0]
        factors = self._class_weights(y)
        if factors is not None:
            weight = factors if weight is None else factors * weight
        if weight is not None:
            # Keras divides a batch's weighted losses by the number of samples, not by their
            # weights: weights of 10 would act as a learning rate ten times as high.
            weight = (weight / weight.mean()).astype(keras.config.floatx())
        return X, y, weight

    def _check_arrays(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, np.ndarray]:
        """Return X and y as arrays; pictures on disk and sparse matrices stay as they are."""
        check_container(X, y)
        if not isinstance(X, ImageArray) and self._inputs() is None:
            X, y = validate_data(
                self,
                X,
                y,
                reset=reset,
                allow_nd=True,
                multi_output=True,
                accept_sparse="csr" if self._takes_sparse else False,
            )
            return X, y
        validate_data(self, X, y, reset=reset, skip_check_array=True)
        # Not by validate_data, which would drop the names of X's columns.
        y = check_array(y, accept_sparse="csr", ensure_2d=False, dtype=None, input_name="y")
        check_consistent_length(X, y)
        return X, y

    def _check_input(self, X: Any, *, reset: bool) -> np.ndarray:
        """Return X as the network takes it, after comparing the whole shape of a row."""
        inputs = self._inputs()
        if inputs is not None:
            X = select_inputs(X, inputs)
        elif X.dtype == np.float64:
            X = X.astype(keras.config.floatx())
        X = self._to_input(SparseRows(X) if issparse(X) else X)
        if reset:
            self.input_shape_, self._rescale = X.shape[1:], rescale_of(X)
        elif X.shape[1:] != self.input_shape_:
            raise ValueError(
                f"X has samples of shape {X.shape[1:]}, but this {type(self).__name__} was "
                f"fitted on samples of shape {self.input_shape_}."
            )
        elif isinstance(X, ImageArray) and rescale_of(X) != self._rescale:
            raise ValueError(
                f"X has images to be multiplied by {rescale_of(X)!r}, but this "
                f"{type(self).__name__} was fitted on images to be multiplied by "
                f"{self._rescale!r}: read them by the same ImageReader."
            )
        return X

    def _predict_raw(self, X: ArrayLike) -> np.ndarray:
        """Return the output of the network, shape (n_samples, n_outputs)."""
        check_not_forked()
        check_is_fitted(self)
        check_container(X)
        checks = {"allow_nd": True, "accept_sparse": "csr" if self._takes_sparse else False}
        if isinstance(X, ImageArray) or self._inputs() is not None:
            checks = {"skip_check_array": True}
        array = validate_data(self, X, reset=False, **checks)
        checked = arranged(self._check_input(array, reset=False), self._model)
        return _fit.predict(self._model, checked, self._predict_rows(len(checked)))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "history_")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.sparse = self._takes_sparse
        return tags
