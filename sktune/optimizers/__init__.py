"""Optimisers: strategies behind ``ask`` and ``tell``, usable without an estimator."""

from .._records import WAIT, Candidate, Done, Observation, StopReason
from ._annealing._optimizer import AnnealingOptimizer
from ._base import BaseOptimizer, Suggestion
from ._bayes import BayesOptimizer
from ._models._earlier import EarlierScores
from ._objective import Objective
from ._pareto import ParetoOptimizer
from ._random import RandomOptimizer

__all__ = [
    "WAIT",
    "AnnealingOptimizer",
    "BaseOptimizer",
    "BayesOptimizer",
    "Candidate",
    "Done",
    "EarlierScores",
    "Objective",
    "Observation",
    "ParetoOptimizer",
    "RandomOptimizer",
    "StopReason",
    "Suggestion",
]

# Their public home, so that pickles and documentation do not name a private module.
for _public in (
    AnnealingOptimizer,
    BaseOptimizer,
    BayesOptimizer,
    Candidate,
    Done,
    EarlierScores,
    Objective,
    Observation,
    ParetoOptimizer,
    RandomOptimizer,
    StopReason,
    Suggestion,
):
    _public.__module__ = __name__
del _public
