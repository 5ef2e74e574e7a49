"""``TraceDisplay``: the convergence of a search."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._trace import SearchTrace, search_trace
from ._axes import axes_or_new, cycle_color, label_axes, text_color


class TraceDisplay:
    """Score of each candidate and the best so far.

    Use :meth:`from_search`; the picture can be drawn again with :meth:`plot`.

    Parameters
    ----------
    trace : SearchTrace
        What is drawn.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With the picture, once drawn.
    figure_ : matplotlib Figure
        The figure that holds it.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune.inspection import TraceDisplay
    >>> search = GridSearchCV(SVC(), {"C": [0.001, 1, 10]}).fit(*load_iris(return_X_y=True))
    >>> TraceDisplay.from_search(search).ax_.get_xlabel()
    'candidate'
    """

    def __init__(self, trace: SearchTrace) -> None:
        self.trace = trace

    @classmethod
    def from_search(cls, search: Any, *, metric: str | None = None, ax: Any = None) -> TraceDisplay:
        """Draw the course of a fitted search.

        Parameters
        ----------
        search : fitted search
            Of this package or of scikit-learn.
        metric : str, default=None
            As in :func:`search_trace`.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.

        Returns
        -------
        TraceDisplay

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.
        """
        return cls(search_trace(search, metric)).plot(ax)

    def plot(self, ax: Any = None) -> TraceDisplay:
        """Draw, or draw again.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.

        Returns
        -------
        TraceDisplay

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.
        """
        ax = axes_or_new(ax, "TraceDisplay.plot")
        trace = self.trace
        numbers = np.arange(1, len(trace.scores) + 1)
        ax.errorbar(
            numbers,
            trace.scores,
            yerr=trace.stds,
            fmt="o",
            markersize=4,
            color="tab:gray",
            ecolor=(text_color(), 0.25),
            elinewidth=1,
            label="candidate, ± 1 std over the folds",
        )
        ax.step(
            numbers,
            trace.best,
            where="post",
            color=cycle_color(ax),
            linewidth=2,
            label="best so far",
        )
        # At the bottom of the picture, whatever the scale of the scores.
        foot = ax.get_xaxis_transform()
        for flags, marker, color, label in (
            (trace.has_failed, "x", "tab:red", "failed"),
            (trace.is_dropped, "|", "tab:gray", "dropped"),
        ):
            if flags.any():
                places = numbers[flags], np.zeros(flags.sum())
                ax.plot(*places, marker, color=color, transform=foot, clip_on=False, label=label)
        label_axes(ax, "candidate", _axis_label(trace.metric))
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _axis_label(metric: str) -> str:
    return "cross-validated score" if metric == "score" else f"cross-validated {metric}"
