"""``ConvergenceDisplay``: how fast searches find good settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._record import SearchRecord, read_search
from ._axes import axes_or_new, cycle_color, legend_above, score_label, shortened, styled

Floats = NDArray[np.float64]

UNITS = {"fits": "fits", "seconds": "seconds of fitting"}


@dataclass(frozen=True, slots=True)
class _Course:
    """One search: what was spent up to each candidate, its score, and the best so far."""

    spent: Floats
    scores: Floats
    best: Floats
    is_ordered: bool


class ConvergenceDisplay:
    """Best score so far against fits or seconds, for one search or several.

    Use :meth:`from_search` or :meth:`from_searches`. Searches of one name, such as several seeds,
    are drawn as their median and the range from the lowest to the highest. The order of a grid
    means nothing: its candidates are drawn as dots, and its best score as a horizontal line.
    Candidates that failed or were dropped count with the folds that were run, and are not drawn.

    Parameters
    ----------
    courses : mapping of str to sequence
        Searches by name, as :meth:`from_searches` reads them.
    metric : str
        The metric whose scores these are.
    unit : {"fits", "seconds"}
        What is counted.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With the picture, once drawn.
    figure_ : matplotlib Figure
        The figure that holds it.
    lines_ : list of matplotlib Line2D
        The best so far, one for each name.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import RandomizedSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune.inspection import ConvergenceDisplay
    >>> search = RandomizedSearchCV(SVC(), {"C": loguniform(1e-3, 1e3)}, random_state=0)
    >>> display = ConvergenceDisplay.from_search(search.fit(*load_iris(return_X_y=True)))
    >>> display.ax_.get_xlabel()
    'fits'
    """

    def __init__(self, courses: Mapping[str, Sequence[Any]], metric: str, unit: str) -> None:
        self.courses = courses
        self.metric = metric
        self.unit = unit

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        metric: str | None = None,
        unit: str = "fits",
        ax: Any = None,
        line_kw: Mapping[str, Any] | None = None,
        scatter_kw: Mapping[str, Any] | None = None,
    ) -> ConvergenceDisplay:
        """Draw one search.

        Parameters
        ----------
        search : fitted search or SearchRecord
            See :func:`read_search`.
        metric : str, default=None
            As in :func:`read_search`.
        unit : {"fits", "seconds"}, default="fits"
            What is counted: folds that were fitted, or the seconds that they took.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        line_kw, scatter_kw : dict, default=None
            Styles of the lines and of the candidates.

        Returns
        -------
        ConvergenceDisplay

        Raises
        ------
        ValueError
            If metric or unit are not known.
        MissingDependencyError
            If matplotlib is not installed.
        """
        return cls._read({_name_of(search): [search]}, metric, unit).plot(
            ax, line_kw=line_kw, scatter_kw=scatter_kw
        )

    @classmethod
    def from_searches(
        cls,
        searches: Sequence[Any] | Mapping[str, Any],
        *,
        metric: str | None = None,
        unit: str = "fits",
        ax: Any = None,
        line_kw: Mapping[str, Any] | None = None,
        scatter_kw: Mapping[str, Any] | None = None,
    ) -> ConvergenceDisplay:
        """Draw several searches in one picture.

        Parameters
        ----------
        searches : list of searches, or dict of str to search or list of searches
            In a list, searches of one class belong together; in a dict, those under one name.
        metric : str, default=None
            As in :func:`read_search`.
        unit : {"fits", "seconds"}, default="fits"
            As in :meth:`from_search`.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        line_kw, scatter_kw : dict, default=None
            Styles of the lines and of the candidates.

        Returns
        -------
        ConvergenceDisplay

        Raises
        ------
        ValueError
            If metric or unit are not known, or there is no search.
        MissingDependencyError
            If matplotlib is not installed.
        """
        named: dict[str, list[Any]] = {}
        if isinstance(searches, Mapping):
            for name, given in searches.items():
                named[name] = list(given) if isinstance(given, list | tuple) else [given]
        else:
            for search in searches:
                named.setdefault(_name_of(search), []).append(search)
        if not named or not all(named.values()):
            raise ValueError("searches must hold at least one fitted search.")
        return cls._read(named, metric, unit).plot(ax, line_kw=line_kw, scatter_kw=scatter_kw)

    @classmethod
    def _read(
        cls, named: Mapping[str, Sequence[Any]], metric: str | None, unit: str
    ) -> ConvergenceDisplay:
        if unit not in UNITS:
            raise ValueError(f"unit must be one of {list(UNITS)}, got {unit!r}.")
        records = {
            name: [read_search(search, metric) for search in held] for name, held in named.items()
        }
        courses = {name: [_course(r, unit) for r in held] for name, held in records.items()}
        return cls(courses, next(iter(records.values()))[0].metric, unit)

    def plot(
        self,
        ax: Any = None,
        *,
        line_kw: Mapping[str, Any] | None = None,
        scatter_kw: Mapping[str, Any] | None = None,
    ) -> ConvergenceDisplay:
        """Draw, or draw again.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        line_kw, scatter_kw : dict, default=None
            Styles of the lines and of the candidates.

        Returns
        -------
        ConvergenceDisplay

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.
        """
        ax = axes_or_new(ax, "ConvergenceDisplay.plot")
        self.lines_: list[Any] = []
        for number, (name, courses) in enumerate(self.courses.items()):
            color = cycle_color(ax, number)
            if len(self.courses) == 1 or not all(course.is_ordered for course in courses):
                style = {"s": 12, "alpha": 0.5, "color": color, "linewidths": 0}
                for course in courses:
                    ax.scatter(course.spent, course.scores, **styled(style, scatter_kw))
            style = {"color": color, "linewidth": 2, "label": shortened(name, 32)}
            self.lines_.append(self._draw_best(ax, courses, styled(style, line_kw)))
        self._set_limits(ax)
        ax.set(xlabel=UNITS[self.unit], ylabel=score_label(self.metric))
        legend_above(ax, 2)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_best(self, ax: Any, courses: Sequence[_Course], style: dict[str, Any]) -> Any:
        """Draw the median of the best so far and, for several searches, the range."""
        end = max(course.spent[-1] for course in courses)
        if not all(course.is_ordered for course in courses):
            best = float(np.median([course.best[-1] for course in courses]))
            return ax.plot([0.0, end], [best, best], linestyle="--", **style)[0]
        if len(courses) == 1:
            return ax.step(courses[0].spent, courses[0].best, where="post", **style)[0]
        places = np.unique(np.concatenate([course.spent for course in courses]))
        shared = min(course.spent[-1] for course in courses)
        places = places[places <= shared]
        # The best of each search at each place; nan before its first success.
        found = np.array([_at(course, places) for course in courses])
        known = np.isfinite(found).all(axis=0)
        low, high = found[:, known].min(axis=0), found[:, known].max(axis=0)
        ax.fill_between(
            places[known], low, high, step="post", color=style["color"], alpha=0.2, linewidth=0
        )
        middle = np.median(found[:, known], axis=0)
        return ax.step(places[known], middle, where="post", **style)[0]

    def _set_limits(self, ax: Any) -> None:
        """Show the better half of all scores: very bad ones would flatten the rest."""
        every = [course for held in self.courses.values() for course in held]
        scores = np.concatenate([course.scores for course in every])
        scores = scores[np.isfinite(scores)]
        if not len(scores):
            return
        high, low = scores.max(), np.quantile(scores, 0.25)
        room = 0.08 * (high - low) or 0.05 * abs(high) or 0.05
        ax.set_ylim(low - room, high + room)


def _name_of(search: Any) -> str:
    return "search" if isinstance(search, SearchRecord) else type(search).__name__


def _course(record: SearchRecord, unit: str) -> _Course:
    spent = np.cumsum(record.n_folds if unit == "fits" else record.seconds).astype(float)
    scores = np.where(np.array(record.status) == "complete", record.scores, np.nan)
    may_win = np.isfinite(scores) & record.at_top
    best = np.maximum.accumulate(np.where(may_win, scores, -np.inf))
    return _Course(spent, scores, np.where(np.isinf(best), np.nan, best), record.is_ordered)


def _at(course: _Course, places: Floats) -> Floats:
    """Best so far of a course at these places; nan before its first candidate."""
    found = np.searchsorted(course.spent, places, side="right") - 1
    return np.where(found >= 0, course.best[np.maximum(found, 0)], np.nan)
