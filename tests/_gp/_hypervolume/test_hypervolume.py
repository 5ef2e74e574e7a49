"""Fronts, hypervolumes and boxes against counting the cells of a grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sktune._gp._hypervolume._hypervolume import (
    boxes_above,
    front_above,
    hypervolume,
    is_on_front,
    layers,
)

# Whole numbers, so that ties are common and all volumes are numbers of unit cells.
SIZE = 5


@st.composite
def points(draw, max_scores=4):
    n_scores = draw(st.integers(1, max_scores))
    rows = st.lists(st.integers(0, SIZE), min_size=n_scores, max_size=n_scores)
    drawn = draw(st.lists(rows, max_size=9))
    return np.array(drawn, dtype=float).reshape(-1, n_scores)


def cells(n_scores):
    """Middles of all unit cells below SIZE + 1."""
    axes = [np.arange(SIZE + 1) + 0.5] * n_scores
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, n_scores)


def is_dominated(cell, drawn):
    return (drawn[:, None] >= cell).all(axis=2).any(axis=0)


@given(points())
def test_front_is_what_no_other_point_dominates(drawn):
    expected = [
        not any((other >= point).all() and (other > point).any() for other in drawn)
        for point in drawn
    ]
    assert is_on_front(drawn).tolist() == expected


@given(points())
def test_hypervolume_counts_the_dominated_cells(drawn):
    n_scores = drawn.shape[1]
    expected = is_dominated(cells(n_scores), drawn).sum()
    assert hypervolume(drawn, np.zeros(n_scores)) == expected


@given(points(max_scores=3))
def test_boxes_cover_what_is_not_dominated_exactly_once(drawn):
    reference, grid = np.zeros(drawn.shape[1]), cells(drawn.shape[1])
    boxes = boxes_above(front_above(drawn, reference), reference)
    is_inside = (boxes.lower[:, None] < grid) & (grid < boxes.upper[:, None])
    np.testing.assert_array_equal(is_inside.all(axis=2).sum(axis=0), ~is_dominated(grid, drawn))
    assert len(boxes.lower) <= 2 * len(drawn) + 1


@given(points())
def test_layers_peel_fronts(drawn):
    layer = layers(drawn)
    for number in range(layer.max(initial=-1) + 1):
        inner = drawn[layer >= number]
        np.testing.assert_array_equal(is_on_front(inner), layer[layer >= number] == number)


@given(points(), st.integers(0, 9))
def test_layers_of_the_best_alone(drawn, n_points):
    whole, some = layers(drawn), layers(drawn, n_points)
    last = some.max(initial=0)
    np.testing.assert_array_equal(some, np.minimum(whole, last))
    assert (some < last).sum() >= min(n_points, len(drawn)) or (whole <= last).all()


@given(points(), st.permutations(range(9)))
def test_order_and_repeats_change_nothing(drawn, order):
    reference = np.full(drawn.shape[1], 1.0)
    again = drawn[[place % max(len(drawn), 1) for place in order]] if len(drawn) else drawn
    both = np.vstack([drawn, again])
    assert hypervolume(both, reference) == pytest.approx(hypervolume(drawn, reference))
    np.testing.assert_array_equal(front_above(both, reference), front_above(drawn, reference))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_never_on_a_front_and_dominates_nothing(bad):
    drawn = np.array([[1.0, 1.0], [bad, 2.0], [2.0, bad]])
    assert is_on_front(drawn).tolist() == [True, False, False]


def test_peer_gives_the_same_volume():
    # Optuna has an implementation of its own; it minimises.
    peer = pytest.importorskip("optuna._hypervolume")
    rng = np.random.default_rng(0)
    for n_scores in (2, 3, 4):
        drawn = rng.random((30, n_scores))
        expected = peer.compute_hypervolume(-drawn, np.zeros(n_scores))
        assert hypervolume(drawn, np.zeros(n_scores)) == pytest.approx(expected)


@pytest.mark.parametrize(
    "n_scores, volume, front",
    [
        (2, 1.868914, [5, 14, 17, 21]),
        (3, 2.63728872, [3, 7, 14, 21, 23, 24, 26]),
        (4, 2.028710809415, [5, 7, 8, 13, 16, 18, 19, 20, 21, 22, 23, 26, 28]),
    ],
)
def test_same_as_pymoo(n_scores, volume, front):
    # pymoo 0.6.2: HV(ref_point=[0.5, ...])(-drawn), and of NonDominatedSorting().do(-drawn) the
    # first front. 400 sets of up to 40 points of 2 to 5 scores agreed to 3e-14.
    drawn = np.sin(np.arange(1, 30 * n_scores + 1) ** 2.0).reshape(30, n_scores).round(3)
    assert hypervolume(drawn, np.full(n_scores, -0.5)) == pytest.approx(volume, rel=1e-12)
    assert np.flatnonzero(is_on_front(drawn)).tolist() == front
