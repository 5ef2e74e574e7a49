"""``compare_to_default``: is the tuned setting better than the default, or only luckier?

The best of many scores is too high: every score has some error, and the best one was chosen partly
because its error is upwards. Three methods remove this bias from the difference to the default,
which was not chosen and needs no correction; see the parameter `method`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..._records._row_scores import Metric
from ..._sklearn_compat import scorer_parts
from .._model._surrogate import MIN_CANDIDATES, explaining_model
from .._record import SearchRecord, read_search
from .._whole_numbers import check_whole
from ._all_rows import check_parts, gain_of_rows
from ._bootstrap import n_units, n_without_rows, resampled_scores
from ._intervals import SAME_ON_FOLDS, Interval, half_width, is_constant, mean_interval
from ._nested import check_nested, nested_intervals
from ._rerun import Data, evaluate, folds_again

Floats = NDArray[np.float64]
Verdict = Literal["better", "not shown", "worse"]

METHODS = ("auto", "bbc", "folds", "nested")


@dataclass(frozen=True, slots=True)
class Comparison:
    """The tuned setting against the default, in score units; higher is better.

    It has three numbers that should not be confused: the best cross-validated score, which is too
    high because it was chosen for being high; the expected score of the chosen setting; and how
    much better that is than the default.

    Attributes
    ----------
    difference : float
        Score of the tuned setting minus that of the default, corrected for the choice.
    low, high : float
        Ends of its interval; nan where there is none.
    verdict : {"better", "not shown", "worse"}
        By the interval alone: whether it lies above 0, contains 0, or lies below 0.
    expected_score : float
        The score to expect of the tuned setting on new data.
    expected_low, expected_high : float
        Ends of its interval.
    optimism : float
        How much of the best cross-validated score is luck: by how much it lies above what is
        expected of models trained on as many rows.
    best_score, default_score : float
        Uncorrected mean scores of both in cross-validation.
    method : {"bbc", "folds", "nested"}
        How the difference was estimated.
    confidence_level : float
        Of the intervals.
    note : str
        Why there is no interval, or why the preferred method was not used; else empty.
    rows_gain : float
        Part of the expected score that comes from training on all rows, as the refit does, instead
        of on those of a fold; 0.0 without ``all_rows=True``.
    """

    difference: float
    low: float
    high: float
    verdict: Verdict
    expected_score: float
    expected_low: float
    expected_high: float
    optimism: float
    best_score: float
    default_score: float
    method: str
    confidence_level: float
    note: str = ""
    rows_gain: float = 0.0


@dataclass(frozen=True, slots=True)
class _Sides:
    """What is compared: the winner's row, the default's, and the scores of its folds."""

    winner: int
    default: int | None
    default_scores: Floats
    default_mean: float


def compare_to_default(
    search: Any,
    X: Any = None,
    y: Any = None,
    *,
    baseline: int | Mapping[str, Any] | None = None,
    method: str = "auto",
    all_rows: bool = False,
    confidence_level: float = 0.95,
    n_resamples: int = 2000,
    random_state: int = 0,
    params: Mapping[str, Any] | None = None,
) -> Comparison:
    """Estimate how much better the tuned setting is than the default, corrected for selection.

    Parameters
    ----------
    search : fitted search or SearchRecord
        See :func:`read_search`.
    X, y : array-like, default=None
        Data of the search. Needed if the default is not among the candidates, to run it on
        the folds of the search; for ``"nested"`` and ``all_rows=True``; and `y` if the metric is
        not a mean over rows and predictions were kept.
    baseline : int or dict, default=None
        What to compare with: the number of a candidate, or its setting. None: the estimator's own
        values.
    method : {"auto", "bbc", "folds", "nested"}, default="auto"
        - ``"bbc"``: bootstrap bias correction [1]_. In each resample of the rows (of the groups,
          where the folds keep groups together) the winner is chosen anew among all candidates,
          and judged against the default on the rows that were left out. Needs a search with
          ``keep_predictions=True``.
        - ``"folds"``: in place of the winner's score, what the explaining model expects of it from
          the scores of all settings and the noise of the folds; the half-width of Nadeau and
          Bengio [2]_ for the paired differences of the folds. With fewer than 5 candidates the
          winner is chosen on all folds but one and judged on that one.
        - ``"nested"``: the search is run again in each training part and judged on the test
          part, which multiplies the cost by the number of folds.
        - ``"auto"``: ``"bbc"`` if the data that it needs were kept, else ``"folds"``.
    all_rows : bool, default=False
        Whether to expect the score of a model of all rows, such as ``best_estimator_``. The folds
        tell what their own models score, which are trained on fewer rows; what the other rows add
        is read off a learning curve of the tuned setting, from 20 fits on two and three fifths of
        the rows (10 with four folds; see Notes). The difference stays that of the folds' models.
        Best with ``"bbc"``: of what ``"folds"`` expects, part may be luck that settings share.
    confidence_level : float, default=0.95
        Of the intervals, between 0 and 1.
    n_resamples : int, default=2000
        For ``"bbc"``; at most 200 if predictions were kept, unless the metric is R2 or the AUC
        of two classes.
    random_state : int, default=0
        Seed of the resamples, at least 0.
    params : dict, default=None
        What else ``fit`` of the search was given, such as ``{"sample_weight": w}`` or ``groups``;
        for the fits that `X` and `y` are needed for.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If the default is not among the candidates and `X` and `y` are not given, if the folds
        cannot be drawn again, if the data that a method needs are missing, or if `n_resamples` or
        `random_state` is not a whole number or too small. With ``all_rows=True``, if the folds do
        not test each row once (in each repeat) and train on all others, or are fewer than 4.

    Notes
    -----
    With ``"bbc"`` the winner of a resample is the candidate with the best score, even if a
    callable `refit` has chosen another one. Candidates that failed, or have a score of nan or inf,
    never win. If the default was dropped, only the folds that it was run on are compared. By
    ``"folds"`` and ``"nested"``, a difference that is the same on every fold has no interval, as
    its spread is not known; nor, by ``"folds"``, has an expected score.

    ``all_rows=True`` puts the folds together into five parts, trains on all but two and on all but
    three of them, and scores each part that was left out. If errors fall as ``a + c / m`` with
    ``m`` rows, the step from a fold's model to all rows is a known share of the step between these
    two: 0.3 of it for five folds. Where errors fall more slowly it is more than that. The interval
    grows by that of the addition, from its spread over the parts and Nadeau and Bengio's variance.

    References
    ----------
    .. [1] Tsamardinos, Greasidou and Borboudakis, "Bootstrapping the out-of-sample predictions
       for efficient and accurate cross-validation", Machine Learning 107, 2018.
       https://doi.org/10.1007/s10994-018-5714-4
    .. [2] Nadeau and Bengio, "Inference for the Generalization Error", Machine Learning 52,
       2003. https://doi.org/10.1023/A:1024068626366

    Examples
    --------
    >>> from scipy.stats import randint
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.model_selection import RandomizedSearchCV
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sktune.inspection import compare_to_default
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> space = {"max_depth": randint(1, 12), "min_samples_leaf": randint(1, 40)}
    >>> search = RandomizedSearchCV(DecisionTreeClassifier(random_state=0), space, random_state=0)
    >>> comparison = compare_to_default(search.fit(X, y), X, y)
    >>> comparison.method, comparison.verdict
    ('folds', 'not shown')
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {list(METHODS)}, got {method!r}.")
    if not isinstance(confidence_level, Real) or not 0.0 < confidence_level < 1.0:
        raise ValueError(f"confidence_level must lie between 0 and 1, got {confidence_level!r}.")
    check_whole("n_resamples", n_resamples, least=1)
    check_whole("random_state", random_state, least=0)
    record = read_search(search)
    if record.best_index is None:
        raise ValueError("No candidate of the search has a score.")
    data = Data(X, y, {} if params is None else params)
    if method == "nested":
        check_nested(search, data)
    smaller = check_parts(record, data) if all_rows else None
    sides = _sides(record, baseline, data)
    lack = _lack_of_bbc(record, sides, y)
    if method == "bbc" and lack:
        raise ValueError(f"method='bbc' cannot be used: {lack}.")
    rows_gain = Interval(0.0, 0.0, 0.0)
    if smaller is not None:
        gains = gain_of_rows(record, record.settings[sides.winner], data, *smaller)
        rows_gain = mean_interval(gains, record.evaluation.test_ratio, confidence_level)
    if method == "nested":
        difference, expected, note = nested_intervals(
            search, record, sides.default_scores, data, confidence_level
        )
    elif method == "folds" or lack:
        difference, expected, note = _by_folds(record, sides, confidence_level)
        note = note or (f"not by bbc: {lack}" if method == "auto" else "")
    else:
        difference, expected, note = _by_rows(
            record, sides, y, confidence_level, n_resamples, random_state
        )
    if method != "nested":
        method = "folds" if method == "folds" or lack else "bbc"
        if sides.winner == sides.default:
            difference, note = Interval(0.0, 0.0, 0.0), "the best candidate is the default"
    how = method, confidence_level, note
    return _as_comparison(record, sides, difference, expected, rows_gain, how)


def _as_comparison(
    record: SearchRecord,
    sides: _Sides,
    difference: Interval,
    expected: Interval,
    rows_gain: Interval,
    how: tuple[str, float, str],
) -> Comparison:
    """The result; `how` is the method, the confidence level and the note."""
    best_score = float(record.scores[sides.winner])
    optimism, expected = best_score - expected.centre, expected.plus(rows_gain)
    return Comparison(
        difference=difference.centre,
        low=difference.low,
        high=difference.high,
        verdict="better" if difference.low > 0 else "worse" if difference.high < 0 else "not shown",
        expected_score=expected.centre,
        expected_low=expected.low,
        expected_high=expected.high,
        optimism=optimism,
        best_score=best_score,
        default_score=sides.default_mean,
        method=how[0],
        confidence_level=how[1],
        note=how[2],
        rows_gain=rows_gain.centre,
    )


def _sides(record: SearchRecord, baseline: Any, data: Data) -> _Sides:
    """Find the default among the candidates, or run it."""
    winner = int(record.best_index or 0)
    if baseline is None and record.default_index is None and data.X is not None:
        own = record.evaluation.estimator.get_params(deep=True)
        names = {name for setting in record.settings for name in setting}
        setting = {name: own[name] for name in sorted(names) if name in own}
        scores = evaluate(record, setting, data, folds_again(record, data))
        return _Sides(winner, None, scores, float(scores.mean()))
    row = record.index_of(baseline, "baseline")
    return _Sides(winner, row, record.split_scores[row], float(record.scores[row]))


def _lack_of_bbc(record: SearchRecord, sides: _Sides, y: Any) -> str:
    """Say what bootstrap bias correction lacks; empty if nothing."""
    kept = record.oof
    if kept is None:
        return "the search kept no scores of rows (keep_predictions=True)"
    if sides.default is None or not {sides.default, sides.winner} <= set(kept.candidates.tolist()):
        return "the rows of the default, or of the best candidate, were not kept"
    if n_lost := n_without_rows(record, kept):
        return f"the rows of {n_lost} candidates that might have won were not kept"
    if kept.is_prediction and (y is None or _metric_of(record) is None):
        return "the metric is not a mean over rows: pass y"
    return ""


def _metric_of(record: SearchRecord) -> Metric | None:
    parts = scorer_parts(record.evaluation.scorer, record.evaluation.estimator)
    return None if parts is None else Metric(*parts)


def _by_rows(
    record: SearchRecord, sides: _Sides, y: Any, level: float, n_resamples: int, seed: int
) -> tuple[Interval, Interval, str]:
    """Difference and expected score by bootstrap bias correction."""
    kept = record.oof
    if kept is None or sides.default is None:
        raise ValueError("No scores of rows were kept.")
    best = float(record.scores[sides.winner])
    nothing = Interval.unknown(best - sides.default_mean), Interval.unknown(best)
    if n_units(kept) < 2:
        return *nothing, "all rows are one group: no interval"
    default = int(np.flatnonzero(kept.candidates == sides.default)[0])
    metric = _metric_of(record) if kept.is_prediction else None
    won, plain = resampled_scores(kept, default, n_resamples, seed, metric, y)
    if not len(won):
        return *nothing, "the metric has no value in any resample: no interval"
    ends = np.array([0.5 - level / 2.0, 0.5 + level / 2.0])
    difference, expected = (
        Interval(float(drawn.mean()), *map(float, np.quantile(drawn, ends)))
        for drawn in (won - plain, won)
    )
    if record.split_scores.shape[1] < 2:  # rows tell nothing of other training rows
        known = Interval.unknown(difference.centre), Interval.unknown(expected.centre)
        return *known, "a single split, and so a single training: no interval"
    return difference, expected, ""


def _by_folds(record: SearchRecord, sides: _Sides, level: float) -> tuple[Interval, Interval, str]:
    """Difference and expected score by the explaining model and the folds' differences."""
    own = record.split_scores[sides.winner]
    centre, note = _unselected_score(record, sides.winner)
    both = np.isfinite(own) & np.isfinite(sides.default_scores)
    ratio = record.evaluation.test_ratio
    gaps, own = (own - sides.default_scores)[both], own[np.isfinite(own)]
    half = half_width(gaps, ratio, level)
    if np.isnan(half):
        note = "the difference is known on fewer than two folds: no interval"
    elif is_constant(gaps, own):
        half, note = float("nan"), SAME_ON_FOLDS
    gap = centre - sides.default_mean
    difference = Interval(gap, gap - half, gap + half)
    half = float("nan") if is_constant(own, own) else half_width(own, ratio, level)
    return difference, Interval(centre, centre - half, centre + half), note


def _unselected_score(record: SearchRecord, winner: int) -> tuple[float, str]:
    """Expected score of the winner, and a note if it is not from the model."""
    usable = record.is_scored & record.at_top
    scores = record.scores[usable]
    if np.ptp(scores) <= 1e-12 * np.abs(scores).max():
        return float(record.scores[winner]), ""
    if record.is_scored.sum() >= MIN_CANDIDATES and record.names:
        return explaining_model(record).unselected(winner), ""
    folds = record.split_scores[usable]
    folds = folds[np.isfinite(folds).all(axis=1)]
    if folds.shape[1] < 2 or len(folds) < 2:
        return float(record.scores[winner]), ""
    return float(np.mean(chosen_on_others(folds))), "too few candidates for a model"


def chosen_on_others(folds: Floats) -> Floats:
    """Score on each fold of the candidate that is best on all others; (n, k) to (k,)."""
    others = folds.sum(axis=1)[:, None] - folds
    return np.asarray(folds[others.argmax(axis=0), np.arange(folds.shape[1])])
