"""``ImportanceDisplay``: which parameters mattered, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .._importance import Importance, hyperparameter_importance
from .._whole_numbers import check_whole
from ._axes import axes_or_new, cycle_color, height_of, shortened, styled, text_color

# Below this R2 the picture says that the shares are hardly more than a guess.
POOR_R2 = 0.5


class ImportanceDisplay:
    """Shares of the parameters as bars, the largest on top, with 90 % bands.

    Use :meth:`from_search`. Where the model of the search predicts poorly, the title says so.

    Parameters
    ----------
    importance : Importance
        What is drawn.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With the picture, once drawn.
    figure_ : matplotlib Figure
        The figure that holds it.
    bars_ : matplotlib BarContainer
        The shares.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> import numpy as np
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import RandomizedSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune.inspection import ImportanceDisplay
    >>> space = {"C": loguniform(1e-3, 1e3), "gamma": loguniform(1e-4, 1e1)}
    >>> search = RandomizedSearchCV(SVC(), space, n_iter=20, random_state=0)
    >>> display = ImportanceDisplay.from_search(search.fit(*load_iris(return_X_y=True)))
    >>> display.ax_.get_xlabel()
    'share of what makes scores differ'
    """

    def __init__(self, importance: Importance) -> None:
        self.importance = importance

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        ax: Any = None,
        max_parameters: int = 15,
        bar_kw: Mapping[str, Any] | None = None,
        band_kw: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> ImportanceDisplay:
        """Draw the importance of the parameters of a search.

        Parameters
        ----------
        search : fitted search or SearchRecord
            See :func:`read_search`.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        max_parameters : int, default=15
            The most parameters that are shown.
        bar_kw, band_kw : dict, default=None
            Styles of the bars and of the bands.
        **options : dict
            For :func:`hyperparameter_importance`, such as `method`.

        Returns
        -------
        ImportanceDisplay

        Raises
        ------
        ValueError
            If the search cannot be explained.
        MissingDependencyError
            If matplotlib is not installed.
        """
        return cls(hyperparameter_importance(search, **options)).plot(
            ax, max_parameters=max_parameters, bar_kw=bar_kw, band_kw=band_kw
        )

    def plot(
        self,
        ax: Any = None,
        *,
        max_parameters: int = 15,
        bar_kw: Mapping[str, Any] | None = None,
        band_kw: Mapping[str, Any] | None = None,
    ) -> ImportanceDisplay:
        """Draw, or draw again.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        max_parameters : int, default=15
            The most parameters that are shown.
        bar_kw, band_kw : dict, default=None
            Styles of the bars and of the bands.

        Returns
        -------
        ImportanceDisplay

        Raises
        ------
        ValueError
            If `max_parameters` is no whole number of at least 1.
        MissingDependencyError
            If matplotlib is not installed.
        """
        check_whole("max_parameters", max_parameters, least=1)
        found = self.importance
        order = np.argsort(-found.shares, kind="stable")[:max_parameters]
        ax = axes_or_new(ax, "ImportanceDisplay.plot", height_of(len(order)))
        shares, rows = found.shares[order], np.arange(len(order))
        style = {"color": cycle_color(ax), "height": 0.7}
        self.bars_ = ax.barh(rows, shares, **styled(style, bar_kw))
        sides = np.maximum([shares - found.low[order], found.high[order] - shares], 0.0)
        style = {"fmt": "none", "ecolor": text_color(), "elinewidth": 1.2, "capsize": 3}
        ax.errorbar(shares, rows, xerr=sides, **styled(style, band_kw))
        names = [shortened(found.names[i]) for i in order]
        partial = [i for i in range(len(order)) if found.coverage[order[i]] < 1.0]
        for i in partial:  # a star marks parameters that not every branch has
            names[i] += " *"
        ax.set_yticks(rows, names)
        ax.set_ylim(len(order) - 0.4, -0.6)
        ax.set_xlim(left=0.0)
        what = "makes scores differ" if found.target == "score" else "costs time"
        if found.region == "better-half":
            what += ", good ones alone"
        ax.set_xlabel(f"share of what {what}", loc="right")
        notes = [f"{found.n_candidates} candidates, 90 % bands"]
        if found.r2 < POOR_R2:
            notes.append(f"poor model (R2 {found.r2:.2f}):")
            notes.append("hardly more than a guess")
        if partial:
            notes.append("* not in every branch")
        ax.set_title("\n".join(notes), fontsize="small", loc="left")
        self.ax_, self.figure_ = ax, ax.figure
        return self
