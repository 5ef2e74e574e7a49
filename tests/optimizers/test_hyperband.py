"""ASHA, halving and Hyperband against the worked examples of their papers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import uniform

from sktune._records import WAIT, Candidate, Done, StopReason
from sktune.optimizers import HyperbandOptimizer
from sktune.optimizers._hyperband import make_brackets, share
from sktune.space import SearchSpace
from tests.contracts.optimizer_contract import make_space, observe, run

SPACE = SearchSpace.from_distributions({"x": uniform(0, 1)})
STRATEGIES = ["asha", "halving", "hyperband"]
R81 = (1, 3, 9, 27, 81)


def by_x(candidate):
    return candidate.params["x"]


def resources(candidates):
    return [candidate.resource for candidate in candidates]


def test_brackets_are_those_of_the_table_of_li_et_al_2018():
    """R = 81, eta = 3: n_i and r_i of brackets s = 4 to 0."""
    brackets = make_brackets(5, 3, "hyperband")
    table = [
        [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
        [(27, 3), (9, 9), (3, 27), (1, 81)],
        [(9, 9), (3, 27), (1, 81)],
        [(6, 27), (2, 81)],
        [(5, 81)],
    ]
    found = [list(zip(b.sizes(3, 5), R81[b.first_rung :], strict=True)) for b in brackets]
    assert found == table
    assert make_brackets(5, 3, "halving") == brackets[:1]


def test_hyperband_runs_its_table():
    optimizer = HyperbandOptimizer(SPACE, rungs=R81, factor=3, strategy="hyperband")
    n_all = sum(sum(b.sizes(3, 5)) for b in make_brackets(5, 3, "hyperband"))
    asked = run(optimizer, n_all + 81, by_x)
    expected = [1] * 81 + [3] * 27 + [9] * 9 + [27] * 3 + [81]
    expected += [3] * 27 + [9] * 9 + [27] * 3 + [81] + [9] * 9 + [27] * 3 + [81]
    expected += [27] * 6 + [81] * 2 + [81] * 5 + [1] * 81
    assert resources(asked) == expected


@pytest.mark.parametrize("strategy", ["halving", "hyperband"])
def test_only_the_best_of_a_full_rung_go_on(strategy):
    optimizer = HyperbandOptimizer(SPACE, rungs=(1, 3, 9), strategy=strategy)
    asked = run(optimizer, 13, by_x)
    assert resources(asked) == [1] * 9 + [3] * 3 + [9]
    best = sorted(asked[:9], key=by_x, reverse=True)[:3]
    assert [c.parent for c in asked[9:12]] == [c.id for c in best]
    assert by_x(asked[12]) == by_x(best[0])


def test_asha_promotes_as_algorithm_2_of_li_et_al_2020():
    """n = 9, r = 1, R = 9, eta = 3: one third of a rung goes on, and needs no full rung."""
    optimizer = HyperbandOptimizer(SPACE, rungs=(1, 3, 9), strategy="asha")
    asked = run(optimizer, 13, lambda c: -c.id if c.parent is None else -c.parent)
    assert resources(asked) == [1, 1, 1, 3, 1, 1, 1, 3, 1, 1, 1, 3, 9]
    assert [c.parent for c in asked if c.parent is not None] == [0, 1, 2, 3]


def test_asha_promotes_each_new_best_at_once():
    optimizer = HyperbandOptimizer(SPACE, rungs=(1, 3, 9), strategy="asha")
    asked = run(optimizer, 9, lambda c: c.id)
    assert resources(asked) == [1, 1, 1, 3, 1, 3, 1, 3, 9]


def test_asha_goes_from_the_highest_rung_down_and_takes_each_setting_once():
    optimizer = HyperbandOptimizer(SPACE, rungs=(1, 3, 9), strategy="asha")
    asked = run(optimizer, 150, by_x)
    parents = [c.parent for c in asked if c.parent is not None]
    assert len(parents) == len(set(parents))
    for rung, next_rung in [(1, 3), (3, 9)]:
        n_lower, n_upper = (resources(asked).count(r) for r in (rung, next_rung))
        # Who was among the best once stays promoted when better ones come, so there may be more.
        assert n_lower // 3 <= n_upper <= n_lower / 2
    for i, candidate in enumerate(asked):
        if candidate.parent is not None:
            peers = [c for c in asked[:i] if c.resource == asked[candidate.parent].resource]
            rank = sorted(map(by_x, peers), reverse=True).index(by_x(candidate))
            assert rank < len(peers) // 3


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_who_failed_is_never_trained_on(strategy):
    optimizer = HyperbandOptimizer(SPACE, rungs=(1, 3, 9), strategy=strategy)
    failed = set()
    for i in range(60):
        candidate = optimizer.ask(i / 60)
        assert candidate.parent not in failed
        # The best fails, on the first rung or the second.
        if by_x(candidate) > 0.8 and candidate.resource <= 3:
            failed.add(candidate.id)
            optimizer.tell(observe(candidate, np.nan, ["failed", "complete"][i % 2]))
        else:
            optimizer.tell(observe(candidate, by_x(candidate)))
    assert len(failed) > 3
    assert any(c.resource == 9 for c in optimizer.completed()[0])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_where_all_fail_new_settings_come(strategy):
    optimizer = HyperbandOptimizer(SPACE, rungs=(1, 3, 9), strategy=strategy)
    for i in range(40):
        candidate = optimizer.ask(i / 40)
        assert candidate.parent is None
        optimizer.tell(observe(candidate, np.nan, "failed"))


@settings(max_examples=60)
@given(
    strategy=st.sampled_from(STRATEGIES),
    rungs=st.sampled_from([(1,), (2, 5), (1, 3, 9), (1, 2, 3, 4)]),
    factor=st.sampled_from([1.5, 2, 3, 10]),
    name=st.sampled_from(["none", "reals", "one category", "categories"]),
    n_workers=st.integers(1, 9),
    n_starts=st.integers(0, 2),
    data=st.data(),
)
def test_waiting_is_no_dead_end(strategy, rungs, factor, name, n_workers, n_starts, data):
    """Whatever comes back in what order: it waits only while something runs that it waits for."""
    space = make_space(name)
    starts = space.inverse_transform(space.sample(n_starts, np.random.default_rng(0)))
    optimizer = HyperbandOptimizer(
        space, rungs=rungs, factor=factor, strategy=strategy, starts=starts
    )
    running = []
    for step in range(60):
        answer = optimizer.ask(step / 60, n_workers) if len(running) < n_workers else None
        if isinstance(answer, Candidate):
            running.append(answer)
            continue
        if isinstance(answer, Done):
            assert answer.reason is StopReason.SPACE_EXHAUSTED
            assert np.isfinite(space.size)
            break
        assert running, "waits for nothing"
        candidate = running.pop(data.draw(st.integers(0, len(running) - 1)))
        fails = data.draw(st.integers(0, 4)) == 0
        told = observe(candidate, np.nan if fails else step % 7, "failed" if fails else "complete")
        optimizer.tell(told)
    for trial in optimizer.trials():
        assert trial.resource in rungs


@pytest.mark.parametrize("strategy", ["halving", "hyperband"])
def test_workers_do_not_change_what_is_tried(strategy):
    def tried(n_workers):
        optimizer = HyperbandOptimizer(SPACE, rungs=(1, 3, 9), strategy=strategy)
        asked, running = [], []
        while len(asked) < 45:
            answer = optimizer.ask(0.0, n_workers)
            if isinstance(answer, Candidate):
                asked.append(answer)
                running.append(answer)
            if answer is WAIT or len(running) == n_workers:
                # The last first: ranks must not depend on who comes back when.
                candidate = running.pop()
                optimizer.tell(observe(candidate, by_x(candidate)))
        return [(c.params["x"], c.resource) for c in asked]

    assert tried(1) == tried(4) == tried(20)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_with_one_rung_all_are_fully_trained(strategy):
    optimizer = HyperbandOptimizer(SPACE, rungs=(7,), strategy=strategy)
    asked = [optimizer.ask(n_slots=20) for _ in range(20)]
    assert resources(asked) == [7] * 20
    assert all(candidate.parent is None for candidate in asked)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("name", ["none", "one category", "categories"])
@pytest.mark.parametrize("run_whole", [False, True])
def test_a_small_space_ends_with_a_fully_trained_setting(strategy, name, run_whole):
    optimizer = HyperbandOptimizer(
        make_space(name), rungs=(1, 3, 9, 27), strategy=strategy, run_whole=run_whole
    )
    asked = run(optimizer, 1000, lambda c: c.id if c.parent is None else 1000 + c.id)
    assert 27 in resources(asked)
    assert optimizer.ask() == Done(StopReason.SPACE_EXHAUSTED)


@pytest.mark.parametrize("strategy", ["halving", "hyperband"])
def test_given_settings_are_in_the_first_bracket(strategy):
    starts = [{"x": i / 20} for i in range(12)]
    optimizer = HyperbandOptimizer(SPACE, rungs=(1, 3, 9), strategy=strategy, starts=starts)
    asked = run(optimizer, 18, by_x)
    # 12 in place of 9, of which 4 and then 1 go on.
    assert resources(asked)[:17] == [1] * 12 + [3] * 4 + [9]
    assert [by_x(c) for c in asked[12:16]] == [0.55, 0.5, 0.45, 0.4]


def test_equal_scores_go_on_in_order_of_suggestion():
    optimizer = HyperbandOptimizer(SPACE, rungs=(1, 3, 9), strategy="halving")
    asked = run(optimizer, 12, lambda c: 0.5)
    assert [c.parent for c in asked[9:]] == [0, 1, 2]


def test_shares_are_exact_where_floats_are_not():
    assert [share(n, 1.1) for n in (11, 22, 33)] == [10, 20, 30]
    assert [share(n, 3) for n in range(7)] == [0, 0, 0, 1, 1, 1, 2]


@pytest.mark.parametrize("factor", [1, 0.5, -3, np.nan, np.inf])
def test_factor_is_checked(factor):
    with pytest.raises(ValueError, match="factor must be a number above 1, got"):
        HyperbandOptimizer(SPACE, rungs=(1, 3), factor=factor)


def test_strategy_and_rungs_are_checked():
    with pytest.raises(ValueError, match="strategy must be 'asha', 'halving' or 'hyperband', got"):
        HyperbandOptimizer(SPACE, rungs=(1, 3), strategy="model")
    with pytest.raises(ValueError, match="rungs must be strictly increasing"):
        HyperbandOptimizer(SPACE, rungs=(3, 1))
