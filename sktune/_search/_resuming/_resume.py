"""``SearchJournal``: records a search in its journal as it runs, and reads what it had drawn."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..._engine import CandidateRecord, Journal, Recorder
from ..._records import Candidate, FoldResult, StopReason
from ...exceptions import JournalError
from ...optimizers import EarlierScores
from ...space import SearchSpace
from .._inputs._splits import Split
from ._fingerprint import describe, digested_lists, file_name
from ._replay import HEADER, Replay
from ._values import decode_splits, encode_params, encode_splits


def settle_drawn(
    path: str | os.PathLike[str],
    fingerprint: Mapping[str, Any],
    seed: int,
    splits: Sequence[Split],
) -> tuple[int, Sequence[Split]]:
    """Seed and folds of a search with a journal: those of the journal, else the given ones.

    No file is created.

    Raises
    ------
    JournalError
        If the file is of another search, or damaged.
    ValueError
        If a journal cannot hold the folds.
    """
    encoded = encode_splits(splits)
    journal = Journal.peek(
        journal_file(path, fingerprint), {"fingerprint": fingerprint, "drawn": None}
    )
    if journal is None:
        return seed, decode_splits(encoded)
    with journal.explained(HEADER):
        return _decode(journal.drawn)


def settle_order(
    path: str | os.PathLike[str],
    known: Mapping[str, Any],
    earlier: tuple[EarlierScores, ...],
    run_whole: bool,
) -> tuple[dict[str, Any], bool]:
    """Fingerprint of a search, and whether it runs its space whole, in order.

    That depends on `n_iter`, which may have changed since the search began: it goes on as it has
    begun. `known` is the rest of the fingerprint; `earlier` searches do not count where the space
    is run whole.
    """
    fingerprints = {
        whole: {**known, "is_run_whole": whole, "earlier": describe(() if whole else earlier)}
        for whole in (run_whole, not run_whole)
    }
    for whole, fingerprint in fingerprints.items():
        with contextlib.suppress(JournalError):  # of another search; told where it is opened
            header = {"fingerprint": fingerprint, "drawn": None}
            if Journal.peek(journal_file(path, fingerprint), header) is not None:
                return fingerprint, whole
    return fingerprints[run_whole], run_whole


class SearchJournal(Recorder):
    """The recorder of a search that keeps a journal.

    Parameters
    ----------
    path : str or path-like
        The file, or a folder that holds one file for each search that differs.
    fingerprint : dict
        Identifies the search.
    space : SearchSpace
        The space of the search.
    seed : int
        Root of all randomness.
    splits : sequence of (train, test)
        The folds; both come from `settle_drawn`.

    Attributes
    ----------
    replay : Replay
        What happened in earlier sessions.
    elapsed : float
        Seconds that earlier sessions took.
    is_new : bool
        Whether there was no earlier session.

    Raises
    ------
    JournalError
        If the file is of another search, in use, or damaged.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        fingerprint: Mapping[str, Any],
        space: SearchSpace,
        seed: int,
        splits: Sequence[Split],
    ) -> None:
        drawn = {"seed": seed, "splits": encode_splits(splits)}
        lists = digested_lists(fingerprint, space)
        header = {"fingerprint": fingerprint, "drawn": drawn, "lists": lists}
        self._journal = Journal.open(journal_file(path, fingerprint), header)
        self._space = space
        self.is_new = not self._journal.records
        self.elapsed = self._journal.elapsed
        try:
            with self._journal.explained(HEADER):
                drawn_there = _decode(self._journal.drawn)
            if not _is_same(drawn_there, (seed, splits)):
                raise JournalError(
                    f"Another search has just begun in the file journal={os.fspath(path)!r}: fit "
                    "again to continue it."
                )
            self.replay = Replay(self._journal, space, len(splits))
        except BaseException:
            self._journal.close()
            raise

    def add_candidate(
        self, candidate: Candidate, progress: float, n_slots: int, elapsed: float
    ) -> None:
        """Write a candidate down."""
        record = CandidateRecord(
            id=candidate.id,
            branch=candidate.branch,
            point=candidate.point,
            source=candidate.source,
            progress=progress,
            n_slots=n_slots,
            params=encode_params(self._space, candidate),
            resource=candidate.resource,
            parent=candidate.parent,
        )
        self._journal.add_candidate(record, elapsed)

    def add_fold(self, result: FoldResult, elapsed: float) -> None:
        """Write a result down."""
        self._journal.add_fold(result, elapsed)

    def add_end(self, reason: StopReason | None, elapsed: float) -> None:
        """Write down that the search has ended."""
        self._journal.add_end(str(reason or ""), elapsed)

    def close(self) -> None:
        """Release the file."""
        self._journal.close()


def journal_file(path: str | os.PathLike[str], fingerprint: Mapping[str, Any]) -> str:
    """The file itself, also where `path` is a folder."""
    path = os.fspath(path)
    return os.path.join(path, file_name(fingerprint)) if os.path.isdir(path) else path


def _is_same(a: tuple[int, Sequence[Split]], b: tuple[int, Sequence[Split]]) -> bool:
    """Whether two seeds with their folds are the same."""
    parts = [[part for split in splits for part in split] for _, splits in (a, b)]
    is_as_long = len(parts[0]) == len(parts[1])
    return a[0] == b[0] and is_as_long and all(map(np.array_equal, *parts))


def _decode(drawn: Any) -> tuple[int, Sequence[Split]]:
    """Seed and folds of a header; ValueError if it has none."""
    if not isinstance(drawn, Mapping) or not drawn.keys() >= {"seed", "splits"}:
        raise ValueError("seed or folds are missing")
    if type(drawn["seed"]) is not int or drawn["seed"] < 0:
        raise ValueError(f"its seed is {drawn['seed']!r}")
    return drawn["seed"], decode_splits(drawn["splits"])
