"""Callbacks that show a search while it runs: trackers, a live report, a progress line.

Set them by ``set_callbacks``. None of them can break a search or hold it up: they work in a thread
of their own. ``log_search`` sends them a search that was fitted before.
"""

from ._base import BaseTracker
from ._mlflow import MLflowTracker
from ._progress import SearchProgress
from ._replay import log_search
from ._report_writer import ReportWriter
from ._tensorboard import TensorBoardTracker
from ._wandb import WandbTracker

__all__ = [
    "BaseTracker",
    "MLflowTracker",
    "ReportWriter",
    "SearchProgress",
    "TensorBoardTracker",
    "WandbTracker",
    "log_search",
]

# Their public home, so that pickles and documentation do not name a private module.
for _public in (
    BaseTracker,
    MLflowTracker,
    ReportWriter,
    SearchProgress,
    TensorBoardTracker,
    WandbTracker,
    log_search,
):
    _public.__module__ = __name__
del _public
