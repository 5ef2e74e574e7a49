"""Models of several scores: what the front of the models is made of."""

import numpy as np
import pytest
from scipy.stats import uniform

from sktune._gp import HypervolumeImprovement
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


def by_luck(model):
    """What maximises the scores that the folds would show, whatever is expected."""
    found = model.improvement_by_luck(-np.inf, [], np.random.default_rng(0))
    assert isinstance(found, HypervolumeImprovement)
    return found


def shown(improvement):
    """Means of its models at what was observed, shape (n_scores, n)."""
    return np.array([model.predict(model.observed.X) for model in improvement._scores])


def test_by_luck_the_ends_of_the_front_are_as_they_are():
    # Most settings are nearly as good as the best; the small ones are far worse, and on the front.
    size = np.linspace(0, 1, 16)
    accuracy = 0.9 + 0.02 * size - 0.8 * np.maximum(0.3 - size, 0.0)
    model = trade_off(np.column_stack([accuracy, -size]), noise=0.01)
    assert model.models[0].means[0] > accuracy[0] + 0.1
    np.testing.assert_allclose(shown(by_luck(model))[0], accuracy, atol=0.01)


def test_failures_are_drawn_in_even_where_they_are_on_the_front():
    speed = np.linspace(0, 1, 12)
    r2 = 0.5 - 0.4 * speed**2
    r2[-1] = -1e20  # the quickest of all
    seen = shown(by_luck(trade_off(np.column_stack([r2, speed]), noise=0.01)))[0]
    np.testing.assert_allclose(seen[:-1], r2[:-1], atol=0.01)
    assert seen[-1] > -10


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
    # At a setting of the front other folds would show more, but these folds show the same again,
    # and away from all settings anything.
    seen, apart = SPACE.encode(model.incumbents), SPACE.encode(np.array([[0.5, 0.0]]))
    assert by_luck(model)(seen).max() < by_luck(model)(apart).max()
    pending = [Candidate(99, {}, (0.5, 0.1), 0, "random")]
    assert np.isfinite(model.improvement_by_luck(little, pending, rng)(apart)).all()
