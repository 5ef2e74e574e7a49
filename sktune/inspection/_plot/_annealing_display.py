"""``AnnealingDisplay``: the moves of an annealing search."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._optional import require
from .._annealing import AnnealingTrace, annealing_trace


class AnnealingDisplay:
    """Temperature, acceptance rate and lengths of the moves of an annealing search.

    Use :meth:`from_search`; the picture can be drawn again with :meth:`plot`.

    Parameters
    ----------
    trace : AnnealingTrace
        What is drawn.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes, shape (3,)
        With the pictures, from above: temperature, acceptance rate, lengths of moves.
    figure_ : matplotlib Figure
        The figure that holds them.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import AnnealingSearchCV
    >>> from sktune.inspection import AnnealingDisplay
    >>> search = AnnealingSearchCV(SVC(), {"C": loguniform(1e-2, 1e3)}, random_state=0)
    >>> display = AnnealingDisplay.from_search(search.fit(*load_iris(return_X_y=True)))
    >>> [ax.get_ylabel() for ax in display.axes_]
    ['temperature\\n(spreads of scores)', 'acceptance rate', 'length of move']
    """

    def __init__(self, trace: AnnealingTrace) -> None:
        self.trace = trace

    @classmethod
    def from_search(cls, search: Any, *, axes: Any = None) -> AnnealingDisplay:
        """Draw the moves of a fitted annealing search.

        Parameters
        ----------
        search : fitted AnnealingSearchCV
        axes : array-like of 3 matplotlib Axes, default=None
            Where to draw; None: a new figure.

        Returns
        -------
        AnnealingDisplay

        Raises
        ------
        TypeError
            If it is not an annealing search.
        MissingDependencyError
            If matplotlib is not installed.
        """
        return cls(annealing_trace(search)).plot(axes)

    def plot(self, axes: Any = None) -> AnnealingDisplay:
        """Draw, or draw again.

        Parameters
        ----------
        axes : array-like of 3 matplotlib Axes, default=None
            Where to draw; None: a new figure.

        Returns
        -------
        AnnealingDisplay

        Raises
        ------
        MissingDependencyError
            If matplotlib is not installed.
        """
        pyplot = require("matplotlib.pyplot", "plot", "AnnealingDisplay.plot")
        to_rgba = require("matplotlib.colors", "plot", "AnnealingDisplay.plot").to_rgba
        if axes is None:
            _, axes = pyplot.subplots(3, 1, sharex=True, figsize=(6.4, 6.4), layout="constrained")
        axes = np.asarray(axes)
        # Cold is blue, hot is red; all between are seen on white and on black.
        n_chains = int(self.trace.chains.max(initial=-1)) + 1
        ends = np.array([to_rgba(color) for color in ("tab:blue", "tab:red")])
        colors = ends[0] + np.linspace(0.0, 1.0, max(n_chains, 2))[:, None] * (ends[1] - ends[0])
        for chain in range(n_chains):
            self._draw_chain(axes, chain, colors[chain], n_chains)
        # An empty logarithmic axis cannot be drawn.
        scale = "log" if n_chains else "linear"
        axes[0].set(ylabel="temperature\n(spreads of scores)", yscale=scale)
        axes[1].set(ylabel="acceptance rate", ylim=(-0.05, 1.05))
        axes[2].set(ylabel="length of move", yscale=scale, xlabel="candidate")
        axes[2].xaxis.get_major_locator().set_params(integer=True)
        if n_chains:
            axes[2].legend(loc="lower left", ncols=2, fontsize="small")
        if n_chains > 1:
            axes[0].legend(loc="lower left", ncols=4, fontsize="small")
        self.axes_, self.figure_ = axes, axes[0].figure
        return self

    def _draw_chain(self, axes: Any, chain: int, color: Any, n_chains: int) -> None:
        """One chain in its colour: two lines, and filled dots where a move was accepted."""
        trace = self.trace
        rows = np.flatnonzero(trace.chains == chain)
        numbers = rows + 1
        style = {"color": color, "linewidth": 2}
        label = f"chain {chain + 1}" if n_chains > 1 else None
        axes[0].plot(numbers, trace.temperatures[rows], label=label, **style)
        axes[1].plot(numbers, trace.acceptance_rates[rows], **style)
        # Zero cannot be drawn on a logarithmic axis.
        lengths = np.where(trace.lengths > 0, trace.lengths, np.nan)[rows]
        for is_accepted, face, name in ((0, "none", "rejected"), (1, color, "accepted")):
            chosen = trace.accepted[rows] == is_accepted
            axes[2].scatter(
                numbers[chosen],
                lengths[chosen],
                s=20,
                facecolors=face,
                edgecolors=[color],
                label=name if chain == 0 else None,
            )
