"""The racing rule, and the race that asks it."""

from dataclasses import replace

import numpy as np
import pytest

from sktune._gp import hypervolume, is_on_front
from sktune._records import Observation
from sktune.optimizers._objective import Objective
from sktune.optimizers._racing import Race, RacingRule
from sktune.optimizers._racing._rule import PRIOR_SQUARES, Z_DROP, Z_PAUSE, standings
from sktune.optimizers._racing._several import (
    BEHIND,
    DROP,
    PAUSE,
    DominanceRule,
    HypervolumeRule,
    _shares_added,
)
from tests.contracts.executor_contract import make_task

NAN = np.nan
# Five folds of very different difficulty, and five candidates that feel it alike. The incumbent
# is the first; differences from it, about each candidate's mean, deviate by 0.01 and less.
DIFFICULTY = np.array([0.0, 0.2, -0.1, 0.1, -0.2])
QUIRKS = 0.01 * np.array(
    [[0, 0, 0, 0, 0], [1, -1, 0, 0, 0], [0, 0, 1, -1, 0], [0, 1, 0, 0, -1], [-1, 0, 0, 1, 0]]
)
COMPLETE = np.array([0.8, 0.7, 0.75, 0.6, 0.79])[:, None] + DIFFICULTY + QUIRKS
# The incumbent's scores: squares 0, 4, 1, 1, 4 of 0.1 over 4.
VARIANCE_OF_SCORES = 0.1**2 * 10 / 4
# Eight squares of 0.01^2 over (4 candidates) * (5 - 1 folds), and the prior ones.
SIGMA = np.sqrt((8 * 0.01**2 + PRIOR_SQUARES * VARIANCE_OF_SCORES) / (4 * (5 - 1) + PRIOR_SQUARES))


def waits(scores, complete, **kwargs):
    """Whether a candidate's other folds wait."""
    return RacingRule(**kwargs).waits(scores, complete)


def is_dropped(scores, complete, **kwargs):
    """Whether they are never run, nothing else being left to run."""
    return RacingRule(**kwargs).most_promising(scores[None], complete) is None


BOTH = pytest.mark.parametrize("judge, z", [(waits, Z_PAUSE), (is_dropped, Z_DROP)])


def first_folds(scores, n_run):
    """Scores of which only the first ones are known."""
    return np.where(np.arange(len(scores)) < n_run, scores, NAN)


def behind(gap, n_run, n_splits=5):
    """A candidate that is behind `COMPLETE`'s incumbent by `gap` on each fold."""
    return first_folds(COMPLETE[0, :n_splits] - gap, n_run)


def limit(n_run, n_splits=5):
    """How far behind, in units of z, a candidate may be, by hand."""
    return SIGMA * np.sqrt(1 / n_run - 1 / n_splits)


@BOTH
@pytest.mark.parametrize("n_run", [1, 2, 3, 4])
def test_waits_just_beyond_the_limit_and_not_within(judge, z, n_run):
    assert judge(behind(1.001 * z * limit(n_run), n_run), COMPLETE)
    assert not judge(behind(0.999 * z * limit(n_run), n_run), COMPLETE)


@pytest.mark.parametrize("judge, name", [(waits, "z_pause"), (is_dropped, "z_drop")])
def test_z_widens_the_limit(judge, name):
    gap = 3 * limit(1)
    assert judge(behind(gap, 1), COMPLETE, **{name: 2.99})
    assert not judge(behind(gap, 1), COMPLETE, **{name: 3.01})


def test_more_evidence_is_asked_for_in_the_end():
    gap = (Z_PAUSE + Z_DROP) / 2 * limit(1)
    assert waits(behind(gap, 1), COMPLETE)
    assert not is_dropped(behind(gap, 1), COMPLETE)


@BOTH
def test_more_remaining_folds_more_caution(judge, z):
    gap = z * (limit(1) + limit(2)) / 2
    found = [judge(behind(gap, n), COMPLETE) for n in (1, 2, 3, 4)]
    assert found == [False, True, True, True]


@BOTH
def test_better_or_level_is_kept(judge, z):
    for n_run in (1, 2, 3, 4):
        assert not judge(behind(0.0, n_run), COMPLETE)
        assert not judge(behind(-0.5, n_run), COMPLETE)


@BOTH
def test_level_is_kept_where_nothing_varies(judge, z):
    flat = np.full((6, 5), 0.5)
    assert not judge(first_folds(flat[0], 1), flat)
    assert judge(first_folds(flat[0] - 1e-6, 1), flat)


@BOTH
def test_a_hard_fold_is_not_held_against_a_candidate(judge, z):
    # 0.6 where the incumbent has 0.6, though its mean is 0.8: level. Far behind on an easy fold:
    # 0.75 where the incumbent has 1.0, though its mean is 0.8.
    assert not judge(np.array([NAN, NAN, NAN, NAN, 0.6]), COMPLETE)
    assert judge(np.array([NAN, 0.75, NAN, NAN, NAN]), COMPLETE)


@pytest.mark.parametrize("gap", [0.0, 0.03, 0.1, 0.2])
def test_folds_may_be_run_in_any_order(gap):
    scores = np.array([NAN, 1.0, NAN, 0.9, NAN]) - gap
    order = [3, 0, 4, 2, 1]
    for judge in (waits, is_dropped):
        assert judge(scores, COMPLETE) == judge(scores[order], COMPLETE[:, order])


@BOTH
def test_the_first_complete_candidate_lends_the_variance_of_its_scores(judge, z):
    gap = z * np.sqrt(VARIANCE_OF_SCORES * (1 / 2 - 1 / 5))
    assert not judge(behind(0.99 * gap, 2), COMPLETE[:1])
    assert judge(behind(1.01 * gap, 2), COMPLETE[:1])


@BOTH
def test_variance_of_the_incumbent_counts_less_with_more_complete_candidates(judge, z):
    gap = z * limit(1) * 1.01
    assert not judge(behind(gap, 1), COMPLETE[:3])
    assert judge(behind(gap, 1), COMPLETE)


def test_the_most_promising_has_the_largest_mean_difference():
    gaps = np.array([0.03, 0.02, 0.05])
    waiting = np.array([behind(gap, n_run) for gap, n_run in zip(gaps, (1, 2, 1), strict=True)])
    assert RacingRule().most_promising(waiting, COMPLETE) == 1
    assert RacingRule().most_promising(waiting[[0, 2]], COMPLETE) == 0


def test_the_most_promising_can_still_win():
    # Behind by less, but with one fold left only.
    gap = Z_DROP * (limit(4) + limit(3)) / 2
    waiting = np.array([behind(gap, 4), behind(1.1 * gap, 1)])
    assert is_dropped(waiting[0], COMPLETE)
    assert RacingRule().most_promising(waiting, COMPLETE) == 1


def test_the_first_of_equals_is_the_most_promising():
    waiting = np.array([behind(0.05, 1), behind(0.02, 1), behind(0.02, 1)])
    assert RacingRule().most_promising(waiting, COMPLETE) == 1


def test_nobody_can_win():
    waiting = np.array([behind(0.5, 1), behind(0.4, 4)])
    assert RacingRule().most_promising(waiting, COMPLETE) is None


@BOTH
@pytest.mark.parametrize("scale, shift", [(1.0, 100.0), (1.0, -100.0), (1e-3, 0.0), (1e4, -7.0)])
def test_units_of_the_score_play_no_part(judge, z, scale, shift):
    rng = np.random.default_rng(0)
    answers = []
    for _ in range(300):
        complete = rng.normal(size=(rng.integers(1, 9), 1)) + rng.normal(size=5)
        complete = complete + 0.5 * rng.normal(size=complete.shape)
        incumbent = complete[np.argmax(complete.mean(axis=1))]
        scores = first_folds(incumbent - rng.normal(0.5), rng.integers(1, 5))
        answer = judge(scores, complete)
        assert judge(scale * scores + shift, scale * complete + shift) == answer
        answers.append(answer)
    assert 30 < sum(answers) < 270  # else this test could not tell


def test_nobody_waits_before_the_first_fold_or_while_there_is_no_incumbent():
    assert not waits(np.full(5, NAN), COMPLETE)
    assert not waits(behind(0.7, 1), np.empty((0, 5)))


@BOTH
def test_two_folds(judge, z):
    assert judge(np.array([0.1, NAN]), COMPLETE[:, :2])
    assert not judge(np.array([0.8, NAN]), COMPLETE[:, :2])


# One sample more or less of 36 right.
STEP = 1 / 36
AGREE = 1 - STEP * np.array([[0, 0, 0, 0, 1]] * 5 + [[0, 1, 0, 0, 1]])


@pytest.mark.parametrize("n_splits", [2, 3, 5])
@pytest.mark.parametrize("n_complete", [2, 3, 6])
def test_one_sample_never_drops(n_splits, n_complete):
    complete = 1 - STEP * np.eye(6, n_splits, 1 - 6)[-n_complete:]
    incumbent = complete[np.argmax(complete.mean(axis=1))]
    for n_run in range(1, n_splits):
        # One sample behind on the first fold, and two ahead on the last, were it run.
        one_behind = first_folds(incumbent - STEP * (np.arange(n_splits) == 0), n_run)
        assert not is_dropped(one_behind, complete)


@pytest.mark.parametrize("n_run", [1, 2, 3, 4])
def test_several_samples_do(n_run):
    agree = np.repeat(AGREE, 4, axis=0)
    several = first_folds(agree[0] - 3 * STEP * np.array([1, 0, 0, 0, 0]), n_run)
    assert is_dropped(several, agree)


def test_steps_are_counted_on_the_same_fold():
    # Folds of 35 and 36 samples: between 1/35 and 1/36 is no step, on the first fold is 1/36.
    complete = np.array([[1, 1, 1, 1, 34 / 35]] * 40 + [[35 / 36, 1, 1, 1, 34 / 35]])
    assert not is_dropped(np.array([35 / 36, NAN, NAN, NAN, NAN]), complete)


def test_rounding_is_no_step():
    rounded = np.repeat(AGREE, 8, axis=0)
    rounded[2] += 1e-15
    one_behind = first_folds(AGREE[0] - STEP * np.array([1, 0, 0, 0, 0]), 1)
    assert not is_dropped(one_behind, rounded)


def test_tied_incumbents():
    tied = np.vstack([COMPLETE, COMPLETE[0, ::-1]])  # the same mean, on other folds
    # Either would do; the first complete one is taken, so that a search is repeatable.
    assert not waits(first_folds(tied[0], 1), tied)
    assert waits(first_folds(tied[0] - 1.0, 1), tied)


def test_arguments_are_left_alone():
    scores, complete = behind(0.1, 2), COMPLETE.copy()
    given = scores.copy()
    waits(scores, complete)
    is_dropped(scores, complete)
    np.testing.assert_array_equal(scores, given)
    np.testing.assert_array_equal(complete, COMPLETE)


def observed(scores, status="running", number=0):
    scores = {"score": np.asarray(scores, float)}
    return Observation(make_task(number).candidate, scores, status)


def race_of(*rows, drop_failed=True):
    """A race that has heard of these complete candidates."""
    race = Race(Objective(), drop_failed=drop_failed)
    for row in rows:
        assert not race(observed(row, "complete"))
    return race


def test_nobody_waits_before_one_is_complete():
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
    race = Race(Objective("second"), drop_failed=True)
    candidate = make_task(0).candidate
    for row in COMPLETE:
        race(Observation(candidate, {"first": -row, "second": row}, "complete"))
    good, bad = behind(0.0, 1), behind(0.5, 1)
    assert not race(Observation(candidate, {"first": bad, "second": good}, "running"))
    assert race(Observation(candidate, {"first": good, "second": bad}, "running"))


def test_the_most_promising_of_those_that_wait():
    race = race_of(*COMPLETE)
    waiting = [make_task(number).candidate for number in range(1, 4)]
    for candidate, gap in zip(waiting, (0.5, 0.06, 0.08), strict=True):
        assert race(observed(behind(gap, 1), number=candidate.id))
    assert race.most_promising(waiting) == waiting[1]
    assert race.most_promising(waiting[::2]) == waiting[2]
    assert race.most_promising(waiting[:1]) is None
    assert race.most_promising([]) is None
    # What was told last counts, and the incumbent of now.
    race(observed(behind(0.1, 2), number=2))
    assert race.most_promising(waiting) == waiting[2]
    race(observed(COMPLETE[0] + 0.5, "complete", number=4))
    assert race.most_promising(waiting) is None


@pytest.mark.parametrize("drop_failed", [True, False])
def test_failed_later(drop_failed):
    race = race_of(*COMPLETE, drop_failed=drop_failed)
    assert race(observed(behind(0.06, 1), number=1))
    race(observed(behind(0.06, 1), "failed", number=1))
    candidate = make_task(1).candidate
    assert race.most_promising([candidate]) == (None if drop_failed else candidate)


def test_if_the_search_may_end_early_no_candidate_waits_that_could_win():
    race = Race(Objective(), drop_failed=True, may_end_early=True)
    for row in COMPLETE:
        race(observed(row, "complete"))
    assert not race(observed(behind(0.99 * Z_DROP * limit(1), 1)))
    assert race(observed(behind(1.01 * Z_DROP * limit(1), 1)))


def on_rung(scores, resource, number, status="running"):
    candidate = replace(make_task(number).candidate, resource=resource)
    return Observation(candidate, {"score": np.asarray(scores, float)}, status)


def test_candidates_race_those_with_as_much_of_the_resource():
    race = Race(Objective(), drop_failed=True)
    assert not race(on_rung(COMPLETE[0], 9, 0, "complete"))
    # Far behind the fully trained, and the first on its own rung.
    assert not race(on_rung(behind(100.0, 1), 1, 1))
    assert not race(on_rung(COMPLETE[0] - 100.0, 1, 1, "complete"))
    assert not race(on_rung(behind(100.0, 1), 1, 2))
    assert race(on_rung(behind(200.0, 1), 1, 3))
    assert race(on_rung(behind(100.0, 1), 9, 4))


def test_of_those_that_wait_the_furthest_trained_run_on_first():
    race = Race(Objective(), drop_failed=True)
    told = [
        on_rung(COMPLETE[0], 1, 0, "complete"),
        on_rung(COMPLETE[0] - 1.0, 9, 1, "complete"),
        on_rung(behind(0.0, 1), 1, 2),
        on_rung(behind(1.0, 1), 9, 3),
        on_rung(behind(9.0, 1), 27, 4),
    ]
    for observation in told:
        race(observation)
    waiting = [observation.candidate for observation in told[2:]]
    assert race.most_promising(waiting) == waiting[1]
    assert race.most_promising(waiting[:1]) == waiting[0]
    top = Race(Objective(), drop_failed=True, only_top=True)
    for observation in told:
        top(observation)
    assert top.most_promising(waiting) == waiting[1]
    assert top.most_promising(waiting[:1]) is None
    # On this rung none is complete.
    assert race.most_promising(waiting[2:]) is None


# Several scores


def two_scores(*pairs):
    """Scores of candidates on five folds, about the means given, shape (n, 2, 5)."""
    noise = np.random.default_rng(0).normal(0, 0.01, (len(pairs), 2, 5))
    return np.array(pairs, dtype=float)[:, :, None] + noise - noise.mean(axis=2, keepdims=True)


FRONT = two_scores((0.9, 0.1), (0.5, 0.5), (0.1, 0.9), (0.1, 0.1))


def with_folds(scores, n_run):
    return np.where(np.arange(5) < n_run, scores, NAN)


@pytest.mark.parametrize(
    "pair, is_behind",
    [
        ((0.4, 0.4), True),  # behind the middle of the front in both
        ((0.8, 0.05), True),
        ((0.95, 0.0), False),  # better than all in the first
        ((0.6, 0.4), False),  # between two of the front
        ((0.0, 0.95), False),
    ],
)
@pytest.mark.parametrize("n_run", [1, 3])
def test_behind_one_member_of_the_front_in_every_score(pair, is_behind, n_run):
    scores = with_folds(two_scores(pair)[0], n_run)
    assert DominanceRule().waits(scores, FRONT) is is_behind
    assert (DominanceRule().most_promising(scores[None], FRONT) is None) is is_behind


def test_equal_in_one_score_and_behind_in_the_other():
    # A number of features, the same on all folds.
    complete = FRONT.copy()
    complete[:, 1] = np.array([3.0, 5.0, 9.0, 1.0])[:, None]
    scores = with_folds(np.stack([complete[2, 0] - 0.5, complete[2, 1]]), 4)
    assert not DominanceRule(z_pause=0.5).waits(scores, complete)  # the fold left may change it
    assert DominanceRule(z_pause=0.0).waits(scores, complete)


@pytest.mark.parametrize("rule", [DominanceRule(), HypervolumeRule()])
def test_nothing_is_known_of_a_score(rule):
    scores = np.stack([FRONT[3, 0] - 1, np.full(5, NAN)])
    assert not rule.waits(scores, FRONT)
    assert not rule.waits(with_folds(FRONT[3], 0), FRONT)
    assert not rule.waits(FRONT[3], FRONT[:0])


def test_the_nearest_to_the_front_runs_on():
    waiting = with_folds(two_scores((0.3, 0.3), (0.495, 0.495), (0.4, 0.4)), 2)
    assert DominanceRule(z_drop=1000.0).most_promising(waiting, FRONT) == 1


LENGTHENS, IS_CLOSE = (0.97, 0.0), (0.499, 0.499)


@pytest.mark.parametrize(
    "pair, is_behind",
    [
        ((0.4, 0.4), True),
        (IS_CLOSE, True),  # within the errors of the middle of the front, and adds next to nothing
        (LENGTHENS, False),
        ((0.0, 0.97), False),
        ((0.6, 0.6), False),
        ((0.7, 0.4), False),  # between two of the front
    ],
)
@pytest.mark.parametrize("n_run", [1, 4])
def test_what_hardly_adds_to_the_hypervolume_waits(pair, is_behind, n_run):
    scores = with_folds(two_scores(pair)[0], n_run)
    assert HypervolumeRule().waits(scores, FRONT) is is_behind
    assert (HypervolumeRule(drop=0.01).most_promising(scores[None], FRONT) is None) is is_behind


def test_the_share_added_is_that_of_samples():
    rng = np.random.default_rng(0)
    scores = with_folds(two_scores((0.55, 0.5))[0], 1)
    complete = FRONT + rng.normal(0, 0.2, FRONT.shape)
    share = float(_shares_added(scores[None], complete)[0])
    means, found = (
        complete.mean(axis=2),
        [standings(scores[None, k], complete[:, k]) for k in (0, 1)],
    )
    mean = np.array([means[:, k].max() + found[k][0][0] for k in (0, 1)])
    draws = mean + rng.standard_normal((4000, 2)) * [found[k][1][0] for k in (0, 1)]
    front = means[is_on_front(means)]
    both = np.vstack([front, mean])
    reference = both.min(axis=0) - BEHIND * np.ptp(both, axis=0)
    whole = hypervolume(front, reference)
    added = [hypervolume(np.vstack([front, draw]), reference) - whole for draw in draws]
    assert share == pytest.approx(np.mean(added) / whole, rel=0.05)


def test_in_the_end_the_one_that_adds_most_runs_on():
    waiting = with_folds(two_scores((0.3, 0.3), (0.52, 0.52), (0.7, 0.6)), 2)
    assert HypervolumeRule().most_promising(waiting, FRONT) == 2
    assert HypervolumeRule().most_promising(waiting[:2], FRONT) == 1
    assert HypervolumeRule().most_promising(waiting[:1], FRONT) is None


@pytest.mark.parametrize("scale", [1e-150, 1e-3, 1e150])
def test_units_of_several_scores_play_no_part(scale):
    rng = np.random.default_rng(0)
    for pair in rng.random((20, 2)):
        scores = with_folds(two_scores(pair)[0], 2)
        factors = np.array([scale, 1.0])[:, None]
        plain = HypervolumeRule().waits(scores, FRONT)
        assert HypervolumeRule().waits(scores * factors, FRONT * factors) == plain


def test_scores_that_never_differ_between_folds():
    told = np.array([[3.0, 1.0], [1.0, 3.0], [1.0, 2.999], [2.999, 1.0]])
    complete = np.repeat(told[:, :, None], 5, axis=2)
    for pair, is_behind in [((3.0, 1.0), True), ((3.0, 2.0), False), ((1.0, 1.0), True)]:
        scores = with_folds(np.repeat(np.array(pair)[:, None], 5, axis=1), 1)
        assert HypervolumeRule().waits(scores, complete) is is_behind


@pytest.mark.parametrize("level", [0.0, 1.0, 1e9])
def test_all_that_was_tried_is_the_same(level):
    same = np.full((2, 2, 5), level)
    assert HypervolumeRule().waits(with_folds(same[0], 1), same)
    better, worse = same.copy(), same.copy()
    better[0], worse[0] = same[0] + level / 2 + 1, same[0] - level / 2 - 1
    assert not HypervolumeRule().waits(with_folds(better[0], 1), same)
    assert HypervolumeRule().waits(with_folds(worse[0], 1), same)


@pytest.mark.parametrize(
    "n_scores, rule",
    [(1, RacingRule), (2, HypervolumeRule), (3, HypervolumeRule), (4, DominanceRule)],
)
def test_which_rule_decides(n_scores, rule):
    race = Race([Objective(name) for name in "abcd"[:n_scores]], drop_failed=True)
    assert isinstance(race._rule, rule)


def test_several_scores_of_a_search_that_may_end_early():
    races = [
        Race([Objective("a"), Objective("b")], drop_failed=True, may_end_early=e) for e in (0, 1)
    ]
    shares = [race._rule.pause for race in races]
    assert shares == [PAUSE, DROP]


@pytest.mark.parametrize("metric", [0, 1])
def test_one_score_twice_is_one_score(metric):
    rng = np.random.default_rng(metric)
    complete = rng.normal(0.5, 0.1, (6, 5))
    for _ in range(50):
        scores = with_folds(rng.normal(0.5, 0.1, 5), rng.integers(1, 5))
        twice, several = np.stack([scores, scores]), np.stack([complete, complete], axis=1)
        assert DominanceRule().waits(twice, several) == RacingRule().waits(scores, complete)


def test_a_race_of_several_scores():
    race = Race([Objective("a"), Objective("b", by_ratio=True)], drop_failed=True)

    def told(a, b, status, number):
        scores = {"a": np.asarray(a, float), "b": -np.asarray(b, float)}
        return Observation(make_task(number).candidate, scores, status)

    assert not race(told([0.8, 0.81, 0.8], [1.0, 1.1, 1.2], "complete", 0))
    assert not race(told([0.9, 0.91, 0.9], [10.0, 11.0, 12.0], "complete", 1))
    slow, quick = [15.0, NAN, NAN], [0.1, NAN, NAN]
    assert race(told([0.5, NAN, NAN], slow, "running", 2))
    assert not race(told([0.5, NAN, NAN], quick, "running", 3))
    # One without a score is on no front.
    assert not race(told([0.99, 0.99, 0.99], [0.01, NAN, 0.01], "complete", 4))
    assert not race(told([0.5, NAN, NAN], quick, "running", 3))
    candidates = [make_task(2).candidate, make_task(3).candidate]
    assert race.most_promising(candidates) == candidates[1]
