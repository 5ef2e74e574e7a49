"""``Plan``: all that is decided before the first fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state, indexable

from .._records._fold_scores import rows_ratio
from .._sklearn_compat import check_method_params
from ..optimizers import BaseOptimizer
from ._inputs._names import check_names
from ._inputs._spaces import ReadSpace, read_space
from ._inputs._splits import DrawnFolds, Split, draw_splits
from ._inputs._starts import check_constraint, check_initial_params
from ._resuming._fingerprint import fingerprint
from ._resuming._resume import settle_drawn, settle_order
from ._schedule import Data, Schedule
from ._table._kept_rows import n_samples
from ._warnings import warn_before_search


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts of a search.

    Parameters
    ----------
    X, y : object
        The data.
    params : dict of str to object
        Further arguments of ``fit``.
    routed : Bunch
        The same, by receiver.
    scorer, refit_metric : object
        What scikit-learn made of `scoring` and `refit`.
    read : ReadSpace
        The space, and what it was made of.
    seed : int
        Root of all randomness.
    splits : sequence of (train, test)
        The folds.
    cv : object
        A splitter that gives them again.
    n_candidates : int
        Maximum number of candidates.
    optimizer : BaseOptimizer
        The strategy.
    schedule : Schedule
        With what settings are trained.
    fingerprint : dict or None
        Identifies the journal that the search may continue; None: it has no journal.
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
    schedule: Schedule
    fingerprint: dict[str, Any] | None


def make_plan(search: Any, X: Any, y: Any, params: Mapping[str, Any]) -> Plan:
    """Check everything that can be checked before a fit is spent, and make the optimiser."""
    clone(search.estimator)  # raises for a class, and for what has no parameters
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
    earlier = search._read_earlier(space, metric, test_ratio)
    known: dict[str, Any] | None = None
    if search.journal is not None:
        known = fingerprint(search, X, y, checked, read)
        known["objective"] = search._searched_for(metric)
        known, run_whole = settle_order(search.journal, known, tuple(earlier), run_whole)
    starts = _starts(search, read, run_whole, bool(earlier))
    check_names(search.estimator, space)
    search._check_before(space, starts, y, splits)
    warn_before_search(space, search.n_iter)
    if known is not None:
        seed, splits = settle_drawn(search.journal, known, seed, splits)
    common: dict[str, Any] = {"metric": metric, "seed": seed, "starts": starts}
    common |= {"run_whole": run_whole, "test_ratio": rows_ratio(splits)}
    if earlier and not run_whole:
        common["earlier"] = earlier
    groups, fit_params = routed.splitter.split.get("groups"), routed.estimator.fit
    data = Data(y, groups, n_samples(X), splits, fit_params, len(starts))
    schedule = search._make_schedule(space, data, seed, run_whole)
    if schedule.rungs:
        common |= {"rungs": schedule.rungs, "goes_on": schedule.goes_on}
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
        n_candidates=schedule.most_candidates(
            search.n_iter, space.n_listed if run_whole else space.size
        ),
        optimizer=search._make_optimizer(space, **common),
        schedule=schedule,
        fingerprint=known,
    )


def _starts(
    search: Any, read: ReadSpace, run_whole: bool, has_earlier: bool
) -> list[dict[str, Any]]:
    """The settings to begin with; earlier searches know better than what others have learned."""
    if isinstance(search.initial_params, list | tuple):
        starts = check_initial_params(search.initial_params, read.space)
    elif run_whole:
        starts = []
    elif has_earlier or search.initial_params is not None:
        starts = read.own
    else:
        starts = [*read.own, *read.learned]
    if not run_whole:
        check_constraint(read.space)
    return starts
