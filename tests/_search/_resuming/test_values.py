"""Folds and settings go to JSON and come back exactly."""

import json
import math
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.stats import loguniform, norm, randint, rv_discrete
from sklearn.base import BaseEstimator
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneOut,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
)
from sklearn.svm import SVC

from sktune._records import Candidate
from sktune._search._resuming._values import (
    decode_params,
    decode_splits,
    encode_params,
    encode_splits,
)
from sktune.exceptions import JournalError
from sktune.space import SearchSpace, log_randint


def through_json(value):
    return json.loads(json.dumps(value))


def assert_splits_come_back(splits):
    found = decode_splits(through_json(encode_splits(splits)))
    assert len(found) == len(splits)
    for parts, expected in zip(found, splits, strict=True):
        for part, places in zip(parts, expected, strict=True):
            assert part.dtype == np.intp
            assert_array_equal(part, np.asarray(places, dtype=np.intp), strict=True)


# Folds


@pytest.mark.parametrize(
    "cv",
    [
        KFold(3),
        KFold(4, shuffle=True, random_state=0),
        StratifiedKFold(3, shuffle=True, random_state=1),
        RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=2),
        ShuffleSplit(3, test_size=0.2, train_size=0.3, random_state=3),
        TimeSeriesSplit(4, gap=2),
        LeaveOneOut(),
        GroupKFold(3),
    ],
    ids=lambda cv: type(cv).__name__,
)
def test_folds_of_splitters(cv):
    y = np.arange(60) % 2
    groups = np.arange(60) // 7 if isinstance(cv, GroupKFold) else None
    assert_splits_come_back(list(cv.split(y, y, groups)))


@pytest.mark.parametrize(
    "train, test",
    [
        ([0, 1], [2, 3]),
        ([2, 3], [0, 1]),
        ([1, 0], [2, 3]),  # not in order
        ([0, 1], [3, 2]),
        ([3, 0], [2, 1]),
        ([0, 1, 2], [2, 3]),  # overlap
        ([0, 1, 2, 3], [0, 1, 2, 3]),
        ([0, 1], [1]),
        ([0, 1], [3]),  # a row left out
        ([0, 0], [1, 1]),  # repeated
        ([0, 2], [1, 1]),
        ([0], [1, 1]),
        ([0, 1, 2], [5]),
        ([0, 1, 2], [-1]),
        ([-2, -1], [0, 1]),
        ([5], []),
        ([], [0]),
        ([], []),
        (range(3), (3, 4)),
        ([0, 2**40, 1], [2**62, -(2**62)]),
        ([0, 127, 254, 127, -1], [0, 128, 0, -129, 40_000, 3 * 10**9]),
    ],
)
def test_folds_of_any_places(train, test):
    assert_splits_come_back([(train, test), (test, train)])


def test_random_folds():
    rng = np.random.default_rng(0)
    for _ in range(300):
        n_rows = rng.integers(1, 400)
        parts = rng.integers(0, n_rows, rng.integers(0, 50)), rng.permutation(n_rows)
        others = np.setdiff1d(np.arange(n_rows), parts[0])
        assert_splits_come_back([parts, (others, np.unique(parts[0])), (others, parts[0])])


@pytest.mark.parametrize("kind", [np.asarray, list])
def test_masks_become_places(kind):
    mask = np.array([True, False, True, True])
    ((train, test),) = decode_splits(through_json(encode_splits([(kind(mask), kind(~mask))])))
    assert_array_equal(train, np.array([0, 2, 3], dtype=np.intp), strict=True)
    assert_array_equal(test, np.array([1], dtype=np.intp), strict=True)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, ">i8", np.uint64])
def test_integers_of_any_kind(dtype):
    assert_splits_come_back([(np.array([0, 1, 200], dtype), np.array([7, 9], dtype))])


@pytest.mark.parametrize("part", [[0.5, 1.0], ["a"], [[0, 1]], 3, [None]])
def test_other_folds_are_refused(part):
    with pytest.raises(ValueError, match="cv must give"):
        encode_splits([([0], part)])


@pytest.mark.parametrize(
    "cv, limit",
    [
        (KFold(5), 2_000),
        (StratifiedKFold(5, shuffle=True, random_state=0), 100_000),  # measured: 72,463
        (ShuffleSplit(5, random_state=0), 1_700_000),  # measured: 1,585,793
    ],
    ids=lambda value: str(value),
)
def test_folds_of_many_rows_stay_small(cv, limit):
    y = np.arange(100_000) % 3
    splits = list(cv.split(y, y))
    assert len(json.dumps(encode_splits(splits))) < limit
    assert_splits_come_back(splits)


@pytest.mark.parametrize(
    "damage",
    [
        {"test": "i1:"},
        {"test": "i1:!!"},
        {"test": "i1:AAAA"},
        {"test": "f8:eJwDAAAAAAE="},
        {"test": "nothing"},
        {"test": None},
        {"n_rows": 2},
        {"n_rows": -1},
        {"n_rows": "4"},
        {"train": 3},
    ],
    ids=str,
)
def test_damaged_folds(damage):
    (data,) = through_json(encode_splits([([0, 1], [2, 3])]))
    with pytest.raises(JournalError, match="folds"):
        decode_splits([{**data, **damage}])
    with pytest.raises(JournalError, match="folds"):
        decode_splits([None])


# Settings

NAN = float("nan")


class Twin:
    """All of them are equal; which one it is matters all the same."""

    def __eq__(self, other):
        return isinstance(other, Twin)

    __hash__ = None


class Odd(BaseEstimator):
    """Does not know itself again."""

    def __eq__(self, other):
        raise RuntimeError("no")

    __hash__ = None


def make_space():
    return SearchSpace.from_distributions(
        [
            {
                "alpha": loguniform(1e-4, 1e-1),
                "beta": norm(),
                "n": randint(1, 10),
                "m": log_randint(1, 2**60),
                "weighted": rv_discrete(values=([1, 3, 7], [0.2, 0.3, 0.5])),
                "listed": [1, 2, 5],
                "numpy": np.logspace(-3, 2, 6),
                "mixed": [1, 1.0, True, None, "a", NAN, (1, 2), np.int64(1), np.bool_(True)],
                "objects": [Odd(), SVC(C=1), SVC(C=1), np.arange(3), np.arange(3), [1], {"a": 1}],
                "constant": [Odd()],
                "zero": [0.0, "x"],
            },
            {"alpha": [0.5], "functions": [np.log, np.exp, max]},
        ]
    )


def make_candidate(space, point=None, params=None):
    if params is None:
        (params,) = space.inverse_transform([point])
    else:
        (point,) = space.transform([params])
    branch = int(space.branch_of([point])[0])
    return Candidate(0, params, tuple(point), branch, "random")


def assert_comes_back(space, candidate):
    encoded = through_json(encode_params(space, candidate))
    decoded = decode_params(space, candidate.branch, encoded)
    assert list(decoded) == list(candidate.params)
    for name, value in candidate.params.items():
        found = decoded[name]
        is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if is_number and not math.isnan(value):
            assert type(found) is type(value), name
            assert (found, np.signbit(found)) == (value, np.signbit(value)), name
        else:
            assert found is value, name
    return encoded


def test_settings_of_all_kinds_come_back():
    space = make_space()
    assert space.n_branches == 2
    points = np.random.default_rng(0).random((400, space.n_dims))
    candidates = [make_candidate(space, point) for point in space.snap(points)]
    for candidate in candidates:
        assert_comes_back(space, candidate)
    # All choices have been seen, and told apart.
    for branch in range(2):
        for name, dimension in space._branches[branch].items():
            for value in getattr(dimension, "values", ()):
                assert any(c.params.get(name) is value for c in candidates), (name, value)


def test_another_process_gets_its_own_objects():
    first, second = make_space(), make_space()
    for point in first.snap(np.random.default_rng(1).random((50, first.n_dims))):
        candidate = make_candidate(first, point)
        encoded = through_json(encode_params(first, candidate))
        decoded = decode_params(second, candidate.branch, encoded)
        (expected,) = second.inverse_transform([point])
        for name, value in expected.items():
            number = isinstance(value, float | int)
            assert decoded[name] is value or (number and decoded[name] == value), name


@pytest.mark.parametrize(
    "name, value, expected",
    [
        ("alpha", 0.1 + 0.2, 0.1 + 0.2),
        ("n", 3, 3),
        ("listed", 2, {"choice": 1}),
        ("numpy", 1.0, 1.0),
        ("mixed", 1, {"choice": 0}),
        ("mixed", 1.0, {"choice": 1}),
        ("mixed", True, {"choice": 2}),
        ("mixed", None, {"choice": 3}),
        ("mixed", NAN, {"choice": 5}),
        ("mixed", (1, 2), {"choice": 6}),
    ],
)
def test_how_a_value_is_written(name, value, expected):
    space = SearchSpace.from_distributions(
        {
            "alpha": loguniform(1e-4, 1),
            "n": randint(1, 10),
            "listed": [1, 2, 5],
            "numpy": np.array([1.0, 2.0]),
            "mixed": [1, 1.0, True, None, "a", NAN, (1, 2)],
        }
    )
    start = {"alpha": 0.5, "n": 1, "listed": 1, "numpy": 2.0, "mixed": "a", name: value}
    encoded = assert_comes_back(space, make_candidate(space, params=start))
    assert encoded[name] == expected
    assert type(encoded[name]) is type(expected)


@pytest.mark.parametrize(
    "value",
    [1, 1.0, np.int64(1), np.int8(1), np.float32(0.1), np.float64(0.1), np.float16(2), 0.0, -0.0],
)
def test_starts_of_any_type_of_number_keep_it(value):
    space = SearchSpace.from_distributions({"beta": norm(), "listed": [0.0, 1, 2]})
    candidate = make_candidate(space, params={"listed": 2, "beta": value})
    assert_comes_back(space, candidate)
    if value in (0, 1):
        assert_comes_back(space, make_candidate(space, params={"beta": 0.5, "listed": value}))


def test_a_fraction_becomes_a_float():
    space = SearchSpace.from_distributions({"beta": norm()})
    encoded = encode_params(space, make_candidate(space, params={"beta": Fraction(1, 4)}))
    assert decode_params(space, 0, through_json(encoded)) == {"beta": 0.25}


def test_twins_are_told_apart_by_identity_and_copies_by_their_place():
    # A class without __hash__ is compared pairwise: equal ones would be one choice.
    odd = [Odd(), Odd(), Odd()]
    space = SearchSpace.from_distributions({"odd": odd, "twin": [Twin(), "x"], "c": [odd[0]]})
    for value in odd:
        params = {"odd": value, "twin": Twin(), "c": odd[0]}
        candidate = make_candidate(space, params=params)
        decoded = decode_params(space, 0, through_json(encode_params(space, candidate)))
        assert decoded["odd"] is value
        assert decoded["twin"] is space._branches[0]["twin"].values[0]
    # The list knows a copy neither by identity nor by ==: the point says where it stands.
    copied = Candidate(
        0, {**candidate.params, "odd": Odd(), "c": Odd()}, candidate.point, 0, "grid"
    )
    assert encode_params(space, copied) == encode_params(space, candidate)


def test_settings_of_a_grid_come_back():
    space = SearchSpace.from_distributions(
        {"a": np.array([1, 2]), "b": ["x", None, (1,)], "c": np.array(["u", "v"])}
    )
    for params in space.grid():
        candidate = make_candidate(space, params=params)
        decoded = decode_params(space, 0, through_json(encode_params(space, candidate)))
        assert decoded == params
        assert [type(v) for v in decoded.values()] == [type(v) for v in params.values()]


@pytest.mark.parametrize(
    "branch, encoded, message",
    [
        (1, {"a": 1.0, "b": {"choice": 0}}, "branch 1"),
        (-1, {"a": 1.0, "b": {"choice": 0}}, "branch -1"),
        (0, {"a": 1.0}, "other parameters: 'b'"),
        (0, {"a": 1.0, "b": {"choice": 0}, "c": 1}, "other parameters: 'c'"),
        (0, {"a": 1.0, "b": {"choice": 2}}, "b="),
        (0, {"a": 1.0, "b": {"choice": -1}}, "b="),
        (0, {"a": 1.0, "b": {"choice": "0"}}, "b="),
        (0, {"a": 1.0, "b": {}}, "b="),
        (0, {"a": 1.0, "b": "x"}, "b="),
        (0, {"a": 1.0, "b": None}, "b="),
        (0, {"a": 1.0, "b": 7}, "b="),
        (0, {"a": {"choice": 0}, "b": {"choice": 0}}, "a="),
        (0, {"a": {"number": 1, "dtype": "object_"}, "b": {"choice": 0}}, "a="),
        (0, {"a": {"number": "x", "dtype": "float32"}, "b": {"choice": 0}}, "a="),
        (0, {"a": {"number": 50, "dtype": "float32"}, "b": {"choice": 0}}, "a="),
        (0, {"a": 50.0, "b": {"choice": 0}}, "a="),
        (0, {"a": True, "b": {"choice": 0}}, "a="),
    ],
)
def test_what_is_not_in_the_space_is_refused(branch, encoded, message):
    space = SearchSpace.from_distributions({"a": loguniform(1e-3, 10), "b": ["x", "y"]})
    with pytest.raises(JournalError, match=message):
        decode_params(space, branch, encoded)
