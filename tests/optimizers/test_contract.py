"""All optimisers that ``sktune.optimizers`` exports pass one contract."""

from functools import partial

import numpy as np
import pytest

from sktune import optimizers
from sktune.optimizers import (
    BaseOptimizer,
    FreezeThawOptimizer,
    HyperbandOptimizer,
    RandomOptimizer,
)
from sktune.optimizers._multi_fidelity import MultiFidelityOptimizer
from tests.contracts.optimizer_contract import OptimizerContract, make_space, run, smooth

PUBLIC = [getattr(optimizers, name) for name in optimizers.__all__]
CLASSES = [
    item
    for item in PUBLIC
    if isinstance(item, type) and issubclass(item, BaseOptimizer) and item is not BaseOptimizer
]
RUNGS = {"one rung": (4,), "three rungs": (1, 3, 9)}
MULTI_FIDELITY = {
    f"{cls.__name__}, {name}": partial(cls, rungs=rungs)
    for cls in (FreezeThawOptimizer, HyperbandOptimizer)
    for name, rungs in RUNGS.items()
}
# Hyperband with three rungs waits for them to fill, which this strategy does not.
MULTI_FIDELITY["HyperbandOptimizer, three rungs"].keywords["strategy"] = "asha"
MAKERS = {cls.__name__: cls for cls in CLASSES if not issubclass(cls, MultiFidelityOptimizer)}
MAKERS |= MULTI_FIDELITY
LEARNERS = {
    name: make
    for name, make in MAKERS.items()
    if not name.startswith(("RandomO", "HyperbandO")) and not name.endswith("three rungs")
}


@pytest.fixture(params=MAKERS.values(), ids=MAKERS)
def make(request):
    return request.param


class TestContract(OptimizerContract):
    pass


def test_all_public_optimizers_are_tested():
    assert {getattr(make, "func", make) for make in MAKERS.values()} == set(CLASSES)


@pytest.mark.slow
@pytest.mark.parametrize("cls", LEARNERS.values(), ids=LEARNERS)
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
