"""``SearchSpace``: settings and points, branches, constraints, and the grid."""

import pickle
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import bernoulli, expon, loguniform, norm, poisson, randint, rv_discrete, uniform
from sklearn.model_selection import ParameterGrid
from sklearn.svm import SVC, LinearSVC

from sktune.exceptions import InvalidSpaceError
from sktune.space import SearchSpace, log_randint

make = SearchSpace.from_distributions

ESTIMATORS = [SVC(), LinearSVC()]
SPACES = {
    "floats": {"a": loguniform(1e-4, 1), "b": norm(), "c": expon()},
    "integers": {"a": randint(1, 9), "b": log_randint(1, 500), "c": poisson(4)},
    "lists": {"a": [3, 1, 2], "b": ["x", None, (1, 2)], "c": [{"k": 1}, {"k": 2}]},
    "mixed": {"a": uniform(), "b": [True, False], "c": randint(0, 3), "d": ["only"]},
    "branches": [
        {"step": [ESTIMATORS[0]], "step__C": loguniform(1e-2, 1e2), "n": [1, 2, 3]},
        {"step": [ESTIMATORS[1]], "step__C": loguniform(1e-2, 1e2)},
        {"step": ["passthrough"], "k": randint(1, 4)},
    ],
    "atoms": {"a": rv_discrete(values=([0.5, 2.5, 9], [0.7, 0.1, 0.2])), "b": [1, 2]},
    "constants": {"a": [1], "b": ["x"]},
    "empty": {},
}
all_spaces = pytest.mark.parametrize("name", SPACES)


def random_points(space, n_points=200, seed=0):
    return np.random.default_rng(seed).random((n_points, space.n_dims))


# There and back


@all_spaces
def test_points_to_settings_to_points(name):
    space = make(SPACES[name])
    points = random_points(space)
    settings = space.inverse_transform(points)
    snapped = space.snap(points)
    assert snapped.shape == points.shape
    assert_allclose(space.transform(settings), snapped, atol=1e-7)
    assert_allclose(space.snap(snapped), snapped, rtol=0, atol=1e-15)
    for once, twice in zip(settings, space.inverse_transform(snapped), strict=True):
        assert list(once) == sorted(once)
        assert once == twice


@all_spaces
def test_equal_settings_have_equal_keys(name):
    space = make(SPACES[name])
    points = space.snap(random_points(space, 60))
    settings = space.inverse_transform(points)
    keys = [space.key(point) for point in points]
    for i, j in product(range(60), repeat=2):
        assert (keys[i] == keys[j]) == (settings[i] == settings[j])
        assert keys[i] != keys[j] or hash(keys[i]) == hash(keys[j])
    again = [space.key(point) for point in space.transform(settings)]
    assert again == keys


@all_spaces
def test_a_space_survives_pickling(name):
    space = make(SPACES[name])
    loaded = pickle.loads(pickle.dumps(space))
    points = random_points(space, 10)
    assert_array_equal(loaded.snap(points), space.snap(points))
    assert loaded.n_dims == space.n_dims


def test_settings_are_the_users_own_objects_and_own_dicts():
    choices = [{"k": [1]}, ESTIMATORS[0], None]
    space = make({"a": choices})
    first, second = (space.inverse_transform([[0.1]])[0] for _ in range(2))
    assert first["a"] is choices[0]
    first["b"] = 1
    assert second == {"a": choices[0]}


@pytest.mark.parametrize(
    "params, complaint",
    [
        ({"a": 2.0, "b": 2}, "'a' is 2.0, but must be a number from 0 to 1"),
        ({"a": 0.5, "b": 9}, "'b' is 9, but must be an integer from 1 to 3"),
        ({"a": 0.5, "b": "x"}, "'b' is 'x'"),
        ({"a": 0.5}, "it has no value for 'b'"),
        ({"a": 0.5, "b": 2, "z": 1}, "'z' is not searched"),
    ],
)
def test_settings_outside_are_refused_by_name(params, complaint):
    space = make({"a": uniform(), "b": randint(1, 4)})
    with pytest.raises(InvalidSpaceError, match="does not lie in the search space") as caught:
        space.transform([{"a": 0.5, "b": 2}, params])
    assert complaint in str(caught.value)
    assert repr(params) in str(caught.value)


def test_the_complaints_of_all_branches_are_given():
    space = make([{"kernel": ["rbf"], "gamma": uniform()}, {"kernel": ["linear"]}])
    with pytest.raises(InvalidSpaceError) as caught:
        space.transform([{"kernel": "poly", "gamma": 0.5}])
    assert "'kernel' is 'poly', but must be one of 'rbf'; or 'gamma' is not" in str(caught.value)


# Sizes


@pytest.mark.parametrize(
    "distributions, n_dims, size, n_listed",
    [
        ({"a": [1, 2, 3], "b": ["x", "y"]}, 2, 6, 6),
        ({"a": [1, 1, 2]}, 1, 2, 3),
        ({"a": [1]}, 0, 1, 1),
        ({}, 0, 1, 1),
        ({"a": randint(0, 5), "b": [1, 2]}, 2, 10, np.inf),
        ({"a": randint(3, 4), "b": [1, 2]}, 1, 2, np.inf),
        ({"a": uniform(), "b": [1, 2]}, 2, np.inf, np.inf),
        ([{"a": [1, 2]}, {"b": [1, 2, 3], "a": [1, 2]}], 3, 8, 8),
        ([{"a": [1, 2]}, {"a": [1, 2]}], 2, 4, 4),
        ([{"a": [1]}, {"a": [2]}], 1, 2, 2),
        # More settings than a 64-bit integer, and than a float, can count.
        ({f"a{i}": randint(0, 10**5) for i in range(5)}, 5, 1e25, np.inf),
        ({f"a{i}": randint(0, 10**9) for i in range(40)}, 40, np.inf, np.inf),
    ],
)
def test_sizes(distributions, n_dims, size, n_listed):
    space = make(distributions)
    assert (space.n_dims, len(space.dimensions)) == (n_dims, n_dims)
    assert space.size == pytest.approx(size)
    assert space.n_listed == n_listed


# Branches


def test_branches_share_what_they_mean_alike():
    shared, own = loguniform(1e-3, 1), loguniform(1e-3, 10)
    space = make([{"a": shared, "b": [1, 2]}, {"a": shared, "b": [1, 2, 3]}, {"a": own}])
    # Branch, one `a` for the first two, one for the third, two different `b`.
    assert space.n_dims == 5
    assert space.n_branches == 3


@pytest.mark.parametrize("p, other_p", [(0.1, 0.5), (0.5, 0.1)])
def test_branches_do_not_share_distributions_that_differ(p, other_p):
    # Equal ends, and the middles of one's cells lie in the same cells of the other.
    settings = [{"a": 0, "b": 1}, {"a": 1, "b": 1}, {"a": 0}, {"a": 1}]
    space = make([{"a": bernoulli(p), "b": [1]}, {"a": bernoulli(other_p)}])
    points = space.transform(settings)
    assert space.inverse_transform(points) == settings
    assert space.inverse_transform(space.snap(points)) == settings


def test_branch_of_a_point():
    space = make(SPACES["branches"])
    points = random_points(space)
    expected = np.minimum((points[:, 0] * 3).astype(int), 2)
    assert_array_equal(space.branch_of(points), expected)
    for branch, params in zip(expected, space.inverse_transform(points), strict=True):
        assert params.keys() == SPACES["branches"][branch].keys()


def test_coordinates_without_a_meaning_are_still():
    space = make(SPACES["branches"])
    points = random_points(space)
    active, snapped = space.is_active(points), space.snap(points)
    assert active[:, 0].all()
    # Beside the branch: C and n, C, k; constants have no coordinate.
    assert_array_equal(active.sum(axis=1), np.array([3, 2, 2])[space.branch_of(points)])
    assert (snapped[~active] == 0.5).all()
    moved = np.where(active, points, np.random.default_rng(1).random(points.shape))
    assert_array_equal(space.snap(moved), snapped)
    assert_array_equal(space.encode(moved), space.encode(points))


@pytest.mark.parametrize(
    "values",
    [[1, 2], ["x", None], [0.1, 1, 10], [{"k": 1}, {"k": 2}], ESTIMATORS, [(1,), (2,)], [1, None]],
)
def test_equal_settings_of_two_branches_have_equal_keys(values):
    space = make([{"a": values, "b": [0]}, {"b": [0, 1], "a": [*reversed(values), "more"]}])
    for index, value in enumerate(values):
        first, second = np.full((2, space.n_dims), 0.5)
        first[0], second[0] = 0.25, 0.75
        points = [p for p in space.enumerate() if space.inverse_transform(p)[0]["a"] is value]
        assert len({space.key(p) for p in points}) == len(points) == 2, index
    assert len(list(space.enumerate())) == 2 * (len(values) + 1)


@pytest.mark.parametrize(
    "low, high",
    [(1, 1.0), (True, 1), (0, False), (10**17, 10**17 + 1), ("1", 1), ((1,), [1])],
)
def test_settings_that_look_alike_have_their_own_keys(low, high):
    space = make([{"a": [low, high]}, {"a": [low, high], "b": [1]}])
    assert len({space.key(point) for point in space.enumerate()}) == 4


@pytest.mark.parametrize("value", [np.nan, np.inf, Fraction(1, 3), np.float32(0.1), 10**30])
def test_keys_of_odd_numbers_are_reproducible(value):
    space = make([{"a": [value, None]}, {"b": [1, 2]}])
    keys = [[space.key(point) for point in space.enumerate()] for _ in range(2)]
    assert keys[0] == keys[1]
    assert len(set(keys[0])) == 4


def test_zero_has_one_key():
    space = make([{"a": [0.0, 1.0]}, {"a": [-0.0, 2.0]}])
    assert len({space.key(point) for point in space.enumerate()}) == 3


# What a model sees


@all_spaces
def test_features(name):
    space = make(SPACES[name])
    points = random_points(space)
    features, groups = space.encode(points), space.feature_groups
    assert len(groups) == space.n_dims
    columns = [column for group in groups for column in range(group.start, group.stop)]
    assert columns == list(range(features.shape[1]))
    active = space.is_active(points)
    for j, (group, dimension) in enumerate(zip(groups, space.dimensions, strict=True)):
        block = features[:, group]
        assert block.shape == (len(points), dimension.n_features)
        assert (block >= 0).all()
        assert (block <= 1).all()
        if not dimension.is_ordered:
            assert_array_equal(block.sum(axis=1), active[:, j])
        else:
            assert (block[~active[:, j]] == 0.5).all()


def test_features_of_known_settings():
    space = make({"a": [1, 2, 4], "b": ["x", "y", "z"], "c": loguniform(1e-2, 1e2)})
    points = space.transform([{"a": 2, "b": "z", "c": 1.0}, {"a": 1, "b": "x", "c": 100.0}])
    assert_allclose(space.encode(points), [[0.5, 0, 0, 1, 0.5], [0, 1, 0, 0, 1]], atol=1e-12)
    assert space.feature_groups == [slice(0, 1), slice(1, 4), slice(4, 5)]


# What an estimator has now


def test_setting_in_the_parameters_of_an_estimator():
    space = make({"C": loguniform(1e-2, 1e2), "kernel": ["rbf", "poly"]})
    assert space.setting_in(SVC().get_params()) == {"C": 1.0, "kernel": "rbf"}
    assert space.setting_in(SVC(C=1e4).get_params()) is None
    assert space.setting_in(LinearSVC().get_params()) is None
    branches = make([{"kernel": ["poly"], "degree": [3]}, {"kernel": ["rbf"], "C": uniform(0, 2)}])
    assert branches.setting_in(SVC().get_params()) == {"C": 1.0, "kernel": "rbf"}


# Constraints


def test_constraint_is_asked_and_obeyed():
    asked = []

    def below_one(params):
        asked.append(params)
        return params["a"] + params["b"] < 1

    space = make({"a": uniform(), "b": uniform()}, below_one)
    points = space.sample(50, np.random.default_rng(0))
    assert points.shape == (50, 2)
    assert (points.sum(axis=1) < 1).all()
    assert all(type(params) is dict for params in asked)
    assert_array_equal(space.allowed([[0.9, 0.9], [0.1, 0.1]]), [False, True])
    assert not space.allows({"a": 1.0, "b": 1.0})


def test_constraint_cannot_change_a_setting():
    space = make({"a": [1, 2]}, lambda params: params.pop("a") == 1)
    setting = {"a": 1}
    assert space.allows(setting)
    assert setting == {"a": 1}
    assert space.grid() == [setting]


def test_without_a_constraint_all_is_allowed():
    space = make(SPACES["mixed"])
    assert space.allowed(random_points(space)).all()
    assert space.allows({"anything": 1})


@pytest.mark.parametrize("distributions", [{"a": uniform()}, {"a": [1, 2]}, {"a": [1]}])
def test_sampling_where_nothing_is_allowed_says_so(distributions):
    space = make(distributions, lambda params: False)
    with pytest.raises(InvalidSpaceError, match="constraint allowed none of 10000 random settings"):
        space.sample(100, np.random.default_rng(0))


def test_a_grid_where_nothing_is_allowed_says_so():
    space = make({"a": [1, 2], "b": [3, 4, 5]}, lambda params: False)
    with pytest.raises(InvalidSpaceError, match="constraint allowed none of the 6 settings"):
        space.grid()
    assert list(space.enumerate()) == []


# Samples


@all_spaces
def test_samples_are_points_of_the_space(name):
    space = make(SPACES[name])
    points = space.sample(30, np.random.default_rng(0))
    assert points.shape == (30, space.n_dims)
    assert_array_equal(points, space.snap(points))
    assert_array_equal(points, space.sample(30, np.random.default_rng(0)))
    if space.n_dims:
        assert (points != space.sample(30, np.random.default_rng(1))).any()
    assert space.sample(0, np.random.default_rng(0)).shape == (0, space.n_dims)


def test_samples_are_uniform_under_the_users_distributions():
    space = make({"k": ["x", "y", "z", "w"], "n": randint(0, 5), "p": poisson(2)})
    settings = space.inverse_transform(space.sample(4000, np.random.default_rng(0)))
    for name, values, probabilities in (
        ("k", "xyzw", np.full(4, 0.25)),
        ("n", range(5), np.full(5, 0.2)),
        ("p", range(8), poisson(2).pmf(range(8)) / poisson(2).cdf(7)),
    ):
        drawn = [params[name] for params in settings]
        found = [drawn.count(value) / len(drawn) for value in values]
        # Four standard deviations of a share near a quarter of 4000 draws.
        assert_allclose(found, probabilities, atol=0.028)


# All settings


GRIDS = [
    {"a": [1, 2, 3], "b": ["x", "y"]},
    {"b": [3, 1, 2], "a": [True, None]},
    {"a": [1, 1, 2]},
    {"a": ["x"], "b": [2]},
    {},
    [{"a": [1, 2]}, {"b": [1, 2], "a": [5]}],
    [{"a": [1, 2]}, {"a": [2, 1]}, {}],
    {"a": np.array([3.0, 1.0]), "b": range(2)},
]


@pytest.mark.parametrize("grid", GRIDS)
def test_grid_is_parameter_grid(grid):
    assert make(grid).grid() == list(ParameterGrid(grid))
    assert make(grid).n_listed == len(ParameterGrid(grid))


def test_grid_leaves_out_what_is_forbidden():
    grid = GRIDS[0]
    space = make(grid, lambda params: params["a"] != 2)
    assert space.grid() == [params for params in ParameterGrid(grid) if params["a"] != 2]


@pytest.mark.parametrize("grid", GRIDS)
def test_enumeration_gives_each_setting_once(grid):
    space = make(grid)
    points = list(space.enumerate())
    found = [space.inverse_transform(point)[0] for point in points]
    expected = list(ParameterGrid(grid))
    assert all(found.count(params) == 1 for params in found)
    assert all(params in found for params in expected)
    assert all(params in expected for params in found)
    assert len({space.key(point) for point in points}) == len(points)
    for point in points:
        assert point.shape == (space.n_dims,)
        assert_allclose(space.snap(point)[0], point, atol=1e-15)


def test_enumeration_of_integers_obeys_the_constraint():
    space = make({"a": randint(0, 4), "b": log_randint(1, 3)}, lambda p: p["a"] <= p["b"])
    found = [space.inverse_transform(point)[0] for point in space.enumerate()]
    expected = [{"a": a, "b": b} for a in range(4) for b in range(1, 4) if a <= b]
    assert found == expected
