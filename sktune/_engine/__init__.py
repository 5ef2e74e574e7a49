"""The engine: runs folds wherever joblib does, and asks for candidates as workers free up."""

from ._engine import EvaluationEngine
from ._history import History, scores_by_name
from ._limits import TimeLimit
from ._listeners import Recorder
from ._racing import Race
from .executors._choose import make_executor
from .executors._contract import Executor
from .journal._file import Journal
from .journal._lines import CandidateRecord
from .stopping._budget import Budget
from .stopping._convergence import Convergence
from .stopping._request import StopRequest

__all__ = [
    "Budget",
    "CandidateRecord",
    "Convergence",
    "EvaluationEngine",
    "Executor",
    "History",
    "Journal",
    "Race",
    "Recorder",
    "StopRequest",
    "TimeLimit",
    "make_executor",
    "scores_by_name",
]
