"""``Race``: applies a rule after each fold of a candidate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..._gp import MAX_FOR_BOXES
from ..._records import Candidate, Observation
from .._objective import Objective
from ._rule import Z_DROP, Z_PAUSE, RacingRule
from ._several import DROP, PAUSE, DominanceRule, HypervolumeRule

Floats = NDArray[np.float64]


class Race:
    """Applies a rule after each fold of a candidate, against the complete candidates.

    Candidates with a resource race those with as much of it: less training is no worse setting.

    Parameters
    ----------
    objectives : Objective or sequence of Objective
        The score that decides, by ``RacingRule``, or several: two or three by
        ``HypervolumeRule``, more by ``DominanceRule``.
    drop_failed : bool
        Whether a candidate that failed on a fold cannot win any more.
    may_end_early : bool, default=False
        Whether the search may end before waiting candidates go on, for example because its time is
        up. Then only those wait that would be dropped in the end as well.
    only_top : bool, default=False
        Whether only candidates with the largest resource can win, so that in the end no others
        go on.
    """

    def __init__(
        self,
        objectives: Objective | Sequence[Objective],
        *,
        drop_failed: bool,
        may_end_early: bool = False,
        only_top: bool = False,
    ) -> None:
        self._objectives = (objectives,) if isinstance(objectives, Objective) else tuple(objectives)
        self._only_top = only_top
        self._drop_failed = drop_failed
        self._rule = _make_rule(len(self._objectives), may_end_early)
        # By resource, shape (n_complete, n_splits), or (n_complete, n_scores, n_splits).
        self._complete: dict[int | None, Floats] = {}
        self._rows: dict[int, Floats] = {}  # by candidate; without those that cannot win

    def __call__(self, observation: Observation) -> bool:
        """Whether the other folds of a candidate should wait."""
        candidate_id, resource = observation.candidate.id, observation.candidate.resource
        complete = self._complete.get(resource)
        if observation.status == "failed":
            if self._drop_failed:
                self._rows.pop(candidate_id, None)
            return self._drop_failed
        scores = self._rows[candidate_id] = self._scores(observation)
        if observation.status != "complete":
            return complete is not None and self._rule.waits(scores, complete)
        if np.isfinite(scores).all():
            known = [] if complete is None else [complete]
            self._complete[resource] = np.concatenate([*known, scores[None]])
        return False

    def most_promising(self, waiting: Sequence[Candidate]) -> Candidate | None:
        """Which of the waiting candidates should go on; None: none of them can win.

        Those with the largest resource come first.
        """
        able = [candidate for candidate in waiting if candidate.id in self._rows]
        if self._only_top:
            top = max(self._complete, key=lambda resource: resource or 0, default=None)
            able = [candidate for candidate in able if candidate.resource == top]
        for resource in sorted({c.resource for c in able}, key=lambda r: -1 if r is None else -r):
            complete = self._complete.get(resource)
            if complete is None:
                continue
            alike = [candidate for candidate in able if candidate.resource == resource]
            rows = np.array([self._rows[candidate.id] for candidate in alike])
            place = self._rule.most_promising(rows, complete)
            if place is not None:
                return alike[place]
        return None

    def _scores(self, observation: Observation) -> Floats:
        """Scores by split, shape (n_splits,), or (n_scores, n_splits) of several scores."""
        rows = [objective.split_scores(observation) for objective in self._objectives]
        return rows[0] if len(rows) == 1 else np.array(rows)


def _make_rule(n_scores: int, may_end_early: bool) -> RacingRule | HypervolumeRule | DominanceRule:
    """The rule for so many scores; with `may_end_early` what waits is as good as dropped."""
    if 1 < n_scores <= MAX_FOR_BOXES:
        return HypervolumeRule(pause=DROP if may_end_early else PAUSE)
    z_pause = Z_DROP if may_end_early else Z_PAUSE
    return RacingRule(z_pause) if n_scores == 1 else DominanceRule(z_pause)
