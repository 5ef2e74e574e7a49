"""``FoldScoresDisplay``: the best candidates fold by fold, and which are within noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._comparison import half_width
from .._record import SearchRecord, read_search
from .._whole_numbers import check_whole
from ._axes import axes_or_new, cycle_color, few_ticks, height_of, legend_above, score_label, styled


class FoldScoresDisplay:
    """Scores of the best candidates on each fold, paired by fold.

    Use :meth:`from_search`. A thin line joins the scores of one fold, because folds differ in
    difficulty for all candidates alike. Candidates that differ from the best by less than the
    noise of the folds are drawn filled. Candidates have their numbers in ``cv_results_``, from 0;
    those that failed are left out, and of dropped ones the folds that were run are drawn.

    Parameters
    ----------
    record : SearchRecord
        The search.
    n_best : int
        How many candidates are shown.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With the picture, once drawn.
    figure_ : matplotlib Figure
        The figure that holds it.
    is_within_noise_ : ndarray of shape (n_shown,)
        Which of the candidates differ from the best by less than the noise.
    lines_ : list of matplotlib Line2D
        One for each fold.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune.inspection import FoldScoresDisplay
    >>> search = GridSearchCV(SVC(), {"gamma": [0.1, 0.2, 100.0]}).fit(*load_iris(return_X_y=True))
    >>> FoldScoresDisplay.from_search(search).is_within_noise_.tolist()
    [True, True, False]
    """

    def __init__(self, record: SearchRecord, n_best: int) -> None:
        self.record = record
        self.n_best = n_best

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        metric: str | None = None,
        n_best: int = 10,
        ax: Any = None,
        line_kw: Mapping[str, Any] | None = None,
        scatter_kw: Mapping[str, Any] | None = None,
    ) -> FoldScoresDisplay:
        """Draw the best candidates of a search fold by fold.

        Parameters
        ----------
        search : fitted search or SearchRecord
            See :func:`read_search`.
        metric : str, default=None
            As in :func:`read_search`.
        n_best : int, default=10
            How many candidates.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        line_kw, scatter_kw : dict, default=None
            Styles of the folds and of the means.

        Returns
        -------
        FoldScoresDisplay

        Raises
        ------
        ValueError
            If no candidate has a score, or `n_best` is no whole number of at least 1.
        MissingDependencyError
            If matplotlib is not installed.
        """
        record = read_search(search, metric)
        check_whole("n_best", n_best, least=1)
        if not record.is_scored.any():
            raise ValueError("No candidate of the search has a score.")
        return cls(record, n_best).plot(ax, line_kw=line_kw, scatter_kw=scatter_kw)

    def plot(
        self,
        ax: Any = None,
        *,
        line_kw: Mapping[str, Any] | None = None,
        scatter_kw: Mapping[str, Any] | None = None,
    ) -> FoldScoresDisplay:
        """Draw, or draw again.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        line_kw, scatter_kw : dict, default=None
            Styles of the folds and of the means.

        Returns
        -------
        FoldScoresDisplay

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.
        """
        rows = self._best()
        ax = axes_or_new(ax, "FoldScoresDisplay.plot", height_of(len(rows), n_lines=3))
        scores, heights = self.record.split_scores[rows], np.arange(len(rows))
        style = {"color": "gray", "linewidth": 0.8, "alpha": 0.7, "marker": ".", "zorder": 1}
        self.lines_ = [
            ax.plot(fold, heights, **styled(style, line_kw) | {"label": label})[0]
            for fold, label in zip(scores.T, ["a fold", *["_fold"] * scores.shape[1]], strict=False)
        ]
        self.is_within_noise_ = self._within_noise(rows)
        for is_within, label in ((True, "mean, within noise of the best"), (False, "mean, worse")):
            chosen = self.is_within_noise_ == is_within
            color = cycle_color(ax)
            style = {"s": 50, "edgecolors": color, "label": label, "zorder": 3, "linewidths": 1.5}
            style["facecolors"] = color if is_within else "none"
            if chosen.any():
                means = self.record.scores[rows][chosen]
                ax.scatter(means, heights[chosen], **styled(style, scatter_kw))
        ax.set_yticks(heights, [self._name(row) for row in rows])
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.set(xlabel=score_label(self.record.metric), ylabel="candidate")
        few_ticks(ax)
        legend_above(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _best(self) -> NDArray[np.intp]:
        record = self.record
        rows = np.flatnonzero(record.is_scored & record.at_top)
        return rows[np.argsort(-record.scores[rows], kind="stable")][: self.n_best]

    def _within_noise(self, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which candidates may be as good as the first, by the paired differences of the folds."""
        record, best = self.record, self.record.split_scores[rows[0]]
        within = []
        for row in rows:
            gaps = (best - record.split_scores[row])[
                np.isfinite(best) & np.isfinite(record.split_scores[row])
            ]
            half = half_width(gaps, record.evaluation.test_ratio, 0.95)
            within.append(row == rows[0] or np.isnan(half) or gaps.mean() <= half)
        return np.array(within, dtype=bool)

    def _name(self, row: int) -> str:
        mark = " (default)" if row == self.record.default_index else ""
        return f"{row}{mark}"
