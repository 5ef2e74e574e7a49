"""The racing rule, and the race that asks it."""

import numpy as np
import pytest

from sktune._engine._racing import MIN_COMPLETE, Race, RacingRule, Z
from sktune._records import Observation
from tests.contracts.executor_contract import make_task

NAN = np.nan
# Five folds of very different difficulty, and five candidates that feel it alike. The incumbent
# is the first; differences from it, about each candidate's mean, deviate by 0.01 and less.
DIFFICULTY = np.array([0.0, 0.2, -0.1, 0.1, -0.2])
QUIRKS = 0.01 * np.array(
    [[0, 0, 0, 0, 0], [1, -1, 0, 0, 0], [0, 0, 1, -1, 0], [0, 1, 0, 0, -1], [-1, 0, 0, 1, 0]]
)
COMPLETE = np.array([0.8, 0.7, 0.75, 0.6, 0.79])[:, None] + DIFFICULTY + QUIRKS
# Eight squares of 0.01^2 over (4 candidates) * (5 - 1 folds).
SIGMA = 0.01 * np.sqrt(8 / 16)


def first_folds(scores, n_run):
    """Scores of which only the first ones are known."""
    return np.where(np.arange(len(scores)) < n_run, scores, NAN)


def behind(gap, n_run, n_splits=5):
    """A candidate that is behind `COMPLETE`'s incumbent by `gap` on each fold."""
    return first_folds(COMPLETE[0, :n_splits] - gap, n_run)


def limit(n_run, n_splits=5):
    """How far behind a candidate may be, by hand."""
    return Z * SIGMA * np.sqrt(1 / n_run - 1 / n_splits)


@pytest.mark.parametrize("n_run", [1, 2, 3, 4])
def test_dropped_just_beyond_the_limit_and_kept_within(n_run):
    rule = RacingRule()
    assert rule.is_dropped(behind(1.001 * limit(n_run), n_run), COMPLETE)
    assert not rule.is_dropped(behind(0.999 * limit(n_run), n_run), COMPLETE)


def test_z_widens_the_limit():
    gap = 3 * SIGMA * np.sqrt(1 - 1 / 5)
    assert RacingRule(z=2.99).is_dropped(behind(gap, 1), COMPLETE)
    assert not RacingRule(z=3.01).is_dropped(behind(gap, 1), COMPLETE)


def test_more_remaining_folds_more_caution():
    gap = (limit(1) + limit(2)) / 2
    rule = RacingRule()
    assert [rule.is_dropped(behind(gap, n), COMPLETE) for n in (1, 2, 3, 4)] == [
        False,
        True,
        True,
        True,
    ]


def test_better_or_level_is_kept():
    rule = RacingRule()
    for n_run in (1, 2, 3, 4):
        assert not rule.is_dropped(behind(0.0, n_run), COMPLETE)
        assert not rule.is_dropped(behind(-0.5, n_run), COMPLETE)


def test_level_is_kept_where_nothing_varies():
    flat = np.full((6, 5), 0.5)
    assert not RacingRule().is_dropped(first_folds(flat[0], 1), flat)
    assert RacingRule().is_dropped(first_folds(flat[0] - 1e-6, 1), flat)


def test_a_hard_fold_is_not_held_against_a_candidate():
    # 0.6 where the incumbent has 0.6, though its mean is 0.8: level. Behind the mean on an easy
    # fold: 0.9 where the incumbent has 1.0, though its mean is 0.8.
    rule = RacingRule()
    assert not rule.is_dropped(np.array([NAN, NAN, NAN, NAN, 0.6]), COMPLETE)
    assert rule.is_dropped(np.array([NAN, 0.9, NAN, NAN, NAN]), COMPLETE)


def test_folds_may_be_run_in_any_order():
    scores = np.array([NAN, 0.9, NAN, 0.8, NAN])
    order = [3, 0, 4, 2, 1]
    for z in (1.0, 2.0, 20.0):
        rule = RacingRule(z)
        assert rule.is_dropped(scores, COMPLETE) == rule.is_dropped(
            scores[order], COMPLETE[:, order]
        )


@pytest.mark.parametrize("n_complete", range(1, MIN_COMPLETE))
def test_few_complete_candidates_say_nothing_of_differences(n_complete):
    # 0.8, 1.0, 0.7, 0.9, 0.6: squares 0, 4, 1, 1, 4 of 0.1 over 4.
    few = COMPLETE[:n_complete]
    gap = Z * 0.1 * np.sqrt(10 / 4) * np.sqrt(1 / 2 - 1 / 5)
    rule = RacingRule()
    assert not rule.is_dropped(behind(0.99 * gap, 2), few)
    assert rule.is_dropped(behind(1.01 * gap, 2), few)


def test_enough_complete_candidates_do():
    rule, gap = RacingRule(), 0.1
    assert not rule.is_dropped(behind(gap, 1), COMPLETE[: MIN_COMPLETE - 1])
    assert rule.is_dropped(behind(gap, 1), COMPLETE[:MIN_COMPLETE])


@pytest.mark.parametrize("scale, shift", [(1.0, 100.0), (1.0, -100.0), (1e-3, 0.0), (1e4, -7.0)])
def test_units_of_the_score_play_no_part(scale, shift):
    rng = np.random.default_rng(0)
    rule = RacingRule()
    answers = []
    for _ in range(300):
        complete = rng.normal(size=(rng.integers(1, 9), 1)) + rng.normal(size=5)
        complete = complete + 0.5 * rng.normal(size=complete.shape)
        scores = first_folds(complete[0] - rng.exponential(), rng.integers(1, 5))
        answer = rule.is_dropped(scores, complete)
        assert rule.is_dropped(scale * scores + shift, scale * complete + shift) == answer
        answers.append(answer)
    assert 30 < sum(answers) < 270  # else this test could not tell


def test_nothing_is_dropped_before_the_first_fold_and_after_the_last():
    rule = RacingRule()
    assert not rule.is_dropped(np.full(5, NAN), COMPLETE)
    assert not rule.is_dropped(COMPLETE[0] - 0.7, COMPLETE)
    assert not rule.is_dropped(behind(0.7, 1), np.empty((0, 5)))


def test_two_folds():
    rule = RacingRule()
    assert rule.is_dropped(np.array([0.1, NAN]), COMPLETE[:, :2])
    assert not rule.is_dropped(np.array([0.8, NAN]), COMPLETE[:, :2])


# One sample more or less of 36 right.
STEP = 1 / 36
AGREE = 1 - STEP * np.array([[0, 0, 0, 0, 1]] * 5 + [[0, 1, 0, 0, 1]])


@pytest.mark.parametrize("n_run", [1, 2, 3, 4])
@pytest.mark.parametrize("n_complete", [2, 3, 6])
def test_one_sample_never_decides(n_run, n_complete):
    complete = AGREE[-n_complete:]
    # One sample behind on the first fold, and one ahead on the last: level, were it run.
    one_behind = first_folds(complete[0] - STEP * np.array([1, 0, 0, 0, 0]), n_run)
    assert not RacingRule().is_dropped(one_behind, complete)


@pytest.mark.parametrize("n_run", [1, 2, 3, 4])
def test_several_samples_do(n_run):
    two_behind = first_folds(AGREE[0] - 2 * STEP * np.array([1, 0, 0, 0, 0]), n_run)
    assert RacingRule().is_dropped(two_behind, AGREE)


def test_steps_are_counted_on_the_same_fold():
    # Folds of 35 and 36 samples: between 1/35 and 1/36 is no step, on the first fold is 1/36.
    rule = RacingRule()
    complete = np.array([[1, 1, 1, 1, 34 / 35]] * 4 + [[35 / 36, 1, 1, 1, 34 / 35]])
    assert not rule.is_dropped(np.array([35 / 36, NAN, NAN, NAN, NAN]), complete)


def test_rounding_is_no_step():
    rounded = AGREE.copy()
    rounded[2] += 1e-15
    one_behind = first_folds(AGREE[0] - STEP * np.array([1, 0, 0, 0, 0]), 1)
    assert not RacingRule().is_dropped(one_behind, rounded)


def test_tied_incumbents():
    tied = np.vstack([COMPLETE, COMPLETE[0, ::-1]])  # the same mean, on other folds
    rule = RacingRule()
    # Either would do; the first complete one is taken, so that a search is repeatable.
    assert not rule.is_dropped(first_folds(tied[0], 1), tied)
    assert rule.is_dropped(first_folds(tied[0] - 1.0, 1), tied)


def test_arguments_are_left_alone():
    scores, complete = behind(0.1, 2), COMPLETE.copy()
    given = scores.copy()
    RacingRule().is_dropped(scores, complete)
    np.testing.assert_array_equal(scores, given)
    np.testing.assert_array_equal(complete, COMPLETE)


def observed(scores, status="running"):
    return Observation(make_task(0).candidate, {"score": np.asarray(scores, float)}, status)


def race_of(*rows, drop_failed=True):
    """A race that has heard of these complete candidates."""
    race = Race(lambda observation: observation.split_scores["score"], drop_failed=drop_failed)
    for row in rows:
        assert not race(observed(row, "complete"))
    return race


def test_nobody_is_dropped_before_one_is_complete():
    race = race_of()
    assert not race(observed(behind(100.0, 1)))
    assert not race(observed(COMPLETE[3], "complete"))
    assert race(observed(behind(100.0, 1)))


def test_a_new_incumbent_is_the_one_to_beat():
    race = race_of(*COMPLETE[1:])  # the best of these is at 0.79
    level = behind(0.01, 1)
    assert not race(observed(level))
    race(observed(COMPLETE[0] + 0.1, "complete"))
    assert race(observed(level))


def test_a_worse_complete_candidate_does_not_become_the_incumbent():
    race = race_of(*COMPLETE)
    race(observed(COMPLETE[0] - 0.3, "complete"))
    assert race(observed(behind(0.1, 1)))


@pytest.mark.parametrize("drop_failed", [True, False])
def test_a_failed_candidate(drop_failed):
    race = race_of(*COMPLETE, drop_failed=drop_failed)
    assert race(observed([NAN] * 5, "failed")) is drop_failed
    # It is never the incumbent, nor does it hide the one that is.
    assert race(observed(behind(0.1, 1)))
    assert not race(observed(behind(0.0, 1)))


@pytest.mark.parametrize("hole", [NAN, np.inf, -np.inf])
def test_scores_that_are_no_numbers_are_no_incumbent(hole):
    race = race_of(*COMPLETE)
    race(observed([9.0, 9.0, 9.0, 9.0, hole], "complete"))
    assert not race(observed(behind(0.0, 1)))
    assert race(observed(behind(0.1, 1)))


def test_the_metric_that_decides():
    def second(observation):
        return observation.split_scores["second"]

    race = Race(second, drop_failed=True)
    candidate = make_task(0).candidate
    for row in COMPLETE:
        race(Observation(candidate, {"first": -row, "second": row}, "complete"))
    good, bad = behind(0.0, 1), behind(0.5, 1)
    assert not race(Observation(candidate, {"first": bad, "second": good}, "running"))
    assert race(Observation(candidate, {"first": good, "second": bad}, "running"))
