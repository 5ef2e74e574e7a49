"""Searches of flat spaces whose conditions are known: what they try, show and write down."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
from scipy.stats import loguniform, randint, uniform
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from sktune import AnnealingSearchCV, BayesSearchCV
from sktune.exceptions import InvalidSpaceError, JournalError, SpaceExhaustedWarning
from tests.universe.test_persistence import by_skops

X, y = load_iris(return_X_y=True)
X, y = X[::3], y[::3]
FLAT = {
    "C": loguniform(0.1, 10),
    "kernel": ["linear", "rbf", "poly"],
    "gamma": loguniform(0.01, 1),
    "degree": [2, 3, 4],
}
GRID = {"C": [1, 10], "kernel": ["linear", "rbf", "poly"], "gamma": [0.1, 1], "degree": [2, 3, 4]}

pytestmark = pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
both = pytest.mark.parametrize("kind", [BayesSearchCV, AnnealingSearchCV])


def rows(search):
    return search.cv_results_["params"]


@both
def test_settings_that_differ_only_in_what_has_no_effect_are_tried_once(kind):
    lists = {**GRID, "C": [1.0]}
    with pytest.warns(SpaceExhaustedWarning, match="9 settings, fewer than n_iter=30"):
        search = kind(SVC(), lists, n_iter=30, cv=3, random_state=0, initial_params=[]).fit(X, y)
    assert search.stop_reason_ == "space exhausted"
    assert len(rows(search)) == 1 + 2 + 6
    assert search.conditions_ == {
        "degree": {"kernel": ["poly"]},
        "gamma": {"kernel": ["rbf", "poly"]},
    }
    shown = {(p["kernel"], p["degree"]) for p in rows(search) if p["kernel"] != "poly"}
    assert shown == {("linear", 3), ("rbf", 3)}  # SVC's own degree
    assert all(set(params) == set(GRID) for params in rows(search))


@both
def test_a_grid_is_run_whole_once_and_scored_as_by_grid_search(kind):
    search = kind(SVC(), GRID, n_iter=18, cv=3).fit(X, y)
    grid = GridSearchCV(SVC(), GRID, cv=3).fit(X, y)
    expected = []
    scores = []
    for params, score in zip(rows(grid), grid.cv_results_["mean_test_score"], strict=True):
        irrelevant = {"linear": ("degree", "gamma"), "rbf": ("degree",), "poly": ()}
        key = {n: v for n, v in params.items() if n not in irrelevant[params["kernel"]]}
        if key not in expected:
            expected.append(key)
            scores.append(score)
    found = [
        {n: v for n, v in params.items() if n in key}
        for params, key in zip(rows(search), expected, strict=True)
    ]
    assert found == expected
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], scores)


@both
def test_conditions_none_is_the_flat_space(kind):
    search = kind(SVC(), {**GRID, "C": [1.0]}, n_iter=18, cv=3, conditions=None).fit(X, y)
    grid = GridSearchCV(SVC(), {**GRID, "C": [1.0]}, cv=3).fit(X, y)
    assert rows(search) == rows(grid)
    assert search.conditions_ == {}


@both
def test_conditions_of_the_users_own_replace_what_is_known(kind):
    conditions = {"C": {"kernel": ["rbf"]}}
    search = kind(SVC(), FLAT, n_iter=8, cv=3, random_state=0, conditions=conditions).fit(X, y)
    assert search.conditions_ == conditions
    own = {p["C"] for p in rows(search) if p["kernel"] != "rbf"}
    assert own == {1.0}
    assert len({p["gamma"] for p in rows(search)}) > len({p["C"] for p in rows(search)})


@both
def test_functions_are_asked_of_values_of_the_space_alone(kind):
    # max_samples of the estimator itself is None.
    space = {"max_samples": randint(10, 30), "max_depth": [1, 2, 3]}
    conditions = {"max_depth": {"max_samples": lambda value: value > 20}}
    search = kind(
        RandomForestClassifier(3), space, n_iter=6, cv=3, random_state=0, conditions=conditions
    ).fit(X, y)
    assert {p["max_depth"] for p in rows(search) if p["max_samples"] <= 20} == {2}
    assert search.optimizer_.space.size == 11 + 9 * 3


@both
def test_what_must_have_a_value_of_its_own_has_it(kind):
    forest = RandomForestClassifier(5, random_state=0)
    space = {"bootstrap": [True, False], "max_samples": randint(5, 30), "max_depth": [1, 2, 3]}
    search = kind(forest, space, n_iter=12, cv=3, random_state=0, error_score="raise").fit(X, y)
    values = {p["bootstrap"]: p["max_samples"] for p in rows(search)}
    assert values[False] is None
    assert values[True] is not None
    again = kind(
        forest, space, n_iter=4, cv=3, random_state=1, initial_params=[search.best_params_]
    ).fit(X, y)
    assert rows(again)[0] == search.best_params_


@pytest.mark.skipif(
    LogisticRegression().penalty != "deprecated",
    reason="before scikit-learn 1.8 l1_ratio counts with penalty='elasticnet' alone",
)
@both
def test_a_solver_without_an_l1_penalty_is_given_none(kind):
    space = {"solver": ["lbfgs", "saga", "newton-cg"], "l1_ratio": uniform(0.1, 0.9)}
    model = LogisticRegression(max_iter=20_000)
    search = kind(model, space, n_iter=8, cv=3, random_state=0, error_score="raise").fit(X, y)
    ratios = {
        solver: {p["l1_ratio"] for p in rows(search) if p["solver"] == solver}
        for solver in space["solver"]
    }
    assert ratios["lbfgs"] == ratios["newton-cg"] == {0.0}
    assert len(ratios["saga"]) == 6
    assert rows(search)[0] == {"solver": "lbfgs", "l1_ratio": 0.0}  # as the estimator is


class Other(SVC):
    """A subclass, of which nothing is known."""


@both
def test_known_and_unknown_steps(kind):
    steps = [SVC(kernel="linear"), Other(kernel="linear")]
    space = {"model": steps, "model__gamma": [0.1, 1.0]}
    pipeline = Pipeline([("model", SVC())])
    with pytest.warns(SpaceExhaustedWarning):
        search = kind(pipeline, space, n_iter=9, cv=3, random_state=0).fit(X, y)
    assert len(rows(search)) == 3
    assert search.conditions_ == {"model__gamma": {"model": steps[1:]}}


@both
def test_steps_that_the_search_chooses(kind):
    steps = [SVC(), SVC(kernel="linear"), LogisticRegression(max_iter=300)]
    pipeline = Pipeline([("model", SVC())])
    space = {"model": steps, "model__C": loguniform(0.1, 10)}
    search = kind(pipeline, space, n_iter=5, cv=3, random_state=0).fit(X, y)
    assert search.conditions_ == {}
    space = {"model": steps[:2], "model__gamma": [0.1, 1.0], "model__C": [1.0]}
    with pytest.warns(SpaceExhaustedWarning):
        search = kind(pipeline, space, n_iter=9, cv=3, random_state=0).fit(X, y)
    assert len(rows(search)) == 3
    assert search.conditions_ == {"model__gamma": {"model": steps[:1]}}


@both
def test_starts_need_not_name_what_has_no_effect(kind):
    start = {"kernel": "linear", "C": 2.0}
    given = [
        start,
        {**start, "gamma": 0.5, "degree": 2},
        {**start, "C": 3.0, "gamma": 0.5, "degree": 2},
    ]
    search = kind(SVC(), FLAT, n_iter=4, cv=3, random_state=0, initial_params=given).fit(X, y)
    assert rows(search)[0] == {"C": 2.0, "degree": 3, "gamma": 0.1, "kernel": "linear"}
    # The second is the first again; the third has its exact values.
    assert rows(search)[1] == given[2]
    assert rows(search)[2]["C"] not in (2.0, 3.0)


@both
def test_missing_values_that_have_an_effect_are_an_error(kind):
    search = kind(SVC(), FLAT, initial_params=[{"kernel": "rbf", "C": 2.0}])
    with pytest.raises(InvalidSpaceError, match=r"initial_params\[0\].*no value for 'gamma'"):
        search.fit(X, y)


@both
def test_own_values_come_first_whatever_stands_where_nothing_has_an_effect(kind):
    # "scale" is no number, but has no effect on a linear kernel.
    search = kind(SVC(kernel="linear", C=3.0), FLAT, n_iter=2, cv=3, random_state=0).fit(X, y)
    assert rows(search)[0] == {
        "C": 3.0,
        "degree": 3,
        "gamma": pytest.approx(0.1),
        "kernel": "linear",
    }
    search = kind(SVC(), FLAT, n_iter=2, cv=3, random_state=0).fit(X, y)
    assert rows(search)[0]["C"] != 1.0


def test_earlier_searches_without_what_has_no_effect_warm_start():
    branches = [
        {"kernel": ["linear"], "C": FLAT["C"]},
        {"kernel": ["rbf"], "C": FLAT["C"], "gamma": FLAT["gamma"]},
    ]
    earlier = BayesSearchCV(SVC(), branches, n_iter=6, cv=3, random_state=0).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search = BayesSearchCV(
            SVC(), {**FLAT, "degree": [3]}, n_iter=4, cv=3, random_state=0, warm_start_from=earlier
        ).fit(X, y)
    assert rows(search)[0]["kernel"] == earlier.best_params_["kernel"]
    assert rows(search)[0]["C"] == pytest.approx(earlier.best_params_["C"])
    assert len(search.optimizer_.earlier[0].points) == 6


@both
@pytest.mark.parametrize(
    ("estimator", "space"),
    [
        (SVC(), FLAT),
        (
            RandomForestClassifier(3, random_state=0),
            {"bootstrap": [True, False], "max_samples": randint(5, 30)},
        ),
    ],
    ids=["svc", "forest"],
)
def test_a_resumed_search_goes_on(kind, estimator, space, tmp_path):
    search = kind(estimator, space, n_iter=8, cv=3, random_state=0, journal=tmp_path / "j")
    whole = rows(search.fit(X, y))
    lines = (tmp_path / "j").read_text().splitlines(keepends=True)
    (tmp_path / "j").write_text("".join(lines[: len(lines) // 2]))
    assert rows(search.fit(X, y)) == whole
    with pytest.raises(JournalError, match="conditions"):
        clone(search).set_params(conditions=None).fit(X, y)


@both
def test_a_journal_without_conditions_goes_on_where_none_are_known(kind, tmp_path):
    search = kind(SVC(), {"C": FLAT["C"]}, n_iter=2, cv=3, random_state=0, journal=tmp_path / "j")
    search.fit(X, y)
    assert "conditions" not in (tmp_path / "j").read_text().splitlines()[0]
    search.set_params(conditions=None, n_iter=3).fit(X, y)
    assert len(rows(search)) == 3


@both
def test_a_fitted_search_can_be_saved(kind):
    search = kind(SVC(), FLAT, n_iter=4, cv=3, random_state=0).fit(X, y)
    assert clone(search).conditions == "auto"
    for loaded in (pickle.loads(pickle.dumps(search)), by_skops(search)):
        assert loaded.conditions_ == search.conditions_
        assert loaded.optimizer_.space.conditions == search.conditions_
        points = search.optimizer_.space.sample(20, np.random.default_rng(0))
        active = search.optimizer_.space.is_active(points)
        np.testing.assert_array_equal(loaded.optimizer_.space.is_active(points), active)


@both
@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ("never", "'conditions' parameter"),
        (3, "'conditions' parameter"),
        ({"degre": {"kernel": ["poly"]}}, "'degre', which is neither searched"),
        ({"degree": {"kernel": ["poly"]}, "kernel": {"degree": [2]}}, "form a circle"),
        ({"degree": {"kernel": "poly"}}, r"conditions\['degree'\] must be a dict of other"),
    ],
    ids=range(5),
)
def test_bad_conditions(kind, conditions, message):
    with pytest.raises(ValueError, match=message):
        kind(SVC(), FLAT, conditions=conditions).fit(X, y)
