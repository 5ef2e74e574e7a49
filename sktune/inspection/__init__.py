"""Look at a fitted search, ours or scikit-learn's: numbers first, then pictures."""

from ._annealing import AnnealingTrace, annealing_trace
from ._comparison import Comparison, compare_to_default
from ._dependence import ScoreDependence, score_dependence
from ._epochs import EpochCurves, epoch_curves
from ._evaluation import Evaluation
from ._gain import Gain, explain_gain
from ._html import result_html
from ._importance import Importance, hyperparameter_importance
from ._model._surrogate import ExplainingModel, explaining_model
from ._pareto._front import ParetoFront, pareto_front
from ._plot import (
    AnnealingDisplay,
    ComparisonDisplay,
    ConvergenceDisplay,
    EpochCurveDisplay,
    FailureDisplay,
    FoldScoresDisplay,
    GainDisplay,
    ImportanceDisplay,
    PairDisplay,
    ParallelCoordinatesDisplay,
    ParetoDisplay,
    RungDisplay,
    ScoreDependenceDisplay,
    TimelineDisplay,
    TraceDisplay,
)
from ._record import SearchRecord, read_search
from ._report import Report, search_report
from ._rungs import RungTrace, rung_trace
from ._trace import SearchTrace, search_trace

__all__ = [
    "AnnealingDisplay",
    "AnnealingTrace",
    "Comparison",
    "ComparisonDisplay",
    "ConvergenceDisplay",
    "EpochCurveDisplay",
    "EpochCurves",
    "Evaluation",
    "ExplainingModel",
    "FailureDisplay",
    "FoldScoresDisplay",
    "Gain",
    "GainDisplay",
    "Importance",
    "ImportanceDisplay",
    "PairDisplay",
    "ParallelCoordinatesDisplay",
    "ParetoDisplay",
    "ParetoFront",
    "Report",
    "RungDisplay",
    "RungTrace",
    "ScoreDependence",
    "ScoreDependenceDisplay",
    "SearchRecord",
    "SearchTrace",
    "TimelineDisplay",
    "TraceDisplay",
    "annealing_trace",
    "compare_to_default",
    "epoch_curves",
    "explain_gain",
    "explaining_model",
    "hyperparameter_importance",
    "pareto_front",
    "read_search",
    "result_html",
    "rung_trace",
    "score_dependence",
    "search_report",
    "search_trace",
]

# Their public home, so that pickles and documentation do not name a private module.
for _public in (
    AnnealingDisplay,
    AnnealingTrace,
    EpochCurveDisplay,
    EpochCurves,
    ParetoDisplay,
    ParetoFront,
    SearchTrace,
    TraceDisplay,
    Report,
    annealing_trace,
    epoch_curves,
    pareto_front,
    result_html,
    search_report,
    search_trace,
):
    _public.__module__ = __name__
del _public
