"""Folds that are prepared once: what is before the model does not depend on its penalties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator

from ..._sklearn_compat import check_method_params, safe_indexing
from ...space._part_weights import PARAMETER
from ._model import Tuned, configured, is_pipeline, model_of

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PreparedFold:
    """One fold as the model gets it, with the columns of all parts as they are without weights.

    Parameters
    ----------
    train : tuple of (X, y, sample_weight)
        What the model is fitted to.
    test : tuple of (X, y, sample_weight)
        What it is judged on.
    steps : FittedSteps or None
        What stands before the model; None: nothing.
    parts : dict of str to slice
        Columns of each part that has some.
    """

    train: tuple[Any, Any, Any]
    test: tuple[Any, Any, Any]
    steps: FittedSteps | None
    parts: Mapping[str, slice]

    def weighted(self, weights: Mapping[str, float]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Both parts of the fold with the columns multiplied by their weights."""
        train, test = (
            (scale_parts(X, self.parts, weights), y, w) for X, y, w in (self.train, self.test)
        )
        return train, test


class FittedSteps(BaseEstimator):
    """The fitted steps before a model, in the place of the union or the last of them.

    ``set_params`` takes the weights of its parts. What it has transformed already is recognised
    by its content, for each candidate cuts its folds anew.
    """

    def __init__(self, fitted: Any, seen: list[tuple[Any, Any]], parts: Mapping[str, slice]):
        self.fitted = fitted
        self.seen = seen
        self.parts = parts
        self.weights: Mapping[str, float] = {}

    def __sklearn_clone__(self) -> FittedSteps:
        return self.copy()

    def copy(self) -> FittedSteps:
        """One with weights of its own."""
        return FittedSteps(self.fitted, self.seen, self.parts)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The weights."""
        return {PARAMETER: self.weights}

    def set_params(self, **params: Any) -> FittedSteps:
        """Take the weights; all else is the same for all candidates, and was set before."""
        self.weights = params.get(PARAMETER) or self.weights
        return self

    def fit(self, X: Any, y: Any = None, **params: Any) -> FittedSteps:
        """Nothing is left to be fitted."""
        return self

    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> Any:
        """What `transform` gives."""
        return self.transform(X)

    def transform(self, X: Any) -> Any:
        """The columns for the model."""
        known = next((done for rows, done in self.seen if _is_same(rows, X)), None)
        columns = _as_columns(self.fitted.transform(X)) if known is None else known
        return scale_parts(columns, self.parts, self.weights)


def scale_parts(X: Any, parts: Mapping[str, slice], weights: Mapping[str, float]) -> Any:
    """Columns multiplied by the weights of their parts."""
    if not parts or not weights:
        return X
    factors = column_factors(X.shape[1], parts, weights)
    return X.multiply(factors[None]).tocsr() if issparse(X) else X * factors


def column_factors(
    n_columns: int, parts: Mapping[str, slice], weights: Mapping[str, float]
) -> Floats:
    """Weight of each column, shape (n_columns,); 1 where its part has none."""
    factors = np.ones(n_columns)
    for name, columns in parts.items():
        factors[columns] = weights.get(name, 1.0)
    return factors


def prepare_fold(
    estimator: Any,
    tuned: Tuned,
    data: tuple[Any, Any],
    indices: tuple[Any, Any],
    fit_params: Mapping[str, Any],
    score_params: Mapping[str, Any],
) -> PreparedFold:
    """Fit what stands before the model, and note what the model would be fitted to."""
    X, y = data
    (X_train, y_train), (X_test, y_test) = (
        (safe_indexing(X, rows), None if y is None else safe_indexing(y, rows)) for rows in indices
    )
    whole = configured(estimator, tuned.constants)
    if tuned.union is not None:
        whole.set_params(**{tuned.union: None})
    given = _recorded_fit(model_of(whole))
    params = check_method_params(X, params=fit_params, indices=indices[0])
    whole.fit(X_train, y_train, **params)
    score_params = check_method_params(X, params=score_params, indices=indices[1])
    test = X_test, y_test, score_params.get("sample_weight")
    if not is_pipeline(whole) or len(whole.steps) == 1:
        return PreparedFold(given[0], test, None, {})
    fitted = whole[:-1]
    columns = _as_columns(given[0][0]), _as_columns(fitted.transform(X_test))
    parts = _columns_of_parts(whole, tuned, X_train)
    seen = list(zip((X_train, X_test), columns, strict=True))
    return PreparedFold(
        (columns[0], *given[0][1:]),
        (columns[1], *test[1:]),
        FittedSteps(fitted, seen, parts),
        parts,
    )


def assemble(estimator: Any, tuned: Tuned, fold: PreparedFold) -> Any:
    """The estimator with all constants set, fitted steps, and a model that is not."""
    whole = configured(estimator, tuned.constants)
    if fold.steps is None:
        return whole
    *before, model = whole.steps
    names = [name for name, _ in before]
    owner = names[-1] if tuned.union is None else tuned.union.partition("__")[0]
    steps = [(n, fold.steps.copy() if n == owner else "passthrough") for n in names]
    return whole.set_params(steps=[*steps, model], memory=None)


def _recorded_fit(model: Any) -> list[tuple[Any, Any, Any]]:
    """Let a model note in a list what it is fitted to, in place of the fit."""
    given: list[tuple[Any, Any, Any]] = []

    @wraps(type(model).fit)
    def fit(X: Any, y: Any = None, sample_weight: Any = None, **params: Any) -> Any:
        given.append((X, y, sample_weight))
        return model

    model.fit = fit
    return given


def _columns_of_parts(whole: Any, tuned: Tuned, X: Any) -> dict[str, slice]:
    """Columns of each part in what a fitted union gives."""
    if tuned.union is None:
        return {}
    owner = tuned.union.partition("__")[0]
    union = whole.named_steps[owner]
    if hasattr(union, "output_indices_"):
        found = {name: union.output_indices_.get(name, slice(0, 0)) for name in tuned.weights}
        return {name: columns for name, columns in found.items() if columns.stop > columns.start}
    before = whole[: list(whole.named_steps).index(owner)]
    one = safe_indexing(X, [0])
    one = before.transform(one) if len(before) else one
    found, start = {}, 0
    for name, transformer in union.transformer_list:
        if isinstance(transformer, str) and transformer == "drop":
            continue
        width = np.shape(one if isinstance(transformer, str) else transformer.transform(one))[1]
        found[name] = slice(start, start + width)
        start += width
    return found


def _as_columns(X: Any) -> Any:
    """Columns of a matrix, also of a table."""
    return X.tocsr() if issparse(X) else np.asarray(X)


def _is_same(a: Any, b: Any) -> bool:
    """Whether two samples of rows hold the same."""
    if type(a) is not type(b):
        return False
    if hasattr(a, "equals"):  # tables of pandas and polars
        return bool(a.equals(b))
    if issparse(a):
        return a.shape == b.shape and not (a != b).nnz
    if isinstance(a, np.ndarray):
        is_float = a.dtype.kind in "fc" and b.dtype.kind in "fc"
        return bool(np.array_equal(a, b, equal_nan=is_float))
    return bool(a == b) if isinstance(a, list | tuple) else False
