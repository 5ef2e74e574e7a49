"""A fingerprint is the same in every process, and another for whatever matters."""

import datetime
import enum
import functools
import json
import operator
import os
import pathlib
import re
import subprocess
import sys
import threading
from decimal import Decimal

import joblib
import numpy as np
import pytest
from scipy import sparse, stats
from scipy.stats import loguniform, randint, rv_discrete, uniform
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.ensemble import VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, make_scorer
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedKFold,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from sktune import AnnealingSearchCV, BayesSearchCV
from sktune._search._inputs._spaces import read_space
from sktune._search._resuming._fingerprint import describe, file_name, fingerprint
from sktune.space import log_randint

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

ROOT = pathlib.Path(__file__).parents[3]

X = np.arange(60.0).reshape(20, 3)
Y = np.arange(20) % 2


def text_of(value):
    return json.dumps(describe(value), sort_keys=True)


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Splitter:
    """A splitter of the user's own."""

    def __init__(self, n_splits, random_state=None):
        self.n_splits = n_splits
        self.random_state = random_state

    def split(self, X, y=None, groups=None):
        self.n_drawn_ = 17
        yield from KFold(self.n_splits).split(X)

    def get_n_splits(self, X=None, y=None, groups=None):
        return self.n_splits


class Loop:
    def __init__(self, value):
        self.value = value
        self.itself = self
        self.others = [self, {"me": self}]


class Slots:
    __slots__ = ("a", "b")

    def __init__(self, a):
        self.a = a


class Metric:
    """A metric that looks like a function."""

    def __init__(self, beta):
        self.beta = beta
        self.__name__ = "metric"
        self.lock = threading.Lock()

    def __call__(self, y, prediction):
        return self.beta

    def method(self):
        return self.beta


class Lazy:
    @functools.cached_property
    def table(self):
        return list(range(10))

    def __init__(self, size):
        self.size = size


class Handle:
    """Keeps an open file, which no other process has."""

    def __init__(self, path):
        self.path = path
        self.file = object()

    def __getstate__(self):
        return {"path": self.path}


class Deep:
    def __init__(self, depth):
        self.inner = Deep(depth - 1) if depth else None


class Tree:
    def __init__(self, depth):
        self.children = [Tree(depth - 1) for _ in range(5)] if depth else []


class Broken:
    def __repr__(self):
        raise RuntimeError("no")

    def __getstate__(self):
        raise RuntimeError("no")

    def get_params(self, deep=True):
        raise RuntimeError("no")


class Wide(BaseEstimator):
    def __init__(self, function=None, seed=None, items=()):
        self.function = function
        self.seed = seed
        self.items = items


def plain(params):
    return params["a"] > 1


def other(params):
    return params["a"] > 2


def decorated(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


@decorated
def wrapped(params):
    return params["b"]


@decorated
def wrapped_too(params):
    return params["b"] + 1


def undecorated(function):
    def wrapper(*args):
        return function(*args)

    return wrapper


def more_than(limit, *, step=1):
    def check(params, slack=0):
        return params["a"] > limit * step + slack

    return check


def lambda_more_than(limit):
    return lambda params: params["a"] > limit


def recursive():
    def inner(n):
        return inner(n - 1) if n else 0

    return inner


def exec_function(text):
    names = {}
    exec(text, names)
    return names["f"]


def after_draws(distribution):
    distribution.rvs(size=3)
    distribution.rvs(size=3, random_state=0)
    return distribution


def fitted(estimator):
    return estimator.fit(X, Y)


def split_once(splitter):
    list(splitter.split(X, Y))
    return splitter


def sorted_later():
    matrix = sparse.csr_matrix((np.array([1.0, 2.0]), [2, 0], [0, 2]), shape=(1, 3))
    return matrix


def make_frame(**changes):
    columns = {
        "a": [1, 2],
        "b": ["x", None],
        "c": pd.Categorical(["u", "v"]),
        "d": pd.to_datetime(["2020-01-01", "2020-01-02"]),
    }
    return pd.DataFrame(columns | changes)


def used_frame():
    frame = make_frame()
    frame["new"] = 1.0
    frame = frame.drop(columns="new")
    frame.values  # noqa: B018
    frame._consolidate_inplace()
    return frame


def request_weights(estimator):
    return type(estimator).set_fit_request(estimator, sample_weight=True)


# Each list: different things, each of which is described in its own way; with the reason.
DIFFERENT = {
    "numbers": [1, 1.0, True, "1", None, "None", 0, 0.0, -0.0, False, "", 2**70, float("inf"), 1j],
    "nan": [float("nan"), "nan", None],
    "containers": [[], (), {}, set(), [[]], [()], ((),), {"a": 1}, {"a": 1.0}, [1, 2], (1, 2)]
    + [{1, 2}, {"a"}, {1: 2}, {1.0: 2}, {True: 2}, {"1": 2}, {(1,): 2}, [2, 1], {"a": {"b": 1}}],
    "lookalikes": [SVC, SVC(), "sklearn.svm._classes.SVC", {"class": "sklearn.svm._classes.SVC"}],
    "long": [list(range(100)), list(range(99)) + [99.0], list(range(101)), tuple(range(100))],
    "long texts": ["a" * 300, "a" * 299 + "b", "a" * 301, "\udc80" * 300],
    "bytes": [b"a", b"b", "a"],
    "small things": [Colour.RED, Colour.BLUE, 1, range(3), range(4), slice(3), slice(0, 3)]
    + [datetime.date(2020, 1, 1), datetime.date(2020, 1, 2), Decimal("1"), Decimal("1.0")]
    + [re.compile("a"), re.compile("a", re.I), pathlib.PurePosixPath("a"), np.dtype("f4"), "a"]
    + [np.datetime64("2020-01-01"), np.datetime64("2020-01-02"), np.timedelta64(1, "s")],
    "random": [np.random.RandomState(0), np.random.default_rng(0), 0, None],
    "estimators": [
        SVC(),
        SVC(C=1),
        SVC(C=2.0),
        LogisticRegression(),
        SVC(random_state=0),
        SVC(random_state=np.random.RandomState(0)),
        make_pipeline(StandardScaler(), SVC()),
        make_pipeline(StandardScaler(), SVC(C=2.0)),
        make_pipeline(StandardScaler(with_mean=False), SVC()),
        VotingClassifier([("a", SVC()), ("b", SVC(C=3.0))]),
        VotingClassifier([("a", SVC()), ("c", SVC(C=3.0))]),
        FunctionTransformer(np.log),
        FunctionTransformer(np.exp),
        FunctionTransformer(lambda x: x),
        FunctionTransformer(lambda x: x + 1),
    ],
    "functions": [plain, other, wrapped, wrapped_too, undecorated(plain), undecorated(other)],
    "lambdas on one line": [lambda p: p > 1, lambda p: p > 2, lambda q: q > 1],
    "closures": [more_than(1), more_than(2), more_than(1.0), more_than(1, step=2)]
    + [lambda_more_than(1), lambda_more_than(2)],
    "defaults": [lambda p, k=k: p > k for k in range(3)],
    "keyword defaults": [lambda p, *, k=k: p > k for k in range(3)],
    "partials": [functools.partial(plain), functools.partial(other), functools.partial(plain, 1)]
    + [functools.partial(plain, params=1), functools.partial(plain, params=2)],
    "methods": [Metric(1).method, Metric(2).method, Metric(1).__call__, str.lower, "a".lower]
    + ["b".lower, list.append],
    "without source": [
        exec_function("f = lambda p: p > 1"),
        exec_function("f = lambda p: p > 2"),
        exec_function("f = lambda p: p < 1"),
        exec_function("f = lambda p: p.a"),
        exec_function("f = lambda p: p.b"),
        exec_function("def f(p):\n return [i for i in p if i > 1]"),
        exec_function("def f(p):\n return [i for i in p if i > 2]"),
    ],
    "compiled": [np.mean, np.median, np.log, np.exp, len, max, operator.itemgetter(1)]
    + [operator.itemgetter(2), functools.lru_cache(plain), functools.lru_cache(other)],
    "scorers": ["accuracy", make_scorer(accuracy_score), make_scorer(f1_score)]
    + [make_scorer(f1_score, pos_label=0), make_scorer(f1_score, greater_is_better=False)]
    + [Metric(1), Metric(2), {"a": "accuracy"}, ["accuracy"], {"b": "accuracy"}],
    "distributions": [
        loguniform(1e-4, 1e-1),
        loguniform(1e-4, 1),
        loguniform(1e-3, 1e-1),
        loguniform(1e-4, 1e-1, loc=1),
        loguniform(1e-4, 1e-1, scale=2),
        uniform(0, 1),
        uniform(0, 2),
        uniform(loc=1),
        uniform,
        randint(0, 3),
        randint(0, 4),
        log_randint(1, 3),
        rv_discrete(values=([1, 2], [0.5, 0.5]))(),
        rv_discrete(values=([1, 2], [0.25, 0.75]))(),
        rv_discrete(values=([1, 3], [0.5, 0.5])),
        stats.truncnorm(-1, 1),
        stats.norm(),
    ],
    "splitters": [
        5,
        KFold(5),
        KFold(4),
        StratifiedKFold(5),
        KFold(5, shuffle=True),
        KFold(5, shuffle=True, random_state=0),
        KFold(5, shuffle=True, random_state=1),
        KFold(5, shuffle=True, random_state=np.random.RandomState(0)),
        GroupKFold(5),
        ShuffleSplit(5, test_size=0.1),
        ShuffleSplit(5, test_size=0.2),
        RepeatedKFold(n_splits=5),
        RepeatedKFold(n_splits=4),
        Splitter(3),
        Splitter(4),
        [([0, 1], [2])],
        [([0, 2], [1])],
        [(np.array([0, 1]), np.array([2]))],
        iter([]),
        (split for split in []),
    ],
    "arrays": [
        X,
        X + 1e-15,
        X.astype(np.float32),
        X.astype(">f8"),
        X.T,
        X.ravel(),
        X[:, ::-1],
        np.array(X.tolist(), dtype=object),
        np.array(["a", "b"]),
        np.array(["a", "b"], dtype=object),
        np.array(["a", None], dtype=object),
        np.array([plain, other], dtype=object),
        np.array([], dtype=float),
        np.zeros((0, 3)),
        np.array(1.0),
        np.array(["2020-01-01"], dtype="M8[D]"),
        np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
        np.ma.masked_array([1.0, 2.0], [True, False]),
        np.ma.masked_array([1.0, 2.0], [False, False]),
        np.matrix([[1.0]]),
        np.array([[1.0]]),
    ],
    "sparse": [
        sparse.csr_matrix(X),
        sparse.csr_array(X),
        sparse.csc_matrix(X),
        sparse.csr_matrix(X + 1),
        sparse.csr_matrix(X.T),
        sparse.coo_array(np.arange(3)),
    ],
    "frames": [
        make_frame(),
        make_frame(a=[1, 3]),
        make_frame(a=[1.0, 2.0]),
        make_frame(b=["x", "y"]),
        make_frame(c=["u", "v"]),
        make_frame(c=pd.Categorical(["u", "v"], categories=["v", "u"])),
        make_frame(c=pd.Categorical(["u", "v"], categories=["u", "v", "w"])),
        make_frame().rename(columns={"a": "z"}),
        make_frame().set_index("a", drop=False),
        make_frame()[["b", "a", "c", "d"]],
        make_frame().iloc[::-1],
        pd.Series([1, 2]),
        pd.Series([1, 3]),
        pd.Index([1, 2]),
        pd.Series(["x", "y"]),
        pl.DataFrame({"a": [1, 2]}),
        pl.DataFrame({"a": [1, 3]}),
        pl.DataFrame({"b": [1, 2]}),
        pl.DataFrame({"a": [1, 2], "b": [[1], [2, 3]]}),
        pl.DataFrame({"a": [1, 2], "b": [[1], [2, 4]]}),
        pl.Series([1, 2]),
    ],
    "objects": [Loop(1), Loop(2), Slots(1), Slots(2), Lazy(1), Lazy(2), Handle("a"), Handle("b")]
    + [Broken(), object(), Deep(3), Deep(4), CountVectorizer(stop_words=["a"])]
    + [CountVectorizer(stop_words=["a"] * 300), CountVectorizer(stop_words=["a"] * 299 + ["b"])],
}

# Pairs that mean the same.
SAME = {
    "numpy scalar": (np.float64(0.1), 0.1),
    "numpy integer": (np.int32(3), 3),
    "numpy bool": (np.bool_(True), True),
    "numpy text": (np.str_("a"), "a"),
    "nan": (float("nan"), np.float64("nan")),
    "order of keys": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "order of other keys": ({1: 1, "b": 2}, {"b": 2, 1: 1}),
    "sets": ({"a", "b", "c"}, {"c", "b", "a"}),
    "drawn": (loguniform(1e-4, 1e-1), after_draws(loguniform(1e-4, 1e-1))),
    "drawn integer": (log_randint(1, 5), after_draws(log_randint(1, 5))),
    "frozen twice": (uniform(0, 1), uniform(0, 1)),
    "fitted": (SVC(), fitted(SVC())),
    "fitted pipeline": (
        make_pipeline(StandardScaler(), SVC()),
        fitted(make_pipeline(StandardScaler(), SVC())),
    ),
    "split": (Splitter(3), split_once(Splitter(3))),
    "split by sklearn": (
        KFold(3, shuffle=True, random_state=np.random.RandomState(0)),
        split_once(KFold(3, shuffle=True, random_state=np.random.RandomState(0))),
    ),
    "random state": (np.random.RandomState(0), np.random.RandomState(7)),
    "generator of numbers": (np.random.default_rng(0), np.random.default_rng(7)),
    "iterators": (iter([1]), iter([2])),
    "factories": (more_than(3), more_than(3)),
    "cached property": (Lazy(3), (lambda lazy: (lazy.table, lazy)[1])(Lazy(3))),
    "open file": (Handle("a"), Handle("a")),
    "locks": (Metric(1), Metric(1)),
    "loops": (Loop(1), Loop(1)),
    "slots": (Slots(1), Slots(1)),
    "nothing known": (object(), object()),
    "order in memory": (X, np.asfortranarray(X)),
    "view": (X[:, 1:], X[:, 1:].copy()),
    "sparse": (
        sparse.csr_matrix(([2.0, 1.0], [0, 2], [0, 2]), shape=(1, 3)),
        sparse.csr_matrix(([1.0, 2.0], [2, 0], [0, 2]), shape=(1, 3)),
    ),
    "frame": (make_frame(), used_frame()),
    "recursive": (recursive(), recursive()),
}


@pytest.mark.parametrize("kind", DIFFERENT)
def test_different_things_are_told_apart(kind):
    texts = [text_of(value) for value in DIFFERENT[kind]]
    for index, text in enumerate(texts):
        assert texts.index(text) == index, (DIFFERENT[kind][index], text)


@pytest.mark.parametrize("kind", SAME)
def test_the_same_is_described_alike(kind):
    a, b = SAME[kind]
    assert text_of(a) == text_of(b)


EVERYTHING = [*DIFFERENT.values(), *SAME.values()]


def test_nothing_has_an_address_and_all_is_json_and_short():
    for values in EVERYTHING:
        for value in values:
            text = text_of(value)
            assert "0x" not in text, text
            assert len(text) < 10_000


def test_describing_changes_nothing():
    iterator = iter([1, 2])
    state = np.random.RandomState(0)
    before = state.get_state()[1].copy()
    describe([iterator, state])
    assert list(iterator) == [1, 2]
    assert (state.get_state()[1] == before).all()
    lazy = Lazy(1)
    describe(lazy)
    assert "table" not in vars(lazy)


def test_a_lambda_is_described_without_its_statement():
    make = functools.partial(dict, n_iter=10, constraint=lambda p: p["a"] > 1)
    assert describe(make.keywords["constraint"])["source"] == 'lambda p: p["a"] > 1'


def test_a_lambda_over_several_lines():
    functions = [
        lambda p: (
            p["a"] + 1
        ),
        lambda p: (
            p["a"] + 2
        ),
    ]  # fmt: skip
    assert text_of(functions[0]) != text_of(functions[1])


def test_nested_lambdas_on_one_line():
    outer = lambda p: lambda q: q + p  # noqa: E731
    assert describe(outer)["source"] == "lambda p: lambda q: q + p"
    assert describe(outer(1))["source"] == "lambda q: q + p"
    assert describe(outer(1))["closure"] == {"p": 1}


def test_a_function_says_its_name_and_a_long_one_is_a_digest():
    described = describe(more_than(5, step=2))
    assert described["function"].endswith("more_than.<locals>.check")
    assert described["closure"] == {"limit": 5, "step": 2}
    assert re.fullmatch("[0-9a-f]{16}", described["source"])


def test_a_decorated_function_is_told_by_what_it_wraps():
    # Of the same name in two versions of a module: only the text differs.
    assert describe(wrapped)["source"] != describe(wrapped_too)["source"]
    assert "closure" not in describe(wrapped)


def test_a_file_mapped_to_memory_is_the_array(tmp_path):
    np.save(tmp_path / "x.npy", X)
    assert text_of(np.load(tmp_path / "x.npy", mmap_mode="r")) == text_of(X)


@pytest.mark.slow
def test_depth_and_size_have_an_end():
    assert len(text_of(Deep(200))) < 5_000
    # Its 97,656 objects would take 6 MB.
    assert len(text_of(Tree(7))) < 2_000_000


@pytest.mark.slow
def test_each_element_of_large_data_counts():
    values = [datetime.date.fromordinal(day) for day in range(1, 30_000)]
    frames = [pd.DataFrame({"day": pd.Series(days, dtype=object)}) for days in (values, values[:])]
    frames[1].loc[29_998, "day"] = values[0]
    assert text_of(frames[0]) != text_of(frames[1])
    objects = np.array([Slots(0) for _ in range(10_010)], dtype=object)
    changed = objects.copy()
    changed[-1] = Slots(1)
    assert text_of(objects) != text_of(changed)
    texts = [f"text {number}" for number in range(30_000)]
    assert text_of(texts) != text_of([*texts[:-1], "other"])


def test_a_frame_that_cannot_be_read_is_described_by_its_length():
    class Frame:
        columns = dtypes = ("a",)
        shape = 3, 1

        def __len__(self):
            return 3

        def __getitem__(self, name):
            raise RuntimeError("no")

    described = describe(Frame())
    assert described["length"] == 3


# The fingerprint of a search


def always(params):
    return True


def make_search(cls=BayesSearchCV, **params):
    params = {"estimator": SVC(), "param_distributions": {"C": loguniform(0.1, 10)}} | params
    return cls(**params)


def print_of(search=None, X=X, y=Y, params=None):
    search = make_search() if search is None else search
    return fingerprint(search, X, y, {} if params is None else params, read_space(search, X, y))


CHANGES = {
    "class": {"cls": AnnealingSearchCV},
    "estimator": {"estimator": LogisticRegression()},
    "its parameter": {"estimator": SVC(gamma=0.1)},
    "range": {"param_distributions": {"C": loguniform(0.1, 100)}},
    "list": {"param_distributions": {"C": [1.0, 2.0]}},
    "other list": {"param_distributions": {"C": [1.0, 3.0]}},
    "other type": {"param_distributions": {"C": [1, 2]}},
    "branches": {"param_distributions": [{"C": [1.0]}, {"gamma": [1.0]}]},
    "constraint": {"constraint": always},
    "other constraint": {"constraint": lambda params: True},
    "starts": {"initial_params": [{"C": 2.0}]},
    "no starts": {"initial_params": []},
    "scoring": {"scoring": "f1"},
    "several": {"scoring": ["f1", "accuracy"]},
    "callable": {"scoring": make_scorer(accuracy_score)},
    "cv": {"cv": 3},
    "splitter": {"cv": KFold(3)},
    "generator": {"cv": (split for split in [])},
    "racing": {"racing": True},
    "error_score": {"error_score": 0.0},
    "raise": {"error_score": "raise"},
    "train score": {"return_train_score": True},
    "seed": {"random_state": 0},
    "other seed": {"random_state": 1},
    "own parameter": {"n_initial_points": 7},
}


def test_whatever_matters_changes_the_fingerprint():
    prints = {"none": print_of()}
    prints |= {name: print_of(make_search(**change)) for name, change in CHANGES.items()}
    prints |= {
        "X": print_of(X=X + 1),
        "rows": print_of(X=X[::-1]),
        "list": print_of(X=X.tolist()),
        "frame": print_of(X=pd.DataFrame(X)),
        "texts": print_of(X=["a"] * 20),
        "y": print_of(y=1 - Y),
        "no y": print_of(y=None),
        "text y": print_of(y=Y.astype(str)),
        "weights": print_of(params={"sample_weight": np.ones(20)}),
        "other weights": print_of(params={"sample_weight": np.zeros(20)}),
        "list of weights": print_of(params={"sample_weight": [1.0] * 20}),
        "groups": print_of(params={"groups": np.ones(20)}),
    }
    names = {file_name(value): name for name, value in prints.items()}
    assert sorted(names.values()) == sorted(prints)
    assert all(re.fullmatch(r"[0-9a-f]{16}\.jsonl", name) for name in names)


@pytest.mark.parametrize(
    "change",
    [
        {"n_iter": 50},
        {"n_jobs": 2},
        {"verbose": 3},
        {"refit": False},
        {"pre_dispatch": 1},
        {"random_state": np.random.RandomState(3)},
        {"param_distributions": {"C": after_draws(loguniform(0.1, 10))}},
        {"estimator": fitted(SVC())},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_does_not_matter(change):
    assert file_name(print_of(make_search(**change))) == file_name(print_of())


def test_a_search_that_was_fitted_is_the_same():
    search = make_search(n_iter=2, cv=KFold(2, shuffle=True, random_state=np.random.RandomState(0)))
    before = file_name(print_of(search))
    search.fit(X, Y)
    assert file_name(print_of(search)) == before


class Later(BayesSearchCV):
    """Has parameters that a later version may have."""

    def get_params(self, deep=True):
        return super().get_params(deep=deep) | self.later


def name_with(**later):
    search = make_search(Later)
    search.later = later
    return file_name(print_of(search))


def test_parameters_of_later_versions():
    name = name_with()
    assert name_with(max_time=5) == name_with(journal="a") == name
    assert name_with(stop_when_converged=True) == name
    others = {name_with(fit_timeout=5), name_with(fit_timeout=6), name_with(aggressive=True)}
    assert len(others | {name}) == 4


@pytest.mark.parametrize("data", [[[1, 2], [3]], [[1, "a"]], [[], [1]], [1, 2**80], ["a", 1], []])
def test_lists_of_any_shape(data):
    prints = {file_name(print_of(X=value)) for value in (data, [*data, 1], [data])}
    assert len(prints) == 3


def test_it_is_readable():
    found = print_of(make_search(random_state=3, racing=True))
    assert found["estimator"]["params"]["C"] == 1.0
    assert found["random_state"] == 3
    assert found["racing"] is True
    (name, kind, size, given) = found["space"][0]
    assert (name, kind, size) == ("C", "RealDimension", float("inf"))
    assert len(given) == 5
    assert found["X"]["shape"] == [20, 3]
    assert print_of()["random_state"] == "unseeded"


def test_requested_metadata_matter():
    with config_context(enable_metadata_routing=True):
        asking = SVC().set_fit_request(sample_weight=True)
        assert text_of(asking) != text_of(SVC())
        assert text_of(asking) == text_of(SVC().set_fit_request(sample_weight=True))


FRESH = """
from tests._search._resuming.test_fingerprint import *
print(json.dumps([[text_of(value) for value in values] for values in EVERYTHING]))
changes = [file_name(print_of(make_search(**change))) for change in CHANGES.values()]
print(json.dumps([*changes, file_name(print_of())]))
"""


@pytest.mark.slow
def test_other_processes_agree():
    outputs = []
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        result = subprocess.run(
            [sys.executable, "-c", FRESH],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env=environment,
        )
        outputs.append(result.stdout.splitlines())
    assert outputs[0] == outputs[1]
    here = [[text_of(value) for value in values] for values in EVERYTHING]
    # Under pytest and outside of it the functions of this module have two names.
    texts = json.dumps(here).replace(__name__, "tests._search._resuming.test_fingerprint")
    assert json.loads(texts) == json.loads(outputs[0][0])


def test_joblib_s_hash_would_not_do():
    # Why we describe: the day this fails, joblib.hash may be looked at again.
    distribution = loguniform(1e-4, 1e-1)
    before = joblib.hash(distribution)
    np.random.rand()  # noqa: NPY002
    assert joblib.hash(distribution) != before or before is None


class Draws:
    """A distribution of the user's own; its values are made from what it does not say."""

    def __init__(self, values):
        type(self).hidden[id(self)] = values

    hidden: dict = {}  # noqa: RUF012

    def rvs(self, random_state=None):
        return self.hidden[id(self)][random_state.randint(2)]


def histogram(seed):
    counts = np.random.default_rng(seed).integers(1, 9, 5)
    return stats.rv_histogram((counts, np.linspace(0, 1, 6)))


@pytest.mark.parametrize(
    "one, other",
    [
        (histogram(0), histogram(1)),
        (Draws([1, 2]), Draws([1, 3])),
        (Draws(["a", "b"]), Draws(["a", "c"])),
    ],
)
def test_distributions_are_known_by_what_they_give(one, other):
    names = [
        file_name(print_of(make_search(param_distributions={"C": distribution})))
        for distribution in (one, one, other)
    ]
    assert names[0] == names[1] != names[2]


@pytest.mark.skipif(not hasattr(stats, "Normal"), reason="new in scipy 1.15")
def test_random_variables_are_the_same_after_their_use():
    variable = stats.Normal(mu=1.0, sigma=2.0)
    before = text_of(variable)
    variable.icdf(0.3), variable.sample(3), variable.entropy(), variable.support()
    assert text_of(variable) == before != text_of(stats.Normal(mu=1.0, sigma=3.0))
