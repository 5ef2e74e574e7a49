"""The warning where fewer rows save no time."""

import warnings

import numpy as np
import pytest

from sktune._records import Candidate, Observation
from sktune._search._hyperband._savings import SavingsWatch
from sktune.exceptions import NoSavingsWarning


def pairs(ratio, n=6, status="complete", factor=3):
    """Settings on two rungs, the second of which takes so many times as long."""
    told = []
    for number in range(n):
        for place in (0, 1):
            parent = 2 * number if place else None
            rows = round(1000 * factor**place)
            candidate = Candidate(2 * number + place, {}, (), 0, "x", rows, parent)
            seconds = np.full(3, (number + 1.0) * ratio**place)
            told.append(Observation(candidate, {"score": np.ones(3)}, status, seconds))
    return told


def test_it_is_said_once():
    watch = SavingsWatch()
    message = r"1\.2 times as long with 3 times the rows.* BayesSearchCV"
    with pytest.warns(NoSavingsWarning, match=message) as caught:
        watch.search_began(pairs(1.2))
    assert len(caught) == 1


def test_what_earlier_sessions_ran_counts():
    watch, told = SavingsWatch(), pairs(1.2)
    watch.search_began(told[:-8])
    with pytest.warns(NoSavingsWarning):
        list(map(watch.candidate_ended, told[-8:]))


@pytest.mark.parametrize(
    "told",
    [
        pairs(2.5),
        pairs(1.2, n=2),
        pairs(1.2, status="dropped"),
        pairs(1.25, factor=1.25),
        pairs(1.6, factor=2),
    ],
    ids=["saves", "few", "none", "small steps", "smaller steps"],
)
def test_nothing_is_said(told):
    watch = SavingsWatch()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for observation in told:
            watch.candidate_ended(observation)


@pytest.mark.parametrize(("factor", "ratio"), [(1.25, 1.05), (2, 1.2), (10, 3)])
def test_steps_of_any_size_are_judged_by_how_many_rows_they_add(factor, ratio):
    watch = SavingsWatch()
    with pytest.warns(NoSavingsWarning):
        watch.search_began(pairs(ratio, factor=factor))
