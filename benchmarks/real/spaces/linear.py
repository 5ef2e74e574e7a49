"""Linear models, some with combinations of solver and penalty that fail."""

from functools import partial

from data import bundled, table
from scipy.stats import loguniform, randint, uniform
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge, SGDClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from ._spec import Spec, columns, problem, scalers


@problem
def logreg_birthwt():
    return Spec(
        "LogisticRegression",
        Pipeline(
            [
                ("scaler", StandardScaler()),
                ("model", LogisticRegression(max_iter=200, random_state=0)),
            ]
        ),
        {
            "model__solver": ["lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"],
            "model__penalty": ["l1", "l2", "elasticnet", None],  # some solvers cannot
            "model__C": loguniform(1e-4, 1e4),
            "model__l1_ratio": uniform(0, 1),
            "model__class_weight": [None, "balanced"],
        },
        "roc_auc",
        partial(table, "birthwt", "low", drop=["bwt"]),
        110,
    )


@problem
def logreg_chile():
    return Spec(
        "LogisticRegression",
        Pipeline(
            [
                ("columns", columns(StandardScaler())),
                ("model", LogisticRegression(max_iter=100, random_state=0)),
            ]
        ),
        {
            "columns__num": [*scalers(), QuantileTransformer(n_quantiles=50)],
            "columns__cat__drop": [None, "first"],
            "columns__cat__min_frequency": [None, 5, 20],
            "model__solver": ["lbfgs", "liblinear", "newton-cg", "sag", "saga"],
            "model__penalty": ["l1", "l2", None],
            "model__C": loguniform(1e-4, 1e3),
            "model__class_weight": [None, "balanced"],
            "model__fit_intercept": [True, False],
        },
        "balanced_accuracy",
        partial(table, "Chile", "vote", raw=True, drop=["population"], rows=1200),
        200,
    )


@problem
def logreg_wine():
    return Spec(
        "LogisticRegression",
        LogisticRegression(max_iter=300, random_state=0),
        {
            "solver": ["lbfgs", "saga"],
            "l1_ratio": [0, 0.25, 0.5, 0.75, 1],  # lbfgs takes 0 only
            "C": loguniform(1e-4, 1e2),
            "fit_intercept": [True, False],
        },
        "neg_log_loss",
        partial(bundled, "wine"),
        100,
    )


@problem
def sgd_biopsy():
    return Spec(
        "SGDClassifier",
        Pipeline([("scaler", StandardScaler()), ("sgd", SGDClassifier(random_state=0))]),
        {
            "sgd__loss": ["hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron"],
            "sgd__penalty": ["l2", "l1", "elasticnet"],
            "sgd__alpha": loguniform(1e-6, 1),
            "sgd__l1_ratio": uniform(0, 1),
            "sgd__learning_rate": ["optimal", "constant", "invscaling", "adaptive"],
            "sgd__eta0": loguniform(1e-4, 1),
            "sgd__average": [True, False],
            "sgd__max_iter": [20, 50, 100],
        },
        "f1",
        partial(table, "biopsy", "class", drop=["ID"]),
        200,
    )


@problem
def sgd_bfi():
    return Spec(
        "SGDClassifier",
        Pipeline(
            [
                ("scaler", StandardScaler()),
                ("select", SelectKBest(f_classif)),
                ("sgd", SGDClassifier(random_state=0, max_iter=60)),
            ]
        ),
        {
            "scaler": [StandardScaler(), MinMaxScaler(), "passthrough"],
            "select__k": randint(2, 27),
            "sgd__loss": ["hinge", "log_loss", "huber", "squared_error"],
            "sgd__penalty": ["l2", "l1", "elasticnet", None],
            "sgd__alpha": loguniform(1e-6, 10),
            "sgd__learning_rate": ["optimal", "constant", "invscaling", "adaptive"],
            "sgd__eta0": loguniform(1e-4, 1),
            "sgd__power_t": uniform(0.1, 0.8),
            "sgd__early_stopping": [True, False],
            "sgd__class_weight": [None, "balanced"],
        },
        "balanced_accuracy",
        partial(table, "bfi", "gender"),
        300,
    )


@problem
def enet_crime():
    return Spec(
        "linear regression",
        Pipeline(
            [
                ("poly", PolynomialFeatures(include_bias=False)),
                ("scaler", StandardScaler()),
                ("model", ElasticNet(max_iter=200, random_state=0)),
            ]
        ),
        {
            "poly__degree": [1, 2],
            "poly__interaction_only": [True, False],
            "scaler": [StandardScaler(), MinMaxScaler(), RobustScaler()],
            "model__alpha": loguniform(1e-5, 10),
            "model__l1_ratio": uniform(0.01, 0.99),
            "model__selection": ["cyclic", "random"],
        },
        "r2",
        partial(table, "Crime", "crmrte", drop=["county", "year"], log=True),
        250,
    )


@problem
def ridge_salaries():
    return Spec(
        "linear regression",
        Pipeline(
            [
                ("columns", columns(StandardScaler())),
                ("poly", PolynomialFeatures()),
                ("ridge", Ridge(random_state=0, max_iter=300)),
            ]
        ),
        {
            "columns__num": [*scalers(), PowerTransformer()],
            "columns__cat__drop": [None, "first"],
            "poly__degree": [1, 2, 3],
            "poly__interaction_only": [True, False],
            "ridge__alpha": loguniform(1e-4, 1e4),
            "ridge__solver": ["auto", "svd", "lsqr", "lbfgs"],
            "ridge__positive": [True, False],  # lbfgs must be, svd and lsqr cannot
            "ridge__fit_intercept": [True, False],
        },
        "neg_median_absolute_error",
        partial(table, "Salaries", "salary", raw=True, log=True),
        200,
    )


@problem
def lda_heating():
    return Spec(
        "discriminant analysis",
        Pipeline([("scaler", StandardScaler()), ("lda", LinearDiscriminantAnalysis())]),
        {
            "scaler": [*scalers(), QuantileTransformer(n_quantiles=50)],
            "lda__solver": ["svd", "lsqr", "eigen"],
            "lda__shrinkage": [None, "auto", 0.01, 0.1, 0.3, 0.5, 0.8, 1.0],  # svd has none
            "lda__tol": loguniform(1e-6, 1e-1),
        },
        "neg_log_loss",
        partial(table, "Heating", "depvar", drop=["idcase"]),
        300,
    )
