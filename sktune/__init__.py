"""Hyperparameter search for scikit-learn and Keras.

``BayesSearchCV``, ``HyperbandSearchCV`` and ``AnnealingSearchCV`` take the place of
``RandomizedSearchCV`` and ``GridSearchCV``, and for the penalties of linear models
``GradientSearchCV``; ``ParetoSearchCV`` searches trade-offs between several scores. Search spaces
are in :mod:`sktune.space`, plots in :mod:`sktune.inspection`, Keras estimators in
:mod:`sktune.keras`, which is imported by its full name only.
"""

from ._search import (
    AnnealingSearchCV,
    BaseOptimizerSearchCV,
    BayesSearchCV,
    GradientSearchCV,
    HyperbandSearchCV,
    ParetoSearchCV,
    best_by_model,
    group_gap,
    pareto_front,
)

__version__ = "0.1.0"

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

# Their public home, so that pickles and documentation do not name a private module.
for _public in (
    AnnealingSearchCV,
    BaseOptimizerSearchCV,
    BayesSearchCV,
    GradientSearchCV,
    HyperbandSearchCV,
    ParetoSearchCV,
    best_by_model,
    group_gap,
):
    _public.__module__ = __name__
del _public
