"""The searches: scikit-learn on the outside, an optimiser and an engine inside."""

from ._annealing import AnnealingSearchCV
from ._bayes import BayesSearchCV

__all__ = ["AnnealingSearchCV", "BayesSearchCV"]
