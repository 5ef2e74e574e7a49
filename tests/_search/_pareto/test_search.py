"""``ParetoSearchCV``: the contract of all searches with a second score, and what is its own."""

import inspect
import pickle
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import randint, uniform
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.linear_model import Lasso
from sklearn.metrics import accuracy_score, fbeta_score, make_scorer, matthews_corrcoef
from sklearn.model_selection import RandomizedSearchCV, cross_val_score
from sklearn.tree import DecisionTreeClassifier

from sktune import ParetoSearchCV, pareto_front
from sktune._search._pareto._scores import read_scores
from sktune.exceptions import JournalError, TradeOffWarning
from tests.contracts.search_contract import Failing, Recorder, SearchContract, rows

CANCER = load_breast_cancer(return_X_y=True)
IRIS = load_iris(return_X_y=True)
LEAVES = {"max_leaf_nodes": randint(2, 40), "min_samples_leaf": randint(1, 40)}
SCORING = {"accuracy": "accuracy", "n_features": "n_features"}
ACCURACY = make_scorer(accuracy_score)
WEIGHTS = {"accuracy": 0.3, "n_features": 0.7}


def tree_search(**kwargs):
    options = {"scoring": SCORING, "n_iter": 12, "cv": 3, "random_state": 0} | kwargs
    return ParetoSearchCV(DecisionTreeClassifier(random_state=0), LEAVES, **options)


def second(estimator, X, y=None):
    """A score that never changes, so that the first one decides."""
    return 0.0


# The second score of most is the same for all candidates.
@pytest.mark.filterwarnings("ignore:.* for all candidates:sktune.exceptions.TradeOffWarning")
class TestContract(SearchContract):
    search_class = ParetoSearchCV

    def make(self, estimator, space, **kwargs):
        """A single score gets a second one beside it; `refit` names the first."""
        scoring = kwargs.pop("scoring", None)
        if scoring is None or isinstance(scoring, str) or callable(scoring):
            scoring = {"score": scoring, "n_features": "n_features"}
        if kwargs.get("refit", True) is True:
            kwargs["refit"] = next(iter(scoring))
        return super().make(estimator, space, scoring=scoring, **kwargs)

    def test_same_attributes_as_randomized_search(self):
        space = {"max_depth": randint(1, 5)}
        theirs = RandomizedSearchCV(DecisionTreeClassifier(), space, n_iter=3, cv=3).fit(*IRIS)
        ours = self.make(DecisionTreeClassifier(), space, n_iter=3).fit(*IRIS)
        assert {k for k in vars(theirs) if k.endswith("_")} <= set(vars(ours))
        added = {name for name in ours.cv_results_ if name.endswith("n_features")}
        assert set(ours.cv_results_) - added == set(theirs.cv_results_)

    @pytest.mark.parametrize("kind, error_score", [("bad", 1e9), ("nan", np.nan), ("inf", -1.0)])
    def test_optimizer_hears_failed_whatever_the_number(self, kind, error_score):
        # As with other searches of several metrics, one of them may fail alone.
        space = {"level": uniform(), "kind": ["good", kind]}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search = self.make(
                Failing(), space, n_iter=12, error_score=error_score, refit=False
            ).fit(*rows())
        told = search.optimizer_._told()
        assert {candidate.params["kind"] for candidate in told.failed} == {kind}
        assert {candidate.params["kind"] for candidate in told.candidates} == {"good"}
        assert {params["kind"] for params in search.pareto_front_.params} == {"good"}

    # Here one metric of several that fails does count: without it no setting is on the front. Of
    # callables that return several scores the names are not known before the first fit.
    test_failing_scorer_is_a_failure_too = None
    test_a_secondary_metric_that_fails_does_not_blind_the_search = None
    test_refit_that_no_metric_has_costs_one_fold = None

    @pytest.mark.parametrize(
        "scoring, refit, objective",
        [
            (None, True, "score"),
            (["f1_macro", "accuracy"], "accuracy", "accuracy"),
            (["f1_macro", "accuracy"], False, "f1_macro"),
            ({"a": "accuracy", "b": "f1_macro"}, "b", "b"),
            ({"a": "accuracy", "b": "f1_macro"}, lambda results: 1, "a"),
        ],
        ids=["own", "second", "none", "named", "callable"],
    )
    @pytest.mark.filterwarnings("ignore:'.*' and '.*' agree")
    def test_optimizer_follows_the_objective_metric(self, scoring, refit, objective):
        super().test_optimizer_follows_the_objective_metric(scoring, refit, objective)


@pytest.fixture(scope="module")
def search():
    return tree_search().fit(*CANCER)


def test_costs_are_negative_in_the_table_and_positive_for_the_user(search):
    results, front = search.cv_results_, search.pareto_front_
    assert (results["mean_test_n_features"] < 0).all()
    assert search.costs_ == front.costs == ("n_features",)
    assert_array_equal(front.scores[:, 1], -results["mean_test_n_features"][search.pareto_index_])
    assert (front.scores[:, 1] >= 1).all()
    best = search.best_estimator_
    assert (best.feature_importances_ > 0).sum() > 0
    assert_array_equal(search.pareto_index_, pareto_front(search).indices)
    assert search.hypervolume_ == front.hypervolume > 0


def test_a_cost_of_nothing_has_no_sign():
    search = ParetoSearchCV(Lasso(), {"alpha": [0.1, 1e6]}, scoring=["r2", "n_features"], n_iter=2)
    front = search.fit(*load_diabetes(return_X_y=True)).pareto_front_
    assert front.scores[-1, 1] == 0
    assert not np.signbit(front.all_scores[:, 1]).any()
    assert "-0 ± 0" not in str(front)


def test_front_is_shown_in_a_notebook(search):
    page = search._repr_html_()
    assert "accuracy of the setting chosen" in page
    assert page.count("max_leaf_nodes=") >= len(search.pareto_front_)


def test_knee_is_the_default(search):
    assert search.best_index_ == search.pareto_front_.choose("knee")
    assert search.objective_metric_ == "accuracy"
    assert search.best_score_ == search.cv_results_["mean_test_accuracy"][search.best_index_]
    assert search.score(*CANCER) == accuracy_score(CANCER[1], search.predict(CANCER[0]))


@pytest.mark.parametrize(
    "refit, objective",
    [
        ("ideal", "accuracy"),
        ("accuracy", "accuracy"),
        ("n_features", "n_features"),
        ({"maximize": "accuracy", "n_features": 2}, "accuracy"),
        ({"minimize": "n_features", "accuracy": 0.91}, "n_features"),
        ({"weights": {"accuracy": 1, "n_features": 1}}, "accuracy"),
        (lambda results: 3, "accuracy"),
    ],
    ids=["ideal", "score", "cost", "maximize", "minimize", "weights", "callable"],
)
def test_rules_of_refit(search, refit, objective):
    # Of the same candidates: only what is chosen differs.
    other = tree_search(refit=refit, initial_params=search.cv_results_["params"], n_iter=12).fit(
        *CANCER
    )
    assert_array_equal(other.pareto_index_, search.pareto_index_)
    assert other.objective_metric_ == objective
    if callable(refit):
        assert other.best_index_ == 3
        assert not hasattr(other, "best_score_")
    else:
        assert other.best_index_ in other.pareto_index_
        assert other.cv_results_[f"mean_test_{objective}"][other.best_index_] == other.best_score_
    assert (
        other.best_estimator_.get_params()["max_leaf_nodes"]
        == (other.best_params_["max_leaf_nodes"])
    )
    assert 0.8 < other.score(*CANCER) <= 1  # of a cost, the first score that is none


def test_estimator_for_another_point_of_the_front(search):
    index = search.pareto_index_[-1]
    estimator = search.estimator_for(index)
    assert {n: estimator.get_params()[n] for n in LEAVES} == search.cv_results_["params"][index]
    assert not hasattr(estimator, "tree_")
    for bad in (-1, 99, 1.5):
        with pytest.raises(IndexError, match="index must be from 0 to 11"):
            search.estimator_for(bad)


def test_without_refit_there_is_a_front_all_the_same():
    search = tree_search(refit=False, n_iter=4).fit(*CANCER)
    assert len(search.pareto_front_) == len(search.pareto_index_) > 0
    assert not hasattr(search, "best_index_")


def test_limits_that_nothing_keeps():
    rule = {"maximize": "accuracy", "n_features": 0.5}
    with pytest.warns(TradeOffWarning, match="misses 'n_features' by"):
        search = tree_search(n_iter=4, refit=rule).fit(*CANCER)
    assert search.best_index_ == search.pareto_index_[-1]


def test_all_costs_of_a_fold():
    costs = ["fit_time", "score_time", "prediction_time", "model_size", "n_features"]
    search = tree_search(scoring=["accuracy", *costs], n_iter=5, return_train_score=True)
    search.fit(*CANCER)
    results = search.cv_results_
    for cost in costs:
        assert (results[f"mean_test_{cost}"] < 0).all()
        assert_array_equal(results[f"mean_test_{cost}"], results[f"mean_train_{cost}"])
    assert_allclose(-results["mean_test_fit_time"], results["mean_fit_time"])
    assert_allclose(-results["mean_test_score_time"], results["mean_score_time"])
    assert search.pareto_front_.scores.shape[1] == 6  # more than boxes are made for


def test_thresholds_are_the_reference_of_the_front():
    thresholds = {"accuracy": 0.88, "n_features": 12}
    search = tree_search(n_iter=4, thresholds=thresholds).fit(*CANCER)
    assert search.pareto_front_.reference.tolist() == [0.88, 12.0]


@pytest.mark.parametrize("rule", [True, "ideal", {"minimize": "n_features"}, {"weights": WEIGHTS}])
def test_nothing_beyond_the_thresholds_is_chosen(rule):
    free = tree_search(refit=rule).fit(*CANCER)
    least = free.cv_results_["mean_test_accuracy"][free.best_index_] + 1e-3
    search = tree_search(refit=rule, thresholds={"accuracy": least}).fit(*CANCER)
    assert search.cv_results_["mean_test_accuracy"][search.best_index_] >= least
    assert search.best_index_ in search.pareto_index_


def test_thresholds_that_nothing_reaches_leave_the_whole_front():
    with pytest.warns(TradeOffWarning, match="No candidate reaches .*'accuracy': 0.99") as caught:
        search = tree_search(n_iter=4, thresholds={"accuracy": 0.99}).fit(*CANCER)
    assert len(caught) == 1
    assert search.best_index_ in search.pareto_index_
    assert search.hypervolume_ == 0


def test_scores_that_agree_are_warned_of():
    with pytest.warns(TradeOffWarning, match=r"'accuracy' and 'f1_macro' agree .* correlation"):
        tree_search(scoring=["accuracy", "f1_macro"]).fit(*CANCER)


def test_a_score_that_fails_for_some_is_never_on_the_front():
    def fragile(estimator, X, y):
        return np.nan if estimator.max_leaf_nodes > 15 else 0.5

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "One or more of the test scores are non-finite")
        search = tree_search(scoring={"accuracy": "accuracy", "f": fragile}).fit(*CANCER)
    sizes = [params["max_leaf_nodes"] for params in search.pareto_front_.params]
    assert max(sizes) <= 15


def test_no_candidate_has_all_scores():
    # What was paid for is not lost: the others still say which setting is best.
    nothing = {"accuracy": "accuracy", "f": lambda estimator, X, y: np.nan}
    with (
        pytest.warns(UserWarning, match="non-finite"),
        pytest.warns(TradeOffWarning, match="the best by 'accuracy' alone is taken") as caught,
    ):
        search = tree_search(scoring=nothing, n_iter=4).fit(*CANCER)
    assert {w.filename for w in caught if w.category is TradeOffWarning} == {__file__}
    assert len(search.pareto_front_) == 0
    assert search.best_score_ == search.cv_results_["mean_test_accuracy"].max()


def test_a_score_that_never_changes_is_warned_of():
    scoring = {"accuracy": "accuracy", "b": lambda estimator, X, y: 0.25, "fit_time": "fit_time"}
    with pytest.warns(TradeOffWarning, match=r"'b' is 0\.25 for all candidates") as caught:
        tree_search(scoring=scoring, n_iter=10).fit(*CANCER)
    # Its rank correlation with others is not known.
    assert not any(issubclass(w.category, RuntimeWarning) for w in caught)
    assert {w.filename for w in caught} == {__file__}


@pytest.mark.parametrize("constant", ["accuracy", "both"])
def test_constant_scores_leave_all_on_the_front(constant):
    first = (lambda estimator, X, y: 0.25) if constant == "both" else "accuracy"
    scoring = {"a": first, "b": second}
    search = tree_search(scoring=scoring, n_iter=8).fit(*CANCER)
    assert len(search.cv_results_["params"]) == 8
    if constant == "both":
        assert len(search.pareto_index_) == 8
    else:
        top = search.cv_results_["mean_test_a"].max()
        assert (search.cv_results_["mean_test_a"][search.pareto_index_] == top).all()


@pytest.mark.parametrize(
    "change, message",
    [
        ({"scoring": None}, "at least two scores"),
        ({"scoring": "accuracy"}, "at least two scores"),
        ({"scoring": accuracy_score}, "at least two scores"),
        ({"scoring": ["accuracy"]}, "at least two scores"),
        ({"scoring": {}}, "at least two scores"),
        ({"scoring": ["accuracy", "accuracy"]}, r"\['accuracy'\] twice"),
        ({"scoring": {"a": "accuracy", "b": "accuracy"}}, "under the names 'a' and 'b'"),
        (
            {"scoring": {"a": "accuracy", "n_features": "n_features", "b": ACCURACY}},
            "the same score under the names 'a' and 'b'",
        ),
        ({"scoring": {"a": second, "b": second}}, "under the names 'a' and 'b'"),
        (
            {"scoring": {"a": "matthews_corrcoef", "b": make_scorer(matthews_corrcoef)}},
            "under the names 'a' and 'b'",
        ),
        ({"scoring": ["accuracy", ACCURACY]}, "which have no names"),
        ({"scoring": {"accuracy": "accuracy", 3: "f1"}}, r"strings for names, got \[3\]"),
        ({"scoring": ["fit_time", "model_size"]}, "costs only"),
        ({"scoring": {"accuracy": "accuracy", "fit_time": "f1"}}, "that of a cost"),
        ({"scoring": {"accuracy": "accuracy", "fit_time": "score_time"}}, "that of a cost"),
        ({"scoring": {"accuracy": "accuracy", "speed": "fit_time"}}, "go by their own names"),
        *(
            ({"scoring": {"accuracy": "accuracy", word: "f1"}}, f"called '{word}'")
            for word in ("knee", "ideal", "maximize", "minimize", "weights")
        ),
        ({"scoring": ["accuracy", "speed"]}, "(?s)'speed'"),
        ({"refit": "quickest"}, "refit='quickest' is no rule"),
        ({"refit": {"maximize": "speed"}}, r"refit names \['speed'\]"),
        (
            {"refit": {"minimize": "n_features", "accuracy": 1.2}},
            "refit: the limit of 'accuracy' is 1.2, and no score can be above 1",
        ),
        ({"refit": {"maximize": "accuracy", "n_features": -3}}, "must be at least 0, got -3"),
        ({"refit": 7}, "'refit' parameter"),
        ({"refit": None}, "'refit' parameter"),
        ({"thresholds": {"speed": 1.0}}, "thresholds names 'speed'"),
        ({"thresholds": {"accuracy": 1.01}}, "no score can be above 1"),
        ({"thresholds": {"accuracy": "high"}}, "must be a number, got 'high'"),
        ({"thresholds": {"accuracy": np.nan}}, "must be a number, got nan"),
        ({"thresholds": {"n_features": 0}}, "must be positive, got 0"),
        (
            {"scoring": ["accuracy", "neg_log_loss"], "thresholds": {"neg_log_loss": 0.5}},
            "no score can be above 0",
        ),
        ({"thresholds": [0.9]}, "'thresholds' parameter"),
        ({"n_initial_points": 0}, "'n_initial_points' parameter"),
        ({"stop_when_converged": True}, "'stop_when_converged' parameter of ParetoSearchCV"),
    ],
)
def test_bad_input_costs_no_fit(change, message):
    Recorder.fits.clear()
    search = ParetoSearchCV(Recorder(), {"level": uniform()}, scoring=SCORING, n_iter=2, cv=2)
    with pytest.raises(ValueError, match=message):
        search.set_params(**change).fit(*rows())
    assert not Recorder.fits


def test_scorers_of_one_function_may_differ_by_their_options():
    scoring = {
        f"beta {beta}": make_scorer(fbeta_score, beta=beta, average="macro") for beta in (0.5, 2)
    }
    assert read_scores(scoring).names == ["beta 0.5", "beta 2"]
    opposed = {"high": ACCURACY, "low": make_scorer(accuracy_score, greater_is_better=False)}
    assert read_scores(opposed).names == ["high", "low"]


def test_what_is_not_there_yet_is_no_parameter():
    assert "warm_start_from" not in inspect.signature(ParetoSearchCV).parameters


def test_clone_pickle_and_cross_validation():
    search = tree_search(n_iter=3, refit={"maximize": "accuracy", "n_features": 30})
    fitted = pickle.loads(pickle.dumps(clone(search).fit(*IRIS)))
    assert fitted.pareto_front_.metrics == ("accuracy", "n_features")
    assert cross_val_score(search, *IRIS, cv=2).mean() > 0.8


def test_journal_goes_on_with_the_same_front(tmp_path):
    # A time among the scores: what was measured before comes back as it was.
    scoring = ["accuracy", "fit_time"]
    first = tree_search(scoring=scoring, n_iter=5, journal=tmp_path / "journal").fit(*CANCER)
    again = tree_search(scoring=scoring, n_iter=7, journal=tmp_path / "journal").fit(*CANCER)
    assert again.cv_results_["params"][:5] == first.cv_results_["params"]
    assert_array_equal(
        again.cv_results_["mean_test_fit_time"][:5], first.cv_results_["mean_test_fit_time"]
    )


def test_journal_goes_on_with_another_rule_but_not_with_other_thresholds(tmp_path):
    journal = {"journal": tmp_path / "journal"}
    first = tree_search(n_iter=3, **journal).fit(*CANCER)
    rule = {"minimize": "n_features", "accuracy": 0.5}
    again = tree_search(n_iter=3, refit=rule, **journal).fit(*CANCER)
    assert again.cv_results_["params"] == first.cv_results_["params"]
    assert again.objective_metric_ == "n_features"
    with pytest.raises(JournalError, match="thresholds"):
        tree_search(n_iter=3, thresholds={"accuracy": 0.9}, **journal).fit(*CANCER)


def test_scores_of_the_front_are_those_of_the_setting(search):
    index = search.pareto_index_[0]
    scores = cross_val_score(search.estimator_for(index), *CANCER, cv=3)
    assert search.pareto_front_.scores[0, 0] == pytest.approx(scores.mean())


def test_racing_drops_what_the_front_beats():
    lists = {"max_leaf_nodes": [2, 3, 8, 40], "max_features": [1, 4, 15], "max_depth": [2, 9]}
    tree = DecisionTreeClassifier(random_state=0)
    full, raced = (
        ParetoSearchCV(tree, lists, scoring=SCORING, n_iter=24, cv=5, racing=racing).fit(*CANCER)
        for racing in (False, True)
    )
    assert raced.n_fits_ < 0.85 * full.n_fits_
    assert raced.pareto_index_.tolist() == full.pareto_index_.tolist()
    assert raced.best_index_ == full.best_index_
    done = raced.cv_results_["n_splits_done"]
    assert (done[raced.pareto_index_] == 5).all()
    assert np.isnan(raced.cv_results_["mean_test_accuracy"][done < 5]).all()
