"""Rules that choose one setting of a front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Words of the rules, which no metric may be called by.
RULE_NAMES = ("knee", "ideal", "maximize", "minimize", "weights")

ALLOWED = (
    "It may be 'knee', 'ideal', the name of a metric, limits such as {'maximize': 'accuracy', "
    "'fit_time': 0.5}, or weights such as {'weights': {'accuracy': 0.7, 'fit_time': 0.3}}"
)


class Choice(NamedTuple):
    """What a rule has chosen.

    Parameters
    ----------
    place : int
        Place on the front.
    misses : dict of str to float
        By how much it misses each limit that it does not keep, in the user's unit; empty: none.
    """

    place: int
    misses: Mapping[str, float]


def check_rule(rule: Any, metrics: Sequence[str], costs: Sequence[str], what: str) -> None:
    """Raise ValueError unless a rule can be used with these metrics, naming it by `what`.

    `costs` are those of the metrics of which less is better.
    """
    if isinstance(rule, str):
        if rule not in ("knee", "ideal", *metrics):
            raise ValueError(f"{what}={rule!r} is no rule. {ALLOWED}; the metrics are {metrics}.")
        return
    if not isinstance(rule, Mapping) or not rule:
        raise ValueError(f"{what} must be a rule, got {rule!r}. {ALLOWED}.")
    if "weights" in rule:
        _check_weights(rule, metrics, what)
        return
    goals = [word for word in ("maximize", "minimize") if word in rule]
    if len(goals) != 1:
        raise ValueError(
            f"{what}={dict(rule)!r} must have one of 'maximize', 'minimize' and 'weights'. "
            f"{ALLOWED}."
        )
    goal = rule[goals[0]]
    _check_known([goal], metrics, what)
    if (goal in costs) != (goals[0] == "minimize"):
        word, kind = ("minimize", "a cost") if goal in costs else ("maximize", "a score")
        raise ValueError(f"{what}: {goal!r} is {kind}, so write {{{word!r}: {goal!r}, ...}}.")
    limits = limits_of(rule)
    _check_known(limits, metrics, what)
    for name, limit in limits.items():
        if not _is_number(limit):
            raise ValueError(f"{what}: the limit of {name!r} must be a number, got {limit!r}.")
        if name in costs and limit < 0:
            raise ValueError(
                f"{what}: the limit of {name!r} must be at least 0, got {limit!r}: costs are "
                "positive here."
            )
    if goal in limits:
        raise ValueError(f"{what}: {goal!r} is {goals[0]}d, and cannot have a limit besides.")


def choose(rule: Any, scores: Floats, metrics: Sequence[str], costs: Sequence[str]) -> Choice:
    """The place on a front that a rule, as ``check_rule`` allows it, chooses.

    Parameters
    ----------
    rule : str or dict
        See ``ParetoFront.choose``.
    scores : ndarray of shape (n_front, n_metrics)
        Of the front, at least one row; higher is better, so costs are negative.
    metrics, costs : sequence of str
        Names of the columns, and those of them that are costs.
    """
    metrics = list(metrics)
    heights = heights_of(scores)
    if isinstance(rule, str):
        value = {
            "knee": heights.sum(axis=1),
            "ideal": -np.linalg.norm(1.0 - heights, axis=1),
        }.get(rule)
        if value is None or rule in metrics:
            value = scores[:, metrics.index(rule)]
        return Choice(_first_best(value, heights), {})
    if "weights" in rule:
        weights = np.array([float(rule["weights"].get(name, 0.0)) for name in metrics])
        return Choice(_first_best(heights @ (weights / weights.sum()), heights), {})
    goal = rule.get("maximize", rule.get("minimize"))
    limits = limits_of(rule)
    signs = {name: -1.0 if name in costs else 1.0 for name in limits}
    misses = np.array(
        [
            np.maximum(signs[name] * float(limit) - scores[:, metrics.index(name)], 0.0)
            for name, limit in limits.items()
        ]
    ).reshape(len(limits), len(scores))
    if not (misses > 0).any(axis=0).all():
        value = np.where((misses > 0).any(axis=0), -np.inf, scores[:, metrics.index(goal)])
        return Choice(_first_best(value, heights), {})
    # Misses of different units are compared as shares of the limits, or of the front's range.
    spans = [np.ptp(scores[:, metrics.index(name)]) for name in limits]
    sizes = np.maximum(np.abs([float(limit) for limit in limits.values()]), spans)
    sizes = np.maximum(sizes, np.finfo(float).tiny)
    place = _first_best(-(misses / sizes[:, None]).max(axis=0), heights)
    missed = zip(limits, misses[:, place].tolist(), strict=True)
    return Choice(place, {name: miss for name, miss in missed if miss > 0})


def heights_of(scores: Floats) -> Floats:
    """Each score of a front scaled by the front's range: 0 the worst on it, 1 the best.

    1 where all are equal. Shape (n_front, n_metrics).
    """
    low, span = scores.min(axis=0), np.ptp(scores, axis=0)
    return np.where(span > 0, (scores - low) / np.where(span > 0, span, 1.0), 1.0)


def _first_best(value: Floats, heights: Floats) -> int:
    """Place of the highest value; of several the highest by the first metric."""
    best = np.flatnonzero(value >= value.max() - 1e-12 * max(1.0, abs(value.max())))
    return int(best[np.argmax(heights[best, 0])])


def limits_of(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The limits of a rule that has one of 'maximize' and 'minimize', by metric."""
    return {name: limit for name, limit in rule.items() if name not in ("maximize", "minimize")}


def _check_weights(rule: Mapping[str, Any], metrics: Sequence[str], what: str) -> None:
    weights = rule["weights"]
    if len(rule) > 1 or not isinstance(weights, Mapping) or not weights:
        raise ValueError(
            f"{what}: weights stand alone, as in {{'weights': {{'accuracy': 0.7, 'fit_time': "
            f"0.3}}}}, got {dict(rule)!r}."
        )
    _check_known(weights, metrics, what)
    bad = {n: w for n, w in weights.items() if not _is_number(w) or w < 0}
    if bad or not sum(weights.values()) > 0:
        raise ValueError(
            f"{what}: weights must be numbers from 0 up, one of them above 0, got {weights!r}."
        )


def _check_known(names: Any, metrics: Sequence[str], what: str) -> None:
    unknown = [name for name in names if name not in metrics]
    if unknown:
        raise ValueError(f"{what} names {unknown}; the metrics are {list(metrics)}.")


def _is_number(value: Any) -> bool:
    is_real = isinstance(value, Real) and not isinstance(value, bool)
    return is_real and bool(np.isfinite(float(value)))
