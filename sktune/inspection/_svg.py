"""The convergence of a search as a small picture in SVG, which needs no plotting library."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._trace import SearchTrace

Floats = NDArray[np.float64]

# Size of the picture in CSS pixels, and the margins that hold the numbers on the axes; the left
# one grows with the longest number, by the width of a character.
WIDTH, HEIGHT = 380, 150
LEFT, RIGHT, TOP, BOTTOM = 30, 10, 10, 36
CHARACTER = 6.5

# Scores that differ by less, relative to the largest, are equal up to rounding.
ROUNDING = 1e-12

# Differences below this one cannot be divided safely.
TINY = 1e-300


def convergence_svg(trace: SearchTrace) -> str:
    """Draw scores as dots and the best so far as a line, with axes; empty if no fit succeeded."""
    finite = np.isfinite(trace.scores)
    if not finite.any():
        return ""
    low, high = shown_range(trace.scores[finite])
    ticks = ticks_between(low, high)
    left = LEFT + CHARACTER * max(len(label) for _, label in ticks)
    x = _x(np.arange(1, len(trace.scores) + 1), len(trace.scores), left)
    y, y_best = _y(trace.scores, low, high), _y(trace.best, low, high)
    dots = "".join(
        f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="2.5" fill="#999"/>'
        for cx, cy in zip(x[finite], y[finite], strict=True)
    )
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-size="11" fill="currentColor">'
        f"<title>{escape(trace.metric)} of each candidate, and the best so far</title>"
        f"{_score_axis(trace.metric, ticks, left, low, high)}{_candidate_axis(len(x), left)}{dots}"
        f'<polyline points="{_steps(x, y_best)}" fill="none" stroke="#1f77b4" stroke-width="2"/>'
        "</svg>"
    )


def shown_range(scores: Floats) -> tuple[float, float]:
    """Ends of the score axis: the best, and the median of those below, or room around a tie.

    The worst scores would flatten the rest: they are drawn at the bottom.
    """
    high = float(scores.max())
    below = np.sort(scores[scores < high - max(ROUNDING * abs(high), TINY)])
    if len(below):
        return float(below[len(below) // 2]), high
    room = 0.05 * abs(high) or 0.05
    return high - room, min(high + room, float(np.finfo(float).max))


def _x(numbers: Any, n_candidates: int, left: float) -> Floats:
    """Places of candidates from left to right, in pixels."""
    share = (np.asarray(numbers) - 1) / max(n_candidates - 1, 1)
    return np.asarray(left + 4 + share * (WIDTH - left - RIGHT - 4))


def _y(scores: Any, low: float, high: float) -> Floats:
    """Heights of scores in pixels from above; those below the axis are drawn at its bottom."""
    # Halves, because the difference of two huge scores may overflow.
    share = (np.divide(scores, 2) - low / 2) / (high / 2 - low / 2)
    return np.asarray(HEIGHT - BOTTOM - np.clip(share, 0.0, 1.0) * (HEIGHT - TOP - BOTTOM))


def _score_axis(
    metric: str, ticks: list[tuple[float, str]], left: float, low: float, high: float
) -> str:
    """The axis on the left: a line, numbers and the metric's name."""
    foot, middle = HEIGHT - BOTTOM, (TOP + HEIGHT - BOTTOM) / 2
    drawn = _line(left, TOP, left, foot)
    for (_, label), y in zip(ticks, _y([score for score, _ in ticks], low, high), strict=True):
        drawn += _line(left - 4, y, left, y) + _text(left - 6, y + 4, "end", label)
    name = metric if len(metric) <= 20 else metric[:19] + "…"
    return f'{drawn}<g transform="rotate(-90 12 {middle})">{_text(12, middle, "middle", name)}</g>'


def _candidate_axis(n_candidates: int, left: float) -> str:
    """The axis below: a line, the first, middle and last number, and a label."""
    foot = HEIGHT - BOTTOM
    drawn = _line(left, foot, WIDTH - RIGHT, foot)
    drawn += _text((left + WIDTH - RIGHT) / 2, HEIGHT - 4, "middle", "candidate")
    numbers = sorted({1, (1 + n_candidates) // 2, n_candidates})
    for number, x in zip(numbers, _x(numbers, n_candidates, left), strict=True):
        drawn += _line(x, foot, x, foot + 4) + _text(x, foot + 16, "middle", str(number))
    return drawn


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="currentColor"/>'


def _text(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def ticks_between(low: float, high: float) -> list[tuple[float, str]]:
    """Two to five round scores between two ends, ascending, with their labels."""
    span = high / 2 - low / 2
    step = 10.0 ** np.floor(np.log10(span))
    step *= next(factor for factor in (0.5, 1.0, 2.0, 5.0) if 2 * span / (factor * step) <= 5)
    first, last = np.ceil(low / step), np.floor(high / step)
    # Steps as fine as rounding: only the ends are labelled.
    scores = [low, high] if last - first > 5 else (np.arange(first, last + 1) * step).tolist()
    digits = 1 + int(np.floor(np.log10(max(abs(low), abs(high)))) - np.floor(np.log10(step)))
    return [(score, _label(score, step, min(digits, 15))) for score in scores]


def _label(score: float, step: float, digits: int) -> str:
    """A score, as exact as the steps between the ticks are."""
    if step >= 1e-5 and abs(score) < 1e6:
        text = f"{score:.{max(0, -int(np.floor(np.log10(step))))}f}"
    else:
        text = f"{score:.{digits}g}"
    if not text.strip("-0."):  # as -0.0
        text = text.lstrip("-")
    return text.replace("-", "\u2212")


def _steps(x: Floats, y: Floats) -> str:
    """Corners of a step line that changes at each candidate."""
    known = np.isfinite(y)
    x, y = x[known], y[known]
    corners = [f"{x[0]:.1f},{y[0]:.1f}"]
    for i in range(1, len(x)):
        corners += [f"{x[i]:.1f},{y[i - 1]:.1f}", f"{x[i]:.1f},{y[i]:.1f}"]
    return " ".join(corners)
