"""Hypervolume of a front of several scores, and its expected improvement."""

from ._expected import (
    HypervolumeImprovement,
    PendingHypervolumeImprovement,
    log_expected_hypervolume_improvement,
    sides_of,
)
from ._hypervolume import (
    MAX_FOR_BOXES,
    boxes_above,
    front_above,
    hypervolume,
    is_on_front,
    layers,
)

__all__ = [
    "MAX_FOR_BOXES",
    "HypervolumeImprovement",
    "PendingHypervolumeImprovement",
    "boxes_above",
    "front_above",
    "hypervolume",
    "is_on_front",
    "layers",
    "log_expected_hypervolume_improvement",
    "sides_of",
]
