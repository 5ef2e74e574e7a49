"""``StateStore`` and ``StateKeeper``: fitted states of folds, from which training goes on.

Where folds run in the calling process, states are kept in memory as far as they fit, then in
files; a worker in another process writes them to files at once. The files stand in a folder of
the search's own. A state is unpickled only if it is of the search that loads it; one that is gone,
or was never saved because there was no room, means training from nothing.
"""

from __future__ import annotations

import contextlib
import copy
import math
import os
import pickle
import shutil
import stat
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .._joblib_compat import cloudpickle
from .._records import Candidate, FoldResult, FoldTask
from ..exceptions import StateLostWarning

# Bytes of states in memory, beyond which they go to files. Of a small network a state has some
# 100 kB, of a forest of 100 trees on 10,000 rows 10 MB.
MAX_IN_MEMORY = 2**28

SUFFIX = ".state"


class StateStore:
    """Saves and loads states by tokens; goes to the workers with what evaluates the folds.

    Parameters
    ----------
    folder : str
        Where files are written; made where it is not there, removed by `close`.
    max_bytes : int, default=2**32
        What all files may have together.
    max_in_memory : int, default=2**28
        What all states in memory may have together.
    owner : str, default=""
        Of which search the states are: those of another are not loaded.

    Raises
    ------
    ValueError
        If others can write to the folder.
    """

    def __init__(
        self,
        folder: str,
        max_bytes: int = 2**32,
        max_in_memory: int = MAX_IN_MEMORY,
        owner: str = "",
    ) -> None:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        check_private(folder)
        self.folder = folder
        self.max_bytes = max_bytes
        self.owner = owner
        self._max_in_memory = max_in_memory
        self._pid: int | None = os.getpid()
        self._memory: dict[str, Any] = {}  # bytes, or an object that cannot be pickled
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        # What is in memory stays there: a worker in another process finds files only.
        return {**vars(self), "_memory": {}, "_lock": None, "_pid": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._lock = threading.Lock()

    def save(self, candidate_id: int, split: int, state: Any) -> str | None:
        """Save a state; its token, None where there is no room for it."""
        token = f"{candidate_id}-{split}"
        try:
            data = dumps((self.owner, token, state))
        except Exception:  # of the estimator's own code
            if self._pid != os.getpid():
                return None
            with self._lock:
                self._memory[token] = state
            return token
        if self._pid == os.getpid():
            with self._lock:
                used = sum(len(d) for d in self._memory.values() if isinstance(d, bytes))
                if used + len(data) <= self._max_in_memory:
                    self._memory[token] = data
                    return token
        if self._write(token, data):
            return token
        self._path(token).unlink(missing_ok=True)  # of an earlier session, perhaps
        return None

    def load(self, token: str) -> Any:
        """A state, which nobody else has; None where it is gone."""
        with self._lock:
            data = self._memory.get(token)
        if data is None:
            try:
                data = self._path(token).read_bytes()
            except OSError:
                return None
        try:
            if not isinstance(data, bytes):
                return copy.deepcopy(data)
            owner, saved, state = pickle.loads(data)
        except Exception:  # cut short, of another release of a library, or code of others
            return None
        return state if (owner, saved) == (self.owner, token) else None

    def token(self, candidate_id: int, split: int) -> str | None:
        """The token of a state that is there, None where there is none."""
        token = f"{candidate_id}-{split}"
        return token if token in self._memory or self._path(token).exists() else None

    def discard(self, candidate_id: int, split: int) -> None:
        """Forget a state that is of no use any more."""
        token = f"{candidate_id}-{split}"
        with self._lock:
            self._memory.pop(token, None)
        self._path(token).unlink(missing_ok=True)

    def make_room(self, worth: Callable[[int], float], n_workers: int) -> None:
        """Discard states until every worker can save another one.

        Parameters
        ----------
        worth : callable
            ``worth(candidate_id) -> float``: those of the least go first, of equal ones the older.
        n_workers : int
            How many may save one before this is called again.
        """
        sizes = self._sizes()
        if not sizes:
            return
        room = self.max_bytes - n_workers * max(sizes.values())
        total = sum(sizes.values())
        for token in sorted(sizes, key=lambda token: _order(token, worth)):
            if total <= room:
                return
            self._path(token).unlink(missing_ok=True)
            total -= sizes[token]

    def forget_all(self) -> None:
        """Discard all states: a search that begins anew finds none."""
        with self._lock:
            self._memory.clear()
        for token in self._sizes():
            self._path(token).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the folder."""
        self._memory.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def n_bytes(self) -> int:
        """What the files have together."""
        return sum(self._sizes().values())

    def _sizes(self) -> dict[str, int]:
        """Bytes of each file by its token."""
        sizes = {}
        with contextlib.suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.endswith(SUFFIX):
                    with contextlib.suppress(OSError):  # gone in the meantime
                        sizes[entry.name.removesuffix(SUFFIX)] = entry.stat().st_size
        return sizes

    def _path(self, token: str) -> Path:
        return Path(self.folder, token + SUFFIX)

    def _write(self, token: str, data: bytes) -> bool:
        """Write a file as a whole or not at all; whether there was room."""
        path = self._path(token)
        try:
            with _alone_in(self.folder):
                if self.n_bytes() + len(data) > self.max_bytes:
                    return False
                draft = path.with_suffix(".draft")
                draft.write_bytes(data)
                draft.replace(path)
        except OSError:  # the disk is full, or a worker on a machine without the folder
            return False
        return True


class StateKeeper:
    """Says from which states folds go on, and discards those that are of no more use.

    Parameters
    ----------
    store : StateStore
        Where they are.
    worth : callable
        ``worth(candidate_id) -> float``: how much it is worth to keep the states of a candidate,
        nan for nothing. Where there is no room for all, those of the least go first.
    """

    def __init__(self, store: StateStore, worth: Callable[[int], float]) -> None:
        self._store = store
        self._worth = worth
        self._has_warned = False

    def token_for(self, task: FoldTask) -> str | None:
        """Token of the state from which a fold goes on; None: there is none."""
        parent = task.candidate.parent
        return None if parent is None else self._store.token(parent, task.split)

    def after(self, result: FoldResult, candidate: Candidate, n_workers: int) -> None:
        """Take note of the result of a candidate's fold, of `n_workers` that may save states."""
        if candidate.parent is not None:
            self._store.discard(candidate.parent, result.split)
        self._store.make_room(self._rank, n_workers)
        if result.is_state_lost and not self._has_warned:
            self._has_warned = True
            warnings.warn(
                "The state of a setting was gone when its training was to go on: it was trained "
                "again from nothing, and so are others that meet with this. Perhaps the files of "
                "states need more room than they may have, a worker does not see their folder, or "
                "an earlier session of the journal came to its end and has removed them.",
                StateLostWarning,
                stacklevel=2,
            )

    def _rank(self, candidate_id: int) -> float:
        worth = self._worth(candidate_id)
        return -math.inf if math.isnan(worth) else worth


def _order(token: str, worth: Callable[[int], float]) -> tuple[float, int]:
    candidate_id = int(token.split("-")[0])
    return worth(candidate_id), candidate_id


def dumps(state: Any) -> bytes:
    """A state as bytes; functions and classes of a notebook by value."""
    try:
        return pickle.dumps(state, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception:  # of the estimator's own code
        data: bytes = cloudpickle.dumps(state)
        return data


def check_private(folder: str) -> None:
    """See that only its owner can write to a folder: whoever can do that can have any code run.

    Raises
    ------
    ValueError
        If others can, or it is no folder.
    """
    if not os.path.isdir(folder) or os.path.islink(folder):
        raise ValueError(
            f"{folder!r}, for the states of a search, must be a folder, and no link to one."
        )
    if os.name != "posix":
        return
    found = os.lstat(folder)
    is_own = found.st_uid == os.getuid()
    if not is_own or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ValueError(
            f"The folder {folder!r} for the states of a search must be one that only you can write "
            "to, for states are unpickled: make it so (chmod 700), or name another state_folder."
        )


@contextlib.contextmanager
def _alone_in(folder: str) -> Any:
    """Hold the folder, so that two workers do not fill the same room."""
    try:
        import fcntl
    except ImportError:  # Windows: two workers may go over the limit by one state
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # file systems without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
