"""The map of what was told: how good it is here, and how new."""

import numpy as np
import pytest
from scipy.stats import uniform

from sktune.optimizers._annealing import _score_map
from sktune.optimizers._annealing._score_map import N_SPREADS, ScoreMap
from sktune.space import SearchSpace
from tests.contracts.optimizer_contract import make_space


def space_of(**distributions):
    return SearchSpace.from_distributions(distributions)


def told_score_map(space, scores, seed=0):
    landscape = ScoreMap(space)
    points = space.sample(len(scores), np.random.default_rng(seed))
    for i, (point, score) in enumerate(zip(points, scores, strict=True)):
        landscape.add(i, point)
        landscape.tell(i, point, score)
    return landscape, points


def test_spread_is_the_distance_of_two_quantiles_whatever_the_order():
    landscape, _ = told_score_map(make_space("reals"), np.random.default_rng(0).permutation(101))
    assert landscape.spread == 50.0
    assert landscape.scores[landscape.best] == 100.0


def test_spread_of_equal_or_no_scores_is_one():
    assert ScoreMap(make_space("reals")).spread == 1.0
    assert told_score_map(make_space("reals"), [0.5] * 4)[0].spread == 1.0


def test_spread_of_mostly_equal_scores_is_their_range():
    assert told_score_map(make_space("reals"), [0.0] * 20 + [3.0])[0].spread == 3.0


def test_a_corrected_score_replaces_the_old_one():
    landscape, points = told_score_map(make_space("reals"), [1.0, 5.0, 2.0])
    landscape.tell(1, points[1], 0.0)
    assert landscape.scores == {0: 1.0, 1: 0.0, 2: 2.0}
    assert landscape.best == 2
    assert landscape._n_told == 3
    landscape.tell(2, points[2], np.nan)
    assert landscape.best == 0
    straight, _ = told_score_map(make_space("reals"), [1.0, 0.0])
    assert landscape.spread == straight.spread


def shepard(points, place, scores, radius):
    """The map of a mixed space, written out: distances with the categories one apart."""
    space = make_space("mixed")
    is_ordered = np.array([d.is_ordered for d in space.dimensions])
    apart = np.where(is_ordered, np.abs(points - place), points != place)
    squares = (apart**2).sum(axis=1)
    return np.average(scores, weights=(squares + radius) ** -3.0), np.sqrt(squares)


def squared_radius(points):
    nearest = [np.sort(shepard(points, point, np.ones(len(points)), 1.0)[1])[1] for point in points]
    return _score_map.SOFTNESS**2 * np.median(np.square(nearest))


def test_heights_are_the_weighted_mean_of_all_scores():
    space = make_space("mixed")
    scores = np.random.default_rng(1).normal(size=12)
    landscape, points = told_score_map(space, scores)
    place = space.sample(1, np.random.default_rng(2))[0]
    heights = np.maximum((scores - scores.max()) / landscape.spread, -N_SPREADS)
    expected, distances = shepard(points, place, heights, squared_radius(points))
    height, novelty = landscape.look(place[None])
    assert height == pytest.approx([expected])
    assert novelty == pytest.approx([distances.min() / np.sqrt(space.n_dims)])


def test_smooth_scores_are_the_weighted_means_of_scores():
    space = make_space("mixed")
    scores = np.random.default_rng(1).normal(size=12)
    landscape, points = told_score_map(space, scores)
    landscape._error = 0.2
    mean, std = landscape.smooth(points, scores)
    radius = squared_radius(points)
    expected = [shepard(points, place, scores, radius)[0] for place in points]
    assert mean == pytest.approx(expected)
    # Never less sure than an average of all, nor more than one score by itself.
    assert (std < 0.2).all()
    assert (std > 0.2 / np.sqrt(12)).all()


def test_the_best_of_noisy_scores_is_not_a_lucky_one_among_bad_neighbours():
    space = space_of(x=uniform(0, 1))
    landscape = ScoreMap(space)
    # A hill at 0.3 and a single high score at 0.7 where all else is low.
    points = np.r_[np.linspace(0.2, 0.4, 11), np.linspace(0.6, 0.8, 11)]
    scores = np.r_[np.full(11, 1.0), np.full(11, 0.0)]
    scores[16], scores[5] = 1.15, 1.1
    rng = np.random.default_rng(0)
    for spread, expected in ((0.3, 5), (0.001, 16)):
        for i, (point, score) in enumerate(zip(points, scores, strict=True)):
            noise = spread * rng.standard_normal(5)
            landscape.add(i, np.array([point]))
            landscape.tell(i, np.array([point]), score, score + noise - noise.mean())
        assert landscape.highest == 16
        assert landscape.best == expected


def test_pending_points_count_for_novelty_only():
    landscape, points = told_score_map(make_space("reals"), [0.0, 1.0])
    before, _ = landscape.look(points[:1] + 0.01)
    landscape.add(2, points[0] + 0.01)
    height, novelty = landscape.look(points[:1] + 0.01)
    assert height == pytest.approx(before)
    assert novelty == pytest.approx([0.0])


def test_the_landscape_forgets_the_oldest_points_only(monkeypatch):
    monkeypatch.setattr(_score_map, "N_REMEMBERED", 5)
    landscape, points = told_score_map(make_space("reals"), np.arange(12.0))
    _, novelty = landscape.look(points)
    assert (novelty[:7] > 0).all()
    assert novelty[7:] == pytest.approx(0.0)
    np.testing.assert_array_equal(np.sort(landscape._values), np.arange(7.0, 12.0))
    # One that was forgotten is told anew: it comes back in place of the oldest.
    landscape.tell(0, points[0], 99.0)
    assert landscape.best == 0
    np.testing.assert_array_equal(np.sort(landscape._values), [8.0, 9.0, 10.0, 11.0, 99.0])


def test_a_thousand_that_run_do_not_hide_what_was_told():
    space = make_space("reals")
    landscape, points = told_score_map(space, [0.0, 1.0, 2.0, 3.0])
    before, _ = landscape.look(points)
    for i, point in enumerate(space.sample(1000, np.random.default_rng(1))):
        landscape.add(4 + i, point)
    height, novelty = landscape.look(points)
    np.testing.assert_array_equal(height, before)
    assert (novelty < 0.5).all()
    # The last of them is among the nearest, and is told like any other.
    landscape.tell(1003, point, 9.0)
    assert landscape.best == 1003
    assert -0.5 < landscape.look(point[None])[0] <= 0
