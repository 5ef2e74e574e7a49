"""One page about a search: its numbers, its pictures and the page itself."""

from ._explained import Explained, explain
from ._files import check_writable, write_atomically
from ._live import live_source
from ._page import Report, make_report, search_report
from ._source import ReportSource, read_source

__all__ = [
    "Explained",
    "Report",
    "ReportSource",
    "check_writable",
    "explain",
    "live_source",
    "make_report",
    "read_source",
    "search_report",
    "write_atomically",
]
