"""Every estimator of scikit-learn: what is tried is legal, an object of the space, and no worse."""

import warnings
from numbers import Integral, Real

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils._param_validation import Interval, RealNotInt
from sklearn.utils.discovery import all_estimators
from threadpoolctl import threadpool_limits

from sktune import AnnealingSearchCV, BayesSearchCV
from sktune._search._inputs._starts import own_setting
from sktune._sklearn_compat import met_constraints
from sktune.space import SearchSpace
from tests.universe._estimators import build, constraints_of, data_for, spaces_of
from tests.universe._sample import sampled

SEARCHES = [BayesSearchCV, AnnealingSearchCV]
ESTIMATORS = dict(all_estimators())
BUILT = {name: built for name, kind in ESTIMATORS.items() if (built := build(kind)) is not None}


def nothing(estimator, X, y=None):
    """A score that asks for no prediction: only whether the fit succeeds counts."""
    return 0.0


def quietly(search, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return search.fit(X, y)


def is_held(space, name, value):
    """Whether a tried value is an object of a list, or a plain number of a distribution."""
    values = space[name]
    if isinstance(values, list):
        return any(value is choice for choice in values)
    is_discrete = hasattr(values.dist, "pmf")
    low, high = values.support()
    return type(value) is (int if is_discrete else float) and low <= value <= high


def fails_alone(estimator, params, X, y):
    """Whether scikit-learn's own search finds no score for a setting."""
    grid = {name: [value] for name, value in params.items()}
    search = GridSearchCV(estimator, grid, cv=2, scoring=nothing, refit=False)
    try:
        quietly(search, X, y)
    except ValueError:  # all fits failed
        return True
    return bool(np.isnan(search.cv_results_["mean_test_score"][0]))


def test_nearly_all_can_be_built():
    assert len(BUILT) >= 0.95 * len(ESTIMATORS)


@pytest.mark.parametrize("name", sampled(sorted(BUILT), 16))
def test_every_candidate_is_legal_and_of_the_space(name):
    estimator = BUILT[name]
    with threadpool_limits(1):
        data = data_for(estimator)
        if data is None:
            return  # counted below
        for space in spaces_of(estimator).values():
            for search_class in SEARCHES if space else []:
                check(search_class, estimator, space, *data)


def check(search_class, estimator, space, X, y):
    search = search_class(
        estimator, space, n_iter=4, cv=2, scoring=nothing, refit=False, random_state=0
    )
    try:
        results = quietly(search, X, y).cv_results_
    except ValueError:  # all fits failed, or the data cannot be split for a setting
        results = None
    told = [o.candidate for o in search.optimizer_.observations.values()]
    candidates = {c.id: c for c in [*told, *search.optimizer_.pending.values()]}
    tried = [candidate.params for _, candidate in sorted(candidates.items())]
    if results is None:
        assert fails_alone(estimator, tried[-1], X, y), tried[-1]
    else:
        assert len(tried) == min(4, SearchSpace.from_distributions(space).size)
    for row, params in enumerate(tried):
        for parameter, value in params.items():
            assert is_held(space, parameter, value), (parameter, value)
            assert met_constraints(estimator, parameter, value), (parameter, value)
        if results is not None and np.isnan(results["mean_test_score"][row]):
            assert fails_alone(estimator, params, X, y), params
    own = estimator.get_params(deep=False)
    for parameter, values in space.items():
        if isinstance(values, list):
            # The default is the first of the list, and of its own kind.
            assert tried[0][parameter] is values[0], parameter
            assert type(values[0]) is type(own[parameter])


@pytest.mark.parametrize("name", sorted(BUILT))
def test_the_default_is_no_member_as_the_other_kind_of_number(name):
    """A count is not the share that equals it, nor the reverse; a plain number is both."""
    estimator = BUILT[name]
    for parameter, default in estimator.get_params(deep=False).items():
        if isinstance(default, bool) or not isinstance(default, Real) or default != default // 1:
            continue
        # IsolationForest.max_features: [Integral, Interval(Real, 0, 1, closed="right")].
        kinds = {c.type if isinstance(c, Interval) else c
                 for c in constraints_of(estimator, parameter)
                 if isinstance(c, (Interval, type))}  # fmt: skip
        is_one_kind = Real in kinds and not {Integral, RealNotInt} & kinds
        other = float(default) if isinstance(default, int) else int(default)
        space = SearchSpace.from_distributions({parameter: [other, other + 1]})
        found = own_setting(estimator, space)
        is_legal = bool(met_constraints(estimator, parameter, other))
        assert found == ([{parameter: other}] if is_one_kind and is_legal else []), parameter


@pytest.mark.filterwarnings("ignore::FutureWarning")  # of classes that scikit-learn gives up
def test_nearly_all_can_be_fitted():
    with threadpool_limits(1):
        unfitted = [n for n in sampled(sorted(BUILT), 16) if data_for(clone(BUILT[n])) is None]
    assert len(unfitted) <= max(1, 0.05 * len(BUILT)), unfitted
