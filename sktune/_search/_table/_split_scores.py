"""``split_scores``: the scores of single folds out of a ``cv_results_``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SPLIT_SCORE = re.compile(r"split(\d+)_((?:test|train)_.+)")


def split_scores(results: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    """Scores by name, such as "test_score", shape (n_candidates, n_splits)."""
    columns: dict[str, dict[int, Any]] = {}
    for key, column in results.items():
        if match := _SPLIT_SCORE.fullmatch(key):
            columns.setdefault(match[2], {})[int(match[1])] = np.asarray(column, dtype=float)
    return {name: np.stack([c[i] for i in sorted(c)], axis=1) for name, c in columns.items()}
