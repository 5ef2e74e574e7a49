"""What a notebook shows of a fitted search below its diagram: the result, and how it came."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from ._trace import SearchTrace, search_trace

# Size of the picture in CSS pixels, and the margin that keeps dots inside of it.
WIDTH, HEIGHT, MARGIN = 360, 110, 8

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
        f'<tr><th style="text-align: left; padding-right: 1em">{escape(name)}</th>'
        f'<td style="text-align: left">{escape(value)}</td></tr>'
        for name, value in _facts(search, trace)
    )
    return f'<div style="{_STYLE}"><table>{rows}</table>{convergence_svg(trace)}</div>'


def _facts(search: Any, trace: SearchTrace) -> list[tuple[str, str]]:
    """Names and values of what is worth knowing first."""
    facts = []
    index = getattr(search, "best_index_", None)
    if index is not None:
        mean, std = trace.scores[index], trace.stds[index]
        name = "best score" if trace.metric == "score" else f"best {trace.metric}"
        facts.append((name, f"{mean:.4g} ± {std:.2g} over {search.n_splits_} folds"))
        params = (f"{key}={_short(value)}" for key, value in search.best_params_.items())
        facts.append(("best parameters", ", ".join(params)))
    n_candidates = len(trace.scores)
    n_failed = int(np.isnan(trace.scores).sum())
    counted = f"{n_candidates} ({n_candidates * search.n_splits_} fits)"
    facts.append(("candidates", counted + (f", {n_failed} failed" if n_failed else "")))
    if hasattr(search, "search_time_"):
        facts.append(("time", f"{search.search_time_:.1f} s, stopped by {search.stop_reason_}"))
    return facts


def _short(value: Any, longest: int = 60) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def convergence_svg(trace: SearchTrace) -> str:
    """Scores as dots and the best so far as a line, in SVG; empty if nothing succeeded."""
    finite = np.isfinite(trace.scores)
    if not finite.any():
        return ""
    # The worst scores would flatten the rest: the picture shows the better half and the line.
    low, high = np.median(trace.scores[finite]), trace.scores[finite].max()
    low = min(low, trace.best[np.isfinite(trace.best)].min())
    x = np.linspace(MARGIN, WIDTH - MARGIN, max(len(trace.scores), 2))[: len(trace.scores)]
    share = (trace.scores - low) / (high - low if high > low else 1.0)
    y = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * np.clip(share, 0.0, 1.0)
    best_share = (trace.best - low) / (high - low if high > low else 1.0)
    y_best = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * best_share
    dots = "".join(
        f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="2.5" fill="#999"/>'
        for cx, cy in zip(x[finite], y[finite], strict=True)
    )
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        f"<title>{escape(trace.metric)} of each candidate, and the best so far</title>"
        f'{dots}<polyline points="{_steps(x, y_best)}" fill="none" stroke="#1f77b4" '
        'stroke-width="2"/></svg>'
    )


def _steps(x: np.ndarray, y: np.ndarray) -> str:
    """Corners of a line that stays level until the next candidate."""
    known = np.isfinite(y)
    x, y = x[known], y[known]
    corners = [f"{x[0]:.1f},{y[0]:.1f}"]
    for i in range(1, len(x)):
        corners += [f"{x[i]:.1f},{y[i - 1]:.1f}", f"{x[i]:.1f},{y[i]:.1f}"]
    return " ".join(corners)
