"""All optimisers that ``sktune.optimizers`` exports pass one contract."""

from functools import partial

import numpy as np
import pytest

from sktune import optimizers
from sktune.optimizers import (
    BaseOptimizer,
    DescentOptimizer,
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
    if isinstance(item, type) and issubclass(item, BaseOptimizer)
    # A descent needs slopes and continuous ranges, which the contract has not: test_descent.py.
    if item not in (BaseOptimizer, DescentOptimizer)
]
# Hyperband with several rungs waits for them to fill, which ASHA does not.
MULTI_FIDELITY = {
    "FreezeThawOptimizer": partial(FreezeThawOptimizer, rungs=(1, 3, 9)),
    "HyperbandOptimizer, asha": partial(HyperbandOptimizer, rungs=(1, 3, 9), strategy="asha"),
    "HyperbandOptimizer, one rung": partial(HyperbandOptimizer, rungs=(4,)),
}
MAKERS = {cls.__name__: cls for cls in CLASSES if not issubclass(cls, MultiFidelityOptimizer)}
LEARNERS = {name: cls for name, cls in MAKERS.items() if cls is not RandomOptimizer}
LEARNERS["FreezeThawOptimizer, one rung"] = partial(FreezeThawOptimizer, rungs=(4,))
MAKERS |= MULTI_FIDELITY


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
