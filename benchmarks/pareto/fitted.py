"""Problems of two scores with real fits, on scikit-learn's own data.

The second score is a size that no clock disturbs, of ``fairly`` a second metric that agrees with
the first.
"""

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone, is_regressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import ElasticNet
from sklearn.model_selection import cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

sys.path.insert(0, str(Path(__file__).parent.parent / "efficiency"))

from parameter import Parameter
from searches import distribution

from sktune._search._pareto._costs import COSTS, Fold

N_FOLDS = 5


@dataclass(frozen=True)
class Fitted:
    """An estimator, its parameters, data and both scores."""

    name: str
    estimator: Any
    parameters: tuple
    load: Any
    second: str
    first: str = ""

    @property
    def metrics(self):
        """Names of both scores."""
        usual = "r2" if is_regressor(self.estimator) else "accuracy"
        return [self.first or usual, self.second]

    @property
    def space(self):
        """A dict as for RandomizedSearchCV."""
        return {p.name: distribution(p) for p in self.parameters}

    def folds(self, params):
        """The scores of the folds, by metric; costs as their negatives."""
        X, y = loaded(self.load)
        names = [name for name in self.metrics if name not in COSTS]
        found = cross_validate(
            clone(self.estimator).set_params(**params),
            X,
            y,
            cv=N_FOLDS,
            scoring=names,
            return_estimator=True,
            return_indices=True,
        )
        scores = {name: found[f"test_{name}"] for name in names}
        if self.second in COSTS:
            tests = found["indices"]["test"]
            fitted = zip(found["estimator"], tests, strict=True)
            measured = [COSTS[self.second](Fold(e, X[test], 0.0, 0.0)) for e, test in fitted]
            scores[self.second] = -np.array(measured)
        return scores


@cache
def loaded(load):
    return load(return_X_y=True)


def integer(name, low, high):
    return Parameter(name, "int", low, high)


def logarithmic(name, low, high):
    return Parameter(name, "float", low, high, log=True)


def choice(name, *choices):
    return Parameter(name, "cat", choices=choices)


LEAVES = (integer("max_leaf_nodes", 2, 59), integer("min_samples_leaf", 1, 59))

PROBLEMS = {
    problem[0]: Fitted(*problem)
    for problem in [
        ("tree", DecisionTreeClassifier(random_state=0), LEAVES, load_breast_cancer, "n_features"),
        (
            "forest",
            RandomForestClassifier(random_state=0),
            (integer("n_estimators", 1, 59), integer("max_depth", 1, 11)),
            load_breast_cancer,
            "model_size",
        ),
        (
            "lasso",
            make_pipeline(StandardScaler(), LinearSVC(penalty="l1", random_state=0, max_iter=3000)),
            (logarithmic("linearsvc__C", 1e-4, 1e1), logarithmic("linearsvc__tol", 1e-4, 1e-1)),
            load_breast_cancer,
            "n_features",
        ),
        ("digits", DecisionTreeClassifier(random_state=0), LEAVES, load_digits, "model_size"),
        (
            "fairly",
            KNeighborsClassifier(),
            (
                integer("n_neighbors", 1, 59),
                choice("p", 1, 2),
                choice("weights", "uniform", "distance"),
            ),
            load_breast_cancer,
            "recall_macro",
        ),
        (
            "wine",
            RandomForestClassifier(random_state=0),
            (
                integer("n_estimators", 1, 39),
                choice("max_features", 1, 2, 4, 8),
                integer("max_depth", 1, 7),
            ),
            load_wine,
            "model_size",
        ),
        (
            "diabetes",
            DecisionTreeRegressor(random_state=0),
            (integer("max_leaf_nodes", 2, 39), integer("min_samples_leaf", 1, 39)),
            load_diabetes,
            "model_size",
        ),
        (
            "support",
            make_pipeline(StandardScaler(), SVC()),
            (logarithmic("svc__C", 1e-2, 1e3), logarithmic("svc__gamma", 1e-4, 1e0)),
            load_breast_cancer,
            "model_size",
        ),
        (
            "sparse",
            make_pipeline(StandardScaler(), ElasticNet()),
            (
                logarithmic("elasticnet__alpha", 1e-3, 1e1),
                Parameter("elasticnet__l1_ratio", "float", 0.05, 1.0),
            ),
            load_diabetes,
            "n_features",
        ),
    ]
}
