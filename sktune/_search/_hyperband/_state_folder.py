"""Where the states of a search are kept, and for how long."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sklearn.base import clone

from ..._engine import MAX_IN_MEMORY, Executor, StateStore, check_private, dumps
from ...optimizers import BaseOptimizer
from .._resuming._fingerprint import file_name
from .._resuming._resume import journal_file


def check_states(search: Any, executor: Executor, fingerprint: Mapping[str, Any] | None) -> None:
    """See that states can be kept and travel, before any file is made.

    Raises
    ------
    ValueError
        If there can be no such folder, or others can write to it.
    TypeError
        If the states must travel to other processes, and the estimator cannot be pickled.
    """
    folders = [search.state_folder, _own_folder(search, fingerprint)]
    for folder in folders:
        if folder is not None and os.path.lexists(folder):
            check_private(os.fspath(folder))
    _check_can_be_made(search)
    if executor.shares_process:
        return
    try:
        dumps(clone(search.estimator))
    except Exception as error:
        raise TypeError(
            "With workers in other processes an estimator that is trained on must be one that can "
            f"be pickled, for its state travels; {type(search.estimator).__name__} is not: "
            f"{type(error).__name__}: {error}. Search with n_jobs=1 or with threads, or with "
            "resource='n_samples', by which nothing is trained on."
        ) from error


def _check_can_be_made(search: Any) -> None:
    """See that the folder that the user names is there or can be made."""
    if search.state_folder is None:
        return
    place = os.path.abspath(search.state_folder)
    while not os.path.lexists(place):
        place = os.path.dirname(place)
    if not os.path.isdir(place) or not os.access(place, os.W_OK | os.X_OK):
        raise ValueError(
            f"The 'state_folder' parameter of {type(search).__name__} must be a folder that can be "
            f"written or made; {place!r} is none. Got {os.fspath(search.state_folder)!r} instead."
        )


@contextmanager
def kept_states(
    search: Any, fingerprint: Mapping[str, Any] | None, seed: int, is_new: bool
) -> Iterator[StateStore]:
    """States of a search, while it runs.

    The folder is gone afterwards, unless an error ends a search with a journal: who resumes it
    trains nothing again.
    """
    folder = _own_folder(search, fingerprint)
    if search.state_folder is not None:
        os.makedirs(search.state_folder, mode=0o700, exist_ok=True)
    if folder is None:
        folder = tempfile.mkdtemp(prefix="sktune-states-", dir=search.state_folder)
    owner = "" if fingerprint is None else f"{file_name(fingerprint)}-{seed}"
    # With a journal all are on disk: what is in memory is gone when the process is.
    in_memory = MAX_IN_MEMORY if fingerprint is None else 0
    store = StateStore(folder, search.state_limit, in_memory, owner)
    if is_new:
        store.forget_all()
    try:
        yield store
    except BaseException:
        if fingerprint is None:
            store.close()
        raise
    store.close()


def worth_of_states(optimizer: BaseOptimizer) -> Callable[[int], float]:
    """The score of a candidate; one that still runs has not shown what it is worth."""

    def worth(candidate_id: int) -> float:
        observation = optimizer.observations.get(candidate_id)
        if observation is None or observation.status == "running":
            return float("inf")
        return optimizer.score(observation)

    return worth


def _own_folder(search: Any, fingerprint: Mapping[str, Any] | None) -> str | None:
    """The folder in which a search with a journal finds its states again; None without one."""
    if fingerprint is None:
        return None
    file = journal_file(search.journal, fingerprint) + ".states"
    if search.state_folder is None:
        return file
    return os.path.join(search.state_folder, os.path.basename(file))
