"""One score of several, and how sure the folds make it."""

import numpy as np
import pytest

from sktune.optimizers import Candidate, Objective, Observation

NAN = np.nan


def observed(*scores, status="complete", name="score"):
    candidate = Candidate(0, {}, (), 0, "random")
    return Observation(candidate, {name: np.array(scores)}, status)


def both(first, second):
    candidate = Candidate(0, {}, (), 0, "random")
    scores = {"first": np.array(first), "second": np.array(second)}
    return Observation(candidate, scores, "complete")


@pytest.mark.parametrize("metric, expected", [(None, 1.0), ("first", 1.0), ("second", 5.0)])
def test_several_objectives_read_one_observation(metric, expected):
    assert Objective(metric).score(both([0.0, 2.0], [4.0, 6.0])) == expected


def test_a_single_score_counts_whatever_its_name():
    assert Objective("accuracy").score(observed(0.5, 0.7)) == pytest.approx(0.6)
    assert Objective("accuracy").name_in(["score"]) == "score"


def test_a_metric_that_is_missing_is_an_error():
    with pytest.raises(KeyError):
        Objective("third").split_scores(both([0.0], [1.0]))


@pytest.mark.parametrize("status", ["running", "failed"])
def test_no_score_before_the_end(status):
    assert np.isnan(Objective().score(observed(0.5, 0.7, status=status)))


@pytest.mark.parametrize("value", [NAN, np.inf])
def test_no_score_that_is_not_finite(value):
    assert np.isnan(Objective().score(observed(0.5, value)))


def test_a_dropped_candidate_is_freed_of_the_effects_of_its_folds():
    objective = Objective()
    told = [observed(0.2, 0.6), observed(0.4, 0.8), observed(0.9, NAN, status="dropped")]
    effects = objective.effects(told)
    np.testing.assert_allclose(effects, [-0.2, 0.2])
    assert objective.score(told[2], effects) == pytest.approx(1.1)
    assert objective.score(told[2]) == pytest.approx(0.9)


def test_no_effects_without_complete_candidates():
    np.testing.assert_array_equal(Objective().effects([observed(0.1, status="dropped")]), [0.0])


@pytest.mark.parametrize("ratio, factor", [(None, 1 / 4 + 1 / 3), (0.5, 1 / 4 + 1 / 2)])
@pytest.mark.parametrize("size", [1.0, 1e-200, 1e200])
def test_error_of_a_mean_is_that_of_nadeau_and_bengio(ratio, factor, size):
    scores = np.array([0.1, 0.4, 0.3, 0.8])
    error = Objective(None, ratio).error_of_mean(scores * size)
    assert error == pytest.approx(size * np.sqrt(scores.var(ddof=1) * factor))
