import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sktune._records import Candidate, Observation
from sktune.optimizers import make_rungs
from sktune.optimizers._models._fidelity import check_rungs, read_trials


@pytest.mark.parametrize(
    "arguments, rungs",
    [
        ((1, 81, 3), (1, 3, 9, 27, 81)),  # Li et al. 2018, table of brackets
        ((1, 9, 3), (1, 3, 9)),  # Li et al. 2020, figure 1
        ((1, 256, 4), (1, 4, 16, 64, 256)),
        ((2, 52, 3), (2, 6, 17, 52)),
        ((5, 100, 3), (11, 33, 100)),
        ((7, 7, 3), (7,)),
        ((1, 4, 1.5), (1, 2, 3, 4)),
    ],
)
def test_rungs(arguments, rungs):
    assert make_rungs(*arguments) == rungs


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.floats(1.001, 1e6))
def test_rungs_increase_from_the_least_to_exactly_the_last(low, more, factor):
    rungs = make_rungs(low, low + more, factor)
    assert rungs[0] >= low
    assert rungs[-1] == low + more
    assert list(rungs) == sorted(set(rungs))
    assert all(type(rung) is int for rung in rungs)
    # One more rung down would be below the least.
    assert round(rungs[0] / factor) < low or round(rungs[0] / factor) == rungs[0]
    assert check_rungs(rungs) == rungs


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((0, 9, 3), "min_resource must be an integer from 1 up, got 0"),
        ((1.5, 9, 3), "min_resource must be an integer from 1 up, got 1.5"),
        ((1, "9", 3), "max_resource must be an integer from 1 up, got '9'"),
        ((10, 9, 3), "min_resource must be at most max_resource, got 10 and 9"),
        ((1, 9, 1), "factor must be a number above 1, got 1"),
        ((1, 9, np.nan), "factor must be a number above 1, got nan"),
        ((1, 9, np.inf), "factor must be a number above 1, got inf"),
    ],
)
def test_what_makes_no_rungs(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_rungs(*arguments)


@pytest.mark.parametrize("rungs", [(), (0, 1), (1, 1), (3, 1), (1, 2.5), (True, 0)])
def test_what_are_no_rungs(rungs):
    with pytest.raises(ValueError, match="rungs must be strictly increasing integers"):
        check_rungs(rungs)


def candidate(i, resource, parent=None):
    return Candidate(i, {"x": i}, (0.5,), 0, "random", resource, parent)


def told(candidate, score, status="complete"):
    return Observation(candidate, {"score": np.array([float(score)])}, status)


def mean(observation):
    return float(observation.split_scores["score"].mean())


def test_a_trial_is_a_setting_with_all_its_rungs():
    first, second, third = candidate(0, 1), candidate(1, 1), candidate(2, 3, 0)
    fourth = candidate(3, 1)
    observations = [told(first, 0.1), told(second, 0.2), told(fourth, np.nan, "failed")]
    trials = read_trials(observations, [third], mean)
    assert [trial.root for trial in trials] == [first, second, fourth]
    assert [trial.last for trial in trials] == [third, second, fourth]
    assert [trial.is_running for trial in trials] == [True, False, False]
    assert [trial.has_failed for trial in trials] == [False, False, True]
    assert [trial.is_paused(9) for trial in trials] == [False, True, False]
    assert [trial.scores for trial in trials] == [{1: 0.1}, {1: 0.2}, {}]
    (trial, *_) = read_trials([*observations, told(third, 0.3)], [], mean)
    assert trial.scores == {1: 0.1, 3: 0.3}
    assert trial.is_paused(9)
    assert not trial.is_paused(3)


def test_what_a_race_holds_back_waits_and_has_not_failed():
    (held,) = read_trials([told(candidate(0, 1), 0.1, "dropped")], [], mean)
    assert (held.is_paused(3), held.has_failed) == (False, False)
    # It is told of as running again, and pending no more.
    (running,) = read_trials([told(candidate(0, 1), 0.1, "running")], [], mean)
    assert (running.is_running, running.has_failed, running.scores) == (True, False, {})


def test_a_trial_knows_its_observations():
    observation = told(candidate(0, 2), 0.1)
    (trial,) = read_trials([observation], [], mean)
    assert trial.observations == {2: observation}


def test_a_candidate_without_resource_is_no_trial():
    with pytest.raises(ValueError, match="candidate 0 has no resource"):
        read_trials([told(candidate(0, None), 0.1)], [], mean)
