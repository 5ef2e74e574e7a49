"""What every search of this package must do; one subclass of the contract per search."""

from __future__ import annotations

import pickle
import statistics
import warnings
from typing import Any, ClassVar

import joblib
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import loguniform, randint, uniform
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_classifier
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris, make_classification, make_regression
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    ParameterGrid,
    RandomizedSearchCV,
    cross_val_score,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import Bunch

from sktune.exceptions import (
    EmptySpaceError,
    InvalidSpaceError,
    InvalidSpaceTypeError,
    SpaceExhaustedWarning,
)

IRIS = load_iris(return_X_y=True)
C_AND_PENALTY = {"C": loguniform(1e-3, 1e3), "fit_intercept": [True, False]}


class Recorder(ClassifierMixin, BaseEstimator):
    """Remembers the rows of every fit; its score is `level`."""

    fits: ClassVar[list[tuple[Any, np.ndarray]]] = []

    def __init__(self, level=0.0, kind="a"):
        self.level = level
        self.kind = kind

    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.unique(y)
        Recorder.fits.append((self.get_params(), np.array(X)[:, 0], sample_weight))
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def score(self, X, y=None, sample_weight=None):
        return self.level


class Failing(Recorder):
    """Fails to fit where `kind` is "bad", and scores nan where it is "nan"."""

    def fit(self, X, y, sample_weight=None):
        if self.kind == "bad":
            raise ValueError("a bad kind")
        return super().fit(X, y)

    def score(self, X, y=None, sample_weight=None):
        return {"nan": np.nan, "inf": np.inf}.get(self.kind, self.level)


class Reporting(Recorder):
    """Reports the step at which it should have stopped, and asks to run no further next time."""

    def __init__(self, level=0.0, kind="a", n_steps=30, stops=True):
        super().__init__(level, kind)
        self.n_steps = n_steps
        self.stops = stops

    @staticmethod
    def report(level, first_row):
        best = 1 + round(10 * abs(level)) % 7 + int(first_row)
        return {
            "history": {"val_loss": [1.0 / (step + 1) for step in range(best + 2)]},
            "best": best,
        }

    def fit(self, X, y, sample_weight=None):
        if self.stops:
            self.fit_report_ = self.report(self.level, X[0, 0] // 2)
        return super().fit(X, y, sample_weight)

    def transform(self, X):
        return X

    def refit_params(self, reports):
        return {"n_steps": statistics.median(r["best"] for r in reports), "stops": False}


def rows(n=30):
    """Data whose first column says which row it is."""
    return np.arange(2 * n, dtype=float).reshape(n, 2), np.arange(n) % 2


# Many of the scores here rise up to an edge; the warning has a test of its own.
@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
class SearchContract:
    """Subclass it with `search_class`, and pytest runs it all."""

    search_class: ClassVar[type]
    # What the table has besides the columns of RandomizedSearchCV.
    more_columns: ClassVar[set[str]] = set()

    @pytest.fixture(autouse=True)
    def _forget_fits(self):
        Recorder.fits.clear()

    def make(self, estimator, space, **kwargs):
        kwargs.setdefault("random_state", 0)
        kwargs.setdefault("n_iter", 8)
        kwargs.setdefault("cv", 3)
        return self.search_class(estimator, space, **kwargs)

    # What a fitted search offers

    def test_fitted_search_serves_as_its_best_estimator(self):
        search = self.make(LogisticRegression(max_iter=2000), C_AND_PENALTY).fit(*IRIS)
        assert search.best_estimator_.get_params()["C"] == search.best_params_["C"]
        assert_array_equal(search.predict(IRIS[0]), search.best_estimator_.predict(IRIS[0]))
        assert search.score(*IRIS) == search.best_estimator_.score(*IRIS)
        assert search.best_score_ == search.cv_results_["mean_test_score"].max()
        assert len(search.cv_results_["params"]) == 8
        assert search.stop_reason_ == "n_iter"
        assert search.objective_metric_ == "score"
        assert search.search_time_ > 0
        assert is_classifier(search)

    def test_same_attributes_as_randomized_search(self):
        space = {"C": loguniform(1e-3, 1e3)}
        theirs = RandomizedSearchCV(LogisticRegression(max_iter=2000), space, n_iter=3, cv=3)
        ours = self.make(LogisticRegression(max_iter=2000), space, n_iter=3)
        theirs.fit(*IRIS), ours.fit(*IRIS)
        assert {k for k in vars(theirs) if k.endswith("_")} <= set(vars(ours))
        assert set(ours.cv_results_) == set(theirs.cv_results_) | self.more_columns

    def test_clone_and_pickle(self):
        search = self.make(LogisticRegression(max_iter=2000), C_AND_PENALTY)
        fitted = clone(search).fit(*IRIS)
        loaded = pickle.loads(pickle.dumps(fitted))
        assert_array_equal(loaded.predict(IRIS[0]), fitted.predict(IRIS[0]))
        assert loaded.cv_results_["params"] == fitted.cv_results_["params"]
        assert clone(loaded).get_params()["n_iter"] == 8
        assert not hasattr(search, "cv_results_")

    def test_inside_cross_val_score_and_pipeline(self):
        search = self.make(
            LogisticRegression(max_iter=2000), {"C": loguniform(1e-2, 1e2)}, n_iter=3
        )
        assert cross_val_score(search, *IRIS, cv=3).min() > 0.9
        pipeline = make_pipeline(StandardScaler(), search).fit(*IRIS)
        assert pipeline.score(*IRIS) > 0.9

    def test_fit_leaves_parameters_and_estimator_untouched(self):
        estimator = LogisticRegression(max_iter=2000)
        search = self.make(estimator, {"C": loguniform(1e-2, 1e2)}, n_iter=2)
        before = dict(vars(search))
        search.fit(*IRIS)
        assert {name: vars(search)[name] for name in before} == before
        assert estimator.C == 1.0
        assert not hasattr(estimator, "coef_")
        assert not any(value is IRIS[0] for value in vars(search).values())

    # Reproducibility

    @pytest.mark.parametrize("n_iter", [1, 2, 12])
    def test_same_seed_same_search(self, n_iter):
        space = {**C_AND_PENALTY, "max_iter": randint(500, 3000)}
        found = []
        for _ in range(2):
            np.random.seed(len(found))  # noqa: NPY002  the global generator must not matter
            search = self.make(LogisticRegression(), space, n_iter=n_iter).fit(*IRIS)
            found.append((search.cv_results_["params"], search.cv_results_["mean_test_score"]))
        assert found[0][0] == found[1][0]
        assert_array_equal(found[0][1], found[1][1])
        assert len(found[0][0]) == n_iter

    def test_other_seed_other_search(self):
        searches = [
            self.make(Recorder(), {"level": uniform()}, random_state=seed).fit(*rows())
            for seed in (0, 1, np.random.RandomState(0))
        ]
        settings = [search.cv_results_["params"] for search in searches]
        assert settings[0] == settings[2] != settings[1]

    # Folds

    def test_all_candidates_meet_the_same_folds(self):
        search = self.make(
            Recorder(), {"level": uniform()}, cv=KFold(5, shuffle=True), n_iter=10, refit=False
        ).fit(*rows())
        training_sets = {tuple(sorted(fitted_rows)) for _, fitted_rows, _ in Recorder.fits}
        assert len(Recorder.fits) == 50
        assert len(training_sets) == search.n_splits_ == 5

    def test_one_shot_splitter(self):
        X, y = rows()
        splits = KFold(3).split(X, y)
        assert self.make(Recorder(), {"level": uniform()}, cv=splits).fit(X, y).n_splits_ == 3

    # Failures

    def test_failing_folds_get_error_score_and_the_search_goes_on(self):
        space = {"level": uniform(), "kind": ["good", "bad"]}
        with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="non-finite"):
            search = self.make(Failing(), space, n_iter=12).fit(*rows())
        results = search.cv_results_
        is_bad = results["param_kind"] == "bad"
        assert is_bad.any()
        assert_array_equal(np.isnan(results["mean_test_score"]), is_bad)
        assert search.best_params_["kind"] == "good"
        assert len(is_bad) == 12
        told = search.optimizer_.observations.values()
        assert {o.status for o in told if o.candidate.params["kind"] == "bad"} == {"failed"}

    @pytest.mark.parametrize("kind, error_score", [("bad", 1e9), ("nan", np.nan), ("inf", -1.0)])
    def test_optimizer_hears_failed_whatever_the_number(self, kind, error_score):
        space = {"level": uniform(), "kind": ["good", kind]}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search = self.make(
                Failing(), space, n_iter=12, error_score=error_score, refit=False
            ).fit(*rows())
        if kind == "bad":
            assert search.cv_results_["mean_test_score"].max() == 1e9
        for observation in search.optimizer_.observations.values():
            is_failed = observation.candidate.params["kind"] == kind
            assert observation.status == ("failed" if is_failed else "complete")
            assert np.isnan(observation.split_scores["score"]).all() == is_failed
        assert np.isfinite(search.optimizer_.completed()[1]).all()

    def test_failing_scorer_is_a_failure_too(self):
        def score(estimator, X, y):
            if estimator.kind == "bad":
                raise ValueError("cannot be scored")
            return estimator.level

        space = {"level": uniform(), "kind": ["good", "bad"]}
        with pytest.warns(UserWarning, match="Scoring failed"):
            search = self.make(Recorder(), space, scoring=score, error_score=0.5).fit(*rows())
        for observation in search.optimizer_.observations.values():
            is_failed = observation.candidate.params["kind"] == "bad"
            assert (observation.status == "failed") == is_failed

    def test_a_secondary_metric_that_fails_does_not_blind_the_search(self):
        def undefined(estimator, X, y):
            return np.nan

        search = self.make(
            Recorder(),
            {"level": uniform(), "kind": ["a", "b"]},
            scoring={"a": lambda e, X, y: e.level, "b": undefined},
            refit="a",
        )
        with pytest.warns(UserWarning, match="non-finite"):
            search.fit(*rows())
        told = [o for _, o in sorted(search.optimizer_.observations.items())]
        assert [o.status for o in told] == ["complete"] * 8
        assert "design" not in {o.candidate.source for o in told[6:]}
        scores = search.cv_results_["mean_test_a"]
        assert_allclose(search.optimizer_.completed()[1], scores)

    def test_error_score_raise_gives_the_estimators_own_error_and_the_candidate(self):
        search = self.make(Failing(), {"kind": ["bad"]}, error_score="raise", n_iter=1)
        with pytest.raises(ValueError, match="a bad kind") as caught:
            search.fit(*rows())
        assert any("'kind': 'bad'" in note for note in caught.value.__notes__)

    def test_all_fits_failed(self):
        search = self.make(Failing(), {"kind": ["bad"]}, n_iter=1)
        with pytest.raises(ValueError, match=r"(?s)All the 3 fits failed.*a bad kind"):
            search.fit(*rows())

    def test_table_survives_a_refit_that_fails(self):
        def pick_nothing(results):
            raise RuntimeError("cannot choose")

        search = self.make(Recorder(), {"level": uniform()}, refit=pick_nothing)
        with pytest.raises(RuntimeError, match="cannot choose"):
            search.fit(*rows())
        assert len(search.cv_results_["params"]) == 8

    # No point is paid for twice

    def test_small_space_is_tried_once_and_the_search_says_so(self):
        space = {"level": randint(0, 3), "kind": ["a", "b"]}
        with pytest.warns(SpaceExhaustedWarning, match=r"has 6 settings, fewer than n_iter=24"):
            search = self.make(Recorder(), space, n_iter=24).fit(*rows())
        settings = [tuple(params.items()) for params in search.cv_results_["params"]]
        assert len(settings) == len(set(settings)) == 6
        assert search.stop_reason_ == "space exhausted"

    def test_no_setting_twice(self):
        space = {"level": randint(0, 10), "kind": ["a", "b", "c"]}
        search = self.make(Recorder(), space, n_iter=25).fit(*rows())
        settings = {tuple(params.items()) for params in search.cv_results_["params"]}
        assert len(settings) == 25

    def test_lists_are_run_whole_in_grid_order(self):
        space = [{"level": [3, 1, 2], "kind": ["b", "a"]}, {"kind": [None]}]
        search = self.make(Recorder(), space, n_iter=7).fit(*rows())
        assert search.cv_results_["params"] == list(ParameterGrid(space))

    # Known-good starts and forbidden combinations

    def test_estimators_own_settings_come_first(self):
        space = {"level": uniform(0, 2), "kind": ["a", "b"]}
        search = self.make(Recorder(level=1.25, kind="b"), space).fit(*rows())
        assert search.cv_results_["params"][0] == {"level": 1.25, "kind": "b"}
        assert search.best_score_ >= 1.25

    def test_default_is_the_estimators_own_setting_alone(self):
        space = {"level": uniform(0, 2), "kind": ["a", "b"]}
        settings = [
            self.make(Recorder(level=1.25, kind="b"), space, initial_params=given)
            .fit(*rows())
            .cv_results_["params"]
            for given in ("default", [{"level": 1.25, "kind": "b"}])
        ]
        assert settings[0] == settings[1]
        lists = {"level": [0.1, 0.2], "kind": ["a", "b"]}
        search = self.make(Recorder(), lists, initial_params="default", n_iter=4).fit(*rows())
        assert len(search.cv_results_["params"]) == 4

    def test_own_settings_outside_the_space_are_left_out(self):
        search = self.make(Recorder(level=9), {"level": uniform()}).fit(*rows())
        assert all(params["level"] <= 1 for params in search.cv_results_["params"])

    def test_initial_params_come_first_with_their_exact_values(self):
        starts = [{"level": 0.1 + 0.2, "kind": "b"}, {"level": 1, "kind": "a"}]
        space = {"level": uniform(), "kind": ["a", "b"]}
        search = self.make(Recorder(), space, initial_params=starts, n_iter=4).fit(*rows())
        assert search.cv_results_["params"][:2] == starts
        assert len(search.cv_results_["params"]) == 4

    def test_empty_initial_params_begin_with_the_first_design(self):
        search = self.make(Recorder(level=0.5), {"level": uniform()}, initial_params=[])
        assert search.fit(*rows()).cv_results_["params"][0] != {"level": 0.5}

    @pytest.mark.parametrize(
        "start, message",
        [
            ({"level": 2.0}, r"initial_params\[0\]: .*'level' is 2.0, but must be a number"),
            ({}, "no value for 'level'"),
            ({"level": 0.5, "kind": "a"}, "'kind' is not searched"),
            ({"level": 0.9}, "constraint forbids"),
        ],
    )
    def test_initial_params_outside_the_space(self, start, message):
        search = self.make(
            Recorder(),
            {"level": uniform()},
            initial_params=[start],
            constraint=lambda params: params["level"] < 0.8,
        )
        with pytest.raises(InvalidSpaceError, match=message):
            search.fit(*rows())
        assert not Recorder.fits

    def test_constraint_is_never_broken(self):
        search = self.make(
            Recorder(level=0.9, kind="b"),
            {"level": uniform(), "kind": ["a", "b"]},
            constraint=lambda params: params["level"] < 0.5 or params["kind"] == "a",
            n_iter=15,
        ).fit(*rows())
        params = search.cv_results_["params"]
        assert all(p["level"] < 0.5 or p["kind"] == "a" for p in params)
        assert len(params) == 15

    def test_constraint_that_allows_nothing(self):
        search = self.make(Recorder(), {"level": uniform()}, constraint=lambda params: False)
        with pytest.raises(InvalidSpaceError, match="constraint allowed none of"):
            search.fit(*rows())
        assert not Recorder.fits

    @pytest.mark.parametrize("initial_params", [None, [{"level": 0.25}]])
    def test_constraint_that_only_the_start_passes_costs_no_fit(self, initial_params):
        search = self.make(
            Recorder(level=0.25),
            {"level": uniform()},
            initial_params=initial_params,
            constraint=lambda params: params["level"] == 0.25,
        )
        with pytest.raises(EmptySpaceError, match="constraint allowed none of 10000"):
            search.fit(*rows())
        assert not Recorder.fits

    def test_constraint_that_allows_nothing_any_more_ends_the_search(self):
        search = self.make(
            Recorder(),
            {"level": uniform()},
            initial_params=[],
            constraint=lambda params: len(Recorder.fits) < 9,
        ).fit(*rows())
        assert len(search.cv_results_["params"]) == 3
        assert search.stop_reason_ == "space exhausted"
        assert hasattr(search, "best_estimator_")

    def test_checking_the_constraint_changes_no_suggestion(self):
        searches = [
            self.make(Recorder(), {"level": uniform()}, constraint=constraint).fit(*rows())
            for constraint in (None, lambda params: True)
        ]
        settings = [search.cv_results_["params"] for search in searches]
        assert settings[0] == settings[1]

    # Bad input costs no fit

    @pytest.mark.parametrize(
        "change, error, message",
        [
            ({"n_iter": 0}, ValueError, "'n_iter' parameter"),
            ({"param_distributions": 3}, ValueError, "'param_distributions' parameter"),
            ({"param_distributions": {"level": "abc"}}, InvalidSpaceTypeError, "'level' must be"),
            ({"param_distributions": {"level": Bunch(rvs=None)}}, InvalidSpaceTypeError, "rvs"),
            ({"initial_params": [3]}, InvalidSpaceTypeError, "list of dicts"),
            ({"initial_params": "own"}, ValueError, "'initial_params' parameter"),
            ({"constraint": 3}, ValueError, "'constraint' parameter"),
            ({"random_state": "no"}, ValueError, "'random_state' parameter"),
        ],
    )
    def test_bad_parameters(self, change, error, message):
        search = self.make(Recorder(), {"level": uniform()}).set_params(**change)
        with pytest.raises(error, match=message):
            search.fit(*rows())
        assert not Recorder.fits

    def test_unknown_parameter_is_named(self):
        with pytest.raises(ValueError, match="Invalid parameter 'levle'"):
            self.make(Recorder(), {"levle": uniform()}).fit(*rows())

    # What an estimator reports

    def test_reports_are_kept_and_the_estimator_is_asked_how_to_refit(self):
        pipeline = make_pipeline(StandardScaler(), Reporting())
        search = self.make(pipeline, {"reporting__level": uniform()}).fit(*rows())
        folds = search.fit_reports_[search.best_index_]
        assert [len(folds) for folds in search.fit_reports_] == [3] * 8
        n_steps = statistics.median(fold["reporting"]["best"] for fold in folds)
        assert search.refit_params_ == {"reporting__n_steps": n_steps, "reporting__stops": False}
        assert search.best_params_.keys() == {"reporting__level"}
        assert search.best_estimator_[-1].n_steps == n_steps

    # Scoring and refit in all forms

    @pytest.mark.parametrize(
        "scoring, refit, objective",
        [
            (None, True, "score"),
            ("accuracy", True, "score"),
            (["f1_macro", "accuracy"], "accuracy", "accuracy"),
            (["f1_macro", "accuracy"], False, "f1_macro"),
            ({"a": "accuracy", "b": "f1_macro"}, "b", "b"),
            ({"a": "accuracy", "b": "f1_macro"}, lambda results: 1, "a"),
            (lambda e, X, y: {"x": e.score(X, y), "neg": -e.score(X, y)}, "neg", "neg"),
            (lambda e, X, y: {"x": e.score(X, y), "neg": -e.score(X, y)}, False, "x"),
            (lambda e, X, y: e.score(X, y), True, "score"),
        ],
    )
    def test_optimizer_follows_the_objective_metric(self, scoring, refit, objective):
        search = self.make(
            DecisionTreeClassifier(random_state=0),
            {"max_depth": randint(1, 20), "ccp_alpha": uniform(0, 0.1)},
            scoring=scoring,
            refit=refit,
        ).fit(*IRIS)
        assert search.objective_metric_ == objective
        candidates, scores = search.optimizer_.completed()
        assert [c.params for c in candidates] == search.cv_results_["params"]
        assert_allclose(scores, search.cv_results_[f"mean_test_{objective}"])
        assert hasattr(search, "best_estimator_") == (refit is not False)
        if callable(refit):
            assert search.best_index_ == 1

    @pytest.mark.parametrize("refit", [True, "nonsense"])
    def test_refit_that_no_metric_has_costs_one_fold(self, refit):
        scores = lambda e, X, y: {"a": 1.0, "b": e.level}  # noqa: E731
        search = self.make(Recorder(), {"level": uniform()}, scoring=scores, refit=refit)
        with pytest.raises(ValueError, match="refit"):
            search.fit(*rows())
        assert len(Recorder.fits) == 1

    # Data and fit parameters of any kind

    def test_sample_weight_is_sliced_and_groups_reach_the_splitter(self):
        X, y = rows()
        weight = X[:, 0] + 1
        self.make(Recorder(), {"level": uniform()}, cv=GroupKFold(3), n_iter=2).fit(
            X, y, sample_weight=weight, groups=np.arange(30) // 10
        )
        for _, fitted_rows, fitted_weight in Recorder.fits:
            assert_array_equal(fitted_weight, fitted_rows + 1)
        for _, fitted_rows, _ in Recorder.fits[:3]:
            assert len({int(row) // 20 for row in fitted_rows}) == 2

    def test_choices_of_any_kind_come_back_as_they_were(self):
        def function():
            return None

        choices = [None, "text", True, (8, 4), {"a": 1}, function, StandardScaler(), [1, 2]]
        space = {"kind": choices, "level": uniform()}
        search = self.make(Recorder(), space, n_iter=20).fit(*rows())
        for params in search.cv_results_["params"]:
            assert any(params["kind"] is choice for choice in choices)

    def test_estimators_as_steps_and_branches(self):
        pipeline = Pipeline([("scale", StandardScaler()), ("model", SVC())])
        space = [
            {"scale": [StandardScaler(), MinMaxScaler()], "model__C": loguniform(1e-2, 1e3)},
            {"scale": ["passthrough"], "model": [DecisionTreeClassifier(random_state=0)]},
        ]
        search = self.make(pipeline, space, n_iter=8).fit(*IRIS)
        assert search.best_score_ > 0.9
        keys = {frozenset(params) for params in search.cv_results_["params"]}
        assert keys == {frozenset({"scale", "model__C"}), frozenset({"scale", "model"})}

    @pytest.mark.parametrize("module", ["pandas", "polars"])
    def test_frames(self, module):
        frames = pytest.importorskip(module)
        X = frames.DataFrame({f"x{i}": column for i, column in enumerate(IRIS[0].T)})
        search = self.make(
            LogisticRegression(max_iter=2000), {"C": loguniform(1e-2, 1e2)}, n_iter=2
        )
        search.fit(X, IRIS[1])
        assert list(search.feature_names_in_) == ["x0", "x1", "x2", "x3"]
        assert search.n_features_in_ == 4

    def test_texts_sparse_and_unsupervised(self):
        texts = ["good film", "bad film", "good book", "bad book"] * 6
        labels = [1, 0, 1, 0] * 6
        pipeline = make_pipeline(CountVectorizer(), LogisticRegression())
        search = self.make(pipeline, {"logisticregression__C": loguniform(1e-2, 1e2)}, n_iter=2)
        assert search.fit(texts, labels).score(texts, labels) == 1.0
        clusters = self.make(
            KMeans(n_init=1, random_state=0), {"n_clusters": randint(2, 6)}, n_iter=3
        )
        assert clusters.fit(IRIS[0]).predict(IRIS[0]).shape == (150,)

    def test_images_and_several_targets(self):
        X, y = make_regression(40, 5, n_targets=2, random_state=0)
        search = self.make(Ridge(), {"alpha": loguniform(1e-3, 1e3)}, n_iter=3).fit(X, y)
        assert search.predict(X).shape == (40, 2)
        images = np.zeros((30, 4, 4, 1))
        labels = np.arange(30) % 2
        dummy = self.make(DummyClassifier(), {"strategy": ["prior", "uniform"]}, n_iter=2)
        assert dummy.fit(images, labels).predict(images).shape == (30,)

    def test_precomputed_kernel(self):
        X, y = make_classification(40, random_state=0)
        search = self.make(SVC(kernel="precomputed"), {"C": loguniform(1e-2, 1e2)}, n_iter=2)
        assert search.fit(X @ X.T, y).score(X @ X.T, y) > 0.5

    # Several workers

    @pytest.mark.parametrize("backend", ["threading", "loky"])
    def test_workers_give_the_same_scores(self, backend):
        # The scores of a setting do not depend on who computed them.
        with joblib.parallel_config(backend=backend, n_jobs=2):
            search = self.make(
                DecisionTreeClassifier(random_state=0), {"max_depth": randint(1, 30)}
            )
            search.fit(*IRIS)
        assert len(search.cv_results_["params"]) == 8
        for params, score in zip(
            search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
        ):
            tree = DecisionTreeClassifier(random_state=0, **params)
            assert score == pytest.approx(cross_val_score(tree, *IRIS, cv=3).mean())

    # scikit-learn's callbacks

    @pytest.mark.parametrize("backend", ["sequential", "threading", "loky"])
    def test_progress_bar_shows_search_folds_and_refit(self, backend, capfd, monkeypatch):
        callback = pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9")
        pytest.importorskip("rich")
        monkeypatch.setenv("COLUMNS", "160")
        pipeline = make_pipeline(StandardScaler(), SVC())
        search = self.make(pipeline, {"svc__C": loguniform(1e-2, 1e2)}, n_iter=2, cv=2)
        search.set_callbacks(callback.ProgressBar())
        n_jobs = 1 if backend == "sequential" else 2
        with joblib.parallel_config(backend=backend, n_jobs=n_jobs), warnings.catch_warnings():
            # StandardScaler and SVC have no callbacks of their own, of which Pipeline warns.
            warnings.filterwarnings("ignore", message=".*does not support callbacks")
            search.fit(*IRIS)
        shown = capfd.readouterr().out
        name = self.search_class.__name__
        for line in (
            f"{name} - fit ",
            f"{name} - search #0 ",
            *(f"candidate-split-evaluation | Pipeline - fit #{fold} " for fold in range(4)),
            f"{name} - refit-with-best-params | Pipeline - fit #1 ",
        ):
            assert any(line in row and "100%" in row for row in shown.splitlines())
