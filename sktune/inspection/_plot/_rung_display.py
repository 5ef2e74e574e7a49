"""``RungDisplay``: how far the settings of a search were trained, and what for."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._rungs import RungTrace, rung_trace
from ._axes import axes_or_new, legend_above, score_label, text_color

# What is drawn later lies above.
FATES = {
    "paused": ("tab:gray", 0.8, "not trained further"),
    "failed": ("tab:red", 0.8, "failed"),
    "full": ("tab:blue", 1.2, "fully trained"),
    "winner": ("tab:orange", 2.4, "winner"),
}

KINDS = ("curves", "spent", "correlation")


class RungDisplay:
    """Settings that were trained in steps, in one of three pictures.

    Use :meth:`from_search`; the picture can be drawn again with :meth:`plot`.

    Parameters
    ----------
    trace : RungTrace
        What is drawn.
    kind : {"curves", "spent", "correlation"}, default="curves"
        - "curves": the score of every setting over its resource, coloured by its fate.
        - "spent": the best score over the resource that was spent.
        - "correlation": how well the ranks on two rungs agree, and over how many settings.

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
    >>> from scipy.stats import uniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sktune import HyperbandSearchCV
    >>> from sktune.inspection import RungDisplay
    >>> search = HyperbandSearchCV(
    ...     RandomForestClassifier(n_estimators=9, random_state=0),
    ...     {"max_features": uniform(0.1, 0.9), "max_samples": uniform(0.1, 0.9)},
    ...     resource="epochs",
    ...     n_iter=3,
    ...     cv=2,
    ...     random_state=0,
    ... ).fit(*load_iris(return_X_y=True))
    >>> RungDisplay.from_search(search).ax_.get_xlabel()
    'resource'
    """

    def __init__(self, trace: RungTrace, kind: str = "curves") -> None:
        self.trace = trace
        self.kind = kind

    @classmethod
    def from_search(
        cls, search: Any, *, kind: str = "curves", metric: str | None = None, ax: Any = None
    ) -> RungDisplay:
        """Draw how the settings of a fitted search were trained.

        Parameters
        ----------
        search : fitted search
            As in :func:`rung_trace`.
        kind : {"curves", "spent", "correlation"}, default="curves"
            Which picture.
        metric : str, default=None
            As in :func:`rung_trace`.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.

        Returns
        -------
        RungDisplay

        Raises
        ------
        ValueError
            If the search does not train settings further, or there is no such kind or metric.
        MissingDependencyError
            If matplotlib is not installed.
        """
        return cls(rung_trace(search, metric), kind).plot(ax)

    def plot(self, ax: Any = None) -> RungDisplay:
        """Draw, again if need be.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.

        Returns
        -------
        RungDisplay

        Raises
        ------
        ValueError
            If there is no such kind.
        MissingDependencyError
            If matplotlib is not installed.
        """
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {list(KINDS)}, got {self.kind!r}.")
        ax = axes_or_new(ax, "RungDisplay.plot")
        draw = {"curves": self._curves, "spent": self._spent, "correlation": self._correlation}
        draw[self.kind](ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _curves(self, ax: Any) -> None:
        trace = self.trace
        for number, (fate, (color, width, label)) in enumerate(FATES.items()):
            own = [row for row, f in zip(trace.scores, trace.fates, strict=True) if f == fate]
            for place, row in enumerate(own):
                ax.plot(
                    trace.rungs,
                    row,
                    marker="o",
                    markersize=2 + width,
                    color=color,
                    linewidth=width,
                    alpha=0.6 if fate == "paused" else 1.0,
                    zorder=2 + number,
                    label=f"_{label}" if place else f"{label} ({len(own)})",
                )
        _log_rungs(ax, trace)
        ax.set(xlabel="resource", ylabel=score_label(trace.metric))
        legend_above(ax, 2)

    def _spent(self, ax: Any) -> None:
        trace = self.trace
        full = trace.spent / trace.rungs[-1]
        ax.step(full, trace.best, where="post", color="tab:blue", linewidth=2, label="best so far")
        at_end = np.isfinite(trace.best) & (np.diff(trace.best, prepend=np.nan) != 0)
        ax.plot(full[at_end], trace.best[at_end], "o", color="tab:blue", markersize=4)
        ax.set(xlabel="spent, in full trainings", ylabel=score_label(trace.metric))
        ax.set_xlim(0, None)
        legend_above(ax)

    def _correlation(self, ax: Any) -> None:
        trace = self.trace
        names = [f"{rung:g}" for rung in trace.rungs]
        ax.imshow(trace.correlations, vmin=-1, vmax=1, cmap="RdBu", aspect="auto")
        for i in range(len(names)):
            for j in range(len(names)):
                value, n_shared = trace.correlations[i, j], trace.n_shared[i, j]
                text = f"{value:.2f}\n({n_shared})" if np.isfinite(value) else f"({n_shared})"
                is_dark = np.isfinite(value) and abs(value) > 0.6
                color = "white" if is_dark else "black" if np.isfinite(value) else text_color()
                ax.text(j, i, text, ha="center", va="center", color=color)
        ax.set_xticks(range(len(names)), names)
        ax.set_yticks(range(len(names)), names)
        ax.set(xlabel="resource", ylabel="resource")
        ax.set_title("rank correlation (settings with both)", fontsize="small", loc="left")


def _log_rungs(ax: Any, trace: RungTrace) -> None:
    """An axis of the resource that has the rungs as its ticks."""
    if len(trace.rungs) > 1:
        ax.set_xscale("log")
    ax.set_xticks(trace.rungs, [f"{rung:g}" for rung in trace.rungs])
    ax.minorticks_off()
