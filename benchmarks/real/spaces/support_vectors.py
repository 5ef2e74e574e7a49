"""SVC, LinearSVC and SVR, most of them behind a scaler."""

from functools import partial

from data import bundled, made, statsmodels_table, table
from scipy.stats import loguniform, randint, uniform
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    PowerTransformer,
    StandardScaler,
)
from sklearn.svm import SVC, SVR, LinearSVC

from ._spec import Spec, problem, scalers


@problem
def svc_fgl():
    return Spec(
        "SVC",
        Pipeline([("scaler", StandardScaler()), ("svc", SVC(max_iter=10_000))]),
        {
            "scaler": scalers(),
            "svc__kernel": ["linear", "rbf", "poly", "sigmoid"],
            "svc__C": loguniform(1e-2, 1e3),
            "svc__gamma": loguniform(1e-4, 10),
            "svc__degree": [2, 3, 4],
            "svc__coef0": uniform(0, 1),
            "svc__class_weight": [None, "balanced"],
        },
        "accuracy",
        partial(table, "fgl", "type"),
        150,
    )


@problem
def svc_digits():
    return Spec(
        "SVC",
        Pipeline([("reduce", PCA(random_state=0)), ("svc", SVC(max_iter=10_000))]),
        {
            "reduce__n_components": randint(2, 61),
            "reduce__whiten": [True, False],
            "svc__C": loguniform(1e-3, 1e3),
            "svc__gamma": loguniform(1e-5, 1e2),
        },
        "accuracy",
        partial(bundled, "digits", 1000),
        250,
    )


@problem
def svc_moons():
    return Spec(
        "SVC",
        SVC(),
        {"C": loguniform(1e-3, 1e4), "gamma": loguniform(1e-4, 1e3)},
        "accuracy",
        partial(made, "moons", n_samples=600, noise=0.3),
        120,
    )


@problem
def linearsvc_anes96():
    return Spec(
        "SVC",
        Pipeline([("scaler", StandardScaler()), ("svc", LinearSVC(random_state=0, max_iter=500))]),
        {
            "scaler": scalers(),
            "svc__penalty": ["l1", "l2"],  # half of the combinations with loss and dual fail
            "svc__loss": ["hinge", "squared_hinge"],
            "svc__dual": [True, False],
            "svc__C": loguniform(1e-4, 1e2),
            "svc__class_weight": [None, "balanced"],
            "svc__fit_intercept": [True, False],
        },
        "accuracy",
        partial(statsmodels_table, "anes96", "vote", drop=["PID", "popul"]),
        200,
    )


@problem
def svr_cpus():
    return Spec(
        "SVR",
        TransformedTargetRegressor(
            Pipeline([("scaler", StandardScaler()), ("svr", SVR(max_iter=20_000))]),
            transformer=StandardScaler(),
        ),
        {
            "regressor__scaler": [*scalers(), PowerTransformer()],
            "regressor__svr__kernel": ["linear", "rbf", "poly", "sigmoid"],
            "regressor__svr__C": loguniform(1e-3, 1e3),
            "regressor__svr__epsilon": loguniform(1e-3, 1),
            "regressor__svr__gamma": ["scale", "auto", 0.001, 0.01, 0.1, 1],
            "regressor__svr__shrinking": [True, False],
        },
        "r2",
        partial(table, "cpus", "perf", drop=["name", "estperf"], log=True),
        140,
    )


@problem
def svr_diabetes():
    return Spec(
        "SVR",
        Pipeline([("scaler", StandardScaler()), ("svr", SVR())]),
        {
            "svr__C": loguniform(0.1, 1e3),
            "svr__epsilon": loguniform(0.1, 100),
            "svr__gamma": loguniform(1e-4, 10),
        },
        "neg_mean_absolute_error",
        partial(bundled, "diabetes"),
        220,
    )
