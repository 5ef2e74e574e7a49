"""The frame of a plot, which all displays share."""

from __future__ import annotations

from typing import Any

from ..._optional import require


def axes_or_new(ax: Any, caller: str) -> Any:
    """Return the axes given, or those of a new figure.

    MissingDependencyError, which names the caller, if matplotlib is not installed.
    """
    pyplot = require("matplotlib.pyplot", "plot", caller)
    if ax is None:
        _, ax = pyplot.subplots(figsize=(6.4, 4.0), layout="constrained")
    return ax


def label_axes(ax: Any, xlabel: str, ylabel: str) -> None:
    """Name what is counted on the x axis and shown on the y axis, and add a legend."""
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.xaxis.get_major_locator().set_params(integer=True)
    # Above the axes: inside, it would hide what is drawn.
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, frameon=False)
