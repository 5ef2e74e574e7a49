"""Descents of plain functions: how many slopes they need, and what they never do."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from sktune.optimizers._downhill import Slope, descend

ONE = np.ones(1, dtype=bool)


def valley(bias, variance, scales, level=1.0):
    """As the fold loss by a penalty: what is too stiff on one side, too free on the other."""

    def loss(point):
        x = float(point[0])
        falls = expit((bias - x) / scales[0])
        rises = expit((x - variance) / scales[1])
        slope = rises * (1 - rises) / scales[1] - falls * (1 - falls) / scales[0]
        return Slope(level + falls + rises, np.array([slope]))

    return loss


def losses_on_the_way(loss, start, limit=None):
    seen = []

    def look_up(point):
        assert ((point >= 0) & (point <= 1)).all()
        found = loss(point)
        seen.append(np.nan if found is None else found.loss)
        return found

    best = descend(look_up, np.array([start]), ONE, limit)
    return np.array(seen), best


VALLEYS = [
    (bias, bias + gap, scales)
    for bias, gap in itertools.product([0.1, 0.25, 0.4, 0.55], [0.1, 0.3])
    for scales in itertools.product([0.03, 0.06, 0.12], repeat=2)
]


@pytest.mark.parametrize(
    ("bias", "variance", "scales"),
    [(0.6, 0.8, (0.06, 0.03)), (0.6, 0.8, (0.12, 0.03)), (0.7, 0.8, (0.06, 0.03))],
)
def test_a_flat_end_far_away_does_not_spoil_the_bracket(bias, variance, scales):
    seen, _ = losses_on_the_way(valley(bias, variance, scales), 0.375)
    lowest = np.minimum.accumulate(seen)
    assert np.argmax(lowest <= lowest[-1] * 1.001) < 6


@pytest.mark.parametrize("case", range(len(VALLEYS)))
def test_six_slopes_do_for_one_parameter(case):
    loss = valley(*VALLEYS[case])
    on_a_grid = np.array([loss([x]).loss for x in np.linspace(0, 1, 2001)])
    seen, best = losses_on_the_way(loss, 0.5)
    lowest = np.minimum.accumulate(seen)
    assert np.argmax(lowest <= lowest[-1] * 1.001) < 6
    assert len(seen) <= 10
    assert loss(best).loss <= loss([0.5]).loss
    n_bottoms = (np.diff(np.sign(np.diff(on_a_grid))) > 0).sum()
    is_the_only_end = on_a_grid.min() < min(on_a_grid[[0, -1]]) and n_bottoms == 1
    if is_the_only_end and loss([0.5]).loss < min(on_a_grid[[0, -1]]):
        assert loss(best).loss <= on_a_grid.min() * 1.001


units = st.floats(0, 1)


@given(units, units, st.floats(0.02, 0.3), units, st.booleans())
def test_a_wall_is_no_obstacle_on_the_near_side(start, bottom, scale, wall, is_left):
    def loss(point):
        (x,) = point
        if (x < wall) == is_left:
            return None
        away = (x - bottom) / scale
        return Slope(1 + np.log(np.cosh(away)), np.array([np.tanh(away) / scale]))

    seen, best = losses_on_the_way(loss, start)
    assert len(seen) <= 40
    if (start < wall) == is_left:
        assert seen.size == 1
        assert best[0] == start
        return
    found = loss(best).loss
    assert found == np.nanmin(seen)
    nearest = max(bottom, wall) if is_left else min(bottom, np.nextafter(wall, -1))
    assert found <= loss(np.array([nearest])).loss * 1.002 + 2e-3 / scale


@given(units, st.lists(st.tuples(st.floats(0.1, 10), st.floats(-10, 10)), min_size=3, max_size=20))
def test_slopes_that_do_not_belong_to_the_losses_end_as_well(start, values):
    def loss(point):
        value, slope = values[int(point[0] * 1e6) % len(values)]
        return Slope(value, np.array([slope]))

    seen, best = losses_on_the_way(loss, start)
    assert len(seen) <= 60
    assert loss(best).loss == seen.min()


@pytest.mark.parametrize("n_dims", [1, 3])
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_limits_hold(n_dims, limit):
    seen = []

    def loss(point):
        seen.append(point)
        away = point - 0.9
        return Slope(1 + float(np.sum(away**4)), 4 * away**3)

    start = np.full(n_dims, 0.1)
    best = descend(loss, start, np.ones(n_dims, dtype=bool), limit)
    assert len(seen) == limit
    assert loss(best).loss <= loss(start).loss


@pytest.mark.parametrize("start", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("slope", [-1.0, 0.0, 1.0])
def test_ends_of_the_range(start, slope):
    seen, best = losses_on_the_way(
        lambda point: Slope(3 + slope * float(point[0]), np.array([slope])), start
    )
    assert best[0] == (start if not slope else 0.0 if slope > 0 else 1.0)
    assert len(seen) <= 5


def test_what_does_not_move_stays():
    fixed = np.array([0.2, 0.7])

    def loss(point):
        assert point[0] == 0.2
        return Slope(1 + float((point[1] - 0.4) ** 2), 2 * (point - 0.4))

    best = descend(loss, fixed, np.array([False, True]), None)
    assert best[1] == pytest.approx(0.4, abs=1e-3)
