"""Optimisers: strategies behind ``ask`` and ``tell``, usable without an estimator."""

from ._annealing import AnnealingOptimizer
from ._base import BaseOptimizer
from ._bayes import BayesOptimizer
from ._earlier import EarlierScores
from ._random import RandomOptimizer

__all__ = [
    "AnnealingOptimizer",
    "BaseOptimizer",
    "BayesOptimizer",
    "EarlierScores",
    "RandomOptimizer",
]
