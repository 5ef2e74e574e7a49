"""Where the time went: workers, folds that were saved, and what makes a fit slow."""

from __future__ import annotations

import numpy as np

from ._numbers import Data, plain
from ._source import ReportSource

# Bars of the timeline; of more folds, evenly thinned ones.
MAX_BARS = 250


def times(source: ReportSource, slow: Data | None) -> Data | None:
    """Section 8; `slow` is the importance of the parameters for the time of a fit."""
    record = source.record
    total = float(record.seconds.sum())
    if not total > 0:
        return None
    found: Data = {"seconds_of_fits": total, "n_fits": int(source.n_done.sum())}
    found["seconds_per_fit"] = total / max(found["n_fits"], 1)
    if source.is_racing:
        ended = np.array(source.status) != "running"
        found["n_saved"] = int((source.n_splits - source.n_done)[ended].sum())
    if slow is not None:
        found["slow"] = {name: slow[name] for name in ("names", "shares", "low", "high", "r2")}
    log = record.fold_log
    if log is None or not len(log.finished):
        return dict(plain(found))
    workers = list(dict.fromkeys(log.workers))
    places = {worker: place for place, worker in enumerate(workers)}
    rows = np.array([places[worker] for worker in log.workers])
    begins = np.zeros(len(rows))
    for row in range(len(workers)):
        mine = np.flatnonzero(rows == row)
        mine = mine[np.argsort(log.finished[mine], kind="stable")]
        # A fold may have waited for its worker: it begins when that is free.
        before = np.concatenate([[0.0], log.finished[mine][:-1]])
        begins[mine] = np.maximum(log.submitted[mine], before)
    span = float(log.finished.max())
    busy = float((log.finished - begins).sum())
    found |= {"n_workers": len(workers), "utilisation": busy / (span * len(workers)), "span": span}
    kept = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MAX_BARS)).astype(int))
    found["timeline"] = {
        "workers": rows[kept],
        "begins": begins[kept],
        "ends": log.finished[kept],
        "candidates": log.candidates[kept],
        "splits": log.splits[kept],
        "n_folds": len(rows),
    }
    return dict(plain(found))
