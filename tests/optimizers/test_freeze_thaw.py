import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import uniform

from sktune._engine import Budget, EvaluationEngine
from sktune._engine.executors._local import InlineExecutor
from sktune._records import Candidate, Done, StopReason
from sktune.optimizers import FreezeThawOptimizer
from sktune.optimizers._models._surrogate import points_of
from sktune.space import SearchSpace
from tests.contracts.executor_contract import make_result
from tests.contracts.optimizer_contract import begun, make_space, observe, run, smooth

SPACE = SearchSpace.from_distributions({"x": uniform(0, 1), "y": uniform(0, 1)})
RUNGS = (1, 3, 9)


def curve(candidate):
    return smooth(candidate) - 1 / candidate.resource


def steps(optimizer, n_steps):
    """Ask and tell so often, without a budget."""
    asked = []
    for _ in range(n_steps):
        asked.append(optimizer.ask())
        optimizer.tell(observe(asked[-1], curve(asked[-1])))
    return asked


def resources(candidates):
    return [candidate.resource for candidate in candidates]


def test_the_design_gets_the_first_rung_and_then_the_model_decides():
    asked = run(FreezeThawOptimizer(SPACE, rungs=RUNGS), 40, curve)
    assert [c.source for c in asked[:15]] == ["design"] * 15
    assert resources(asked[:15]) == [1] * 15
    assert {c.source for c in asked[15:]} == {"model", "promotion"}
    for candidate in asked[15:]:
        if candidate.parent is None:
            assert candidate.resource == 1
        else:
            lower = asked[candidate.parent]
            assert candidate.params == lower.params
            assert candidate.resource == RUNGS[RUNGS.index(lower.resource) + 1]


def test_training_goes_where_the_scores_are_best():
    asked = run(FreezeThawOptimizer(SPACE, rungs=RUNGS), 40, curve)
    full = [candidate for candidate in asked if candidate.resource == 9]
    assert 1 <= len(full) <= 20
    ranks = np.argsort(np.argsort([-smooth(c) for c in begun(asked)]))
    trained = {c.point for c in full}
    mean_rank = np.mean([r for r, c in zip(ranks, begun(asked), strict=True) if c.point in trained])
    assert mean_rank < len(ranks) / 3
    assert max(map(smooth, full)) > -0.01


@pytest.mark.parametrize("seed", range(4))
def test_where_early_scores_tell_nothing_the_model_learns_of_full_trainings_alone(seed):
    """With noise on all rungs but the last settings are trained on, and the best is found."""
    noise = np.random.default_rng(seed)

    def score(candidate):
        return smooth(candidate) if candidate.resource == 9 else float(noise.normal())

    asked = run(FreezeThawOptimizer(SPACE, rungs=RUNGS, seed=seed), 80, score)
    full = [candidate for candidate in asked if candidate.resource == 9]
    assert len(full) >= 0.25 * len(begun(asked))
    assert max(map(smooth, full)) > -1e-3


def test_same_seed_same_search_also_from_a_pickle():
    one, other = (FreezeThawOptimizer(SPACE, rungs=RUNGS, seed=3) for _ in range(2))
    first = steps(one, 25)
    assert steps(other, 15) == first[:15]
    other = pickle.loads(pickle.dumps(other))
    assert steps(other, 10) == first[15:]


@pytest.mark.parametrize("status", ["failed", "complete"])
def test_who_failed_is_never_trained_on(status):
    optimizer = FreezeThawOptimizer(SPACE, rungs=RUNGS)
    failed = set()
    for i in range(25):
        candidate = optimizer.ask(i / 25)
        assert candidate.parent not in failed
        if candidate.point[0] < 0.4 and candidate.resource == 1 + 2 * (i % 2):
            failed.add(candidate.id)
            optimizer.tell(observe(candidate, np.nan, status))
        else:
            optimizer.tell(observe(candidate, curve(candidate)))
    assert len(failed) > 2


def test_with_one_rung_it_trains_all_fully():
    asked = run(FreezeThawOptimizer(SPACE, rungs=(7,)), 15, curve)
    assert resources(asked) == [7] * 15
    assert begun(asked) == asked


@pytest.mark.parametrize("name", ["none", "one category", "categories"])
@pytest.mark.parametrize("run_whole", [False, True])
def test_a_small_space_is_trained_to_the_end(name, run_whole):
    space = make_space(name)
    optimizer = FreezeThawOptimizer(space, rungs=RUNGS, run_whole=run_whole)
    asked = run(optimizer, 1000, curve)
    assert resources(asked).count(9) == len(list(space.enumerate()))
    assert optimizer.ask() == Done(StopReason.SPACE_EXHAUSTED)


@settings(max_examples=8)
@given(
    name=st.sampled_from(["reals", "one category", "categories"]),
    n_workers=st.integers(2, 9),
    data=st.data(),
)
def test_no_worker_waits_as_long_as_anything_is_left(name, n_workers, data):
    space = make_space(name)
    optimizer = FreezeThawOptimizer(space, rungs=RUNGS, n_initial_points=3)
    running = []
    for _ in range(25):
        # Without a share of the budget: at its end a worker may wait for the most promising.
        answer = optimizer.ask(0.0, n_workers) if len(running) < n_workers else None
        if isinstance(answer, Candidate):
            running.append(answer)
            continue
        if isinstance(answer, Done):
            break
        is_used_up = len({trial.root.point for trial in optimizer.trials()}) == space.size
        assert len(running) == n_workers or (running and is_used_up)
        candidate = running.pop(data.draw(st.integers(0, len(running) - 1)))
        fails = data.draw(st.integers(0, 4)) == 0
        status = "failed" if fails else "complete"
        optimizer.tell(observe(candidate, np.nan if fails else curve(candidate), status))


def test_the_budget_counts_what_is_newly_trained():
    optimizer = FreezeThawOptimizer(SPACE, rungs=RUNGS, n_initial_points=3)
    engine = EvaluationEngine(InlineExecutor(), 2, Budget(60))
    history = engine.run(optimizer, lambda task: make_result(task, curve(task.candidate)))
    trained = [
        c.resource - (history.candidates[c.parent].resource if c.parent is not None else 0)
        for c in history.candidates
    ]
    assert 60 <= sum(trained) < 60 + 9


def test_expected_scores_are_those_of_the_resource_that_was_had():
    optimizer = FreezeThawOptimizer(SPACE, rungs=RUNGS)
    asked = run(optimizer, 30, curve)
    optimizer.tell(observe(asked[0], np.nan, "failed"))
    mean, std = optimizer.expected_scores(asked)
    assert np.isnan(mean[0])
    assert np.isnan(std[0])
    assert np.abs(mean[1:] - [curve(c) for c in asked[1:]]).max() < 0.15
    assert (std[1:] > 0).all()


def test_expected_scores_do_not_change_the_search():
    one, other = (FreezeThawOptimizer(SPACE, rungs=RUNGS) for _ in range(2))
    again = []
    for _ in range(18):
        again += steps(other, 1)
        other.expected_scores(again)
    assert again == steps(one, 18)


def test_without_a_score_nothing_is_expected_but_what_was_told():
    optimizer = FreezeThawOptimizer(SPACE, rungs=RUNGS)
    candidate = optimizer.ask()
    assert np.isnan(optimizer.expected_scores([candidate])[0]).all()
    assert len(optimizer.expected_scores([])[0]) == 0


@pytest.mark.parametrize("n_initial_points", [0, -1, 2.5, "auto", None])
def test_the_design_is_checked(n_initial_points):
    with pytest.raises(ValueError, match="n_initial_points must be an integer from 1 up, got"):
        FreezeThawOptimizer(SPACE, rungs=RUNGS, n_initial_points=n_initial_points)


@pytest.mark.parametrize("goes_on, n_units", [(True, 42), (True, 90), (False, 24), (False, 90)])
def test_the_end_of_the_budget_goes_to_what_can_still_be_fully_trained(goes_on, n_units):
    optimizer = FreezeThawOptimizer(SPACE, rungs=RUNGS, goes_on=goes_on)
    asked, used, n_decided = [], 0, 0
    while used < n_units:
        left = n_units - used
        paused = {t.last.id: t for t in optimizer.trials() if t.is_paused(9)}
        in_reach = [i for i, t in paused.items() if optimizer._left_to_pay(t.resource) <= left]
        candidate = optimizer.ask(used / n_units)
        if len(asked) >= 10 and in_reach and left < optimizer._left_to_pay(0):
            assert candidate.parent in in_reach
            n_decided += 1
        asked.append(candidate)
        trained = asked[candidate.parent].resource if candidate.parent is not None else 0
        used += candidate.resource - (trained if goes_on else 0)
        optimizer.tell(observe(candidate, curve(candidate)))
    assert n_decided or n_units == 90
    assert 9 in resources(asked)


@pytest.mark.parametrize("goes_on, left", [(True, [9, 8, 6, 0]), (False, [13, 12, 9, 0])])
def test_what_is_left_to_pay(goes_on, left):
    optimizer = FreezeThawOptimizer(SPACE, rungs=RUNGS, goes_on=goes_on)
    assert [optimizer._left_to_pay(resource) for resource in (0, 1, 3, 9)] == left


@pytest.mark.parametrize("goes_on, used", [(True, 3 + 1), (False, 1 + 1 + 3)])
def test_what_is_left_of_the_budget(goes_on, used):
    optimizer = FreezeThawOptimizer(SPACE, rungs=RUNGS, goes_on=goes_on)
    first = optimizer.ask()
    optimizer.tell(observe(first, 0.0))
    optimizer.ask()
    optimizer.adopt(2, first.point, "promotion", first.params, 3, first.id)
    assert optimizer._left_of_budget(0.0) == np.inf
    assert optimizer._left_of_budget(0.25) == pytest.approx(3 * used)


@settings(max_examples=10)
@given(
    rungs=st.sampled_from([(1, 3, 9), (2, 6, 17), (1, 2, 3, 4), (4, 5)]),
    n_trainings=st.integers(2, 6),
    n_workers=st.sampled_from([1, 1, 2, 8]),
    n_initial_points=st.sampled_from([1, 3, 10]),
    goes_on=st.booleans(),
)
def test_a_budget_ends_with_a_fully_trained_setting(
    rungs, n_trainings, n_workers, n_initial_points, goes_on
):
    """Also where late scores turn early ones upside down; the one is promising until then."""
    optimizer = FreezeThawOptimizer(
        SPACE, rungs=rungs, n_initial_points=n_initial_points, goes_on=goes_on
    )
    n_units, used, running, asked = n_trainings * optimizer._left_to_pay(0), 0, [], {}
    while True:
        answer = None
        if used < n_units and len(running) < n_workers:
            answer = optimizer.ask(used / n_units, n_workers)
        if isinstance(answer, Candidate):
            asked[answer.id] = answer
            running.append(answer)
            trained = 0 if answer.parent is None else asked[answer.parent].resource
            used += answer.resource - (trained if goes_on else 0)
            continue
        if not running:
            break
        candidate = running.pop(0)
        sign = -1 if candidate.resource == rungs[-1] else 1
        optimizer.tell(observe(candidate, sign * curve(candidate)))
    # Others that run may use up what one worker would keep.
    if n_workers == 1:
        assert rungs[-1] in resources(asked.values())


def test_one_in_three_of_a_rung_goes_on_whatever_the_model_expects():
    # What is best on the first rung is worst on the others.
    optimizer = FreezeThawOptimizer(SPACE, rungs=RUNGS)
    for _ in range(60):
        candidate = optimizer.ask()
        if candidate.source == "model":
            trials = optimizer.trials()
            for rung in RUNGS[:-1]:
                n_ended = sum(rung in trial.scores for trial in trials)
                n_ended -= 10 if rung == 1 else 0  # the design
                assert sum(t.resource > rung for t in trials) >= n_ended // 3
        score = smooth(candidate) * (1 if candidate.resource == 1 else -1)
        optimizer.tell(observe(candidate, score))


def test_the_quota_is_of_settings_that_the_model_has_begun():
    optimizer = FreezeThawOptimizer(SPACE, rungs=RUNGS)
    steps(optimizer, 10)
    trials = optimizer.trials()
    assert optimizer._owed(trials, trials, np.arange(10.0)) is None
    for i in range(10, 13):
        params = {"x": 0.05 * i, "y": 0.5}
        candidate = optimizer.adopt(i, (0.05 * i, 0.5), "model", params, 1)
        optimizer.tell(observe(candidate, curve(candidate)))
    trials = optimizer.trials()
    assert optimizer._owed(trials, trials, np.arange(13.0)) is trials[12]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_end_of_a_budget_is_for_the_pick_of_the_model(seed):
    """Of work or of time: ``ask`` hears which share of it is used."""
    optimizer = FreezeThawOptimizer(SPACE, rungs=RUNGS, seed=seed)
    steps(optimizer, 11)
    trials, model = optimizer.trials(), optimizer._model()
    mean, _ = model.predict(points_of(trial.root for trial in trials), [9] * len(trials))
    pick = trials[int(np.argmax(mean))]
    used, left = sum(trial.resource for trial in trials), optimizer._left_to_pay(pick.resource)
    assert optimizer.ask(used / (used + left)).parent == pick.last.id
