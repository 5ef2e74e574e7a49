"""Expected hypervolume improvement against Monte Carlo, and gradients against differences."""

import numpy as np
import pytest

from sktune._gp import (
    ExpectedImprovement,
    GaussianProcess,
    HypervolumeImprovement,
    PendingHypervolumeImprovement,
    PendingImprovement,
    front_above,
    hypervolume,
)
from sktune._gp._hypervolume._expected import log_expected_hypervolume_improvement, sides_of
from sktune._gp._hypervolume._hypervolume import boxes_above

GROUPS = [slice(0, 1), slice(1, 2), slice(2, 5)]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.random((20, 2)), np.eye(3)[rng.integers(3, size=20)]])
    scores = [np.sin(5 * X[:, 0]) + 0.3 * X[:, 2], X[:, 1] ** 2 - X[:, 0], np.cos(4 * X[:, 1])]
    return X, np.column_stack(scores)


@pytest.fixture(scope="module")
def models(data):
    X, scores = data
    return [GaussianProcess(GROUPS).fit(X, column) for column in scores.T]


def improvements(models, data, pending=None):
    """The criterion for the models' scores over what was observed."""
    scores = data[1][:, : len(models)]
    reference = np.quantile(scores, 0.2, axis=0)
    front = front_above(scores, reference)
    if pending is None:
        return HypervolumeImprovement(models, front, reference)
    rng = np.random.default_rng(0)
    return PendingHypervolumeImprovement(models, pending, front, reference, rng)


@pytest.mark.parametrize("n_scores", [1, 2, 3])
@pytest.mark.parametrize("is_pending", [False, True])
def test_gradients(models, data, n_scores, is_pending):
    rng = np.random.default_rng(1)
    X, pending = rng.random((8, 5)), rng.random((3, 5)) if is_pending else None
    criterion = improvements(models[:n_scores], data, pending)
    value, gradient = criterion.with_gradient(X)
    np.testing.assert_allclose(value, criterion(X), rtol=1e-10)
    # Near what was observed the variance is all but 0, and differences have four digits left.
    step = 1e-6 * np.eye(5)
    numeric = [(criterion(X + d) - criterion(X - d)) / 2e-6 for d in step]
    np.testing.assert_allclose(gradient, np.transpose(numeric), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("n_scores", [1, 2, 3])
@pytest.mark.parametrize("n_front", [0, 1, 6])
def test_value_is_the_mean_of_what_draws_add(n_scores, n_front):
    rng = np.random.default_rng(n_front)
    reference = np.zeros(n_scores)
    front = front_above(rng.uniform(0.2, 1.0, (n_front, n_scores)), reference)
    mean, std = rng.uniform(0.3, 1.0, (3, n_scores)), rng.uniform(0.1, 0.4, (3, n_scores))
    boxes = boxes_above(front, reference)
    found = np.exp(log_expected_hypervolume_improvement(mean, std, sides_of(boxes)).value)
    before = hypervolume(front, reference)
    for m, s, value in zip(mean, std, found, strict=True):
        draws = m + s * rng.standard_normal((20_000, n_scores))
        added = added_volume(draws, boxes)
        sure = [hypervolume(np.vstack([front, draw]), reference) - before for draw in draws[:5]]
        np.testing.assert_allclose(added[:5], sure, atol=1e-12)
        assert abs(added.mean() - value) < 4 * added.std() / np.sqrt(len(added)) + 1e-5


def added_volume(draws, boxes):
    """What each draw adds to the volume: the parts of the boxes that it dominates."""
    inside = np.minimum(draws[:, None], boxes.upper) - boxes.lower
    return np.maximum(inside, 0.0).prod(axis=2).sum(axis=1)


def test_one_score_is_expected_improvement(models, data):
    X, best = np.random.default_rng(1).random((8, 5)), data[1][:, 0].max()
    np.testing.assert_allclose(
        improvements(models[:1], data)(X), ExpectedImprovement(models[0], best)(X), rtol=1e-12
    )
    pending = X[:3] * 0.9
    ours = improvements(models[:1], data, pending)
    theirs = PendingImprovement(models[0], pending, best, np.random.default_rng(0))
    np.testing.assert_allclose(ours(X), theirs(X), rtol=1e-12)


@pytest.mark.parametrize("distance", [10.0, 1e3, 1e8])
def test_far_below_the_front_there_is_still_an_order_and_a_slope(distance):
    front, reference = np.array([[1.0, 0.5], [0.5, 1.0]]), np.zeros(2)
    mean = -distance * np.array([[1.0, 1.0], [1.0, 1.01]])
    found = log_expected_hypervolume_improvement(
        mean, np.ones((2, 2)), sides_of(boxes_above(front, reference))
    )
    assert np.isfinite(found.value).all()
    assert found.value[0] > found.value[1]
    assert (found.by_mean > 0).all()
    assert (found.by_std > 0).all()


def test_what_is_pending_is_worth_less(models, data):
    there = np.full((1, 5), 0.4)
    alone, beside = improvements(models[:2], data), improvements(models[:2], data, there)
    assert beside(there)[0] < alone(there)[0] - 1.0
