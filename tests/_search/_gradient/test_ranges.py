"""Every model with a gradient over ranges that lie otherwise than its lowest loss does."""

import numpy as np
import pytest
from scipy.stats import loguniform, uniform
from sklearn.base import is_classifier
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.svm import LinearSVC, LinearSVR

from sktune import GradientSearchCV
from sktune._search._gradient._guard import FoldModels
from sktune._search._gradient._model import read_tuned
from sktune._search._gradient._steps import prepare_fold
from sktune.space import SearchSpace
from tests.universe._sample import sampled

MODELS = {
    "alpha": (Ridge(), Lasso(max_iter=10_000), ElasticNet(max_iter=10_000)),
    "C": (
        LogisticRegression(max_iter=2000),
        LinearSVC(max_iter=10_000),
        LinearSVR(loss="squared_epsilon_insensitive", max_iter=100_000),
    ),
}
ENDS = ((1e-3, 1e3), (1e-4, 1e0), (1e-2, 1e6), (1e-6, 1e2))
CASES = sampled(
    [(model, name, ends) for name in MODELS for model in MODELS[name] for ends in ENDS], 3
)
CV = KFold(3)


def data(model):
    if is_classifier(model):
        return make_classification(90, 8, n_informative=3, flip_y=0.2, random_state=0)
    X, y = make_regression(90, 8, n_informative=3, noise=60, random_state=0)
    return X, y / y.std()


def losses_on_a_grid(model, name, ends, X, y):
    space = SearchSpace.from_distributions({name: loguniform(*ends)}, estimator=model)
    tuned = read_tuned(model, space)
    folds = [prepare_fold(model, tuned, (X, y), split, {}, {}) for split in CV.split(X, y)]
    models = FoldModels(model, tuned, space, folds)
    found = [models(np.array([unit])) for unit in np.linspace(0, 1, 25)]
    return np.array([slope.loss for slope in found])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
@pytest.mark.parametrize(
    ("model", "name", "ends"),
    CASES,
    ids=[f"{type(model).__name__} {ends[0]} to {ends[1]}" for model, _, ends in CASES],
)
def test_as_low_as_a_grid_wherever_the_range_lies(model, name, ends):
    X, y = data(model)
    found = GradientSearchCV(model, {name: loguniform(*ends)}, cv=CV).fit(X, y)
    losses = np.nanmin(found.cv_results_["mean_loss"])
    assert losses <= losses_on_a_grid(model, name, ends, X, y).min() * 1.002
    assert len(found.cv_results_["params"]) <= 15


@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
@pytest.mark.parametrize("alpha", [1.0, 100.0])
def test_without_any_coefficient_it_begins_elsewhere(alpha):
    model = ElasticNet(alpha=alpha)
    X, y = data(model)
    space = {"alpha": loguniform(1e-3, 1e3), "l1_ratio": uniform(0.05, 0.9)}
    found = GradientSearchCV(model, space, cv=CV).fit(X, 0.1 * y)
    assert found.best_params_["alpha"] < 0.1
    grid = {"alpha": np.geomspace(1e-3, 1, 13), "l1_ratio": [0.05, 0.3, 0.6, 0.95]}
    assert found.best_score_ > 0.9 * GridSearchCV(model, grid, cv=CV).fit(X, 0.1 * y).best_score_
