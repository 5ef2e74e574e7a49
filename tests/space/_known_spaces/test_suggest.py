"""Ready spaces: every one fits, holds what the estimator is set to, and says what it lacks."""

from __future__ import annotations

import importlib
import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone, is_regressor
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV, ParameterSampler
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, SVR

from sktune._search._inputs._starts import own_setting
from sktune.exceptions import InvalidSpaceError, PartialSpaceWarning
from sktune.space import SearchSpace, suggest_space
from sktune.space._known_spaces._scikit_learn import PLAIN
from sktune.space._known_spaces._suggest import READY, own_meanings

X, LABELS = make_classification(60, 6, n_informative=4, random_state=0)
COUNTS = np.random.default_rng(0).integers(0, 5, X.shape)
TARGET = X @ np.arange(1.0, 7.0) + LABELS
TEXTS = ["a red fox", "a blue fox runs", "red red car", "the blue car", "a fox and a car"] * 12

# What makes the fits short; what they need to be possible.
OPTIONS = {
    "MLP": {"hidden_layer_sizes": (16,), "max_iter": 3},
    "XGB": {"n_jobs": 1, "verbosity": 0},
    "LGBM": {"n_jobs": 1, "verbose": -1},
    "CatBoost": {"verbose": False, "allow_writing_files": False},
}
SHORT = dict.fromkeys(("n_estimators", "max_iter", "iterations"), 3)

# Without data, a model function or a compiled model they cannot be fitted here.
KERAS = [path for path in READY if path.startswith("sktune.keras.")]
OTHERS = sorted(READY.keys() - set(KERAS))


def load(path):
    module, _, name = path.rpartition(".")
    if not module.startswith("sklearn."):
        pytest.importorskip(module, reason="an optional package")
    return getattr(importlib.import_module(module), name)


def make(path):
    kind = load(path)
    name = path.rpartition(".")[2]
    return kind(**next((o for prefix, o in OPTIONS.items() if name.startswith(prefix)), {}))


def data_for(estimator):
    name = type(estimator).__name__
    if name in ("CountVectorizer", "TfidfVectorizer"):
        return TEXTS, LABELS
    if name.endswith("NB") or name == "TfidfTransformer":
        return COUNTS, LABELS
    return X, TARGET if is_regressor(estimator) else LABELS


def settings_of(space, estimator, n):
    """Random settings as a search makes them."""
    search_space = SearchSpace.from_distributions(space, None, "auto", estimator)
    points = search_space.sample(n, np.random.default_rng(0))
    # Both ends of every range as well.
    ends = search_space.snap(np.vstack([np.zeros_like(points[:1]), np.ones_like(points[:1])]))
    return search_space.inverse_transform(np.vstack([points, ends]))


@pytest.mark.parametrize("path", OTHERS)
def test_every_setting_of_a_ready_space_fits(path):
    estimator = make(path)
    X, y = data_for(estimator)
    space = suggest_space(estimator, X, y)
    assert space
    for params in settings_of(space, estimator, 4):
        model = clone(estimator).set_params(**params)
        model.set_params(**{name: SHORT[name] for name in SHORT if name in params})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what does not converge in so few rounds
            model.fit(X, y)


@pytest.mark.parametrize("path", OTHERS)
def test_a_ready_space_is_one_for_randomized_search_too(path):
    estimator = make(path)
    space = suggest_space(estimator, *data_for(estimator))
    for params in ParameterSampler(space, 3, random_state=0):
        clone(estimator).set_params(**params)


@pytest.mark.parametrize("path", OTHERS)
def test_values_that_mean_the_same_lie_in_the_space(path):
    estimator = make(path)
    X, y = data_for(estimator)
    space = suggest_space(estimator, X, y)
    for name, (_, meant) in own_meanings(estimator, X, y).items():
        if name not in space:  # it has no effect as the estimator is set
            continue
        one = SearchSpace.from_distributions({name: space[name]})
        assert one.held({name: meant}) == {name: meant}, name


@pytest.mark.parametrize("path", OTHERS)
def test_the_estimators_own_setting_lies_in_its_space_and_fits_as_well(path):
    estimator = make(path)
    X, y = data_for(estimator)
    (own,) = own_start(estimator, X, y)
    assert fits(clone(estimator).set_params(**own), X, y) == fits(estimator, X, y)


def fits(estimator, X, y):
    """Whether an estimator can be fitted; QuadraticDiscriminantAnalysis cannot to all data."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            clone(estimator).fit(X, y)
        except ValueError:
            return False
    return True


def own_start(estimator, X, y):
    """The own setting as a search begins with it; empty if it is not in the ready space."""
    distributions = suggest_space(estimator, X, y)
    space = SearchSpace.from_distributions(distributions, None, "auto", estimator)
    return own_setting(estimator, space, own_meanings(estimator, X, y))


@pytest.mark.parametrize("path", OTHERS)
def test_any_number_that_an_estimator_has_lies_in_its_space(path):
    estimator = make(path)
    X, y = data_for(estimator)
    for name, values in suggest_space(estimator, X, y).items():
        if isinstance(values, list) or name in READY[path].limited:
            continue
        low, high = (end.item() for end in map(np.asarray, values.support()))
        for outside in (low - 1 if low > 1 else low / 2, 2 * high):
            own = type(low)(outside)
            if name not in estimator.get_params() or (own <= 0 and values.dist.name != "uniform"):
                continue
            changed = clone(estimator).set_params(**{name: own})
            found = suggest_space(changed, X, y)[name].support()
            assert found[0] <= own <= found[1], name
            assert min(found) >= min(low, own), name
            assert max(found) <= max(high, own), name


@pytest.mark.parametrize(
    ("estimator", "name", "expected"),
    [
        (SVC(C=5000), "C", (2.0**-5, 5000)),
        (RandomForestClassifier(max_features=3), "max_features", (0.05, 1.0)),
        (RandomForestClassifier(max_samples=0.02), "max_samples", (0.02, 1.0)),
        (RandomForestClassifier(min_samples_leaf=0.1), "min_samples_leaf", (1, 15)),
        (HistGradientBoostingClassifier(l2_regularization=0.0), "l2_regularization", (1e-10, 1)),
        (PCA(3), "n_components", (0.5, 0.9999)),
        (SVC(C=float("inf")), "C", (2.0**-5, 2.0**10)),
    ],
    ids=[
        "wider",
        "a count",
        "a share",
        "a share among counts",
        "none on a log scale",
        "PCA",
        "no end",
    ],
)
def test_ranges_grow_by_numbers_of_their_kind(estimator, name, expected):
    assert suggest_space(estimator, X, LABELS)[name].support() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("estimator", "name", "expected"),
    [
        (KNeighborsClassifier(p=1.5), "p", [1, 1.5, 2]),
        (SGDClassifier(penalty=None), "penalty", ["l2", "l1", "elasticnet", None]),
        (MLPClassifier(activation="logistic"), "activation", ["relu", "tanh", "logistic"]),
    ],
    ids=["numbers stay in order", "None", "a name"],
)
def test_lists_grow_by_the_own_value(estimator, name, expected):
    assert suggest_space(estimator, X, LABELS)[name] == expected


def test_spaces_of_keras_estimators():
    pytest.importorskip("tensorflow", reason="an optional package")
    keras = importlib.import_module("sktune.keras")
    assert set(suggest_space(keras.CNNClassifier(), np.zeros((200, 8, 8)))) == {
        "filters",
        "dense_units",
        "dropout",
        "learning_rate",
        "batch_size",
    }
    for kind in (keras.KerasClassifier, keras.KerasRegressor):
        assert set(suggest_space(kind(print))) == {"batch_size"}
        compiled_here = kind(print, loss="mse", optimizer="adam")
        assert set(suggest_space(compiled_here)) == {"batch_size", "optimizer__learning_rate"}


def test_what_is_known_is_known_by_its_public_path():
    for path in [*READY, *PLAIN]:
        if path.startswith("sklearn."):
            module, _, name = path.rpartition(".")
            if module == "sklearn.impute" and name == "IterativeImputer":
                importlib.import_module("sklearn.experimental.enable_iterative_imputer")
            assert hasattr(importlib.import_module(module), name)


def test_steps_and_columns():
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(StandardScaler(), PCA()), [0, 1]),
            ("others", OneHotEncoder(), [2]),
            ("rest", "passthrough", [3]),
        ]
    )
    space = suggest_space(Pipeline([("columns", columns), ("model", LogisticRegression())]))
    assert set(space) == {
        "columns__numbers__pca__n_components",
        "columns__numbers__pca__whiten",
        "model__C",
    }


def test_estimators_that_hold_others():
    assert set(suggest_space(TransformedTargetRegressor(Ridge()))) == {"regressor__alpha"}
    assert set(suggest_space(BaggingClassifier(SVC()))) == {
        "estimator__C",
        "estimator__gamma",
    }
    boosted = suggest_space(AdaBoostClassifier(estimator=RandomForestClassifier()))
    assert {"learning_rate", "estimator__max_features"} <= set(boosted)


def test_what_has_no_effect_is_left_out():
    assert set(suggest_space(SVR(kernel="linear"))) == {"C", "epsilon"}
    assert set(suggest_space(SVR(kernel="poly"))) == {"C", "epsilon", "gamma", "degree", "coef0"}
    assert set(suggest_space(LogisticRegression(class_weight={0: 2}))) == {"C"}


@pytest.mark.parametrize(
    ("degree", "n_features", "expected"),
    [
        (2, 12, [1, 2, 3]),
        (2, 13, [1, 2]),
        (2, None, [1, 2]),
        (4, 50, [1, 2, 3, 4]),
        (1, 5, [1, 2, 3]),
    ],
)
def test_degrees_of_polynomials(degree, n_features, expected):
    rows = None if n_features is None else np.zeros((20, n_features))
    assert suggest_space(PolynomialFeatures(degree), rows)["degree"] == expected
    assert set(suggest_space(PolynomialFeatures((1, 2)), rows)) == {"interaction_only"}


class Unknown(ClassifierMixin, BaseEstimator):
    """Has nothing to tune that anyone knows of."""

    def __init__(self, level=1):
        self.level = level

    def fit(self, X, y):
        return self


class Plain(TransformerMixin, BaseEstimator):
    """A step without parameters."""

    def fit(self, X, y=None):
        return self


@pytest.mark.parametrize(
    "estimator",
    [Unknown(), Pipeline([("scale", StandardScaler()), ("model", Unknown())]), Plain()],
    ids=["alone", "in a pipeline", "without parameters"],
)
def test_unknown_estimators_are_told_the_known_ones(estimator):
    with pytest.raises(
        InvalidSpaceError, match=r"No space is known for .*Known are: .*sklearn\.svm\.SVC"
    ):
        suggest_space(estimator)


def test_only_scalers_are_an_error():
    with pytest.raises(
        InvalidSpaceError, match=r"No space is known for sklearn\.pipeline\.Pipeline"
    ):
        suggest_space(make_pipeline(StandardScaler()))


def test_a_search_within_is_left_alone():
    with pytest.raises(InvalidSpaceError, match="GridSearchCV"):
        suggest_space(GridSearchCV(SVC(), {"C": [1]}))


def test_unknown_parts_are_said():
    pipeline = Pipeline([("pca", PCA()), ("model", Unknown())])
    with pytest.warns(PartialSpaceWarning, match=r"no space is known for model \(.*Unknown\)"):
        space = suggest_space(pipeline)
    assert set(space) == {"pca__n_components", "pca__whiten"}


def test_parameters_that_a_release_lacks_are_said(monkeypatch):
    ready = READY["sklearn.svm.SVC"]
    more = ready._replace(params=lambda data, own: {**ready.params(data, own), "newest": [1, 2]})
    monkeypatch.setitem(READY, "sklearn.svm.SVC", more)
    with pytest.warns(PartialSpaceWarning, match=r"has no svc__newest of sklearn\.svm\.SVC"):
        space = suggest_space(make_pipeline(SVC()))
    assert set(space) == {"svc__C", "svc__gamma"}
