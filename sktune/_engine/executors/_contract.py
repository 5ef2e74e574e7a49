"""The contract of an executor: a place where folds run."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from ..._records import FoldResult, FoldTask

Evaluate = Callable[[FoldTask], FoldResult]


class Outcome(NamedTuple):
    """How a task ended: with a result, with the exception that it raised, or lost.

    `is_lost` says that its worker died first; `error` then describes the death.
    """

    task: FoldTask
    result: FoldResult | None
    error: BaseException | None
    is_lost: bool = False

    @classmethod
    def of(cls, task: FoldTask, call: Callable[[], FoldResult]) -> Outcome:
        """Outcome of a task whose result, or error, `call` gives."""
        try:
            return cls(task, call(), None)
        except Exception as error:
            return cls(task, None, error)


class Executor(Protocol):
    """Runs tasks; used by one thread only.

    The engine submits at most ``slots + lookahead`` tasks at a time.

    Attributes
    ----------
    slots : int
        Tasks that run side by side; may change while folds run.
    lookahead : int
        Tasks that may wait beyond the slots, to hide the time that it takes to hand them over.
        They are folds of candidates that were asked for already, so they do not make any
        suggestion earlier, with less information.
    knows_dead_task : bool
        Whether a lost task is known to have run on the worker that died. Else any of those
        that ran beside it may have killed it, and all of them are lost.
    shares_process : bool
        Whether folds run in this process, so that no worker can be ended with a fold that hangs.
    is_evaluating : bool
        Whether a fold runs in the caller's thread right now: Ctrl-C then interrupts it.
    """

    @property
    def slots(self) -> int: ...

    @property
    def lookahead(self) -> int: ...

    @property
    def knows_dead_task(self) -> bool: ...

    @property
    def shares_process(self) -> bool: ...

    @property
    def is_evaluating(self) -> bool: ...

    def submit(self, evaluate: Evaluate, task: FoldTask) -> None:
        """Hand over a task; returns at once."""

    def wait(self, timeout: float | None = None) -> list[Outcome]:
        """Outcomes since the last call; waits for the first, at most `timeout` seconds."""

    def give_up(self, task: FoldTask) -> None:
        """Free the slot of a task that hangs; it gets no outcome."""

    def close(self, cancel: bool = False) -> None:
        """Free the workers; with `cancel`, what still runs is dropped. May be called again."""
