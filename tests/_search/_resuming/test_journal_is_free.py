"""A journal is free for the next search, whatever ended the one before."""

import json
import logging

import numpy as np
import pytest
from scipy.stats import randint, uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris

from sktune import AnnealingSearchCV, BayesSearchCV
from sktune._engine import EvaluationEngine
from sktune._search import _hooks, _plan, _running
from sktune._search._table import _attributes
from sktune._sklearn_compat import FitCallbacks
from sktune.exceptions import JournalError

X, Y = load_iris(return_X_y=True)


class Quick(ClassifierMixin, BaseEstimator):
    """Scores its parameter."""

    def __init__(self, a=0.5, n=1, fails=False):
        self.a = a
        self.n = n
        self.fails = fails

    def fit(self, X, y):
        if self.fails:
            raise ZeroDivisionError
        self.classes_ = np.unique(y)
        return self

    def score(self, X, y):
        return self.a


class NotToBeCloned(Quick):
    def __init__(self, a=0.5, n=1, fails=False):
        super().__init__(a + 1, n, fails)


GIVEN = {"n_iter": 3, "cv": 3, "random_state": 0, "refit": False}


def search(kind=BayesSearchCV, estimator=None, space=None, **params):
    space = space or {"a": uniform(0, 1), "n": randint(1, 9)}
    return kind(estimator or Quick(), space, **GIVEN | params)


def refuse(*args, **kwargs):
    raise OSError("no more files")


# What may be wrong with a call; the error must come before a file is begun.
WRONG = {
    "n_jobs": {"n_jobs": 0},
    "stop_when_converged": {"kind": AnnealingSearchCV, "stop_when_converged": True},
    "scoring": {"scoring": "accurate"},
    "scoring, several": {"scoring": ["accuracy", "accurate"], "refit": "accuracy"},
    "refit": {"scoring": ["accuracy", "f1_macro"], "refit": "f1"},
    "cv": {"cv": 1},
    "cv, empty": {"cv": []},
    "cv, rows": {"cv": [(["a"], ["b"])]},
    "n_iter": {"n_iter": 0},
    "error_score": {"error_score": "rise"},
    "space": {"space": {"a": 3}},
    "initial_params": {"initial_params": [{"a": 2.0, "n": 1}]},
    "constraint": {"constraint": lambda params: False},
    "max_time": {"max_time": -1},
    "fit_timeout": {"fit_timeout": 0},
    "n_chains": {"kind": AnnealingSearchCV, "n_chains": 0},
    "warm_start_from": {"warm_start_from": [3]},
    "estimator": {"estimator": NotToBeCloned()},
    "random_state": {"random_state": "seed"},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_call_that_is_wrong_leaves_no_file(name, tmp_path):
    path = tmp_path / "journal"
    wrong = WRONG[name]
    with pytest.raises((ValueError, TypeError, AttributeError, RuntimeError)):
        search(**wrong, journal=path).fit(X, Y)
    assert not path.exists()
    search(wrong.get("kind", BayesSearchCV), journal=path).fit(X, Y)


@pytest.mark.slow
@pytest.mark.parametrize(
    "module, name",
    [
        (_running, "EvaluationEngine"),
        (_hooks, "Budget"),
        (_hooks, "FoldEvaluator"),
        (_running, "Race"),
        (_running, "Convergence"),
        (_running, "TimeLimit"),
        (_running, "make_executor"),
        (_running, "preferred_workers"),
        (_plan, "fingerprint"),
        (_plan, "rows_ratio"),
        (_plan, "settle_drawn"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_whatever_raises_before_the_first_fit(module, name, n_jobs, tmp_path, monkeypatch):
    path = tmp_path / "journal"
    params = {"racing": True, "stop_when_converged": True, "fit_timeout": 1000, "n_jobs": n_jobs}
    with monkeypatch.context() as patch:
        patch.setattr(module, name, refuse)
        with pytest.raises(OSError, match="no more files"):
            search(**params, journal=path).fit(X, Y)
    search(**params, journal=path).fit(X, Y)


@pytest.mark.parametrize("hook", ["search", "fold_arguments", "__enter__"])
def test_whatever_a_callback_raises(hook, tmp_path, monkeypatch):
    path = tmp_path / "journal"
    with monkeypatch.context() as patch:
        patch.setattr(FitCallbacks, hook, refuse)
        with pytest.raises(OSError, match="no more files"):
            search(journal=path).fit(X, Y)
    search(journal=path).fit(X, Y)


def test_a_fit_that_raises(tmp_path):
    path = tmp_path / "journal"
    space = {"a": uniform(0, 1), "fails": [True]}
    failing = search(space=space, error_score="raise", initial_params=[], journal=path)
    for _ in range(2):  # not "in use"
        with pytest.raises(ZeroDivisionError):
            failing.fit(X, Y)


# Records that name what is not there


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def write(path, lines):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.mark.parametrize(
    "kind, change",
    [
        ("fold", {"split": 3}),
        ("fold", {"split": 10**9}),
        ("candidate", {"branch": 1}),
        ("candidate", {"branch": 10**9}),
        ("candidate", {"point": []}),
        ("candidate", {"point": [0.5]}),
        ("candidate", {"point": [0.5, 0.5, 0.5]}),
        ("candidate", {"point": [0.5, 1.5]}),
        ("candidate", {"point": [0.5, float("nan")]}),
        ("candidate", {"progress": -1}),
        ("candidate", {"progress": 2.0}),
        ("candidate", {"point": [0.5, 0.5], "params": {}}),
        ("candidate", {"point": [0.5, 0.5], "params": {"a": 7, "n": 1}}),
        ("candidate", {"point": [0.5, 0.5], "params": {"a": 0.5, "n": {"choice": 1}}}),
    ],
)
@pytest.mark.parametrize("which", [0, -1])
def test_what_a_line_names_must_be_there(kind, change, which, tmp_path):
    path = tmp_path / "journal"
    search(journal=path).fit(X, Y)
    lines = lines_of(path)
    number = [i for i, line in enumerate(lines) if line.get("kind") == kind][which]
    lines[number] |= change
    write(path, lines)
    for _ in range(2):
        with pytest.raises(JournalError, match=f"damaged in line {number + 1}: "):
            search(journal=path, n_iter=4).fit(X, Y)
    write(path, lines[:number])
    search(journal=path, n_iter=4).fit(X, Y)


@pytest.mark.parametrize(
    "drawn",
    [None, [], {}, {"seed": 0}, {"seed": -1}, {"seed": "0"}, {"splits": 3}, {"splits": [{}]}],
)
def test_what_was_drawn_must_be_there(drawn, tmp_path):
    path = tmp_path / "journal"
    search(journal=path).fit(X, Y)
    lines = lines_of(path)
    whole = lines[0]["drawn"]
    lines[0]["drawn"] = whole | drawn if drawn and len(drawn) == 1 else drawn
    if drawn == {"seed": 0}:
        del lines[0]["drawn"]["splits"]
    write(path, lines)
    for _ in range(2):
        with pytest.raises(JournalError, match="damaged in line 1: "):
            search(journal=path).fit(X, Y)


# What is suppressed


def test_what_a_failed_search_could_not_set_is_logged(monkeypatch, caplog):
    failing = search()
    monkeypatch.setattr(_attributes, "build_cv_results", refuse)
    settle = EvaluationEngine._settle

    def settle_and_fail(self, outcomes, optimizer):
        settle(self, outcomes, optimizer)
        raise KeyError("the error of the search")

    monkeypatch.setattr(EvaluationEngine, "_settle", settle_and_fail)
    with (
        caplog.at_level(logging.WARNING, "sktune"),
        pytest.raises(KeyError, match="error of the search"),
    ):
        failing.fit(X, Y)
    (record,) = caplog.records
    assert record.name == "sktune"
    assert "no more files" in str(record.exc_info[1])


def test_nothing_is_logged_where_nothing_was_found(caplog):
    space = {"a": uniform(0, 1), "fails": [True]}
    with pytest.raises(ZeroDivisionError):
        search(space=space, error_score="raise", initial_params=[]).fit(X, Y)
    assert not caplog.records
