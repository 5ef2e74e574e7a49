"""The searches: scikit-learn on the outside, an optimiser and an engine inside."""

from ._annealing import AnnealingSearchCV
from ._bayes import BayesSearchCV
from ._table._best_by_model import best_by_model

__all__ = ["AnnealingSearchCV", "BayesSearchCV", "best_by_model"]
