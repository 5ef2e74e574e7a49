"""Arguments of Keras's optimizers: which name takes which, and what a search makes of it."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sktune import BayesSearchCV
from sktune.space import SearchSpace
from sktune.space._conditions._tables import KNOWN, NEEDED

keras = pytest.importorskip("keras", reason="an optional package")
sktune_keras = pytest.importorskip("sktune.keras", reason="an optional package")

PATHS = ("sktune.keras.KerasClassifier", "sktune.keras.KerasRegressor")
ARGUMENTS = sorted(n for n in KNOWN[PATHS[0]] if n.startswith("optimizer__"))
NAMES = sorted(
    name
    for name, thing in vars(keras.optimizers).items()
    if inspect.isclass(thing) and "learning_rate" in inspect.signature(thing).parameters
)
X = np.random.default_rng(0).normal(size=(40, 3))
y = (X[:, 0] > 0).astype(int)


def line():
    return keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])


def classifier(**params):
    params = {"loss": "binary_crossentropy", "epochs": 2, "random_state": 0, **params}
    return sktune_keras.KerasClassifier(line, **params)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("argument", ARGUMENTS)
def test_the_table_names_the_optimizers_that_do_not_take_an_argument(path, argument):
    has_effect = KNOWN[path][argument]["optimizer"]
    for name in NAMES:
        parameters = inspect.signature(getattr(keras.optimizers, name)).parameters
        is_taken = argument.removeprefix("optimizer__") in parameters
        assert has_effect(name) == has_effect(name.lower()) == is_taken, name
    assert NEEDED[path][argument] is None


def test_every_argument_of_several_but_not_all_optimizers_is_known():
    parameters = [inspect.signature(getattr(keras.optimizers, n)).parameters for n in NAMES]
    several = {a for taken in parameters for a in taken if sum(a in p for p in parameters) > 1}
    shared = set.intersection(*map(set, parameters))
    assert {f"optimizer__{argument}" for argument in several - shared} == set(ARGUMENTS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "values", "optimizer"),
    [
        ("amsgrad", (False, True), "adam"),
        ("beta_1", (0.5, 0.9), "adam"),
        ("beta_2", (0.5, 0.9), "adam"),
        ("epsilon", (1e-7, 1.0), "adam"),
        ("initial_accumulator_value", (0.1, 1.0), "adagrad"),
        ("momentum", (0.1, 0.9), "sgd"),
        ("nesterov", (False, True), "sgd"),
        ("rho", (0.1, 0.9), "rmsprop"),
    ],
)
def test_an_argument_has_an_effect_where_the_optimizer_takes_it(name, values, optimizer):
    assert f"optimizer__{name}" in ARGUMENTS
    assert KNOWN[PATHS[0]][f"optimizer__{name}"]["optimizer"](optimizer)
    options = {"optimizer": optimizer, "optimizer__learning_rate": 0.3, "epochs": 6}
    options |= {
        "nesterov": {"optimizer__momentum": 0.9},
        "amsgrad": {"optimizer__beta_2": 0.1},  # gradients that soon count less than before
    }.get(name, {})
    one, other = (
        classifier(**options, **{f"optimizer__{name}": value}).fit(X, y).predict_proba(X)
        for value in values
    )
    assert np.abs(one - other).max() > 1e-4


def test_an_argument_is_none_where_the_chosen_optimizer_does_not_take_it():
    space = {"optimizer": ["sgd", "adam"], "optimizer__momentum": uniform(0, 0.9)}
    search = BayesSearchCV(classifier(), space, n_iter=5, cv=2, random_state=0).fit(X, y)
    assert search.conditions_ == {"optimizer__momentum": {"optimizer": ["sgd"]}}
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    momentums = [
        p["optimizer__momentum"] for p in search.cv_results_["params"] if p["optimizer"] == "adam"
    ]
    assert momentums == [None]


def test_conditions_of_an_optimizer_within_a_pipeline():
    pipeline = Pipeline([("scale", StandardScaler()), ("net", classifier())])
    space = {
        "net__optimizer": ["SGD", "RMSprop", "Adam"],
        "net__optimizer__momentum": [0.0, 0.9],
        "net__optimizer__nesterov": [False, True],
        "net__optimizer__beta_1": [0.8, 0.9],
    }
    known = SearchSpace.from_distributions(space, None, "auto", pipeline).conditions
    assert known == {
        "net__optimizer__momentum": {"net__optimizer": ["SGD", "RMSprop"]},
        "net__optimizer__nesterov": {"net__optimizer": ["SGD"]},
        "net__optimizer__beta_1": {"net__optimizer": ["Adam"]},
    }


def test_an_optimizer_that_is_no_name_may_take_anything():
    optimizers = [keras.optimizers.SGD, keras.optimizers.RMSprop]
    space = {"optimizer": optimizers, "optimizer__momentum": [0.0, 0.9]}
    assert SearchSpace.from_distributions(space, None, "auto", classifier()).conditions == {}


def test_none_is_left_out_of_the_arguments_of_a_name_only():
    classifier(optimizer="sgd", optimizer__momentum=None).fit(X, y)
    with pytest.raises(ValueError, match="momentum"):
        classifier(optimizer=keras.optimizers.Adam, optimizer__momentum=None).fit(X, y)
