"""Warnings that save a wasted night."""

import warnings

import pytest
from scipy.stats import loguniform, norm, randint, uniform

from sktune import BayesSearchCV
from sktune.exceptions import EdgeOfRangeWarning
from tests.contracts.search_contract import Recorder, rows


def run(space, score, n_iter=15, **kwargs):
    search = BayesSearchCV(
        Recorder(), space, scoring=score, n_iter=n_iter, cv=2, random_state=0, **kwargs
    )
    return search.fit(*rows())


@pytest.mark.parametrize(
    "distribution, sign, end",
    [
        (uniform(), 1, "upper"),
        (uniform(-1, 2), -1, "lower"),
        (loguniform(1e-3, 1), 1, "upper"),
        (randint(1, 20), -1, "lower"),
    ],
)
def test_best_value_on_the_edge_of_its_range(distribution, sign, end):
    with pytest.warns(EdgeOfRangeWarning, match=f"'level', .* lies on the {end} edge") as caught:
        run({"level": distribution}, lambda e, X, y: sign * e.level)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "values, score, n_iter",
    [
        (uniform(), lambda level: -((level - 0.5) ** 2), 15),
        (norm(), lambda level: level, 15),  # cut off, but not bounded
        (uniform(0, 0.6), lambda level: -level, 15),  # 0 is a limit of the parameter itself
        (randint(0, 20), lambda level: -level, 15),
        ([0.1, 0.5, 0.9, 1.0, 2.0], lambda level: level, 5),  # choices, not a range
    ],
)
def test_no_warning(values, score, n_iter):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run({"level": values}, lambda e, X, y: score(e.level), n_iter=n_iter)


def test_no_warning_without_a_best_setting():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = lambda e, X, y: {"a": e.level, "b": 1.0}  # noqa: E731
        run({"level": uniform()}, scores, refit=False)
