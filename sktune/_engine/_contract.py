"""The contract of an executor: a place where folds run."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from .._records import FoldResult, FoldTask

Evaluate = Callable[[FoldTask], FoldResult]


class Outcome(NamedTuple):
    """How a task ended: with a result, or with the exception that it raised."""

    task: FoldTask
    result: FoldResult | None
    error: Exception | None

    @classmethod
    def of(cls, task: FoldTask, call: Callable[[], FoldResult]) -> Outcome:
        """Outcome of a task whose result, or error, `call` gives."""
        try:
            return cls(task, call(), None)
        except Exception as error:
            return cls(task, None, error)


class Executor(Protocol):
    """Runs tasks; used by one thread only.

    Attributes
    ----------
    slots : int
        Tasks that run side by side.
    """

    slots: int

    def submit(self, evaluate: Evaluate, task: FoldTask) -> None:
        """Hand over a task; returns at once."""

    def wait(self) -> list[Outcome]:
        """Outcomes since the last call; waits for the first of them."""

    def close(self, cancel: bool = False) -> None:
        """Free the workers; with `cancel`, what still runs is dropped."""
