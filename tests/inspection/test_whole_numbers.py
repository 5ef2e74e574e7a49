"""Counts and seeds of all functions that explain a search are checked before a model is fitted."""

import numpy as np
import pytest

from sktune.inspection import (
    compare_to_default,
    explain_gain,
    hyperparameter_importance,
    score_dependence,
)

from ._records import uniform_record

DRAWN = {
    "importance": hyperparameter_importance,
    "dependence": lambda record, **given: score_dependence(record, "x0", **given),
    "gain": lambda record, **given: explain_gain(record, 0, **given),
}
ALL = DRAWN | {"comparison": lambda record, **given: compare_to_default(record, **given)}
WRONG = [-1, 2.5, "3", True]


def record():
    return uniform_record(lambda points: points[:, 0], 2, n=12)


@pytest.mark.parametrize("wrong", [*WRONG, None, np.float64(3.0)])
@pytest.mark.parametrize("function", ALL)
def test_seeds(function, wrong):
    given = record()
    with pytest.raises(ValueError, match="random_state must be a whole number of at least 0"):
        ALL[function](given, random_state=wrong)
    assert not given._kept


def test_generators_are_no_seeds():
    with pytest.raises(ValueError, match="random_state must be"):
        hyperparameter_importance(record(), random_state=np.random.default_rng(0))


@pytest.mark.parametrize("wrong", [*WRONG, 0, 1])
@pytest.mark.parametrize("function", DRAWN)
def test_draws(function, wrong):
    given = record()
    with pytest.raises(ValueError, match="n_draws must be a whole number of at least 2"):
        DRAWN[function](given, n_draws=wrong)
    assert not given._kept


@pytest.mark.parametrize("wrong", [*WRONG, 0])
def test_resamples(wrong):
    with pytest.raises(ValueError, match="n_resamples must be a whole number of at least 1"):
        compare_to_default(record(), n_resamples=wrong)


def test_numbers_of_numpy():
    found = hyperparameter_importance(record(), n_draws=np.int64(12), random_state=np.uint8(1))
    assert len(found.draws) == 12
