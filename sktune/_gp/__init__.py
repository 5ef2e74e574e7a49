"""Gaussian process regression and expected improvement, in NumPy and SciPy alone.

Features come from ``SearchSpace.encode``; all scores are maximised.
"""

from ._acquisition import Acquisition, log_expected_improvement
from ._criteria import (
    ConfidenceBound,
    Criterion,
    ExpectedImprovement,
    Feasible,
    PendingImprovement,
)
from ._ends import away_from_ends
from ._hypervolume import (
    MAX_FOR_BOXES,
    HypervolumeImprovement,
    PendingHypervolumeImprovement,
    boxes_above,
    front_above,
    hypervolume,
    is_on_front,
    layers,
    log_expected_hypervolume_improvement,
    sides_of,
)
from ._kernels import Matern52
from ._maximize import Maximizer, best_new, maximize_acquisition
from ._posterior import Outcomes, Posterior
from ._priors import LogNormalPrior, Priors
from ._regressor import GaussianProcess
from ._trend import Trend

__all__ = [
    "MAX_FOR_BOXES",
    "Acquisition",
    "ConfidenceBound",
    "Criterion",
    "ExpectedImprovement",
    "Feasible",
    "GaussianProcess",
    "HypervolumeImprovement",
    "LogNormalPrior",
    "Matern52",
    "Maximizer",
    "Outcomes",
    "PendingHypervolumeImprovement",
    "PendingImprovement",
    "Posterior",
    "Priors",
    "Trend",
    "away_from_ends",
    "best_new",
    "boxes_above",
    "front_above",
    "hypervolume",
    "is_on_front",
    "layers",
    "log_expected_hypervolume_improvement",
    "log_expected_improvement",
    "maximize_acquisition",
    "sides_of",
]
