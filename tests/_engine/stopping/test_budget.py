import pytest

from sktune._engine import Budget
from sktune._records import Candidate


def candidate(resource=None, parent=None):
    return Candidate(0, {}, (), 0, "random", resource, parent)


def spending(n_iter, n_candidates):
    """The budget before each candidate, and after the last."""
    budget = Budget(n_iter)
    yield budget
    for _ in range(n_candidates):
        budget.add(candidate())
        yield budget


@pytest.mark.parametrize("n_iter", [1, 2, 7])
def test_progress_runs_from_nothing_to_all(n_iter):
    shares = [budget.progress() for budget in spending(n_iter, n_iter + 1)]
    assert shares == [n_started / n_iter for n_started in range(n_iter + 1)] + [1.0]


@pytest.mark.parametrize("n_iter", [1, 2, 7])
def test_spent_once_all_are_started(n_iter):
    is_used = [budget.is_used() for budget in spending(n_iter, n_iter + 1)]
    assert is_used == [False] * n_iter + [True, True]


def test_only_what_is_newly_trained_counts():
    budget = Budget(27)
    lower = candidate(3)
    budget.add(lower)
    budget.add(candidate(9, parent=0), lower)
    assert budget.progress() == 9 / 27
    budget.add(candidate(17))
    assert not budget.is_used()
    budget.add(candidate(27, parent=1), candidate(9))
    assert budget.is_used()


def test_where_nothing_goes_on_all_of_a_resource_counts():
    lower = Candidate(0, {}, (), 0, "x", 1)
    upper = Candidate(1, {}, (), 0, "x", 3, 0)
    for goes_on, used in ((True, 3), (False, 4)):
        budget = Budget(10, goes_on=goes_on)
        budget.add(lower)
        budget.add(upper, lower)
        assert budget.progress() == used / 10
