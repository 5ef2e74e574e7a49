"""Keep scores of single rows, of all candidates that might have won, for ``keep_predictions=True``.

To correct for the luck with which a winner is chosen, the choice must be repeated on other rows, so
the rows of the other candidates are needed too. If the metric is a mean over rows, each row's part
is kept for all candidates; otherwise the predictions of the best 20, which is enough: with the
best 5 the difference to the default came out 0.009 too high, with 20 the same as with all.

A row that is tested in several repeats has several predictions, and all are kept: the metric of
their mean would be that of an ensemble, which is better than each of its members. Of what rows add
to a mean, the mean of the repeats is kept, unless some rows are tested more often than others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._engine import History
from ..._records import Candidate, FoldLog, OutOfFold
from ..._records._fitted import N_BEST
from ..._records._row_scores import TOLERANCE, Metric, predictions_of, row_scores
from ..._sklearn_compat import scorer_parts
from .._inputs._splits import Split, are_in_time, places
from ._rungs import may_win

Floats = NDArray[np.float64]


def rows_of_fold(
    scorer: Any, estimator: Any, X: Any, y: Any, score: float
) -> tuple[NDArray[Any] | None, bool]:
    """Rows of a test part, shape (n_test,), and whether they are predictions.

    None if the scorer does not say how it scores, or the metric is not a mean over rows and the
    predictions are not one number or label a row.
    """
    parts = scorer_parts(scorer, estimator)
    if parts is None or y is None:
        return None, False
    metric = Metric(*parts)
    try:
        predicted = predictions_of(estimator, metric, X)
        if predicted is None:
            return None, False
        rows = row_scores(metric, y, predicted, score)
        if rows is not None:
            return rows.astype(np.float32), False
        if predicted.ndim > 1:
            return None, False
        # With weights, for example, the score may not be that of the predictions.
        is_score = abs(metric(y, predicted) - score) <= TOLERANCE * max(1.0, abs(score))
        return (_narrowed(predicted), True) if is_score else (None, False)
    except Exception:  # from the estimator or the metric: the fold has its score without this
        return None, False


def kept_rows(
    history: History, metric: str, splits: Sequence[Split], n_rows: int, groups: Any
) -> OutOfFold | None:
    """Rows of the complete candidates; None if they cannot be resampled.

    That is so if nothing was kept, if one fold has scores and another predictions, or if the folds
    follow the order of time.
    """
    tests = [places(test, n_rows) for _, test in splits]
    if are_in_time(splits, n_rows):
        return None
    # With rungs only the highest one is worth comparing.
    wanted = [c for c, may in zip(history.candidates, may_win(history, "top"), strict=True) if may]
    found = {c.id: rows for c in wanted if (rows := _rows_of(history, c)) is not None}
    kinds = {fold.rows_are_predictions for fold, *_ in history.log if fold.rows is not None}
    if not found or len(kinds) > 1:
        return None
    kept = np.array(sorted(found), dtype=np.intp)
    codes = None
    if groups is not None:
        codes = np.unique(np.asarray(groups), return_inverse=True)[1].reshape(-1).astype(np.intp)
    is_prediction = kinds.pop()
    if is_prediction:
        kept = _best_and_start(history, metric, kept)
    values, labels = _encoded(np.stack([found[i] for i in kept]))
    of_values = np.concatenate(tests)
    counts = np.bincount(of_values, minlength=n_rows)
    if len(set(counts[counts > 0])) > 1 or (is_prediction and counts.max() > 1):
        return OutOfFold(metric, kept, values, is_prediction, codes, of_values, labels)
    of_rows = np.full((len(kept), n_rows), np.nan, dtype=np.float32)
    for place, row in enumerate(values):
        totals = np.bincount(of_values, weights=row, minlength=n_rows)
        of_rows[place, counts > 0] = totals[counts > 0] / counts[counts > 0]
    return OutOfFold(metric, kept, of_rows, is_prediction, codes, None, labels)


def fold_log(history: History) -> FoldLog:
    """Who ran which fold, and when; without folds that were not run."""
    log = [entry for entry in history.log if entry[0].is_run]
    return FoldLog(
        candidates=np.array([fold.candidate_id for fold, *_ in log], dtype=np.intp),
        splits=np.array([fold.split for fold, *_ in log], dtype=np.intp),
        submitted=np.array([submitted for _, submitted, _ in log], dtype=float),
        finished=np.array([finished for *_, finished in log], dtype=float),
        workers=tuple(fold.worker or "" for fold, *_ in log),
    )


def n_samples(X: Any) -> int:
    """Number of rows of the data, whatever its type."""
    shape = getattr(X, "shape", None)
    return int(shape[0]) if shape else len(X)


def _rows_of(history: History, candidate: Candidate) -> NDArray[Any] | None:
    """Rows of all test parts, one after the other, shape (n_values,); None if some are missing."""
    folds = history.folds(candidate)
    if not history.is_complete(candidate) or any(fold.rows is None for fold in folds):
        return None
    return np.concatenate([fold.rows for fold in folds])


def _best_and_start(history: History, metric: str, kept: NDArray[np.intp]) -> NDArray[np.intp]:
    """The best candidates of those whose rows are known, and the one that the search began with."""
    means = [np.mean(history.observation(history.candidates[i]).split_scores[metric]) for i in kept]
    best = kept[np.argsort(-np.array(means), kind="stable")[:N_BEST]]
    starts = [i for i in kept if history.candidates[i].source == "start"]
    return np.unique(np.concatenate([best, np.array(starts, dtype=np.intp)]))


def _narrowed(predicted: NDArray[Any]) -> NDArray[Any]:
    """Predictions as float32, unless they are labels that would not stay what they are."""
    if predicted.dtype.kind not in "biuf":
        return predicted
    narrow = predicted.astype(np.float32)
    is_exact = predicted.dtype.kind == "f" or (narrow.astype(predicted.dtype) == predicted).all()
    return narrow if is_exact else predicted


def _encoded(predicted: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[Any] | None]:
    """Predictions as they are; or places in an array of labels, and the labels."""
    if predicted.dtype == np.float32:
        return predicted, None
    labels, places = np.unique(predicted, return_inverse=True)
    return places.reshape(predicted.shape).astype(np.float32), labels
