"""Optimisers: strategies behind ``ask`` and ``tell``, usable without an estimator."""

from .._records import WAIT, Candidate, Done, Observation, StopReason
from ._annealing._optimizer import AnnealingOptimizer
from ._base import BaseOptimizer, Suggestion
from ._bayes import BayesOptimizer
from ._descent import DescentOptimizer
from ._freeze_thaw import FreezeThawOptimizer
from ._hyperband import HyperbandOptimizer
from ._models._earlier import EarlierScores
from ._models._fidelity import make_rungs
from ._objective import Objective
from ._pareto import ParetoOptimizer
from ._random import RandomOptimizer

__all__ = [
    "WAIT",
    "AnnealingOptimizer",
    "BaseOptimizer",
    "BayesOptimizer",
    "Candidate",
    "DescentOptimizer",
    "Done",
    "EarlierScores",
    "FreezeThawOptimizer",
    "HyperbandOptimizer",
    "Objective",
    "Observation",
    "ParetoOptimizer",
    "RandomOptimizer",
    "StopReason",
    "Suggestion",
    "make_rungs",
]

# Their public home, so that pickles and documentation do not name a private module.
for _public in (
    AnnealingOptimizer,
    BaseOptimizer,
    BayesOptimizer,
    Candidate,
    DescentOptimizer,
    Done,
    EarlierScores,
    FreezeThawOptimizer,
    HyperbandOptimizer,
    Objective,
    Observation,
    ParetoOptimizer,
    RandomOptimizer,
    StopReason,
    Suggestion,
    make_rungs,
):
    _public.__module__ = __name__
del _public
