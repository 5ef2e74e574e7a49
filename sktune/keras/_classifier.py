"""What the Keras classifiers share: labels in and out, probabilities, class weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import keras
import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d

from sktune._sklearn_compat import StrOptions, fit_context

from ._base import BaseKerasEstimator
from ._data._reading import read
from ._output import Output, needs_unit_for_each_class, read_output

# Rows for which the output is computed if the last layer does not show what it means.
_N_ASKED = 16


class BaseKerasClassifier(ClassifierMixin, BaseKerasEstimator):
    """Base of classifiers for labels, one-hot rows or several labels a sample."""

    class_weight: Mapping[Any, float] | str | None

    # Set by fit.
    classes_: np.ndarray
    _y_columns: tuple[int, ...]  # shape of one row of y: () for labels
    _y_dtype: np.dtype[Any]
    _output: Output

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
        *,
        epochs: int = 1,
    ) -> Self:
        """Train for one more epoch, or several, on these data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Training data: dense and finite numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Labels, or 0 and 1 in a column for each label.
        classes : array-like of shape (n_classes,), default=None
            All labels that any call will contain; only used in the first call.
            ``None``: those of the first call. Columns of 0 and 1 need no ``classes``.
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
        known = None if classes is None else column_or_1d(classes)
        return self._train(X, y, sample_weight, n_more=epochs, classes=known)

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the probability of each class or label.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Samples of the shape given to ``fit``.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Probabilities, the columns in the order of ``classes_``. For several labels a
            sample, the labels are independent, so a row may have any sum.
        """
        check_is_fitted(self)
        proba = self._output.to_probabilities(self._predict_raw(X))
        return np.ones_like(proba[:, :1]) if len(self.classes_) == 1 else proba

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the most probable label of each sample, or its labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, ...)
            Samples of the shape given to ``fit``.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
            In the form and dtype of the y given to ``fit``: labels; one-hot rows; or, for
            several labels a sample, 1 where the probability is above 0.5.
        """
        check_is_fitted(self)
        if self._has_several_labels():
            return (self.predict_proba(X) > 0.5).astype(self._y_dtype)
        raw = self._predict_raw(X)
        if len(self.classes_) == 1:
            return np.repeat(self.classes_, len(raw))
        best = self._output.best_class(raw)
        if self._y_columns:
            return np.eye(len(self.classes_), dtype=self._y_dtype)[best]
        return self.classes_[best]

    def _check_target(self, y: np.ndarray) -> np.ndarray:
        y = _dense(y)
        if y.ndim == 2 and y.shape[1] > 1:
            _check_indicators(y)
            return y
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        return y

    def _learn_target(self, y: np.ndarray, classes: np.ndarray | None) -> dict[str, Any]:
        self._y_columns = y.shape[1:]
        self._y_dtype = y.dtype
        if self._y_columns:
            self.classes_ = np.arange(y.shape[1])
            if classes is not None and not np.array_equal(np.unique(classes), self.classes_):
                raise ValueError(
                    f"y has {len(self.classes_)} columns, so its classes are their numbers, "
                    f"from 0 on. Got classes={classes.tolist()}: leave classes out."
                )
        else:
            self.classes_ = np.unique(y if classes is None else classes)
        return {
            "classes_": self.classes_,
            "n_classes_": len(self.classes_),
            "n_outputs_": 1,
        }

    def _encode_target(self, y: np.ndarray) -> np.ndarray:
        self._check_form(y)
        if self._has_several_labels():
            return y.astype(keras.config.floatx())
        codes = self._class_numbers(y)
        if self._output.form == "numbers":
            return codes
        if self._output.form == "column of numbers" or self._output.n_units == 1:
            return codes.astype(keras.config.floatx())[:, np.newaxis]
        return np.eye(len(self.classes_), dtype=keras.config.floatx())[codes]

    def _has_several_labels(self) -> bool:
        """Tell whether a sample may have several labels, or none."""
        return self._output.needs_one_class is None

    def _class_numbers(self, y: np.ndarray) -> np.ndarray:
        """Return the index of each sample's class in ``classes_``, shape (n_samples,)."""
        if y.ndim == 2:
            return _numbers_of_rows(
                y,
                needed_by=self._output.needs_one_class or "",
                advice="For several labels a sample use loss='binary_crossentropy' and a "
                "network that ends in sigmoid units, one for each label.",
            )
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise ValueError(
                f"y has the classes {unknown.tolist()}, which are not among those of the first "
                f"call, {self.classes_.tolist()}. Give all of them as classes= there."
            )
        return np.searchsorted(self.classes_, y)

    def _check_form(self, y: np.ndarray) -> None:
        """Refuse a y whose shape differs from the one that the model was made for."""
        if y.shape[1:] != self._y_columns:
            fitted_on = ", ".join(map(str, self._y_columns))
            raise ValueError(
                f"y has shape {y.shape}, but this {type(self).__name__} was fitted on a y of "
                f"shape (n_samples,{fitted_on and ' '}{fitted_on})."
            )

    def _check_output(self, model: keras.Model, shape: tuple[int, ...]) -> None:
        n_classes = len(self.classes_)
        if shape == (n_classes,):
            return
        what, allowed = f"{n_classes} classes", f"({n_classes},), or (1,) for two classes"
        if self._y_columns:
            what, allowed = f"{n_classes} columns", f"({n_classes},)"
        elif shape == (1,) and n_classes == 2:
            if not needs_unit_for_each_class(model):
                return
            allowed = f"({n_classes},) for the loss {model.loss!r}"
        raise ValueError(
            f"y has {what}, but the model's output for a sample has shape {shape}: it must be "
            f"{allowed}. A model function that takes an argument meta finds the number in "
            "meta['n_classes_']."
        )

    def _learn_output(self, model: keras.Model, n_units: int, X: np.ndarray, y: np.ndarray) -> None:
        def compute() -> np.ndarray:
            computed: np.ndarray = model(read(X, slice(_N_ASKED)), training=False).numpy()
            return computed

        self._output = read_output(model, n_units, compute, y)

    def _class_weights(self, y: np.ndarray) -> np.ndarray | None:
        if self.class_weight is None:
            return None
        if y.ndim == 2:
            advice = "Give sample_weight instead."
            y = _numbers_of_rows(y, needed_by="class_weight", advice=advice)
        return compute_sample_weight(self.class_weight, y)

    def _strata(self, y: np.ndarray) -> np.ndarray | None:
        if y.ndim == 2:
            # Several labels a sample are not stratified, as in MLPClassifier.
            return None if self._has_several_labels() else self._class_numbers(y)
        return y

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _dense(y: Any) -> np.ndarray:
    """Return y, which may be a sparse matrix, as an array."""
    return y.toarray() if issparse(y) else y


def _check_indicators(y: np.ndarray) -> None:
    """Refuse a y of shape (n_samples, n_columns) whose entries are not 0 and 1."""
    check_classification_targets(y)
    kind = type_of_target(y)
    if kind != "multilabel-indicator" or not np.isin(y, (0, 1)).all():
        raise ValueError(
            f"y of shape {y.shape} must have a column for each label and hold 0 and 1 only. "
            f"Got other numbers or strings ({kind!r}): several classes a sample, each with "
            "values of its own, are not supported. Fit one classifier for each column, as "
            "sklearn.multioutput.MultiOutputClassifier does."
        )


def _numbers_of_rows(y: np.ndarray, *, needed_by: str, advice: str) -> np.ndarray:
    """Return the class numbers, shape (n_samples,), of one-hot rows (n_samples, n_classes)."""
    is_one_hot = np.count_nonzero(y, axis=1) == 1
    if not is_one_hot.all():
        raise ValueError(
            f"{needed_by} needs one class a sample, so exactly one 1 in each row of y, but "
            f"{np.count_nonzero(~is_one_hot)} of {len(y)} rows have none or several. {advice}"
        )
    return np.argmax(y, axis=1)
