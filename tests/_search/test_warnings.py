"""Warnings that save a wasted night."""

import contextlib
import itertools
import warnings

import joblib
import numpy as np
import pytest
import sklearn
from scipy.stats import loguniform, norm, randint, rv_discrete, uniform
from sklearn.base import BaseEstimator
from sklearn.datasets import make_regression
from sklearn.feature_selection import RFECV
from sklearn.linear_model import ElasticNet
from sklearn.model_selection import GridSearchCV, cross_val_score, learning_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.fixes import parse_version

from sktune import AnnealingSearchCV, BayesSearchCV
from sktune._search import _warnings
from sktune.exceptions import EdgeOfRangeWarning
from tests.contracts.search_contract import Recorder, rows

HAS_CALLBACKS = parse_version("1.9") <= parse_version(sklearn.__version__)


class Shaped(Recorder):
    """Has coefficients, for whoever selects features by them."""

    def fit(self, X, y, sample_weight=None):
        self.coef_ = np.ones((1, np.shape(X)[1]))
        return super().fit(X, y)


@pytest.fixture(autouse=True)
def forget_lines(monkeypatch):
    monkeypatch.setattr(_warnings, "_warned_from", set())


def make(space, score, n_iter=15, cls=AnnealingSearchCV, estimator=None, **kwargs):
    estimator = Recorder() if estimator is None else estimator
    return cls(estimator, space, scoring=score, n_iter=n_iter, cv=2, random_state=0, **kwargs)


def run(*args, **kwargs):
    return make(*args, **kwargs).fit(*rows())


def by_level(estimator, X, y):
    return estimator.level


@contextlib.contextmanager
def warned_as_by_default():
    """What a user sees who has set no filters."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        yield (edges := [])
    edges += [w for w in caught if issubclass(w.category, EdgeOfRangeWarning)]


@pytest.mark.parametrize(
    "distribution, sign, end",
    [
        (uniform(), 1, "upper"),
        (uniform(-1, 2), -1, "lower"),
        (loguniform(1e-3, 1), 1, "upper"),
        (randint(2, 20), -1, "lower"),
        (rv_discrete(values=([2, 3, 5, 7, 9, 11], [0.2, 0.1, 0.2, 0.1, 0.2, 0.2])), 1, "upper"),
    ],
)
def test_best_value_on_the_edge_of_its_range(distribution, sign, end):
    n_iter = 6 if isinstance(distribution, rv_discrete) else 15
    with pytest.warns(EdgeOfRangeWarning, match=f"of 'level' .*{end} end.* lies on the") as caught:
        search = run({"level": distribution}, lambda e, X, y: sign * e.level, n_iter, BayesSearchCV)
    assert [w.filename for w in caught] == [__file__]
    (note,) = search.search_warnings_
    assert "'level'" in note
    assert end in note
    assert f'<td style="text-align: left">{note.replace(chr(39), "&#x27;")}' in (
        search._repr_html_()
    )


@pytest.mark.parametrize(
    "values, score, n_iter",
    [
        (uniform(), lambda level: -((level - 0.5) ** 2), 15),
        (norm(), lambda level: level, 15),  # cut off, but not bounded
        (uniform(0, 0.6), lambda level: -level, 15),  # 0 is a limit of the parameter itself
        (randint(0, 20), lambda level: -level, 15),
        (randint(1, 20), lambda level: -level, 15),
        (uniform(), lambda level: level, 2),  # two settings show no trend
        ([1.0, 2.0], lambda level: level, 2),
        ([1.0, 2.0, 3.0], lambda level: level, 3),
        (uniform(), lambda level: min(level, 0.5), 15),  # no better there than inside
    ],
)
def test_no_warning(values, score, n_iter):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search = run({"level": values}, lambda e, X, y: score(e.level), n_iter=n_iter)
    assert search.search_warnings_ == []


def test_the_end_of_a_list_is_noted_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search = run({"level": [8, 0.5, 1.0, 2, 4.0]}, by_level, n_iter=5)
    assert search.search_warnings_ == [
        "The best value of 'level', 8, lies on the upper edge of its range, one of 0.5, 1.0, 2, "
        "4.0, 8: better ones may lie beyond."
    ]


def test_no_warning_without_a_best_setting():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = lambda e, X, y: {"a": e.level, "b": 1.0}  # noqa: E731
        search = run({"level": uniform()}, scores, refit=False)
    assert search.search_warnings_ == []


def test_no_warning_of_what_has_no_effect_though_the_best_lies_there():
    """By chance the best of few settings lies on an edge, of one parameter or another."""

    class Many(BaseEstimator):
        def __init__(self, a=0, b=0, c=0, d=0, e=0, f=0):
            self.a, self.b, self.c, self.d, self.e, self.f = a, b, c, d, e, f

        def fit(self, X, y):
            return self

    space = dict.fromkeys("abcdef", randint(2, 5))
    n_on_edge = n_warned = 0
    for seed in range(10):
        draws = np.random.default_rng(seed)
        search = make(space, lambda e, X, y, draws=draws: draws.random(), 12, estimator=Many())
        with warned_as_by_default() as caught:
            search.set_params(random_state=seed, initial_params=[]).fit(*rows())
        n_on_edge += sum(value != 3 for value in search.best_params_.values())
        n_warned += len(caught)
    assert n_on_edge > 30  # of 60
    assert n_warned <= 3


def test_one_warning_names_all_parameters():
    space = {"level": uniform(1, 1), "kind": uniform(-2, 1)}
    with warned_as_by_default() as caught:
        search = run(space, lambda e, X, y: 2 * e.level - e.kind, 40, cls=BayesSearchCV)
    (warning,) = caught
    # The last values that are suggested, a thousandth of the range before its ends.
    assert "'level' (1.999, upper end)" in str(warning.message)
    assert "'kind' (-1.999, lower end)" in str(warning.message)
    assert len(search.search_warnings_) == 2


@pytest.mark.parametrize("is_nested", [False, True])
def test_no_warning_where_the_estimator_itself_ends(is_nested):
    X, y = make_regression(60, 5, n_informative=2, random_state=0)
    estimator = make_pipeline(StandardScaler(), ElasticNet()) if is_nested else ElasticNet()
    prefix = "elasticnet__" if is_nested else ""
    space = {f"{prefix}l1_ratio": uniform(0.2, 0.8)}
    search = AnnealingSearchCV(estimator, space, n_iter=15, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search.fit(X, y)
    assert search.best_params_[f"{prefix}l1_ratio"] > 0.98
    with pytest.warns(EdgeOfRangeWarning):
        search.set_params(param_distributions={f"{prefix}l1_ratio": uniform(0.2, 0.6)}).fit(X, y)


def test_a_race_and_failing_settings():
    """Scores are those that the search has heard of, not numbers that stand for failures."""
    with pytest.warns(EdgeOfRangeWarning):
        run({"level": uniform()}, by_level, n_iter=20, racing=True)

    def score(estimator, X, y):
        if estimator.level > 0.6:
            raise ValueError
        return -estimator.level

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", EdgeOfRangeWarning)
        assert run({"level": uniform(-0.1, 1)}, score, error_score=5.0).best_score_ == 5.0


# Searches inside of something else

OUTSIDE = {
    "cross_val_score": lambda search, X, y: cross_val_score(search, X, y, cv=4),
    "learning_curve": lambda search, X, y: learning_curve(
        search, X, y, cv=3, train_sizes=[0.5, 1.0], shuffle=True, random_state=0
    ),
    "RFECV": lambda search, X, y: RFECV(
        search, cv=2, importance_getter="best_estimator_.coef_", scoring="accuracy"
    ).fit(X, y),
    "joblib": lambda search, X, y: joblib.Parallel()(
        joblib.delayed(sklearn.clone(search).fit)(X, y) for _ in range(3)
    ),
}


@pytest.mark.parametrize("loop", OUTSIDE)
def test_a_loop_of_fits_warns_once_with_one_text(loop):
    search = make({"level": uniform(1, 1)}, by_level, estimator=Shaped())
    for _ in range(2):
        with warned_as_by_default() as first:
            OUTSIDE[loop](search, *rows(40))
        _warnings._warned_from.clear()
    with warned_as_by_default() as second:
        OUTSIDE[loop](search.set_params(random_state=1), *rows(40))
    assert [w.filename for w in first] == [__file__]
    assert [str(w.message) for w in first] == [str(w.message) for w in second]


def in_our_search(search, X, y):
    AnnealingSearchCV(search, {"n_iter": [15, 16]}, n_iter=2, cv=2).fit(X, y)


def in_a_grid(search, X, y):
    GridSearchCV(search, {"n_iter": [15, 16]}, cv=2).fit(X, y)


def in_a_pipeline(search, X, y):
    make_pipeline(StandardScaler(), search).fit(X, y)


@pytest.mark.parametrize("enclosing", [in_our_search, in_a_grid, in_a_pipeline])
def test_nothing_is_said_inside_a_search_or_a_task_of_scikit_learn(enclosing):
    if enclosing is not in_our_search and not HAS_CALLBACKS:
        pytest.skip("scikit-learn's tasks have a context from 1.9 on")
    with warned_as_by_default() as caught:
        enclosing(make({"level": uniform(1, 1)}, by_level), *rows(40))
    assert not caught


@pytest.mark.skipif(not HAS_CALLBACKS, reason="scikit-learn has callbacks from 1.9 on")
def test_callbacks_are_gone_when_it_warns(monkeypatch):
    events = []

    class Progress:
        def setup(self, estimator, context):
            events.append("setup")

        def on_fit_task_begin(self, estimator, context):
            pass

        def on_fit_task_end(self, estimator, context):
            pass

        def teardown(self, estimator, context):
            events.append("teardown")

    search = make({"level": uniform(1, 1)}, by_level).set_callbacks(Progress())
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        monkeypatch.setattr(warnings, "showwarning", lambda *args, **kw: events.append("warning"))
        search.fit(*rows())
    assert events == ["setup", "teardown", "warning"]


def test_chance_of_a_fall_is_uniform_where_there_is_none():
    rng = np.random.default_rng(0)
    shape = itertools.repeat((14, 4), 2000)
    chances = [_warnings._chance_of_fall(rng.random(s), rng.random(s[0]), 1) for s in shape]
    assert abs(np.mean(np.array(chances) < 0.05) - 0.05) < 0.015
    assert abs(np.mean(np.array(chances) < 0.5) - 0.5) < 0.035
