"""Displays, one per file; matplotlib is imported when something is drawn."""

from ._annealing_display import AnnealingDisplay
from ._comparison_display import ComparisonDisplay
from ._convergence_display import ConvergenceDisplay
from ._dependence_display import ScoreDependenceDisplay
from ._epoch_curve_display import EpochCurveDisplay
from ._failure_display import FailureDisplay
from ._fold_scores_display import FoldScoresDisplay
from ._gain_display import GainDisplay
from ._importance_display import ImportanceDisplay
from ._pair_display import PairDisplay
from ._parallel_display import ParallelCoordinatesDisplay
from ._pareto_display import ParetoDisplay
from ._rung_display import RungDisplay
from ._timeline_display import TimelineDisplay
from ._trace_display import TraceDisplay

__all__ = [
    "AnnealingDisplay",
    "ComparisonDisplay",
    "ConvergenceDisplay",
    "EpochCurveDisplay",
    "FailureDisplay",
    "FoldScoresDisplay",
    "GainDisplay",
    "ImportanceDisplay",
    "PairDisplay",
    "ParallelCoordinatesDisplay",
    "ParetoDisplay",
    "RungDisplay",
    "ScoreDependenceDisplay",
    "TimelineDisplay",
    "TraceDisplay",
]
