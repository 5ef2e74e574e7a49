import numpy as np
import pytest

from sktune.optimizers import AnnealingOptimizer
from sktune.optimizers._annealing._schedule import MIN_STALL, STALL_SHARE, Schedule
from tests.contracts.optimizer_contract import make_space, run


def heats(highest_of, n_iter):
    """Heat of a search that has seen ``highest_of(number)`` before each candidate."""
    schedule, seen = Schedule(cooling=0.01, began=0.0), []
    for number in range(n_iter):
        progress = number / n_iter
        schedule.reheat_if_stalled(highest_of(number), progress, number)
        seen.append(schedule.heat(progress))
    return np.array(seen)


def test_heat_falls_exponentially_while_scores_rise():
    np.testing.assert_allclose(heats(float, 200), 0.01 ** (np.arange(200) / 200))


def test_what_stalls_is_heated_half_the_way_back_and_cools_again():
    seen = heats(lambda number: 0.0, 1000)
    rises = np.flatnonzero(np.diff(seen) > 0) + 1
    assert list(rises) == [250, 500, 750]
    assert seen[250] == pytest.approx((0.01**0.25) ** 0.5)
    assert seen[500] < seen[250]
    # Each time to the same heat in the end.
    assert seen[-1] == pytest.approx(0.01, rel=0.1)
    assert np.all(seen >= 0.01)


def test_a_rise_in_time_prevents_it():
    seen = heats(lambda number: number // 200, 1000)
    assert np.all(np.diff(seen) < 0)


def test_a_quarter_of_a_small_budget_is_no_stall():
    n_iter = int(MIN_STALL / STALL_SHARE / 2)
    seen = heats(lambda number: 0.0, n_iter)
    assert list(np.flatnonzero(np.diff(seen) > 0) + 1) == [MIN_STALL]
    assert np.all(np.diff(heats(lambda number: 0.0, MIN_STALL)) < 0)


def test_a_search_whose_scores_are_all_alike_is_reheated():
    optimizer = AnnealingOptimizer(make_space("reals"))
    asked = run(optimizer, 240, lambda candidate: 0.0)
    temperatures = [optimizer.moves[c.id].temperature for c in asked if c.id in optimizer.moves]
    assert np.sum(np.diff(temperatures) > 0) == 3
