"""What is known of a search that runs, from its events."""

import numpy as np
import pytest

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
