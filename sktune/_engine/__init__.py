"""The engine: runs folds wherever joblib does, and asks for candidates as workers free up."""

from ._budget import Budget
from ._engine import EvaluationEngine
from ._executors import make_executor
from ._history import History, scores_by_name
from ._racing import Race

__all__ = ["Budget", "EvaluationEngine", "History", "Race", "make_executor", "scores_by_name"]
