"""``Plan``: all that is settled before the first fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import check_random_state, indexable

from .._records._fold_scores import rows_ratio
from .._sklearn_compat import check_method_params
from ..optimizers import BaseOptimizer
from ._inputs._names import check_names
from ._inputs._spaces import ReadSpace, read_space
from ._inputs._splits import DrawnFolds, Split, draw_splits
from ._inputs._starts import check_constraint, check_initial_params
from ._resuming._fingerprint import describe, fingerprint
from ._resuming._resume import settle_drawn
from ._warnings import warn_before_search


@dataclass(frozen=True, slots=True)
class Plan:
    """What a search is made of.

    Parameters
    ----------
    X, y : object
        The data.
    params : dict of str to object
        What ``fit`` was given besides.
    routed : Bunch
        The same, by who gets it.
    scorer, refit_metric : object
        What scikit-learn made of `scoring` and `refit`.
    read : ReadSpace
        Where to search, and what it was made of.
    seed : int
        Root of all randomness.
    splits : sequence of (train, test)
        The folds.
    cv : object
        What draws them again.
    n_candidates : int
        How many candidates there will be at most.
    optimizer : BaseOptimizer
        The strategy.
    fingerprint : dict or None
        Which journal the search may go on with; None: it has none.
    """

    X: Any
    y: Any
    params: dict[str, Any]
    routed: Any
    scorer: Any
    refit_metric: Any
    read: ReadSpace
    seed: int
    splits: Sequence[Split]
    cv: Any
    n_candidates: int
    optimizer: BaseOptimizer
    fingerprint: dict[str, Any] | None


def make_plan(search: Any, X: Any, y: Any, params: Mapping[str, Any]) -> Plan:
    """Check everything that can be checked before a fit is spent, and make the optimiser."""
    scorer, refit_metric = search._get_scorers()
    read = read_space(search, X, y)
    space = read.space
    seed = int(check_random_state(search.random_state).randint(np.iinfo(np.int32).max))
    metric = search._objective_metric(scorer)
    X, y = indexable(X, y)
    checked = check_method_params(X, params=params)
    routed = search._get_routed_params_for_fit(checked)
    cv, drawn = draw_splits(search.cv, search.estimator, X, y, routed.splitter.split)
    splits, test_ratio = drawn, rows_ratio(drawn)
    has_starts = isinstance(search.initial_params, list | tuple)
    run_whole = not has_starts and space.n_listed <= search.n_iter
    starts = _starts(search, read, run_whole)
    earlier = search._read_earlier(space, metric, test_ratio)
    check_names(search.estimator, space)
    warn_before_search(space, search.n_iter)
    known: dict[str, Any] | None = None
    if search.journal is not None:
        known = fingerprint(search, X, y, checked, read)
        known |= {"objective": search._searched_for(metric), "is_run_whole": run_whole}
        known |= {"earlier": describe(() if run_whole else tuple(earlier))}
        seed, splits = settle_drawn(search.journal, known, seed, splits)
    common: dict[str, Any] = {"metric": metric, "seed": seed, "starts": starts}
    common |= {"run_whole": run_whole, "test_ratio": rows_ratio(splits)}
    if earlier and not run_whole:
        common["earlier"] = earlier
    return Plan(
        X=X,
        y=y,
        params=checked,
        routed=routed,
        scorer=scorer,
        refit_metric=refit_metric,
        read=read,
        seed=seed,
        splits=splits,
        cv=cv if splits is drawn else DrawnFolds(splits),
        n_candidates=int(min(search.n_iter, space.n_listed if run_whole else space.size)),
        optimizer=search._make_optimizer(space, **common),
        fingerprint=known,
    )


def _starts(search: Any, read: ReadSpace, run_whole: bool) -> list[dict[str, Any]]:
    """The settings to begin with."""
    if isinstance(search.initial_params, list | tuple):
        starts = check_initial_params(search.initial_params, read.space)
    else:
        starts = [] if run_whole else read.own
    if not run_whole:
        check_constraint(read.space)
    return starts
