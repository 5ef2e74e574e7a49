"""Look at a fitted search, ours or scikit-learn's: numbers first, then pictures."""

from ._epochs import EpochCurves, epoch_curves
from ._html import result_html
from ._plot import EpochCurveDisplay, TraceDisplay
from ._trace import SearchTrace, search_trace

__all__ = [
    "EpochCurveDisplay",
    "EpochCurves",
    "SearchTrace",
    "TraceDisplay",
    "epoch_curves",
    "result_html",
    "search_trace",
]
