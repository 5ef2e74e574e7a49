"""All optimisers that ``sktune.optimizers`` exports pass one contract."""

from functools import partial

import numpy as np
import pytest

from sktune import optimizers
from sktune.optimizers import BaseOptimizer, RandomOptimizer
from tests.contracts.optimizer_contract import OptimizerContract, make_space, run, smooth

PUBLIC = [getattr(optimizers, name) for name in optimizers.__all__]
CLASSES = [
    item
    for item in PUBLIC
    if isinstance(item, type) and issubclass(item, BaseOptimizer) and item is not BaseOptimizer
]
LEARNERS = [cls for cls in CLASSES if cls is not RandomOptimizer]


@pytest.fixture(params=CLASSES, ids=lambda cls: cls.__name__)
def make(request):
    return partial(request.param)


class TestContract(OptimizerContract):
    pass


@pytest.mark.slow
@pytest.mark.parametrize("cls", LEARNERS)
@pytest.mark.parametrize("name", ["reals", "mixed"])
def test_beats_random_search_on_a_smooth_function(cls, name):
    # Distance of the best of 25 to the top, mean of four seeds: at most half of random's.
    space = make_space(name)
    finite = [d.grid() for d in space.dimensions if np.isfinite(d.n_values)]
    top = -sum(np.min((grid - 0.3) ** 2) for grid in finite)

    def regret(cls):
        return np.mean([top - max(map(smooth, run(cls(space, seed=s), 25))) for s in range(4)])

    assert regret(cls) < 0.5 * regret(RandomOptimizer)


def test_without_a_model_the_scores_are_what_to_expect():
    optimizer = RandomOptimizer(make_space("reals"))
    candidates = run(optimizer, 3)
    candidates.append(optimizer.ask())
    mean, std = optimizer.expected_scores(candidates)
    np.testing.assert_array_equal(mean, [*map(smooth, candidates[:3]), np.nan])
    assert np.isnan(std).all()
