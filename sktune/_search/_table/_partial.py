"""The table of a search in which candidates were dropped before all their folds were run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from ..._engine import History

_SPLIT_SCORE = re.compile(r"split(\d+)_((?:test|train)_.+)")


def fill_missing(outputs: list[dict[str, Any]], history: History) -> list[dict[str, Any]]:
    """Outputs of all folds, candidate by candidate, with zeros for those that were not run.

    Zeros, because scikit-learn warns of scores that are not finite; `mark_dropped` removes them.
    """
    nothing = _zeros_like(outputs[0])
    found = iter(outputs)
    filled = []
    for candidate in history.candidates:
        by_split = {fold.split: next(found) for fold in history.folds(candidate)}
        filled += [by_split.get(split, nothing) for split in range(history.n_splits)]
    return filled


def mark_dropped(results: dict[str, Any], history: History) -> dict[str, Any]:
    """Mark dropped candidates in the table, and rank them behind all complete ones.

    Parameters
    ----------
    results : dict of str to array of length n_candidates
        As scikit-learn makes it, from the outputs of `fill_missing`.
    history : History
        Read only.

    Returns
    -------
    dict of str to array of length n_candidates
        Scores that were not computed are nan, and so are mean and standard deviation of a
        dropped candidate's scores; its times are those of the folds that were run. New columns
        are the number of these folds, ``n_splits_done``, and the mean score over them.
    """
    is_run = _is_run(history)
    is_dropped: NDArray[np.bool_] = np.logical_not(is_run.all(axis=1))
    folds = [[fold for fold in history.folds(c) if fold.is_run] for c in history.candidates]
    marked = dict(results, n_splits_done=np.array([len(done) for done in folds]))
    for time in ("fit_time", "score_time"):
        seconds = [[getattr(fold, time) for fold in done] for done in folds]
        marked[f"mean_{time}"] = np.array([np.mean(row) if row else np.nan for row in seconds])
        marked[f"std_{time}"] = np.array([np.std(row) if row else np.nan for row in seconds])
    for name, scores in split_scores(results).items():
        scores = np.where(is_run, scores, np.nan)
        for split, column in enumerate(scores.T):
            marked[f"split{split}_{name}"] = column
        for figure in ("mean", "std"):
            marked[f"{figure}_{name}"] = np.where(is_dropped, np.nan, results[f"{figure}_{name}"])
        pairs = zip(scores, is_run, strict=True)
        partial = [row[run].mean() if run.any() else np.nan for row, run in pairs]
        marked[f"mean_partial_{name}"] = np.array(partial)
        if f"rank_{name}" in results:
            marked[f"rank_{name}"] = _ranks(results[f"rank_{name}"], is_dropped)
    return marked


def complete_only(
    refit: Callable[..., int],
    history: History,
    columns: dict[str, Any],
    may_win: NDArray[np.bool_],
) -> Callable[..., Any]:
    """Wrap a callable `refit`: it is given complete candidates only, and further columns of them.

    `may_win`, shape (n_candidates,), says which of them it is given.

    The wrapper returns an index in the whole table.
    """
    places = np.flatnonzero(_is_run(history).all(axis=1) & may_win)

    def choose(results: dict[str, Any]) -> Any:
        rows = {
            key: [column[place] for place in places] if key == "params" else column[places]
            for key, column in {**results, **columns}.items()
        }
        chosen = refit(rows)
        # An invalid index is left for scikit-learn to refuse, with its own message.
        if not isinstance(chosen, Integral):
            return chosen
        return int(places[chosen]) if 0 <= chosen < len(places) else -1

    return choose


def split_scores(results: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    """Scores by name, such as "test_score", shape (n_candidates, n_splits)."""
    columns: dict[str, dict[int, Any]] = {}
    for key, column in results.items():
        if match := _SPLIT_SCORE.fullmatch(key):
            columns.setdefault(match[2], {})[int(match[1])] = np.asarray(column, dtype=float)
    return {name: np.stack([c[i] for i in sorted(c)], axis=1) for name, c in columns.items()}


def _is_run(history: History) -> NDArray[np.bool_]:
    """Which folds were run, shape (n_candidates, n_splits)."""
    is_run = np.zeros((len(history.candidates), history.n_splits), dtype=bool)
    for row, candidate in zip(is_run, history.candidates, strict=True):
        row[[fold.split for fold in history.folds(candidate)]] = True
    return is_run


def _zeros_like(output: dict[str, Any]) -> dict[str, Any]:
    """A copy of an output in which every number is 0."""
    zeros: dict[str, Any] = {"fit_error": None, "fit_time": 0.0, "score_time": 0.0}
    for key in ("test_scores", "train_scores"):
        if key in output:
            scores = output[key]
            zeros[key] = dict.fromkeys(scores, 0.0) if isinstance(scores, dict) else 0.0
    return zeros


def _ranks(ranks: NDArray[np.int32], is_dropped: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Ranks of the complete candidates among themselves, with all others behind them."""
    complete = rankdata(ranks[~is_dropped], method="min")
    behind = np.full_like(ranks, len(complete) + 1)
    behind[~is_dropped] = complete
    return behind
