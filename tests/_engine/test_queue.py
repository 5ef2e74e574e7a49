"""Folds that wait for a worker."""

import pytest

from sktune._engine._queue import FoldQueue
from tests.contracts.executor_contract import key, make_task

CANDIDATES = [make_task(number).candidate for number in range(3)]


def queue_of(n_candidates, n_splits=3, one_at_a_time=False):
    queue = FoldQueue(n_splits, one_at_a_time)
    for candidate in CANDIDATES[:n_candidates]:
        queue.add(candidate)
    return queue


def taken(queue, **kwargs):
    tasks = iter(lambda: queue.next(**kwargs), None)
    return [key(task) for task in tasks]


def test_all_folds_of_older_candidates_first():
    queue = queue_of(2)
    assert taken(queue) == [(number, split) for number in range(2) for split in range(3)]
    assert queue.next() is None


def test_one_fold_at_a_time():
    queue = queue_of(2, one_at_a_time=True)
    first, second = queue.next(), queue.next()
    assert [key(first), key(second)] == [(0, 0), (1, 0)]
    assert queue.next() is None
    queue.finish(second)
    assert key(queue.next()) == (1, 1)
    queue.finish(first)
    assert key(queue.next()) == (0, 1)


def test_as_a_last_resort_more_folds_of_a_candidate():
    queue = queue_of(2, one_at_a_time=True)
    assert taken(queue) == [(0, 0), (1, 0)]
    assert taken(queue, is_last_resort=True) == [(0, 1), (0, 2), (1, 1), (1, 2)]


@pytest.mark.parametrize("one_at_a_time", [True, False])
def test_a_dropped_candidate_has_no_more(one_at_a_time):
    queue = queue_of(2, one_at_a_time=one_at_a_time)
    queue.finish(queue.next())
    assert queue.has_folds_of(CANDIDATES[0])
    queue.drop(CANDIDATES[0])
    assert not queue.has_folds_of(CANDIDATES[0])
    assert taken(queue, is_last_resort=True) == [(1, 0), (1, 1), (1, 2)]
    queue.drop(CANDIDATES[1])  # nothing left of it


def test_a_paused_candidate_waits_until_it_is_named():
    queue = queue_of(3, one_at_a_time=True)
    for task in [queue.next() for _ in range(3)]:
        queue.finish(task)
    queue.pause(CANDIDATES[2])
    queue.pause(CANDIDATES[0])
    assert queue.paused() == [CANDIDATES[0], CANDIDATES[2]]
    assert taken(queue, is_last_resort=True) == [(1, 1), (1, 2)]
    assert queue.has_folds_of(CANDIDATES[0])
    assert key(queue.next_of(CANDIDATES[2])) == (2, 1)
    # One fold at a time of these, too.
    assert queue.paused() == [CANDIDATES[0]]
    assert queue.paused(is_last_resort=True) == [CANDIDATES[0], CANDIDATES[2]]
    assert key(queue.next_of(CANDIDATES[2])) == (2, 2)
    assert queue.paused(is_last_resort=True) == [CANDIDATES[0]]


def test_a_lost_fold_of_a_paused_candidate_waits_as_well():
    queue = queue_of(2, one_at_a_time=True)
    task = queue.next()
    queue.pause(CANDIDATES[0])
    queue.finish(task)
    queue.put_back(task)
    assert taken(queue) == [(1, 0)]
    assert key(queue.next_of(CANDIDATES[0])) == (0, 0)


def test_a_paused_candidate_can_be_dropped():
    queue = queue_of(1)
    queue.pause(CANDIDATES[0])
    assert len(queue.drop(CANDIDATES[0])) == 3
    assert queue.paused(is_last_resort=True) == []
