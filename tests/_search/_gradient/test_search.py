"""``GradientSearchCV``: the path, the parts, and what comes out."""

import _thread
import json
import pickle
import time
import warnings

import numpy as np
import pytest
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from scipy.stats import loguniform, uniform
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.datasets import load_diabetes, load_iris, make_classification
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, Ridge
from sklearn.metrics import get_scorer
from sklearn.model_selection import (
    KFold,
    RepeatedKFold,
    ShuffleSplit,
    cross_val_score,
)
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.svm import LinearSVC, LinearSVR

from sktune import AnnealingSearchCV, BayesSearchCV, GradientSearchCV
from sktune._hypergradients import _problem, known_model
from sktune._search._gradient import _evaluator, _search
from sktune.exceptions import (
    EdgeOfRangeWarning,
    GradientWarning,
    PartWeightsWarning,
    SearchInterruptedWarning,
)
from sktune.space import PartWeights

pd = pytest.importorskip("pandas")

WEIGHTS = "parts__transformer_weights"
ALPHA = {"ridge__alpha": loguniform(1e-2, 1e4)}
BOTH = {**ALPHA, WEIGHTS: PartWeights()}


def noisy(n=160, n_noise=40, seed=0):
    """Five columns that matter and many that do not."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 5 + n_noise))
    return X, X[:, :5] @ [3.0, -2.0, 1.0, 1.0, 2.0] + rng.standard_normal(n)


def alike(n=160, seed=2):
    """Columns of which all matter alike."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 20))
    return X, X @ np.full(20, 0.3) + 2 * rng.standard_normal(n)


def two_parts(model=None, first=5, scaler=StandardScaler, **kwargs):
    parts = ColumnTransformer(
        [("real", scaler(), slice(0, first)), ("rest", scaler(), slice(first, None))], **kwargs
    )
    return Pipeline([("parts", parts), ("ridge", model or Ridge())])


def search(estimator=None, space=None, **kwargs):
    kwargs.setdefault("cv", KFold(4, shuffle=True, random_state=0))
    return GradientSearchCV(estimator or two_parts(), space or BOTH, **kwargs)


# What comes out


def test_parts_that_matter_are_told_from_noise():
    X, y = noisy()
    found = search().fit(X, y)
    weights = found.best_params_[WEIGHTS]
    assert weights["real"] > 5 * weights["rest"]
    assert found.n_effective_ == 2
    one = GradientSearchCV(two_parts(), ALPHA, cv=found.cv_).fit(X, y)
    assert found.best_score_ > one.best_score_ + 0.01
    assert found.held_out_losses_["parts"].mean() < found.held_out_losses_["one"].mean()
    assert len(found.cv_results_["params"]) <= 20


def test_parts_that_are_alike_have_one_penalty():
    with pytest.warns(PartWeightsWarning, match="One penalty is taken for all parts: on folds"):
        found = search(two_parts(first=10)).fit(*alike())
    assert found.n_effective_ == 1
    assert_allclose(list(found.best_params_[WEIGHTS].values()), 1.0)
    assert found.best_estimator_["parts"].transformer_weights == found.best_params_[WEIGHTS]
    chosen = found.best_index_
    is_shared = [p[WEIGHTS]["real"] == p[WEIGHTS]["rest"] == 1 for p in found.cv_results_["params"]]
    scores = found.cv_results_["mean_test_score"]
    assert is_shared[chosen]
    assert scores[chosen] == scores[is_shared].max() == found.best_score_
    unchecked = search(two_parts(first=10), check_parts=False).fit(*alike())
    assert unchecked.n_effective_ == 2
    assert unchecked.held_out_losses_ is None


def test_scores_are_those_of_any_other_search():
    X, y = noisy()
    found = search(scoring="neg_mean_absolute_error").fit(X, y)
    for row in (0, 3, found.best_index_):
        estimator = two_parts().set_params(**found.cv_results_["params"][row])
        expected = cross_val_score(estimator, X, y, cv=found.cv_, scoring="neg_mean_absolute_error")
        assert_allclose(found.cv_results_["mean_test_score"][row], expected.mean(), rtol=1e-9)


def test_loss_is_that_of_the_folds():
    X, y = noisy()
    found = search(scoring="neg_mean_squared_error").fit(X, y)
    results = found.cv_results_
    assert_allclose(results["mean_loss"], -results["mean_test_score"], rtol=1e-6)
    assert (results["gradient_norm"] > 0).all()
    assert results["gradient_norm"][-1] < results["gradient_norm"].max() / 10


def test_best_estimator_is_plain():
    X, y = noisy()
    found = search().fit(X, y)
    best = found.best_estimator_
    assert type(best[0]) is ColumnTransformer
    assert type(best[0].named_transformers_["real"]) is StandardScaler
    by_hand = clone(two_parts()).set_params(**found.best_params_).fit(X, y)
    assert_array_equal(found.predict(X), by_hand.predict(X))


def test_the_best_shared_penalty_comes_first():
    found = search(initial_params=[]).fit(*noisy())
    weights = [tuple(params[WEIGHTS].values()) for params in found.cv_results_["params"]]
    is_shared = [bool(np.allclose(pair, 1.0)) for pair in weights]
    n_shared = is_shared.index(False)
    assert 1 < n_shared <= 8
    assert not any(is_shared[n_shared:])


def test_own_setting_comes_first():
    found = search(two_parts(Ridge(alpha=7.0))).fit(*noisy())
    assert found.cv_results_["params"][0]["ridge__alpha"] == 7.0


def test_it_ends_where_nothing_is_to_be_gained():
    found = GradientSearchCV(Ridge(), {"alpha": loguniform(1e-2, 1e4)}, n_iter=50).fit(*noisy())
    assert found.stop_reason_ == "converged"
    assert len(found.cv_results_["params"]) < 12


@pytest.mark.slow
@pytest.mark.parametrize("scoring", ["accuracy", "roc_auc", ["f1", "accuracy"]])
def test_scores_without_slope(scoring):
    X, y = make_classification(200, 20, n_informative=4, random_state=0, flip_y=0.1)
    model = LogisticRegression(max_iter=500)
    space = {"ridge__C": loguniform(1e-4, 1e4), WEIGHTS: PartWeights()}
    refit = scoring[0] if isinstance(scoring, list) else True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PartWeightsWarning)
        found = search(two_parts(model), space, scoring=scoring, refit=refit).fit(X, y)
    name = refit if isinstance(scoring, list) else "score"
    scores = found.cv_results_[f"mean_test_{name}"]
    is_one = [np.allclose(list(p[WEIGHTS].values()), 1) for p in found.cv_results_["params"]]
    assert scores[found.best_index_] >= scores[is_one].max()


MODELS = {
    "Ridge": (Ridge(), {"alpha": loguniform(1e-2, 1e4)}),
    "Lasso": (Lasso(), {"alpha": loguniform(1e-3, 10)}),
    "ElasticNet": (
        ElasticNet(),
        {"alpha": loguniform(1e-3, 10), "l1_ratio": uniform(0.05, 0.9)},
    ),
    "LinearSVR": (
        LinearSVR(loss="squared_epsilon_insensitive", random_state=0),
        {"C": loguniform(1e-4, 1e2)},
    ),
    "LinearSVC": (LinearSVC(dual=False), {"C": loguniform(1e-4, 1e2)}),
    "LogisticRegression": (LogisticRegression(), {"C": loguniform(1e-4, 1e2)}),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sktune.exceptions.PartWeightsWarning")
@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
@pytest.mark.parametrize("name", MODELS)
def test_every_model_with_and_without_parts(name):
    model, space = MODELS[name]
    X, y = noisy(80, 15)
    if name in ("LinearSVC", "LogisticRegression"):
        y = np.array(["low", "middle", "high"])[np.digitize(y, [-2, 2])]
    alone = GradientSearchCV(model, space, cv=3).fit(X, y)
    one = {f"ridge__{key}": value for key, value in space.items()}
    shared = search(two_parts(model), one, cv=3).fit(X, y)
    parts = search(two_parts(model), one | {WEIGHTS: PartWeights()}, cv=3).fit(X, y)
    for found in (alone, shared, parts):
        losses = found.cv_results_["mean_loss"]
        assert np.isfinite(losses).all()
        assert losses.min() <= losses[0]
    # With an L1 penalty a step may switch a part off for good, and gain little.
    gain = 0.999 if known_model(model).is_smooth else 1.002
    assert parts.cv_results_["mean_loss"].min() < shared.cv_results_["mean_loss"].min() * gain


# What stands before the model


class Counting(StandardScaler):
    fits = 0

    def fit(self, X, y=None, sample_weight=None):
        Counting.fits += 1
        return super().fit(X, y, sample_weight)


def test_steps_are_fitted_once_a_fold():
    Counting.fits = 0
    found = search(two_parts(scaler=Counting), refit=False).fit(*noisy())
    assert len(found.cv_results_["params"]) > 5
    assert Counting.fits == 4 * 2


def test_text_and_words_and_numbers():
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 2, 120)
    words = np.array(["good", "bad"])
    X = pd.DataFrame(
        {
            "text": [
                " ".join(rng.choice(words, 6, p=[0.7 - 0.4 * k, 0.3 + 0.4 * k])) for k in kind
            ],
            "place": rng.choice(list("abcdefgh"), 120),
            "number": kind + rng.standard_normal(120),
        }
    )
    parts = make_column_transformer(
        (TfidfVectorizer(), "text"),
        (OneHotEncoder(handle_unknown="ignore"), ["place"]),
        (StandardScaler(), ["number"]),
    )
    pipeline = make_pipeline(parts, LogisticRegression())
    name = "columntransformer__transformer_weights"
    space = {"logisticregression__C": loguniform(1e-4, 1e4), name: PartWeights()}
    found = GradientSearchCV(pipeline, space, cv=3, scoring="neg_log_loss", check_parts=False)
    found.fit(X, kind)
    weights = found.best_params_[name]
    assert weights["onehotencoder"] < weights["tfidfvectorizer"]
    results = found.cv_results_
    assert_allclose(results["mean_loss"], -results["mean_test_score"], rtol=1e-2)


@pytest.mark.parametrize("kind", ["array", "frame", "sparse", "list"])
def test_kinds_of_data(kind):
    X, y = noisy(100, 8)
    make = {
        "array": np.asarray,
        "frame": pd.DataFrame,
        "sparse": csr_array,
        "list": np.ndarray.tolist,
    }
    scaler = StandardScaler(with_mean=kind != "sparse")
    union = FeatureUnion([("all", scaler), ("products", PolynomialFeatures(2))])
    before = [] if kind != "frame" else [("first", StandardScaler().set_output(transform="pandas"))]
    pipeline = Pipeline([*before, ("parts", union), ("ridge", Ridge())])
    found = search(pipeline, check_parts=False, scoring="neg_mean_squared_error", n_iter=8)
    found.fit(make[kind](X), y)
    results = found.cv_results_
    assert_allclose(results["mean_loss"], -results["mean_test_score"], rtol=1e-3)
    assert found.best_score_ > results["mean_test_score"][0]


def test_weights_that_are_set_are_shown_as_products():
    found = search(two_parts(transformer_weights={"real": 100.0}), check_parts=False).fit(*noisy())
    first = found.cv_results_["params"][0][WEIGHTS]
    assert first == {"real": 100.0, "rest": 1.0}
    assert all(0.1 <= p[WEIGHTS]["real"] <= 1e5 for p in found.cv_results_["params"])


def test_constants_reach_the_steps():
    space = {**BOTH, "parts__real__with_mean": [False], "ridge__fit_intercept": [False]}
    X, y = noisy()
    found = search(space=space, scoring="neg_mean_squared_error", check_parts=False).fit(X + 3, y)
    estimator = two_parts().set_params(**found.best_params_)
    expected = cross_val_score(estimator, X + 3, y, cv=found.cv_, scoring="neg_mean_squared_error")
    assert_allclose(found.best_score_, expected.mean(), rtol=1e-9)
    assert_allclose(found.cv_results_["mean_loss"].min(), -expected.mean(), rtol=1e-6)


CONSTANTS = [
    {"pre__with_std": [False]},
    {"pre": ["passthrough"]},
    {"pre": [MinMaxScaler()]},
    {"pca": [PCA(3)]},
    {"pca": ["passthrough"]},
    {"pca__n_components": [3]},
    {"m": [Lasso()]},
    {"m__fit_intercept": [False]},
    {"steps": [[("pca", PCA(3)), ("m", Ridge())]]},
]


@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
@pytest.mark.parametrize("constant", CONSTANTS, ids=lambda c: f"{c}".split("(")[0])
def test_whatever_has_one_value_counts_as_in_any_other_search(constant):
    X, y = noisy(80, 5)
    X = X * np.arange(1, 11)
    pipeline = Pipeline([("pre", StandardScaler()), ("pca", PCA(2)), ("m", Ridge())])
    space = {"m__alpha": loguniform(1e-3, 1e3), **constant}
    found = search(pipeline, space, n_iter=3, scoring="neg_mean_squared_error").fit(X, y)
    assert not any(hasattr(value[0], "n_features_in_") for value in constant.values())
    estimator = clone(pipeline).set_params(**found.best_params_)
    expected = cross_val_score(estimator, X, y, cv=found.cv_, scoring="neg_mean_squared_error")
    assert_allclose(found.best_score_, expected.mean(), rtol=1e-6)
    best = found.cv_results_["mean_loss"][found.best_index_]
    assert_allclose(best, -expected.mean(), rtol=1e-6)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
@pytest.mark.parametrize("model", [LogisticRegression(), LinearSVC()], ids=["logistic", "svc"])
def test_labels_in_a_column_have_slopes(model):
    X, y = noisy(80, 5)
    space = {"C": loguniform(1e-2, 1e2)}
    column = search(model, space, n_iter=3).fit(X, y[:, None] > 0)
    flat = search(model, space, n_iter=3).fit(X, y > 0)
    assert_array_equal(column.cv_results_["mean_loss"], flat.cv_results_["mean_loss"])


@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
@pytest.mark.parametrize("scale", [0.0, 1e-12, 1e-8, 1e8])
@pytest.mark.parametrize("name", ["Ridge", "LogisticRegression", "LinearSVC", "Lasso"])
def test_columns_of_any_size_have_slopes(name, scale):
    model, space = MODELS[name]
    X, y = noisy(60, 5)
    # Some labels are wrong: of classes that are apart, coefficients grow without a penalty.
    y = y if name in ("Ridge", "Lasso") else (y > 1) ^ (np.arange(60) % 7 == 0)
    found = search(model, space, n_iter=5).fit(X * scale, y)
    assert np.isfinite(found.cv_results_["mean_loss"]).all()


# Rows' weights and metadata


def test_sample_weight_counts_in_the_slope():
    X, y = noisy()
    rows = np.where(np.arange(len(y)) % 2, 1.0, 1e-6)
    weighted = search(space=ALPHA).fit(X, y, ridge__sample_weight=rows)
    plain = search(space=ALPHA).fit(X, y)
    assert weighted.cv_results_["mean_loss"][0] > plain.cv_results_["mean_loss"][0]
    assert_slope_is_right(weighted)


def test_routed_sample_weight_counts_in_the_loss():
    X, y = noisy()
    rows = np.random.default_rng(0).uniform(0, 2, len(y))
    with config_context(enable_metadata_routing=True):
        model = Ridge().set_fit_request(sample_weight=True)
        scorer = get_scorer("neg_mean_squared_error").set_score_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = Pipeline([("scaler", scaler), ("ridge", model)])
        found = search(pipeline, ALPHA, scoring=scorer).fit(X, y, sample_weight=rows)
    results = found.cv_results_
    assert_allclose(results["mean_loss"], -results["mean_test_score"], rtol=1e-6)
    assert_slope_is_right(found)


def assert_slope_is_right(found):
    """The path ended where no other penalty nearby is better."""
    results = found.cv_results_
    last = int(np.argmin(results["mean_loss"]))
    assert results["gradient_norm"][last] < 0.02 * results["gradient_norm"].max()


# Workers, journals, copies


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_workers_change_nothing(backend):
    X, y = noisy()
    alone = search(n_iter=6).fit(X, y)
    with parallel_config(backend, n_jobs=2):
        together = search(n_iter=6).fit(X, y)
    assert together.cv_results_["params"] == alone.cv_results_["params"]
    assert_array_equal(together.cv_results_["mean_loss"], alone.cv_results_["mean_loss"])
    assert together.best_params_ == alone.best_params_


def test_a_journal_is_continued(tmp_path):
    X, y = noisy()
    whole = search(n_iter=9).fit(X, y)
    journal = tmp_path / "journal.jsonl"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search(n_iter=4, journal=journal).fit(X, y)
    lines = journal.read_text().splitlines()
    assert any("gradient" in line for line in map(json.dumps, map(json.loads, lines)))
    resumed = search(n_iter=9, journal=journal).fit(X, y)
    assert resumed.cv_results_["params"] == whole.cv_results_["params"]
    assert_array_equal(resumed.cv_results_["mean_loss"], whole.cv_results_["mean_loss"])
    assert resumed.best_params_ == whole.best_params_
    assert resumed.held_out_losses_.keys() == whole.held_out_losses_.keys()


def test_a_journal_is_continued_without_the_check(tmp_path):
    X, y = alike()
    journal = tmp_path / "journal.jsonl"
    with pytest.warns(PartWeightsWarning, match="One penalty is taken"):
        search(two_parts(first=10), journal=journal).fit(X, y)
    size = journal.stat().st_size
    again = search(two_parts(first=10), journal=journal, check_parts=False).fit(X, y)
    assert again.n_effective_ == 2
    assert journal.stat().st_size == size


def test_pickled_and_cloned():
    X, y = noisy()
    found = search(n_iter=6).fit(X, y)
    loaded = pickle.loads(pickle.dumps(found))
    assert_array_equal(loaded.predict(X), found.predict(X))
    assert loaded.n_effective_ == found.n_effective_
    assert clone(loaded).check_parts is True
    assert not hasattr(clone(loaded), "n_effective_")


def test_callable_refit_has_the_last_word():
    def second(results):
        assert {"mean_loss", "gradient_norm"} <= results.keys()
        return 1

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PartWeightsWarning)
        found = search(two_parts(first=10), refit=second, n_iter=8).fit(*alike())
    assert found.best_index_ == 1


# Ends


def test_separable_data_stop_at_the_end_of_the_range():
    X, y = load_iris(return_X_y=True)
    space = {"C": loguniform(1e-2, 1e2)}
    model = LogisticRegression(max_iter=5000)
    with pytest.warns(EdgeOfRangeWarning, match="'C' .*upper end"):
        found = GradientSearchCV(model, space, scoring="neg_log_loss").fit(X[:100], y[:100])
    assert found.optimizer_.observations[found.best_index_].candidate.point == (1.0,)
    assert np.isfinite(found.cv_results_["mean_loss"]).all()


def test_a_single_fold_cannot_tell():
    with pytest.warns(PartWeightsWarning, match="one fold only"):
        found = search(cv=ShuffleSplit(1, random_state=0)).fit(*noisy())
    assert found.n_effective_ == 1


def test_folds_that_test_the_same_rows_cannot_tell():
    with pytest.warns(PartWeightsWarning, match="all folds have rows in common"):
        found = search(cv=ShuffleSplit(3, test_size=0.6, random_state=0)).fit(*noisy())
    assert found.n_effective_ == 1


@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
@pytest.mark.parametrize(
    ("cv", "n_judged"),
    [(RepeatedKFold(n_splits=3, n_repeats=2, random_state=0), 3), (KFold(12), 10)],
    ids=["repeated", "twelve"],
)
def test_folds_are_judged_once_and_in_groups(cv, n_judged):
    X, y = noisy(24, 20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PartWeightsWarning)
        found = search(cv=cv, scoring="neg_mean_squared_error", n_iter=8).fit(X, y)
    assert found.held_out_losses_["one"].shape == (n_judged,)
    assert np.isfinite(found.held_out_losses_["parts"]).all()


def test_a_check_that_fails_costs_nothing(monkeypatch):
    def fail(*args):
        raise RuntimeError("no memory, say")

    monkeypatch.setattr(_search, "judge", fail)
    with pytest.warns(PartWeightsWarning, match=r"could not be checked \(RuntimeError: no memory"):
        found = search().fit(*noisy())
    assert found.n_effective_ == 1
    assert hasattr(found, "best_estimator_")


def test_slopes_that_cannot_be_trusted_are_told(monkeypatch):
    monkeypatch.setattr(_problem, "RESIDUAL", -1.0)
    with pytest.warns(GradientWarning, match=r"The slope of 18 of 18 folds cannot be trusted"):
        found = GradientSearchCV(Ridge(), {"alpha": loguniform(1e-2, 1e4)}, cv=3).fit(*noisy())
    assert np.isnan(found.cv_results_["mean_loss"]).all()
    assert np.isfinite(found.cv_results_["mean_test_score"]).all()


def test_a_fold_that_cannot_be_prepared_is_told(monkeypatch):
    def fail(*args):
        raise RuntimeError("a step of its own mind")

    monkeypatch.setattr(_evaluator, "prepare_fold", fail)
    with pytest.warns(GradientWarning, match="RuntimeError: a step of its own mind"):
        found = GradientSearchCV(Ridge(), {"alpha": loguniform(1e-2, 1e4)}, cv=3).fit(*noisy())
    assert np.isfinite(found.best_score_)


def test_fits_that_fail_are_other_steps():
    class Moody(Ridge):
        pass

    def score(estimator, X, y):
        if estimator.alpha > 50:
            raise ValueError("too much")
        return estimator.score(X, y)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = GradientSearchCV(
            Moody(alpha=1.0), {"alpha": loguniform(1e-2, 1e4)}, cv=3, scoring=score, n_iter=12
        ).fit(*noisy(60, 50))
    assert found.best_params_["alpha"] < 50


def at_score(number, act):
    """A scorer that does something at its n-th score."""
    n_scores = 0

    def score(estimator, X, y):
        nonlocal n_scores
        n_scores += 1
        if n_scores == number:
            act()
        return estimator.score(X, y)

    return score


def press_ctrl_c():
    _thread.interrupt_main()
    time.sleep(5)


# The first fold of a candidate: it has a row, and no fold that has ended.
@pytest.mark.parametrize("number", [9, 41])
def test_ctrl_c_keeps_what_is_complete(number):
    found = search(scoring=at_score(number, press_ctrl_c))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PartWeightsWarning)
        with pytest.warns(SearchInterruptedWarning):
            found.fit(*noisy())
    results = found.cv_results_
    assert len(results["params"]) == number // 4 + 1
    for name in ("mean_loss", "gradient_norm"):
        assert_array_equal(np.isnan(results[name]), [False] * (number // 4) + [True])
    assert found.n_effective_ == 1
    assert found.held_out_losses_ is None
    assert hasattr(found, "best_estimator_")


def test_an_error_keeps_what_is_complete():
    found = search(two_parts(first=10), n_iter=8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PartWeightsWarning)
        found.fit(*alike())  # of which nothing may be left
    assert found.held_out_losses_ is not None

    def fail():
        raise RuntimeError("the disk is full")

    for again in (search(two_parts(first=10), n_iter=8), found):
        again.set_params(scoring=at_score(27, fail), error_score="raise")
        with pytest.raises(RuntimeError, match="the disk is full"):
            again.fit(*alike())
        scores = again.cv_results_["mean_test_score"]
        assert again.best_index_ == np.nanargmax(scores)
        assert again.held_out_losses_ is None


# Other searches take PartWeights too


@pytest.mark.slow
@pytest.mark.parametrize("search_class", [BayesSearchCV, AnnealingSearchCV])
def test_other_searches_take_part_weights(search_class, tmp_path):
    X, y = noisy(80, 10)
    journal = tmp_path / "journal.jsonl"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EdgeOfRangeWarning)
        found = search_class(
            two_parts(), BOTH, n_iter=8, cv=3, random_state=0, journal=journal
        ).fit(X, y)
        again = search_class(
            two_parts(), BOTH, n_iter=8, cv=3, random_state=0, journal=journal
        ).fit(X, y)
    assert found.cv_results_["params"][0] == {
        "ridge__alpha": 1.0,
        WEIGHTS: {"real": 1.0, "rest": 1.0},
    }
    assert again.cv_results_["params"] == found.cv_results_["params"]
    assert set(found.best_params_[WEIGHTS]) == {"real", "rest"}
    assert found.best_estimator_["parts"].transformer_weights == found.best_params_[WEIGHTS]


# "auto"


@pytest.mark.parametrize("name", MODELS)
def test_auto_is_what_has_a_gradient(name):
    model, space = MODELS[name]
    X, y = load_diabetes(return_X_y=True)
    if name in ("LinearSVC", "LogisticRegression"):
        y = y > 150
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", (EdgeOfRangeWarning, ConvergenceWarning))
        found = GradientSearchCV(make_pipeline(StandardScaler(), model), "auto", n_iter=3).fit(X, y)
    step = type(model).__name__.lower()
    assert set(found.param_distributions_) == {f"{step}__{key}" for key in space}
