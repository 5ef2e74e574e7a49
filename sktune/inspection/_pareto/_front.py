"""``ParetoFront``: the settings of a search that no other beats in every score."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._gp import hypervolume, is_on_front
from ..._records._fold_scores import variance_of_mean
from ...exceptions import TradeOffWarning
from .._evaluation import ratio_of_rows
from .._record import fold_effects
from .._trace import any_wins, at_top, resources_of, search_trace
from ._metrics import TIMES, checked_metrics, names_of_metrics
from ._probability import front_probability
from ._rules import check_rule, choose

Floats = NDArray[np.float64]

# Digits of the largest mean to which means are compared.
DIGITS = 12

# Costs, of which ratios count: seconds and bytes.
RATIO_COSTS = ("fit_time", "score_time", "prediction_time", "model_size")


@dataclass(frozen=True, slots=True, eq=False)
class ParetoFront:
    """The front of a search: each setting on it is beaten by none in every score.

    Scores are in the user's unit: costs such as seconds are positive, and less of them is better.

    Attributes
    ----------
    metrics : tuple of str, length n_metrics
        What is traded for what.
    costs : tuple of str
        Those of the metrics of which less is better.
    indices : ndarray of shape (n_front,)
        Rows of ``cv_results_``, the best by the first metric first.
    scores : ndarray of shape (n_front, n_metrics)
        Means over the folds.
    stds : ndarray of shape (n_front, n_metrics)
        Standard deviations over the folds.
    params : tuple of dict, length n_front
        The settings.
    probability : ndarray of shape (n_front,)
        How likely each is on the front of the true means, given how much the folds vary.
    all_scores : ndarray of shape (n_candidates, n_metrics)
        Means of all candidates; nan where one failed or was dropped.
    all_stds : ndarray of shape (n_candidates, n_metrics)
        Their standard deviations over the folds.
    reference : ndarray of shape (n_metrics,)
        The point from which the hypervolume is measured.
    hypervolume : float
        Volume of what the front dominates above the reference, in the product of the units.
    """

    metrics: tuple[str, ...]
    costs: tuple[str, ...]
    indices: NDArray[np.intp]
    scores: Floats
    stds: Floats
    params: tuple[Mapping[str, Any], ...]
    probability: Floats
    all_scores: Floats
    all_stds: Floats
    reference: Floats
    hypervolume: float

    @property
    def signs(self) -> Floats:
        """1 for a score, -1 for a cost; shape (n_metrics,)."""
        return np.array([-1.0 if name in self.costs else 1.0 for name in self.metrics])

    def __len__(self) -> int:
        return len(self.indices)

    def choose(self, rule: Any = "knee") -> int:
        """Choose one setting of the front.

        Settings that are worse than `reference` in a score, such as a threshold of the search, are
        left out, unless all are.

        Parameters
        ----------
        rule : str or dict, default="knee"
            With h each score scaled by the range of the front, 0 the worst on it and 1 the best:
            ``"knee"``: the largest sum of h; with two scores this is the largest distance from
            the line between the ends of the front. ``"ideal"``: the smallest distance of h from
            (1, ..., 1). The name of a metric: the best by it. ``{"maximize": "accuracy",
            "fit_time": 0.5}``: the best by one score among those within limits, a cost at most
            its limit and a score at least; ``{"minimize": "fit_time", "accuracy": 0.9}`` likewise.
            ``{"weights": {"accuracy": 0.7, "fit_time": 0.3}}``: the largest weighted sum of h.

        Returns
        -------
        int
            Row of ``cv_results_``.

        Raises
        ------
        ValueError
            If the rule cannot be used, or the front is empty.

        Warns
        -----
        TradeOffWarning
            If no setting is within the limits: the one that misses them by the least is chosen.
            If none reaches the reference.
        """
        check_rule(rule, self.metrics, self.costs, "rule")
        if not len(self):
            raise ValueError(
                "No candidate has a finite score in all metrics, so there is no front to choose "
                "from: see cv_results_ of the search, and the warnings about what failed."
            )
        scores = self.scores * self.signs
        places = np.flatnonzero((scores >= self.reference * self.signs).all(axis=1))
        if not len(places):
            reference = dict(zip(self.metrics, self.reference.tolist(), strict=True))
            warnings.warn(
                f"No candidate reaches {reference} in all scores: {rule!r} chooses from the whole "
                "front.",
                TradeOffWarning,
                stacklevel=2,
            )
            places = np.arange(len(self))
        choice = choose(rule, scores[places], self.metrics, self.costs)
        index = int(self.indices[places[choice.place]])
        if choice.misses:
            missed = ", ".join(f"{name!r} by {miss:.3g}" for name, miss in choice.misses.items())
            warnings.warn(
                f"No candidate is within the limits of {rule!r}. The nearest, candidate {index}, "
                f"misses {missed}; it is taken.",
                TradeOffWarning,
                stacklevel=2,
            )
        return index

    def hypervolumes(self) -> Floats:
        """Hypervolume of the candidates up to each one, shape (n_candidates,)."""
        points, reference = self.all_scores * self.signs, self.reference * self.signs
        found = np.zeros(len(points))
        kept = np.empty((0, len(self.metrics)))
        for place, point in enumerate(points):
            found[place] = found[place - 1] if place else 0.0
            if np.isfinite(point).all() and not (kept >= point).all(axis=1).any():
                kept = np.vstack([kept, point])
                kept = kept[is_on_front(kept)]
                found[place] = hypervolume(kept, reference)
        return found

    def prices(self, score: str, cost: str) -> list[tuple[float, float]]:
        """What each step along the front gains, and by what factor the cost grows with it.

        Parameters
        ----------
        score, cost : str
            Names of the metrics; settings that others beat in these two are left out.

        Returns
        -------
        list of (gain, factor), length n_front - 1
            From the lowest cost up. The last says what the last bit of the score costs.

        Raises
        ------
        ValueError
            If `score` is a cost, `cost` is none, or the front does not have one of them.
        """
        scores = [name for name in self.metrics if name not in self.costs]
        if score not in scores or cost not in self.costs:
            raise ValueError(
                f"score must be one of {scores} and cost one of {list(self.costs)}, got {score!r} "
                f"and {cost!r}."
            )
        pair = self.scores[:, [self.metrics.index(score), self.metrics.index(cost)]]
        pair = np.unique(pair[is_on_front(pair * [1.0, -1.0])], axis=0)
        with np.errstate(divide="ignore"):  # what was free before costs infinitely more
            gains, factors = np.diff(pair[:, 0]), pair[1:, 1] / pair[:-1, 1]
        return list(zip(gains.tolist(), factors.tolist(), strict=True))

    def table(self) -> dict[str, Any]:
        """The front as columns of length n_front, for ``pandas.DataFrame``."""
        columns: dict[str, Any] = {"candidate": self.indices}
        for place, name in enumerate(self.metrics):
            columns[f"mean_{name}"] = self.scores[:, place]
            columns[f"std_{name}"] = self.stds[:, place]
        return columns | {"probability": self.probability, "params": list(self.params)}

    def __str__(self) -> str:
        rows = [self._header(), *self._rows()]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )

    def _repr_html_(self) -> str:
        """The front as a table."""
        style = 'style="text-align: left; padding-right: 1em"'

        def line(cells: Sequence[str], tag: str) -> str:
            return "<tr>" + "".join(f"<{tag} {style}>{escape(c)}</{tag}>" for c in cells) + "</tr>"

        body = "".join(line(row, "td") for row in self._rows())
        return f"<table>{line(self._header(), 'th')}{body}</table>"

    def _header(self) -> list[str]:
        return ["candidate", *self.metrics, "on the front", "parameters"]

    def _rows(self) -> list[list[str]]:
        return [
            [
                str(index),
                *(f"{mean:.4g} ± {std:.2g}" for mean, std in zip(means, stds, strict=True)),
                f"{probability:.0%}",
                ", ".join(f"{name}={_short(value)}" for name, value in params.items()),
            ]
            for index, means, stds, probability, params in zip(
                self.indices, self.scores, self.stds, self.probability, self.params, strict=True
            )
        ]


def pareto_front(
    search: Any,
    metrics: Sequence[str] | None = None,
    *,
    reference: Mapping[str, float] | None = None,
) -> ParetoFront:
    """Find the settings of a fitted search that no other beats in every score.

    Parameters
    ----------
    search : fitted search
        Of this package, or ``GridSearchCV``, ``RandomizedSearchCV`` or a halving search of
        scikit-learn. Of a search with rungs the candidates with the largest resource count.
    metrics : sequence of str, default=None
        At least two: metrics of the search, and ``"fit_time"`` and ``"score_time"``, seconds a
        fold, which every search has. None: all metrics of the search.
    reference : dict of str to float, default=None
        The point from which the hypervolume is measured, in the unit of each score, costs
        positive. Where it names none, the worst of all candidates. Give the same to compare
        searches.

    Returns
    -------
    ParetoFront

    Raises
    ------
    NotFittedError
        If the search was not fitted.
    TypeError
        If it has no ``cv_results_``.
    ValueError
        If there are fewer than two metrics, one twice, or one that the search does not have; or
        if `reference` names another one.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from sktune import pareto_front
    >>> search = GridSearchCV(
    ...     DecisionTreeClassifier(random_state=0),
    ...     {"max_depth": [1, 2, 3]},
    ...     scoring=["accuracy", "recall_macro", "neg_log_loss"],
    ...     refit=False,
    ... ).fit(*load_iris(return_X_y=True))
    >>> front = pareto_front(search, ["accuracy", "neg_log_loss"])
    >>> front.indices.tolist(), front.scores.shape
    ([2, 0], (2, 2))
    """
    metrics = checked_metrics(search, metrics)
    results = search.cv_results_
    known_costs = getattr(search, "costs_", ())
    own = names_of_metrics(results)
    costs = tuple(n for n in metrics if n in known_costs or (n in TIMES and n not in own))
    columns = [_column(search, name, name in own) for name in metrics]
    signs = np.array([-1.0 if name in costs else 1.0 for name in metrics])
    # Of metrics of the search, costs stand in the table negated already.
    means = np.column_stack([mean for mean, _, _ in columns])
    stds = np.column_stack([std for _, std, _ in columns])
    means[~np.isfinite(means).all(axis=1)] = np.nan
    means[~at_top(resources_of(results), means[:, 0], any_wins(search))] = np.nan
    indices = np.flatnonzero(is_on_front(_without_rounding(means)))
    indices = indices[np.lexsort([*(-means[indices].T[::-1])])]
    origin = _reference(means, metrics, signs, reference)
    probability = _probability(search, metrics, costs, means, columns)
    params = results["params"]
    return ParetoFront(
        metrics=metrics,
        costs=costs,
        indices=indices,
        scores=means[indices] * signs + 0.0,  # a cost of 0 has no sign
        stds=stds[indices],
        params=tuple(params[index] for index in indices),
        probability=probability[indices],
        all_scores=means * signs + 0.0,
        all_stds=stds,
        reference=origin * signs,
        hypervolume=hypervolume(means, origin),
    )


def _without_rounding(means: Floats) -> Floats:
    """Means in which those that differ by rounding alone are equal, in a unit of their own."""
    sizes = np.nanmax(np.abs(means), axis=0, initial=0.0, where=np.isfinite(means))
    return np.round(means / np.where(sizes > 0, sizes, 1.0), DIGITS)


def _column(search: Any, name: str, is_metric: bool) -> tuple[Floats, Floats, Floats | None]:
    """Means, standard deviations and scores by fold of one metric; higher is better."""
    results = search.cv_results_
    if not is_metric:
        seconds = np.array(results[f"mean_{name}"], dtype=float)
        return -seconds, np.array(results[f"std_{name}"], dtype=float), None
    trace = search_trace(search, name)
    folds = [results[f"split{i}_test_{name}"] for i in range(search.n_splits_)]
    is_out = trace.has_failed | trace.is_dropped
    rows = np.array(folds, dtype=float).T
    return np.where(is_out, np.nan, trace.scores), trace.stds, rows


def _reference(
    means: Floats, metrics: Sequence[str], signs: Floats, given: Mapping[str, float] | None
) -> Floats:
    given = {} if given is None else dict(given)
    unknown = [name for name in given if name not in metrics]
    if unknown:
        raise ValueError(f"reference names {unknown}; the metrics are {list(metrics)}.")
    known = means[np.isfinite(means).all(axis=1)]
    worst = known.min(axis=0) if len(known) else np.zeros(len(metrics))
    return np.array(
        [signs[k] * given[name] if name in given else worst[k] for k, name in enumerate(metrics)]
    )


def _probability(
    search: Any,
    metrics: Sequence[str],
    costs: Sequence[str],
    means: Floats,
    columns: Sequence[tuple[Floats, Floats, Floats | None]],
) -> Floats:
    """Probabilities to be on the front, of all candidates; costs are compared by ratios."""
    n_splits = search.n_splits_
    compared, spreads = np.empty_like(means), np.empty_like(means)
    residuals = np.zeros((len(means), n_splits, len(metrics)))
    for k, (name, (_, std, rows)) in enumerate(zip(metrics, columns, strict=True)):
        is_ratio = name in costs and name in RATIO_COSTS
        compared[:, k] = _logs(means[:, k]) if is_ratio else means[:, k]
        if rows is None:  # only their spread is known: that of a logarithm is relative
            spreads[:, k] = std / np.maximum(-means[:, k], np.finfo(float).tiny)
            continue
        rows = _logs(rows) if is_ratio else np.where(np.isfinite(rows), rows, np.nan)
        rows = rows - fold_effects(rows)
        residuals[:, :, k] = rows - rows.mean(axis=1, keepdims=True)
        spreads[:, k] = np.sqrt(np.square(residuals[:, :, k]).sum(axis=1) / max(n_splits - 1, 1))
    ratio = ratio_of_rows(getattr(search, "cv_", search.cv), n_splits)
    inflation = float(variance_of_mean(1.0, n_splits, ratio))
    return front_probability(compared, spreads, residuals, inflation)


def _logs(costs: Floats) -> Floats:
    """Minus the logarithm of costs that are told as their negatives; nan stays."""
    return -np.log(np.maximum(-costs, np.finfo(float).tiny))


def _short(value: Any, longest: int = 40) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    text = f"{value:.4g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"
