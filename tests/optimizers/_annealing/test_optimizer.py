"""Tests of ``AnnealingOptimizer``; the contract has the rest."""

import numpy as np
import pytest
from scipy.stats import loguniform, uniform

from sktune._records import Observation
from sktune.optimizers import AnnealingOptimizer
from sktune.optimizers._annealing import _score_map
from sktune.optimizers._annealing._optimizer import N_DESIGN, acceptance
from sktune.optimizers._annealing._schedule import Schedule
from sktune.optimizers._annealing._score_map import N_SPREADS
from sktune.space import SearchSpace
from tests.contracts.optimizer_contract import make_space, observe, run, smooth


def space_of(**distributions):
    return SearchSpace.from_distributions(distributions)


def sources_of(candidates):
    return [candidate.source for candidate in candidates]


# -- the schedule ---------------------------------------------------------------------------


def test_heat_falls_from_one_to_cooling_with_progress():
    optimizer = AnnealingOptimizer(make_space("reals"), cooling=0.01)
    run(optimizer, 1)
    optimizer._schedule = Schedule(optimizer.cooling, 0.0)
    heats = [optimizer.heat(progress) for progress in (0.0, 0.5, 1.0)]
    assert heats == pytest.approx([1.0, 0.1, 0.01])
    assert optimizer.heat(2.0) == optimizer.heat(1.0)
    assert optimizer.heat(-1.0) == 1.0


def test_the_first_design_does_not_cool():
    optimizer = AnnealingOptimizer(make_space("reals"))
    run(optimizer, 20)
    # Four of twenty are the design, a fifth of the budget.
    assert optimizer.heat(4 / 20) == 1.0
    assert optimizer.heat(1.0) == pytest.approx(optimizer.cooling)


def test_without_cooling_it_stays_hot():
    optimizer = AnnealingOptimizer(make_space("reals"), cooling=1.0)
    run(optimizer, 12)
    assert {optimizer.heat(progress) for progress in (0.0, 0.3, 1.0)} == {1.0}


@pytest.mark.parametrize("n_iter, n_design", [(1, 1), (5, 1), (10, 2), (25, 5), (100, N_DESIGN)])
def test_design_takes_at_most_a_fifth_of_the_budget(n_iter, n_design):
    asked = run(AnnealingOptimizer(make_space("reals")), n_iter)
    assert sources_of(asked) == ["design"] * n_design + ["move"] * (n_iter - n_design)


def test_moves_shrink_with_progress():
    def median_step(progress):
        steps = []
        for seed in range(10):
            optimizer = AnnealingOptimizer(make_space("reals"), seed=seed)
            run(optimizer, 10)
            optimizer._schedule = Schedule(optimizer.cooling, 0.0)
            best = optimizer.observations[optimizer._score_map.best].candidate.point
            moved = optimizer.ask(progress=progress).point
            steps.append(np.abs(np.subtract(moved, best)).max())
        return np.median(steps)

    assert median_step(1.0) < 0.3 * median_step(0.0)


# -- acceptance -----------------------------------------------------------------------------


def test_acceptance_is_the_rule_of_metropolis():
    assert acceptance(0.0, 0.5) == 1.0
    assert acceptance(3.0, 0.5) == 1.0
    assert acceptance(-1.0, 0.5) == pytest.approx(np.exp(-2.0))
    assert acceptance(-1.0, 1e-300) == 0.0


def test_noisy_gains_are_accepted_as_often_as_they_would_be_without_noise():
    # Detailed balance, which the penalty keeps exactly: up and down by 1 at temperature 2, both
    # gains known with the same noise, must be in the ratio of exp(1 / 2).
    noises = 1.5 * np.random.default_rng(0).standard_normal(200_000)
    up, down = (
        np.mean([acceptance(gain + noise, 2.0, 1.5**2) for noise in noises]) for gain in (1, -1)
    )
    assert up / down == pytest.approx(np.exp(0.5), rel=0.01)
    plain = [np.mean([acceptance(g + n, 2.0) for n in noises]) for g in (1, -1)]
    assert abs(plain[0] / plain[1] - np.exp(0.5)) > 0.1


def tell_folds(optimizer, mean, spread=0.0, rng=None, n=1, progress=0.5):
    """Ask and tell: scores of five folds with effects of their own and noise of their own."""
    effects = np.array([-20.0, -10.0, 0.0, 10.0, 20.0])
    for _ in range(n):
        candidate = optimizer.ask(progress)
        noise = spread * rng.standard_normal(5) if spread else np.zeros(5)
        score = mean(candidate) + effects + noise - noise.mean()
        optimizer.tell(Observation(candidate, {"score": score}, "complete"))
    return candidate


def test_effects_of_the_folds_are_no_noise():
    quiet, noisy = (AnnealingOptimizer(make_space("reals")) for _ in range(2))
    tell_folds(quiet, smooth, n=40)
    tell_folds(noisy, smooth, 0.3, np.random.default_rng(0), n=40)
    quiet.ask(), noisy.ask()
    assert quiet._score_map.error == 0.0
    # Of the mean of five folds, the training sets overlapping: 1/5 + 1/4.
    assert noisy._score_map.error == pytest.approx(0.3 * np.sqrt(0.45), rel=0.15)


@pytest.mark.slow
def test_a_gain_within_the_noise_rarely_moves_a_cold_chain():
    def accepted(spread):
        n_accepted = 0
        for seed in range(40):
            rng = np.random.default_rng(seed)
            optimizer = AnnealingOptimizer(make_space("reals"), seed=seed, initial_temperature=0.1)
            tell_folds(optimizer, smooth, spread, rng, n=20)
            assert optimizer.moves
            top = optimizer._score_map.scores[optimizer._chains[0]]
            move = tell_folds(optimizer, lambda _, top=top: top + 1e-6, spread, rng)
            n_accepted += optimizer.moves[move.id].is_accepted
        return n_accepted

    assert accepted(0.0) == 40
    assert accepted(0.5) < 20


@pytest.mark.parametrize("loss", [0.0, 0.5, 2.0])
def test_a_chain_takes_a_worse_place_as_often_as_the_rule_says(loss):
    n_runs, n_accepted = 300, 0
    for seed in range(n_runs):
        optimizer = AnnealingOptimizer(space_of(x=uniform(0, 1)), seed=seed, cooling=1.0)
        optimizer.tell(observe(optimizer.ask(0.0), 0.0))
        optimizer.tell(observe(optimizer.ask(0.0), 1.0))
        move = optimizer.ask(0.5)
        assert move.source == "move"
        # Of 0, 1 and this one the 40 % and 90 % quantiles are the upper two, or the lower.
        optimizer.tell(observe(move, 1.0 - loss))
        optimizer.ask(0.5)
        spread = optimizer._score_map.spread
        n_accepted += optimizer._chains[0] == move.id
    expected = np.exp(-loss / spread)
    # Three standard errors of a share of 300.
    assert n_accepted / n_runs == pytest.approx(expected, abs=3 * np.sqrt(0.25 / n_runs))


def test_failed_moves_are_rejected_and_count_as_the_worst():
    optimizer = AnnealingOptimizer(make_space("reals"))
    run(optimizer, 10)
    candidate = optimizer.ask(0.9)
    place = list(optimizer._chains)
    before, _ = optimizer._score_map.look(np.array([candidate.point]))
    optimizer.tell(observe(candidate, 99.0, "failed"))
    optimizer.ask(0.9)
    assert optimizer._chains == place
    assert -np.inf in optimizer._score_map._values[:11]
    height, novelty = optimizer._score_map.look(np.array([candidate.point]))
    assert -N_SPREADS <= height < before - 1
    assert novelty == pytest.approx([0.0])


def test_order_of_a_burst_of_results_does_not_matter():
    first, second = (AnnealingOptimizer(make_space("mixed")) for _ in range(2))
    for optimizer, order in ((first, range(6)), (second, reversed(range(6)))):
        run(optimizer, 10)
        waiting = [optimizer.ask(0.5, 6) for _ in range(6)]
        for i in order:
            optimizer.tell(observe(waiting[i], smooth(waiting[i])))
    assert first.ask(0.6) == second.ask(0.6)


# -- expected scores --------------------------------------------------------------------------


def test_expected_scores_are_the_scores_unless_the_folds_are_noisy():
    quiet, noisy = (AnnealingOptimizer(make_space("reals")) for _ in range(2))
    rng = np.random.default_rng(0)
    tell_folds(quiet, smooth, n=30)
    tell_folds(noisy, smooth, 0.5, rng, n=30)
    failed = noisy.ask(0.9)
    noisy.tell(observe(failed, np.nan, "failed"))
    for optimizer in (quiet, noisy):
        candidates = [o.candidate for o in optimizer.observations.values()]
        mean, std = optimizer.expected_scores(candidates)
        told = np.array([smooth(c) for c in candidates])
        if optimizer is quiet:
            assert mean == pytest.approx(told)
        else:
            assert np.isnan([mean[-1], std[-1]]).all()
            # Averaged: the highest is lower, and more sure than a score by itself.
            assert mean[:-1].max() < told.max()
            assert (std[:-1] < noisy._score_map.error).all()


# -- the moves that were made ---------------------------------------------------------------


def test_moves_remember_where_they_came_from_and_what_became_of_them():
    optimizer = AnnealingOptimizer(make_space("mixed"), n_chains=2)
    asked = run(optimizer, 30)
    waiting = optimizer.ask(0.9)
    moves = optimizer.moves
    assert set(moves) == {c.id for c in [*asked, waiting] if c.source == "move"}
    assert moves[waiting.id].is_accepted is None
    is_ordered = np.array([d.is_ordered for d in optimizer.space.dimensions])
    for candidate in asked:
        if candidate.id in moves:
            move = moves[candidate.id]
            assert move.is_accepted in (True, False)
            start, end = np.array(asked[move.base].point), np.array(candidate.point)
            apart = np.where(is_ordered, np.abs(start - end), start != end)
            assert move.length == pytest.approx(np.sqrt(np.mean(apart**2)))
    cold = [moves[c.id].temperature for c in asked if c.id in moves and not moves[c.id].chain]
    assert cold == sorted(cold, reverse=True)


# -- chains, budgets, cost ------------------------------------------------------------------


def test_hotter_chains_cool_less():
    optimizer = AnnealingOptimizer(make_space("reals"), n_chains=4, cooling=0.01)
    run(optimizer, 10)
    heats = [optimizer.heat(1.0, chain) for chain in range(4)]
    assert heats == pytest.approx([0.01, 0.01**0.75, 0.1, 0.01**0.25])


def test_several_chains_stand_at_several_places():
    optimizer = AnnealingOptimizer(make_space("reals"), n_chains=3)
    run(optimizer, 60)
    assert len(optimizer._chains) == 3
    assert len(set(optimizer._chains)) > 1


def test_chains_exchange_places_when_the_hot_one_stands_higher():
    optimizer = AnnealingOptimizer(make_space("reals"), n_chains=2, initial_temperature=1e-6)
    run(optimizer, 20)
    scores = optimizer._score_map.scores
    low, high = (pick(scores, key=scores.get) for pick in (min, max))
    for places in ([low, high], [high, low]):
        optimizer._chains = places.copy()
        optimizer._begin_or_swap(0, 1.0, np.random.default_rng(0))
        # The other way round the loss is far too large for the temperature.
        assert optimizer._chains == [high, low]


def test_chains_of_one_temperature_exchange_freely():
    optimizer = AnnealingOptimizer(make_space("reals"), n_chains=2, cooling=1.0)
    run(optimizer, 20)
    optimizer._chains = [0, 1]
    optimizer._begin_or_swap(0, 1.0, np.random.default_rng(0))
    assert optimizer._chains == [1, 0]


def test_pending_points_keep_moves_apart():
    def nearest(is_remembered):
        found = []
        for seed in range(10):
            optimizer = AnnealingOptimizer(make_space("reals"), seed=seed)
            run(optimizer, 20)
            if not is_remembered:
                optimizer._score_map.add = lambda *_: None
            points = np.array([optimizer.ask(0.5, 8).point for _ in range(8)])
            distances = np.linalg.norm(points[:, None] - points[None], axis=2) + 9 * np.eye(8)
            found.append(distances.min(axis=1).mean())
        return np.mean(found)

    assert nearest(True) > 1.5 * nearest(False)


@pytest.mark.parametrize("progresses", [[0.0], [1.0], [0.9, 0.1], [0.0, 0.0, 1.0]])
def test_progress_may_take_any_course(progresses):
    optimizer = AnnealingOptimizer(make_space("mixed"))
    for i in range(20):
        candidate = optimizer.ask(progresses[i % len(progresses)])
        optimizer.tell(observe(candidate, smooth(candidate)))


def test_nothing_told_yet_gives_more_of_the_design():
    optimizer = AnnealingOptimizer(make_space("reals"))
    asked = [optimizer.ask(progress=0.7, n_slots=30) for _ in range(30)]
    assert sources_of(asked) == ["design"] * 30


@pytest.mark.parametrize("scale, shift", [(1e-6, 0.0), (1e6, -3.0), (1.0, 1e4)])
def test_unit_and_origin_of_the_score_do_not_matter(scale, shift):
    space = make_space("reals")
    expected = run(AnnealingOptimizer(space), 20)
    # Powers of two and few digits would be exact; these agree to rounding.
    scaled = run(AnnealingOptimizer(space), 20, lambda c: scale * smooth(c) + shift)
    np.testing.assert_allclose([c.point for c in scaled], [c.point for c in expected], atol=1e-6)


def test_the_cost_of_a_suggestion_does_not_grow(monkeypatch):
    # Not the clock: rows that are looked at, whatever the number of candidates.
    space = SearchSpace.from_distributions({f"x{i}": loguniform(1e-3, 1) for i in range(5)})
    optimizer = AnnealingOptimizer(space)
    monkeypatch.setattr(type(optimizer), "completed", None)
    sizes = []
    distances = _score_map._squared_distances

    def counted(a, b):
        sizes.append(len(b))
        return distances(a, b)

    monkeypatch.setattr(_score_map, "_squared_distances", counted)
    for i in range(700):
        candidate = optimizer.ask(i / 700)
        optimizer.tell(Observation(candidate, {"s": np.array([smooth(candidate)])}, "complete"))
    assert max(sizes) == _score_map.N_REMEMBERED
    # The map and the length of the move, now and then a wider round or the spacing.
    assert len(sizes) < 4 * 700
