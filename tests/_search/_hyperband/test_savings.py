"""The warning where fewer rows save no time."""

import warnings

import numpy as np
import pytest

from sktune._records import Candidate, Observation
from sktune._search._hyperband._savings import SavingsWatch
from sktune.exceptions import NoSavingsWarning


def pairs(ratio, n=6, status="complete"):
    """Settings on two rungs, the second of which takes so many times as long."""
    told = []
    for number in range(n):
        for place in (0, 1):
            parent = 2 * number if place else None
            candidate = Candidate(2 * number + place, {}, (), 0, "x", 3**place, parent)
            seconds = np.full(3, (number + 1.0) * ratio**place)
            told.append(Observation(candidate, {"score": np.ones(3)}, status, seconds))
    return told


def test_it_is_said_once():
    watch = SavingsWatch()
    with pytest.warns(NoSavingsWarning, match=r"1\.2 times as long .* BayesSearchCV") as caught:
        watch.search_began(pairs(1.2))
    assert len(caught) == 1


def test_what_earlier_sessions_ran_counts():
    watch, told = SavingsWatch(), pairs(1.2)
    watch.search_began(told[:-8])
    with pytest.warns(NoSavingsWarning):
        list(map(watch.candidate_ended, told[-8:]))


@pytest.mark.parametrize(
    "told",
    [pairs(2.5), pairs(1.2, n=2), pairs(1.2, status="dropped")],
    ids=["saves", "few", "none"],
)
def test_nothing_is_said(told):
    watch = SavingsWatch()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for observation in told:
            watch.candidate_ended(observation)
