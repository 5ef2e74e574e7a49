"""``ReportSource``: what a report is made of, of a fitted search or of a running one."""

from __future__ import annotations

import contextlib
import inspect
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import joblib
import numpy as np
import scipy
import sklearn
from numpy.typing import NDArray

from ...space._same import is_alike
from .._annealing import AnnealingTrace, annealing_trace
from .._record import SearchRecord, read_search
from .._shown import code, shown
from .._trace import search_trace

Floats = NDArray[np.float64]

# Candidates that the models of a report are fitted to: the fit costs their number cubed, and there
# are some twenty of them.
MAX_MODELLED = 200

# What is known of a search whose class says no more.
UNKNOWN = "search"


@dataclass(frozen=True, slots=True)
class ReportSource:
    """All that a report is made of.

    Parameters
    ----------
    record : SearchRecord
        The candidates.
    kind : str
        Name of the class of the search.
    status : tuple of str, length n_candidates
        As in the record, and ``"running"``.
    stds : ndarray of shape (n_candidates,)
        Standard deviations of the scores over the folds.
    proposed_by : tuple of str, length n_candidates
        Who proposed each candidate, such as ``"start"`` or ``"model"``; empty: unknown.
    stop_reason : str
        What ended the search; empty: unknown, or it runs.
    search_time, refit_time : float or None
        Seconds of the caller's clock.
    warnings : tuple of str
        What the search itself says of values on an edge; None: it does not look.
    reports : sequence
        As ``fit_reports_``.
    annealing : AnnealingTrace or None
        Moves, where it annealed.
    errors : mapping of (int, int) to str
        Tracebacks by candidate and split, where they are known.
    call : str
        The search as code.
    seed, cv : str
        Where the randomness and the folds come from, in words.
    versions : dict of str to str
        Of what it was run with, as far as that is known.
    is_racing : bool
        Whether folds were saved on purpose.
    is_running : bool
        Whether more may come.
    """

    record: SearchRecord
    kind: str
    status: tuple[str, ...]
    stds: Floats
    proposed_by: tuple[str, ...] = ()
    stop_reason: str = ""
    search_time: float | None = None
    refit_time: float | None = None
    warnings: tuple[str, ...] | None = None
    reports: Sequence[Any] = ()
    annealing: AnnealingTrace | None = None
    errors: Mapping[tuple[int, int], str] = field(default_factory=dict)
    call: str = ""
    seed: str = ""
    cv: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    is_racing: bool = False
    is_running: bool = False

    @property
    def n_splits(self) -> int:
        """Folds of a candidate."""
        return int(self.record.split_scores.shape[1])

    @property
    def n_done(self) -> NDArray[np.intp]:
        """Folds that were run of each candidate, shape (n_candidates,)."""
        return self.record.n_folds

    @property
    def is_ordered(self) -> bool:
        """Whether the best score so far is progress: not in a grid, nor where rungs are mixed."""
        return self.record.is_ordered and self.record.resources is None


def read_source(search: Any, metric: str | None = None) -> ReportSource:
    """What a report needs of a fitted search, ours or scikit-learn's, or of a record of one."""
    if isinstance(search, ReportSource):
        if metric not in (None, search.record.metric):
            read_search(search.record, metric)  # says what is wrong
        return search
    record = read_search(search, metric)
    if isinstance(search, SearchRecord):
        return ReportSource(record, UNKNOWN, record.status, _spread(record))
    trace = search_trace(search, record.metric)
    warnings = getattr(search, "search_warnings_", None)
    return ReportSource(
        record,
        type(search).__name__,
        record.status,
        np.where(np.isfinite(trace.stds), trace.stds, _spread(record)),
        proposed_by=_proposed_by(search, len(trace.scores)),
        stop_reason=getattr(search, "stop_reason_", ""),
        search_time=getattr(search, "search_time_", None),
        refit_time=getattr(search, "refit_time_", None),
        warnings=None if warnings is None else tuple(warnings),
        reports=getattr(search, "fit_reports_", ()),
        annealing=_annealing(search),
        errors=getattr(search, "fit_errors_", {}),
        call=call_of(search),
        seed=shown(getattr(search, "random_state", None)),
        cv=shown(search.cv, 200),
        versions=installed_versions(),
        is_racing=bool(getattr(search, "racing", False)),
    )


def few_enough(source: ReportSource) -> ReportSource:
    """The source with as many candidates as a model can be fitted to within seconds.

    The best half, others at random, and the default; all of them where there are few.
    """
    record, n = source.record, len(source.record.scores)
    if n <= MAX_MODELLED or record.oof is not None:  # rows are kept under the candidates' numbers
        return source
    order = np.argsort(-np.where(record.is_scored, record.scores, -np.inf), kind="stable")
    half = MAX_MODELLED // 2
    others = np.random.default_rng(0).choice(order[half:], MAX_MODELLED - half, replace=False)
    special = [row for row in (record.best_index, record.default_index) if row is not None]
    rows = np.unique(np.concatenate([order[:half], others, special]).astype(np.intp))
    places = {int(row): place for place, row in enumerate(rows)}

    def place_of(row: int | None) -> int | None:
        return None if row is None else places[row]

    thinned = replace(
        record,
        settings=tuple(record.settings[row] for row in rows),
        split_scores=record.split_scores[rows],
        scores=record.scores[rows],
        status=tuple(record.status[row] for row in rows),
        seconds=record.seconds[rows],
        resources=None if record.resources is None else record.resources[rows],
        best_index=place_of(record.best_index),
        default_index=place_of(record.default_index),
        fold_log=None,
    )
    return replace(source, record=thinned)


def call_of(search: Any) -> str:
    """The search as code, those of its parameters that differ from their defaults."""
    defaults = inspect.signature(type(search)).parameters
    positional: dict[str, str] = {}
    lines: list[str] = []
    for name, value in search.get_params(deep=False).items():
        default = defaults[name].default if name in defaults else inspect.Parameter.empty
        if default is inspect.Parameter.empty:
            positional[name] = f"{code(value)},"
        elif not is_alike(value, default):
            lines.append(f"{name}={code(value)},")
    # get_params sorts by name; the estimator comes first, and then where to search.
    first = sorted(positional, key=lambda name: name != "estimator")
    lines = [*(positional[name] for name in first), *lines]
    return "\n".join([f"{type(search).__name__}(", *(f"    {line}" for line in lines), ")"])


def installed_versions() -> dict[str, str]:
    """Versions of Python and of what a search is run with."""
    own = {}
    with contextlib.suppress(PackageNotFoundError):  # run from its folder
        own["sktune"] = version("sktune")
    packages = {"numpy": np, "scipy": scipy, "scikit-learn": sklearn, "joblib": joblib}
    return {
        "Python": platform.python_version(),
        **own,
        **{name: package.__version__ for name, package in packages.items()},
    }


def _spread(record: SearchRecord) -> Floats:
    """Standard deviations over the folds that were run, shape (n_candidates,)."""
    scores = record.split_scores
    run = np.isfinite(scores)
    n_run = np.maximum(run.sum(axis=1), 1)
    means = np.where(run, scores, 0.0).sum(axis=1) / n_run
    squares = np.where(run, scores - means[:, None], 0.0) ** 2
    return np.where(run.any(axis=1), np.sqrt(squares.sum(axis=1) / n_run), np.nan)


def _proposed_by(search: Any, n_candidates: int) -> tuple[str, ...]:
    told = getattr(getattr(search, "optimizer_", None), "observations", {})
    if not told:
        return ()
    return tuple(told[i].candidate.source if i in told else "" for i in range(n_candidates))


def _annealing(search: Any) -> AnnealingTrace | None:
    with contextlib.suppress(TypeError):
        return annealing_trace(search)
    return None
