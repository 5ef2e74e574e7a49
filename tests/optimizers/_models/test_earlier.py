import numpy as np
import pytest

from sktune.optimizers import BayesOptimizer, EarlierScores
from tests.contracts.optimizer_contract import make_space, params_of, run, smooth


@pytest.fixture
def earlier():
    rng = np.random.default_rng(0)
    points = rng.random((20, 2))
    return EarlierScores(points, -np.sum((points - 0.3) ** 2, axis=1)[:, None])


def test_missing_folds_do_not_decide_which_is_best():
    # The second was run on the easy folds only.
    scores = np.array([[0.9, 0.5, 0.1], [0.85, 0.45, np.nan], [0.7, 0.3, -0.1]])
    earlier = EarlierScores(np.array([[0.1], [0.2], [0.3]]), scores)
    np.testing.assert_allclose(earlier.scores, [0.5, 0.45, 0.3], atol=0.01)
    np.testing.assert_array_equal(earlier.best(2), [[0.1], [0.2]])


def test_the_model_is_of_the_scores(earlier):
    space = make_space("reals")
    found = earlier.model(space).predict(space.encode(np.array([[0.3, 0.3], [0.9, 0.9]])))
    np.testing.assert_allclose(found, [0.0, -0.72], atol=0.1)


def test_best_comes_first_and_only_where_it_is_allowed(earlier):
    space = make_space("reals")
    optimizer = BayesOptimizer(space, earlier=[earlier])
    first = optimizer.ask()
    assert first.source == "start"
    np.testing.assert_allclose(first.point, earlier.best(1)[0])


def test_leads_the_way(earlier):
    def fourth(seed, **options):
        return max(map(smooth, run(BayesOptimizer(make_space("reals"), seed=seed, **options), 4)))

    cold = np.mean([fourth(seed) for seed in range(4)])
    assert np.mean([fourth(seed, earlier=[earlier]) for seed in range(4)]) > 0.2 * cold


def test_reproducible(earlier):
    a, b = (run(BayesOptimizer(make_space("reals"), earlier=[earlier]), 8) for _ in range(2))
    assert params_of(a) == params_of(b)
