"""Fairness as a score: the gap between groups."""

import numpy as np
import pytest
import sklearn
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, get_scorer, make_scorer

from sktune import ParetoSearchCV, group_gap

X, Y = make_classification(200, n_informative=4, random_state=0)
PLACES = np.where(X[:, 0] > 0.3, "a", np.where(X[:, 1] > 0, "b", "c"))
ROWS = np.arange(len(X))
GRID = {"C": [0.001, 0.01, 0.1, 1.0]}


@pytest.fixture(autouse=True)
def _routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.mark.parametrize("scoring", ["accuracy", "neg_log_loss", "roc_auc"])
def test_gap_is_that_of_the_scorer_on_each_group(scoring):
    model = LogisticRegression().fit(X, Y)
    of_groups = [get_scorer(scoring)(model, X[rows], Y[rows]) for rows in _by_group(ROWS)]
    found = group_gap(scoring, "where")(model, X, Y, where=PLACES)
    assert found == pytest.approx(min(of_groups) - max(of_groups))


def test_a_search_knows_it_for_a_cost():
    scoring = {"accuracy": "accuracy", "gap": group_gap("accuracy")}
    search = ParetoSearchCV(
        LogisticRegression(), GRID, scoring=scoring, n_iter=4, cv=3, thresholds={"gap": 0.9}
    ).fit(X, Y, groups=PLACES)
    assert search.costs_ == ("gap",)
    assert (search.cv_results_["mean_test_gap"] <= 0).all()
    assert (search.pareto_front_.scores[:, 1] >= 0).all()
    # The gap of one fold, worked out from its rows.
    train, test = next(iter(search.cv_.split(X, Y) if hasattr(search.cv_, "split") else search.cv_))
    model = LogisticRegression(C=GRID["C"][0]).fit(X[train], Y[train])
    hits = [accuracy_score(Y[t], model.predict(X[t])) for t in _by_group(test)]
    assert search.cv_results_["split0_test_gap"][0] == pytest.approx(min(hits) - max(hits))


def _by_group(rows):
    return [rows[np.equal(PLACES[rows], group)] for group in "abc"]


def test_limit_on_the_gap_is_positive():
    scoring = {"accuracy": "accuracy", "gap": group_gap("accuracy")}
    rule = {"maximize": "accuracy", "gap": 1.0}
    search = ParetoSearchCV(LogisticRegression(), GRID, scoring=scoring, n_iter=4, refit=rule)
    search.fit(X, Y, groups=PLACES)
    assert search.best_index_ == search.pareto_index_[0]
    assert search.score(X, Y) > 0.5


def test_bad_input():
    with pytest.raises(ValueError, match="needs the name of a scorer"):
        group_gap(lambda estimator, X, y: 0.0)
    model = LogisticRegression().fit(X, Y)
    with pytest.raises(ValueError, match="'groups', one group for each sample"):
        group_gap(make_scorer(accuracy_score))(model, X, Y)
    with (
        sklearn.config_context(enable_metadata_routing=False),
        pytest.raises(ValueError, match="enable_metadata_routing=True"),
    ):
        group_gap("accuracy")
