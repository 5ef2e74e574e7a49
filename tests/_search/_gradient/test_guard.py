"""Whether parts pay: the rule, on losses of folds that were left out."""

import numpy as np
import pytest
from sklearn.model_selection import (
    KFold,
    LeaveOneOut,
    LeavePOut,
    RepeatedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
)

from sktune._search._gradient._guard import MAX_GROUPS, groups_apart, parts_pay

SPLITTERS = {
    "five": (KFold(5), 5),
    "twelve": (KFold(12), MAX_GROUPS),
    "repeated": (RepeatedKFold(n_splits=4, n_repeats=3, random_state=0), 4),
    "one out": (LeaveOneOut(), MAX_GROUPS),
    "two out": (LeavePOut(2), MAX_GROUPS),
    "shuffled": (ShuffleSplit(5, test_size=0.6, random_state=0), 1),
    "times": (TimeSeriesSplit(3), 3),
}


@pytest.mark.parametrize("name", SPLITTERS)
def test_groups_share_no_rows(name):
    cv, n_groups = SPLITTERS[name]
    splits = list(cv.split(np.zeros((24, 1))))
    groups = groups_apart(splits)
    rows = [set(np.concatenate([splits[k][1] for k in group])) for group in groups]
    assert len(groups) == n_groups
    assert sum(map(len, rows)) == len(set().union(*rows))
    if name not in ("shuffled", "times"):
        assert set().union(*rows) == set(range(24))


@pytest.mark.parametrize(
    ("one", "parts", "pay"),
    [
        ([1.0, 1.0, 1.0], [0.9, 0.8, 0.9], True),
        ([1.0, 1.0, 1.0, 1.0, 1.0], [0.6, 0.6, 0.7, 0.7, 1.1], True),
        # One fold speaks against them, and the gain is less than its standard error.
        ([1.0, 1.0, 1.0, 1.0, 1.0], [0.6, 0.6, 0.7, 0.7, 2.0], False),
        ([1.0, 1.0], [1.0, 1.0], False),
        ([1.0, 1.0, 1.0], [0.1, 0.1, np.nan], False),
        ([np.inf, 1.0], [1.0, 1.0], False),
    ],
)
def test_a_gain_above_its_standard_error_is_taken(one, parts, pay):
    assert parts_pay({"one": np.array(one), "parts": np.array(parts)}) == pay
