"""The history, and what an optimiser hears of it."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sktune._engine import History, scores_by_name
from tests.contracts.executor_contract import make_result, make_task

NAN = np.nan


def history_of(*folds):
    """History with one candidate and folds given as (split, scores, other fields)."""
    history = History(n_splits=3)
    candidate = make_task(0).candidate
    history.start(candidate)
    for split, scores, fields in folds:
        history.add(make_result(make_task(0, split), scores, **fields))
    return history, candidate


@pytest.mark.parametrize(
    "folds, status, scores",
    [
        ([(1, 0.5, {})], "running", {"score": [NAN, 0.5, NAN]}),
        (
            [(2, 0.3, {}), (0, 0.1, {}), (1, 0.2, {})],
            "complete",
            {"score": [0.1, 0.2, 0.3]},
        ),
        (
            [(0, {"a": 1.0, "b": -2.0}, {}), (1, {"a": 3.0, "b": -4.0}, {})],
            "running",
            {"a": [1, 3, NAN], "b": [-2, -4, NAN]},
        ),
        # error_score=0.0 stands in the table; the optimiser must not take it for a score.
        (
            [(0, 0.5, {}), (1, 0.0, {"fit_error": "Traceback"})],
            "failed",
            {"score": [0.5, NAN, NAN]},
        ),
        (
            [(i, 0.0, {"fit_error": "Traceback"}) for i in range(3)],
            "failed",
            {"score": [NAN, NAN, NAN]},
        ),
        (
            [
                (i, 0.5, {"failed_metrics": frozenset({"score"} if i == 1 else ())})
                for i in range(3)
            ],
            "failed",
            {"score": [0.5, NAN, 0.5]},
        ),
        # One metric of two fails: the other has a true score, which is for the optimiser to use.
        (
            [(0, {"a": 1.0, "b": np.inf}, {"failed_metrics": frozenset({"b"})})],
            "running",
            {"a": [1, NAN, NAN], "b": [NAN, NAN, NAN]},
        ),
        (
            [(i, {"a": 1.0, "b": NAN}, {"failed_metrics": frozenset({"b"})}) for i in range(3)],
            "complete",
            {"a": [1, 1, 1], "b": [NAN, NAN, NAN]},
        ),
        (
            [(0, {"a": NAN, "b": NAN}, {"failed_metrics": frozenset({"a", "b"})})],
            "failed",
            {"a": [NAN, NAN, NAN], "b": [NAN, NAN, NAN]},
        ),
        (
            [(0, {"a": 0.0, "b": 0.0}, {"fit_error": "Traceback"})],
            "failed",
            {"a": [NAN, NAN, NAN], "b": [NAN, NAN, NAN]},
        ),
        ([], "running", {}),
    ],
)
def test_observation(folds, status, scores):
    history, candidate = history_of(*folds)
    observation = history.observation(candidate)
    assert observation.candidate is candidate
    assert observation.status == status
    assert observation.split_scores.keys() == scores.keys()
    for name, expected in scores.items():
        assert_array_equal(observation.split_scores[name], expected)


def test_an_observation_does_not_change_afterwards():
    history, candidate = history_of((0, 0.5, {}))
    observation = history.observation(candidate)
    history.add(make_result(make_task(0, 1), 0.7))
    assert_array_equal(observation.split_scores["score"], [0.5, NAN, NAN])


def test_folds_are_given_by_split_whatever_order_they_came_in():
    history, candidate = history_of((2, 0.3, {}), (0, 0.1, {}))
    assert [fold.split for fold in history.folds(candidate)] == [0, 2]
    assert not history.is_complete(candidate)
    history.add(make_result(make_task(0, 1), 0.2))
    assert [fold.test_scores for fold in history.folds(candidate)] == [0.1, 0.2, 0.3]
    assert history.is_complete(candidate)


def test_candidates_are_kept_apart():
    history = History(n_splits=1)
    candidates = [make_task(i).candidate for i in range(3)]
    for candidate in candidates:
        history.start(candidate)
    for i in (2, 0):
        history.add(make_result(make_task(i), float(i)))
    assert history.candidates == candidates
    assert [history.is_complete(candidate) for candidate in candidates] == [True, False, True]
    assert [[f.test_scores for f in history.folds(c)] for c in candidates] == [[0.0], [], [2.0]]


def test_a_single_score_has_scikit_learns_name():
    assert scores_by_name(0.5) == {"score": 0.5}
    assert scores_by_name({"a": 1.0}) == {"a": 1.0}


def test_an_observation_has_seconds_and_reports_by_split():
    folds = [
        (0, 0.5, {"fit_time": 2.0, "score_time": 0.5, "report": {"": {"n": 3}}}),
        (2, 0.0, {"fit_error": "Traceback", "is_run": False}),
    ]
    history, candidate = history_of(*folds)
    observation = history.observation(candidate)
    assert_array_equal(observation.seconds, [2.5, NAN, NAN])
    assert observation.reports == ({"": {"n": 3}}, None, None)
