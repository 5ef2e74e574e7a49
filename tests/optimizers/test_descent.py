"""``DescentOptimizer``: from slopes that are reported to steps."""

import pickle

import numpy as np
import pytest
from scipy.stats import beta, loguniform, randint, uniform

from sktune.exceptions import InvalidSpaceError
from sktune.optimizers import WAIT, Candidate, DescentOptimizer, Done, Observation, StopReason
from sktune.optimizers._descent import BEGINNINGS
from sktune.optimizers._downhill import FIRST_STEP
from sktune.space import SearchSpace

SPACE = {"a": loguniform(1e-3, 1e3), "b": loguniform(1e-2, 1e4), "c": uniform(0, 1)}


def valley(params):
    """A bowl in the logarithms of a and b, and in c, with a floor of 1."""
    x, y, z = np.log(params["a"] / 20), np.log(params["b"] / 3), params["c"] - 0.3
    loss = 1 + x**2 / 20 + (y - x) ** 2 / 5 + 4 * z**2
    by_a = (x / 10 - 2 * (y - x) / 5) / params["a"]
    by_b = 2 * (y - x) / 5 / params["b"]
    return loss, {"a": by_a, "b": by_b, "c": 8 * z}


def tell(optimizer, candidate, function=valley, n_splits=2):
    found = function(candidate.params)
    report = {"": {"loss": None, "gradient": None}}
    loss = np.nan
    if found is not None:
        loss = found[0]
        report = {"": {"loss": found[0], "gradient": found[1]}}
    scores = {"score": np.full(n_splits, -loss if np.isfinite(loss) else -1e3)}
    optimizer.tell(Observation(candidate, scores, "complete", reports=(report,) * n_splits))
    return loss


def run(optimizer, function=valley, n=60):
    losses = []
    for i in range(n):
        candidate = optimizer.ask(i / n)
        if not isinstance(candidate, Candidate):
            assert candidate == Done(StopReason.CONVERGED)
            break
        losses.append(tell(optimizer, candidate, function))
    return losses


def make(space=None, **kwargs):
    return DescentOptimizer(SearchSpace.from_distributions(space or SPACE), **kwargs)


def test_it_comes_to_the_bottom_and_says_so():
    losses = run(make())
    assert min(losses) == pytest.approx(1.0, abs=1e-3)
    assert len(losses) <= 25


@pytest.mark.parametrize(
    "start", [{"a": 1e-2, "b": 1e3, "c": 0.9}, {"a": 900, "b": 0.02, "c": 0.0}]
)
def test_it_begins_at_a_start(start):
    optimizer = make(starts=[start])
    losses = run(optimizer)
    assert optimizer.observations[0].candidate.params == start
    assert min(losses) == pytest.approx(1.0, abs=1e-3)


def test_what_is_fixed_first_moves_last():
    optimizer = make(fixed_first={"c": 0.5, "a": 1.0})
    losses = run(optimizer)
    candidates = [o.candidate for o in optimizer.observations.values()]
    is_shared = [optimizer.is_shared(candidate) for candidate in candidates]
    n_shared = is_shared.index(False)
    assert 2 <= n_shared <= 8
    assert not any(is_shared[n_shared:])
    for candidate in candidates[:n_shared]:
        assert candidate.params["c"] == 0.5
        assert candidate.params["a"] == pytest.approx(1.0)
    assert min(losses) == pytest.approx(1.0, abs=1e-3)


def test_one_candidate_at_a_time():
    optimizer = make()
    candidate = optimizer.ask(n_slots=4)
    assert optimizer.ask(n_slots=4) is WAIT
    tell(optimizer, candidate)
    assert isinstance(optimizer.ask(n_slots=4), Candidate)


def test_starts_go_side_by_side():
    starts = [{"a": float(a), "b": 1.0, "c": 0.5} for a in (1, 2, 15)]
    optimizer = make(starts=starts)
    asked = [optimizer.ask() for _ in range(3)]
    assert optimizer.ask() is WAIT
    for candidate in asked:
        tell(optimizer, candidate)
    following = optimizer.ask()
    # The first step from the best of them, which is the last.
    distances = [np.linalg.norm(np.subtract(following.point, c.point)) for c in asked]
    assert distances[2] == pytest.approx(FIRST_STEP)
    assert not any(np.isclose(distances[:2], FIRST_STEP, atol=1e-3))


@pytest.mark.parametrize("wall", [1.0, 5.0, 19.0])
def test_where_nothing_can_be_computed_steps_are_halved(wall):
    def walled(params):
        return valley(params) if params["a"] < wall else None

    optimizer = make(starts=[{"a": 0.5, "b": 0.05, "c": 0.9}])
    losses = run(optimizer, walled)
    assert np.isnan(losses).any()
    ends = np.array([o.candidate.params["a"] for o in optimizer.observations.values()])
    best = ends[int(np.nanargmin(losses))]
    assert 0.2 * wall < best < wall


def test_a_step_back_is_half_of_the_step():
    def walled(params):
        return (params["c"] + 1, {"c": 1.0}) if params["c"] > 0.45 else None

    optimizer = make({"c": uniform(0, 1)})
    run(optimizer, walled, 3)
    units = [o.candidate.point[0] for o in optimizer.observations.values()]
    assert units[:2] == pytest.approx([0.5, 0.3])
    assert units[2] == pytest.approx(0.4, abs=1e-3)


def test_where_it_begins_elsewhere():
    def right_half(params):
        return valley(params) if params["c"] > 0.6 else None

    losses = run(make(), right_half)
    assert np.isnan(losses[:2]).all()
    assert np.isfinite(losses[2])


def test_without_any_slope_it_ends():
    losses = run(make(), lambda params: None)
    assert len(losses) == len(BEGINNINGS)


def test_a_start_at_an_end_does_not_block_it():
    def falls(params):
        return 5 - params["a"], {"a": -1.0}

    optimizer = make({"a": uniform(0, 1)}, starts=[{"a": 1.0}])
    run(optimizer, falls, 12)
    values = [o.candidate.params["a"] for o in optimizer.observations.values()]
    assert values[0] == 1.0
    assert max(values[1:]) > 0.98
    assert len(values) <= 5


def cliff(params):
    """Flat where an L1 penalty would leave no coefficient; the lowest is at 0.05."""
    if params["c"] > 0.2:
        return 1.0, {"c": 0.0}
    return 0.5 + 20 * (params["c"] - 0.05) ** 2, {"c": 40 * (params["c"] - 0.05)}


@pytest.mark.parametrize("starts", [(), ({"c": 0.9},)])
def test_where_it_is_flat_it_begins_elsewhere(starts):
    losses = run(make({"c": uniform(0, 1)}, starts=starts), cliff)
    assert min(losses) == pytest.approx(0.5, abs=1e-3)
    assert len(losses) <= len(starts) + 9


def test_where_all_is_flat_it_ends():
    assert run(make({"c": uniform(0, 1)}), lambda p: (1.0, {"c": 1e-9})) == [1.0] * len(BEGINNINGS)


@pytest.mark.parametrize("status", ["failed", "dropped"])
def test_what_is_not_complete_has_no_slope(status):
    optimizer = make()
    candidate = optimizer.ask()
    report = {"": {"loss": 1.0, "gradient": {"a": 0.0, "b": 0.0, "c": 0.0}}}
    scores = {"score": np.array([np.nan, 1.0])}
    optimizer.tell(Observation(candidate, scores, status, reports=(report, report)))
    assert optimizer.slope(candidate) is None


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none(bad):
    def function(params):
        loss, gradient = valley(params)
        return (bad, gradient) if params["c"] < 0.2 else (loss, {**gradient, "a": gradient["a"]})

    assert np.nanmin(np.abs(run(make(), function))) == pytest.approx(1.0, abs=1e-2)


def test_slopes_are_those_of_the_point():
    optimizer = make({"a": loguniform(1e-3, 1e3), "b": beta(2, 3), "c": uniform(2, 5)})
    candidate = optimizer.ask()

    def loss(point):
        (params,) = optimizer.space.inverse_transform(point)
        return np.log(params["a"]) ** 2 + params["b"] ** 3 + params["c"] * params["b"]

    def function(params):
        by_b = 3 * params["b"] ** 2 + params["c"]
        by_a = 2 * np.log(params["a"]) / params["a"]
        return loss(np.array(candidate.point)), {"a": by_a, "b": by_b, "c": params["b"]}

    candidate = Candidate(0, *replace(optimizer, [0.3, 0.6, 0.8]))
    tell(optimizer, candidate, function)
    found = optimizer.slope(candidate).slope
    step = 1e-4 * np.eye(3)
    point = np.array(candidate.point)
    expected = [(loss(point + e) - loss(point - e)) / 2e-4 for e in step]
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def replace(optimizer, point):
    (params,) = optimizer.space.inverse_transform(point)
    return params, tuple(point), 0, "move"


def test_bounds_hold_and_end_the_path():
    optimizer = make({"c": uniform(0, 1)})
    run(optimizer, lambda params: (2 - params["c"], {"c": -1.0}))
    last = list(optimizer.observations.values())[-1].candidate
    assert last.point == (1.0,)


@pytest.mark.parametrize("n_before", [0, 1, 4])
def test_pickled_it_goes_on_as_the_original(n_before):
    original = make(fixed_first={"c": 0.5})
    run(original, n=n_before)
    copy = pickle.loads(pickle.dumps(original))
    assert run(copy, n=5) == run(original, n=5)
    points = [[o.candidate.point for o in opt.observations.values()] for opt in (copy, original)]
    assert points[0] == points[1]


@pytest.mark.parametrize(
    "space",
    [
        {"a": randint(1, 9)} | {"b": ["x", "y"]},
        {"a": uniform(), "b": randint(1, 9)},
        [{"a": uniform()}, {"b": uniform()}],
    ],
)
def test_spaces_without_a_way_down(space):
    with pytest.raises(InvalidSpaceError, match="one dict of continuous ranges"):
        make(space)


def test_a_space_without_parameters():
    optimizer = make({"a": [1]})
    (candidate,) = [optimizer.ask()]
    tell(optimizer, candidate, lambda params: (1.0, {}))
    assert isinstance(optimizer.ask(), Done)
