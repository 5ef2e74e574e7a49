"""A strategy that trains settings further: its rungs are candidates of their own."""

import numpy as np
import pytest
from scipy.stats import uniform

from sktune._engine import Budget, EvaluationEngine
from sktune._engine.executors._local import InlineExecutor
from sktune._records import WAIT, Candidate, Done, Observation, StopReason
from sktune.optimizers import BaseOptimizer
from sktune.optimizers._base import Suggestion
from sktune.space import SearchSpace
from tests.contracts.executor_contract import make_result
from tests.contracts.optimizer_contract import observe

SPACE = SearchSpace.from_distributions({"x": uniform(0, 1)})
N_FIRST = 4


class Halving(BaseOptimizer):
    """Four settings with 1 unit, the better two with 3, the best of them with 9."""

    first_resource = 1

    def _suggest(self, rng, progress, n_slots):
        rungs = {r: [] for r in (1, 3, 9)}
        for candidate in self.asked():
            rungs[candidate.resource].append(candidate)
        if len(rungs[1]) < N_FIRST:
            return Suggestion(self.space.sample(1, rng)[0], "random", 1)
        if self.pending:
            return WAIT
        for lower, upper in ((1, 3), (3, 9)):
            ranked = sorted(rungs[lower], key=self.score_of, reverse=True)
            best = ranked[: len(ranked) // 2]
            left = [c for c in best if c.id not in {u.parent for u in rungs[upper]}]
            if left:
                return Suggestion(np.array(left[0].point), "promotion", upper, left[0].id)
        return Done(StopReason.SPACE_EXHAUSTED)

    def asked(self):
        return sorted(
            [o.candidate for o in self.observations.values()] + list(self.pending.values()),
            key=lambda c: c.id,
        )

    def score_of(self, candidate):
        return self.score(self.observations[candidate.id])


def score(candidate):
    return candidate.params["x"] + candidate.resource


def search(n_units=100):
    optimizer = Halving(SPACE, seed=0)
    engine = EvaluationEngine(InlineExecutor(), 2, Budget(n_units))
    return optimizer, engine.run(optimizer, lambda task: make_result(task, score(task.candidate)))


def test_a_promotion_is_a_candidate_of_its_own():
    optimizer, history = search()
    assert [c.resource for c in history.candidates] == [1] * 4 + [3] * 2 + [9]
    assert history.stop_reason is StopReason.SPACE_EXHAUSTED
    for candidate in history.candidates[N_FIRST:]:
        parent = history.candidates[candidate.parent]
        assert (candidate.params, candidate.point) == (parent.params, parent.point)
        assert candidate.resource == 3 * parent.resource
    best = max(history.candidates[:N_FIRST], key=lambda c: c.params["x"])
    assert history.candidates[-1].params == best.params
    assert len(optimizer.completed()[0]) == 7


def test_given_settings_begin_on_the_lowest_rung():
    optimizer = Halving(SPACE, seed=0, starts=[{"x": 0.75}])
    engine = EvaluationEngine(InlineExecutor(), 2, Budget(100))
    history = engine.run(optimizer, lambda task: make_result(task, score(task.candidate)))
    assert [c.resource for c in history.candidates] == [1] * 4 + [3] * 2 + [9]
    assert history.candidates[0].params == {"x": 0.75}


def test_the_budget_counts_what_is_newly_trained():
    # 4 x 1 + 2 x (3 - 1) = 8 of 8: the last rung is not begun.
    _, history = search(n_units=8)
    assert [c.resource for c in history.candidates] == [1] * 4 + [3] * 2
    assert history.stop_reason is StopReason.N_ITER


def test_a_promoted_setting_is_still_no_new_one():
    optimizer, _ = search()
    for observation in optimizer.observations.values():
        assert not optimizer.is_new(np.array(observation.candidate.point))


def test_a_candidate_without_scores_cannot_be_promoted():
    class Hasty(BaseOptimizer):
        def _suggest(self, rng, progress, n_slots):
            point = self.space.sample(1, rng)[0]
            return Suggestion(point, "promotion", 3, 0) if self.pending else Suggestion(point, "x")

    optimizer = Hasty(SPACE)
    optimizer.ask()
    with pytest.raises(ValueError, match="candidate 0 cannot be trained further: nothing"):
        optimizer.ask()


def test_adopted_promotions_keep_resource_and_parent():
    optimizer = Halving(SPACE, seed=0)
    first = optimizer.ask()
    optimizer.tell(observe(first, 1.0))
    adopted = optimizer.adopt(1, first.point, "promotion", first.params, 3, 0)
    assert adopted == Candidate(1, first.params, first.point, 0, "promotion", 3, 0)
    assert optimizer.pending == {1: adopted}


def test_an_observation_need_not_know_seconds_or_reports():
    observation = Observation(Candidate(0, {}, (), 0, "random"), {"score": np.ones(1)}, "complete")
    assert observation.seconds is None
    assert observation.reports == ()
