"""What the models are told: units, noise of the folds, and failures."""

import numpy as np
import pytest
from scipy.stats import uniform

from sktune._records import Candidate
from sktune.optimizers._models._score_model import NEW_SCALES
from sktune.optimizers._models._surrogate import N_INCUMBENTS, Surrogate, points_of
from sktune.space import SearchSpace

SPACE = SearchSpace.from_distributions({"x": uniform(0, 1), "y": uniform(0, 1)})


def candidates_at(points):
    params = SPACE.inverse_transform(np.asarray(points))
    return [
        Candidate(i, setting, tuple(point), 0, "model")
        for i, (setting, point) in enumerate(zip(params, np.asarray(points), strict=True))
    ]


def told(n, scale=1.0, shift=0.0, n_splits=3, seed=0):
    """Candidates with scores of a bowl whose best place is (0.3, 0.7)."""
    points = np.random.default_rng(seed).random((n, 2))
    scores = shift - scale * ((points - [0.3, 0.7]) ** 2).sum(axis=1)
    noise = scale * 1e-4 * np.random.default_rng(seed + 1).standard_normal((n, n_splits))
    rows = scores[:, None] + noise
    return candidates_at(points), rows.mean(axis=1), rows


@pytest.mark.parametrize("scale, shift", [(1.0, 0.0), (1e-9, 0.0), (1e9, -1e9), (1e-3, 5.0)])
def test_predictions_come_in_the_unit_of_the_scores(scale, shift):
    surrogate = Surrogate(SPACE, *told(25, scale, shift), failed=[])
    mean, std = surrogate.predict(np.array([[0.3, 0.7], [0.3, 0.2]]))
    np.testing.assert_allclose((mean - shift) / scale, [0.0, -0.25], atol=0.02)
    assert (std / scale < 0.05).all()


def test_incumbents_are_the_best_by_the_model():
    candidates, scores, rows = told(40)
    surrogate = Surrogate(SPACE, candidates, scores, rows, failed=[])
    assert surrogate.incumbents.shape == (N_INCUMBENTS, 2)
    best = points_of(candidates)[np.argsort(-scores)[:3]]
    for point in best:
        assert (np.abs(surrogate.incumbents - point).max(axis=1) < 1e-12).any()


def test_the_place_of_the_optimum_has_the_most_to_gain():
    surrogate = Surrogate(SPACE, *told(12), failed=[])
    improvement = surrogate.improvement([], np.random.default_rng(0))
    values = improvement(SPACE.encode(np.array([[0.3, 0.7], [0.9, 0.1]])))
    assert values[0] > values[1]


def test_failures_are_a_model_of_their_own():
    candidates, scores, rows = told(20)
    assert Surrogate(SPACE, candidates, scores, rows, failed=[]).success is None
    failed = candidates_at([[0.9, y] for y in np.linspace(0.0, 1.0, 8)])
    surrogate = Surrogate(SPACE, candidates, scores, rows, failed)
    chance = surrogate.success.predict(SPACE.encode(np.array([[0.9, 0.5], [0.3, 0.7]])))
    assert chance[0] < 0.5 < chance[1]


def test_scales_are_fitted_anew_only_when_there_are_more_scores():
    first = Surrogate(SPACE, *told(20), failed=[])
    assert first.n_scaled == 20
    assert Surrogate(SPACE, *told(21), failed=[], last=first).n_scaled == 20
    grown = int(np.ceil(20 * NEW_SCALES))
    assert Surrogate(SPACE, *told(grown), failed=[], last=first).n_scaled == grown


def test_one_candidate_and_scores_that_are_all_equal_are_enough():
    candidates = told(3)[0]
    for n in (1, 3):
        surrogate = Surrogate(
            SPACE, candidates[:n], np.zeros(n), np.zeros((n, 3)), failed=candidates[n:]
        )
        mean, std = surrogate.predict(np.array([[0.5, 0.5]]))
        assert np.isfinite([*mean, *std]).all()
