"""Ready spaces follow the data and the score: shapes, variances, sizes of classes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csc_array, csr_matrix
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, get_scorer_names, make_scorer
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, SVR, NuSVC

from sktune import BayesSearchCV
from sktune._search._pareto._costs import COSTS
from sktune.space import SearchSpace, suggest_space
from sktune.space._known_spaces._suggest import _UNWEIGHTED, own_meanings

X, LABELS = make_classification(60, 6, n_informative=4, random_state=0)
TARGET = X @ np.arange(1.0, 7.0) + LABELS
TEXTS = ["a red fox", "a blue fox runs", "red red car", "the blue car", "a fox and a car"] * 12


def test_classes_are_weighted_where_there_is_one_label():
    two_labels = np.column_stack([LABELS, 1 - LABELS])
    for several in (two_labels, two_labels.tolist(), [(0,), (1, 2)] * 30):
        space = suggest_space(RandomForestClassifier(), X, several, scoring="f1_macro")
        assert "class_weight" not in space


def test_classes_are_weighted_where_they_are_uneven():
    even, uneven = np.repeat([0, 1], [40, 60]), np.repeat([0, 1], [39, 61])
    for forest in (RandomForestClassifier(), make_pipeline(StandardScaler(), SVC())):
        space = suggest_space(forest, X, even, scoring="balanced_accuracy")
        assert not any("class_weight" in name for name in space)
        for labels in (uneven, uneven.tolist(), uneven.astype(str), None):
            space = suggest_space(forest, X, labels, scoring="balanced_accuracy")
            assert any("class_weight" in name for name in space)


@pytest.mark.parametrize(
    ("scoring", "may_prefer_balanced"),
    [
        (None, False),
        ("accuracy", False),
        ("neg_log_loss", False),
        (["accuracy", "neg_log_loss"], False),
        ({"a": "accuracy"}, False),
        ("f1_macro", True),
        ("roc_auc", True),
        (["accuracy", "balanced_accuracy"], True),
        ({"a": "accuracy", "b": "recall"}, True),
        (make_scorer(balanced_accuracy_score), True),
    ],
    ids=range(10),
)
def test_classes_are_weighted_for_scores_that_may_prefer_it(scoring, may_prefer_balanced):
    uneven = np.repeat([0, 1], [12, 48])
    model = LogisticRegression()
    space = suggest_space(model, X, uneven, scoring=scoring)
    assert ("class_weight" in space) == may_prefer_balanced
    is_several = isinstance(scoring, list | dict)
    search = BayesSearchCV(model, "auto", n_iter=1, scoring=scoring, refit=not is_several, cv=2)
    assert search.fit(X, uneven).param_distributions_.keys() == space.keys()


def test_scores_that_weights_do_not_raise_are_those_of_scikit_learn_and_all_costs():
    newer = {"d2_log_loss_score", "d2_brier_score"}
    assert set(_UNWEIGHTED) - newer - set(COSTS) <= set(get_scorer_names())
    assert set(COSTS) <= set(_UNWEIGHTED)


@pytest.mark.parametrize("sizes", [(50, 50), (80, 20), (50, 30, 10), (9, 3)])
def test_a_nu_support_vector_classifier_has_a_solution_in_each_fold(sizes):
    y = np.repeat(np.arange(len(sizes)), sizes)
    rows = np.random.default_rng(0).normal(size=(len(y), 3)) + y[:, None]
    space = suggest_space(NuSVC(), rows, y)
    assert set(space) == {"nu", "gamma"}
    low, high = space["nu"].support()
    for nu in (low, high):
        scores = cross_val_score(NuSVC(nu=nu), rows, y, cv=3, error_score="raise")
        assert np.isfinite(scores).all()


def test_ranges_follow_the_data():
    few = suggest_space(KNeighborsClassifier(), np.zeros((20, 3)))
    many = suggest_space(KNeighborsClassifier(), np.zeros((5000, 3)))
    unknown = suggest_space(KNeighborsClassifier())
    assert few["n_neighbors"].support() == (1, 10)
    assert many["n_neighbors"].support() == unknown["n_neighbors"].support() == (1, 100)
    wide = suggest_space(SVR(epsilon=1000), X, 1000 * TARGET)["epsilon"].support()
    narrow = suggest_space(SVR(epsilon=1), X, TARGET)["epsilon"].support()
    assert wide == pytest.approx(np.multiply(narrow, 1000))


def frame(rows):
    return pytest.importorskip("pandas").DataFrame(rows)


@pytest.mark.parametrize("kind", [np.asarray, csr_matrix, csc_array, frame])
def test_gamma_is_in_units_of_the_variance(kind):
    rows = 100 * X + 5
    scale = 1 / rows.var(axis=0).sum()
    alone = suggest_space(SVC(), kind(rows), LABELS)["gamma"].support()
    assert alone == pytest.approx((scale / 256, 4 / 6))
    assert own_meanings(SVC(), kind(rows), LABELS)["gamma"] == ("scale", pytest.approx(scale))


@pytest.mark.parametrize(
    ("steps", "is_as_it_was"),
    [
        ([SelectKBest(k=3), PCA(), SVC()], True),
        ([SimpleImputer(), "passthrough", SVC()], True),
        ([StandardScaler(), PCA(), SVC()], False),
        ([PCA(), StandardScaler(), SVC()], False),
        ([PolynomialFeatures(), SVC()], False),
        ([make_pipeline(StandardScaler(), PCA()), SVC()], False),
    ],
    ids=["selected", "imputed", "scaled first", "scaled later", "products", "scaled within"],
)
def test_the_variance_counts_where_no_step_changes_it(steps, is_as_it_was):
    rows = 100 * X
    scale = 1 / rows.var(axis=0).sum() if is_as_it_was else 1 / 6
    gamma = suggest_space(make_pipeline(*steps), rows, LABELS)["svc__gamma"].support()
    assert gamma == pytest.approx((scale / 256, 4 / 6))


def test_values_that_are_missing_do_not_count():
    rows = X.copy()
    rows[::3, 0], rows[:, 5] = np.nan, np.nan
    scale = 1 / np.nanvar(rows[:, :5], axis=0).sum()
    (meaning,) = own_meanings(SVC(), rows, LABELS).values()
    assert meaning == ("scale", pytest.approx(scale))


@pytest.mark.parametrize(
    "data",
    [
        (X.tolist(), LABELS.tolist()),
        (X[:1], LABELS[:1]),
        (TEXTS, LABELS),
        ([], None),
        (X[:, :1], ["a"] * 60),
        (np.zeros((4, 8, 8)), None),
        (object(), object()),
    ],
    ids=range(7),
)
def test_any_data(data):
    for estimator in (SVC(), SVR(), RandomForestClassifier(), HistGradientBoostingClassifier()):
        assert SearchSpace.from_distributions(suggest_space(estimator, *data)).n_dims
