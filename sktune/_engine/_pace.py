"""``Pace``: whether there is time to prepare the next candidate while folds run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

from .._records import FoldResult


@cache
def _controller() -> Any:
    # Finding the libraries takes some ms, limiting them some 20 us.
    return ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[Any]:
    """Limit BLAS to one thread, in all threads of this process: the folds use the other cores."""
    context: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return context


class Pace:
    """How long folds take, and how long it takes to suggest a candidate."""

    def __init__(self) -> None:
        self._n_folds = 0
        self._fold_seconds = 0.0
        self._thought = 0.0
        self._last_thought = 0.0

    @contextmanager
    def thinking(self, beside_fits: bool) -> Iterator[None]:
        """Time work on the next candidate, which may be done in several parts.

        BLAS uses one thread, unless that would limit fits in threads of this process as well.
        """
        began = time.monotonic()
        with nullcontext() if beside_fits else one_blas_thread():
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

        With more, results would wait, and the prepared suggestion would be stale too often.
        """
        return 0 < self._n_folds * n_workers * self._last_thought <= self._fold_seconds
