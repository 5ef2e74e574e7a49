"""The engine: runs folds wherever joblib does, and asks for candidates as workers free up."""

from ._budget import Budget
from ._contract import Executor
from ._convergence import Convergence
from ._engine import EvaluationEngine
from ._executors import make_executor
from ._history import History, scores_by_name
from ._journal import Journal
from ._journal_lines import CandidateRecord
from ._limits import TimeLimit
from ._racing import Race
from ._recorder import Recorder
from ._stop import StopRequest

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
