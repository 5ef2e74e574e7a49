"""``InlineExecutor``: folds run one after the other in the caller's thread."""

from __future__ import annotations

from collections import deque

from ..._records import FoldTask
from ._contract import Evaluate, Outcome


class InlineExecutor:
    """One slot; a task runs inside ``wait``, so no joblib code is involved."""

    slots = 1
    lookahead = 0
    knows_dead_task = True
    shares_process = True

    def __init__(self) -> None:
        self._queue: deque[tuple[Evaluate, FoldTask]] = deque()
        self.is_evaluating = False

    def submit(self, evaluate: Evaluate, task: FoldTask) -> None:
        """Remember the task."""
        self._queue.append((evaluate, task))

    def wait(self, timeout: float | None = None) -> list[Outcome]:
        """Run the next task, to its end whatever the timeout."""
        evaluate, task = self._queue.popleft()
        self.is_evaluating = True
        try:
            return [Outcome.of(task, lambda: evaluate(task))]
        except KeyboardInterrupt as error:
            return [Outcome(task, None, error, is_lost=True)]
        finally:
            self.is_evaluating = False

    def give_up(self, task: FoldTask) -> None:
        """Do nothing: the thread that could call this is running the task."""

    def close(self, cancel: bool = False) -> None:
        """Forget tasks that have not been run."""
        self._queue.clear()
