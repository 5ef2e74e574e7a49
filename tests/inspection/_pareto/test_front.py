"""The front of fitted searches, scikit-learn's included, against their tables."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearchCV, HyperbandSearchCV, pareto_front
from sktune.exceptions import TradeOffWarning

IRIS = load_iris(return_X_y=True)
SPACE = {"max_depth": [1, 2, 3, None], "min_samples_leaf": [1, 10, 40]}
SCORING = ["accuracy", "neg_log_loss", "recall_macro"]


def brute_force(search, names):
    """Rows of the table that no other row dominates."""
    # Means that differ by rounding alone are equal.
    means = np.column_stack([search.cv_results_[name] for name in names]).round(12)
    return [
        i
        for i, row in enumerate(means)
        if not any((other >= row).all() and (other > row).any() for other in means)
    ]


@pytest.fixture(scope="module", params=["grid", "random", "bayes"])
def search(request):
    tree = DecisionTreeClassifier(random_state=0)
    common = {"scoring": SCORING, "refit": "accuracy"}
    made = {
        "grid": lambda: GridSearchCV(tree, SPACE, **common),
        "random": lambda: RandomizedSearchCV(tree, SPACE, n_iter=8, random_state=0, **common),
        "bayes": lambda: BayesSearchCV(tree, SPACE, n_iter=8, random_state=0, **common),
    }[request.param]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return made.fit(*IRIS)


@pytest.mark.parametrize("metrics", [None, SCORING[:2], SCORING[::-1]])
def test_front_is_what_no_row_of_the_table_dominates(search, metrics):
    front = pareto_front(search, metrics)
    names = [f"mean_test_{name}" for name in (metrics or SCORING)]
    assert sorted(front.indices) == brute_force(search, names)
    for place, index in enumerate(front.indices):
        assert front.params[place] == search.cv_results_["params"][index]
        means = [search.cv_results_[name][index] for name in names]
        np.testing.assert_array_equal(front.scores[place], means)
    assert (np.diff(front.scores[:, 0]) <= 0).all()
    assert ((front.probability >= 0) & (front.probability <= 1)).all()


def test_times_are_costs_of_every_search(search):
    front = pareto_front(search, ["accuracy", "fit_time"])
    negated = {**search.cv_results_, "minus": -search.cv_results_["mean_fit_time"]}
    table = type("Table", (), {"cv_results_": negated})
    assert sorted(front.indices) == brute_force(table, ["mean_test_accuracy", "minus"])
    assert front.costs == ("fit_time",)
    assert (front.scores > 0).all()
    assert front.choose({"minimize": "fit_time", "accuracy": 0.0}) == front.indices[-1]


def test_rounding_does_not_tell_equal_means_apart():
    scores = iter([0.1 + 0.2, 0.3, 0.1])
    search = GridSearchCV(
        DummyClassifier(),
        {"random_state": [0, 1, 2]},
        scoring=lambda estimator, X, y: {"a": next(scores), "b": float(estimator.random_state)},
        refit=False,
        cv=[(np.arange(100), np.arange(100, 150))],
    )
    assert pareto_front(search.fit(*IRIS)).indices.tolist() == [1, 2]


def test_hypervolume_grows_to_that_of_the_front(search):
    front = pareto_front(search, reference={"accuracy": 0.0})
    assert front.reference[0] == 0.0
    volumes = front.hypervolumes()
    assert (np.diff(volumes) >= 0).all()
    assert volumes[-1] == pytest.approx(front.hypervolume)
    assert volumes[-1] > 0


def test_prices_along_the_front(search):
    front = pareto_front(search, ["accuracy", "recall_macro", "fit_time"])
    # The third is beaten in accuracy and time by the second; the last two are equal in both.
    scores = [
        [0.95, 0.9, 8.0],
        [0.9, 0.8, 2.0],
        [0.85, 0.99, 3.0],
        [0.7, 0.7, 0.0],
        [0.7, 0.8, 0.0],
    ]
    front = replace(front, scores=np.array(scores))
    prices = front.prices("accuracy", "fit_time")
    assert prices == [(pytest.approx(0.2), np.inf), (pytest.approx(0.05), 4.0)]
    for bad in (("fit_time", "fit_time"), ("accuracy", "accuracy"), ("accuracy", "speed")):
        with pytest.raises(ValueError, match="score must be one of"):
            front.prices(*bad)


def test_table_and_text_have_a_row_for_each_setting(search):
    pandas = pytest.importorskip("pandas")
    front = pareto_front(search)
    assert len(pandas.DataFrame(front.table())) == len(front)
    assert str(front).count("\n") == len(front)
    assert front._repr_html_().count("<tr>") == len(front) + 1


def test_text_is_escaped():
    class Odd(DummyClassifier):
        pass

    search = GridSearchCV(Odd(strategy="constant"), {"constant": [0, 1]}, scoring=SCORING[:1])
    search.set_params(scoring={"<b>": "accuracy", "x": "recall_macro"}, refit=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        page = pareto_front(search.fit(*IRIS))._repr_html_()
    assert "<b>" not in page
    assert "&lt;b&gt;" in page


def test_a_single_metric_against_its_time():
    search = GridSearchCV(DecisionTreeClassifier(), SPACE).fit(*IRIS)
    assert pareto_front(search, ["score", "fit_time"]).metrics == ("score", "fit_time")
    with pytest.raises(ValueError, match=r"at least two scores.*got \['score'\]"):
        pareto_front(search)


class FailsAtTwo(DecisionTreeClassifier):
    """Cannot be fitted with the depth 2, where it would be on the front."""

    def fit(self, X, y, **kwargs):
        if self.max_depth == 2:
            raise ValueError("no")
        return super().fit(X, y, **kwargs)


@pytest.mark.parametrize("make", [GridSearchCV, BayesSearchCV])
@pytest.mark.parametrize("error_score", [np.nan, 5.0])
def test_failed_candidates_are_never_on_the_front(make, error_score):
    search = make(
        FailsAtTwo(random_state=0),
        {"max_depth": [1, 2, 3]},
        scoring=SCORING,
        refit=False,
        error_score=error_score,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        front = pareto_front(search.fit(*IRIS))
    # GridSearchCV does not tell a failure from a number.
    is_known = make is BayesSearchCV or np.isnan(error_score)
    assert (1 in front.indices) != is_known


def test_of_a_halving_search_the_last_rung_counts():
    search = HalvingGridSearchCV(DecisionTreeClassifier(random_state=0), SPACE, random_state=0)
    front = pareto_front(search.fit(*IRIS), ["score", "fit_time"])
    resources = search.cv_results_["n_resources"]
    assert (resources[front.indices] == resources.max()).all()


def test_of_a_search_that_trains_further_the_last_rung_counts():
    search = HyperbandSearchCV(
        RandomForestClassifier(n_estimators=9, random_state=0),
        {"max_features": uniform(0.1, 0.9), "max_samples": uniform(0.1, 0.9)},
        resource="epochs",
        n_iter=3,
        cv=2,
        random_state=0,
    )
    front = pareto_front(search.fit(*IRIS), ["score", "fit_time"])
    resources = search.cv_results_["resource"]
    assert len(front) > 0
    assert (resources[front.indices] == resources.max()).all()


def test_no_candidate_with_all_scores_is_an_empty_front():
    search = GridSearchCV(
        DecisionTreeClassifier(),
        {"max_depth": [1, 2]},
        scoring={"a": "accuracy", "b": lambda estimator, X, y: np.nan},
        refit=False,
    )
    with pytest.warns(UserWarning, match="non-finite"):
        search.fit(*IRIS)
    front = pareto_front(search)
    assert len(front) == 0
    assert front.hypervolume == 0.0
    assert front.hypervolumes().tolist() == [0.0, 0.0]
    with pytest.raises(ValueError, match="no front to choose from"):
        front.choose()


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"metrics": ["accuracy"]}, "at least two scores"),
        ({"metrics": "accuracy"}, "at least two scores"),
        ({"metrics": ["accuracy", "accuracy"]}, "none of them twice"),
        ({"metrics": ["accuracy", "speed"]}, r"names \['speed'\]; the search has"),
        ({"reference": {"speed": 1.0}}, r"reference names \['speed'\]"),
    ],
)
def test_bad_input(search, kwargs, message):
    with pytest.raises(ValueError, match=message):
        pareto_front(search, **kwargs)


def test_what_is_no_fitted_search():
    with pytest.raises(NotFittedError, match="call fit first"):
        pareto_front(GridSearchCV(DecisionTreeClassifier(), SPACE))
    with pytest.raises(TypeError, match="must be a fitted search"):
        pareto_front(DecisionTreeClassifier())


def test_limits_that_nothing_keeps_choose_the_nearest_with_a_warning(search):
    front = pareto_front(search)
    with pytest.warns(TradeOffWarning, match="misses 'accuracy' by"):
        index = front.choose({"maximize": "neg_log_loss", "accuracy": 1.5})
    assert search.cv_results_["mean_test_accuracy"][index] == front.scores[:, 0].max()
