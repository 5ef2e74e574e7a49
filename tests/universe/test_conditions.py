"""Spaces with conditions that ``hypothesis`` makes, against a naive reading of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import loguniform, randint
from sklearn.model_selection import ParameterGrid

from sktune.exceptions import InvalidSpaceError, InvalidSpaceTypeError
from sktune.space import SearchSpace
from tests.universe._sample import IS_WHOLE

examples = settings(
    max_examples=400 if IS_WHOLE else 40,
    suppress_health_check=list(HealthCheck),
)

LISTS = [["a", "b", "c"], [1, 2, 3], [True, False], [None, "x"], [(1,), (2, 3)], ["only"]]
VALUES = [*LISTS, randint(0, 4), loguniform(0.01, 1.0)]


def is_small(value):
    """A function of a value, for parents with a distribution."""
    return value < 1


def an_allowed(values):
    if isinstance(values, list):
        return st.lists(st.sampled_from(values), max_size=len(values), unique=True)
    return st.just(is_small)


@st.composite
def conditional_spaces(draw, values=VALUES):
    """A dict of distributions, and conditions without a circle, of parents before and after."""
    names = draw(st.permutations("pqrst"))[: draw(st.integers(1, 5))]
    space = {name: draw(st.sampled_from(values)) for name in names}
    conditions = {}
    for place, name in enumerate(names):
        parents = names[:place]
        if not parents or not draw(st.booleans()):
            continue
        conditions[name] = [
            {p: draw(an_allowed(space[p])) for p in draw(st.sets(st.sampled_from(parents)))}
            for _ in range(draw(st.integers(0, 2)))
        ]
    return space, conditions


def is_active(name, params, conditions):
    """Whether one of the alternatives holds, by the definition."""
    return name not in conditions or any(
        all(
            is_active(parent, params, conditions)
            and (allowed(params[parent]) if callable(allowed) else params[parent] in allowed)
            for parent, allowed in clause.items()
        )
        for clause in conditions[name]
    )


def active_part(params, conditions):
    """What counts of a setting."""
    return {n: v for n, v in params.items() if is_active(n, params, conditions)}


def columns_of(space):
    return {dimension.name: j for j, dimension in enumerate(space.dimensions)}


@pytest.mark.slow
@examples
@given(conditional_spaces())
def test_what_is_active(case):
    distributions, conditions = case
    space = SearchSpace.from_distributions(distributions, conditions=conditions)
    columns = columns_of(space)
    points = np.random.default_rng(0).random((30, space.n_dims))
    for params, row in zip(space.inverse_transform(points), space.is_active(points), strict=True):
        expected = {name for name in columns if is_active(name, params, conditions)}
        assert {name for name, column in columns.items() if row[column]} == expected


@examples
@given(conditional_spaces())
def test_settings_that_differ_only_in_what_is_inactive_are_one(case):
    distributions, conditions = case
    space = SearchSpace.from_distributions(distributions, conditions=conditions)
    points = space.sample(20, np.random.default_rng(0))
    assert_array_equal(space.snap(points), points)
    found = space.inverse_transform(points)
    assert_allclose(space.transform(found), points, atol=1e-12)
    others = space.inverse_transform(np.random.default_rng(1).random((20, space.n_dims)))
    inactive = [set(p) - set(active_part(p, conditions)) for p in found]
    changed = [
        {n: other[n] if n in names else v for n, v in params.items()}
        for params, other, names in zip(found, others, inactive, strict=True)
    ]
    assert_allclose(space.transform(changed), points, atol=1e-12)
    without = [
        {n: v for n, v in p.items() if n not in i} for p, i in zip(found, inactive, strict=True)
    ]
    assert_allclose(space.transform(without), points, atol=1e-12)
    assert_allclose(space.encode(space.transform(changed)), space.encode(points), atol=1e-12)
    assert [space.held(p) for p in without] == [space.held(p) for p in found]
    assert not any(space.beyond(params) for params in changed)


@examples
@given(conditional_spaces(LISTS))
def test_size_and_grid_count_what_has_an_effect(case):
    lists, conditions = case
    space = SearchSpace.from_distributions(lists, conditions=conditions)
    expected = []
    for params in ParameterGrid(lists):
        if (part := active_part(params, conditions)) not in expected:
            expected.append(part)
    grid = space.grid()
    assert [active_part(params, conditions) for params in grid] == expected
    assert space.size == space.n_listed == len(expected)
    points = list(space.enumerate())
    assert len({space.key(point) for point in points}) == len(points) == len(expected)
    assert all(set(params) == set(lists) for params in grid)


@examples
@given(conditional_spaces([["a", "b", "c"], [1, 2, 3], randint(0, 4)]))
def test_size_with_parents_that_have_a_distribution(case):
    distributions, conditions = case
    space = SearchSpace.from_distributions(distributions, conditions=conditions)
    lists = {n: v if isinstance(v, list) else list(range(4)) for n, v in distributions.items()}
    parts = [active_part(params, conditions) for params in ParameterGrid(lists)]
    distinct = {tuple(part.items()) for part in parts}
    assert space.size == len(distinct) == len(list(space.enumerate()))


def test_branches_keep_their_own_conditions():
    conditions = {"degree": {"kernel": ["poly"]}}
    space = SearchSpace.from_distributions(
        [
            {"kernel": ["poly", "rbf"], "degree": [2, 3]},
            {"kernel": ["rbf"], "degree": [2, 3, 4]},
            {"kernel": ["linear", "poly"]},
        ],
        conditions=conditions,
    )
    assert space.conditions == [conditions, {"degree": []}, {}]
    assert space.size == space.n_listed == 3 + 1 + 2
    # {"kernel": "rbf"} is one setting, whatever the degree, and stands in two branches.
    assert len(list(space.enumerate())) == 5


def test_conditions_are_shown_for_what_is_searched():
    space = SearchSpace.from_distributions(
        {"kernel": ["poly", "rbf", "linear"], "degree": [2, 3], "C": loguniform(1, 10)},
        conditions={
            "degree": {"kernel": lambda kernel: kernel == "poly"},
            "C": {"kernel": ["poly", "rbf", "linear"]},
        },
    )
    assert space.conditions == {"degree": {"kernel": ["poly"]}}


def test_parents_that_are_not_searched_have_the_estimators_value():
    from sklearn.svm import SVC

    conditions = {"degree": {"kernel": ["poly"]}, "gamma": {"kernel": ["rbf"]}}
    space = SearchSpace.from_distributions(
        {"degree": [2, 3], "gamma": [0.1, 1.0]}, conditions=conditions, estimator=SVC()
    )
    assert space.conditions == {"degree": []}
    assert (space.size, space.n_dims) == (2, 1)
    assert {params["degree"] for params in space.grid()} == {3}  # the estimator's own


def test_an_inactive_parent_has_no_say():
    conditions = {"power": {"schedule": ["inverse"]}, "schedule": {"solver": ["sgd"]}}
    space = SearchSpace.from_distributions(
        {"power": [1, 2], "solver": ["sgd", "adam"], "schedule": ["inverse"]},
        conditions=conditions,
    )
    assert space.conditions["power"] == {"solver": ["sgd"]}
    assert space.size == 3


@pytest.mark.parametrize(
    ("conditions", "error", "message"),
    [
        (["degree"], InvalidSpaceTypeError, "conditions must be 'auto', None, or a dict"),
        ("always", InvalidSpaceTypeError, "got 'always'"),
        ({"degree": "poly"}, InvalidSpaceTypeError, r"conditions\['degree'\] must be a dict"),
        ({"degree": {"kernel": "poly"}}, InvalidSpaceTypeError, "lists of their values"),
        ({"degree": {"kernel": 1}}, InvalidSpaceTypeError, "got {'kernel': 1}"),
        ({"degree": [{"kernel": ["poly"]}, 1]}, InvalidSpaceTypeError, "list of such dicts"),
        ({1: {"kernel": ["poly"]}}, InvalidSpaceTypeError, r"conditions\[1\]"),
        ({"degre": {"kernel": ["poly"]}}, InvalidSpaceError, "'degre', which is neither"),
        ({"degree": {"kernl": ["poly"]}}, InvalidSpaceError, "'kernl'"),
        (
            {"degree": {"kernel": ["poly"]}, "kernel": {"degree": [2]}},
            InvalidSpaceError,
            "form a circle: 'degree' depends on 'kernel' depends on 'degree'",
        ),
        ({"degree": {"degree": [2]}}, InvalidSpaceError, "form a circle"),
        (
            {"degree": {"kernel": lambda kernel: kernel > 1}},
            InvalidSpaceError,
            "the function for 'kernel' raises TypeError",
        ),
    ],
    ids=range(12),
)
def test_bad_conditions(conditions, error, message):
    with pytest.raises(error, match=message):
        SearchSpace.from_distributions(
            {"kernel": ["poly", "rbf"], "degree": [2, 3]}, conditions=conditions
        )


@examples
@given(conditional_spaces())
def test_a_setting_outside_says_what_is_wrong(case):
    distributions, conditions = case
    space = SearchSpace.from_distributions(distributions, conditions=conditions)
    (params,) = space.inverse_transform(space.sample(1, np.random.default_rng(0)))
    for name in params:
        missing = {n: v for n, v in params.items() if n != name}
        if is_active(name, params, conditions):
            with pytest.raises(InvalidSpaceError, match=f"no value for .*'{name}'"):
                space.transform([missing])
        else:
            assert space.held(missing).keys() == params.keys()
    with pytest.raises(InvalidSpaceError, match="'zzz' is not searched"):
        space.transform([{**params, "zzz": 1}])
