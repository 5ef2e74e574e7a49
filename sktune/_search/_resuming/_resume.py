"""``SearchJournal``: writes a search down as it goes, and plays it again in another session.

What is played is the order of events. The optimiser is asked and told as it was then, so
that it comes to the state in which the earlier session left it, whatever that state may be;
only fits are not repeated.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..._engine import CandidateRecord, Journal, Recorder
from ..._records import Candidate, FoldResult
from ...optimizers import BaseOptimizer
from ...space import SearchSpace
from .._inputs._splits import Split
from ._fingerprint import file_name
from ._values import decode_params, decode_splits, encode_params, encode_splits

# Number of the line that is no record.
HEADER = 1


class SearchJournal(Recorder):
    """The recorder of a search that keeps a journal.

    Parameters
    ----------
    path : str or path-like
        The file, or a folder that holds one file for each search that differs.
    fingerprint : dict
        What the search is.
    space : SearchSpace
        Where it searches.
    seed : int
        Root of all randomness, if the search is new.
    splits : sequence of (train, test)
        Its folds, if it is new.

    Attributes
    ----------
    seed, splits
        Those of the journal.

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
        if os.path.isdir(path):
            path = os.path.join(path, file_name(fingerprint))
        drawn = {"seed": seed, "splits": encode_splits(splits)}
        self._journal = Journal.open(path, {"fingerprint": fingerprint, "drawn": drawn})
        self._space = space
        self.elapsed = self._journal.elapsed
        try:
            self.seed, self.splits = self._take_over(self._journal.drawn)
            self._check()
        except BaseException:
            self._journal.close()
            raise

    def replay(self, optimizer: BaseOptimizer) -> Iterable[Candidate | FoldResult]:
        """Yield what happened in earlier sessions, in its order."""
        for number, record in self._numbered():
            if isinstance(record, CandidateRecord):
                yield self._ask_again(number, record, optimizer)
            else:
                # Who resumes a search that a callback has stopped wants it to go on.
                yield replace(record, asks_to_stop=False)

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
        )
        self._journal.add_candidate(record, elapsed)

    def add_fold(self, result: FoldResult, elapsed: float) -> None:
        """Write a result down."""
        self._journal.add_fold(result, elapsed)

    def close(self) -> None:
        """Let others use the file."""
        self._journal.close()

    def _take_over(self, drawn: Any) -> tuple[int, Sequence[Split]]:
        """Seed and folds of the file."""
        with self._journal.explained(HEADER):
            if not isinstance(drawn, Mapping) or not drawn.keys() >= {"seed", "splits"}:
                raise ValueError("seed or folds are missing")
            if type(drawn["seed"]) is not int or drawn["seed"] < 0:
                raise ValueError(f"its seed is {drawn['seed']!r}")
            return drawn["seed"], decode_splits(drawn["splits"])

    def _check(self) -> None:
        """See that this search has what the records name."""
        n_branches, n_dims, n_splits = self._space.n_branches, self._space.n_dims, len(self.splits)
        for number, record in self._numbered():
            with self._journal.explained(number):
                if not isinstance(record, CandidateRecord):
                    if record.split >= n_splits:
                        raise ValueError(f"its split is {record.split} of {n_splits}, from 0")
                    continue
                if record.branch >= n_branches:
                    raise ValueError(f"its branch is {record.branch} of {n_branches}, from 0")
                if len(record.point) != n_dims or not all(0 <= x <= 1 for x in record.point):
                    raise ValueError(f"its point does not lie in the cube of {n_dims} dimensions")
                if not 0 <= record.progress <= 1:
                    raise ValueError(f"its progress is {record.progress}, not in [0, 1]")

    def _numbered(self) -> Iterable[tuple[int, CandidateRecord | FoldResult]]:
        """The records, each with the number of its line."""
        return enumerate(self._journal.records, start=HEADER + 1)

    def _ask_again(
        self, number: int, record: CandidateRecord, optimizer: BaseOptimizer
    ) -> Candidate:
        candidate = optimizer.ask(record.progress, record.n_slots)
        if (
            candidate is not None
            and (candidate.id, candidate.branch) == (record.id, record.branch)
            and candidate.point == record.point
        ):
            return candidate
        # Another release of a library rounds otherwise: what was run counts.
        with self._journal.explained(number):
            params = decode_params(self._space, record.branch, record.params)
        return optimizer.adopt(record.id, record.point, record.source, params)
