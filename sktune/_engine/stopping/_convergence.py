"""``Convergence``: has a search found all that cross-validation can tell apart?"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..._records import Observation
from ..._scores import unit_of, variance_of_mean

Floats = NDArray[np.float64]


class _Optimizer(Protocol):
    observations: dict[int, Observation]

    def remaining_gain(self) -> float | None: ...

    def split_scores(self, observation: Observation) -> Floats: ...


class Convergence:
    r"""Whether what is still to be gained is below the error of cross-validation itself.

    To search on for less, as [1]_ puts it, is to fit the folds. The variance of the
    incumbent's mean score over K folds is estimated as in [2]_, for the training parts
    overlap:

    .. math:: (1 / K + n_{test} / n_{train}) \, s^2

    with the variance :math:`s^2` of its scores.

    Parameters
    ----------
    optimizer : optimiser
        Its ``remaining_gain()`` is a bound in units of the score, None while there is none.
    test_ratio : float
        Test rows for each training row, the mean over the folds.

    References
    ----------
    .. [1] Makarova, Shen, Perrone, Klein, Faddoul, Krause, Seeger, Archambeau (2022), Automatic
       Termination for Hyperparameter Optimization, https://arxiv.org/abs/2104.08166.
    .. [2] Nadeau, Bengio (2003), Inference for the Generalization Error, Machine Learning 52.
    """

    def __init__(self, optimizer: _Optimizer, test_ratio: float) -> None:
        self._optimizer = optimizer
        self._test_ratio = test_ratio

    def __call__(self) -> bool:
        """Whether to stop."""
        observations = self._optimizer.observations.values()
        rows = [self._optimizer.split_scores(o) for o in observations if o.status == "complete"]
        rows = [row for row in rows if np.isfinite(row).all()]
        if not rows or len(rows[0]) == 1:  # one fold shows no error
            return False
        incumbent = max(rows, key=np.mean)
        unit = unit_of(incumbent)
        variance = (incumbent / unit).var(ddof=1)
        error = unit * np.sqrt(variance_of_mean(variance, len(incumbent), self._test_ratio))
        gain = self._optimizer.remaining_gain()
        return gain is not None and bool(gain < error)
