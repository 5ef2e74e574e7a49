"""``GainDisplay``: where the gain came from, as a waterfall."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .._gain import Gain, explain_gain
from ._axes import axes_or_new, cycle_color, few_ticks, height_of, shortened, styled, text_color

# Shares below this fraction of the largest share one row.
SMALL = 0.02


class GainDisplay:
    """The gain from the default to the winner, one step for each parameter, with 90 % bands.

    Use :meth:`from_search`. The largest step is on top; parameters that hardly add anything share
    a row.

    Parameters
    ----------
    gain : Gain
        What is drawn.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With the picture, once drawn.
    figure_ : matplotlib Figure
        The figure that holds it.
    bars_ : matplotlib BarContainer
        The steps.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune.inspection import GainDisplay
    >>> grid = {"C": [0.01, 1.0, 10.0], "gamma": [0.001, 0.1, 1.0]}
    >>> search = GridSearchCV(SVC(C=0.01, gamma=1.0), grid).fit(*load_iris(return_X_y=True))
    >>> len(GainDisplay.from_search(search).bars_)
    2
    """

    def __init__(self, gain: Gain) -> None:
        self.gain = gain

    @classmethod
    def from_search(
        cls,
        search: Any,
        baseline: Any = None,
        *,
        ax: Any = None,
        bar_kw: Mapping[str, Any] | None = None,
        band_kw: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> GainDisplay:
        """Draw where the gain of a search came from.

        Parameters
        ----------
        search : fitted search or SearchRecord
            See :func:`read_search`.
        baseline : int or dict, default=None
            As in :func:`explain_gain`.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        bar_kw, band_kw : dict, default=None
            Styles of the steps and of the bands.
        **options : dict
            For :func:`explain_gain`.

        Returns
        -------
        GainDisplay

        Raises
        ------
        ValueError
            If the search cannot be explained, or has no default.
        MissingDependencyError
            If matplotlib is not installed.
        """
        return cls(explain_gain(search, baseline, **options)).plot(
            ax, bar_kw=bar_kw, band_kw=band_kw
        )

    def plot(
        self,
        ax: Any = None,
        *,
        bar_kw: Mapping[str, Any] | None = None,
        band_kw: Mapping[str, Any] | None = None,
    ) -> GainDisplay:
        """Draw, or draw again.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.
        bar_kw, band_kw : dict, default=None
            Styles of the steps and of the bands.

        Returns
        -------
        GainDisplay

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.
        """
        gain = self.gain
        shown, labels, steps, bands = self._rows()
        ax = axes_or_new(ax, "GainDisplay.plot", height_of(len(shown) + 2))
        begins = np.concatenate([[0.0], np.cumsum(steps)])
        start = gain.end_score - gain.gain
        rows = np.arange(1, len(steps) + 1)
        colors = [cycle_color(ax, 0 if step >= 0 else 1) for step in steps]
        style: dict[str, Any] = {"height": 0.6, "color": colors}
        self.bars_ = ax.barh(rows, steps, left=start + begins[:-1], **styled(style, bar_kw))
        sides = np.maximum([steps - bands[0], bands[1] - steps], 0.0)
        style = {"fmt": "none", "ecolor": text_color(), "elinewidth": 1.0, "capsize": 3}
        ax.errorbar(start + begins[1:], rows, xerr=sides, **styled(style, band_kw))
        for row, place in enumerate(start + begins):  # from one step to the next
            ax.plot([place, place], [row, row + 1], color=text_color(), linewidth=0.8, alpha=0.6)
        last = len(steps) + 1
        ends = [start, start + begins[-1]]
        ax.plot(ends, [0, last], "o", color=text_color(), markersize=5)
        names = [f"start: {ends[0]:.4g}", *labels, f"end: {ends[1]:.4g}"]
        ax.set_yticks(np.arange(last + 1), names)
        ax.set_ylim(last + 0.6, -0.6)
        ax.set_xlabel("score by the model of the search", loc="right")
        few_ticks(ax)
        ax.set_title(
            f"{gain.expected_gain:+.4g} in the model,\n{gain.gain:+.4g} in cross-validation",
            fontsize="small",
            loc="left",
        )
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _rows(self) -> tuple[list[int], list[str], Any, Any]:
        """Parameters with a row, labels, steps and the ends of their bands."""
        gain = self.gain
        sizes = np.abs(gain.shares)
        is_shown = sizes > SMALL * max(sizes.max(initial=0.0), 1e-300)
        order = [int(i) for i in np.argsort(-gain.shares, kind="stable") if is_shown[i]]
        labels = [self._label(i) for i in order]
        steps = gain.shares[order]
        bands = np.array([gain.low[order], gain.high[order]])
        rest = [
            i
            for i in range(len(sizes))
            if not is_shown[i] and (gain.low[i], gain.high[i]) != (0, 0)
        ]
        if rest:
            labels.append(f"{len(rest)} more" if len(rest) > 1 else self._label(rest[0]))
            steps = np.append(steps, gain.shares[rest].sum())
            together = gain.draws[:, rest].sum(axis=1)
            ends = np.quantile(together, [0.05, 0.95])
            bands = np.column_stack([bands, ends])
        return order, labels, steps, bands

    def _label(self, index: int) -> str:
        """The name of a parameter with both of its values."""
        name = self.gain.names[index]
        if name not in self.gain.start and name not in self.gain.end:  # the branch
            return name
        values = [
            shortened(side[name], 10) if name in side else "none"
            for side in (self.gain.start, self.gain.end)
        ]
        return f"{shortened(name)}\n{values[0]} → {values[1]}"
