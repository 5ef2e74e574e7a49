"""What every optimiser of this package must do; run by ``tests/optimizers/test_contract.py``."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import loguniform, norm, randint, uniform
from sklearn.model_selection import ParameterGrid

from sktune._records import WAIT, Candidate, Done, Observation, StopReason
from sktune.exceptions import EmptySpaceError
from sktune.optimizers import BaseOptimizer, _base
from sktune.space import SearchSpace, _space, log_randint

SPACES: dict[str, Any] = {
    "none": {},
    "one real": {"x": uniform(0, 1)},
    "reals": {"x": uniform(-1, 2), "y": loguniform(1e-4, 1e2)},
    "integers": {"x": randint(1, 4), "y": log_randint(1, 1000)},
    "mixed": {
        "x": loguniform(1e-3, 1e3),
        "y": randint(0, 20),
        "k": ["a", None, True],
        "z": [0.1, 1.0, 10.0],
        "fixed": ["always"],
    },
    "categories": {"k": ["a", "b", "c"], "l": [None, True, False], "m": ["u", "v"]},
    "one category": {"k": ["a", "b", "c"]},
    "branches": [
        {"kind": ["a"], "x": uniform(0, 1)},
        {"kind": ["b"], "x": uniform(0, 1), "y": randint(0, 5)},
        {"kind": ["c"]},
    ],
    "finite branches": [{"kind": ["a"], "n": [1, 2, 3]}, {"kind": ["b", "a"], "n": [3, 4]}],
    "wide": {f"x{i}": uniform(0, 1) for i in range(50)},
}
EXHAUSTED = Done(StopReason.SPACE_EXHAUSTED)
SOURCES = {"start", "grid", "design", "model", "move", "random", "promotion"}


def make_space(name: str, constraint: Callable[..., bool] | None = None) -> SearchSpace:
    return SearchSpace.from_distributions(SPACES[name], constraint)


def observe(candidate: Candidate, score: float, status: Any = "complete") -> Observation:
    return Observation(candidate, {"score": np.full(2, float(score))}, status)


def smooth(candidate: Candidate) -> float:
    """Highest at 0.3 in each coordinate."""
    return -float(np.sum((np.array(candidate.point) - 0.3) ** 2))


def run(
    optimizer: BaseOptimizer,
    n_candidates: int,
    score: Callable[[Candidate], float] = smooth,
) -> list[Candidate]:
    """Ask and tell in turn until so many were suggested, or nothing more."""
    asked = []
    for i in range(n_candidates):
        candidate = optimizer.ask(progress=i / n_candidates)
        if not isinstance(candidate, Candidate):
            break
        asked.append(candidate)
        optimizer.tell(observe(candidate, score(candidate)))
    return asked


def params_of(candidates: list[Candidate]) -> list[dict[str, Any]]:
    return [candidate.params for candidate in candidates]


def begun(candidates: list[Candidate]) -> list[Candidate]:
    """Those with a setting of their own, not that of one which they train further."""
    return [candidate for candidate in candidates if candidate.parent is None]


class OptimizerContract:
    """Tests for the fixture ``make(space, **options)``, which gives a new optimiser.

    It may train settings further, but must not wait as long as there are new ones.
    """

    @pytest.mark.parametrize("name", list(SPACES))
    def test_candidates_lie_in_the_space_and_none_comes_twice(self, make, name):
        space = make_space(name)
        asked = run(make(space), 12)
        size = len(list(space.enumerate())) if space.size < 1e6 else np.inf
        assert len(asked) == 12 or len(begun(asked)) == size
        for place, candidate in enumerate(asked):
            assert candidate.id == place
            assert candidate.source in SOURCES
            point = np.array(candidate.point)
            assert space.inverse_transform(point) == [candidate.params]
            assert space.key(space.transform([candidate.params])[0]) == space.key(point)
            np.testing.assert_array_equal(space.snap(point)[0], point)
            assert space.branch_of(point[None])[0] == candidate.branch
        assert len({(space.key(c.point), c.resource) for c in asked}) == len(asked)
        new = begun(asked)
        assert len({space.key(candidate.point) for candidate in new}) == len(new)

    @pytest.mark.parametrize("name", ["none", "one category", "categories", "finite branches"])
    def test_exhausts_a_finite_space_exactly(self, make, name):
        space = make_space(name)
        optimizer = make(space)
        asked = begun(run(optimizer, 1000))
        everything = {space.key(point) for point in space.enumerate()}
        assert len(asked) == len(everything)
        assert {space.key(candidate.point) for candidate in asked} == everything
        assert optimizer.ask(progress=1.0) == EXHAUSTED

    def test_exhausts_a_finite_space_before_anything_is_told(self, make):
        optimizer = make(make_space("categories"))
        asked = [optimizer.ask(n_slots=18) for _ in range(18)]
        assert len({candidate.point for candidate in asked}) == 18
        # A setting may be worth more training once it is told of.
        may_go_on = optimizer.first_resource is not None and len(optimizer.rungs) > 1
        assert optimizer.ask() == (WAIT if may_go_on else EXHAUSTED)

    def test_starts_come_first_with_their_exact_values(self, make):
        starts = [{"x": 0.1 + 0.2, "y": 1 / 3}, {"x": -1, "y": 5e-3}, {"x": 0.1 + 0.2, "y": 1 / 3}]
        optimizer = make(make_space("reals"), starts=starts)
        asked = run(optimizer, 8)
        assert params_of(asked[:2]) == starts[:2]
        # -1 is taken as the float that the continuous range holds.
        assert [type(value) for value in asked[1].params.values()] == [float, float]
        assert [candidate.source == "start" for candidate in asked] == [True] * 2 + [False] * 6
        assert starts[0] not in params_of(begun(asked)[2:])

    def test_starts_beyond_what_is_suggested_are_all_tried(self, make):
        # They share a point, for a space is cut at two quantiles.
        space = SearchSpace.from_distributions({"x": uniform(0, 1), "y": norm()})
        values = [(0.0, 0.0), (1e-4, 0.0), (0.0, 50.0), (0.0, 60.0), (1, 0.0), (1.0, 0.0)]
        starts = [{"x": x, "y": y} for x, y in values]
        optimizer = make(space, starts=starts)
        asked = run(optimizer, 7)
        assert params_of(asked[:5]) == starts[:5]
        assert [candidate.source == "start" for candidate in asked] == [True] * 5 + [False] * 2

    @pytest.mark.parametrize("name", ["mixed", "branches", "categories", "finite branches"])
    def test_to_prepare_changes_no_suggestion(self, make, name):
        def search(prepare):
            optimizer, asked, running = make(make_space(name), seed=2), [], []
            for i in range(15):
                candidate = optimizer.ask(i / 15, n_slots=3)
                if not isinstance(candidate, Candidate):
                    break
                asked.append(candidate)
                running.append(candidate)
                prepare(optimizer)
                optimizer.tell(observe(candidate, smooth(candidate), "running"))
                # Each third is asked for before another is complete: what was prepared holds.
                if i % 3:
                    done = running.pop(0)
                    optimizer.tell(observe(done, smooth(done)))
                    if i % 2:
                        prepare(optimizer)
            return asked

        assert search(lambda optimizer: optimizer.prepare()) == search(lambda optimizer: None)

    def test_same_seed_same_candidates_whatever_happens_to_global_generators(self, make):
        space = make_space("mixed")
        first = run(make(space, seed=3), 12)
        # The legacy generator is what is at stake, so it is called here.
        np.random.seed(5)  # noqa: NPY002
        random.seed(5)
        before = np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
        second = run(make(space, seed=3), 12)
        assert first == second
        after = np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
        assert before == after

    def test_another_seed_other_candidates(self, make):
        space = make_space("reals")
        first, second = (params_of(run(make(space, seed=seed), 8)) for seed in (0, 1))
        assert not any(params in second for params in first)

    def test_pending_until_told(self, make):
        optimizer = make(make_space("mixed"))
        asked = [optimizer.ask(n_slots=4) for _ in range(4)]
        assert optimizer.pending == {candidate.id: candidate for candidate in asked}
        optimizer.tell(observe(asked[2], 1.0, "running"))
        assert list(optimizer.pending) == [0, 1, 2, 3]
        optimizer.tell(observe(asked[2], 1.0))
        optimizer.tell(observe(asked[0], np.nan, "failed"))
        assert list(optimizer.pending) == [1, 3]

    @pytest.mark.parametrize("name", ["reals", "mixed", "branches"])
    def test_many_pending_are_all_different(self, make, name):
        optimizer = make(make_space(name))
        waiting: list[Candidate] = []
        keys = set()
        for step in range(30):
            # Half of the budget: at its end all may wait for the one that can still be finished.
            waiting.append(optimizer.ask(progress=step / 60, n_slots=8))
            keys.add((optimizer.space.key(waiting[-1].point), waiting[-1].resource))
            if len(waiting) == 8:
                # Not in order: the pool returns what is ready first.
                candidate = waiting.pop(step % 8)
                optimizer.tell(observe(candidate, smooth(candidate)))
        assert len(keys) == 30
        assert len(optimizer.pending) == 7

    def test_tell_replaces_what_was_told(self, make):
        space = make_space("reals")
        corrected, straight = make(space), make(space)
        run(straight, 8)
        for step in range(8):
            candidate = corrected.ask(progress=step / 8)
            partial = {"score": np.array([5.0, np.nan])}
            corrected.tell(Observation(candidate, partial, "running"))
            corrected.tell(observe(candidate, 99.0))
            corrected.tell(observe(candidate, smooth(candidate)))
        np.testing.assert_array_equal(corrected.completed()[1], straight.completed()[1])
        assert len(corrected.observations) == 8
        assert params_of(corrected.completed()[0]) == params_of(straight.completed()[0])

    @pytest.mark.parametrize("name", ["reals", "mixed", "branches"])
    @pytest.mark.parametrize("failing", ["all", "first", "every other"])
    def test_failures_never_break_it(self, make, name, failing):
        optimizer = make(make_space(name))
        for step in range(16):
            candidate = optimizer.ask(progress=step / 16)
            assert isinstance(candidate, Candidate)
            fails = {"all": True, "first": step < 7, "every other": step % 2 == 0}[failing]
            if fails:
                optimizer.tell(observe(candidate, np.nan, "failed"))
            else:
                optimizer.tell(observe(candidate, smooth(candidate)))

    @pytest.mark.parametrize(
        "values", [[np.nan], [0.5], [-np.inf, 0.3, 0.7], [np.inf, 0.1], [-1e12, 0.5, 1e12]]
    )
    def test_odd_scores_never_break_it(self, make, values):
        asked = run(make(make_space("mixed")), 16, lambda c: values[c.id % len(values)])
        assert len(asked) == 16

    @pytest.mark.parametrize("n_before", [0, 3, 12])
    def test_pickled_it_goes_on_as_the_original(self, make, n_before):
        start = {"x": 1.5, "y": 7, "k": None, "z": 1.0, "fixed": "always"}
        original = make(make_space("mixed"), starts=[start])
        run(original, n_before)
        original.ask()
        copy = pickle.loads(pickle.dumps(original))
        assert copy.pending == original.pending
        assert run(copy, 6) == run(original, 6)

    @pytest.mark.parametrize("name", ["reals", "mixed", "branches"])
    def test_constraint_holds(self, make, name):
        def constraint(params):
            return params.get("x", 0) > 0.4

        asked = run(make(make_space(name, constraint)), 15)
        assert len(asked) == 15
        assert all(constraint(candidate.params) for candidate in asked)

    def test_constrained_finite_space_is_exhausted(self, make):
        space = make_space("categories", lambda params: params["k"] == "a" or params["m"] == "u")
        assert len(begun(run(make(space), 100))) == 12

    def test_constraint_that_allows_nothing_is_an_error(self, make):
        with pytest.raises(EmptySpaceError, match="constraint allowed none of"):
            make(make_space("reals", lambda params: False)).ask()

    def test_constraint_that_only_the_start_passes_ends_in_order(self, make):
        start = {"x": 0.25, "y": 1.0}
        space = make_space("reals", lambda params: params == start)
        optimizer = make(space, starts=[start])
        candidate = optimizer.ask()
        assert candidate.params == start
        assert optimizer.ask(n_slots=2) is WAIT  # the score may show where to look
        optimizer.tell(observe(candidate, 1.0))
        assert all(c.params == start for c in run(optimizer, 10))
        assert optimizer.ask(progress=0.5) == EXHAUSTED
        assert not optimizer.pending

    @pytest.mark.parametrize("max_size, n_expected", [(3000, 2), (2999, 1)])
    def test_what_no_draw_finds_is_looked_for(self, make, monkeypatch, max_size, n_expected):
        # One draw instead of 10,000, so that rare settings need not be rarer still.
        monkeypatch.setattr(_space, "MAX_DRAWS", 1)
        monkeypatch.setattr(_base, "MAX_LOOKED_THROUGH", max_size)
        rare = [{"x": 3, "y": 1000}, {"x": 3, "y": 998}]
        space = make_space("integers", lambda params: params in rare)
        assert space.size == 3000
        asked = run(make(space, starts=rare[:1]), 5)
        assert params_of(begun(asked)) == rare[:n_expected]

    def test_each_branch_is_visited_with_its_own_parameters(self, make):
        asked = run(make(make_space("branches")), 25)
        assert {candidate.branch for candidate in asked} == {0, 1, 2}
        names = [{"kind", "x"}, {"kind", "x", "y"}, {"kind"}]
        assert all(candidate.params.keys() == names[candidate.branch] for candidate in asked)

    @pytest.mark.parametrize("name", ["categories", "finite branches"])
    def test_whole_space_runs_in_the_order_of_parameter_grid(self, make, name):
        space = make_space(name)
        asked = begun(run(make(space, run_whole=True), 100))
        assert params_of(asked) == list(ParameterGrid(SPACES[name]))
        assert {candidate.source for candidate in asked} == {"grid"}

    def test_metric_is_the_one_that_is_maximised(self, make):
        optimizer = make(make_space("one real"), metric="second")
        candidate = optimizer.ask()
        scores = {"first": np.array([1.0, 1.0]), "second": np.array([0.2, 0.4])}
        optimizer.tell(Observation(candidate, scores, "complete"))
        assert optimizer.completed()[1] == pytest.approx([0.3])

    def test_only_the_objective_decides_what_failed(self, make):
        optimizer = make(make_space("one real"), metric="second")
        asked = [optimizer.ask() for _ in range(6)]
        told = [(np.nan, 0.3), (0.1, np.nan), (np.inf, 0.5), (0.1, -np.inf), (0.1, 0.2), (0.1, 0.4)]
        statuses = ["complete"] * 4 + ["failed", "running"]
        for candidate, (first, second), status in zip(asked, told, statuses, strict=True):
            scores = {"first": np.array([first, 0.1]), "second": np.array([second, 0.1])}
            optimizer.tell(Observation(candidate, scores, status))
        candidates, scores = optimizer.completed()
        assert candidates == [asked[0], asked[2]]
        assert scores == pytest.approx([0.2, 0.3])
        assert optimizer.failed() == [asked[1], asked[3], asked[4]]

    def test_nothing_that_is_told_or_given_changes(self, make):
        starts = [{"x": 0.5, "y": 1.0}]
        optimizer = make(make_space("reals"), starts=starts)
        candidate = optimizer.ask()
        scores = {"score": np.array([1.0, 2.0])}
        optimizer.tell(Observation(candidate, scores, "complete"))
        run(optimizer, 8)
        assert starts == [{"x": 0.5, "y": 1.0}]
        assert scores["score"].tolist() == [1.0, 2.0]
