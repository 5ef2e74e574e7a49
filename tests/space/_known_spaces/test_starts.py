"""Learned starts: whatever space is written, they lie in it, and mean what was learned."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import loguniform, randint, uniform
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier
from sklearn.feature_selection import SelectFromModel
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sktune.space import SearchSpace, log_randint, suggest_space
from sktune.space._known_spaces._data import Data
from sktune.space._known_spaces._learned import LEARNED
from sktune.space._known_spaces._parts import describe, parts
from sktune.space._known_spaces._starts import in_units, known_starts, nearest
from tests.universe._sample import IS_WHOLE

TREE = LEARNED["sklearn.tree.DecisionTreeClassifier"]
WIDE = {
    "max_depth": randint(1, 51),
    "min_samples_leaf": randint(1, 201),
    "min_samples_split": randint(2, 201),
}


def make(path):
    module, _, name = path.rpartition(".")
    if not module.startswith("sklearn."):
        pytest.importorskip(module, reason="an optional package")
    return getattr(importlib.import_module(module), name)()


def starts(estimator, distributions, X=None, y=None, **options):
    space = SearchSpace.from_distributions(distributions, estimator=estimator, **options)
    return known_starts(estimator, space, X, y)


def test_starts_are_what_was_learned():
    assert starts(DecisionTreeClassifier(), WIDE) == [{n: s[n] for n in WIDE} for s in TREE]


def test_of_a_step_they_have_its_name_and_other_steps_their_own_values():
    pipeline = make_pipeline(StandardScaler(), DecisionTreeClassifier())
    space = {f"decisiontreeclassifier__{name}": values for name, values in WIDE.items()}
    space["standardscaler__with_mean"] = [False, True]
    found = starts(pipeline, space)
    assert [s.pop("standardscaler__with_mean") for s in found] == [True] * len(TREE)
    assert [list(s.values()) for s in found] == [[s[n] for n in sorted(WIDE)] for s in TREE]


def test_values_outside_give_way_to_the_nearest():
    space = {"max_depth": [2, 4, None], "min_samples_leaf": randint(1, 4)}
    found = starts(DecisionTreeClassifier(), space)
    assert all(s["max_depth"] == 4 for s in found)
    assert {s["min_samples_leaf"] for s in found} == {min(3, s["min_samples_leaf"]) for s in TREE}


@pytest.mark.parametrize(
    "estimator, space",
    [
        (DecisionTreeRegressor(), WIDE),  # nothing was learned of it
        (DecisionTreeClassifier(), {"max_depth": randint(1, 51), "criterion": ["gini"]}),
        (
            Pipeline([("tree", DecisionTreeClassifier())]),  # the search chooses the step
            {"tree": [DecisionTreeClassifier()]} | {f"tree__{n}": v for n, v in WIDE.items()},
        ),
        (type("Mine", (DecisionTreeClassifier,), {})(), WIDE),  # may mean something else
    ],
    ids=["unknown", "one parameter", "chosen step", "subclass"],
)
def test_none_where_too_little_is_known(estimator, space):
    assert starts(estimator, space) == []


@pytest.mark.parametrize(
    "holder",
    [
        BaggingClassifier(DecisionTreeClassifier()),
        AdaBoostClassifier(DecisionTreeClassifier()),
        SelectFromModel(DecisionTreeClassifier()),
        make_pipeline(BaggingClassifier(DecisionTreeClassifier())),
    ],
    ids=["bagging", "boosting", "selection", "bagging as a step"],
)
def test_what_is_good_alone_need_not_be_good_in_an_ensemble(holder):
    (prefix,) = [p for p, part, _ in parts(holder) if isinstance(part, DecisionTreeClassifier)]
    assert starts(holder, {f"{prefix}__{n}": v for n, v in WIDE.items()}) == []


def test_pipelines_in_pipelines():
    pipeline = Pipeline([("outer", Pipeline([("tree", DecisionTreeClassifier())]))])
    found = starts(pipeline, {f"outer__tree__{n}": v for n, v in WIDE.items()})
    assert [s["outer__tree__max_depth"] for s in found] == [s["max_depth"] for s in TREE]


def test_of_several_branches_those_of_the_first_that_has_enough():
    found = starts(DecisionTreeClassifier(), [{"criterion": ["gini", "entropy"]}, WIDE])
    assert found == [{n: s[n] for n in WIDE} for s in TREE]


def test_the_constraint_holds():
    limit = min(s["min_samples_leaf"] for s in TREE)
    found = starts(
        DecisionTreeClassifier(), WIDE, constraint=lambda p: p["min_samples_leaf"] <= limit
    )
    assert [s["min_samples_leaf"] for s in found] == [limit]


def test_fewer_trees_take_longer_steps():
    xgboost = pytest.importorskip("xgboost", reason="an optional package")
    learned = LEARNED["xgboost.sklearn.XGBClassifier"]
    space = {
        "n_estimators": [25],
        "learning_rate": uniform(0, 1),
        "max_depth": randint(1, 20),
        "min_child_weight": loguniform(1e-3, 100),
        "subsample": uniform(0, 1),
        "reg_lambda": loguniform(1e-9, 1e3),
        "reg_alpha": loguniform(1e-9, 1e3),
    }
    for found, setting in zip(starts(xgboost.XGBClassifier(), space), learned, strict=True):
        longer = setting["learning_rate"] * setting["n_estimators"] / 25
        assert found["learning_rate"] == pytest.approx(
            min(longer, max(0.5, setting["learning_rate"]))
        )
    fixed = {name: values for name, values in space.items() if name != "n_estimators"}
    thousand = xgboost.XGBClassifier(n_estimators=1000)
    for found, setting in zip(starts(thousand, fixed), learned, strict=True):
        longer = setting["learning_rate"] * setting["n_estimators"] / 1000
        assert found["learning_rate"] == pytest.approx(longer)


def test_numbers_learned_for_trees_are_none_for_a_linear_booster():
    xgboost = pytest.importorskip("xgboost", reason="an optional package")
    penalties = {"reg_alpha": loguniform(1e-3, 10), "reg_lambda": loguniform(1e-3, 10)}
    linear, trees = penalties | {"booster": ["gblinear"]}, penalties | {"booster": ["gbtree"]}
    model = xgboost.XGBClassifier()
    assert starts(model, linear) == []
    assert starts(xgboost.XGBClassifier(booster="gblinear"), penalties) == []
    for written in (trees, [linear, trees], penalties | {"booster": ["gblinear", "gbtree"]}):
        found = starts(model, written)
        assert [s["booster"] for s in found] == ["gbtree"] * 3
    assert len(starts(model, penalties)) == 3


def test_numbers_with_a_unit():
    setting = {"gamma * n_features": 3.0, "C / spread": 2.0, "kernel": "rbf"}
    assert in_units(setting, Data(100, 6, 5.0)) == {"gamma": 0.5, "C": 10.0, "kernel": "rbf"}
    assert in_units(setting, Data()) == {"gamma": 3.0, "C": 2.0, "kernel": "rbf"}


def test_a_regressor_behind_a_transformed_target_does_not_see_its_spread():
    data = describe(np.ones((4, 2)), [0.0, 100.0, 200.0, 300.0])
    assert data.spread > 100
    for wrapper, is_scaled in [
        (TransformedTargetRegressor(SVR(), transformer=StandardScaler()), True),
        (TransformedTargetRegressor(SVR(), func=np.log1p, inverse_func=np.expm1), True),
        (TransformedTargetRegressor(SVR()), False),
        (make_pipeline(StandardScaler(), SVR()), False),
    ]:
        (seen,) = [d for _, part, d in parts(wrapper, data) if isinstance(part, SVR)]
        assert (seen.spread is None) == is_scaled
    wrapper = TransformedTargetRegressor(SVR(), transformer=StandardScaler())
    space = suggest_space(wrapper, np.ones((4, 2)), [0.0, 100.0, 200.0, 300.0])
    assert space["regressor__epsilon"].support()[1] == 1.0


@pytest.mark.parametrize(
    "values, value, expected",
    [
        (uniform(0, 1), 3, 1.0),
        (randint(1, 10), 3.4, 3),
        (loguniform(1, 10), -2, 1.0),
        ([0.01, 0.1, 1.0, None, "auto"], 0.05, 0.1),  # by the ratio
        ([0, 5, 10], 3, 5),
        (range(0, 10**12, 7), 9.0, 7),  # not looked through
        (["a", "b"], 0.5, None),
        ([True, False], 1, None),
        (["a", "b"], "a", "a"),
        (["a", "b"], "c", None),
        ([(8,), (16, 16)], 9, None),
    ],
)
def test_nearest(values, value, expected):
    space = SearchSpace.from_distributions({"p": values, "q": [1, 2]})
    found = nearest(space.branch_dimensions(0)["p"], value)
    assert type(found) is type(expected)
    assert found == (pytest.approx(expected, rel=1e-2) if isinstance(found, float) else expected)


@pytest.mark.parametrize("name", ["max_features", "max_samples", "min_samples_leaf"])
def test_a_count_is_no_share(name):
    space = {"share": uniform(0, 1), "count": randint(1, 9), "both": [0.5, 2]}
    shares, counts, both = (
        SearchSpace.from_distributions({name: values, "q": [1, 2]}).branch_dimensions(0)[name]
        for values in space.values()
    )
    assert nearest(shares, 3) is None
    assert nearest(counts, 0.7) is None
    assert (nearest(both, 7), nearest(both, 0.7)) == (2, 0.5)


@st.composite
def written_spaces(draw, path):
    """Spaces that someone might write: some parameters in ranges or lists of any kind."""
    names = sorted({name.split()[0] for setting in LEARNED[path] for name in setting})
    found = {}
    for name in draw(st.lists(st.sampled_from(names), min_size=1, unique=True)):
        known = LEARNED[path][0].get(name, 1.0)
        if isinstance(known, str):
            found[name] = draw(st.sampled_from([[known, "other"], ["other"], ["a", "b", None]]))
            continue
        low = draw(st.floats(1e-3, 50))
        high = low * draw(st.floats(1.5, 1e3))
        whole = int(low) + 1, int(high) + 3
        kinds = [loguniform(low, high), uniform(low, high), randint(*whole), log_randint(*whole)]
        lists = [[None, low, high], [int(high), int(high) + 1], ["auto", 1], [low, "auto"]]
        found[name] = draw(st.sampled_from(kinds + lists))
    return found | {"random_state": [0, 1]}


@pytest.mark.parametrize("path", sorted(LEARNED))
@settings(max_examples=400 if IS_WHOLE else 8, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_space_is_written_they_lie_in_it(path, data):
    estimator, prefix = make(path), data.draw(st.sampled_from(["", "model__"]))
    if prefix:
        estimator = Pipeline([("scale", StandardScaler()), ("model", estimator)])
    written = [
        {prefix + name: values for name, values in branch.items()}
        for branch in data.draw(st.lists(written_spaces(path), min_size=1, max_size=2))
    ]
    space = SearchSpace.from_distributions(written, None, "auto", estimator)
    found = known_starts(estimator, space, np.ones((30, 4)), np.arange(30.0))
    assert len(found) <= len(LEARNED[path])
    points = space.transform(found)
    assert len({space.key(point) for point in points}) == len(found)
    assert len(set(space.branch_of(points).tolist())) <= 1
    for setting in found:
        assert space.held(setting) == setting
        assert setting.keys() in [branch.keys() for branch in written]


@pytest.mark.parametrize("path", sorted(LEARNED))
def test_they_lie_in_the_ready_space_and_can_be_fitted(path):
    X = np.random.default_rng(0).normal(size=(60, 5))
    y = np.arange(60) % 2
    estimator = make(path)
    space = SearchSpace.from_distributions(suggest_space(estimator, X, y), None, "auto", estimator)
    found = known_starts(estimator, space, X, y)
    assert len(found) == len(LEARNED[path])
    for setting in found:
        few = {"n_estimators": 3} if "n_estimators" in setting else {}
        make(path).set_params(**setting | few).fit(X, y)
