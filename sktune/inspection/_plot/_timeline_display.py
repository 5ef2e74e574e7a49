"""``TimelineDisplay``: which worker ran which fold, and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .._record import SearchRecord, read_search
from ._axes import axes_or_new, cycle_color, height_of, legend_above, styled

LABELS = {
    "complete": "fold of a complete candidate",
    "dropped": "raced away",
    "failed": "failed",
}


class TimelineDisplay:
    """One row for each worker, one bar for each fold, coloured by the status of its candidate.

    Use :meth:`from_search`. Gaps are time in which a worker was idle. A bar begins when the fold
    was submitted, or when the worker's last fold ended.

    Parameters
    ----------
    record : SearchRecord
        The search.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With the picture, once drawn.
    figure_ : matplotlib Figure
        The figure that holds it.
    bars_ : list of matplotlib PolyCollection
        The bars of each worker and status.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import BayesSearchCV
    >>> from sktune.inspection import TimelineDisplay
    >>> search = BayesSearchCV(SVC(), {"C": [0.1, 1.0, 10.0]}, n_iter=3)
    >>> display = TimelineDisplay.from_search(search.fit(*load_iris(return_X_y=True)))
    >>> display.ax_.get_xlabel()
    'seconds since the search began'
    """

    def __init__(self, record: SearchRecord) -> None:
        self.record = record

    @classmethod
    def from_search(
        cls, search: Any, *, ax: Any = None, bar_kw: Mapping[str, Any] | None = None
    ) -> TimelineDisplay:
        """Draw when the folds of a search were run.

        Parameters
        ----------
        search : fitted search or SearchRecord
            Of this package: others do not keep the times.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        bar_kw : dict, default=None
            Style of the bars.

        Returns
        -------
        TimelineDisplay

        Raises
        ------
        ValueError
            If the search has not kept when its folds were run.
        MissingDependencyError
            If matplotlib is not installed.
        """
        record = read_search(search)
        if record.fold_log is None or not len(record.fold_log.candidates):
            raise ValueError(
                "This search has not kept when its folds were run: searches of sktune keep it "
                "in fold_log_."
            )
        return cls(record).plot(ax, bar_kw=bar_kw)

    def plot(self, ax: Any = None, *, bar_kw: Mapping[str, Any] | None = None) -> TimelineDisplay:
        """Draw, or draw again.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        bar_kw : dict, default=None
            Style of the bars.

        Returns
        -------
        TimelineDisplay

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.
        """
        log = self.record.fold_log
        if log is None:
            raise ValueError("The record has no log of folds.")
        workers = list(dict.fromkeys(log.workers))
        status = np.array([self.record.status[candidate] for candidate in log.candidates])
        height = height_of(len(workers), n_lines=len(np.unique(status)))
        ax = axes_or_new(ax, "TimelineDisplay.plot", height)
        self.bars_, seen = [], set()
        for row, worker in enumerate(workers):
            mine = np.flatnonzero(np.array(log.workers) == worker)
            mine = mine[np.argsort(log.finished[mine], kind="stable")]
            ends = log.finished[mine]
            begins = np.maximum(log.submitted[mine], np.concatenate([[0.0], ends[:-1]]))
            for number, name in enumerate(LABELS):
                chosen = status[mine] == name
                if not chosen.any():
                    continue
                bars = list(zip(begins[chosen], (ends - begins)[chosen], strict=True))
                style = {"facecolors": cycle_color(ax, number), "linewidths": 0.5}
                style |= {"edgecolors": ax.get_facecolor()}
                style["label"] = None if name in seen else LABELS[name]
                seen.add(name)
                self.bars_.append(ax.broken_barh(bars, (row - 0.4, 0.8), **styled(style, bar_kw)))
        ax.set_yticks(range(len(workers)), [str(number + 1) for number in range(len(workers))])
        ax.set_ylim(len(workers) - 0.4, -0.6)
        ax.set_xlim(left=0.0)
        ax.set(xlabel="seconds since the search began", ylabel="worker")
        legend_above(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self
