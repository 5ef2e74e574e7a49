"""What is ``BayesOptimizer``'s own; the contract of all optimisers is in test_contract.py."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scipy.stats import uniform

from sktune._gp import GaussianProcess
from sktune._records import Observation
from sktune.optimizers import BayesOptimizer
from sktune.optimizers._models import _subset, _surrogate
from sktune.space import SearchSpace
from tests.contracts.optimizer_contract import make_space, observe, params_of, run, smooth


@pytest.fixture
def fits(monkeypatch):
    """Arguments of all fits: list of (X, y, theta_start)."""
    calls = []
    original = GaussianProcess.fit

    def fit(self, X, y, theta_start=None, noise=0.0, **more):
        calls.append((np.array(X), np.array(y), theta_start))
        return original(self, X, y, theta_start, noise, **more)

    monkeypatch.setattr(GaussianProcess, "fit", fit)
    return calls


@pytest.mark.parametrize(
    "options, expected",
    [
        ({}, ["design"] * 3 + ["model"] * 4),
        ({"n_initial_points": 5}, ["design"] * 5 + ["model"] * 2),
        ({"starts": [{"x": 0.1}, {"x": 0.2}]}, ["start"] * 2 + ["design"] * 3 + ["model"] * 2),
        (
            {"starts": [{"x": i / 9} for i in range(3)], "n_initial_points": 1},
            ["start"] * 3 + ["design"] + ["model"] * 3,
        ),
        ({"starts": [{"x": i / 9} for i in range(6)]}, ["start"] * 6 + ["design"]),
    ],
)
def test_starts_then_design_then_model(options, expected):
    asked = run(BayesOptimizer(make_space("one real"), **options), 7)
    assert [candidate.source for candidate in asked] == expected


def test_nothing_is_prepared_before_the_design_is_over():
    optimizer = BayesOptimizer(make_space("one real"), starts=[{"x": 0.1}, {"x": 0.2}])
    plain = BayesOptimizer(make_space("one real"), starts=[{"x": 0.1}, {"x": 0.2}])
    for _ in range(7):
        optimizer.prepare()
        candidate = optimizer.ask()
        assert candidate == plain.ask()
        for one in (optimizer, plain):
            one.tell(observe(candidate, -((candidate.params["x"] - 0.3) ** 2)))


@pytest.mark.parametrize("n_initial_points", [0, -1, 2.5, "many", None])
def test_size_of_the_first_design_is_checked(n_initial_points):
    with pytest.raises(ValueError, match="n_initial_points must be"):
        BayesOptimizer(make_space("one real"), n_initial_points=n_initial_points)


def test_design_goes_on_until_two_are_complete():
    optimizer = BayesOptimizer(make_space("reals"), n_initial_points=3)
    sources = []
    for step in range(10):
        candidate = optimizer.ask()
        sources.append(candidate.source)
        status = "complete" if step in (2, 7) else "failed"
        optimizer.tell(observe(candidate, 0.5 if status == "complete" else np.nan, status))
    assert sources == ["design"] * 8 + ["model"] * 2


@pytest.fixture
def maximized(monkeypatch):
    """Numbers of candidates that were pending at each search for the acquisition's maximum."""
    calls = []
    plain = _surrogate.Surrogate.improvement

    def improvement(self, pending, rng):
        calls.append(len(pending := list(pending)))
        return plain(self, pending, rng)

    monkeypatch.setattr(_surrogate.Surrogate, "improvement", improvement)
    return calls


def test_what_was_prepared_is_suggested_unless_something_was_told(fits, maximized):
    optimizer = BayesOptimizer(make_space("reals"))
    run(optimizer, 6)
    running = optimizer.ask()
    n_fits, n_maximized = len(fits), len(maximized)
    optimizer.prepare()
    optimizer.prepare()
    optimizer.tell(observe(running, 0.5, "running"))
    optimizer.ask()
    assert (len(fits), len(maximized)) == (n_fits, n_maximized + 1)
    optimizer.prepare()
    optimizer.tell(observe(running, 0.5))
    optimizer.ask()
    assert maximized[n_maximized:] == [1, 2, 1]
    assert len(fits) == n_fits + 1


def test_nothing_is_prepared_before_there_is_a_model(fits):
    optimizer = BayesOptimizer(make_space("reals"), starts=[{"x": 0.0, "y": 1.0}])
    for _ in range(5):
        optimizer.prepare()
        candidate = optimizer.ask()
    assert not fits
    assert candidate.source == "design"


def test_a_burst_of_results_costs_one_fit(fits):
    optimizer = BayesOptimizer(make_space("reals"))
    asked = [optimizer.ask() for _ in range(8)]
    assert {candidate.source for candidate in asked} == {"design"}
    for candidate in asked:
        optimizer.tell(observe(candidate, smooth(candidate)))
    assert fits == []
    for _ in range(3):
        optimizer.ask()
    assert len(fits) == 1
    assert len(fits[0][1]) == 8


def test_a_fit_starts_from_the_last_one(fits):
    optimizer = BayesOptimizer(make_space("reals"))
    run(optimizer, 7)
    assert fits[0][2] is None
    last = optimizer._surrogate.scores.theta
    optimizer.ask()
    assert fits[-1][2] is last


def test_model_never_sees_a_score_that_was_not_told(fits):
    optimizer = BayesOptimizer(make_space("mixed"))
    told = []
    for step in range(20):
        candidate = optimizer.ask()
        if step % 4 == 1:
            # error_score fills the table with a number: it is not a score.
            optimizer.tell(observe(candidate, -1000.0, "failed"))
        elif step % 4 == 3:
            optimizer.tell(observe(candidate, np.nan))
        else:
            told.append(smooth(candidate))
            optimizer.tell(observe(candidate, told[-1]))
    labels = [y for _, y, _ in fits if set(y) <= {0.0, 1.0}]
    scores = [y for _, y, _ in fits if not set(y) <= {0.0, 1.0}]
    # Bad scores may be drawn in, to the others.
    assert all(min(told) <= min(y) and max(y) <= max(told) for y in scores)
    assert set(scores[0]) <= set(told)
    # As many zeros as have failed: one in two.
    assert sum(labels[-1] == 0) == pytest.approx(len(labels[-1]) / 2, abs=1)


def test_keeps_away_from_what_fails():
    # The best scores would be where fits fail, for one choice whatever the numbers.
    optimizer = BayesOptimizer(make_space("mixed"), seed=1)
    n_failed = 0
    for _ in range(30):
        candidate = optimizer.ask()
        if candidate.params["k"] is None:
            n_failed += 1
            optimizer.tell(observe(candidate, np.nan, "failed"))
        else:
            optimizer.tell(observe(candidate, smooth(candidate)))
    assert n_failed <= 8


def test_pending_points_repel(fits, monkeypatch):
    def nearest_two(seed):
        optimizer = BayesOptimizer(make_space("reals"), seed=seed)
        run(optimizer, 8, lambda c: np.sin(7 * c.point[0]) + np.cos(6 * c.point[1]))
        n_fits = len(fits)
        pending = [optimizer.ask().point for _ in range(4)]
        assert len(fits) == n_fits + 1
        return pdist(pending).min()

    assert np.median([nearest_two(seed) for seed in range(4)]) > 0.02
    # The maximum stays where it is if the model does not know that it is being looked at.
    plain = _surrogate.Surrogate.improvement
    monkeypatch.setattr(
        _surrogate.Surrogate, "improvement", lambda self, _, rng: plain(self, [], rng)
    )
    assert np.median([nearest_two(seed) for seed in range(4)]) < 0.002


def test_unit_and_level_of_the_scores_do_not_matter():
    # Powers of two, so that rounding is almost the same.
    space = make_space("reals")
    plain = run(BayesOptimizer(space), 12)
    scaled = run(BayesOptimizer(space), 12, lambda candidate: 1024 * smooth(candidate))
    np.testing.assert_allclose(
        [c.point for c in scaled], [c.point for c in plain], rtol=0, atol=1e-4
    )


def test_equal_scores_are_explored_evenly():
    points = [c.point for c in run(BayesOptimizer(make_space("reals")), 20, lambda c: 1.0)]
    counts, *_ = np.histogram2d(*np.transpose(points), bins=2, range=[[0, 1], [0, 1]])
    assert counts.min() >= 3


def test_finds_the_best_of_many_categories_in_few_steps():
    # 18 settings with additive effects: 10 suffice to know the best.
    effects = {"k": {"a": 0.0, "b": 1.0, "c": 0.3}, "l": {None: 0.5, True: 0, False: 0.2}}

    def score(candidate):
        params = candidate.params
        return effects["k"][params["k"]] + effects["l"][params["l"]] + 0.1 * (params["m"] == "u")

    for seed in range(3):
        asked = run(BayesOptimizer(make_space("categories"), seed=seed), 12, score)
        assert {"k": "b", "l": None, "m": "u"} in params_of(asked)


@pytest.mark.slow
def test_the_incumbent_under_noise_is_the_model_s_not_the_luckiest():
    by_model, by_luck = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        optimizer = BayesOptimizer(make_space("reals"), seed=seed)
        for _ in range(30):
            candidate = optimizer.ask()
            scores = smooth(candidate) + 0.3 * rng.standard_normal(5)
            optimizer.tell(Observation(candidate, {"score": scores}, "complete"))
        candidates, scores = optimizer.completed()
        by_luck.append(smooth(candidates[np.argmax(scores)]))
        by_model.append(smooth(candidates[np.argmax(optimizer.expected_scores(candidates)[0])]))
        assert optimizer._surrogate.best < scores.max()
    # The standard error of a mean score is 0.13; both lie within it of the maximum, 0.
    assert np.mean(by_model) > -0.1
    assert np.mean(by_luck) > -0.1


@pytest.mark.slow
@pytest.mark.parametrize("n_splits", [1, 5])
@pytest.mark.parametrize("n_workers", [1, 3])
def test_what_is_known_is_not_asked_again(n_splits, n_workers):
    """On a plateau whose folds differ by more than its slope, as scores of classifiers have it."""
    phases = np.random.default_rng(0).uniform(0, 6, (n_splits, 2))

    def scores_of(params):
        x = np.array([params["x"], params["y"]])
        plateau = -0.2 * np.sum(np.maximum(np.abs(x - 0.4) - 0.2, 0.0) ** 2)
        return plateau + 0.004 * np.sin(60 * x + phases).sum(axis=1).round(1)

    space = SearchSpace.from_distributions({"x": uniform(0, 1), "y": uniform(0, 1)})
    for seed in range(3):
        optimizer = BayesOptimizer(space, seed=seed)
        points, waiting = [], []
        for _ in range(45):
            waiting.append(optimizer.ask())
            points.append(waiting[-1].point)
            if len(waiting) == n_workers:
                candidate = waiting.pop(0)
                scores = {"score": scores_of(candidate.params)}
                optimizer.tell(Observation(candidate, scores, "complete"))
        nearest = [
            np.abs(points[i] - np.array(points[:i])).max(axis=1).min() for i in range(20, 45)
        ]
        assert np.mean(np.array(nearest) < 0.003) < 0.25


def test_noise_of_the_folds_is_told(fits, monkeypatch):
    noises = []
    fit = GaussianProcess.fit

    def spy(self, X, y, theta_start=None, noise=0.0, **more):
        noises.append(np.broadcast_to(noise, np.shape(y)))
        return fit(self, X, y, theta_start, noise, **more)

    monkeypatch.setattr(GaussianProcess, "fit", spy)
    rng = np.random.default_rng(0)
    optimizer = BayesOptimizer(make_space("reals"))
    for step in range(20):
        candidate = optimizer.ask()
        scores = smooth(candidate) + 0.3 * rng.standard_normal(5) + np.arange(5)
        if step % 2:
            scores[2:] = np.nan
        status = "dropped" if step % 2 else "complete"
        optimizer.tell(Observation(candidate, {"score": scores}, status))
    assert 0 < noises[-1][0] < 0.3**2
    assert noises[-1][1] > noises[-1][0]  # two folds of five


def test_predict_answers_in_score_units_and_leaves_no_trace():
    space = make_space("reals")
    optimizer, twin = BayesOptimizer(space), BayesOptimizer(space)
    with pytest.raises(ValueError, match="at least one complete"):
        optimizer.predict([{"x": 0.0, "y": 1.0}])
    for _ in range(15):
        candidate = optimizer.ask()
        assert candidate == twin.ask()
        for each in (optimizer, twin):
            each.tell(observe(candidate, 50 + 10 * smooth(candidate)))
        optimizer.predict([candidate.params])
    new = space.inverse_transform([[0.3, 0.35], [0.9, 0.9]])
    mean, std = optimizer.predict(new)
    truth = np.array([50 - 10 * 0.05**2, 50 - 10 * 2 * 0.6**2])
    assert mean[0] == pytest.approx(truth[0], abs=0.1)
    # Far from the best, where it was once or never, it is rough.
    assert truth[1] - 3 < mean[1] < mean[0] - 2
    assert std.shape == (2,)
    assert std[0] < std[1]


def test_memory_is_bounded(fits, monkeypatch):
    for module in (_subset, _surrogate):
        monkeypatch.setattr(module, "MAX_OBSERVATIONS", 10)
    optimizer = BayesOptimizer(make_space("reals"))
    for step in range(30):
        candidate = optimizer.ask()
        failed = step % 2 == 1
        optimizer.tell(observe(candidate, smooth(candidate), "failed" if failed else "complete"))
    assert max(len(y) for _, y, _ in fits) == 20  # 10 complete and 10 failed, for the labels
    scores = optimizer.completed()[1]
    assert scores.max() in fits[-2][1]


def test_one_disaster_does_not_hide_what_is_good():
    def cliff(candidate):
        return smooth(candidate) - (1e9 if candidate.point[0] > 0.7 else 0.0)

    asked = run(BayesOptimizer(make_space("reals")), 25, cliff)
    assert max(map(cliff, asked)) > -1e-3


@pytest.mark.slow
def test_many_dimensions():
    # 50 dimensions of which two matter: better than as many random points.
    space = make_space("wide")

    def score(candidate):
        return -((candidate.params["x7"] - 0.4) ** 2) - (candidate.params["x31"] - 0.8) ** 2

    asked = run(BayesOptimizer(space), 40, score)
    at_random = np.random.default_rng(0).random((40, 1000, 2)) - [0.4, 0.8]
    assert max(map(score, asked)) > np.median(-np.sum(at_random**2, axis=2).min(axis=0))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_remaining_gain_is_a_bound_that_falls(seed):
    optimizer = BayesOptimizer(make_space("reals"), seed=seed)
    run(optimizer, 19)
    assert optimizer.remaining_gain() is None
    gains, gaps = [], []
    for _ in range(20):
        run(optimizer, 1)
        gains.append(optimizer.remaining_gain())
        gaps.append(0 - max(optimizer.completed()[1]))  # the top is 0
    assert all(gain >= gap for gain, gap in zip(gains, gaps, strict=True))
    assert gains[-1] < 0.01  # of scores that span 0.5 and more


def test_asking_for_the_gain_changes_no_suggestion():
    quiet, asked = (BayesOptimizer(make_space("mixed"), seed=1) for _ in range(2))
    for _ in range(26):
        run(quiet, 1)
        asked.remaining_gain()
        run(asked, 1)
    assert params_of([o.candidate for o in asked.observations.values()]) == params_of(
        [o.candidate for o in quiet.observations.values()]
    )


def test_a_running_candidate_makes_no_fit(fits):
    optimizer = BayesOptimizer(make_space("reals"))
    run(optimizer, 8)
    optimizer.ask()
    n_fits = len(fits)
    observation = observe(optimizer.ask(), 0.5)
    optimizer.tell(replace(observation, status="running"))
    optimizer.ask()
    assert len(fits) == n_fits
    optimizer.tell(observation)
    optimizer.ask()
    assert len(fits) == n_fits + 1


def test_scales_are_fitted_anew_with_a_tenth_more_scores(monkeypatch):
    kept = []
    fit = GaussianProcess.fit

    def spy(self, X, y, *args, keep_scales=False):
        kept.append((len(y), keep_scales))
        return fit(self, X, y, *args, keep_scales=keep_scales)

    monkeypatch.setattr(GaussianProcess, "fit", spy)
    run(BayesOptimizer(make_space("reals")), 41)
    assert len(kept) == 38
    anew = [n for n, is_kept in kept if not is_kept]
    assert anew[:8] == [3, 4, 5, 6, 7, 8, 9, 10]
    assert anew[8:] == [11, 13, 15, 17, 19, 21, 24, 27, 30, 33, 37]
