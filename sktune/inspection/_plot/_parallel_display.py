"""``ParallelCoordinatesDisplay``: every candidate as a line across its parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._optional import require
from .._names import known_names
from .._record import SearchRecord, read_search
from ._axes import axes_or_new, score_colormap, score_label, shortened, styled

Floats = NDArray[np.float64]

# Ticks on the axis of a range.
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)

# Up to so many choices each get a tick; of more, only some do.
MAX_TICKS = 8


class ParallelCoordinatesDisplay:
    """One axis for each parameter, one line for each candidate, coloured by its score.

    Use :meth:`from_search`. A line ends where its setting has no such parameter. Each axis has the
    scale of the search space: equal distances are equally likely. Candidates that failed, or have a
    score of nan or inf, are left out; dropped ones have the score of the folds that were run.

    Parameters
    ----------
    record : SearchRecord
        The search.
    names : sequence of str
        The parameters, from left to right.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With the picture, once drawn.
    figure_ : matplotlib Figure
        The figure that holds it.
    lines_ : list of matplotlib Line2D
        One for each candidate with a score, the worst first.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune.inspection import ParallelCoordinatesDisplay
    >>> grid = {"C": [0.01, 1.0, 10.0], "gamma": [0.001, 0.1, 1.0]}
    >>> search = GridSearchCV(SVC(), grid).fit(*load_iris(return_X_y=True))
    >>> len(ParallelCoordinatesDisplay.from_search(search).lines_)
    9
    """

    def __init__(self, record: SearchRecord, names: Sequence[str]) -> None:
        self.record = record
        self.names = tuple(names)

    @classmethod
    def from_search(
        cls,
        search: Any,
        names: Sequence[str] | None = None,
        *,
        metric: str | None = None,
        ax: Any = None,
        line_kw: Mapping[str, Any] | None = None,
    ) -> ParallelCoordinatesDisplay:
        """Draw the candidates of a search.

        Parameters
        ----------
        search : fitted search or SearchRecord
            See :func:`read_search`.
        names : sequence of str, default=None
            Which parameters, from left to right; None: all that vary.
        metric : str, default=None
            As in :func:`read_search`.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        line_kw : dict, default=None
            Style of the lines.

        Returns
        -------
        ParallelCoordinatesDisplay

        Raises
        ------
        ValueError
            If a parameter is not known, nothing varies, or no candidate has a score.
        MissingDependencyError
            If matplotlib is not installed.
        """
        record = read_search(search, metric)
        given = record.names if names is None else names
        names = known_names(given, record.names, "some", most=len(record.names))
        if not record.is_scored.any():
            raise ValueError("No candidate of the search has a score.")
        return cls(record, names).plot(ax, line_kw=line_kw)

    def plot(
        self, ax: Any = None, *, line_kw: Mapping[str, Any] | None = None
    ) -> ParallelCoordinatesDisplay:
        """Draw, or draw again.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        line_kw : dict, default=None
            Style of the lines.

        Returns
        -------
        ParallelCoordinatesDisplay

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.
        """
        ax = axes_or_new(ax, "ParallelCoordinatesDisplay.plot", 4.4)
        colors = _Colors(self.record.scores, score_colormap(ax.get_facecolor()))
        rows = np.flatnonzero(self.record.is_scored & self.record.at_top)
        rows = rows[np.argsort(self.record.scores[rows], kind="stable")]
        places = self._places(rows)
        self.lines_ = []
        for order, (row, heights) in enumerate(zip(rows, places, strict=True)):
            is_best = row == self.record.best_index
            style = {
                "color": colors(self.record.scores[row]),
                "linewidth": 2.5 if is_best else 1.0,
                "alpha": 1.0 if is_best else 0.8,
                "zorder": 2 + order / len(rows),
            }
            # nan breaks a line, and a single point between two breaks needs a marker.
            marker = "." if np.isnan(heights).any() or len(heights) == 1 else ""
            (line,) = ax.plot(heights, marker=marker, **styled(style, line_kw))
            self.lines_.append(line)
        self._draw_axes(ax)
        bar = ax.figure.colorbar(colors.mappable, ax=ax, extend=colors.extend)
        bar.set_label(score_label(self.record.metric))
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _places(self, rows: NDArray[np.intp]) -> Floats:
        """Units of settings in each parameter, nan where it has none; (n_rows, n_names)."""
        space = self.record.space
        points = space.snap(space.transform([self.record.settings[row] for row in rows]))
        points = np.where(space.is_active(points), points, np.nan)
        return points[:, [self.record.names.index(name) for name in self.names]]

    def _draw_axes(self, ax: Any) -> None:
        """Draw a vertical line with values for each parameter, its name rotated below."""
        for place, name in enumerate(self.names):
            dimension = self.record.space.dimensions[self.record.names.index(name)]
            ax.axvline(place, color="gray", linewidth=0.8, zorder=1)
            for unit in _ticks(dimension):
                ax.annotate(
                    shortened(dimension.from_unit(unit), 10),
                    (place, unit),
                    (2, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize="x-small",
                    zorder=5,
                    bbox={
                        "facecolor": ax.get_facecolor(),
                        "alpha": 0.7,
                        "pad": 0.5,
                        "edgecolor": "none",
                    },
                )
        names = [shortened(name) for name in self.names]
        ax.set_xticks(range(len(names)), names, rotation=30, ha="right")
        ax.set_xlim(-0.1, len(names) - 0.5)
        ax.set_yticks([])
        for side in ("left", "right", "top", "bottom"):
            ax.spines[side].set_visible(False)


class _Colors:
    """Colours of scores: the better half spans the colour map, the rest has its lowest colour."""

    def __init__(self, scores: Floats, colormap: Any) -> None:
        cm = require("matplotlib.cm", "plot", "ParallelCoordinatesDisplay.plot")
        colors = require("matplotlib.colors", "plot", "ParallelCoordinatesDisplay.plot")
        finite = scores[np.isfinite(scores)]
        low, high = float(np.quantile(finite, 0.25)), float(finite.max())
        self.extend = "min" if finite.min() < low else "neither"
        scale = colors.Normalize(low, high if high > low else low + 1.0)
        self.mappable = cm.ScalarMappable(scale, colormap)

    def __call__(self, score: float) -> Any:
        return self.mappable.to_rgba(score)


def _ticks(dimension: Any) -> Sequence[float]:
    """Units that get a tick."""
    if dimension.n_values <= MAX_TICKS:
        return list(dimension.grid().tolist())
    return sorted(set(dimension.snap(np.array(TICKS)).tolist()))
