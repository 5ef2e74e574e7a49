"""The searches: scikit-learn on the outside, an optimiser and an engine inside."""

from ..inspection import pareto_front
from ._annealing import AnnealingSearchCV
from ._base import BaseOptimizerSearchCV
from ._bayes import BayesSearchCV
from ._gradient._search import GradientSearchCV
from ._hyperband._search import HyperbandSearchCV
from ._pareto._group_gap import group_gap
from ._pareto._search import ParetoSearchCV
from ._table._winner import best_by_model

__all__ = [
    "AnnealingSearchCV",
    "BaseOptimizerSearchCV",
    "BayesSearchCV",
    "GradientSearchCV",
    "HyperbandSearchCV",
    "ParetoSearchCV",
    "best_by_model",
    "group_gap",
    "pareto_front",
]
