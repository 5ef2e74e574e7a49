"""``Objective``: one score to maximise, and its standard error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from .._records import Observation
from .._records._fold_scores import k_fold_ratio, variance_of_mean
from ._models._folds import fold_effects
from ._models._units import unit_of

Floats = NDArray[np.float64]

# The effects of the folds are taken from so many of the latest complete candidates: thousands
# would not make them more certain, and would take longer than a suggestion.
N_FOR_EFFECTS = 200

# Where a clock is too coarse for what it measures, a cost of 0 counts as so much.
LEAST_COST = 1e-9


@dataclass(frozen=True, slots=True)
class Objective:
    """One of the scores of an observation, to be maximised.

    A strategy with several scores holds several objectives.

    Parameters
    ----------
    metric : str or None, default=None
        Which of several scores; None: the first of them. A single score is taken whatever its
        name.
    test_ratio : float or None, default=None
        Test rows for each training row, the mean over the folds; it tells how strongly the scores
        of the folds are correlated. None: as in K-fold cross-validation.
    by_ratio : bool, default=False
        Whether the score is a positive cost, told as its negative, whose ratios count, such as
        seconds: then minus its logarithm stands for it everywhere.

    Examples
    --------
    >>> import numpy as np
    >>> from sktune.optimizers import Candidate, Objective, Observation
    >>> candidate = Candidate(id=0, params={}, point=(), branch=0, source="random")
    >>> scores = {"accuracy": np.array([0.8, 0.9]), "f1": np.array([0.6, 0.8])}
    >>> round(Objective("f1").score(Observation(candidate, scores, "complete")), 3)
    0.7
    """

    metric: str | None = None
    test_ratio: float | None = None
    by_ratio: bool = False

    def name_in(self, names: Iterable[str]) -> str:
        """Name of this score among those of an observation, at least one."""
        names = list(names)
        return self.metric if self.metric is not None and len(names) > 1 else names[0]

    def split_scores(self, observation: Observation) -> Floats:
        """Scores by split, shape (n_splits,), nan where there is none."""
        return self.compared(observation.split_scores[self.name_in(observation.split_scores)])

    def compared(self, scores: Floats) -> Floats:
        """Scores as they are told on the scale on which they are compared, of the same shape."""
        return -np.log(np.maximum(-scores, LEAST_COST)) if self.by_ratio else scores

    def score(self, observation: Observation, effects: Floats | float = 0.0) -> float:
        """Mean score of a candidate; nan if it has none that is finite.

        Parameters
        ----------
        observation : Observation
            The latest observation of the candidate.
        effects : float or ndarray of shape (n_splits,), default=0.0
            Effects of the folds, see `effects`. The mean score of a dropped candidate is that of
            the splits that were run, each less its effect.

        Returns
        -------
        float
        """
        if observation.status not in ("complete", "dropped"):
            return float("nan")
        scores = self.split_scores(observation)
        if observation.status == "dropped":
            scores = (scores - effects)[~np.isnan(scores)]
        mean = float(np.mean(scores))
        return mean if np.isfinite(mean) else float("nan")

    def effects(self, observations: Iterable[Observation]) -> Floats:
        """How much each split's scores lie above the mean, shape (n_splits,) or (1,).

        `observations` come latest first; the effects are taken from complete candidates, and are 0
        if there are none.
        """
        complete = (o for o in observations if o.status == "complete")
        rows = [self.split_scores(o) for o in islice(complete, N_FOR_EFFECTS)]
        return fold_effects(np.array(rows)) if rows else np.zeros(1)

    def error_of_mean(self, scores: Floats) -> float:
        """Standard error of the mean of one candidate's scores, shape (n_splits,), at least two.

        See ``variance_of_mean``.
        """
        n_splits, unit = len(scores), unit_of(scores)
        ratio = k_fold_ratio(n_splits) if self.test_ratio is None else self.test_ratio
        variance = (scores / unit).var(ddof=1)
        return float(unit * np.sqrt(variance_of_mean(variance, n_splits, ratio)))
