"""What a notebook shows of a fitted search: the result and how the search got there."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._shown import escaped, shown
from ._svg import convergence_svg
from ._trace import SearchTrace, search_trace

_STYLE = (
    "font-family: sans-serif; font-size: 0.9em; margin: 0.5em 0; display: flex; gap: 2em; "
    "flex-wrap: wrap; align-items: center"
)


def result_html(search: Any) -> str:
    """Result of a search as an HTML fragment with an inline SVG.

    Parameters
    ----------
    search : search
        Of this package or of scikit-learn, fitted or not.

    Returns
    -------
    str
        All text from parameters is escaped; empty for a search that was not fitted.
    """
    if not hasattr(search, "cv_results_"):
        return ""
    trace = search_trace(search)
    rows = "".join(
        f'<tr><th style="text-align: left; padding-right: 1em">{escaped(name)}</th>'
        f'<td style="text-align: left">{escaped(value)}</td></tr>'
        for name, value in _facts(search, trace)
    )
    front = getattr(search, "pareto_front_", None)
    below = "" if front is None else front._repr_html_()
    return f'<div style="{_STYLE}"><table>{rows}</table>{convergence_svg(trace)}{below}</div>'


def _facts(search: Any, trace: SearchTrace) -> list[tuple[str, str]]:
    """Names and values of the rows of the table."""
    facts = _best(search, trace)
    counts = [f"{len(trace.scores)} ({_n_fits(search)} fits)"]
    for flags, what in ((trace.is_dropped, "dropped"), (trace.has_failed, "failed")):
        counts += [f"{flags.sum()} {what}"] if flags.any() else []
    facts.append(("candidates", ", ".join(counts)))
    if hasattr(search, "search_time_"):
        facts.append(("time", f"{search.search_time_:.1f} s, stopped by {search.stop_reason_}"))
    return facts + [("note", text) for text in getattr(search, "search_warnings_", [])]


def _best(search: Any, trace: SearchTrace) -> list[tuple[str, str]]:
    """Score and parameters of the best setting; empty if no setting has a score."""
    index = getattr(search, "best_index_", None)
    if index is None and not np.isnan(trace.scores).all():  # several metrics and no refit
        index = int(np.nanargmax(trace.scores))
    if index is None or np.isnan(trace.scores[index]):
        return []
    name = "score" if trace.metric == "score" else trace.metric
    by_rule = callable(search.refit) or hasattr(search, "pareto_front_")
    name = f"{name} of the setting chosen" if by_rule else f"best {name}"
    spread = f"± {trace.stds[index]:.2g} over {search.n_splits_} folds"
    params = search.cv_results_["params"][index].items()
    return [
        (name, f"{trace.scores[index]:.4g} {spread}"),
        ("best parameters", ", ".join(f"{key}={shown(value)}" for key, value in params)),
    ]


def _n_fits(search: Any) -> int:
    """Folds that were fitted; scikit-learn's searches fit them all."""
    return getattr(search, "n_fits_", len(search.cv_results_["params"]) * search.n_splits_)
