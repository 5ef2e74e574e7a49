"""Look at a fitted search, ours or scikit-learn's: numbers first, then pictures."""

from ._annealing import AnnealingTrace, annealing_trace
from ._epochs import EpochCurves, epoch_curves
from ._html import result_html
from ._plot import AnnealingDisplay, EpochCurveDisplay, TraceDisplay
from ._trace import SearchTrace, search_trace

__all__ = [
    "AnnealingDisplay",
    "AnnealingTrace",
    "EpochCurveDisplay",
    "EpochCurves",
    "SearchTrace",
    "TraceDisplay",
    "annealing_trace",
    "epoch_curves",
    "result_html",
    "search_trace",
]

# Their public home, so that pickles and documentation do not name a private module.
for _public in (
    AnnealingDisplay,
    AnnealingTrace,
    EpochCurveDisplay,
    EpochCurves,
    SearchTrace,
    TraceDisplay,
    annealing_trace,
    epoch_curves,
    result_html,
    search_trace,
):
    _public.__module__ = __name__
del _public
