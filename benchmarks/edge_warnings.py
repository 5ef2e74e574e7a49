"""How often ordinary searches warn of a best value at the edge of its range.

45 uses: 15 estimators, each with a space as in a guide or a forum, searched by
BayesSearchCV with 10 and with 30 candidates, and by AnnealingSearchCV with 30.

    python benchmarks/edge_warnings.py
"""

from __future__ import annotations

import argparse
import warnings
from typing import Any

from scipy.stats import loguniform, randint, uniform
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge, SGDClassifier
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sktune import AnnealingSearchCV, BayesSearchCV
from sktune.exceptions import EdgeOfRangeWarning
from sktune.space import log_randint

WINE = load_wine(return_X_y=True)
CANCER = load_breast_cancer(return_X_y=True)
DIABETES = load_diabetes(return_X_y=True)
DIGITS = tuple(part[:400] for part in load_digits(return_X_y=True))


def scaled(model: Any) -> Any:
    """A pipeline of a scaler and the model."""
    return make_pipeline(StandardScaler(), model)


MODELS: dict[str, tuple[Any, dict[str, Any], tuple[Any, Any]]] = {
    "SVC": (
        scaled(SVC()),
        {"svc__C": loguniform(1e-2, 1e3), "svc__gamma": loguniform(1e-4, 1e1)},
        CANCER,
    ),
    "SVC, kernels": (
        SVC(),
        {"C": [0.1, 1, 10, 100], "gamma": [1e-4, 1e-3, 1e-2], "kernel": ["rbf", "poly"]},
        DIGITS,
    ),
    "SVR": (
        scaled(SVR()),
        {"svr__C": loguniform(1e-1, 1e3), "svr__epsilon": uniform(0, 1)},
        DIABETES,
    ),
    "logistic regression": (
        scaled(LogisticRegression(max_iter=2000)),
        {"logisticregression__C": loguniform(1e-4, 1e2)},
        WINE,
    ),
    "ridge": (Ridge(), {"alpha": loguniform(1e-3, 1e3)}, DIABETES),
    "elastic net": (
        ElasticNet(),
        {"alpha": loguniform(1e-4, 1e1), "l1_ratio": uniform(0, 1)},
        DIABETES,
    ),
    "SGD": (
        scaled(SGDClassifier(random_state=0)),
        {"sgdclassifier__alpha": loguniform(1e-6, 1e-1), "sgdclassifier__l1_ratio": uniform()},
        CANCER,
    ),
    "nearest neighbours": (
        KNeighborsClassifier(),
        {"n_neighbors": randint(1, 30), "weights": ["uniform", "distance"], "p": [1, 2]},
        WINE,
    ),
    "nearest neighbours, regression": (
        scaled(KNeighborsRegressor()),
        {"kneighborsregressor__n_neighbors": [1, 3, 5, 7, 9, 11, 15]},
        DIABETES,
    ),
    "decision tree": (
        DecisionTreeClassifier(random_state=0),
        {
            "max_depth": randint(1, 20),
            "min_samples_leaf": randint(1, 20),
            "min_samples_split": randint(2, 20),
        },
        CANCER,
    ),
    "regression tree": (
        DecisionTreeRegressor(random_state=0),
        {
            "max_depth": randint(2, 10),
            "ccp_alpha": uniform(0, 100),
            "max_features": uniform(0.1, 0.9),
        },
        DIABETES,
    ),
    "random forest": (
        RandomForestClassifier(n_estimators=15, random_state=0),
        {
            "max_depth": [3, 5, 10, None],
            "max_features": uniform(0.1, 0.9),
            "min_samples_leaf": randint(1, 11),
            "min_samples_split": randint(2, 11),
        },
        WINE,
    ),
    "gradient boosting": (
        GradientBoostingRegressor(random_state=0),
        {
            "learning_rate": loguniform(1e-2, 1),
            "n_estimators": log_randint(5, 60),
            "max_depth": randint(1, 6),
            "subsample": uniform(0.5, 0.5),
        },
        DIABETES,
    ),
    "PCA and logistic regression": (
        make_pipeline(StandardScaler(), PCA(), LogisticRegression(max_iter=2000)),
        {"pca__n_components": randint(2, 30), "logisticregression__C": loguniform(1e-3, 1e2)},
        CANCER,
    ),
    "kernel ridge": (
        scaled(KernelRidge(kernel="rbf")),
        {"kernelridge__alpha": loguniform(1e-3, 1e1), "kernelridge__gamma": loguniform(1e-4, 1)},
        DIABETES,
    ),
}
USES = [(BayesSearchCV, 10), (BayesSearchCV, 30), (AnnealingSearchCV, 30)]


def main() -> None:
    """Fit all uses, and print the warnings of each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--models", nargs="+", choices=list(MODELS), default=list(MODELS))
    n_uses = n_warned = n_warnings = 0
    for name in parser.parse_args().models:
        model, space, data = MODELS[name]
        for search_class, n_iter in USES:
            search = search_class(model, space, n_iter=n_iter, cv=3, random_state=0)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                search.fit(*data)
            edges = [w for w in caught if issubclass(w.category, EdgeOfRangeWarning)]
            n_uses, n_warned = n_uses + 1, n_warned + bool(edges)
            n_warnings += len(edges)
            for warning in edges:
                print(f"{name}, {search_class.__name__}, {n_iter}: {warning.message}")
    print(f"{n_warned} of {n_uses} uses warned, {n_warnings} warnings")


if __name__ == "__main__":
    main()
