"""The engine: runs folds wherever joblib does, and asks for candidates as workers free up."""

from ._engine import EvaluationEngine
from ._history import History, scores_by_name
from ._limits import TimeLimit
from ._listeners import Recorder
from ._states import MAX_IN_MEMORY, StateKeeper, StateStore, check_private, dumps
from .executors._choose import make_executor
from .executors._contract import Executor
from .journal._file import Journal
from .journal._lines import CandidateRecord
from .journal._reading import JournalContents, read_journal
from .stopping._budget import Budget
from .stopping._request import StopRequest

__all__ = [
    "MAX_IN_MEMORY",
    "Budget",
    "CandidateRecord",
    "EvaluationEngine",
    "Executor",
    "History",
    "Journal",
    "JournalContents",
    "Recorder",
    "StateKeeper",
    "StateStore",
    "StopRequest",
    "TimeLimit",
    "check_private",
    "dumps",
    "make_executor",
    "read_journal",
    "scores_by_name",
]
