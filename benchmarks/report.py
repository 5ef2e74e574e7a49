"""How large a report is and how long it takes, what trackers cost, how far behind a page is.

CPU seconds, since the machine may be shared. The report of searches that nobody ran (random
settings, a smooth function with noise) with 5 folds. The search that is followed runs 20 candidates
of 5 folds on iris, with a tracker that takes 50 ms an event, and without, in turns.

    python benchmarks/report.py report 200 6      # candidates, parameters
    python benchmarks/report.py trackers 15       # pairs
    python benchmarks/report.py watch 2 60 2      # every 2 s, for 60 s, 2 busy processes

A page is as far behind its journal as the oldest fold is old that it does not show when the next
page replaces it.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_iris
from sklearn.linear_model import Ridge
from sklearn.svm import SVC

from sktune import BayesSearchCV
from sktune.callbacks import BaseTracker
from sktune.inspection import SearchRecord, search_report
from sktune.inspection._evaluation import Evaluation
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


SEARCH = """
import sys, time
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.svm import SVC
from sktune import AnnealingSearchCV

class Slow(SVC):
    def fit(self, X, y):
        time.sleep(0.05)
        return super().fit(X, y)

space = {"C": loguniform(1e-3, 1e3), "gamma": loguniform(1e-4, 1e1), "tol": loguniform(1e-6, 1e-2)}
search = AnnealingSearchCV(Slow(), space, n_iter=10_000, journal=sys.argv[1], random_state=0)
search.set_params(max_time=float(sys.argv[2])).fit(*load_iris(return_X_y=True))
"""


def watch(seconds: int, duration: int, n_busy: int) -> dict[str, Any]:
    """How far a watched page was behind its journal, while other processes were busy."""
    with tempfile.TemporaryDirectory() as folder:
        journal, page = Path(folder) / "search.jsonl", Path(folder) / "page.html"
        busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(n_busy)]
        search = subprocess.Popen([sys.executable, "-c", SEARCH, str(journal), str(duration)])
        while not journal.exists():
            time.sleep(0.05)
        command = [sys.executable, "-m", "sktune", "report", str(journal), "-o", str(page)]
        watcher = subprocess.Popen([*command, "--watch", str(seconds)])
        try:
            lags = _lags(journal, page, watcher)
        finally:
            for process in (*busy, search, watcher):
                process.kill()
                process.wait()
    return {
        "watch": seconds,
        "busy": n_busy,
        "pages": len(lags),
        "median lag": round(statistics.median(lags), 2),
        "most": round(max(lags), 2),
    }


def _lags(journal: Path, page: Path, watcher: subprocess.Popen[bytes]) -> list[float]:
    """Age of the first fold that each page does not show, when the next page replaces it."""
    arrivals: list[float] = []  # when each fold was seen in the journal
    lags, shown, written = [], None, 0
    while watcher.poll() is None:
        time.sleep(0.02)
        now, n_folds = time.monotonic(), journal.read_bytes().count(b'"kind":"fold"')
        arrivals += [now] * (n_folds - len(arrivals))
        if not page.exists() or page.stat().st_mtime_ns == written:
            continue
        if shown is not None and shown < len(arrivals):
            lags.append(now - arrivals[shown])
        written = page.stat().st_mtime_ns
        shown = int(re.search(r'"n_fits":(\d+)', page.read_text("utf-8"))[1])
    return lags


if __name__ == "__main__":
    what, *numbers = sys.argv[1:] or ["report", "200", "6"]
    print(
        json.dumps(
            {"report": report, "trackers": trackers, "watch": watch}[what](*map(int, numbers))
        )
    )
