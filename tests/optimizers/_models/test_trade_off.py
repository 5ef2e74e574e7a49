"""Models of several scores: what the front of the models is made of."""

import numpy as np
import pytest
from scipy.stats import uniform

from sktune._gp import HypervolumeImprovement, is_on_front
from sktune._records import Candidate
from sktune.optimizers._models._trade_off import Told, TradeOff, lowest_on_front
from sktune.space import SearchSpace

SPACE = SearchSpace.from_distributions({name: uniform(0, 1) for name in "xy"})
FREE = np.full(2, np.nan)


def trade_off(means, noise=0.0, thresholds=FREE, seed=0):
    """Of settings that lie on a line, with these mean scores over five folds."""
    rng, n = np.random.default_rng(seed), len(means)
    spread = noise * rng.standard_normal((2, n, 5))
    spread -= spread.mean(axis=2, keepdims=True)
    points = np.column_stack([np.linspace(0, 1, n), np.full(n, 0.5)])
    candidates = [Candidate(i, {}, tuple(point), 0, "random") for i, point in enumerate(points)]
    rows = np.transpose(means)[:, :, None] + spread
    return TradeOff(SPACE, Told(candidates, np.asarray(means), rows, []), thresholds)


def test_the_ends_of_the_front_are_modelled_as_they_are():
    # Most settings are nearly as good as the best; the small ones are far worse, and on the front.
    size = np.linspace(0, 1, 16)
    accuracy = 0.9 + 0.02 * size - 0.8 * np.maximum(0.3 - size, 0.0)
    model = trade_off(np.column_stack([accuracy, -size]))
    np.testing.assert_allclose(model.models[0].means, accuracy, atol=0.01)
    assert model.reference[0] < accuracy.min()


def test_failures_are_drawn_in_even_where_they_are_on_the_front():
    speed = np.linspace(0, 1, 12)
    r2 = 0.5 - 0.4 * speed**2
    r2[-1] = -1e20  # the quickest of all
    model = trade_off(np.column_stack([r2, speed]))
    np.testing.assert_allclose(model.models[0].means[:-1], r2[:-1], atol=0.01)
    assert model.models[0].means[-1] > -10


@pytest.mark.parametrize(
    ("thresholds", "lowest"),
    [(FREE, [0.1, 1.0]), ([0.3, np.nan], [0.4, 1.0]), ([9.0, np.nan], [0.1, 1.0])],
)
def test_lowest_on_the_front_of_what_is_wanted(thresholds, lowest):
    means = np.array([[0.6, 1.0], [0.55, 2.0], [0.4, 3.0], [0.1, 4.0], [0.05, 1.5], [0.2, -9.0]])
    np.testing.assert_array_equal(lowest_on_front(means, np.array(thresholds)), lowest)


def test_lowest_on_the_front_of_scores_of_any_size():
    means = np.array([[1e308, -1e308], [-1e308, 1e308], [0.0, 0.0]])
    assert np.isfinite(lowest_on_front(means, FREE)).all()
    np.testing.assert_array_equal(lowest_on_front(np.ones((3, 2)), FREE), [1.0, 1.0])


def test_luck_counts_once_no_more_than_luck_is_left():
    rng = np.random.default_rng(0)
    x = np.linspace(0, 1, 20)
    model = trade_off(np.column_stack([x, -(x**2)]), noise=0.1)
    much, little = model._worth_of_noise(), -50.0
    assert model.improvement_by_luck(much, [], rng) is None
    by_luck = model.improvement_by_luck(little, [], rng)
    assert isinstance(by_luck, HypervolumeImprovement)
    # At a setting of the front other folds would show more, but these folds show the same again,
    # and away from all settings anything.
    seen, apart = SPACE.encode(model.incumbents), SPACE.encode(np.array([[0.5, 0.0]]))
    assert by_luck(seen).max() < by_luck(apart).max()
    pending = [Candidate(99, {}, (0.5, 0.1), 0, "random")]
    assert np.isfinite(model.improvement_by_luck(little, pending, rng)(apart)).all()


def test_the_lucky_are_searched_around_too():
    means = np.random.default_rng(0).standard_normal((20, 2))
    model = trade_off(means, noise=2.0)
    is_lucky = is_on_front(means)
    by_model = is_on_front(np.column_stack([each.means for each in model.models]))
    assert not by_model[is_lucky].all()
    assert set(np.linspace(0, 1, 20)[is_lucky | by_model]) == set(model.incumbents[:, 0])
