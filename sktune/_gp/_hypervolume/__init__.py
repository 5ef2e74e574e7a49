"""Hypervolume of a front of several scores, and its expected improvement."""

from ._expected import HypervolumeImprovement, PendingHypervolumeImprovement
from ._hypervolume import front_above, hypervolume, is_on_front, layers

__all__ = [
    "HypervolumeImprovement",
    "PendingHypervolumeImprovement",
    "front_above",
    "hypervolume",
    "is_on_front",
    "layers",
]
