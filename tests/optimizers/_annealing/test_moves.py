"""Random moves in a mixed space."""

import numpy as np
import pytest
from scipy.stats import randint, t, uniform

from sktune.optimizers._annealing._moves import Mover, reflect, student_2
from sktune.space import SearchSpace, log_randint
from tests.contracts.optimizer_contract import make_space


def space_of(**distributions):
    return SearchSpace.from_distributions(distributions)


def test_reflect_folds_at_the_walls():
    points = np.array([-0.2, 0.0, 0.3, 1.0, 1.2, 2.1, -1.5, 7.25])
    np.testing.assert_allclose(reflect(points), [0.2, 0, 0.3, 1, 0.8, 0.1, 0.5, 0.75])


@pytest.mark.parametrize("name", ["one real", "integers", "mixed", "categories", "branches"])
@pytest.mark.parametrize(("width", "least"), [(1e-6, 1.0), (0.3, 0.9), (10.0, 0.6)])
def test_moves_are_canonical_and_few_end_where_they_began(name, width, least):
    space = make_space(name)
    rng = np.random.default_rng(0)
    n_moved = 0
    for base in space.sample(20, rng):
        points = Mover(space).draw(base, width, 0.3, 25, rng)
        assert points.shape == (25, space.n_dims)
        np.testing.assert_array_equal(space.snap(points), points)
        n_moved += np.any(points != base, axis=1).sum()
    # Of long steps in a short list, some are reflected to where they began.
    assert least <= n_moved / (20 * 25) <= 1.0


@pytest.mark.parametrize("values", [randint(0, 9), log_randint(1, 100), [1, 2, 4, 8, 16]])
def test_the_narrowest_move_of_an_ordered_parameter_is_one_step(values):
    space = space_of(x=values)
    grid = np.sort(space.dimensions[0].grid())
    rng = np.random.default_rng(0)
    for place in (0, 2, len(grid) - 1):
        points = Mover(space).draw(grid[[place]], 1e-9, 1.0, 40, rng)[:, 0]
        # At a wall the step goes back inside.
        neighbours = {place - 1, place + 1} & set(range(len(grid)))
        assert set(np.searchsorted(grid, points).tolist()) == neighbours


def test_categories_switch_to_each_other_choice():
    space = space_of(k=["a", "b", "c", "d"])
    (base,) = space.transform([{"k": "b"}])
    points = Mover(space).draw(base, 0.01, 1.0, 100, np.random.default_rng(0))
    assert {p["k"] for p in space.inverse_transform(points)} == {"a", "c", "d"}


def test_a_jump_to_another_branch_draws_its_own_parameters_afresh():
    space = SearchSpace.from_distributions(
        [{"kind": ["a"], "x": uniform(0, 1)}, {"kind": ["b"], "y": uniform(0, 1)}]
    )
    (base,) = space.transform([{"kind": "a", "x": 0.25}])
    points = Mover(space).draw(base, 1e-9, 0.5, 400, np.random.default_rng(0))
    settings = space.inverse_transform(points)
    fresh = [setting["y"] for setting in settings if setting["kind"] == "b"]
    assert len(fresh) > 50
    assert np.quantile(fresh, [0.1, 0.9]) == pytest.approx([0.1, 0.9], abs=0.12)
    assert all(abs(s["x"] - 0.25) < 1e-6 for s in settings if s["kind"] == "a")


def test_steps_follow_students_t():
    # Its quantiles with 2 degrees of freedom, from scipy.
    shares = np.array([0.0, 0.01, 0.2, 0.5, 0.75, 0.999])
    assert student_2(shares[1:]) == pytest.approx(t(2).ppf(shares[1:]))
    assert np.isfinite(student_2(shares)).all()


def test_share_sets_how_many_parameters_move():
    space = make_space("wide")
    base = np.full(50, 0.5)
    for share in (0.1, 0.7):
        points = Mover(space).draw(base, 0.1, share, 200, np.random.default_rng(0))
        assert (points != base).mean() == pytest.approx(share, abs=0.04)
