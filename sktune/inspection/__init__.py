"""Look at a fitted search, ours or scikit-learn's: numbers first, then pictures."""

from ._html import result_html
from ._plot import TraceDisplay
from ._trace import SearchTrace, search_trace

__all__ = ["SearchTrace", "TraceDisplay", "result_html", "search_trace"]
