"""The estimators and their spaces, in the words of tutorials."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from data import bundled, made, statsmodels_table, table
from scipy.stats import loguniform, randint, uniform
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector
from sklearn.decomposition import NMF, PCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_selection import SelectKBest, chi2, f_classif, f_regression
from sklearn.impute import SimpleImputer
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier

SPECS = {}


@dataclass
class Spec:
    """A problem as its author wrote it down."""

    kind: str
    estimator: Any
    space: dict
    scoring: str
    data: Callable
    n_train: int


def problem(function):
    """Register a function that makes a `Spec` under its own name, with "-" for the first "_"."""
    SPECS[function.__name__.replace("_", "-", 1)] = function
    return function


def columns(numbers=None, texts=None):
    """A ColumnTransformer that treats numbers and texts apart."""
    return ColumnTransformer(
        [
            ("num", numbers or "passthrough", make_column_selector(dtype_include="number")),
            (
                "cat",
                texts or OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                make_column_selector(dtype_include=object),
            ),
        ]
    )


# Boosting


@problem
def xgb_housing():
    from xgboost import XGBRegressor

    return Spec(
        "XGBoost",
        XGBRegressor(n_jobs=1, random_state=0),
        {
            "n_estimators": randint(10, 101),
            "max_depth": randint(1, 11),
            "learning_rate": loguniform(0.005, 0.5),
            "subsample": uniform(0.4, 0.6),
            "colsample_bytree": uniform(0.3, 0.7),
            "min_child_weight": randint(1, 21),
            "gamma": uniform(0, 5),
            "reg_alpha": loguniform(1e-4, 100),
            "reg_lambda": loguniform(1e-4, 100),
        },
        "neg_root_mean_squared_error",
        partial(table, "Housing", "price", log=True),
        300,
    )


@problem
def xgb_flchain():
    from xgboost import XGBClassifier

    return Spec(
        "XGBoost",
        XGBClassifier(n_jobs=1, random_state=0),
        {
            "booster": ["gbtree", "gblinear", "dart"],
            "tree_method": ["exact", "hist", "approx"],
            "grow_policy": ["depthwise", "lossguide"],
            "n_estimators": randint(5, 51),
            "learning_rate": loguniform(0.01, 1.0),
            "max_depth": randint(1, 11),
            "max_leaves": randint(0, 33),
            "min_child_weight": loguniform(0.1, 30),
            "subsample": uniform(0.3, 0.7),
            "colsample_bytree": uniform(0.3, 0.7),
            "colsample_bylevel": uniform(0.3, 0.7),
            "reg_alpha": loguniform(1e-3, 30),
            "reg_lambda": loguniform(1e-3, 30),
            "rate_drop": uniform(0, 0.5),
            "skip_drop": uniform(0, 0.8),
            "scale_pos_weight": loguniform(0.3, 5),
        },
        "roc_auc",
        partial(table, "flchain", "death", drop=["futime", "chapter"]),
        250,
    )


@problem
def xgb_computers():
    from xgboost import XGBRegressor

    return Spec(
        "XGBoost",
        XGBRegressor(n_jobs=1, random_state=0),
        {
            "n_estimators": [20, 50, 100],
            "max_depth": [2, 3, 4, 5, 6, 8],
            "learning_rate": [0.01, 0.05, 0.1, 0.2, 0.3],
            "subsample": [0.5, 0.7, 0.8, 1.0],
            "colsample_bytree": [0.4, 0.6, 0.8, 1.0],
            "min_child_weight": [1, 3, 5, 7],
            "gamma": [0, 0.1, 0.5, 1, 5],
            "objective": ["reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror"],
        },
        "neg_mean_absolute_error",
        partial(table, "Computers", "price", log=True, rows=2000),
        250,
    )


@problem
def lgbm_wages():
    from lightgbm import LGBMRegressor

    return Spec(
        "LightGBM",
        LGBMRegressor(n_jobs=1, random_state=0, verbose=-1),
        {
            "n_estimators": randint(10, 101),
            "num_leaves": randint(2, 64),
            "learning_rate": loguniform(0.005, 0.5),
            "min_child_samples": randint(2, 60),
            "feature_fraction": uniform(0.3, 0.7),
            "bagging_fraction": uniform(0.3, 0.7),
            "bagging_freq": randint(0, 8),
            "lambda_l1": loguniform(1e-8, 10),
            "lambda_l2": loguniform(1e-8, 10),
        },
        "r2",
        partial(table, "Wages", "lwage", rows=2000),
        300,
    )


@problem
def lgbm_participation():
    from lightgbm import LGBMClassifier

    return Spec(
        "LightGBM",
        LGBMClassifier(n_jobs=1, random_state=0, verbose=-1),
        {
            "boosting_type": ["gbdt", "dart", "rf", "goss"],  # rf without bagging fails
            "class_weight": [None, "balanced"],
            "extra_trees": [True, False],
            "n_estimators": [10, 25, 50, 100],
            "learning_rate": loguniform(0.01, 0.5),
            "num_leaves": randint(2, 50),
            "min_child_samples": randint(1, 50),
            "subsample": uniform(0.4, 0.6),
            "subsample_freq": [0, 1, 5],
            "reg_alpha": [0, 0.01, 0.1, 1, 10],
            "reg_lambda": [0, 0.01, 0.1, 1, 10],
        },
        "accuracy",
        partial(table, "Participation", "lfp"),
        300,
    )


@problem
def hgb_hdma():
    return Spec(
        "HistGradientBoosting",
        HistGradientBoostingClassifier(random_state=0, early_stopping=False),
        {
            "learning_rate": loguniform(0.01, 1),
            "max_iter": randint(5, 41),
            "max_leaf_nodes": randint(2, 32),
            "max_depth": [None, 2, 3, 5, 8],
            "min_samples_leaf": randint(1, 51),
            "l2_regularization": loguniform(1e-6, 100),
            "max_features": uniform(0.2, 0.8),
            "class_weight": [None, "balanced"],
        },
        "roc_auc",
        partial(table, "Hdma", "deny"),
        300,
    )


@problem
def hgb_hedonic():
    return Spec(
        "HistGradientBoosting",
        HistGradientBoostingRegressor(random_state=0),
        {
            "loss": ["squared_error", "absolute_error", "gamma", "poisson"],
            "learning_rate": loguniform(0.01, 1),
            "max_iter": [10, 20, 40],
            "max_leaf_nodes": [None, 3, 7, 15, 31],
            "min_samples_leaf": [2, 5, 10, 20, 40],
            "l2_regularization": [0, 0.01, 0.1, 1, 10],
            "max_bins": [16, 32, 64, 255],
            "early_stopping": [True, False],
        },
        "r2",
        partial(table, "Hedonic", "mv", drop=["townid"]),
        200,
    )


@problem
def gbr_tips():
    return Spec(
        "GradientBoosting",
        GradientBoostingRegressor(random_state=0),
        {
            "loss": ["squared_error", "absolute_error", "huber", "quantile"],
            "n_estimators": randint(5, 41),
            "learning_rate": loguniform(0.01, 1.0),
            "subsample": uniform(0.3, 0.7),
            "max_depth": randint(1, 8),
            "min_samples_leaf": randint(1, 21),
            "max_features": ["sqrt", "log2", None],
            "alpha": uniform(0.1, 0.85),
        },
        "neg_mean_absolute_error",
        partial(table, "tips", "tip"),
        120,
    )


# Support vectors


def _scalers():
    return [StandardScaler(), MinMaxScaler(), RobustScaler(), "passthrough"]


@problem
def svc_fgl():
    return Spec(
        "SVC",
        Pipeline([("scaler", StandardScaler()), ("svc", SVC(max_iter=10_000))]),
        {
            "scaler": _scalers(),
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
            "scaler": _scalers(),
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
            "regressor__scaler": [*_scalers(), PowerTransformer()],
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


# Linear models


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
            "columns__num": [*_scalers(), QuantileTransformer(n_quantiles=50)],
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
            "columns__num": [*_scalers(), PowerTransformer()],
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
            "scaler": [*_scalers(), QuantileTransformer(n_quantiles=50)],
            "lda__solver": ["svd", "lsqr", "eigen"],
            "lda__shrinkage": [None, "auto", 0.01, 0.1, 0.3, 0.5, 0.8, 1.0],  # svd has none
            "lda__tol": loguniform(1e-6, 1e-1),
        },
        "neg_log_loss",
        partial(table, "Heating", "depvar", drop=["idcase"]),
        300,
    )


# Networks


@problem
def mlp_pima():
    return Spec(
        "MLP",
        Pipeline(
            [("scaler", StandardScaler()), ("mlp", MLPClassifier(random_state=0, max_iter=30))]
        ),
        {
            "scaler": [StandardScaler(), MinMaxScaler()],
            "mlp__hidden_layer_sizes": [(5,), (10,), (20,), (50,), (10, 10), (20, 20)],
            "mlp__activation": ["relu", "tanh", "logistic", "identity"],
            "mlp__solver": ["adam", "sgd", "lbfgs"],
            "mlp__alpha": loguniform(1e-6, 10),
            "mlp__learning_rate_init": loguniform(1e-4, 0.3),
            "mlp__batch_size": [32, 64, 128],
            "mlp__learning_rate": ["constant", "adaptive", "invscaling"],
        },
        "roc_auc",
        partial(table, "Pima.te", "type"),
        150,
    )


@problem
def mlp_circles():
    return Spec(
        "MLP",
        MLPClassifier(random_state=0, batch_size=32, max_iter=30),
        {
            "hidden_layer_sizes": randint(2, 64),
            "alpha": loguniform(1e-6, 1),
            "learning_rate_init": loguniform(1e-4, 1),
            "beta_1": uniform(0.5, 0.49),
            "activation": ["relu", "tanh", "logistic"],
        },
        "accuracy",
        partial(made, "circles", n_samples=600, noise=0.15, factor=0.5),
        120,
    )


@problem
def mlpreg_friedman1():
    return Spec(
        "MLP",
        Pipeline(
            [("scaler", StandardScaler()), ("mlp", MLPRegressor(random_state=0, max_iter=40))]
        ),
        {
            "scaler": [StandardScaler(), MinMaxScaler(), "passthrough"],
            "mlp__hidden_layer_sizes": [(8,), (16,), (32,), (16, 16), (32, 16)],
            "mlp__activation": ["relu", "tanh", "logistic"],
            "mlp__solver": ["adam", "lbfgs"],
            "mlp__alpha": loguniform(1e-6, 100),
            "mlp__learning_rate_init": loguniform(1e-4, 0.3),
            "mlp__early_stopping": [True, False],
        },
        "r2",
        partial(made, "friedman1", n_samples=600, noise=1.0),
        150,
    )


# Neighbours


@problem
def knn_breast_cancer():
    return Spec(
        "KNN",
        Pipeline(
            [
                ("scaler", StandardScaler()),
                ("select", SelectKBest(f_classif)),
                ("knn", KNeighborsClassifier()),
            ]
        ),
        {
            "scaler": _scalers(),
            "select__k": randint(1, 31),
            "select__score_func": [f_classif, chi2],  # chi2 takes no negative values
            "knn__n_neighbors": randint(1, 51),
            "knn__weights": ["uniform", "distance"],
            "knn__metric": ["euclidean", "manhattan", "chebyshev", "cosine"],
        },
        "accuracy",
        partial(bundled, "breast_cancer"),
        200,
    )


@problem
def knn_crabs():
    return Spec(
        "KNN",
        Pipeline([("scaler", StandardScaler()), ("pca", PCA()), ("knn", KNeighborsClassifier())]),
        {
            "scaler": [StandardScaler(), MinMaxScaler(), RobustScaler()],
            "pca__n_components": randint(1, 6),
            "pca__whiten": [True, False],
            "knn__n_neighbors": randint(1, 41),
            "knn__p": randint(1, 6),
            "knn__weights": ["uniform", "distance"],
        },
        "accuracy",
        partial(table, "crabs", "sex", drop=["sp", "index"]),
        120,
    )


@problem
def knnreg_caschool():
    return Spec(
        "KNN",
        Pipeline(
            [
                ("scaler", StandardScaler()),
                ("select", SelectKBest(f_regression)),
                ("knn", KNeighborsRegressor()),
            ]
        ),
        {
            "select__k": randint(1, 12),
            "knn__n_neighbors": randint(1, 61),
            "knn__p": uniform(1, 4),
            "knn__weights": ["uniform", "distance"],
        },
        "r2",
        partial(
            table,
            "Caschool",
            "testscr",
            drop=["county", "district", "distcod", "readscr", "mathscr"],
        ),
        220,
    )


# Forests and trees


@problem
def rf_pbc():
    return Spec(
        "forest",
        Pipeline(
            [
                ("impute", SimpleImputer()),
                ("rf", RandomForestClassifier(n_jobs=1, random_state=0)),
            ]
        ),
        {
            "impute__strategy": ["mean", "median", "most_frequent"],
            "rf__n_estimators": randint(5, 26),
            "rf__criterion": ["gini", "entropy", "log_loss"],
            "rf__max_depth": [None, 2, 4, 8, 16],
            "rf__max_features": ["sqrt", "log2", None, 0.2, 0.5],
            "rf__min_samples_split": randint(2, 21),
            "rf__min_samples_leaf": randint(1, 21),
            "rf__bootstrap": [True, False],
            "rf__max_samples": [None, 0.5, 0.8],  # fails without bootstrap
            "rf__class_weight": [None, "balanced", "balanced_subsample"],
        },
        "f1_macro",
        partial(table, "pbc", "status", drop=["id", "time", "sex"], raw=True, gaps=True),
        250,
    )


@problem
def rf_baseball():
    return Spec(
        "forest",
        RandomForestRegressor(n_jobs=1, random_state=0),
        {
            "n_estimators": randint(5, 31),
            "max_depth": randint(1, 21),
            "max_features": uniform(0.05, 0.95),
            "min_samples_leaf": randint(1, 31),
            "max_samples": uniform(0.2, 0.8),
            "ccp_alpha": loguniform(1e-5, 0.1),
        },
        "r2",
        partial(
            table,
            "Baseball",
            "sal87",
            drop=["name1", "name2", "team86", "posit86", "team87", "league87"],
            log=True,
        ),
        150,
    )


@problem
def extratrees_mpg():
    return Spec(
        "forest",
        Pipeline(
            [
                ("columns", columns()),
                ("model", ExtraTreesRegressor(n_jobs=1, random_state=0, n_estimators=12)),
            ]
        ),
        {
            "columns__cat": [
                OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
                "drop",
            ],
            "model__criterion": ["squared_error", "absolute_error", "poisson"],
            "model__max_depth": [None, 3, 6, 12],
            "model__max_features": ["sqrt", "log2", 0.3, 0.6, 1.0],
            "model__min_samples_leaf": randint(1, 16),
            "model__bootstrap": [True, False],
        },
        "r2",
        partial(table, "mpg", "hwy", raw=True, drop=["cty", "model"]),
        140,
    )


@problem
def tree_nwtco():
    return Spec(
        "tree",
        DecisionTreeClassifier(random_state=0),
        {
            "criterion": ["gini", "entropy", "log_loss"],
            "splitter": ["best", "random"],
            "max_depth": randint(1, 21),
            "min_samples_split": randint(2, 51),
            "min_samples_leaf": randint(1, 31),
            "max_features": [None, "sqrt", "log2"],
            "ccp_alpha": loguniform(1e-5, 0.1),
            "class_weight": [None, "balanced"],
        },
        "balanced_accuracy",
        partial(table, "nwtco", "rel", drop=["seqno", "in.subcohort", "edrel"]),
        700,
    )


# Mixed columns, and steps that are chosen from a list


@problem
def columns_survey():
    return Spec(
        "mixed columns",
        Pipeline(
            [
                (
                    "columns",
                    columns(
                        Pipeline([("impute", SimpleImputer()), ("scale", StandardScaler())]),
                        Pipeline(
                            [
                                ("impute", SimpleImputer(strategy="most_frequent")),
                                ("encode", OneHotEncoder(handle_unknown="ignore")),
                            ]
                        ),
                    ),
                ),
                ("model", LogisticRegression(max_iter=100)),
            ]
        ),
        {
            "columns__num__impute__strategy": ["mean", "median", "most_frequent"],
            "columns__num__impute__add_indicator": [True, False],
            "columns__num__scale": [StandardScaler(), MinMaxScaler(), RobustScaler()],
            "columns__cat__encode": [
                OneHotEncoder(handle_unknown="ignore"),
                OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
                OneHotEncoder(drop="first"),
            ],
            "model__C": loguniform(1e-3, 1e3),
            "model__class_weight": [None, "balanced"],
        },
        "accuracy",
        partial(table, "survey", "Sex", raw=True, gaps=True),
        140,
    )


@problem
def columns_colon():
    return Spec(
        "mixed columns",
        Pipeline(
            [
                (
                    "columns",
                    columns(
                        Pipeline([("impute", SimpleImputer()), ("scale", StandardScaler())]),
                    ),
                ),
                ("model", SVC(max_iter=10_000)),
            ]
        ),
        {
            "columns__num__impute__strategy": ["mean", "median", "most_frequent", "constant"],
            "columns__num__scale": [*_scalers(), PowerTransformer()],
            "columns__cat__drop": [None, "first", "if_binary"],
            "model": [
                LogisticRegression(max_iter=200),
                SVC(max_iter=10_000),
                KNeighborsClassifier(15),
                GaussianNB(),
                RandomForestClassifier(10, max_depth=4, random_state=0, n_jobs=1),
            ],
        },
        "accuracy",
        partial(table, "colon", "status", drop=["id", "study", "time"], raw=True, gaps=True),
        250,
    )


@problem
def steps_kakadu():
    return Spec(
        "steps",
        Pipeline(
            [
                ("scaler", StandardScaler()),
                ("reduce", PCA(random_state=0)),
                ("model", LogisticRegression(max_iter=200)),
            ]
        ),
        {
            "scaler": [StandardScaler(), MinMaxScaler(), RobustScaler(), "passthrough"],
            "reduce": ["passthrough", PCA(5), PCA(10), SelectKBest(k=5), SelectKBest(k=10)],
            "model": [
                LogisticRegression(max_iter=200),
                LinearDiscriminantAnalysis(),
                SVC(max_iter=10_000),
                SVC(kernel="linear", max_iter=10_000),
                KNeighborsClassifier(),
                DecisionTreeClassifier(max_depth=4, random_state=0),
            ],
        },
        "balanced_accuracy",
        partial(table, "Kakadu", "answer", drop=["lower", "upper"]),
        220,
    )


@problem
def steps_fishing():
    return Spec(
        "steps",
        Pipeline(
            [
                ("scaler", StandardScaler()),
                ("reduce", PCA()),
                ("svc", SVC(max_iter=10_000)),
            ]
        ),
        {
            "scaler": [*_scalers(), PowerTransformer(), QuantileTransformer(n_quantiles=50)],
            "reduce": [PCA(), TruncatedSVD(), NMF(max_iter=50)],  # NMF takes no negative values
            "reduce__n_components": [2, 3, 4, 6, 8],
            "svc__kernel": ["rbf", "linear"],
            "svc__C": loguniform(1e-2, 1e2),
            "svc__gamma": ["scale", "auto"],
        },
        "accuracy",
        partial(table, "Fishing", "mode", drop=["price", "catch"]),
        250,
    )
