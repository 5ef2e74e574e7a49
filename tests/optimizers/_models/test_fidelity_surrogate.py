from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import uniform

from sktune._records import Candidate, Observation
from sktune.optimizers._models import _fidelity_surrogate
from sktune.optimizers._models._fidelity import read_trials
from sktune.optimizers._models._fidelity_surrogate import (
    FidelitySurrogate,
    FullyTrained,
    informative,
)
from sktune.space import SearchSpace

SPACE = SearchSpace.from_distributions({"x": uniform(0, 1), "k": ["a", "b", "c"]})
RUNGS = (1, 3, 9)


def scores_of(observation):
    return observation.split_scores["score"]


def curve(point, resource):
    """Highest at x = 0.3; rises with the resource, and slower where k is not the first."""
    return -((point[0] - 0.3) ** 2) - (1 + point[1]) / resource


def told(candidates, failed=()):
    def observe(candidate):
        if candidate.id in failed:
            return Observation(candidate, {"score": np.full(2, np.nan)}, "failed")
        score = curve(candidate.point, candidate.resource)
        return Observation(candidate, {"score": np.array([score - 0.01, score + 0.01])}, "complete")

    return read_trials(list(map(observe, candidates)), [], lambda o: float(scores_of(o).mean()))


def make_candidates(n_settings, n_rungs, seed=0):
    """So many settings, of which so many were trained on each rung."""
    points = SPACE.sample(n_settings, np.random.default_rng(seed))
    params = SPACE.inverse_transform(points)
    candidates, last = [], {}
    for n, resource in zip(n_rungs, RUNGS, strict=False):
        for i in range(n):
            candidate = Candidate(
                len(candidates), params[i], tuple(points[i].tolist()), 0, "x", resource, last.get(i)
            )
            candidates.append(candidate)
            last[i] = candidate.id
    return candidates


def make_model(candidates, failed=(), last=None):
    return FidelitySurrogate(SPACE, RUNGS, told(candidates, failed), scores_of, last)


def test_it_foresees_what_is_fully_trained_from_what_is_not():
    model = make_model(make_candidates(30, [30, 10, 4]))
    points = SPACE.sample(20, np.random.default_rng(1))
    truth = np.array([curve(point, 9) for point in points])
    mean, std = model.predict(points, [9] * 20)
    assert np.abs(mean - truth).max() < 0.1
    assert (std > 0).all()
    assert np.corrcoef(mean, truth)[0, 1] > 0.95
    # At a rung it is asked for that rung.
    early, _ = model.predict(points, [1] * 20)
    assert np.abs(early - [curve(point, 1) for point in points]).max() < 0.1


def test_more_is_expected_of_full_training_before_any_is_seen():
    """Most scores are early ones: without it a new setting would be taken for one of these."""
    candidates = make_candidates(10, [10])
    scores = np.array([curve(candidate.point, 1) for candidate in candidates])
    model = make_model(candidates)
    points = SPACE.sample(20, np.random.default_rng(1))
    rise = model.predict(points, [9] * 20)[0] - model.predict(points, [1] * 20)[0]
    assert abs(rise.mean() / scores.std() - 1) < 0.25


@pytest.mark.parametrize("sign", [1, -1])
def test_how_scores_change_with_the_resource_is_learnt(sign):
    """Also where they fall, by overfitting; far from all settings that were trained on."""
    candidates = make_candidates(12, [12, 6, 3])

    def observe(candidate):
        score = np.array([sign * 4 * np.log(candidate.resource) + candidate.point[0]])
        return Observation(candidate, {"score": score}, "complete")

    trials = read_trials(list(map(observe, candidates)), [], lambda o: float(scores_of(o).mean()))
    model = FidelitySurrogate(SPACE, RUNGS, trials, scores_of)
    points = SPACE.sample(20, np.random.default_rng(1))
    rise = model.predict(points, [9] * 20)[0] - model.predict(points, [1] * 20)[0]
    assert (sign * rise > 2 * np.log(9)).all()


def test_the_resource_is_a_number_from_the_first_rung_to_the_last():
    model = make_model(make_candidates(4, [4]))
    points = SPACE.sample(3, np.random.default_rng(0))
    assert_allclose(model.encode(points, [1, 3, 9])[:, -1], [0, 0.5, 1])
    assert_array_equal(model.encode(points)[:, :-1], SPACE.encode(points))
    assert_array_equal(model.encode(points)[:, -1], 1)


def test_with_one_rung_there_is_one_level():
    candidates = make_candidates(4, [4])
    model = FidelitySurrogate(SPACE, (1,), told(candidates), scores_of)
    points = SPACE.sample(2, np.random.default_rng(0))
    assert_array_equal(model.encode(points, [1, 1])[:, -1], 1)


def test_best_is_what_is_expected_of_any_setting_once_fully_trained():
    candidates = make_candidates(12, [12, 3])
    model = make_model(candidates)
    points = np.array([c.point for c in candidates if c.parent is None])
    mean = model.predict(points, [9] * 12)[0] / model.unit
    assert model.best == pytest.approx(mean.max())
    assert_array_equal(model.incumbents[0], points[np.argmax(mean)])


def test_what_counts_most_are_those_trained_furthest_then_the_newest():
    trials = told(make_candidates(5, [5, 3, 1]))
    rows = [(trial.root.id, resource) for trial, resource in informative(trials, (*RUNGS, 27))]
    # With a rung to go, of the first setting the last two scores.
    assert rows == [(0, 9), (0, 3), (2, 3), (2, 1), (1, 3), (1, 1), (4, 1), (3, 1)]
    rows = [(trial.root.id, resource) for trial, resource in informative(trials, RUNGS)]
    assert rows[:3] == [(0, 9), (0, 3), (0, 1)]


def test_rows_are_limited(monkeypatch):
    monkeypatch.setattr(_fidelity_surrogate, "MAX_ROWS", 8)
    candidates = make_candidates(10, [10, 4, 2])
    model = make_model(candidates, failed=(8, 9))
    assert len(model.scores.observed.r) == 8
    resources = model.scores.observed.X[:, -1]
    assert (resources == 1).sum() == 2


def test_hyperparameters_are_fitted_anew_at_a_tenth_more_rows(monkeypatch):
    first = make_model(make_candidates(50, [50]))
    second = make_model(make_candidates(54, [54]), last=first)
    assert_array_equal(second.scores.theta, first.scores.theta)
    third = make_model(make_candidates(56, [56]), last=second)
    assert (third.scores.theta != first.scores.theta).any()
    assert [model.n_fitted for model in (first, second, third)] == [50, 50, 56]
    # A handful is fitted each time.
    few = make_model(make_candidates(30, [30]))
    more = make_model(make_candidates(31, [31]), last=few)
    assert (more.scores.theta != few.scores.theta).any()


@pytest.mark.parametrize("failed", [(), (3, 5)])
@pytest.mark.parametrize("n_pending", [0, 3])
def test_the_gradient_is_that_of_the_criterion(failed, n_pending):
    candidates = make_candidates(15, [15, 5])
    pending = make_candidates(n_pending, [n_pending], seed=3)
    criterion = make_model(candidates, failed).improvement(pending, np.random.default_rng(0))
    X = SPACE.encode(SPACE.sample(5, np.random.default_rng(1)))
    value, gradient = criterion.with_gradient(X)
    assert_allclose(value, criterion(X))
    assert gradient.shape == X.shape
    for j in range(X.shape[1]):
        step = np.zeros(X.shape[1])
        step[j] = 1e-5
        slope = (criterion(X + step) - criterion(X - step)) / 2e-5
        assert_allclose(gradient[:, j], slope, rtol=1e-3, atol=1e-3)


def test_a_failed_setting_is_avoided_on_all_rungs():
    candidates = make_candidates(15, [15, 5])
    worst = next(c for c in candidates if c.parent is not None)
    point = SPACE.encode(np.array([worst.point]))
    rng = np.random.default_rng(0)
    free = make_model(candidates).improvement([], rng)(point)
    failed = make_model(candidates, failed=(worst.id,)).improvement([], rng)(point)
    assert failed < free


def test_what_is_pending_promises_less():
    model = make_model(make_candidates(15, [15, 5]))
    (pending,) = make_candidates(1, [1], seed=9)
    point = SPACE.encode(np.array([pending.point]))
    alone = model.improvement([], np.random.default_rng(0))(point)
    beside = model.improvement([pending], np.random.default_rng(0))(point)
    assert beside < alone


def test_what_is_pending_on_any_rung_counts_as_if_trained_fully():
    model = make_model(make_candidates(15, [15, 5]))
    (pending,) = make_candidates(1, [1], seed=9)
    X = SPACE.encode(SPACE.sample(5, np.random.default_rng(1)))
    values = [
        model.improvement([replace(pending, resource=rung)], np.random.default_rng(0))(X)
        for rung in RUNGS
    ]
    assert_array_equal(values[0], values[2])
    assert_array_equal(values[1], values[2])


def test_fully_trained_adds_the_last_level():
    class Inner:
        def __call__(self, X):
            return X.sum(axis=1)

        def with_gradient(self, X):
            return X.sum(axis=1), X

    X = np.array([[0.25, 0.5]])
    assert FullyTrained(Inner())(X) == [1.75]
    value, gradient = FullyTrained(Inner()).with_gradient(X)
    assert value == [1.75]
    assert_array_equal(gradient, X)
