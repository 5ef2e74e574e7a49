"""The scores of a search for trade-offs, read from what the user passes in."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import get_scorer, get_scorer_names

from ..._identity._describe import describe
from ..._sklearn_compat import scorer_parts
from ...inspection._pareto._rules import RULE_NAMES, limits_of
from ._costs import COSTS
from ._group_gap import is_gap

# Metrics of scikit-learn that have no upper end; of all others it is 1, or 0 where they are
# negated losses.
UNBOUNDED = ("mutual_info_score", "class_likelihood_ratios", "positive_likelihood_ratio")


class ReadScores(NamedTuple):
    """What `scoring` holds.

    Parameters
    ----------
    scorers : dict of str to object
        For scikit-learn, at least one.
    measured : tuple of str
        Names of the costs that are measured besides, see ``COSTS``.
    """

    scorers: dict[str, Any]
    measured: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """All scores, those that are measured last."""
        return [*self.scorers, *self.measured]

    @property
    def costs(self) -> tuple[str, ...]:
        """Those of which less is better."""
        gaps = (name for name, scorer in self.scorers.items() if is_gap(scorer))
        return (*gaps, *self.measured)

    @property
    def main(self) -> str:
        """The first that is no cost, else the first."""
        return next((name for name in self.names if name not in self.costs), self.names[0])


def read_scores(scoring: Any) -> ReadScores:
    """Tell scorers from costs.

    Raises
    ------
    ValueError
        If there are fewer than two scores, one twice, under whatever names, none that is not a
        cost, or one whose name is that of another cost or of a rule.
    """
    named = _by_name(scoring)
    if len(named) < 2:
        raise ValueError(
            "The 'scoring' parameter of ParetoSearchCV must hold at least two scores, such as "
            f"{{'accuracy': 'accuracy', 'fit_time': 'fit_time'}}, got {scoring!r}. With one score, "
            "use BayesSearchCV."
        )
    costs = []
    for name, score in named.items():
        if name in RULE_NAMES:
            raise ValueError(
                f"scoring has a score called {name!r}, which is a word of the rules of refit: give "
                "it another name."
            )
        is_cost = isinstance(score, str) and score in COSTS
        if name in COSTS and score != name:
            raise ValueError(
                f"scoring has {score!r} under the name {name!r}, which is that of a cost: give it "
                "another name."
            )
        if is_cost and score != name:
            raise ValueError(
                f"scoring has the cost {score!r} under the name {name!r}: costs go by their own "
                "names."
            )
        costs += [name] if is_cost else []
    scorers = {name: score for name, score in named.items() if name not in costs}
    if not scorers:
        raise ValueError(
            f"scoring has costs only, {costs}: at least one score must say how good a model is."
        )
    for first, second in combinations(scorers, 2):
        if _is_same(scorers[first], scorers[second]):
            raise ValueError(
                f"scoring has the same score under the names {first!r} and {second!r}: there is "
                "nothing to trade between them."
            )
    return ReadScores(scorers, tuple(costs))


def _is_same(first: Any, second: Any) -> bool:
    """Whether two scorers compute the same: one object, or the same function, options and sign."""
    known = get_scorer_names()
    made = [get_scorer(s) if isinstance(s, str) and s in known else s for s in (first, second)]
    one, other = (scorer_parts(scorer, None) for scorer in made)
    if one is None or other is None:
        return first is second
    return one[0] is other[0] and bool(describe(one[1:]) == describe(other[1:]))


def _by_name(scoring: Any) -> dict[str, Any]:
    if isinstance(scoring, Mapping):
        bad = [name for name in scoring if not isinstance(name, str)]
        if bad:
            raise ValueError(f"scoring must have strings for names, got {bad}.")
        return dict(scoring)
    if isinstance(scoring, list | tuple | set | frozenset):
        names = sorted(scoring, key=str) if isinstance(scoring, set | frozenset) else list(scoring)
        bad = [name for name in names if not isinstance(name, str)]
        if bad:
            raise ValueError(
                f"scoring holds {bad}, which have no names: pass a dict of names to scores."
            )
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"scoring has {twice} twice: there is nothing to trade between them.")
        return {name: name for name in names}
    return {"score": scoring}


def check_thresholds(
    thresholds: Any, scores: ReadScores, scorers: Mapping[str, Any], estimator: Any
) -> dict[str, float]:
    """Thresholds as they are told to the optimiser: of costs, negated.

    Raises
    ------
    ValueError
        If one is of a score that does not exist, is no number, or is beyond all that is possible.
    """
    told: dict[str, float] = {}
    for name, value in (thresholds or {}).items():
        if name not in scores.names:
            raise ValueError(
                f"thresholds names {name!r}, and the scores are {scores.names}: it must be one of "
                "them."
            )
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        if not is_number or not np.isfinite(value):
            raise ValueError(f"The threshold of {name!r} must be a number, got {value!r}.")
        if name in scores.costs:
            if value <= 0:
                raise ValueError(f"The threshold of {name!r} must be positive, got {value!r}.")
            told[name] = -float(value)
            continue
        _check_possible(f"The threshold of {name!r}", value, scorers[name], estimator)
        told[name] = float(value)
    return told


def check_limits(rule: Any, scores: ReadScores, scorers: Mapping[str, Any], estimator: Any) -> None:
    """Raise ValueError if no setting can keep a limit of a rule that ``check_rule`` allows."""
    limits = limits_of(rule) if isinstance(rule, Mapping) and "weights" not in rule else {}
    for name, value in limits.items():
        if name not in scores.costs:
            _check_possible(f"refit: the limit of {name!r}", value, scorers[name], estimator)


def _check_possible(what: str, value: Any, scorer: Any, estimator: Any) -> None:
    most = highest(scorer, estimator)
    if most is not None and value > most:
        raise ValueError(f"{what} is {value!r}, and no score can be above {most:g}.")


def highest(scorer: Any, estimator: Any) -> float | None:
    """The highest score that a scorer can give, None where it is not known."""
    parts = scorer_parts(scorer, estimator)
    if parts is None or not getattr(parts[0], "__module__", "").startswith("sklearn."):
        return None
    function, sign, _, _ = parts
    if sign < 0:
        return 0.0
    return None if function.__name__ in UNBOUNDED else 1.0
