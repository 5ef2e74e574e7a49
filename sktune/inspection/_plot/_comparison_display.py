"""``ComparisonDisplay``: better than the default, or only luckier?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .._comparison import Comparison, compare_to_default
from ._axes import (
    axes_or_new,
    cycle_color,
    few_ticks,
    height_of,
    legend_above,
    shortened,
    styled,
    text_color,
)


class ComparisonDisplay:
    """Difference between tuned settings and the default, with the interval of the verdict.

    Use :meth:`from_search` or :meth:`from_searches`. The hollow marker is the uncorrected
    difference of the cross-validated scores; how far it lies to the right is selection bias.

    Parameters
    ----------
    comparisons : mapping of str to Comparison
        What is drawn, by name.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With the picture, once drawn.
    figure_ : matplotlib Figure
        The figure that holds it.
    intervals_ : list of matplotlib ErrorbarContainer
        One for each comparison.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune.inspection import ComparisonDisplay
    >>> grid = {"C": [0.001, 0.01, 1.0, 10.0, 100.0]}
    >>> search = GridSearchCV(SVC(C=0.001), grid).fit(*load_iris(return_X_y=True))
    >>> ComparisonDisplay.from_search(search).ax_.get_xlabel()
    'difference to the default'
    """

    def __init__(self, comparisons: Mapping[str, Comparison]) -> None:
        self.comparisons = comparisons

    @classmethod
    def from_search(
        cls,
        search: Any,
        X: Any = None,
        y: Any = None,
        *,
        ax: Any = None,
        interval_kw: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> ComparisonDisplay:
        """Draw how much better the tuned setting of a search is than the default.

        Parameters
        ----------
        search : fitted search or SearchRecord
            See :func:`read_search`.
        X, y : array-like, default=None
            As in :func:`compare_to_default`.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        interval_kw : dict, default=None
            Style of the interval.
        **options : dict
            For :func:`compare_to_default`.

        Returns
        -------
        ComparisonDisplay

        Raises
        ------
        ValueError
            If there is no default to compare with.
        MissingDependencyError
            If matplotlib is not installed.
        """
        return cls({"tuned": compare_to_default(search, X, y, **options)}).plot(
            ax, interval_kw=interval_kw
        )

    @classmethod
    def from_searches(
        cls,
        searches: Sequence[Any] | Mapping[str, Any],
        X: Any = None,
        y: Any = None,
        *,
        ax: Any = None,
        interval_kw: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> ComparisonDisplay:
        """Draw several searches below each other.

        Parameters
        ----------
        searches : list or dict of str to search
            Fitted searches.
        X, y : array-like, default=None
            As in :func:`compare_to_default`.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        interval_kw : dict, default=None
            Style of the intervals.
        **options : dict
            For :func:`compare_to_default`.

        Returns
        -------
        ComparisonDisplay

        Raises
        ------
        ValueError
            If there is no default to compare with.
        MissingDependencyError
            If matplotlib is not installed.
        """
        if not isinstance(searches, Mapping):
            searches = {
                f"{number}. {type(search).__name__}": search
                for number, search in enumerate(searches, 1)
            }
        found = {
            name: compare_to_default(search, X, y, **options) for name, search in searches.items()
        }
        return cls(found).plot(ax, interval_kw=interval_kw)

    def plot(
        self, ax: Any = None, *, interval_kw: Mapping[str, Any] | None = None
    ) -> ComparisonDisplay:
        """Draw, or draw again.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        interval_kw : dict, default=None
            Style of the intervals.

        Returns
        -------
        ComparisonDisplay

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.
        """
        n_rows = len(self.comparisons)
        ax = axes_or_new(ax, "ComparisonDisplay.plot", height_of(2 * n_rows, n_lines=3))
        self.intervals_ = []
        ax.axvline(0.0, color=text_color(), linewidth=1, linestyle=":", label="default")
        for row, found in enumerate(self.comparisons.values()):
            sides = np.nan_to_num(
                [[found.difference - found.low], [found.high - found.difference]], nan=0.0
            )
            style = {"fmt": "o", "color": cycle_color(ax), "capsize": 4, "linewidth": 2}
            style["label"] = None if row else f"corrected, {100 * found.confidence_level:g} %"
            self.intervals_.append(
                ax.errorbar([found.difference], [row], xerr=sides, **styled(style, interval_kw))
            )
            ax.plot(
                [found.best_score - found.default_score],
                [row],
                "o",
                markerfacecolor="none",
                markeredgecolor=cycle_color(ax, 1),
                markersize=9,
                label=None if row else "as cross-validated",
            )
        ax.set_yticks(range(n_rows), [_words(*item) for item in self.comparisons.items()])
        ax.set_ylim(n_rows - 0.4, -0.6)
        ax.set_xlabel("difference to the default", loc="right")
        few_ticks(ax)
        legend_above(ax, side="right")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _words(name: str, found: Comparison) -> str:
    """What stands beside an interval; the expected score where rows were counted in."""
    words = [shortened(name), found.verdict]
    if found.rows_gain:
        words += [f"expected {found.expected_score:.4g},", f"{found.rows_gain:.2g} by all rows"]
    return "\n".join(words)
