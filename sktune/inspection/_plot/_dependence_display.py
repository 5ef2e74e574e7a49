"""``ScoreDependenceDisplay``: the score along a parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .._dependence import ScoreDependence, score_dependence
from ._axes import axes_or_new, cycle_color, legend_above, places_of, score_label, shortened, styled

# Candidates below this quantile of the scores are drawn at the bottom: very bad ones would flatten
# the rest.
FOOT = 0.1


class ScoreDependenceDisplay:
    """The score along one parameter, with its band and the candidates, or over two.

    Use :meth:`from_search`. Along one parameter, candidates lie above or below the line because
    of their other parameters; those far below are drawn at the bottom.

    Parameters
    ----------
    dependence : ScoreDependence
        What is drawn.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With the picture, once drawn.
    figure_ : matplotlib Figure
        The figure that holds it.
    lines_ : list of matplotlib Line2D
        The mean, for one parameter.
    contours_ : matplotlib QuadContourSet or QuadMesh or None
        The mean, for two.
    points_ : matplotlib PathCollection
        The candidates.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import RandomizedSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune.inspection import ScoreDependenceDisplay
    >>> search = RandomizedSearchCV(SVC(), {"C": loguniform(1e-3, 1e3)}, random_state=0)
    >>> display = ScoreDependenceDisplay.from_search(
    ...     search.fit(*load_iris(return_X_y=True)), "C"
    ... )
    >>> display.ax_.get_xscale()
    'log'
    """

    def __init__(self, dependence: ScoreDependence) -> None:
        self.dependence = dependence

    @classmethod
    def from_search(
        cls,
        search: Any,
        names: str | Sequence[str],
        *,
        ax: Any = None,
        line_kw: Mapping[str, Any] | None = None,
        band_kw: Mapping[str, Any] | None = None,
        scatter_kw: Mapping[str, Any] | None = None,
        contour_kw: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> ScoreDependenceDisplay:
        """Draw how the score of a search depends on one parameter or two.

        Parameters
        ----------
        search : fitted search or SearchRecord
            See :func:`read_search`.
        names : str or sequence of str
            One parameter, or two.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        line_kw, band_kw, scatter_kw, contour_kw : dict, default=None
            Styles of the mean, its band, the candidates, and the mean over two parameters.
        **options : dict
            For :func:`score_dependence`, such as `kind`.

        Returns
        -------
        ScoreDependenceDisplay

        Raises
        ------
        ValueError
            If a parameter is not known, or the search cannot be explained.
        MissingDependencyError
            If matplotlib is not installed.
        """
        return cls(score_dependence(search, names, **options)).plot(
            ax, line_kw=line_kw, band_kw=band_kw, scatter_kw=scatter_kw, contour_kw=contour_kw
        )

    def plot(
        self,
        ax: Any = None,
        *,
        line_kw: Mapping[str, Any] | None = None,
        band_kw: Mapping[str, Any] | None = None,
        scatter_kw: Mapping[str, Any] | None = None,
        contour_kw: Mapping[str, Any] | None = None,
    ) -> ScoreDependenceDisplay:
        """Draw, or draw again.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        line_kw, band_kw, scatter_kw, contour_kw : dict, default=None
            As in :meth:`from_search`.

        Returns
        -------
        ScoreDependenceDisplay

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.
        """
        ax = axes_or_new(ax, "ScoreDependenceDisplay.plot")
        self.lines_: list[Any] = []
        self.contours_: Any = None
        if len(self.dependence.names) == 1:
            self._draw_line(ax, line_kw, band_kw, scatter_kw)
            ax.set_ylabel(score_label(self.dependence.metric))
            legend_above(ax)
        else:
            self._draw_map(ax, scatter_kw, contour_kw)
            self._set_axis(ax, 1)
        self._set_axis(ax, 0)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_line(self, ax: Any, line_kw: Any, band_kw: Any, scatter_kw: Any) -> None:
        found, color = self.dependence, cycle_color(ax)
        places = self._places(0, found.values[0])
        name = "mean" if found.kind == "average" else "through the best"
        marker = "" if found.is_numeric[0] else "o"
        style = {"color": color, "linewidth": 2, "label": name, "marker": marker}
        self.lines_ += ax.plot(places, found.mean, **styled(style, line_kw))
        style = {"color": color, "alpha": 0.2, "linewidth": 0, "label": "90 % band"}
        ax.fill_between(places, found.low, found.high, **styled(style, band_kw))
        low = min(float(np.quantile(found.scores, FOOT)), float(found.low.min()))
        room = 0.05 * (max(found.scores.max(), found.high.max()) - low)
        style = {"s": 14, "color": cycle_color(ax, 1), "label": "candidates", "zorder": 3}
        style |= {"linewidths": 0, "alpha": 0.8}
        tried = self._places(0, [row[0] for row in found.tried])
        scores = np.maximum(found.scores, low - room)
        self.points_ = ax.scatter(tried, scores, **styled(style, scatter_kw))

    def _draw_map(self, ax: Any, scatter_kw: Any, contour_kw: Any) -> None:
        found = self.dependence
        x, y = (self._places(i, values) for i, values in enumerate(found.values))
        if all(found.is_numeric):
            style: dict[str, Any] = {"levels": 12}
            self.contours_ = ax.contourf(x, y, found.mean.T, **styled(style, contour_kw))
        else:
            style = {"shading": "nearest"}
            self.contours_ = ax.pcolormesh(x, y, found.mean.T, **styled(style, contour_kw))
        ax.figure.colorbar(self.contours_, ax=ax, label=score_label(found.metric))
        tried = [self._places(i, [row[i] for row in found.tried]) for i in range(2)]
        # A white dot with a black edge is visible on light and on dark.
        style = {"s": 18, "facecolors": "white", "edgecolors": "black", "linewidths": 0.8}
        self.points_ = ax.scatter(*tried, **styled(style, scatter_kw))

    def _places(self, which: int, values: Sequence[Any]) -> Any:
        """Places of values on their axis: numbers at their value, others side by side."""
        if self.dependence.is_numeric[which]:
            return np.array(values, dtype=float)
        return np.array(places_of(values, self.dependence.values[which]), dtype=float)

    def _set_axis(self, ax: Any, which: int) -> None:
        found = self.dependence
        axis, name = ("x", "y")[which], shortened(found.names[which], 40)
        ax.set(**{f"{axis}label": name})
        if found.is_log[which]:
            ax.set(**{f"{axis}scale": "log"})
        if not found.is_numeric[which]:
            texts = [shortened(value, 16) for value in found.values[which]]
            setter = ax.set_xticks if axis == "x" else ax.set_yticks
            turned = axis == "x" and sum(map(len, texts)) > 50
            style = {"rotation": 30, "ha": "right"} if turned else {}
            setter(range(len(texts)), texts, **style)
