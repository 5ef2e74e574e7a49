"""``Replay``: repeats the events of an earlier session of a search, without its fits.

The optimiser is asked and told in the same order as then, so that it reaches the state in which
the earlier session left it, whatever that state may be.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..._engine import CandidateRecord, Journal
from ..._records import Candidate, FoldResult
from ...optimizers import BaseOptimizer
from ...space import SearchSpace
from ._values import decode_params

# Number of the line that holds the header.
HEADER = 1

# Fields in which a recorded candidate and the one that is asked for again must agree.
SAME = ("id", "branch", "point", "resource", "parent")


class Replay:
    """The records of a journal, as events for the engine.

    Parameters
    ----------
    journal : Journal
        The journal, with the records of earlier sessions.
    space : SearchSpace
        The space of the search.
    n_splits : int
        Number of folds.

    Raises
    ------
    JournalError
        If a record names a split, branch or point that the search does not have.
    """

    def __init__(self, journal: Journal, space: SearchSpace, n_splits: int) -> None:
        self._journal = journal
        self._space = space
        self._n_splits = n_splits
        for number, record in self._numbered():
            with journal.explained(number):
                self._check(record)

    def events(self, optimizer: BaseOptimizer) -> Iterable[Candidate | FoldResult]:
        """Ask `optimizer` for each candidate again; yield candidates and results in their order."""
        for number, record in self._numbered():
            if isinstance(record, CandidateRecord):
                yield self._ask_again(number, record, optimizer)
            else:
                # A search that a callback has stopped goes on when it is resumed.
                yield replace(record, asks_to_stop=False)

    def _check(self, record: CandidateRecord | FoldResult) -> None:
        """Raise ValueError if a record names what this search does not have."""
        if not isinstance(record, CandidateRecord):
            if record.split >= self._n_splits:
                raise ValueError(f"its split is {record.split} of {self._n_splits}, from 0")
            return
        n_branches, n_dims = self._space.n_branches, self._space.n_dims
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
        answer = optimizer.ask(record.progress, record.n_slots)
        if isinstance(answer, Candidate) and all(
            getattr(answer, name) == getattr(record, name) for name in SAME
        ):
            return answer
        # Another release of a library may round differently: the candidate that was run counts.
        with self._journal.explained(number):
            params = decode_params(self._space, record.branch, record.params)
        return optimizer.adopt(
            record.id, record.point, record.source, params, record.resource, record.parent
        )
