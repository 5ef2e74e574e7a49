"""``param_distributions="auto"``: stored as given, and shown by what it stood for."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import AnnealingSearchCV, BayesSearchCV, HyperbandSearchCV, ParetoSearchCV
from sktune.exceptions import (
    InvalidSpaceError,
    InvalidSpaceTypeError,
    JournalError,
    PartialSpaceWarning,
)
from sktune.space import suggest_space

pytestmark = pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
both = pytest.mark.parametrize("kind", [BayesSearchCV, AnnealingSearchCV])

X, y = load_iris(return_X_y=True)
X, y = X[::3], y[::3]


class Unknown(ClassifierMixin, BaseEstimator):
    """Nothing is known of it."""

    def __init__(self, level=1):
        self.level = level

    def fit(self, X, y):
        return self


def rows(search):
    return search.cv_results_["params"]


class Clip(TransformerMixin, BaseEstimator):
    """Nothing is known of it either."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.clip(X, -3, 3)


@both
def test_auto_is_stored_as_given(kind):
    search = kind(LogisticRegression(max_iter=20_000), "auto", n_iter=3, cv=3, random_state=0).fit(
        X, y
    )
    assert search.param_distributions == clone(search).param_distributions == "auto"
    assert list(search.param_distributions_) == ["C"]
    assert rows(search)[0] == {"C": 1.0}  # the estimator's own first


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (HyperbandSearchCV, {"resource": "n_samples"}),
        (ParetoSearchCV, {"scoring": ["accuracy", "neg_log_loss"]}),
    ],
    ids=["hyperband", "pareto"],
)
def test_the_other_searches_know_it_too(kind, options):
    model = LogisticRegression(max_iter=20_000)
    search = kind(model, "auto", n_iter=3, cv=3, random_state=0, **options).fit(X, y)
    assert search.param_distributions == clone(search).param_distributions == "auto"
    assert list(search.param_distributions_) == ["C"]
    assert rows(search)[0] == {"C": 1.0}
    assert search.conditions_ == {}
    with pytest.raises(InvalidSpaceError, match="Known are"):
        kind(Unknown(), "auto", **options).fit(X, y)


@both
def test_auto_is_the_suggested_space(kind):
    pipeline = make_pipeline(StandardScaler(), SVC())
    space = suggest_space(pipeline, X, y)
    searches = [
        kind(pipeline, given, n_iter=5, cv=3, random_state=0, initial_params=[]).fit(X, y)
        for given in ("auto", space)
    ]
    assert rows(searches[0]) == rows(searches[1])
    assert searches[1].param_distributions_ is space


@both
def test_other_spaces_are_shown_as_given(kind):
    space = [{"C": loguniform(1, 10)}, {"C": [1], "kernel": ["linear"]}]
    search = kind(SVC(), space, n_iter=2, cv=3).fit(X, y)
    assert search.param_distributions_ is space


@both
def test_own_values_that_mean_the_same_come_first(kind):
    search = kind(RandomForestClassifier(3, random_state=0), "auto", n_iter=1, cv=3).fit(X, y)
    assert rows(search)[0] == {
        "bootstrap": True,
        "max_features": 0.5,  # the root of four
        "max_samples": 1.0,
        "min_samples_leaf": 1,
        "min_samples_split": 2,
    }


@both
def test_neighbours_never_exceed_the_rows_of_a_fold(kind):
    few = slice(None, None, 2)
    search = kind(KNeighborsClassifier(), "auto", n_iter=15, cv=2, random_state=0)
    search.set_params(error_score="raise").fit(X[few], y[few])
    assert max(params["n_neighbors"] for params in rows(search)) > 5


@both
def test_a_journal_of_auto_goes_on_as_the_space_it_stands_for(kind, tmp_path):
    def make(given, n_iter):
        return kind(
            SVC(),
            given,
            n_iter=n_iter,
            cv=3,
            random_state=0,
            journal=tmp_path / "j",
            initial_params=[],
        )

    make("auto", 3).fit(X, y)
    search = make(suggest_space(SVC(), X, y), 4).fit(X, y)
    assert len(rows(search)) == 4
    with pytest.raises(JournalError):
        make({"C": loguniform(1, 10)}, 4).fit(X, y)


@both
def test_inside_cross_val_score_and_grid_search(kind):
    search = kind(LogisticRegression(max_iter=20_000), "auto", n_iter=2, cv=2, random_state=0)
    assert np.isfinite(cross_val_score(search, X, y, cv=2)).all()
    outer = GridSearchCV(search, {"param_distributions": ["auto", {"C": [1.0, 2.0]}]}, cv=2)
    assert np.isfinite(outer.fit(X, y).cv_results_["mean_test_score"]).all()


@both
@pytest.mark.parametrize(
    ("estimator", "given", "error", "message"),
    [
        (
            Unknown(),
            "auto",
            InvalidSpaceError,
            r"No space is known for .*Unknown.*sklearn\.svm\.SVC",
        ),
        (Pipeline([("model", Unknown())]), "auto", InvalidSpaceError, r"model \(.*Unknown\)"),
        (StandardScaler(), "auto", InvalidSpaceError, "StandardScaler"),
        (SVC(), "automatic", InvalidSpaceTypeError, "or 'auto' for a ready space; got 'automatic'"),
        (SVC(), "", InvalidSpaceTypeError, "got ''"),
        (SVC(), None, ValueError, "'param_distributions' parameter"),
    ],
    ids=["unknown", "unknown step", "scaler", "other text", "no text", "none"],
)
def test_bad_input(kind, estimator, given, error, message):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(error, match=message):
            kind(estimator, given, scoring="accuracy").fit(X, y)


@both
def test_what_is_unknown_is_said_once(kind):
    pipeline = Pipeline([("clip", Clip()), ("svc", SVC())])
    with pytest.warns(PartialSpaceWarning, match=r"clip \(.*Clip\)") as told:
        search = kind(pipeline, "auto", n_iter=3, cv=2, random_state=0).fit(X, y)
    assert sum(issubclass(warning.category, PartialSpaceWarning) for warning in told) == 1
    assert set(search.param_distributions_) == {"svc__C", "svc__gamma"}
