"""What is tried is an object of the space; an int is a float only where both mean the same."""

import pickle
from copy import deepcopy
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import loguniform, randint, uniform
from sklearn.datasets import load_iris
from sklearn.ensemble import BaggingRegressor, RandomForestRegressor
from sklearn.feature_selection import RFE
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import RandomizedSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeRegressor

from sktune import AnnealingSearchCV, BayesSearchCV
from sktune._search._inputs._names import check_names
from sktune._search._inputs._number_kinds import int_means_float
from sktune._search._inputs._starts import own_setting
from sktune.exceptions import InvalidSpaceError
from sktune.space import SearchSpace
from tests.contracts.search_contract import Recorder, rows

pytestmark = pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")

SEARCHES = [BayesSearchCV, AnnealingSearchCV]
PIPE = Pipeline([("scale", StandardScaler()), ("clf", SVC())])


def make(space, constraint=None):
    return SearchSpace.from_distributions(space, constraint)


# The estimator's own value


def forest_in_a_pipeline(**options):
    return make_pipeline(StandardScaler(), RandomForestRegressor(**options))


def bagged_forest(**options):
    return BaggingRegressor(RandomForestRegressor(**options))


@pytest.mark.parametrize(
    "estimator, prefix",
    [
        (RandomForestRegressor, ""),
        (forest_in_a_pipeline, "randomforestregressor__"),
        (bagged_forest, "estimator__"),
    ],
)
@pytest.mark.parametrize(
    "name, own, values",
    [
        ("max_features", 1.0, range(1, 7)),
        ("max_features", 1.0, randint(1, 7)),
        ("max_features", 1.0, [1, 3]),
        ("max_features", 1, uniform(0.1, 0.9)),
        ("max_features", 1, [0.5, 1.0]),
        ("min_samples_leaf", 1, uniform(0.01, 0.99)),
        ("max_samples", 1.0, [1, 2, 3]),
        ("n_estimators", 10, [10.0, 20.0]),  # which the estimator would refuse
    ],
)
def test_a_count_is_no_share(estimator, prefix, name, own, values):
    space = make({prefix + name: values})
    assert own_setting(estimator(**{name: own}), space) == []


@pytest.mark.parametrize(
    "estimator, values, expected",
    [
        (SVC(C=1.0), {"C": [1, 10]}, {"C": 1}),
        (SVC(C=1), {"C": [1.0, 10.0]}, {"C": 1.0}),
        (SVC(C=1), {"C": loguniform(1e-2, 1e2)}, {"C": 1.0}),
        (SVC(C=2.0), {"C": randint(1, 5)}, {"C": 2}),
        (SVC(C=np.float32(2.5)), {"C": [2.5, 1.0]}, {"C": 2.5}),
        (make_pipeline(SVC(C=1)), {"svc__C": uniform(0, 2)}, {"svc__C": 1.0}),
        (KNeighborsClassifier(), {"n_neighbors": np.arange(1, 9)}, {"n_neighbors": 5}),
        (KNeighborsClassifier(np.int64(5)), {"n_neighbors": [5, 9]}, {"n_neighbors": 5}),
        (KNeighborsClassifier(np.int32(5)), {"n_neighbors": randint(1, 9)}, {"n_neighbors": 5}),
        (Recorder(level=np.True_), {"level": [True, False]}, {"level": True}),
        (SimpleImputer(missing_values=float("nan")), {"missing_values": [-1, np.nan]}, ...),
    ],
)
def test_own_values_are_the_objects_of_the_space(estimator, values, expected):
    space = make(values)
    (setting,) = own_setting(estimator, space)
    if expected is not ...:
        assert setting == expected
    ((name, value),) = setting.items()
    held = values[name]
    if isinstance(held, (list, np.ndarray)):
        assert any(value is choice or type(value) is np.int64 for choice in held)
    else:
        assert type(value) is (int if hasattr(held, "pmf") else float)


@pytest.mark.parametrize(
    "estimator, values",
    [
        (Recorder(level=1), {"level": [1.0, 2.0]}),  # no constraints, nobody knows
        (Recorder(level=1.0), {"level": randint(0, 3)}),
        (Recorder(level=True), {"level": [0, 1]}),
        (Recorder(level=1), {"level": [True, False]}),
        (SVC(C=float("inf")), {"C": [1, 2]}),
        (SVC(C=10**400), {"C": uniform(0, 5)}),
    ],
)
def test_no_own_setting_where_it_may_mean_something_else(estimator, values):
    assert own_setting(estimator, make(values)) == []


@pytest.mark.parametrize(
    "own, other",
    [
        (StandardScaler(), MinMaxScaler()),
        (StandardScaler(with_mean=False), StandardScaler()),
        (make_pipeline(StandardScaler(), SVC(C=3)), make_pipeline(StandardScaler(), SVC())),
        (FunctionTransformer(np.log1p, kw_args={"where": np.array([True])}), StandardScaler()),
        (SimpleImputer(missing_values=np.nan, fill_value=float("nan")), StandardScaler()),
        ("passthrough", StandardScaler()),
    ],
)
def test_own_steps_are_found_by_class_and_parameters(own, other):
    choices = [other, deepcopy(own), Ridge()]
    space = make({"scale": choices, "clf__C": [1.0, 2.0]})
    (setting,) = own_setting(Pipeline([("scale", own), ("clf", SVC())]), space)
    assert setting["scale"] is choices[1]


class Hostile:
    """Nothing that can be asked of it is answered."""

    def __eq__(self, other):
        raise RuntimeError("no")

    __hash__ = None

    def get_params(self, deep=True):
        if not deep:
            raise RuntimeError("no")
        return {}


def test_comparing_steps_never_raises():
    circular = []
    circular.append(circular)
    space = make({"level": [Hostile(), circular, np.zeros(3), np.zeros((3, 1)), SVC, SVC()]})
    for own in (Hostile(), [[]], np.ones(3), np.zeros((1, 3)), LogisticRegression, Ridge(), None):
        assert own_setting(Recorder(level=own), space) == []
    assert own_setting(Recorder(level=np.zeros((3, 1))), space)[0]["level"].shape == (3, 1)
    assert own_setting(Recorder(level=SVC), space)[0]["level"] is SVC


@pytest.mark.parametrize("search_class", SEARCHES)
def test_the_listed_count_is_tried_and_wins_under_its_own_name(search_class):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 6))
    search = search_class(
        DecisionTreeRegressor(max_features=1.0, random_state=0),
        {"max_features": range(1, 7), "ccp_alpha": uniform(0, 0.1)},
        n_iter=6,
        cv=2,
        random_state=0,
    ).fit(X, X.sum(axis=1))
    assert all(type(p["max_features"]) is int for p in search.cv_results_["params"])


# Settings that the user gives


@pytest.mark.parametrize(
    "space, start, held",
    [
        ({"level": uniform(0, 2)}, {"level": 1}, 1.0),
        ({"level": uniform(0, 2)}, {"level": np.float32(0.5)}, 0.5),
        ({"level": uniform(0, 2)}, {"level": Fraction(1, 2)}, 0.5),
        ({"level": randint(0, 9)}, {"level": np.int16(3)}, 3),
        ({"level": [1, 2, 4]}, {"level": 2.0}, 2),
        ({"level": [1.0, 2.0]}, {"level": 1}, 1.0),
        ({"level": [1, 1.0]}, {"level": 1.0}, 1.0),
        ({"level": [1, 1.0]}, {"level": np.int64(1)}, 1),
        ([{"level": [1]}, {"level": [1.0]}], {"level": 1.0}, 1.0),
        ({"level": [True, 0]}, {"level": np.True_}, True),
    ],
)
@pytest.mark.parametrize("search_class", SEARCHES)
def test_given_settings_are_tried_as_objects_of_the_space(search_class, space, start, held):
    search = search_class(
        Recorder(), space, n_iter=2, cv=2, initial_params=[start], random_state=0
    ).fit(*rows())
    value = search.cv_results_["params"][0]["level"]
    assert value == held
    assert type(value) is type(held)


def test_the_constraint_is_asked_about_what_is_tried():
    seen = []

    def constraint(params):
        seen.append(params["level"])
        return True

    space = {"level": uniform(0, 2)}
    BayesSearchCV(Recorder(), space, n_iter=2, cv=2, initial_params=[{"level": 1}],
                  constraint=constraint).fit(*rows())  # fmt: skip
    assert {type(value) for value in seen} == {float}


def test_given_and_earlier_steps_are_found_by_class_and_parameters():
    def steps():
        return {"scale": [MinMaxScaler(), StandardScaler()], "clf__C": uniform(0.5, 1)}

    X, y = load_iris(return_X_y=True)
    earlier = RandomizedSearchCV(PIPE, steps(), n_iter=4, cv=2, random_state=0).fit(X, y)
    space = steps()
    search = BayesSearchCV(
        PIPE,
        space,
        n_iter=2,
        cv=2,
        initial_params=[{"scale": StandardScaler(), "clf__C": 1}],
        warm_start_from=pickle.loads(pickle.dumps(earlier)),
        random_state=0,
    ).fit(X, y)
    first = search.cv_results_["params"][0]
    assert first["scale"] is space["scale"][1]
    assert type(first["clf__C"]) is float
    assert len(search.optimizer_.earlier[0].points) == 4


def test_a_bool_is_no_number():
    for space in ({"level": [0, 1]}, {"level": uniform(0, 2)}, {"level": randint(0, 2)}):
        with pytest.raises(InvalidSpaceError, match="'level' is True"):
            make(space).held({"level": True})
    with pytest.raises(InvalidSpaceError, match="'level' is 10"):
        make({"level": uniform(0, 2)}).held({"level": 10**400})


def test_numpy_and_python_scalars_are_one_choice():
    (dimension,) = make({"level": [3, np.int64(3), 4.0, np.float64(4.0)]}).dimensions
    assert dimension.values == (3, 4.0)


# Names that the estimator does not have


def only_with_svc(params):
    return isinstance(params["clf"], SVC)


@pytest.mark.parametrize(
    "space, constraint, message",
    [
        ([{"clf__C": [1.0]}, {"clf__D": uniform()}], None, r"clf__D.*'D'[^.]*\.[^.]*\.$"),
        (
            {"clf": [SVC(), LogisticRegression()], "clf__gamma": uniform()},
            None,
            "LogisticRegression.*'gamma'.*not all choices of 'clf'.*a list of dicts",
        ),
        ({"clf": ["passthrough", SVC()], "clf__C": uniform()}, None, "passthrough"),
        (
            {"clf": [RFE(SVC())], "clf__estimator": [SVC(), Ridge()], "clf__estimator__C": [1, 2]},
            None,
            "Ridge.*Invalid parameter 'C'",
        ),
        ({"clf": [SVC(), LogisticRegression()], "clf__gamma": uniform()}, only_with_svc, None),
        ({"clf": [SVC(), LogisticRegression()], "clf__C": uniform()}, None, None),
        ([{"clf": [SVC()], "clf__gamma": uniform()}, {"clf": [LinearRegression()]}], None, None),
    ],
)
def test_unknown_names_are_found_before_the_first_fit(space, constraint, message):
    space = make(space, constraint)
    if message is None:
        check_names(PIPE, space)
        return
    with pytest.raises(InvalidSpaceError, match=message):
        check_names(PIPE, space)


@pytest.mark.parametrize("search_class", SEARCHES)
def test_no_fit_is_spent_on_a_space_with_an_unknown_name(search_class):
    fitted = []

    class Counted(Recorder):
        def fit(self, X, y=None, **params):
            fitted.append(1)
            return super().fit(X, y)

    space = [{"level": uniform()}, {"levle": uniform()}]
    with pytest.raises(ValueError, match="Invalid parameter 'levle'"):
        search_class(Counted(), space, n_iter=20, cv=2, random_state=0).fit(*rows())
    assert fitted == []


@pytest.mark.parametrize(
    "value, expected",
    [(1, False), (1.0, False), ("sqrt", False), (None, False), (np.nan, False), (True, False)],
)
def test_counts_and_shares_of_a_forest(value, expected):
    forest = RandomForestRegressor()
    assert int_means_float(forest, {}, "max_features", value) is expected
    assert int_means_float(forest, {}, "ccp_alpha", 1) is True
    assert int_means_float(Recorder(), {}, "level", 1) is None
