"""``Convergence``: whether a search can still find what cross-validation could tell apart."""

from __future__ import annotations

import numpy as np

from ._base import BaseOptimizer


class Convergence:
    r"""Whether the remaining gain is below the standard error of cross-validation.

    To search on for less would overfit the folds [1]_. The variance of the incumbent's mean score
    over K folds is estimated as in [2]_, because the training parts overlap:

    .. math:: (1 / K + n_{test} / n_{train}) \, s^2

    with the variance :math:`s^2` of its scores.

    Parameters
    ----------
    optimizer : BaseOptimizer
        Its ``remaining_gain()`` is a bound in score units, or None while there is none.

    References
    ----------
    .. [1] Makarova, Shen, Perrone, Klein, Faddoul, Krause, Seeger, Archambeau (2022), Automatic
       Termination for Hyperparameter Optimization, https://arxiv.org/abs/2104.08166.
    .. [2] Nadeau, Bengio (2003), Inference for the Generalization Error, Machine Learning 52.
    """

    def __init__(self, optimizer: BaseOptimizer) -> None:
        self._optimizer = optimizer

    def __call__(self) -> bool:
        """Whether to stop."""
        objective = self._optimizer.objective
        complete = [o for o in self._optimizer.observations.values() if o.status == "complete"]
        most = max((o.candidate.resource or 0 for o in complete), default=0)
        # Of settings that are trained in steps, those that were trained furthest.
        furthest = (o for o in complete if (o.candidate.resource or 0) == most)
        rows = [objective.split_scores(o) for o in furthest]
        rows = [row for row in rows if np.isfinite(row).all()]
        if not rows or len(rows[0]) == 1:  # one fold shows no error
            return False
        error = objective.error_of_mean(max(rows, key=np.mean))
        gain = self._optimizer.remaining_gain()
        return gain is not None and bool(gain < error)
