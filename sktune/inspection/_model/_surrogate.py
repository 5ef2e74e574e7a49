"""``explaining_model``: a Gaussian process of the scores as they are.

The model of a search is made for searching: it compresses bad scores and uses earlier searches.
On the sample of a Bayesian search such a model puts a third of the importance on the wrong
parameters; the same process with a flat prior mean, fitted to the scores as they are, a sixth.

The process adds up effects of single parameters and one of all of them, and whole functions are
drawn from its posterior, see ``_process.py``. Draws at one set of hyperparameters vary too little:
90 % bands of importance cover the truth in 63 to 84 % of cases. So the draws are pooled over refits
to 63 % of the candidates.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_array

from ...exceptions import SurrogateWarning
from .._record import SearchRecord, read_search
from ._columns import Columns
from ._process import AdditiveProcess, Function

Floats = NDArray[np.float64]

# Scores are cut at so many times the distance from median to best below the best. The median of a
# Bayesian search comes close to its best: with 10, a tenth of the scores of smooth functions was
# cut, and 0.131 and 0.101 of the importance was misplaced with 60 and 120 candidates, in place of
# 0.109 and 0.087 without (six functions, three searches each).
N_BELOW = 30.0

# With fewer candidates the effects of several parameters cannot be separated.
MIN_CANDIDATES = 5

# Refits, and the share of the candidates that each is fitted to.
N_REFITS = 12
SHARE = 0.632

# With more candidates a refit starts from the fit to all alone: there is hardly another maximum,
# and with 500 candidates and 20 parameters a second start of all refits takes 7 s.
MANY = 200

# Quantiles between which a band lies.
BAND = (0.05, 0.95)

# Most candidates that the model is fitted to, half of them the best and half drawn from the rest:
# the cost of the fit grows with their number cubed.
MAX_CANDIDATES = 500

# Folds of the cross-validation over candidates.
N_FOLDS = 5


class ExplainingModel(RegressorMixin, BaseEstimator):
    """A fitted regressor from settings to scores, made by :func:`explaining_model`.

    A setting is a row of numbers: numeric parameters as they are, others as their place among the
    choices of the space. scikit-learn's inspection tools, and ``shap``, accept it like
    any fitted regressor.

    Parameters
    ----------
    record : SearchRecord
        The search that it was fitted to.
    target : {"score", "fit_time"}, default="score"
        What it predicts: mean scores, or the logarithm to the base 10 of the seconds that all
        folds took.

    Attributes
    ----------
    feature_names_in_ : ndarray of str, shape (n_parameters,)
        The parameters that vary.
    n_features_in_ : int
        Their number.
    points_ : ndarray of shape (n_used, n_parameters)
        The settings that it was fitted to, in the unit cube.
    X_ : ndarray of shape (n_used, n_parameters)
        The same settings as numbers.
    y_ : ndarray of shape (n_used,)
        Their scores, very bad ones cut.
    r2_ : float
        R2 of its predictions for candidates that were left out, by 5-fold cross-validation. Below
        0.5 its predictions are hardly reliable.
    n_cut_ : int
        Scores that were so far below the rest that they were cut.
    n_left_out_ : int
        Candidates without a finite score.
    """

    def __init__(self, record: SearchRecord, target: str = "score") -> None:
        self.record = record
        self.target = target

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "process_")

    def fit(self, X: Any = None, y: Any = None) -> ExplainingModel:
        """Fit to the record; `X` and `y` are ignored.

        Returns
        -------
        ExplainingModel
            The same object.
        """
        record = self.record
        self._rows = _chosen(record, self.target)
        points, values, noise, fidelity = _observations(record, self.target, self._rows)
        self._space, self._columns = record.space, Columns(record.space)
        self.feature_names_in_ = np.array(record.names, dtype=object)
        self.n_features_in_ = len(record.names)
        self.points_, self.X_ = points, self._columns.numbers(points)
        self.y_, self.n_cut_ = cut_disasters(values)
        self.n_left_out_ = int((~record.is_scored).sum())
        self._features, self._noise = self._with_fidelity(points, fidelity), noise
        self._groups = list(record.space.feature_groups)
        if fidelity is not None:
            width = self._features.shape[1]
            self._groups.append(slice(width - 1, width))
        self.process_ = self._fit_to(np.arange(len(values)))
        self.r2_ = self._cross_validated()
        return self

    def predict(self, X: Any) -> Floats:
        """Mean score of settings.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n, n_parameters)
            Settings in numbers, see ``transform``. The columns of a DataFrame are found by name.

        Returns
        -------
        ndarray of shape (n,)

        Raises
        ------
        ValueError
            If X has other columns, nan or inf.
        """
        names = self.feature_names_in_.tolist()
        if hasattr(X, "columns"):
            if set(X.columns) != set(names):
                raise ValueError(f"X must have the columns {names}, got {list(X.columns)}.")
            X = X[names]
        X = check_array(X, dtype=float, ensure_min_samples=0)
        if X.shape[1] != len(names):
            raise ValueError(f"X must have the {len(names)} columns {names}, got {X.shape[1]}.")
        return self.at(self._columns.points(X))

    def transform(self, settings: Sequence[Mapping[str, Any]]) -> Floats:
        """Settings in numbers, shape (n, n_parameters)."""
        return self._columns.numbers(self._space.transform(settings))

    def at(self, points: Floats) -> Floats:
        """Mean score at points of the unit cube, shape (n, n_dims); shape (n,)."""
        return self.process_.mean(self._top(points))

    def unselected(self, candidate: int) -> float:
        """Mean score of a candidate that was tried, without the luck of its folds.

        Between its own score and that of similar settings: where scores differ by more than the
        folds' noise, and no parameter explains it (a seed, say), some of the difference is its own.
        """
        is_own = self._rows == candidate
        if (self._noise[is_own] > 0).any():
            return float(self.process_.without_noise()[is_own][0])
        # Left out, as one of very many or without a score; or a single fold does not tell its
        # noise, and whatever no parameter explains counts as such.
        return float(self.at(self._space.transform([self.record.settings[candidate]]))[0])

    def draw(self, n_draws: int, seed: int) -> list[Function]:
        """Functions from points, shape (n, n_dims), to draws of the scores, (n_each, n).

        Parameters
        ----------
        n_draws : int
            Draws in all; rounded up to a multiple of the number of refits.
        seed : int
            Seed of the refits and the draws.

        Returns
        -------
        list of callable
            One for each refit.
        """
        n_each = max(1, -(-n_draws // N_REFITS))
        return [self._pinned(fit.draws(n_each, rng)) for fit, rng in self._refits(seed)]

    def _pinned(self, draws: Function) -> Function:
        return lambda points: draws(self._top(points))

    def _refits(self, seed: int) -> list[tuple[AdditiveProcess, np.random.Generator]]:
        """Processes fitted to parts of the candidates, each with a generator; cached."""
        key = f"refits of {self.target}, seed {seed}"
        if key not in self.record._kept:
            n = len(self.y_)
            n_part = max(min(n, MIN_CANDIDATES - 1), round(SHARE * n))
            fits = []
            for number in range(N_REFITS):
                rng = np.random.default_rng([seed, number])
                rows = rng.choice(n, n_part, replace=False)
                fits.append(self._fit_to(rows, self.process_.theta, 1 if n > MANY else 2))
            self.record._kept[key] = fits
        fits = self.record._kept[key]
        return [(fit, np.random.default_rng([seed, number, 1])) for number, fit in enumerate(fits)]

    def _fit_to(
        self, rows: NDArray[np.intp], start: Floats | None = None, n_starts: int = 2
    ) -> AdditiveProcess:
        X, y, noise = self._features[rows], self.y_[rows], self._noise[rows]
        return AdditiveProcess(self._groups, X, y, noise, start, n_starts)

    def _cross_validated(self) -> float:
        """R2 for candidates left out; nan where there are too few to leave some out."""
        n = len(self.y_)
        if n < 2 * N_FOLDS:
            return float("nan")
        fold = np.random.default_rng(0).permutation(n) % N_FOLDS
        predicted = np.empty(n)
        for k in range(N_FOLDS):
            model = self._fit_to(np.flatnonzero(fold != k), self.process_.theta, n_starts=1)
            predicted[fold == k] = model.mean(self._features[fold == k])
        return float(1.0 - np.mean((predicted - self.y_) ** 2) / self.y_.var())

    def _top(self, points: Floats) -> Floats:
        """Features of points at the largest resource."""
        has_fidelity = len(self._groups) > len(self._space.feature_groups)
        return self._with_fidelity(points, np.ones(len(points)) if has_fidelity else None)

    def _with_fidelity(self, points: Floats, fidelity: Floats | None) -> Floats:
        features = self._space.encode(points)
        return features if fidelity is None else np.column_stack([features, fidelity])


def explaining_model(
    search: Any, *, metric: str | None = None, target: str = "score"
) -> ExplainingModel:
    """Fit a regressor from settings to scores that explains a search.

    A Gaussian process fitted to the mean scores as they are, with a flat prior mean and the noise
    of the folds. Candidates without a finite score are left out; those that were dropped count
    with the folds that were run; scores further below the best than 30 times the distance from
    median to best are cut there. In a halving search the resource is one more feature, and
    predictions are made at the largest.

    Parameters
    ----------
    search : fitted search or SearchRecord
        See :func:`read_search`.
    metric : str, default=None
        As in :func:`read_search`.
    target : {"score", "fit_time"}, default="score"
        What is modelled: the mean scores, or the logarithm of the seconds.

    Returns
    -------
    ExplainingModel

    Raises
    ------
    ValueError
        If there are fewer than 5 candidates with a score, if all have the same score, or if no
        parameter varies.

    Warns
    -----
    SurrogateWarning
        If there are more parameters than candidates.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.inspection import permutation_importance
    >>> from sklearn.model_selection import RandomizedSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune.inspection import explaining_model
    >>> space = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)}
    >>> search = RandomizedSearchCV(SVC(), space, n_iter=30, random_state=0)
    >>> model = explaining_model(search.fit(*load_iris(return_X_y=True)))
    >>> model.feature_names_in_.tolist()
    ['C', 'gamma']
    >>> permutation_importance(model, model.X_, model.y_, random_state=0).importances_mean.shape
    (2,)
    """
    record = read_search(search, metric)
    if target not in ("score", "fit_time"):
        raise ValueError(f"target must be 'score' or 'fit_time', got {target!r}.")
    key, model = f"model of {target}", ExplainingModel(record, target)
    if key in record._kept:
        model.__dict__.update(record._kept[key])
    else:
        # The fitted attributes are kept, not the model, which holds the record.
        given = vars(model).copy()
        model.fit()
        record._kept[key] = {name: v for name, v in vars(model).items() if name not in given}
    if model.n_features_in_ > len(model.y_) and "is_warned" not in record._kept:
        record._kept["is_warned"] = True  # once for each record
        warnings.warn(
            f"{model.n_features_in_} parameters were searched by {len(model.y_)} candidates with "
            "a score: the bands show how uncertain the results are.",
            SurrogateWarning,
            stacklevel=3,
        )
    return model


def band(draws: Floats, centre: Floats) -> tuple[Floats, Floats]:
    """Ends of a 90 % band, of the shape of `centre`, from draws of shape (n_draws, ...).

    From the 0.05 to the 0.95 quantile, both as drawn and with the mean of the draws shifted to the
    centre: refits to a part of the candidates have less data, and their shares are biased.
    On searches with known truth, either alone covers 60 to 80 % in the worst cases.
    """
    low, high = np.quantile(draws, BAND, axis=0)
    shift = centre - draws.mean(axis=0)
    return np.minimum(low, low + shift), np.maximum(high, high + shift)


def cut_disasters(values: Floats) -> tuple[Floats, int]:
    """Cut very low values; return them all and how many were cut, see ``explaining_model``."""
    best, median = float(values.max()), float(np.median(values))
    if best <= median:  # half of all share the best score: there is no scale
        return values, 0
    limit = best - N_BELOW * (best - median)
    return np.maximum(values, limit), int((values < limit).sum())


def _chosen(record: SearchRecord, target: str) -> NDArray[np.intp]:
    """Rows of the candidates that the model is fitted to."""
    chosen = np.flatnonzero(record.is_scored)
    if len(chosen) < MIN_CANDIDATES:
        raise ValueError(
            f"At least {MIN_CANDIDATES} candidates with a finite score are needed to explain a "
            f"search, got {len(chosen)}."
        )
    if not record.names:
        raise ValueError("Nothing varies: every parameter of the search has a single value.")
    values = _values(record, target)
    if np.ptp(values[chosen]) <= 1e-12 * np.abs(values[chosen]).max():
        raise ValueError(
            f"All {len(chosen)} candidates have the same {target.replace('_', ' ')}: there is "
            "nothing to explain."
        )
    return _thinned(chosen, values)


def _values(record: SearchRecord, target: str) -> Floats:
    """What is modelled, of each candidate."""
    if target == "score":
        return record.scores
    # Clocks do not resolve less than a microsecond.
    return np.log10(np.maximum(record.seconds, 1e-6))


def _observations(
    record: SearchRecord, target: str, rows: NDArray[np.intp]
) -> tuple[Floats, Floats, Floats, Floats | None]:
    """Points, values, noise and, in [0, 1], resources of these candidates."""
    noise = record.noise()[rows] if target == "score" else np.zeros(len(rows))
    points = record.space.snap(record.space.transform([record.settings[i] for i in rows]))
    fidelity = None
    if record.resources is not None and np.ptp(record.resources[rows]) > 0:
        logs = np.log(record.resources)
        fidelity = ((logs - logs.min()) / np.ptp(logs))[rows]
    return points, _values(record, target)[rows], noise, fidelity


def _thinned(chosen: NDArray[np.intp], values: Floats) -> NDArray[np.intp]:
    """At most MAX_CANDIDATES of the candidates: the best, and others at random."""
    if len(chosen) <= MAX_CANDIDATES:
        return chosen
    order = chosen[np.argsort(-values[chosen], kind="stable")]
    half = MAX_CANDIDATES // 2
    others = np.random.default_rng(0).choice(order[half:], half, replace=False)
    return np.sort(np.concatenate([order[:half], others]))
