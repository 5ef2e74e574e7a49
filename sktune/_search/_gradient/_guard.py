"""Whether weights for the parts are worth it, judged on folds that they were not tuned on.

The lowest loss of the folds is too low: of several weights, those win that suit the folds. So for
each fold both are tuned on the others alone, one penalty and the parts, and judged on that fold.
The folds are those of the search, prepared already, and the models start where those of the last
step ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.base import clone

from ..._hypergradients import known_model
from ...optimizers._downhill import Slope, descend
from ...space import SearchSpace
from ...space._dimensions._numbers import RealDimension
from ._evaluator import gradient_by_name, slopes_of, weights_in
from ._model import Tuned
from ._steps import PreparedFold, column_factors

Floats = NDArray[np.float64]

# Slopes that are spent on a fold: with one penalty, which is near its end already, and with parts.
# In a study with these numbers the choice was the better one on held-out data in six of nine runs,
# and within 4 % of it in the others.
N_SHARED = 6
N_PARTS = 12

# Folds that are left out together where there are more, so that the time grows with their number
# and not with its square.
MAX_GROUPS = 10


class FoldModels:
    """Loss of some folds with its slope, at any point; each call begins where the last one ended.

    Parameters
    ----------
    model : estimator
        The linear model, unfitted.
    tuned : Tuned
    space : SearchSpace
    folds : sequence of PreparedFold
    """

    def __init__(
        self, model: Any, tuned: Tuned, space: SearchSpace, folds: Sequence[PreparedFold]
    ) -> None:
        self._model = model
        self._tuned = tuned
        self._space = space
        self._folds = folds
        # Coefficients on columns without weights, which change less from call to call.
        self._theta: list[Floats | None] = [None] * len(folds)

    def __call__(self, point: Floats) -> Slope | None:
        """Mean loss and slope; None where they cannot be trusted."""
        (params,) = self._space.inverse_transform(point)
        try:
            found = [self._of_fold(k, params) for k in range(len(self._folds))]
        except (ArithmeticError, ValueError, np.linalg.LinAlgError):
            return None
        dimensions: Sequence[RealDimension] = self._space.dimensions  # type: ignore[assignment]
        by_value = np.array([[by_name[d.name] for d in dimensions] for _, by_name in found])
        by_unit = [d.slope(unit) for d, unit in zip(dimensions, point.tolist(), strict=True)]
        loss = float(np.mean([loss for loss, _ in found]))
        return Slope(loss, by_value.mean(axis=0) * by_unit)

    def _of_fold(self, k: int, params: dict[str, Any]) -> tuple[float, dict[str, float]]:
        fold, weights = self._folds[k], weights_in(params, self._tuned)
        short = {name: params[full] for name, full in self._tuned.names.items()}
        model = clone(self._model).set_params(**short)
        weighted = fold.weighted(weights)
        X, y, sample_weight = weighted[0]
        factors = column_factors(X.shape[1], fold.parts, weights)[:, None]
        theta = self._theta[k]
        if theta is None or not known_model(model).is_smooth:  # type: ignore[union-attr]
            model.fit(X, y, **({} if sample_weight is None else {"sample_weight": sample_weight}))
            found = slopes_of(model, fold, weighted, weights)
        else:
            start = theta.copy()
            start[: len(factors)] /= factors
            found = slopes_of(model, fold, weighted, weights, start)
        ended = found.theta.copy()
        ended[: len(factors)] *= factors
        self._theta[k] = ended
        return found.loss, gradient_by_name(found, self._tuned, fold)


def judge(
    model: Any,
    tuned: Tuned,
    space: SearchSpace,
    folds: Sequence[Sequence[PreparedFold]],
    shared: tuple[Floats, NDArray[np.bool_]],
    parts: Floats,
    n_jobs: int | None,
) -> dict[str, Floats]:
    """Losses of folds that were left out, one group after the other.

    Parameters
    ----------
    model : estimator
        The linear model, unfitted, with what is not tuned.
    tuned : Tuned
    space : SearchSpace
    folds : sequence of sequence of PreparedFold
        The folds of each group, at least two groups.
    shared : tuple of ndarray of shape (n_dims,) and ndarray of bool of that shape
        The best point with one penalty, and which coordinates that has.
    parts : ndarray of shape (n_dims,)
        The best point of all.
    n_jobs : int or None
        Folds side by side, in threads.

    Returns
    -------
    dict of str to ndarray of shape (n_groups,)
        ``"one"`` and ``"parts"``; nan where one cannot be computed.
    """

    def of_group(left_out: int) -> tuple[float, float]:
        others = [fold for k, group in enumerate(folds) if k != left_out for fold in group]
        losses = []
        for start, free, limit in (
            (shared[0], shared[1], N_SHARED),
            (parts, np.ones(len(parts), dtype=bool), N_PARTS),
        ):
            tuned_point = descend(FoldModels(model, tuned, space, others), start, free, limit)
            found = FoldModels(model, tuned, space, folds[left_out])(tuned_point)
            losses.append(np.nan if found is None else found.loss)
        return losses[0], losses[1]

    run = Parallel(n_jobs=n_jobs, prefer="threads")
    found = np.array(run(delayed(of_group)(k) for k in range(len(folds))))
    return {"one": found[:, 0], "parts": found[:, 1]}


def groups_apart(splits: Sequence[tuple[Any, Any]]) -> list[list[int]]:
    """Folds that test no row twice, in groups of which each can be left out.

    Of repeated folds those of one repetition: what is tuned on the others would have seen the rows
    of the fold that is left out.
    """
    apart: list[int] = []
    tested: set[int] = set()
    for k, (_, test) in enumerate(splits):
        rows = np.asarray(test).tolist()
        if tested.isdisjoint(rows):
            apart.append(k)
            tested.update(rows)
    n_groups = min(len(apart), MAX_GROUPS)
    return [apart[k::n_groups] for k in range(n_groups)]


def parts_pay(losses: dict[str, Floats]) -> bool:
    """Whether parts are better than one penalty by more than the standard error of that.

    Without the standard error parts gained a little more on some sets and lost far more on others:
    benchmarks/results/gradient.md.
    """
    gain = losses["one"] - losses["parts"]
    if not np.isfinite(gain).all():
        return False
    error = gain.std(ddof=1) / np.sqrt(len(gain))
    return bool(gain.mean() > error)
