"""``Pace``: whether there is time to think of the next candidate while folds run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from .._records import FoldResult


class Pace:
    """How long folds take, and how long it takes to suggest a candidate."""

    def __init__(self) -> None:
        self._n_folds = 0
        self._fold_seconds = 0.0
        self._thought = 0.0
        self._last_thought = 0.0

    @contextmanager
    def thinking(self) -> Iterator[None]:
        """Time what is done for the next candidate; in several parts if need be."""
        began = time.monotonic()
        yield
        self._thought += time.monotonic() - began

    def add_candidate(self) -> None:
        """Note that a candidate has been suggested: what is timed next is for another one."""
        self._last_thought, self._thought = self._thought, 0.0

    def add_fold(self, result: FoldResult) -> None:
        """Note how long a fold took."""
        self._n_folds += 1
        self._fold_seconds += result.fit_time + result.score_time

    def leaves_time(self, n_workers: int) -> bool:
        """Whether, on average, no more than one result comes in during one suggestion.

        With more of them, results would wait, and what was thought of be out of date too often.
        """
        return 0 < self._n_folds * n_workers * self._last_thought <= self._fold_seconds
