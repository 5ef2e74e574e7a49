"""How much each parameter matters: Shapley shares, functional ANOVA, PED-ANOVA."""

from ._importance import Importance, hyperparameter_importance, shapley_shares

__all__ = ["Importance", "hyperparameter_importance", "shapley_shares"]
