"""``ParetoOptimizer``: what several scores add to the contract of all optimisers."""

import numpy as np
import pytest
from scipy.stats import uniform

from sktune._gp import hypervolume
from sktune.optimizers import Observation, ParetoOptimizer, RandomOptimizer
from sktune.optimizers._models._trade_off import Scalarised, reference_point
from sktune.space import SearchSpace
from tests.contracts.optimizer_contract import make_space

SPACE = SearchSpace.from_distributions({name: uniform(0, 1) for name in "xyz"})
NAMES = ["near", "far", "high", "low"]


def scores_of(candidate, n_scores):
    """Distances from two corners, and two more scores; the best trade-offs have z = 0."""
    x, y, z = (candidate.params[name] for name in "xyz")
    away = z + (y - 0.5) ** 2
    values = [-(x**2) - away, -((1 - x) ** 2) - away, y - z, -y - z]
    return dict(zip(NAMES[:n_scores], values[:n_scores], strict=True))


def run(optimizer, n_candidates, n_scores=2, noise=0.0, n_slots=1):
    rng, waiting = np.random.default_rng(0), []
    for i in range(n_candidates):
        waiting.append(optimizer.ask(i / n_candidates, n_slots))
        if len(waiting) == n_slots:
            candidate = waiting.pop(0)
            told = {
                name: score + noise * rng.standard_normal(3)
                for name, score in scores_of(candidate, n_scores).items()
            }
            optimizer.tell(Observation(candidate, told, "complete"))
    return [o.candidate for _, o in sorted(optimizer.observations.items())]


def volume(candidates, n_scores):
    points = [list(scores_of(candidate, n_scores).values()) for candidate in candidates]
    return hypervolume(points, np.full(n_scores, -1.5))


@pytest.mark.parametrize("n_scores", [2, 3, 4])
def test_dominates_more_than_random_search(n_scores):
    n = 20
    optimizer = ParetoOptimizer(SPACE, metrics=NAMES[:n_scores])
    ours = volume(run(optimizer, n, n_scores), n_scores)
    theirs = [volume(run(RandomOptimizer(SPACE, seed=s), n, n_scores), n_scores) for s in range(5)]
    assert ours > max(theirs)


def test_workers_side_by_side_spread():
    optimizer = ParetoOptimizer(SPACE, metrics=NAMES[:2])
    run(optimizer, 8)
    pending = [optimizer.ask(n_slots=4).params["x"] for _ in range(4)]
    assert min(abs(np.diff(sorted(pending)))) > 0.01


def test_thresholds_say_where_to_look():
    free = ParetoOptimizer(SPACE, metrics=NAMES[:2])
    bound = ParetoOptimizer(SPACE, metrics=NAMES[:2], thresholds={"near": -0.1})
    late = [np.mean([c.params["x"] < 0.35 for c in run(o, 20)[8:]]) for o in (free, bound)]
    assert late[1] > late[0]
    assert late[1] > 0.6


def test_a_threshold_that_nothing_reaches_leads_towards_it():
    optimizer = ParetoOptimizer(SPACE, metrics=NAMES[:2], thresholds={"near": 5.0})
    found = run(optimizer, 14)
    near = [scores_of(candidate, 2)["near"] for candidate in found]
    assert max(near[8:]) > max(near[:4])


def test_costs_are_modelled_by_their_ratios():
    # From a millisecond to an hour: without logarithms all but the slowest would look alike.
    def cost(candidate):
        return 10.0 ** (7 * candidate.params["x"] - 3)

    optimizer = ParetoOptimizer(SPACE, metrics=["score", "cost"], by_ratio={"cost"})
    for i in range(16):
        candidate = optimizer.ask(i / 16)
        told = {"score": np.array([candidate.params["x"]]), "cost": np.array([-cost(candidate)])}
        optimizer.tell(Observation(candidate, told, "complete"))
    costs = [cost(candidate) for candidate in optimizer.completed()[0]]
    counts, _ = np.histogram(np.log10(costs), bins=4, range=(-3, 4))
    assert (counts > 0).all()


def test_lucky_folds_do_not_make_the_front():
    # All settings are equal: the front of the scores is luck, that of the means is next to nothing.
    rng = np.random.default_rng(0)
    optimizer = ParetoOptimizer(SPACE, metrics=["a", "b"])
    for i in range(30):
        candidate = optimizer.ask(i / 30)
        told = {name: rng.normal(0, 1, 5) for name in "ab"}
        optimizer.tell(Observation(candidate, told, "complete"))
    means = np.array(
        [[o.split_scores[n].mean() for n in "ab"] for o in optimizer.observations.values()]
    )
    model = optimizer._model()
    spread = np.ptp(np.array([m.means for m in model.models]), axis=1)
    assert (spread < 0.7 * np.ptp(means, axis=0)).all()


@pytest.mark.parametrize("n_scores", [2, 4])
def test_a_score_that_is_missing_is_a_failure(n_scores):
    optimizer = ParetoOptimizer(SPACE, metrics=NAMES[:n_scores])
    for i in range(10):
        candidate = optimizer.ask(i / 10)
        told = {name: np.array([score]) for name, score in scores_of(candidate, n_scores).items()}
        if i % 2:
            told["far"] = np.array([np.nan])
        optimizer.tell(Observation(candidate, told, "complete"))
    told = optimizer._told()
    assert [c.id for c in told.candidates] == [0, 2, 4, 6, 8]
    assert [c.id for c in told.failed] == [1, 3, 5, 7, 9]


def test_dropped_candidates_count_with_what_was_run():
    optimizer = ParetoOptimizer(SPACE, metrics=["a", "b"])
    for i in range(4):
        folds = np.array([0.0, 1.0, 2.0]) + i  # each fold is one easier than the one before
        told = {"a": folds, "b": -folds}
        status = "complete"
        if i == 3:
            told, status = (
                {n: np.where([True, False, False], f, np.nan) for n, f in told.items()},
                "dropped",
            )
        optimizer.tell(Observation(optimizer.ask(), told, status))
    means = optimizer._told().means
    np.testing.assert_allclose(means[:, 0], [1.0, 2.0, 3.0, 4.0])


@pytest.mark.parametrize("metric", [None, "high"])
def test_predict_is_of_the_main_score(metric):
    for n_scores in (3, 4):
        optimizer = ParetoOptimizer(SPACE, metrics=NAMES[:n_scores], metric=metric)
        candidates = run(optimizer, 15, n_scores)
        mean, std = optimizer.predict([candidate.params for candidate in candidates])
        truth = [scores_of(candidate, n_scores)[metric or "near"] for candidate in candidates]
        np.testing.assert_allclose(mean, truth, atol=0.1)
        assert (std >= 0).all()
        assert isinstance(optimizer._model(), Scalarised) == (n_scores == 4)


def test_predictions_know_of_the_folds_overlap():
    n_scores, told = 4, []
    for ratio in (0.01, 4.0):
        optimizer = ParetoOptimizer(SPACE, metrics=NAMES[:n_scores], test_ratio=ratio)
        for i, point in enumerate(SPACE.sample(20, np.random.default_rng(0))):
            (params,) = SPACE.inverse_transform(point)
            candidate = optimizer.adopt(i, point, "random", params)
            noise = 0.1 * np.random.default_rng(i).standard_normal((n_scores, 3))
            pairs = zip(scores_of(candidate, n_scores).items(), noise, strict=True)
            scores = {name: score + added for (name, score), added in pairs}
            optimizer.tell(Observation(candidate, scores, "complete"))
        settings = [o.candidate.params for o in optimizer.observations.values()]
        told.append(optimizer.predict(settings))
    # Test rows that are many for the training rows: the folds' mean is worth less.
    assert told[1][1].mean() > 1.2 * told[0][1].mean()


def test_reference_lies_behind_the_front_and_the_lower_quarter():
    rng = np.random.default_rng(0)
    means = rng.random((40, 2))
    front = means[:3] + [[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]
    reference = reference_point(means, front)
    assert (reference < front.min(axis=0)).all()
    assert (reference < np.quantile(means, 0.25, axis=0)).all()
    assert (reference_point(np.ones((5, 2)), np.ones((1, 2))) < 1.0).all()


def test_no_bound_on_what_is_left_to_gain():
    optimizer = ParetoOptimizer(make_space("reals"))
    assert optimizer.remaining_gain() is None
