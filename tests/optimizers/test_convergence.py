"""When a search has found all that its folds can tell apart."""

from types import SimpleNamespace

import numpy as np
import pytest

from sktune._records import Candidate, Observation
from sktune.optimizers import Objective
from sktune.optimizers._convergence import Convergence

# The standard error of their mean, after Nadeau and Bengio: four folds, three times as many rows
# to train on as to test.
SCORES = np.array([0.7, 0.9, 0.7, 0.9])
ERROR = SCORES.std(ddof=1) * np.sqrt(1 / 4 + 1 / 3)


def convergence(gain, *rows, status="complete", objective=None):
    """Whether a search with such candidates and so much to gain is at its end."""
    observations = {
        i: Observation(Candidate(i, {}, (), 0, "model"), {"score": np.asarray(row)}, status)
        for i, row in enumerate(rows)
    }
    optimizer = SimpleNamespace(
        objective=objective or Objective(),
        observations=observations,
        remaining_gain=lambda: gain,
    )
    return Convergence(optimizer)()


@pytest.mark.parametrize("share, is_over", [(0.99, True), (1.01, False)])
def test_the_end_is_where_the_gain_is_below_the_error(share, is_over):
    assert convergence(share * ERROR, SCORES) is is_over


def test_the_error_is_that_of_the_best_candidate():
    noisy_and_worse = np.array([0.0, 1.0, 0.0, 1.0])
    assert not convergence(2 * ERROR, SCORES, noisy_and_worse)
    assert convergence(2 * ERROR, SCORES - 1.0, noisy_and_worse)


def test_the_sizes_of_the_folds_count():
    objective = Objective(None, test_ratio=10.0)
    assert convergence(2 * ERROR, SCORES, objective=objective)


@pytest.mark.parametrize(
    "gain, rows, status",
    [
        (None, [SCORES], "complete"),
        (0.0, [], "complete"),
        (0.0, [[0.5]], "complete"),
        (0.0, [SCORES], "running"),
        (0.0, [SCORES], "dropped"),
        (0.0, [SCORES], "failed"),
        (0.0, [[0.5, np.inf]], "complete"),
    ],
    ids=["no bound", "no candidate", "one fold", "running", "dropped", "failed", "infinite"],
)
def test_without_an_error_or_a_bound_there_is_no_end(gain, rows, status):
    assert convergence(gain, *rows, status=status) is False


def test_folds_that_agree_never_end_a_search_with_something_to_gain():
    assert not convergence(1e-9, [0.5, 0.5, 0.5])


def test_those_that_were_trained_furthest_tell_the_error():
    little = Candidate(0, {}, (), 0, "model", resource=1)
    fully = Candidate(1, {}, (), 0, "promotion", resource=9, parent=0)
    told = [(little, [4.99, 5.0, 5.01]), (fully, [-1.0, 0.0, 1.0])]
    optimizer = SimpleNamespace(
        objective=Objective(),
        observations={
            candidate.id: Observation(candidate, {"score": np.array(row)}, "complete")
            for candidate, row in told
        },
        remaining_gain=lambda: 0.1,
    )
    assert Convergence(optimizer)()
