"""The table of a search whose candidates have a resource: one row for each setting and rung."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from ..._engine import History

NO_PARENT = -1


def add_rungs(results: dict[str, Any], history: History, winner: str) -> dict[str, Any]:
    """The table with resource and parent of each row, and ranks in which these count.

    Parameters
    ----------
    results : dict of str to array of length n_candidates
        As ``mark_dropped`` makes it.
    history : History
        Read only.
    winner : {"top", "any"}
        Whether the best of the highest resource is in front, or the best of all.

    Returns
    -------
    dict of str to array of length n_candidates
    """
    candidates = history.candidates
    resources = np.array([candidate.resource for candidate in candidates])
    parents = [NO_PARENT if c.parent is None else c.parent for c in candidates]
    ranked = dict(results, resource=resources, parent=np.array(parents))
    if winner == "any":
        return ranked
    for name in [key.removeprefix("rank_") for key in results if key.startswith("rank_")]:
        means = np.asarray(results[f"mean_{name}"], dtype=float)
        ranked[f"rank_{name}"] = _ranks(resources, means)
    return ranked


def winner_of(search: Any) -> str:
    """The rule of a search; one that has none lets every resource win."""
    return str(getattr(search, "winner", "any"))


def may_win(history: History, winner: str) -> NDArray[np.bool_]:
    """Which candidates are of a resource that may win, shape (n_candidates,).

    With "top" that is the highest one at which a candidate is complete without a failure: a search
    that was stopped early may have trained none fully.
    """
    candidates = history.candidates
    resources = np.array([candidate.resource or 0 for candidate in candidates])
    is_complete = [history.observation(c).status == "complete" for c in candidates]
    if winner == "any" or not any(is_complete):
        return np.ones(len(candidates), dtype=bool)
    return np.asarray(resources == resources[is_complete].max())


def _ranks(resources: NDArray[np.intp], means: NDArray[np.float64]) -> NDArray[np.int32]:
    """Ranks by resource, then by score; who has no score is behind all who have one."""
    has_score = np.isfinite(means)
    keys = np.stack([has_score, resources * has_score, np.where(has_score, means, 0.0)], axis=1)
    # Rows by their columns from the left; equal ones share a place, and so a rank.
    places = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    return np.asarray(rankdata(-places, method="min"), dtype=np.int32)
