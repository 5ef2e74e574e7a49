"""What is known of a search that runs, from its events."""

import numpy as np
import pytest

from sktune._engine import Budget
from sktune._records import Candidate, Observation
from sktune._records._events import CandidateBegan, CandidateEnded, SearchBegan
from sktune.callbacks._course import Course


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [1, 0, 3, 2], [3, 2, 1, 0]])
def test_the_best_so_far_rises_with_its_step_whatever_ends_first(order):
    scores = [0.1, 0.4, 0.3, 0.2]
    course = Course(SearchBegan(None, 0.0, metric="score"))
    candidates = [Candidate(i, {"x": i / 4}, (i / 4,), 0, "design") for i in range(4)]
    for candidate in candidates:
        course.add(CandidateBegan(candidate, 1.0))
    bests = []
    for place, number in enumerate(order):
        told = {"score": np.full(3, scores[number])}
        course.add(CandidateEnded(Observation(candidates[number], told, "complete"), 2.0))
        assert course.step == place
        bests.append(course.best[1])
    assert bests == sorted(bests)
    assert course.best == (1, pytest.approx(0.4))


def test_a_candidate_without_a_fold_has_no_scores():
    """As one that was begun when the search was interrupted, perhaps in an earlier session."""
    candidate = Candidate(0, {"x": 0.0}, (0.0,), 0, "design")
    bare = Observation(candidate, {}, "running")
    course = Course(SearchBegan(None, 0.0, n_splits=3, earlier=[bare]))
    course.add(CandidateEnded(bare, 1.0))
    np.testing.assert_array_equal(course.scores(bare), [np.nan] * 3)
    assert (course.folds, course.best) == ([], None)


@pytest.mark.parametrize("goes_on, units", [(True, [1, 2, 4, 10]), (False, [1, 2, 5, 14])])
def test_units_are_counted_as_the_budget_counts_them(goes_on, units):
    course = Course(SearchBegan(None, 0.0, n_splits=2, n_units=27, goes_on=goes_on))
    budget = Budget(27, goes_on=goes_on)
    candidates = []
    for number, (resource, parent) in enumerate([(1, None), (1, None), (3, 1), (9, 2)]):
        candidates.append(Candidate(number, {}, (), 0, "model", resource, parent))
        course.add(CandidateBegan(candidates[-1], 1.0))
        told = Observation(candidates[-1], {"score": np.zeros(2)}, "complete")
        course.add(CandidateEnded(told, 2.0))
        budget.add(candidates[-1], None if parent is None else candidates[parent])
        assert course.n_units == units[number]
        assert course.n_units / 27 == pytest.approx(budget.progress())
