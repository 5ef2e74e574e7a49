"""Displays: one a file; matplotlib is imported when something is drawn."""

from ._annealing_display import AnnealingDisplay
from ._epoch_curve_display import EpochCurveDisplay
from ._trace_display import TraceDisplay

__all__ = ["AnnealingDisplay", "EpochCurveDisplay", "TraceDisplay"]
