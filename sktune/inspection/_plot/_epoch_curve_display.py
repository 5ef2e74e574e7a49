"""``EpochCurveDisplay``: the learning curves of a search."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._epochs import EpochCurves, epoch_curves
from ._axes import axes_or_new, cycle_color, label_axes, text_color

Floats = NDArray[np.float64]

# The picture shows the best candidate whole, and all values between these percentiles: one
# learning rate that is far too high would flatten all other curves.
_SHOWN = (5, 95)


class EpochCurveDisplay:
    """Learning curve of each candidate; for the best one also the spread over the folds.

    Use :meth:`from_search`; the picture can be drawn again with :meth:`plot`. A curve is the
    mean over the folds that have run the epoch, and dotted where not all of them have.

    Parameters
    ----------
    epochs : EpochCurves
        What is drawn.

    Attributes
    ----------
    ax_ : matplotlib Axes
        With the picture, once drawn.
    figure_ : matplotlib Figure
        The figure that holds it.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> import numpy as np
    >>> from sktune.inspection import EpochCurveDisplay, EpochCurves
    >>> curves = 1 / np.arange(1, 31).reshape(3, 2, 5)  # candidates, folds, epochs
    >>> EpochCurveDisplay(EpochCurves("val_loss", curves, best_index=2)).plot().ax_.get_xlabel()
    'epoch'
    """

    def __init__(self, epochs: EpochCurves) -> None:
        self.epochs = epochs

    @classmethod
    def from_search(
        cls, search: Any, *, metric: str = "val_loss", name: str | None = None, ax: Any = None
    ) -> EpochCurveDisplay:
        """Draw the learning curves of a fitted search.

        Parameters
        ----------
        search : fitted search
            Of this package, around an estimator that reports its fits.
        metric : str, default="val_loss"
            As in :func:`epoch_curves`.
        name : str, default=None
            As in :func:`epoch_curves`.
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.

        Returns
        -------
        EpochCurveDisplay

        Raises
        ------
        ValueError
            If the search has no such curves.
        MissingDependencyError
            If matplotlib is not installed.
        """
        return cls(epoch_curves(search, metric, name)).plot(ax)

    def plot(self, ax: Any = None) -> EpochCurveDisplay:
        """Draw, or draw again.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None: a new figure.

        Returns
        -------
        EpochCurveDisplay

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.
        """
        ax = axes_or_new(ax, "EpochCurveDisplay.plot")
        curves, best = self.epochs.curves, self.epochs.best_index
        if best is not None:
            _draw_mean(ax, curves[best], "best candidate", color=cycle_color(ax), linewidth=2)
            _draw_spread(ax, curves[best])
        others = [folds for index, folds in enumerate(curves) if index != best]
        for number, folds in enumerate(others):
            label = "_other" if number else "other candidates"
            _draw_mean(ax, folds, label, color=text_color(), linewidth=0.7, alpha=0.4, zorder=1)
        _set_limits(ax, curves, best)
        label_axes(ax, "epoch", self.epochs.metric)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _mean(folds: Floats) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Mean, standard deviation and number of the folds at each epoch, from (folds, epochs)."""
    count = np.sum(~np.isnan(folds), axis=0)
    n_epochs = np.flatnonzero(count).max(initial=-1) + 1
    folds, count = folds[:, :n_epochs], count[:n_epochs]
    with np.errstate(invalid="ignore"):  # a loss may be infinite: nothing is drawn there
        mean = np.nansum(folds, axis=0) / count
        std = np.sqrt(np.nansum((folds - mean) ** 2, axis=0) / count)
    return mean, std, count


def _draw_mean(ax: Any, folds: Floats, label: str, **style: Any) -> None:
    """Draw the mean of curves of shape (folds, epochs), dotted where some of them have ended."""
    mean, _, count = _mean(folds)
    epochs = np.arange(1, len(mean) + 1)
    n_whole = np.count_nonzero(np.minimum.accumulate(count == count.max(initial=0)))
    marker = "." if n_whole == 1 else None  # a line through a single point is invisible
    ax.plot(epochs[:n_whole], mean[:n_whole], label=label, marker=marker, **style)
    if n_whole < len(mean):
        rest = slice(max(n_whole - 1, 0), None)
        ax.plot(epochs[rest], mean[rest], linestyle=":", label="_rest", **style)


def _draw_spread(ax: Any, folds: Floats) -> None:
    mean, std, _ = _mean(folds)
    epochs = np.arange(1, len(mean) + 1)
    ax.fill_between(
        epochs,
        mean - std,
        mean + std,
        color=cycle_color(ax),
        alpha=0.2,
        linewidth=0,
        label="± 1 std over its folds",
    )


def _set_limits(ax: Any, curves: Floats, best: int | None) -> None:
    """Cut off values that lie far off, but none of the best candidate."""
    finite = curves[np.isfinite(curves)]
    if not len(finite):
        return
    low, high = np.percentile(finite, _SHOWN)
    if best is not None and np.isfinite(curves[best]).any():
        own = curves[best][np.isfinite(curves[best])]
        low, high = min(low, own.min()), max(high, own.max())
    margin = 0.05 * (high - low) or 0.5
    ax.set_ylim(low - margin, high + margin)
