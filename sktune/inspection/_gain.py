"""``explain_gain``: divide the gain from one setting to another among the parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._optional import require
from ._comparison._rerun import Data, Split, evaluate, folds_again
from ._importance._shapley import shapley_by_orders, shapley_values
from ._model._surrogate import ExplainingModel, Function, band, explaining_model
from ._record import SearchRecord, read_search
from ._whole_numbers import check_whole

Floats = NDArray[np.float64]

# With up to so many differing parameters all subsets are evaluated; with more, random orders.
MAX_EXACT = 14


@dataclass(frozen=True, slots=True)
class Gain:
    """The gain from one setting to another, divided among the parameters.

    Attributes
    ----------
    names : tuple of str, length n_parameters
        The parameters that vary.
    shares : ndarray of shape (n_parameters,)
        What each parameter adds, in score units, averaged over all orders in which they can be
        changed; 0 where the settings agree. They add up to `expected_gain`.
    draws : ndarray of shape (n_draws, n_parameters)
        The same under draws of the model.
    low, high : ndarray of shape (n_parameters,)
        Ends of the 90 % band of each share.
    start, end : dict
        The two settings.
    start_score, end_score : float
        Their mean scores in the search.
    gain : float
        The difference of these. Where the second setting was chosen for its score, some of it
        is luck.
    expected_gain : float
        The difference in the model.
    path : tuple of str or None
        The parameters in the greedy order: each step changes the one that gains most (Fawcett and
        Hoos). None if it was not asked for.
    path_scores : ndarray of shape (n_steps + 1,) or None
        Scores that the model predicts along the path, the start first.
    verified_scores : ndarray of shape (n_steps + 1,) or None
        Scores of the same settings on the folds of the search, if they were run.
    """

    names: tuple[str, ...]
    shares: Floats
    draws: Floats = field(repr=False)
    low: Floats
    high: Floats
    start: Mapping[str, Any]
    end: Mapping[str, Any]
    start_score: float
    end_score: float
    gain: float
    expected_gain: float
    path: tuple[str, ...] | None = None
    path_scores: Floats | None = None
    verified_scores: Floats | None = None

    def to_shap(self) -> Any:
        """Convert to a ``shap.Explanation``, for the plots of that package.

        Returns
        -------
        shap.Explanation

        Raises
        ------
        MissingDependencyError
            If shap is not installed.
        """
        shap = require("shap", "docs", "Gain.to_shap")
        return shap.Explanation(
            values=self.shares,
            base_values=self.end_score - self.gain,
            data=np.array([self.end.get(name) for name in self.names], dtype=object),
            feature_names=list(self.names),
        )


def explain_gain(
    search: Any,
    baseline: int | Mapping[str, Any] | None = None,
    *,
    to: int | Mapping[str, Any] | None = None,
    path: bool = False,
    verify: tuple[Any, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    n_draws: int = 36,
    random_state: int = 0,
) -> Gain:
    """Divide the gain from the default to the winner among the parameters.

    Each parameter gets its Shapley value: what changing it adds to the score that the model of
    the search predicts (:func:`explaining_model`), averaged over all orders in which the
    parameters can be changed [2]_. A single path of changes [1]_ gives an interaction to whichever
    comes last.

    Parameters
    ----------
    search : fitted search or SearchRecord
        See :func:`read_search`.
    baseline : int or dict, default=None
        The start of the gain: the number of a candidate, or its setting. None: the estimator's own
        values.
    to : int or dict, default=None
        The end of the gain, likewise. None: the best candidate.
    path : bool, default=False
        Whether to follow the greedy path too.
    verify : tuple of (X, y), default=None
        Data of the search: the settings of the path are run on its folds.
    params : dict, default=None
        What else ``fit`` of the search was given, such as ``{"sample_weight": w}`` or ``groups``;
        for `verify`.
    n_draws : int, default=36
        Draws for the bands, at least 2; rounded up to a multiple of 12.
    random_state : int, default=0
        Seed of the draws, at least 0.

    Returns
    -------
    Gain

    Raises
    ------
    ValueError
        If the default is not among the candidates and no `baseline` is given, if there is no such
        candidate, if `n_draws` or `random_state` is not a whole number or too small, if `verify` is
        no pair or the folds cannot be drawn again, or if the search cannot be explained, see
        :func:`explaining_model`.

    Warns
    -----
    SurrogateWarning
        If there are more parameters than candidates.

    Notes
    -----
    If the settings belong to different branches, a parameter that only one of them has is set to
    its median in the other.

    Failed candidates, and those with a score of nan or inf, are left out of the model, and cannot
    be the start or the end of a gain; dropped ones count with the folds that were run. In a halving
    search both must have been trained with the largest resource.

    References
    ----------
    .. [1] Fawcett and Hoos, "Analysing differences between algorithm configurations through
       ablation", Journal of Heuristics 22, 2016. https://doi.org/10.1007/s10732-014-9275-9
    .. [2] Wever, Muschalik, Fumagalli and Lindauer, "HyperSHAP: Shapley values and interactions for
       explaining hyperparameter optimization", 2025. https://arxiv.org/abs/2502.01276

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import BayesSearchCV
    >>> from sktune.inspection import explain_gain
    >>> space = {"C": loguniform(1e-3, 1e5), "gamma": loguniform(1e-6, 1e1)}
    >>> search = BayesSearchCV(SVC(C=0.01, gamma=1.0), space, n_iter=15, random_state=0)
    >>> gain = explain_gain(search.fit(*load_iris(return_X_y=True)))
    >>> gain.names, bool(abs(gain.shares.sum() - gain.expected_gain) < 1e-9)
    (('C', 'gamma'), True)
    """
    check_whole("n_draws", n_draws, least=2)
    check_whole("random_state", random_state, least=0)
    if verify is not None and not (isinstance(verify, (tuple, list)) and len(verify) == 2):
        raise ValueError(f"verify must be a pair (X, y), got {type(verify).__name__}.")
    record = read_search(search)
    start = record.index_of(baseline, "baseline")
    end = _end_of(record, to)
    data = None if verify is None else Data(*verify, params or {})
    folds = None if data is None else folds_again(record, data)
    model = explaining_model(record)
    points = record.space.snap(
        record.space.transform([record.settings[start], record.settings[end]])
    )
    shares = _shares(model.at, points, random_state)[0]
    draws = np.concatenate(
        [_shares(draw, points, random_state) for draw in model.draw(n_draws, random_state)]
    )
    low, high = band(draws, shares)
    order, along, verified = None, None, None
    if path or data is not None:
        steps, along = _greedy(model, points)
        order = tuple(record.names[j] for j in steps)
        if data is not None and folds is not None:
            verified = _verified(record, points, steps, data, folds)
    scores = record.scores[[start, end]]
    return Gain(
        names=record.names,
        shares=shares,
        draws=draws,
        low=low,
        high=high,
        start=record.settings[start],
        end=record.settings[end],
        start_score=float(scores[0]),
        end_score=float(scores[1]),
        gain=float(scores[1] - scores[0]),
        expected_gain=float(np.diff(model.at(points))[0]),
        path=order,
        path_scores=along,
        verified_scores=verified,
    )


def _end_of(record: SearchRecord, to: Any) -> int:
    """Row of the candidate where a gain ends."""
    if to is not None:
        return record.index_of(to, "to")
    if record.best_index is None:
        raise ValueError("No candidate of the search has a score.")
    return record.best_index


def _shares(function: Function, points: Floats, seed: int) -> Floats:
    """Shapley values of the coordinates, shape (n_draws, n); 0 where both points are the same."""
    differs = np.flatnonzero(points[0] != points[1])
    n_players = len(differs)

    def game(subsets: NDArray[np.intp]) -> Floats:
        """Values at the start with some coordinates of the end, shape (n_subsets, n_draws)."""
        between = np.repeat(points[:1], len(subsets), axis=0)
        is_in = (subsets[:, None] >> np.arange(n_players)) & 1 == 1
        between[:, differs] = np.where(is_in, points[1, differs], points[0, differs])
        return np.atleast_2d(function(between)).T

    if n_players <= MAX_EXACT:
        found = shapley_values(game(np.arange(1 << n_players))).T
    else:
        found = shapley_by_orders(game, n_players, seed).T
    shares = np.zeros((len(found), points.shape[1]))
    shares[:, differs] = found
    return shares


def _greedy(model: ExplainingModel, points: Floats) -> tuple[list[int], Floats]:
    """Coordinates in the order that gains most at each step, and the scores along it."""
    now, order = points[0].copy(), list[int]()
    left = np.flatnonzero(points[0] != points[1]).tolist()
    scores = [float(model.at(points[:1])[0])]
    while left:
        trials = np.repeat(now[None], len(left), axis=0)
        trials[np.arange(len(left)), left] = points[1, left]
        predicted = model.at(trials)
        best = int(predicted.argmax())
        now = trials[best]
        order.append(left.pop(best))
        scores.append(float(predicted[best]))
    return order, np.array(scores)


def _verified(
    record: SearchRecord, points: Floats, steps: list[int], data: Data, folds: Sequence[Split]
) -> Floats:
    """Mean scores of the settings on the path on the folds of the search."""
    now, path = points[0].copy(), [points[0]]
    for column in steps:
        now = now.copy()
        now[column] = points[1, column]
        path.append(now)
    settings = record.space.inverse_transform(record.space.snap(np.array(path)))
    return np.array([evaluate(record, setting, data, folds).mean() for setting in settings])
