"""``PairDisplay``: where the candidates lie, for every pair of parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._optional import require
from .._importance import shapley_shares
from .._importance._shapley import VarianceGame
from .._model._surrogate import explaining_model
from .._names import known_names
from .._record import SearchRecord, read_search
from ._axes import score_colormap, score_label, shortened, styled, text_color

Floats = NDArray[np.float64]

# With more parameters the panels are too small to read.
MAX_PARAMETERS = 6

# Points of the design that finds the most important parameters.
N_POINTS = 256

# Size of one panel in inches.
PANEL = 1.7


class PairDisplay:
    """Scatter plots of all pairs of parameters, coloured by score; scores on the diagonal.

    Use :meth:`from_search`. The axes are those of the search space, from the low end of each range
    to the high one; choices lie side by side. The best candidate has a ring. Candidates that
    failed, or have a score of nan or inf, are left out; dropped ones have the score of the folds
    that were run.

    Parameters
    ----------
    record : SearchRecord
        The search.
    names : sequence of str
        The parameters, 6 at most.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes, shape (n_names, n_names)
        The panels; None above the diagonal.
    figure_ : matplotlib Figure
        The figure that holds them.
    points_ : list of matplotlib PathCollection
        The candidates in each panel.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune.inspection import PairDisplay
    >>> grid = {"C": [0.01, 1.0, 10.0], "gamma": [0.001, 0.1, 1.0]}
    >>> search = GridSearchCV(SVC(), grid).fit(*load_iris(return_X_y=True))
    >>> PairDisplay.from_search(search).axes_.shape
    (2, 2)
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
        figure: Any = None,
        scatter_kw: Mapping[str, Any] | None = None,
    ) -> PairDisplay:
        """Draw the candidates of a search in every pair of parameters.

        Parameters
        ----------
        search : fitted search or SearchRecord
            See :func:`read_search`.
        names : sequence of str, default=None
            Which parameters, 6 at most; None: the most important ones.
        metric : str, default=None
            As in :func:`read_search`.
        figure : matplotlib Figure or SubFigure, default=None
            Where to draw; None: a new figure.
        scatter_kw : dict, default=None
            Style of the candidates.

        Returns
        -------
        PairDisplay

        Raises
        ------
        ValueError
            If a parameter is not known or there are too many, if nothing varies, or if no
            candidate has a score.
        MissingDependencyError
            If matplotlib is not installed.
        """
        record = read_search(search, metric)
        if not record.is_scored.any():
            raise ValueError("No candidate of the search has a score.")
        given = _most_important(record) if names is None else names
        how_many = f"1 to {MAX_PARAMETERS}"
        names = known_names(given, record.names, how_many, most=MAX_PARAMETERS)
        return cls(record, names).plot(figure, scatter_kw=scatter_kw)

    def plot(
        self, figure: Any = None, *, scatter_kw: Mapping[str, Any] | None = None
    ) -> PairDisplay:
        """Draw, or draw again.

        Parameters
        ----------
        figure : matplotlib Figure or SubFigure, default=None
            Where to draw; None: a new figure.
        scatter_kw : dict, default=None
            Style of the candidates.

        Returns
        -------
        PairDisplay

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.
        """
        pyplot = require("matplotlib.pyplot", "plot", "PairDisplay.plot")
        n_names = len(self.names)
        if figure is None:
            size = PANEL * max(n_names, 2) + 0.8
            figure = pyplot.figure(figsize=(size + 0.7, size), layout="constrained")
        axes = figure.subplots(n_names, n_names, squeeze=False)
        rows = np.flatnonzero(self.record.is_scored & self.record.at_top)
        rows = rows[np.argsort(self.record.scores[rows], kind="stable")]
        places, scores = self._places(rows), self.record.scores[rows]
        low, high = np.quantile(scores, 0.25), scores.max()
        style = {"c": scores, "s": 14, "linewidths": 0, "vmin": low, "vmax": high}
        style["cmap"] = score_colormap(axes[0, 0].get_facecolor())
        style = styled(style, scatter_kw)
        self.points_ = []
        self.axes_ = axes.astype(object)
        for i in range(n_names):
            for j in range(n_names):
                if j > i:
                    axes[i, j].remove()
                    self.axes_[i, j] = None
                    continue
                on_diagonal = i == j
                y = np.maximum(scores, low - 0.1 * (high - low)) if on_diagonal else places[:, i]
                self.points_.append(axes[i, j].scatter(places[:, j], y, **style))
                ring = {"facecolors": "none", "edgecolors": text_color(), "s": 60}
                axes[i, j].scatter(places[-1:, j], y[-1:], **ring)
                self._label(axes[i, j], i, j)
        kept = [ax for ax in self.axes_.ravel() if ax is not None]
        bar = figure.colorbar(self.points_[0], ax=kept, extend="min", shrink=0.8, aspect=30)
        bar.set_label(score_label(self.record.metric))
        self.figure_ = figure
        return self

    def _places(self, rows: NDArray[np.intp]) -> Floats:
        space = self.record.space
        points = space.snap(space.transform([self.record.settings[row] for row in rows]))
        points = np.where(space.is_active(points), points, np.nan)
        return points[:, [self.record.names.index(name) for name in self.names]]

    def _label(self, ax: Any, i: int, j: int) -> None:
        """Put ticks and names on the outer panels only."""
        if i == len(self.names) - 1:
            self._set_ticks(ax.set_xticks, self.names[j], rotation=30, ha="right")
            name = shortened(self.names[j], 18)
            ax.set_xlabel(name, fontsize="small", rotation=30, ha="right")
        else:
            ax.set_xticks([])
        ax.set_xlim(-0.05, 1.05)
        if i == j:
            # Its scores are those of the colour bar: ticks would overlap the next panel.
            ax.set_yticks([])
            if i == 0:
                ax.set_ylabel("score", fontsize="small")
            return
        ax.set_ylim(-0.05, 1.05)
        if j == 0:
            self._set_ticks(ax.set_yticks, self.names[i])
            ax.set_ylabel(shortened(self.names[i], 18), fontsize="small")
        else:
            ax.set_yticks([])

    def _set_ticks(self, setter: Any, name: str, **style: Any) -> None:
        dimension = self.record.space.dimensions[self.record.names.index(name)]
        if dimension.n_values <= 4:
            units = dimension.grid()
        else:
            units = np.unique(dimension.snap(np.array([0.0, 0.5, 1.0])))
        texts = [shortened(dimension.from_unit(unit), 8) for unit in units.tolist()]
        setter(units, texts, fontsize="x-small", **style)


def _most_important(record: SearchRecord) -> tuple[str, ...]:
    """At most 6 parameters, the most important first; all if there are no more."""
    if len(record.names) <= MAX_PARAMETERS:
        return record.names
    model = explaining_model(record)
    game = VarianceGame(model.at, len(record.names), N_POINTS, seed=0)
    shares = shapley_shares(game, seed=0)
    return tuple(record.names[i] for i in np.argsort(-shares, kind="stable")[:MAX_PARAMETERS])
