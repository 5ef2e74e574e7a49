"""Pictures of a report in SVG: axes, and what is drawn between them.

Colours are classes of the style sheet, so that one page serves light and dark screens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._shown import escaped, number
from .._svg import ticks_between

Floats = NDArray[np.float64]

# Size of a picture in its own units, which are CSS pixels on a phone, and the margins around the
# axes; the left one grows with the labels, by the width of a character.
WIDTH, HEIGHT = 380, 230
LEFT, RIGHT, TOP, BOTTOM = 28.0, 10.0, 10.0, 38.0
CHARACTER = 6.2

# Labels on an axis are shortened to so many characters.
LONGEST = 14


@dataclass(frozen=True)
class Axis:
    """One axis: its ends, and whether equal steps are equal factors.

    Parameters
    ----------
    low, high : float
        Ends, both finite and different.
    label : str
        Name of what it shows.
    is_log : bool
        Whether it is logarithmic; then both ends are above 0.
    words : sequence of str
        Names of the places 0, 1, ... in place of numbers.
    """

    low: float
    high: float
    label: str = ""
    is_log: bool = False
    words: Sequence[str] = ()

    def share(self, values: Any) -> Floats:
        """Where values lie between the ends, 0 to 1 if they are inside."""
        values = np.asarray(values, dtype=float)
        if self.is_log:
            ends = np.log([self.low, self.high])
            return np.asarray((np.log(np.maximum(values, 1e-300)) - ends[0]) / (ends[1] - ends[0]))
        # Halves, because the difference of two huge numbers is no float.
        return np.asarray((values / 2 - self.low / 2) / (self.high / 2 - self.low / 2))

    def ticks(self) -> list[tuple[float, str]]:
        """Values to mark, with their labels."""
        if self.words:
            step = max(1, -(-len(self.words) // 12))
            return [(i, shortened(self.words[i])) for i in range(0, len(self.words), step)]
        if not self.is_log:
            return ticks_between(self.low, self.high)
        first, last = np.ceil(np.log10(self.low)), np.floor(np.log10(self.high))
        step = max(1.0, np.ceil((last - first) / 5))
        powers = 10.0 ** np.arange(first, last + 1, step)
        marks = powers if len(powers) > 1 else np.array([self.low, self.high])
        return [(float(mark), number(mark, 2)) for mark in marks]


def axis_of(values: Any, label: str = "", *, is_log: bool = False, room: float = 0.06) -> Axis:
    """An axis round all values, with some room at its ends."""
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    if is_log and (not len(values) or values.min() <= 0):
        is_log = False
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    if high <= low or high / 2 - low / 2 <= 1e-12 * max(abs(low), abs(high)):
        space = 0.05 * abs(low) or 0.05
        return Axis(low - space, low + space, label)
    if is_log:
        factor = (high / low) ** room
        return Axis(low / factor, high * factor, label, True)
    space = room * (high / 2 - low / 2) * 2
    largest = float(np.finfo(float).max)
    return Axis(max(low - space, -largest), min(high + space, largest), label)


def shortened(text: str, longest: int = LONGEST) -> str:
    """Text that fits beside an axis."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


class Picture:
    """Axes and the marks between them.

    Parameters
    ----------
    title : str
        What the picture shows, for those who cannot see it.
    x, y : Axis
        The axes; the first place of words is at the top.
    height : float
        In units of the picture.
    """

    def __init__(self, title: str, x: Axis, y: Axis, height: float = HEIGHT) -> None:
        self._title, self._x, self._y, self._height = title, x, y, height
        longest = max((len(label) for _, label in y.ticks()), default=0)
        self._left = LEFT + CHARACTER * longest if y.label else 10.0 + CHARACTER * longest
        self._marks: list[str] = []

    def x(self, values: Any) -> Floats:
        """Horizontal places of values."""
        share = np.clip(self._x.share(values), -0.02, 1.02)
        return np.asarray(self._left + share * (WIDTH - RIGHT - self._left))

    def y(self, values: Any) -> Floats:
        """Vertical places of values, from above."""
        share = np.clip(self._y.share(values), -0.02, 1.02)
        if self._y.words:
            share = 1.0 - share
        return np.asarray(self._foot - share * (self._foot - TOP))

    @property
    def _foot(self) -> float:
        return self._height - BOTTOM

    def dots(
        self, x: Any, y: Any, titles: Iterable[str], kind: str = "dot", radius: float = 2.5
    ) -> None:
        """A mark for each pair of values, with a title."""
        dots = "".join(
            f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="{radius:g}">'
            f"<title>{escaped(title)}</title></circle>"
            for cx, cy, title in zip(self.x(x), self.y(y), titles, strict=True)
        )
        self._marks.append(f'<g class="{kind}">{dots}</g>')

    def line(self, x: Any, y: Any, kind: str = "line", *, is_stepped: bool = False) -> None:
        """A line through values; with steps it stays level until the next one."""
        px, py = self.x(x), self.y(y)
        known = np.isfinite(px) & np.isfinite(py)
        px, py = px[known], py[known]
        if is_stepped and len(px):
            px, py = np.repeat(px, 2)[1:], np.repeat(py, 2)[:-1]
        self._marks.append(f'<polyline class="{kind}" points="{_corners(px, py)}"/>')

    def band(self, x: Any, low: Any, high: Any) -> None:
        """The area between two lines."""
        px = self.x(x)
        corners = f"{_corners(px, self.y(low))} {_corners(px[::-1], self.y(high)[::-1])}"
        self._marks.append(f'<polygon class="band" points="{corners}"/>')

    def bar(
        self, x: tuple[float, float], y: tuple[float, float], title: str, kind: str = "bar"
    ) -> None:
        """A rectangle between two values on each axis."""
        (x0, x1), (y0, y1) = np.sort(self.x(x)), np.sort(self.y(y))
        self._marks.append(
            f'<rect class="{kind}" x="{x0:.1f}" y="{y0:.1f}" width="{max(x1 - x0, 0.6):.1f}" '
            f'height="{max(y1 - y0, 0.6):.1f}"><title>{escaped(title)}</title></rect>'
        )

    def tile(self, x: Any, y: Any, shade: float, title: str) -> None:
        """A part of a map; the shade goes from 0 to 1."""
        (x0, x1), (y0, y1) = np.sort(x), np.sort(y)
        self._marks.append(
            f'<rect class="tile" x="{x0:.1f}" y="{y0:.1f}" width="{x1 - x0 + 0.4:.1f}" '
            f'height="{y1 - y0 + 0.4:.1f}" fill-opacity="{0.04 + 0.9 * shade:.2f}">'
            f"<title>{escaped(title)}</title></rect>"
        )

    def span(self, low: float, high: float, y: float) -> None:
        """A thin line from low to high: a band of one value."""
        (x0, x1), (cy,) = self.x([low, high]), self.y([y])
        self._marks.append(f'<path class="span" d="M{x0:.1f} {cy - 4:.1f}v8m0-4H{x1:.1f}m0-4v8"/>')

    def level(self, y: float, text: str) -> None:
        """A line across at one value, with what it is."""
        (cy,) = self.y([y])
        self._marks.append(
            f'<path class="level" d="M{self._left:.1f} {cy:.1f}H{WIDTH - RIGHT}"/>'
            + _text(WIDTH - RIGHT, cy - 4, "end", text)
        )

    def svg(self) -> str:
        """The picture."""
        return (
            f'<svg viewBox="0 0 {WIDTH} {self._height:g}" role="img" '
            f'aria-label="{escaped(self._title)}">{self._axes()}{"".join(self._marks)}</svg>'
        )

    def _axes(self) -> str:
        left, foot, right = self._left, self._foot, WIDTH - RIGHT
        drawn = f'<path class="axis" d="M{left:.1f} {TOP}V{foot:.1f}H{right:.1f}"/>'
        ticks = self._y.ticks()
        for (_, label), y in zip(ticks, self.y([value for value, _ in ticks]), strict=True):
            drawn += _text(left - 5, y + 4, "end", label)
        drawn += self._x_labels()
        if self._x.label:
            drawn += _text(
                (left + right) / 2, self._height - 5, "middle", shortened(self._x.label, 44)
            )
        if self._y.label:
            middle = (TOP + foot) / 2
            label = _text(11, middle, "middle", shortened(self._y.label, 26))
            drawn += f'<g transform="rotate(-90 11 {middle:.1f})">{label}</g>'
        return drawn

    def _x_labels(self) -> str:
        """Labels that do not run into each other."""
        ticks, drawn, end = self._x.ticks(), "", -np.inf
        places = self.x([value for value, _ in ticks])
        for (_, label), x in zip(ticks, places, strict=True):
            half = CHARACTER * len(label) / 2
            middle = float(np.clip(x, half + 2, WIDTH - half - 2))
            if middle - half > end:
                drawn += f'<path class="axis" d="M{x:.1f} {self._foot:.1f}v4"/>'
                drawn += _text(middle, self._foot + 16, "middle", label)
                end = middle + half + 4
        return drawn


def _text(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escaped(text)}</text>'


def _corners(x: Floats, y: Floats) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
