"""What the displays share: axes, styles, and names that fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..._optional import require

# Longer names and values are cut: on an axis they would push the picture aside.
LONGEST = 24

# Height of a row, the extra height for the axis, and that of a line of a legend, in inches.
ROW, FRAME, LINE = 0.32, 1.4, 0.2

# Widest legend in inches: 390 pixels at 100 dpi, less room for the labels of the y axis.
WIDEST = 2.8

# How much the luminance of scores' colours differs from the background (WCAG 2's ratio). At 3, as
# WCAG asks of small graphics, half of viridis would be left on white.
CONTRAST = 2.0
# Least part of a colour map: where fewer of its 256 colours stand out, it is left as it is.
LEAST_COLORS = 64


def axes_or_new(ax: Any, caller: str, height: float = 4.0) -> Any:
    """Return the axes given, or those of a new figure of this height in inches.

    MissingDependencyError, which names the caller, if matplotlib is not installed.
    """
    pyplot = require("matplotlib.pyplot", "plot", caller)
    if ax is None:
        _, ax = pyplot.subplots(figsize=(6.4, height), layout="constrained")
    return ax


def height_of(n_rows: int, n_lines: int = 1) -> float:
    """Height in inches of a picture with so many rows, and lines of a legend above them."""
    return FRAME + ROW * max(n_rows, 2) + LINE * (n_lines - 1)


def label_axes(ax: Any, xlabel: str, ylabel: str) -> None:
    """Label the axes, with integers on the x axis, and add a legend."""
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.xaxis.get_major_locator().set_params(integer=True)
    legend_above(ax)


def few_ticks(ax: Any) -> None:
    """At most five ticks of the x axis: scores have many digits, and the figure may be narrow."""
    ax.xaxis.get_major_locator().set_params(nbins=4)


def legend_above(ax: Any, n_columns: int = 3, side: str = "left") -> None:
    """Put a legend above the axes: inside, it would hide what is drawn.

    It has as many columns, up to `n_columns`, as fit into a narrow picture: the figure may be
    resized later. `side` is "right" where the y axis has names, which leave little room.
    """
    if not ax.get_legend_handles_labels()[1]:
        return
    for n in range(n_columns, 0, -1):
        style = {"loc": f"lower {side}", "bbox_to_anchor": (float(side == "right"), 1.0)}
        legend = ax.legend(**style, ncols=n, frameon=False)
        if legend.get_window_extent().width <= WIDEST * ax.get_figure(root=True).dpi:
            return


def styled(defaults: Mapping[str, Any], given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Keyword arguments of a matplotlib call: the caller's override the defaults."""
    return {**defaults, **(given or {})}


def cycle_color(ax: Any, number: int = 0) -> Any:
    """A colour of the cycle that the caller's style has set."""
    pyplot = require("matplotlib.pyplot", "plot", "a display")
    colors = pyplot.rcParams["axes.prop_cycle"].by_key().get("color", ["C0"])
    return colors[number % len(colors)]


def text_color() -> Any:
    """Colour of text in the caller's style: light on dark, dark on light."""
    return require("matplotlib.pyplot", "plot", "a display").rcParams["text.color"]


def score_colormap(background: Any) -> Any:
    """The style's colour map, without the colours that are hardly seen on the background."""
    pyplot = require("matplotlib.pyplot", "plot", "a display")
    colors = require("matplotlib.colors", "plot", "a display")
    whole = pyplot.get_cmap()
    shades = whole(np.linspace(0.0, 1.0, 256))
    lighter, darker = (
        pick(_luminance(shades), _luminance(colors.to_rgba(background))) + 0.05
        for pick in (np.maximum, np.minimum)
    )
    stands_out = np.r_[False, lighter / darker >= CONTRAST, False]
    runs = np.flatnonzero(np.diff(stands_out)).reshape(-1, 2)
    begin, end = max(runs, key=lambda run: run[1] - run[0], default=(0, 0))
    return whole if end - begin < LEAST_COLORS else colors.ListedColormap(shades[begin:end])


def _luminance(colors: Any) -> Any:
    """Relative luminance of sRGB colours (WCAG 2), shape (..., 4) to (...)."""
    rgb = np.asarray(colors)[..., :3]
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def shortened(text: Any, longest: int = LONGEST) -> str:
    """Shorten a name or value in the middle: both ends of a nested name are informative."""
    text = shown(text)
    if len(text) <= longest:
        return text
    half = (longest - 1) // 2
    return f"{text[: longest - 1 - half]}…{text[-half:]}"


def shown(value: Any) -> str:
    """Format a value for a reader."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else repr(value)


def score_label(metric: str) -> str:
    """Label of an axis of scores."""
    return "cross-validated score" if metric == "score" else f"cross-validated {metric}"


def places_of(values: Sequence[Any], known: Sequence[Any]) -> list[int]:
    """Places of values among the known ones, compared by what is shown."""
    texts = [shown(value) for value in known]
    return [texts.index(shown(value)) for value in values]
