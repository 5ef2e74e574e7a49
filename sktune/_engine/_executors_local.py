"""``InlineExecutor``: folds run one after the other in the caller's thread."""

from __future__ import annotations

from collections import deque

from .._records import FoldTask
from ._contract import Evaluate, Outcome


class InlineExecutor:
    """One slot; a task runs inside ``wait``, so no joblib code stands between."""

    slots = 1

    def __init__(self) -> None:
        self._queue: deque[tuple[Evaluate, FoldTask]] = deque()

    def submit(self, evaluate: Evaluate, task: FoldTask) -> None:
        """Remember the task."""
        self._queue.append((evaluate, task))

    def wait(self) -> list[Outcome]:
        """Run the next task."""
        evaluate, task = self._queue.popleft()
        return [Outcome.of(task, lambda: evaluate(task))]

    def close(self, cancel: bool = False) -> None:
        """Forget what has not been run."""
        self._queue.clear()
