"""What the winner gains by the rows that the models of the folds were not trained on.

With errors that fall as ``a + c / m`` with ``m`` training rows, the gain from the ``m_1`` rows of a
fold's model to all ``n`` rows follows from that between two smaller sizes, ``m_3`` and ``m_2``::

    gain(m_1, n) = gain(m_3, m_2) (1 / m_1 - 1 / n) / (1 / m_3 - 1 / m_2)

The folds are put together into five parts. The smaller models are trained on all parts but two, and
on all but three, and scored on each part that was left out. The scores of the search itself are not
used: the winner was chosen for them, so that part of what models of other rows lose is its luck.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.parallel import Parallel, delayed

from ..._sklearn_compat import check_method_params, safe_indexing
from .._record import SearchRecord
from ._rerun import Data, ScorerLike, Split, folds_again, run, scorer_of, with_setting

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

# Parts that the folds are put into: 20 fits of 2/5 and 3/5 of the rows, however many folds.
N_PARTS = 5
# With fewer nothing is left to train on once three parts are left out.
MIN_PARTS = 4


def parts_of_rows(folds: Sequence[Split], n_rows: int) -> list[Rows]:
    """Put the test rows of the folds together into 4 or 5 parts.

    Of repeated folds, those of the first repeat.

    Raises
    ------
    ValueError
        Unless the folds test each row once in each repeat, and train on all other rows.
    """
    tested, parts = np.zeros(n_rows, dtype=bool), []
    for train, test in folds:
        if tested[test].any():  # of the next repeat
            break
        is_known = np.zeros(n_rows, dtype=int)
        is_known[train] += 1
        is_known[test] += 1
        if (is_known != 1).any():
            raise ValueError(
                "all_rows=True needs folds that train on all rows but those that they test. Those "
                "of the search do not; folds in time order never do."
            )
        tested[test] = True
        parts.append(np.arange(n_rows)[test])
    if not all(tested[test].all() for _, test in folds):
        raise ValueError(
            "all_rows=True needs folds that test each row once, or once in each repeat. Those of "
            "the search do not; random splits never do."
        )
    if len(parts) < MIN_PARTS:
        raise ValueError(
            f"all_rows=True needs at least {MIN_PARTS} folds, as it trains on all but three. The "
            f"search has {len(parts)}."
        )
    together = np.array_split(np.arange(len(parts)), min(len(parts), N_PARTS))
    return [np.concatenate([parts[fold] for fold in folds_of]) for folds_of in together]


def check_parts(record: SearchRecord, data: Data) -> tuple[list[Rows], float]:
    """The parts of the rows, and the mean of 1 / m_1 - 1 / n over the folds.

    Raises
    ------
    ValueError
        If there are no data, or if the folds are of another kind.
    """
    if data.X is None:
        raise ValueError("all_rows=True fits the best setting to parts of the data: pass X and y.")
    folds = folds_again(record, data)
    parts = parts_of_rows(folds, data.n_rows)
    sizes = [len(np.arange(data.n_rows)[train]) for train, _ in folds]
    return parts, float(np.mean(1.0 / np.array(sizes)) - 1.0 / data.n_rows)


def gain_of_rows(
    record: SearchRecord,
    setting: Mapping[str, Any],
    data: Data,
    parts: Sequence[Rows],
    missing: float,
) -> Floats:
    """What a setting gains by all rows, in place of those of a fold, on each part.

    `parts` and `missing` are those of :func:`check_parts`.

    Raises
    ------
    ValueError
        If a score is not finite. A fit that fails raises its own error.
    """
    estimator, n_parts = with_setting(record, setting), len(parts)
    scorer = scorer_of(record)
    left_out = [parts_of for size in (2, 3) for parts_of in combinations(range(n_parts), size)]
    found = Parallel()(
        delayed(_scores)(estimator, scorer, data, [parts[part] for part in parts_of])
        for parts_of in left_out
    )
    scores, inverse = np.full((len(left_out), n_parts), np.nan), []
    for row, own, parts_of in zip(scores, found, left_out, strict=True):
        row[list(parts_of)] = own
        inverse.append(1.0 / (data.n_rows - sum(len(parts[part]) for part in parts_of)))
    n_larger = n_parts * (n_parts - 1) // 2
    gains = np.nanmean(scores[:n_larger], axis=0) - np.nanmean(scores[n_larger:], axis=0)
    between = np.mean(inverse[n_larger:]) - np.mean(inverse[:n_larger])
    return np.asarray(gains * missing / between)


def _scores(estimator: Any, scorer: Any, data: Data, parts: Sequence[Rows]) -> Floats:
    """Scores on each of some parts, shape (n_parts,), of one model of all other rows."""
    test = np.concatenate(parts)
    train = np.setdiff1d(np.arange(data.n_rows), test)
    scorer = _PartsScorer(scorer, [len(part) for part in parts])
    results = run(estimator, scorer, data, [(train, test)])
    scores = np.array([float(results[f"split0_test_{k}"][0]) for k in range(len(parts))])
    if not np.isfinite(scores).all():
        raise ValueError(
            "all_rows=True: the best setting has no finite score when it is trained on "
            f"{len(train)} of the {data.n_rows} rows."
        )
    return scores


class _PartsScorer(ScorerLike):
    """A scorer for each of the parts that the test rows consist of, one after the other."""

    def __init__(self, scorer: Any, sizes: Sequence[int]) -> None:
        super().__init__(scorer)
        self._ends = np.cumsum([0, *sizes])

    def __call__(self, estimator: Any, X: Any, y: Any = None, **params: Any) -> dict[str, float]:
        scores = {}
        for part, (begin, end) in enumerate(zip(self._ends[:-1], self._ends[1:], strict=True)):
            rows = np.arange(begin, end)
            own = check_method_params(X, params=params, indices=rows)
            target = () if y is None else (safe_indexing(y, rows),)
            scores[str(part)] = self.scorer(estimator, safe_indexing(X, rows), *target, **own)
        return scores
