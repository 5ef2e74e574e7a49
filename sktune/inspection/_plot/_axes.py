"""What the displays share: axes, styles, and names that fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..._optional import require

# Longer names and values are cut: on an axis they would push the picture aside.
LONGEST = 24

# Height of a row, and the extra height for the axis, in inches.
ROW, FRAME = 0.32, 1.4


def axes_or_new(ax: Any, caller: str, height: float = 4.0) -> Any:
    """Return the axes given, or those of a new figure of this height in inches.

    MissingDependencyError, which names the caller, if matplotlib is not installed.
    """
    pyplot = require("matplotlib.pyplot", "plot", caller)
    if ax is None:
        _, ax = pyplot.subplots(figsize=(6.4, height), layout="constrained")
    return ax


def height_of(n_rows: int) -> float:
    """Height in inches of a picture with so many rows."""
    return FRAME + ROW * max(n_rows, 2)


def label_axes(ax: Any, xlabel: str, ylabel: str) -> None:
    """Label the axes, with integers on the x axis, and add a legend."""
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.xaxis.get_major_locator().set_params(integer=True)
    legend_above(ax)


def legend_above(ax: Any, n_columns: int = 3) -> None:
    """Put a legend above the axes: inside, it would hide what is drawn."""
    if ax.get_legend_handles_labels()[1]:
        ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=n_columns, frameon=False)


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
