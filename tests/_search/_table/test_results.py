"""The table of a history, against scikit-learn's own."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import Ridge

from sktune import BayesSearchCV
from sktune._engine import History
from sktune._records import Candidate
from sktune._search._table._results import build_cv_results, fold_outputs
from tests.contracts.executor_contract import make_result, make_task

SCORES = np.array([[0.1, 0.3], [0.9, 0.5], [0.4, 0.4]])


def history_of(rows, drop=(), **fields):
    """One candidate a row; folds with nan were not run."""
    history = History(n_splits=2)
    for i, row in enumerate(rows):
        candidate = Candidate(i, {"alpha": float(i)}, (), 0, "random")
        history.start(candidate)
        for split, score in enumerate(row):
            if not np.isnan(score):
                history.add(make_result(make_task(i, split), float(score), **fields))
        if i in drop:
            history.drop(candidate)
    return history


def table(search, history):
    return build_cv_results(search, history, fold_outputs(search, history))


def search_with(**params):
    return BayesSearchCV(Ridge(), {"alpha": [0.0, 1.0, 2.0]}, **params)


def test_one_row_a_candidate_in_the_order_of_suggestion():
    results = table(search_with(), history_of(SCORES))
    assert results["params"] == [{"alpha": 0.0}, {"alpha": 1.0}, {"alpha": 2.0}]
    assert_array_equal(results["mean_test_score"], SCORES.mean(axis=1))
    assert_array_equal(results["std_test_score"], SCORES.std(axis=1))
    assert_array_equal(results["rank_test_score"], [3, 1, 2])
    assert "n_splits_done" not in results


def test_dropped_candidates_stand_behind_all_others():
    rows = [[0.1, 0.3], [0.9, np.nan], [0.4, 0.4]]
    results = table(search_with(racing=True), history_of(rows, drop={1}))
    assert_array_equal(results["rank_test_score"], [2, 3, 1])
    assert_array_equal(results["n_splits_done"], [2, 1, 2])
    assert_array_equal(results["mean_test_score"], [0.2, np.nan, 0.4])
    assert_array_equal(results["mean_partial_test_score"], [0.2, 0.9, 0.4])
    assert_array_equal(results["split1_test_score"], [0.3, np.nan, 0.4])


def test_a_racing_search_has_the_columns_also_where_nothing_was_dropped():
    results = table(search_with(racing=True), history_of(SCORES))
    assert_array_equal(results["n_splits_done"], [2, 2, 2])


def test_train_scores_stand_where_they_were_asked_for():
    history = history_of(SCORES)
    for candidate in history.candidates:
        for fold in history.folds(candidate):
            history.add(replace(fold, train_scores=1.0))
    results = table(search_with(return_train_score=True), history)
    assert_array_equal(results["mean_train_score"], [1.0, 1.0, 1.0])


def test_some_failures_are_a_warning_and_all_an_error():
    history = history_of(SCORES)
    history.add(make_result(make_task(0, 0), 0.0, fit_error="Traceback: no luck"))
    with pytest.warns(FitFailedWarning, match="no luck"):
        fold_outputs(search_with(), history)
    with pytest.raises(ValueError, match="All the 6 fits failed"):
        fold_outputs(search_with(), history_of(SCORES, fit_error="Traceback: no luck"))


def test_no_folds_are_an_error():
    with pytest.raises(ValueError, match="No fits were performed"):
        fold_outputs(search_with(), History(n_splits=2))


def test_a_callable_that_failed_gets_all_its_scores():
    history = History(n_splits=2)
    history.start(Candidate(0, {"alpha": 1.0}, (), 0, "random"))
    history.add(make_result(make_task(0, 0), {"a": 1.0, "b": 2.0}))
    history.add(make_result(make_task(0, 1), np.nan, fit_error="Traceback"))
    search = search_with(scoring=lambda estimator, X, y: {"a": 1.0, "b": 2.0}, error_score=-7.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitFailedWarning)
        outputs = fold_outputs(search, history)
    assert outputs[1]["test_scores"] == {"a": -7.0, "b": -7.0}
