import pytest

from sktune._engine import Budget


@pytest.mark.parametrize("n_iter", [1, 2, 7])
def test_progress_runs_from_nothing_to_all(n_iter):
    budget = Budget(n_iter)
    shares = [budget.progress(n_started) for n_started in range(n_iter + 1)]
    assert shares == [n_started / n_iter for n_started in range(n_iter + 1)]
    assert budget.progress(n_iter + 5) == 1.0


@pytest.mark.parametrize("n_iter", [1, 2, 7])
def test_spent_once_all_are_started(n_iter):
    budget = Budget(n_iter)
    is_spent = [budget.is_spent(n_started) for n_started in range(n_iter + 2)]
    assert is_spent == [False] * n_iter + [True, True]
