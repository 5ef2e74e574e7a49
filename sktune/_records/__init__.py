"""The records that are passed between floors, and how their scores are read."""

from ._candidates import (
    WAIT,
    Candidate,
    Done,
    FoldResult,
    FoldTask,
    Observation,
    Report,
    Scores,
    Status,
    StopReason,
    Wait,
)
from ._fitted import FoldLog, OutOfFold
from ._listener import Listener

__all__ = [
    "WAIT",
    "Candidate",
    "Done",
    "FoldLog",
    "FoldResult",
    "FoldTask",
    "Listener",
    "Observation",
    "OutOfFold",
    "Report",
    "Scores",
    "Status",
    "StopReason",
    "Wait",
]
