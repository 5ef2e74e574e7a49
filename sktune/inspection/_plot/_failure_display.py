"""``FailureDisplay``: where in the space fits fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._record import SearchRecord, read_search
from ._axes import axes_or_new, cycle_color, height_of, legend_above, shortened, styled

# How far the marks of a row are spread, so that marks of equal values do not overlap.
JITTER = 0.28


class FailureDisplay:
    """Values of the candidates that failed and of the others, for each parameter.

    Failed are those with a fold that could not be fitted, or has a score of nan or inf. Use
    :meth:`from_search`. The parameters in which the two differ most come first: look there
    for the cause.

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
    names_ : tuple of str
        The parameters, from above.
    points_ : list of matplotlib PathCollection
        The candidates that worked, and those that failed.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune.inspection import FailureDisplay
    >>> search = GridSearchCV(SVC(), {"C": [0.1, 1.0], "shrinking": [True, False]})
    >>> display = FailureDisplay.from_search(search.fit(*load_iris(return_X_y=True)))
    >>> display.ax_.get_title(loc="left")
    '0 of 4 candidates failed'
    """

    def __init__(self, record: SearchRecord) -> None:
        self.record = record

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        metric: str | None = None,
        ax: Any = None,
        scatter_kw: Mapping[str, Any] | None = None,
    ) -> FailureDisplay:
        """Draw where the candidates of a search failed.

        Parameters
        ----------
        search : fitted search or SearchRecord
            See :func:`read_search`.
        metric : str, default=None
            As in :func:`read_search`.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        scatter_kw : dict, default=None
            Style of the marks.

        Returns
        -------
        FailureDisplay

        Raises
        ------
        ValueError
            If nothing varies.
        MissingDependencyError
            If matplotlib is not installed.
        """
        record = read_search(search, metric)
        if not record.names:
            raise ValueError("Nothing varies: every parameter of the search has a single value.")
        return cls(record).plot(ax, scatter_kw=scatter_kw)

    def plot(
        self, ax: Any = None, *, scatter_kw: Mapping[str, Any] | None = None
    ) -> FailureDisplay:
        """Draw, or draw again.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        scatter_kw : dict, default=None
            Style of the marks.

        Returns
        -------
        FailureDisplay

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.
        """
        record, space = self.record, self.record.space
        points = space.snap(space.transform(record.settings))
        points = np.where(space.is_active(points), points, np.nan)
        has_failed = np.array(record.status) == "failed"
        order = _order(points, has_failed)
        self.names_ = tuple(record.names[j] for j in order)
        ax = axes_or_new(ax, "FailureDisplay.plot", height_of(2 * len(order)))
        heights = np.random.default_rng(0).uniform(-JITTER, JITTER, len(points))
        self.points_ = []
        for flags, marker, number, label in (
            (~has_failed, "o", 0, "worked"),
            (has_failed, "x", 1, "failed"),
        ):
            if not flags.any():
                continue
            x = points[flags][:, order].T.ravel()
            y = (np.arange(len(order))[:, None] + heights[flags]).ravel()
            style = {"marker": marker, "color": cycle_color(ax, number), "s": 22, "label": label}
            style |= {"alpha": 0.9 if marker == "x" else 0.5}
            style |= {"linewidths": 1.5 if marker == "x" else 0}
            self.points_.append(ax.scatter(x, y, **styled(style, scatter_kw)))
        self._draw_rows(ax, order)
        what = f"{has_failed.sum()} of {len(points)} candidates failed"
        ax.set_title(what, fontsize="small", loc="left", pad=28)
        legend_above(ax, side="right")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_rows(self, ax: Any, order: NDArray[np.intp]) -> None:
        """Draw names at the left, and the ends of each range or its choices below its row."""
        for row, column in enumerate(order):
            dimension = self.record.space.dimensions[column]
            units = dimension.grid() if dimension.n_values <= 5 else np.array([0.0, 0.5, 1.0])
            for unit in units.tolist():
                ax.annotate(
                    shortened(dimension.from_unit(unit), 10),
                    (unit, row + 0.47),
                    ha="center",
                    va="center",
                    fontsize="x-small",
                )
        ax.set_yticks(range(len(order)), [shortened(name) for name in self.names_])
        ax.set_ylim(len(order) - 0.35, -0.5)
        ax.set_xlim(-0.06, 1.06)
        ax.set_xticks([])


def _order(points: Any, has_failed: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Order of the parameters: those in which failures differ most from the rest come first.

    Measured by the largest difference of the two distribution functions (Kolmogorov-Smirnov).
    """
    distances = []
    for units in points.T:
        failed, worked = (
            np.sort(units[flags & ~np.isnan(units)]) for flags in (has_failed, ~has_failed)
        )
        if not len(failed) or not len(worked):
            distances.append(0.0)
            continue
        every = np.concatenate([failed, worked])
        shares = [
            np.searchsorted(part, every, side="right") / len(part) for part in (failed, worked)
        ]
        distances.append(float(np.abs(shares[0] - shares[1]).max()))
    return np.argsort(-np.array(distances), kind="stable")
