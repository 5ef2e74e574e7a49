"""``one_blas_thread``: the optimiser's own algebra on one core, the others belong to the folds."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> Any:
    # To look for the libraries takes some ms, to limit those that were found some 20 us.
    return ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[Any]:
    """Limit BLAS to one thread, in all threads of this process."""
    context: AbstractContextManager[Any] = _controller().limit(limits=1, user_api="blas")
    return context
