"""Nearest neighbours behind a selection of features; forests and a tree."""

from functools import partial

from data import bundled, table
from scipy.stats import loguniform, randint, uniform
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_selection import SelectKBest, chi2, f_classif, f_regression
from sklearn.impute import SimpleImputer
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier

from ._spec import Spec, columns, problem, scalers


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
            "scaler": scalers(),
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
