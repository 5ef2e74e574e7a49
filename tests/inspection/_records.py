"""Records of searches that nobody ran: settings and scores as a test wants them."""

from __future__ import annotations

import numpy as np
from scipy.stats import uniform
from sklearn.linear_model import Ridge

from sktune.inspection import SearchRecord
from sktune.inspection._evaluation import Evaluation
from sktune.space import SearchSpace


def record_of(settings, scores, distributions, **changes):
    """A record; `scores` has shape (n,) for a single fold, or (n, n_splits)."""
    split_scores = np.asarray(scores, dtype=float)
    if split_scores.ndim == 1:
        split_scores = split_scores[:, None]
    means = split_scores.mean(axis=1)
    best = None if np.isnan(means).all() else int(np.nanargmax(means))
    fields = {
        "metric": "score",
        "settings": tuple(settings),
        "split_scores": split_scores,
        "scores": means,
        "status": tuple("failed" if np.isnan(mean) else "complete" for mean in means),
        "seconds": np.ones(len(means)),
        "space": SearchSpace.from_distributions(distributions),
        "is_inferred": False,
        "resources": None,
        "best_index": best,
        "default_index": 0,
        "evaluation": Evaluation(Ridge(), None, 5, 0.25),
    }
    return SearchRecord(**(fields | changes))


def uniform_record(function, n_dims, n=60, seed=0, noise=0.0, **changes):
    """A record of random settings x0, x1, ... in [0, 1] and of what a function gives there."""
    rng = np.random.default_rng(seed)
    points = rng.random((n, n_dims))
    names = [f"x{i}" for i in range(n_dims)]
    settings = [dict(zip(names, row, strict=True)) for row in points.tolist()]
    scores = function(points) + noise * rng.standard_normal(n)
    return record_of(settings, scores, dict.fromkeys(names, uniform(0, 1)), **changes)
