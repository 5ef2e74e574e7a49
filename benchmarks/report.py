"""How large a report is and how long it takes, and what trackers cost a search.

CPU seconds, since the machine may be shared. The report of searches that nobody ran (random
settings, a smooth function with noise) with 5 folds. The search that is followed runs 20 candidates
of 5 folds on iris, with a tracker that takes 50 ms an event, and without, in turns.

    python benchmarks/report.py report 200 6      # candidates, parameters
    python benchmarks/report.py trackers 15       # pairs
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_iris
from sklearn.linear_model import Ridge
from sklearn.svm import SVC

from sktune import BayesSearchCV
from sktune.callbacks import BaseTracker
from sktune.inspection import SearchRecord, search_report
from sktune.inspection._record import Evaluation
from sktune.space import SearchSpace


def record(n_candidates: int, n_params: int) -> SearchRecord:
    """A search that nobody ran."""
    rng = np.random.default_rng(0)
    names = [f"parameter_{i}" for i in range(n_params)]
    points = rng.random((n_candidates, n_params))
    scores = np.sin(3 * points[:, 0]) + points[:, -1] * points[:, 0] + 0.1 * points.sum(axis=1)
    folds = scores[:, None] + 0.05 * rng.standard_normal((n_candidates, 5))
    means = folds.mean(axis=1)
    return SearchRecord(
        metric="score",
        settings=tuple(dict(zip(names, row, strict=True)) for row in points.tolist()),
        split_scores=folds,
        scores=means,
        status=("complete",) * n_candidates,
        seconds=rng.random(n_candidates),
        space=SearchSpace.from_distributions(dict.fromkeys(names, uniform(0, 1))),
        is_inferred=False,
        resources=None,
        best_index=int(means.argmax()),
        default_index=0,
        evaluation=Evaluation(Ridge(), None, 5, 0.25),
    )


def report(n_candidates: int, n_params: int) -> dict[str, Any]:
    made = record(n_candidates, n_params)
    wall, cpu = time.perf_counter(), time.process_time()
    page = search_report(made)
    return {
        "candidates": n_candidates,
        "parameters": n_params,
        "KiB": round(len(page.html.encode()) / 1024, 1),
        "cpu_s": round(time.process_time() - cpu, 2),
        "wall_s": round(time.perf_counter() - wall, 2),
    }


class Slow(BaseTracker):
    """Takes 50 ms an event, as MLflow does."""

    spent = 0.0

    def _write(self, event: Any) -> None:
        time.sleep(0.05)

    def on_search_event(self, event: Any) -> bool:
        """Take an event, and the time."""
        begun = time.perf_counter()
        try:
            return super().on_search_event(event)
        finally:
            self.spent += time.perf_counter() - begun


def fit(tracker: Slow | None) -> tuple[float, Any]:
    space = {"C": loguniform(1e-2, 1e2), "gamma": loguniform(1e-4, 1.0)}
    search = BayesSearchCV(SVC(), space, n_iter=20, cv=5, random_state=0)
    if tracker is not None:
        search.set_callbacks(tracker)
    begun = time.process_time()
    search.fit(*load_iris(return_X_y=True))
    return time.process_time() - begun, search


def trackers(n_pairs: int) -> dict[str, Any]:
    ratios, costs, is_same = [], [], True
    fit(None)
    for pair in range(n_pairs):
        tracker = Slow(drain=60.0)
        order = (None, tracker) if pair % 2 else (tracker, None)
        found = {given is None: fit(given) for given in order}
        ratios.append(found[False][0] / found[True][0])
        costs.append(1000 * tracker.spent / (20 + 100 + 20 + 3))
        scores = [found[key][1].cv_results_["mean_test_score"] for key in (True, False)]
        is_same &= bool(np.array_equal(*scores))
    return {
        "pairs": n_pairs,
        "median CPU ratio": round(statistics.median(ratios), 3),
        "ms of the caller an event": round(statistics.median(costs), 4),
        "equal results": is_same,
    }


if __name__ == "__main__":
    what, *numbers = sys.argv[1:] or ["report", "200", "6"]
    print(json.dumps({"report": report, "trackers": trackers}[what](*map(int, numbers))))
