"""``ParetoDisplay``: the front of a search, and how it grew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from ..._optional import require
from .._pareto._front import RATIO_COSTS, ParetoFront, pareto_front
from .._pareto._metrics import checked_metrics
from ._axes import axes_or_new, cycle_color, label_axes, legend_above, styled, text_color

# Costs that spread over so many times the smallest get a logarithmic axis.
WIDE = 8.0

# Most metrics: of more, the pairs cannot be seen.
MAX_METRICS = 4

# Size of one panel in inches.
PANEL = (4.6, 3.8)


class ParetoDisplay:
    """The settings that no other beats in every score, among all that were tried.

    Use :meth:`from_search`. Two metrics are one picture, with a line along the front; more of them
    are a row of all pairs, in each of which points of the front may lie behind others.

    Parameters
    ----------
    front : ParetoFront
        What is drawn.
    chosen : int or None, default=None
        Row of ``cv_results_`` that gets a ring; None: none.
    thresholds : dict of str to float, default=None
        Beyond which a setting is not worth knowing, drawn as lines.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes, shape (n_pairs,)
        The panels.
    figure_ : matplotlib Figure
        The figure that holds them.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sktune.inspection import ParetoDisplay
    >>> search = GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1, 2, 3]})
    >>> search = search.fit(*load_iris(return_X_y=True))
    >>> ParetoDisplay.from_search(search, ["score", "fit_time"]).axes_[0].get_ylabel()
    'score'
    """

    def __init__(
        self,
        front: ParetoFront,
        chosen: int | None = None,
        thresholds: Mapping[str, float] | None = None,
    ) -> None:
        self.front = front
        self.chosen = chosen
        self.thresholds = thresholds

    @classmethod
    def from_search(
        cls,
        search: Any,
        metrics: Sequence[str] | None = None,
        *,
        figure: Any = None,
        point_kw: Mapping[str, Any] | None = None,
    ) -> ParetoDisplay:
        """Draw the front of a fitted search.

        Parameters
        ----------
        search : fitted search
            As in :func:`pareto_front`. The chosen setting of it has a ring.
        metrics : sequence of str, default=None
            As in :func:`pareto_front`, 4 at most.
        figure : matplotlib Figure or SubFigure, default=None
            Where to draw; None: a new figure.
        point_kw : dict, default=None
            Style of the points of the front.

        Returns
        -------
        ParetoDisplay

        Raises
        ------
        ValueError
            If the metrics cannot be used, or no candidate has a score in all of them.
        MissingDependencyError
            If matplotlib is not installed.
        """
        metrics = checked_metrics(search, metrics)
        thresholds = getattr(search, "thresholds", None) or {}
        thresholds = {name: value for name, value in thresholds.items() if name in metrics}
        front = pareto_front(search, metrics, reference=thresholds)
        chosen = getattr(search, "best_index_", None)
        return cls(front, chosen, thresholds or None).plot(figure, point_kw=point_kw)

    def plot(
        self, figure: Any = None, *, point_kw: Mapping[str, Any] | None = None
    ) -> ParetoDisplay:
        """Draw, again if need be.

        Parameters
        ----------
        figure : matplotlib Figure or SubFigure, default=None
            Where to draw; None: a new figure.
        point_kw : dict, default=None
            Style of the points of the front.

        Returns
        -------
        ParetoDisplay

        Raises
        ------
        ValueError
            If there are more than 4 metrics, or no candidate has a score in all of them.
        MissingDependencyError
            If matplotlib is not installed.
        """
        pyplot = require("matplotlib.pyplot", "plot", "ParetoDisplay.plot")
        n_metrics = len(self.front.metrics)
        if n_metrics > MAX_METRICS:
            raise ValueError(
                f"A ParetoDisplay shows {MAX_METRICS} metrics at most, got "
                f"{list(self.front.metrics)}: name some of them."
            )
        if not len(self.front):
            raise ValueError("No candidate of the search has a score in all metrics.")
        # The first metric goes up, costs to the right.
        pairs = [(j, i) for i, j in combinations(range(n_metrics), 2)]
        if figure is None:
            size = (PANEL[0] * len(pairs) + 1.0, PANEL[1])
            figure = pyplot.figure(figsize=size, layout="constrained")
        self.axes_ = np.atleast_1d(figure.subplots(1, len(pairs)))
        for ax, (x, y) in zip(self.axes_, pairs, strict=True):
            self._draw_pair(ax, x, y, point_kw)
        legend_above(self.axes_[0], 2)
        self.figure_ = figure
        return self

    def plot_hypervolume(self, ax: Any = None) -> Any:
        """Draw the hypervolume against the candidates: how the front grew.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.
        """
        ax = axes_or_new(ax, "ParetoDisplay.plot_hypervolume")
        volumes = self.front.hypervolumes()
        whole = volumes[-1] if volumes[-1] > 0 else 1.0
        numbers = np.arange(1, len(volumes) + 1)
        ax.step(numbers, volumes / whole, where="post", color=cycle_color(ax), linewidth=2)
        label_axes(ax, "candidate", "hypervolume, as a share of the last")
        return ax

    def _draw_pair(self, ax: Any, x: int, y: int, point_kw: Mapping[str, Any] | None) -> None:
        front, color = self.front, cycle_color(ax)
        is_known = np.isfinite(front.all_scores).all(axis=1)
        rest = front.all_scores[np.setdiff1d(np.flatnonzero(is_known), front.indices)]
        style = {"s": 14, "linewidths": 0, "color": text_color(), "alpha": 0.4}
        if len(rest):
            ax.scatter(rest[:, x], rest[:, y], label="beaten by the front", **style)
        order = np.argsort(front.scores[:, x], kind="stable")
        points, stds = front.scores[order], front.stds[order]
        if len(front.metrics) == 2:
            ax.plot(points[:, x], points[:, y], color=color, linewidth=1, alpha=0.6)
        style = {"fmt": "o", "markersize": 5, "elinewidth": 1, "color": color}
        ax.errorbar(
            points[:, x],
            points[:, y],
            xerr=stds[:, x],
            yerr=stds[:, y],
            label="front, ± 1 std over the folds",
            **styled(style, point_kw),
        )
        if self.chosen is not None:
            ring = {"facecolors": "none", "edgecolors": text_color(), "s": 110, "zorder": 5}
            chosen = front.all_scores[self.chosen]
            ax.scatter(chosen[x], chosen[y], label="chosen", **ring)
        self._draw_thresholds(ax, x, y)
        for k, name in ((x, "x"), (y, "y")):
            getattr(ax, f"set_{name}label")(_label(front, k))
            if _is_wide(front, k):
                getattr(ax, f"set_{name}scale")("log")
                if name == "x":  # ticks between powers of ten are as wide as they are close
                    ax.tick_params(axis="x", which="both", labelrotation=45)

    def _draw_thresholds(self, ax: Any, x: int, y: int) -> None:
        given = self.thresholds or {}
        style = {"color": text_color(), "linestyle": ":", "linewidth": 1}
        for k, line in ((x, ax.axvline), (y, ax.axhline)):
            if (name := self.front.metrics[k]) in given:
                line(given[name], **style)


def _label(front: ParetoFront, k: int) -> str:
    units = {
        "fit_time": "s",
        "score_time": "s",
        "prediction_time": "s a row",
        "model_size": "bytes",
    }
    name = front.metrics[k]
    return f"{name} ({units[name]})" if name in front.costs and name in units else name


def _is_wide(front: ParetoFront, k: int) -> bool:
    name, scores = front.metrics[k], front.all_scores[:, k]
    scores = scores[np.isfinite(scores)]
    is_ratio = name in front.costs and name in RATIO_COSTS
    return bool(is_ratio and scores.min() > 0 and scores.max() > WIDE * scores.min())
