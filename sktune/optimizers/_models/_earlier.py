"""``EarlierScores``: what an earlier search found in the same space, and the model of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._gp import Posterior
from ...space import SearchSpace
from ._folds import fold_effects
from ._score_model import ScoreModel
from ._subset import representative

Floats = NDArray[np.float64]


class EarlierScores(NamedTuple):
    """Settings of an earlier search and their scores.

    Parameters
    ----------
    points : ndarray of shape (n, n_dims)
        In the cube of the new search's space, snapped; n >= 1.
    split_scores : ndarray of shape (n, n_splits)
        nan where a split was not run; each setting has at least one score. Higher is better. Unit
        and level of the scores need not be those of the new ones.
    test_ratio : float or None, default=None
        Test rows for each training row, the mean over the earlier folds; None: as in K-fold
        cross-validation.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.stats import uniform
    >>> from sktune.optimizers import BayesOptimizer, EarlierScores
    >>> from sktune.space import SearchSpace
    >>> space = SearchSpace.from_distributions({"x": uniform(0, 1)})
    >>> earlier = EarlierScores(np.array([[0.1], [0.7]]), np.array([[0.4, 0.5], [0.8, 0.7]]))
    >>> round(BayesOptimizer(space, earlier=[earlier]).ask().params["x"], 2)
    0.7
    """

    points: Floats
    split_scores: Floats
    test_ratio: float | None = None

    @property
    def scores(self) -> Floats:
        """Mean score of each setting, shape (n,), corrected for the folds that were not run."""
        return np.asarray(np.nanmean(self.split_scores - fold_effects(self.split_scores), axis=1))

    def best(self, n_points: int) -> Floats:
        """The points of the best scores, shape (n_points or less, n_dims), best first."""
        return self.points[np.argsort(-self.scores, kind="stable")[:n_points]]

    def model(self, space: SearchSpace) -> Posterior:
        """A Gaussian process of the scores, with bad ones drawn in, in a unit of its own."""
        chosen = representative(self.scores)
        model = ScoreModel(
            space,
            self.points,
            self.scores,
            self.split_scores,
            chosen,
            test_ratio=self.test_ratio,
        )
        return model.posterior
