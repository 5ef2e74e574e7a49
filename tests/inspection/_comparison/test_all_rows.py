"""``all_rows=True``: the addition against a plain loop, a known learning curve, and bad input."""

from itertools import combinations

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose
from scipy.stats import loguniform, randint
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.datasets import make_classification
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, make_scorer, roc_auc_score
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingRandomSearchCV,
    KFold,
    PredefinedSplit,
    RandomizedSearchCV,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearchCV
from sktune.inspection import ComparisonDisplay, compare_to_default, read_search, search_report
from sktune.inspection._comparison._all_rows import check_parts, gain_of_rows, parts_of_rows
from sktune.inspection._comparison._intervals import half_width
from sktune.inspection._comparison._rerun import Data

pytestmark = pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")

X, Y = make_classification(120, n_informative=4, flip_y=0.2, random_state=0)
GROUPS = np.random.default_rng(0).integers(14, size=120)
WEIGHTS = np.random.default_rng(1).uniform(0.1, 3.0, size=120)
TREE = DecisionTreeClassifier(max_depth=9, random_state=0)
SPACE = {"max_depth": randint(1, 10), "min_samples_leaf": randint(1, 30)}


def search_of(estimator=TREE, space=SPACE, **options):
    options = {"n_iter": 6, "cv": StratifiedKFold(5), "random_state": 0} | options
    return BayesSearchCV(estimator, space, **options)


def scores_are_weighted():
    """Whether searches of this scikit-learn weight scores where nothing is routed."""
    given = {"sample_weight": WEIGHTS}
    search = GridSearchCV(TREE, {"max_depth": [9]}, cv=4).fit(X, Y, **given)
    return search.best_score_ != cross_val_score(TREE, X, Y, cv=4, params=given).mean()


def by_plain_loop(search, metric, folds, parts, weights=None, score_weights=None):
    """Mean of what the best setting gains, each score of its own fit."""
    rows, n = np.arange(len(Y)), len(Y)
    scores, sizes = {2: [], 3: []}, {2: [], 3: []}
    for tested in range(len(parts)):
        others = [part for part in range(len(parts)) if part != tested]
        for size in (2, 3):
            for more in combinations(others, size - 1):
                train = np.setdiff1d(rows, np.concatenate([parts[p] for p in (tested, *more)]))
                model = clone(search.estimator).set_params(**search.best_params_)
                given = {} if weights is None else {"sample_weight": weights[train]}
                model.fit(X[train], Y[train], **given)
                test = parts[tested]
                given = {} if score_weights is None else {"sample_weight": score_weights[test]}
                predicted = (
                    model.predict(X[test])
                    if metric is accuracy_score
                    else model.predict_proba(X[test])[:, 1]
                )
                scores[size].append(metric(Y[test], predicted, **given))
                sizes[size].append(1 / len(train))
    step = np.mean(scores[2]) - np.mean(scores[3])
    missing = np.mean([1 / len(train) for train, _ in folds]) - 1 / n
    # Every model of three parts left out is scored three times, one of two parts twice.
    return step * missing / (np.mean(sizes[3]) - np.mean(sizes[2]))


@pytest.mark.parametrize("method", ["bbc", "folds"])
def test_the_addition_is_a_plain_loop(method):
    search = search_of(keep_predictions=True).fit(X, Y)
    without = compare_to_default(search, X, Y, method=method)
    found = compare_to_default(search, X, Y, method=method, all_rows=True)
    folds = list(StratifiedKFold(5).split(X, Y))
    expected = by_plain_loop(search, accuracy_score, folds, [test for _, test in folds])
    assert expected != 0.0
    assert without.rows_gain == 0.0
    assert found.rows_gain == pytest.approx(expected)
    assert found.expected_score == pytest.approx(without.expected_score + expected)
    same = ("difference", "low", "high", "verdict", "optimism", "best_score", "default_score")
    assert [getattr(found, name) for name in same] == [getattr(without, name) for name in same]


def test_five_folds_take_three_tenths_of_the_step():
    rng = np.random.default_rng(0)

    class Known(RegressorMixin, BaseEstimator):
        """Scores known by the number of rows: 3 - 20 / m."""

        def __init__(self, a=1):
            self.a = a

        def fit(self, X, y):
            self.n_ = len(X)
            return self

        def score(self, X, y):
            return 3.0 - 20.0 / self.n_ + 0.001 * self.a

    for n, n_splits in ((100, 5), (100, 10), (80, 4), (60, 20), (30, 30)):
        X, y = rng.random((n, 2)), rng.random(n)
        search = GridSearchCV(Known(), {"a": [1, 2, 3]}, cv=n_splits).fit(X, y)
        found = compare_to_default(search, X, y, all_rows=True)
        trained = n * (n_splits - 1) / n_splits
        assert found.rows_gain == pytest.approx(20.0 / trained - 20.0 / n, rel=1e-3)
        gap = found.expected_score - found.rows_gain - (3.0 - 20.0 / trained)
        assert abs(gap) < 0.01


def test_the_interval_grows_by_that_of_the_addition():
    search = search_of(keep_predictions=True).fit(X, Y)
    without = compare_to_default(search)
    found = compare_to_default(search, X, Y, all_rows=True)
    record, data = read_search(search), Data(X, Y)
    gains = gain_of_rows(record, search.best_params_, data, *check_parts(record, data))
    assert gains.shape == (5,)
    half = half_width(gains, 0.25, 0.95)
    for end, old in (("expected_low", without.expected_low), ("expected_high", None)):
        old = without.expected_high if old is None else old
        old_side = abs(old - without.expected_score)
        side = abs(getattr(found, end) - found.expected_score)
        assert side == pytest.approx(np.hypot(old_side, half))
        assert side > old_side


class MeanOfTarget(RegressorMixin, BaseEstimator):
    """Predicts the mean; its expected mean square error with m rows is s^2 (1 + 1 / m)."""

    def __init__(self, shift=0.0):
        self.shift = shift

    def fit(self, X, y):
        self.mean_ = np.mean(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.mean_ + self.shift)


def test_a_mean_gains_what_it_must():
    """20 samples of 20 rows with variance 1: from 16 rows to 20 the error falls by 1/16 - 1/20."""
    gains = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        X, y = rng.random((20, 1)), rng.standard_normal(20)
        search = GridSearchCV(
            MeanOfTarget(), {"shift": [0.0, 1.5]}, cv=5, scoring="neg_mean_squared_error"
        ).fit(X, y)
        record, data = read_search(search), Data(X, y)
        gains.append(gain_of_rows(record, {"shift": 0.0}, data, *check_parts(record, data)).mean())
    error = np.std(gains) / np.sqrt(len(gains))
    assert error < 0.003
    assert abs(np.mean(gains) - (1 / 16 - 1 / 20)) < 3 * error


# What the folds may be


@pytest.mark.parametrize(
    "cv",
    [
        5,
        4,
        10,
        KFold(7, shuffle=True, random_state=0),
        RepeatedKFold(n_splits=5, n_repeats=2, random_state=0),
        RepeatedStratifiedKFold(n_splits=4, n_repeats=3, random_state=0),
        PredefinedSplit(np.arange(120) % 6),
        # The first 20 rows are always trained on.
        PredefinedSplit(np.where(np.arange(120) < 20, -1, np.arange(120) % 5)),
        [
            tuple(np.isin(np.arange(120), part) for part in split)
            for split in StratifiedKFold(5).split(X, Y)
        ],
    ],
    ids=[
        "5",
        "4",
        "10",
        "shuffled",
        "repeated",
        "repeated, strata",
        "predefined",
        "some never",
        "masks",
    ],
)
def test_folds_that_part_the_rows(cv):
    search = search_of(cv=cv, n_iter=5).fit(X, Y)
    found = compare_to_default(search, X, Y, all_rows=True)
    folds = list(search.cv_.split(X, Y))
    parts = parts_of_rows(folds, len(Y))
    tested = np.concatenate(parts)
    assert len(np.unique(tested)) == len(tested)
    assert len(parts) == min(5, len(parts))
    expected = by_plain_loop(
        search, accuracy_score, [(np.arange(120)[a], b) for a, b in folds], parts
    )
    assert found.rows_gain == pytest.approx(expected)


@pytest.mark.parametrize(
    "cv, message",
    [
        (TimeSeriesSplit(5), "train on all rows but"),
        (ShuffleSplit(5, test_size=0.2, random_state=0), "test each row once"),
        (ShuffleSplit(5, test_size=0.2, train_size=0.5, random_state=0), "train on all rows but"),
        (KFold(3), "at least 4 folds"),
        ([(np.arange(60), np.arange(60, 120))], "at least 4 folds"),
    ],
    ids=["time order", "random", "random, half", "three", "one"],
)
def test_folds_that_do_not(cv, message):
    class Counts(DecisionTreeClassifier):
        n_fits = 0

        def fit(self, X, y, sample_weight=None, check_input=True):  # scikit-learn 1.6 asks for both
            Counts.n_fits += 1
            return super().fit(X, y)

    search = RandomizedSearchCV(Counts(), {"max_depth": [2, 3]}, n_iter=2, cv=cv).fit(X, Y)
    before = Counts.n_fits
    with pytest.raises(ValueError, match=f"all_rows=True needs .*{message}"):
        compare_to_default(search, X, Y, all_rows=True)
    assert Counts.n_fits == before


def test_no_data():
    search = search_of(n_iter=3).fit(X, Y)
    with pytest.raises(ValueError, match=r"all_rows=True .* pass X and y"):
        compare_to_default(search, all_rows=True)
    with pytest.raises(ValueError, match=r"beyond the 50 rows|cannot be drawn again"):
        compare_to_default(search, X[:50], Y[:50], all_rows=True)


def test_searches_with_rungs():
    search = HalvingRandomSearchCV(TREE, SPACE, random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match="A search with rungs"):
        compare_to_default(search, X, Y, all_rows=True)


def test_a_score_that_is_not_finite():
    x, y = np.random.default_rng(0).random((60, 3)), np.arange(60) % 2

    def needs_rows(model, X, y):
        return np.nan if model.n_seen_ < 40 else model.score(X, y)

    class Seen(LogisticRegression):
        def fit(self, X, y):
            self.n_seen_ = len(X)
            return super().fit(X, y)

    search = GridSearchCV(Seen(), {"C": [0.1, 1.0]}, cv=5, scoring=needs_rows)
    search.fit(x, y)
    with pytest.raises(ValueError, match="no finite score when it is trained on 36 of the 60"):
        compare_to_default(search, x, y, all_rows=True)


def test_a_fit_that_fails_says_so():
    class Needs(LogisticRegression):
        def fit(self, X, y):
            if len(X) < 60:
                raise RuntimeError("too few rows")
            return super().fit(X, y)

    search = GridSearchCV(Needs(), {"C": [0.1, 1.0]}, cv=5).fit(X, Y)
    with pytest.raises(RuntimeError, match="too few rows"):
        compare_to_default(search, X, Y, all_rows=True)


# As the search fits and scores


def test_scorers_pipelines_and_kernels():
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    space = {"logisticregression__C": loguniform(1e-3, 1e2)}
    search = search_of(pipeline, space, scoring="roc_auc", keep_predictions=True).fit(X, Y)
    folds = list(StratifiedKFold(5).split(X, Y))
    found = compare_to_default(search, X, Y, all_rows=True)
    expected = by_plain_loop(search, roc_auc_score, folds, [test for _, test in folds])
    assert found.rows_gain == pytest.approx(expected)

    linear = {"cv": StratifiedKFold(5), "refit": False}
    by_rows = GridSearchCV(SVC(kernel="linear"), {"C": [0.01, 1.0]}, **linear).fit(X, Y)
    by_kernel = GridSearchCV(SVC(kernel="precomputed"), {"C": [0.01, 1.0]}, **linear)
    by_kernel.fit(X @ X.T, Y)
    gains = [
        compare_to_default(s, data, Y, all_rows=True).rows_gain
        for s, data in ((by_rows, X), (by_kernel, X @ X.T))
    ]
    assert gains[0] == pytest.approx(gains[1])


def test_several_metrics():
    search = search_of(scoring=["accuracy", "roc_auc"], refit="roc_auc", n_iter=4).fit(X, Y)
    for metric in ("accuracy", "roc_auc"):
        record = read_search(search, metric)
        single = search_of(scoring=metric, n_iter=4).fit(X, Y)
        single = read_search(single)
        data = Data(X, Y)
        setting = search.best_params_
        assert_allclose(
            gain_of_rows(record, setting, data, *check_parts(record, data)),
            gain_of_rows(single, setting, data, *check_parts(single, data)),
        )


@pytest.mark.parametrize("cv", [GroupKFold(5), StratifiedGroupKFold(5)], ids=["groups", "both"])
def test_groups_and_weights(cv):
    given = {"groups": GROUPS, "sample_weight": WEIGHTS}
    ours = search_of(cv=cv, n_iter=4).fit(X, Y, **given)
    theirs = GridSearchCV(TREE, {"max_depth": [2, 4, 6, 9]}, cv=cv).fit(X, Y, **given)
    for search in (ours, theirs):
        found = compare_to_default(search, X, Y, all_rows=True, params=given)
        folds = list(cv.split(X, Y, GROUPS))
        of_scores = WEIGHTS if scores_are_weighted() else None
        parts = [test for _, test in folds]
        expected = by_plain_loop(search, accuracy_score, folds, parts, WEIGHTS, of_scores)
        assert found.rows_gain == pytest.approx(expected)
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            compare_to_default(
                search,
                X,
                Y,
                all_rows=True,
                params={"groups": GROUPS[:50], "sample_weight": WEIGHTS},
            )


def test_routed_weights():
    with sklearn.config_context(enable_metadata_routing=True):
        tree = TREE.set_fit_request(sample_weight=True)
        scorer = make_scorer(accuracy_score).set_score_request(sample_weight="importance")
        given = {"sample_weight": WEIGHTS, "importance": WEIGHTS[::-1], "groups": GROUPS}
        search = GridSearchCV(tree, {"max_depth": [2, 4, 6]}, cv=GroupKFold(5), scoring=scorer).fit(
            X, Y, **given
        )
        found = compare_to_default(search, X, Y, all_rows=True, params=given)
    folds = list(GroupKFold(5).split(X, Y, GROUPS))
    parts = [test for _, test in folds]
    expected = by_plain_loop(search, accuracy_score, folds, parts, WEIGHTS, WEIGHTS[::-1])
    assert found.rows_gain == pytest.approx(expected)


def test_the_default_is_run_with_the_weights_of_the_search():
    given = {"sample_weight": WEIGHTS}
    search = GridSearchCV(TREE, {"max_depth": [2, 4, 6]}, cv=4).fit(X, Y, **given)
    with_it = GridSearchCV(TREE, {"max_depth": [2, 4, 6, 9]}, cv=4).fit(X, Y, **given)
    found = compare_to_default(search, X, Y, params=given)
    assert found.default_score == pytest.approx(with_it.cv_results_["mean_test_score"][3])
    assert found.default_score != compare_to_default(search, X, Y).default_score


def test_nested_searches_are_given_the_weights():
    given = {"sample_weight": WEIGHTS}
    search = GridSearchCV(TREE, {"max_depth": [2, 9]}, cv=4).fit(X, Y, **given)
    found = compare_to_default(search, X, Y, method="nested", params=given, all_rows=True)
    scores = []
    for train, test in StratifiedKFold(4).split(X, Y):
        inner = clone(search).fit(X[train], Y[train], sample_weight=WEIGHTS[train])
        of_scores = WEIGHTS[test] if scores_are_weighted() else None
        scores.append(accuracy_score(Y[test], inner.predict(X[test]), sample_weight=of_scores))
    assert found.rows_gain != 0.0
    assert found.expected_score - found.rows_gain == pytest.approx(np.mean(scores))


def test_nested_searches_and_groups():
    given = {"groups": GROUPS}
    search = GridSearchCV(TREE, {"max_depth": [2, 9]}, cv=GroupKFold(4)).fit(X, Y, **given)
    with pytest.raises(ValueError, match="cannot give groups to the searches"):
        compare_to_default(search, X, Y, method="nested", params=given)
    with sklearn.config_context(enable_metadata_routing=True):
        found = compare_to_default(search, X, Y, method="nested", params=given)
    scores = []
    for train, test in GroupKFold(4).split(X, Y, GROUPS):
        inner = clone(search).fit(X[train], Y[train], groups=GROUPS[train])
        scores.append(inner.score(X[test], Y[test]))
    assert found.expected_score == pytest.approx(np.mean(scores))


def test_without_a_target():
    from sklearn.mixture import GaussianMixture

    search = GridSearchCV(GaussianMixture(random_state=0), {"n_components": [1, 2]}, cv=5).fit(X)
    found = compare_to_default(search, X, all_rows=True)
    assert found.rows_gain > 0.0


def test_regression_and_the_picture():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 20))
    y = x @ rng.standard_normal(20) + rng.standard_normal(60)
    search = GridSearchCV(Ridge(), {"alpha": [0.01, 1.0, 100.0]}, cv=5).fit(x, y)
    found = compare_to_default(search, x, y, all_rows=True)
    assert found.rows_gain > 0.0
    pytest.importorskip("matplotlib").use("agg")
    display = ComparisonDisplay.from_search(search, x, y, all_rows=True)
    (label,) = display.ax_.get_yticklabels()
    assert f"{found.rows_gain:.2g} by all rows" in label.get_text()
    (label,) = ComparisonDisplay.from_search(search, x, y).ax_.get_yticklabels()
    assert "rows" not in label.get_text()


def two_scores(model, X, y):
    right = model.predict(X) == y
    return {"right": np.mean(right), "wrong": -np.mean(~right)}


@pytest.mark.parametrize("method", ["folds", "nested"])
def test_a_function_with_several_scores(method):
    grid = {"max_depth": [2, 4, 6]}
    search = GridSearchCV(TREE, grid, cv=5, scoring=two_scores, refit="right").fit(X, Y)
    same = GridSearchCV(TREE, grid, cv=5, scoring="accuracy").fit(X, Y)
    found, expected = (
        compare_to_default(s, X, Y, method=method, all_rows=True) for s in (search, same)
    )
    for name in ("difference", "low", "default_score", "expected_score", "rows_gain"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name))


def test_params_must_be_a_dict():
    search = search_of(n_iter=3).fit(X, Y)
    with pytest.raises(ValueError, match=r"params must be a dict .* got list"):
        compare_to_default(search, X, Y, params=[WEIGHTS])


def test_a_report_says_which_rows_are_meant():
    search = search_of(n_iter=5).fit(X, Y)
    page = search_report(search)
    assert page.data["summary"]["rows_gain"] == 0.0
    assert "trained on fewer rows than the refit" in page.html
    found = compare_to_default(search, X, Y, all_rows=True)
    page = search_report(search, comparison=found)
    assert page.data["summary"]["rows_gain"] == pytest.approx(found.rows_gain, rel=1e-5)
    assert page.data["summary"]["expected_score"] == pytest.approx(found.expected_score, rel=1e-5)
    assert "of the expected score is what training on all rows is worth" in page.html
