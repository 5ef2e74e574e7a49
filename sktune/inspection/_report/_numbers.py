"""The numbers of a report, section by section, as JSON can hold them.

A section without data is None. What models say of a search stands in ``_explained.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..._identity._data import describe_data
from ..._identity._describe import describe
from .._comparison import Comparison
from .._epochs import curves_in
from .._model._surrogate import ExplainingModel
from .._shown import shortened, shown
from ._source import ReportSource

Floats = NDArray[np.float64]
Data = dict[str, Any]
Found = TypeVar("Found")

# Candidates that a course or a cloud of points shows.
MAX_POINTS = 160

# Learning curves that are drawn.
MAX_CURVES = 40


def plain(value: Any, digits: int = 6) -> Any:
    """Numbers rounded to significant digits, nan and inf as None, arrays as lists."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(item, digits) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item, digits) for key, item in value.items()}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.{digits}g}") if np.isfinite(value) else None
    return value


def setting(params: Mapping[str, Any]) -> dict[str, Any]:
    """A setting whose numbers are numbers, everything else in short words."""
    return {str(name): value_of(value) for name, value in params.items()}


def value_of(value: Any) -> Any:
    """A value as JSON has it: a number, true, false or null, or in short words."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):  # exact in a browser
        return int(value) if abs(value) < 2**53 else str(value)
    if isinstance(value, float):
        return plain(float(value)) if np.isfinite(value) else str(value)
    return shortened(value) if isinstance(value, str) else shown(value)


def summary(source: ReportSource, comparison: Comparison | None) -> Data:
    """Section 1: the result in numbers."""
    record, best = source.record, source.record.best_index
    found = {
        "kind": source.kind,
        "metric": record.metric,
        "n_candidates": len(record.scores),
        "n_fits": int(source.n_done.sum()),
        "n_failed": sum(status == "failed" for status in source.status),
        "n_dropped": sum(status == "dropped" for status in source.status),
        "n_running": sum(status == "running" for status in source.status),
        "seconds_of_fits": record.seconds.sum(),
        "search_time": source.search_time,
        "refit_time": source.refit_time,
        "stop_reason": source.stop_reason,
        "is_running": source.is_running,
    }
    if best is not None:
        found |= {
            "best_index": best,
            "best_score": record.scores[best],
            "best_std": source.stds[best],
            "best_params": setting(record.settings[best]),
            "n_splits": source.n_splits,
        }
    if comparison is not None:
        names = ["verdict", "difference", "low", "high", "expected_score", "expected_low"]
        names += ["expected_high", "rows_gain", "default_score", "method", "confidence_level"]
        names += ["note"]
        found |= {name: getattr(comparison, name) for name in names}
    return dict(plain(found))


def attempted(find: Callable[[], Found], reasons: list[str] | None = None) -> Found | None:
    """What a function finds; None where it says that the search cannot tell, and why.

    The reason, a sentence, is appended to `reasons`.
    """
    try:
        return find()
    except np.linalg.LinAlgError:
        return None
    except ValueError as error:
        if reasons is not None:
            reasons.append(str(error))
        return None


def course(source: ReportSource, model: ExplainingModel | None) -> Data | None:
    """Section 3: best so far against fits and seconds, and what the model expects of it."""
    record = source.record
    scores = np.where(np.array(source.status) == "complete", record.scores, np.nan)
    if not np.isfinite(scores).any() or not source.is_ordered:
        return None
    filled = np.where(np.isfinite(scores), scores, -np.inf)
    best = np.maximum.accumulate(filled)
    rows = np.flatnonzero(np.r_[True, best[1:] > best[:-1]] & np.isfinite(best))
    found: Data = {
        "fits": np.cumsum(source.n_done)[rows],
        "seconds": _spent(source)[rows],
        "best": best[rows],
        "candidates": rows,
        "n_fits": int(source.n_done.sum()),
        "n_seconds": _spent(source)[-1],
        "default_score": None
        if record.default_index is None
        else record.scores[record.default_index],
    }
    shown_rows = thinned(scores)
    found["points"] = {
        "candidates": shown_rows,
        "fits": np.cumsum(source.n_done)[shown_rows],
        "seconds": _spent(source)[shown_rows],
        "scores": scores[shown_rows],
    }
    if model is not None:
        settings = [record.settings[row] for row in rows]
        # Of a search that runs on the model may be an earlier one, of a space inferred before.
        found["expected"] = attempted(lambda: expected_of(model, settings))
    return dict(plain(found))


def expected_of(model: ExplainingModel, settings: Sequence[Mapping[str, Any]]) -> Floats:
    """Scores that a model expects of settings, shape (n_settings,)."""
    space = model.record.space
    return model.at(space.snap(space.transform(settings)))


def _spent(source: ReportSource) -> Floats:
    """Seconds up to the end of each candidate: by the clock, or else of fits one by one."""
    log, spent = source.record.fold_log, np.cumsum(source.record.seconds)
    if log is None or not len(log.finished):
        return spent
    ends = np.zeros(len(spent))
    np.maximum.at(ends, log.candidates, log.finished)
    return np.maximum.accumulate(ends)


def thinned(scores: Floats, most: int = MAX_POINTS) -> NDArray[np.intp]:
    """Rows with a score, of many the best half and others at random, in their order."""
    rows = np.flatnonzero(np.isfinite(scores))
    if len(rows) <= most:
        return rows
    order = rows[np.argsort(-scores[rows], kind="stable")]
    others = np.random.default_rng(0).choice(order[most // 2 :], most - most // 2, replace=False)
    return np.sort(np.concatenate([order[: most // 2], others]))


def learning_curves(source: ReportSource) -> Data | None:
    """Section 9: the median curve of the folds, of the best candidates."""
    metrics: dict[str, str] = {}
    for folds in source.reports:
        for report in folds:
            for name, own in (report or {}).items():
                history = own.get("history", {})
                metrics |= dict.fromkeys(history if isinstance(history, Mapping) else (), name)
    if not metrics:
        return None
    metric = next((known for known in ("val_loss", "loss") if known in metrics), min(metrics))
    best = source.record.best_index
    found = attempted(lambda: curves_in(source.reports, best, metric, metrics[metric]))
    if found is None:
        return None
    scores = source.record.scores
    order = np.argsort(-np.where(np.isfinite(scores), scores, -np.inf), kind="stable")
    rows = [row for row in order[:MAX_CURVES] if np.isfinite(found.curves[row]).any()]
    curves = []
    for row in rows:
        known = found.curves[row][:, np.isfinite(found.curves[row]).any(axis=0)]
        curves.append(np.nanmedian(known, axis=0))
    return dict(plain({"metric": metric, "candidates": rows, "curves": curves}))


def annealing(source: ReportSource) -> Data | None:
    """Section 9: temperatures and how many moves were accepted."""
    trace = source.annealing
    if trace is None or not (trace.chains >= 0).any():
        return None
    rows = np.flatnonzero(trace.chains >= 0)
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MAX_POINTS)).astype(int))]
    names = ("chains", "temperatures", "lengths", "accepted", "acceptance_rates")
    return dict(plain({"candidates": rows, **{name: getattr(trace, name)[rows] for name in names}}))


def repetition(source: ReportSource, X: Any, y: Any) -> Data:
    """Section 11: what another run needs."""
    found: Data = {"call": source.call, "seed": source.seed, "cv": source.cv}
    found["n_splits"] = source.n_splits
    found["versions"] = dict(source.versions)
    for name, value in (("X", X), ("y", y)):
        if value is not None:
            described = describe_data(value, describe) or {"value": describe(value)}
            words = (f"{key} {item}" for key, item in described.items())
            found[name] = shortened(", ".join(words), 300)
    return found
