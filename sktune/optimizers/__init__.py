"""Optimisers: strategies behind ``ask`` and ``tell``, usable without an estimator."""

from ._annealing._optimizer import AnnealingOptimizer
from ._base import BaseOptimizer
from ._bayes import BayesOptimizer
from ._models._earlier import EarlierScores
from ._random import RandomOptimizer

__all__ = [
    "AnnealingOptimizer",
    "BaseOptimizer",
    "BayesOptimizer",
    "EarlierScores",
    "RandomOptimizer",
]

# Their public home, so that pickles and documentation do not name a private module.
for _public in (
    AnnealingOptimizer,
    BaseOptimizer,
    BayesOptimizer,
    EarlierScores,
    RandomOptimizer,
):
    _public.__module__ = __name__
del _public
