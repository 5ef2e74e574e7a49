"""Better or luckier: the intervals against plain loops, and the answers to bad input."""

import pickle
import warnings
from dataclasses import replace

import numpy as np
import pytest
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import loguniform, randint, t, uniform
from sklearn.datasets import load_breast_cancer, make_classification, make_regression
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score, make_scorer, r2_score
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    HalvingRandomSearchCV,
    KFold,
    RandomizedSearchCV,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sktune import AnnealingSearchCV, BayesSearchCV
from sktune._records import OutOfFold
from sktune._records._row_scores import Metric
from sktune.inspection import compare_to_default, explaining_model, read_search
from sktune.inspection._comparison import _bootstrap
from sktune.inspection._comparison._bootstrap import resampled_scores
from sktune.inspection._comparison._comparison import chosen_on_others
from sktune.inspection._comparison._intervals import half_width

from .._records import record_of

pytestmark = pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")

X, Y = make_classification(120, n_informative=4, flip_y=0.2, random_state=0)
TREE = DecisionTreeClassifier(max_depth=9, random_state=0)
SPACE = {"max_depth": randint(1, 10), "min_samples_leaf": randint(1, 30)}


def search_of(search=BayesSearchCV, **options):
    options = {"n_iter": 10, "cv": 4, "random_state": 0} | options
    return search(TREE, SPACE, **options)


@pytest.fixture(scope="module")
def kept():
    return search_of(keep_predictions=True).fit(X, Y)


# The intervals


def test_bootstrap_is_a_plain_loop(kept):
    record = read_search(kept)
    values = record.oof.values.astype(float)
    won, plain = resampled_scores(record.oof, 0, 50, 3)
    drawn = np.random.default_rng(3).integers(len(Y), size=(50, len(Y)))
    for b, rows in enumerate(drawn):
        out = np.setdiff1d(np.arange(len(Y)), rows)
        winner = np.argmax([values[c, rows].mean() for c in range(len(values))])
        assert won[b] == pytest.approx(values[winner, out].mean())
        assert plain[b] == pytest.approx(values[0, out].mean())
    found = compare_to_default(kept, n_resamples=50, random_state=3)
    assert found.method == "bbc"
    assert found.difference == pytest.approx(np.mean(won - plain))
    assert_allclose([found.low, found.high], np.quantile(won - plain, [0.025, 0.975]))
    assert found.optimism == pytest.approx(kept.best_score_ - np.mean(won))
    assert found.expected_score == pytest.approx(np.mean(won))
    ends = [found.expected_low, found.expected_high]
    assert_allclose(ends, np.quantile(won, [0.025, 0.975]))
    means = kept.cv_results_["mean_test_score"]
    assert (found.best_score, found.default_score) == (means.max(), means[0])


def test_groups_are_resampled_whole():
    rng = np.random.default_rng(0)
    values = rng.random((3, 12)).astype(np.float32)
    groups = np.repeat(np.arange(4), 3)
    won, plain = resampled_scores(OutOfFold("score", np.arange(3), values, False, groups), 0, 40, 1)
    drawn = np.random.default_rng(1).integers(4, size=(40, 4))
    expected = []
    for chosen in drawn:
        rows = np.concatenate([np.flatnonzero(groups == g) for g in chosen])
        out = np.flatnonzero(~np.isin(groups, chosen))
        if len(out):
            winner = values[:, rows].mean(axis=1).argmax()
            expected.append((values[winner, out].mean(), values[0, out].mean()))
    assert_allclose(np.c_[won, plain], expected, rtol=1e-5)


def test_predictions_are_resampled_with_the_metric():
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=40)
    predicted = rng.integers(2, size=(4, 40)).astype(np.float32)
    kept = OutOfFold("score", np.arange(4), predicted, True)
    as_rows = OutOfFold("score", np.arange(4), (predicted == y).astype(np.float32))
    found = resampled_scores(kept, 0, 30, 2, Metric(accuracy_score), y)
    assert_allclose(found, resampled_scores(as_rows, 0, 30, 2), rtol=1e-6)


def test_several_predictions_of_a_row_are_a_plain_loop():
    """Ten rows tested twice: both predictions are drawn, or left out, together."""
    rng = np.random.default_rng(0)
    y, rows = rng.normal(size=10), np.r_[rng.permutation(10), rng.permutation(10)]
    predicted = (y[rows] + rng.normal(size=(3, 20))).astype(np.float32)
    kept = OutOfFold("score", np.arange(3), predicted, True, None, rows)
    won, plain = resampled_scores(kept, 0, 30, 5, Metric(r2_score), y)
    drawn = np.random.default_rng(5).integers(10, size=(30, 10))
    for b, chosen in enumerate(drawn):
        inside = np.concatenate([np.flatnonzero(rows == row) for row in chosen])
        outside = np.flatnonzero(~np.isin(rows, chosen))
        winner = np.argmax([r2_score(y[rows[inside]], values[inside]) for values in predicted])
        expected = [
            r2_score(y[rows[outside]], predicted[c, outside], force_finite=False)
            for c in (winner, 0)
        ]
        assert_allclose([won[b], plain[b]], expected, rtol=1e-6)


def test_labels_are_resampled_as_what_they_are():
    rng = np.random.default_rng(0)
    labels = np.array(["no", "perhaps", "yes"])
    y, codes = rng.integers(3, size=40), rng.integers(3, size=(4, 40)).astype(np.float32)
    f1 = Metric(f1_score, options={"average": "macro"})
    in_words = OutOfFold("score", np.arange(4), codes, True, labels=labels)
    as_numbers = OutOfFold("score", np.arange(4), codes, True)
    found = resampled_scores(in_words, 0, 20, 2, f1, labels[y])
    assert_allclose(found, resampled_scores(as_numbers, 0, 20, 2, f1, y))


def test_resamples_come_in_blocks(kept, monkeypatch):
    record = read_search(kept)
    whole = resampled_scores(record.oof, 0, 50, 3)
    monkeypatch.setattr(_bootstrap, "MAX_WEIGHTS", 7 * len(Y))
    assert_allclose(resampled_scores(record.oof, 0, 50, 3), whole)


def test_half_width_is_that_of_nadeau_and_bengio():
    scores = np.array([0.1, 0.3, 0.2, 0.6])
    expected = t.ppf(0.975, 3) * np.sqrt((1 / 4 + 1 / 3) * scores.var(ddof=1))
    assert half_width(scores, 1 / 3, 0.95) == pytest.approx(expected)
    assert np.isnan(half_width(scores[:1], 1 / 3, 0.95))


def test_folds_take_what_the_model_expects():
    search = search_of().fit(X, Y)
    found = compare_to_default(search)
    record = read_search(search)
    best, own = record.split_scores[record.best_index], record.split_scores[0]
    expected = explaining_model(record).unselected(record.best_index)
    assert expected < search.best_score_
    assert found.method == "folds"
    assert found.expected_score == pytest.approx(expected)
    assert found.difference == pytest.approx(expected - own.mean())
    half = half_width(best - own, 1 / 3, 0.95)
    assert_allclose([found.low, found.high], found.difference + np.array([-half, half]))
    half = half_width(best, 1 / 3, 0.95)
    ends = [found.expected_low, found.expected_high]
    assert_allclose(ends, expected + np.array([-half, half]))
    assert found.optimism == pytest.approx(best.mean() - expected)
    assert found.best_score == pytest.approx(best.mean())
    assert found.default_score == pytest.approx(own.mean())


def test_a_winner_of_seeds_keeps_what_is_its_own():
    """30 settings of variance 1 that no parameter explains; five folds with noise of variance 5."""
    errors = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        truth = rng.standard_normal(30)
        effects = 3.0 * rng.standard_normal(5)
        folds = truth[:, None] + effects - effects.mean()
        folds = folds + np.sqrt(5.0) * rng.standard_normal((30, 5))
        record = record_of([{"x": v} for v in rng.random(30)], folds, {"x": uniform(0, 1)})
        found = compare_to_default(record, method="folds")
        guesses = np.array([found.expected_score, found.best_score, folds.mean()])
        errors.append(guesses - truth[record.best_index])
    error, of_best, of_all = np.mean(errors, axis=0)
    assert of_best > 0.8
    assert of_all < -0.8
    assert abs(error) < 0.35


def test_repeated_folds_have_the_ratio_of_one_repeat():
    cv = RepeatedKFold(n_splits=5, n_repeats=3, random_state=0)
    record = read_search(search_of(cv=cv).fit(X, Y))
    assert record.evaluation.test_ratio == pytest.approx(0.25)


def test_chosen_on_the_other_folds():
    folds = np.array([[1.0, 0.0, 0.0], [0.4, 0.4, 0.4]])
    # On the last two folds the second is better, on the others the first has 1.
    assert chosen_on_others(folds).tolist() == [0.4, 0.0, 0.0]


def test_nested_runs_searches():
    search = search_of(n_iter=4).fit(X, Y)
    found = compare_to_default(search, X, Y, method="nested")
    folds = list(search.cv_.split(X, Y))
    tuned = cross_val_score(search_of(n_iter=4), X, Y, cv=folds)
    gaps = tuned - read_search(search).split_scores[0]
    assert found.difference == pytest.approx(gaps.mean())
    assert found.high - found.difference == pytest.approx(half_width(gaps, 1 / 3, 0.95))
    assert found.expected_score == pytest.approx(tuned.mean())
    assert found.expected_high - tuned.mean() == pytest.approx(half_width(tuned, 1 / 3, 0.95))
    assert found.optimism == pytest.approx(search.best_score_ - tuned.mean())


@pytest.mark.parametrize("scoring", [None, ["accuracy", "roc_auc"]])
def test_nested_refits_even_if_the_search_does_not(scoring):
    grid = {"max_depth": [2, 9], "min_samples_leaf": [1, 9]}
    search, refitted = (
        GridSearchCV(TREE, grid, scoring=scoring, refit=refit, cv=3).fit(X, Y)
        for refit in (False, "accuracy" if scoring else True)
    )
    found = compare_to_default(search, X, Y, method="nested")
    assert found == compare_to_default(refitted, X, Y, method="nested")


def test_verdicts():
    settings = [{"x": v} for v in np.linspace(0.1, 0.9, 6).tolist()]
    noise = 1e-3 * np.random.default_rng(0).normal(size=(6, 5))
    rising = np.linspace(0.0, 1.0, 6)[:, None]
    better = record_of(settings, rising + noise, {"x": uniform(0, 1)})
    assert compare_to_default(better).verdict == "better"
    assert compare_to_default(replace(better, best_index=0, default_index=5)).verdict == "worse"
    level = record_of(settings, 100 * noise, {"x": uniform(0, 1)}, best_index=3)
    assert compare_to_default(level).verdict == "not shown"


def test_a_winner_that_is_the_default(kept):
    record = read_search(kept)
    found = compare_to_default(replace(record, default_index=record.best_index))
    assert (found.difference, found.low, found.high) == (0.0, 0.0, 0.0)
    assert found.verdict == "not shown"
    assert "is the default" in found.note


def test_same_seed_same_answer(kept):
    first, second, other = (compare_to_default(kept, random_state=s) for s in (1, 1, 2))
    assert first == second != other


# Every kind of search


def test_default_outside_the_race_is_run():
    search = RandomizedSearchCV(TREE, {"max_depth": [2, 3, 4]}, n_iter=3, cv=4).fit(X, Y)
    with pytest.raises(ValueError, match="not among the candidates"):
        compare_to_default(search)
    found = compare_to_default(search, X, Y)
    assert found.default_score == pytest.approx(cross_val_score(TREE, X, Y, cv=4).mean())


def test_grids():
    search = GridSearchCV(TREE, {"max_depth": [2, 5, 9], "min_samples_leaf": [1, 9]}, cv=4)
    assert compare_to_default(search.fit(X, Y)).method == "folds"


def test_halving_at_the_largest_resource():
    search = HalvingRandomSearchCV(TREE, SPACE, random_state=0).fit(X, Y)
    found = compare_to_default(search, baseline=len(search.cv_results_["params"]) - 2)
    assert found.best_score == pytest.approx(search.best_score_)
    with pytest.raises(ValueError, match=r"A search with rungs .* draws new samples"):
        compare_to_default(search, X, Y)


def test_annealing_keeps_rows():
    search = search_of(AnnealingSearchCV, keep_predictions=True).fit(X, Y)
    assert compare_to_default(search).method == "bbc"


# What is kept


def test_rows_are_those_of_the_folds(kept):
    rows = kept.oof_scores_
    assert rows.values.dtype == np.float32
    for split, (_, test) in enumerate(kept.cv_.split(X, Y)):
        scores = kept.cv_results_[f"split{split}_test_score"]
        assert_allclose(rows.values[:, test].mean(axis=1), scores, rtol=1e-6)


def test_nothing_is_kept_unless_asked_for():
    assert search_of(n_iter=2).fit(X, Y).oof_scores_ is None


def test_predictions_of_the_best_20():
    options = {"keep_predictions": True, "n_iter": 26, "scoring": "roc_auc"}
    options["initial_params"] = "default"
    search = search_of(**options).fit(X, Y)
    kept = search.oof_scores_
    assert kept.is_prediction
    best = np.argsort(-search.cv_results_["mean_test_score"], kind="stable")[:20]
    assert set(best) | {0} == set(kept.candidates)
    assert compare_to_default(search, None, Y).method == "bbc"
    without = compare_to_default(search)
    assert without.method == "folds"
    assert "not a mean over rows" in without.note


@pytest.mark.parametrize(
    "scoring",
    ["f1", make_scorer(lambda y, predicted: np.sqrt(np.mean(y == predicted)))],
    ids=["f1", "a function without weights"],
)
def test_metrics_that_are_called(scoring):
    search = search_of(keep_predictions=True, n_iter=3, scoring=scoring).fit(X, Y)
    assert compare_to_default(search, None, Y, n_resamples=20).method == "bbc"


def test_regression_with_r2_and_repeats():
    X, y = make_regression(80, 5, noise=30, random_state=0)
    cv = RepeatedKFold(n_splits=4, n_repeats=2, random_state=1)
    search = BayesSearchCV(
        Ridge(), {"alpha": loguniform(1e-3, 1e3)}, n_iter=8, cv=cv, keep_predictions=True
    ).fit(X, y)
    assert compare_to_default(search, None, y).method == "bbc"


@pytest.mark.parametrize("scoring", ["r2", "neg_root_mean_squared_error"])
def test_repeats_are_no_ensemble(scoring):
    """The metric of mean predictions would promise more than any of the models can keep."""
    X, y = make_regression(80, 5, noise=30, random_state=0)
    search = BayesSearchCV(
        DecisionTreeRegressor(random_state=0),
        {"min_samples_leaf": [1, 2, 3]},
        n_iter=3,
        cv=RepeatedKFold(n_splits=4, n_repeats=6, random_state=1),
        scoring=scoring,
        keep_predictions=True,
        random_state=0,
    ).fit(X, y)
    found = compare_to_default(search, None, y, method="bbc", n_resamples=100)
    spread = np.ptp(search.cv_results_["mean_test_score"]) + 0.05 * abs(search.best_score_)
    assert abs(found.optimism) < spread


@pytest.mark.parametrize("scoring", ["f1_macro", "balanced_accuracy"])
@pytest.mark.parametrize("kind", ["words", "long numbers", "truth"])
def test_predicted_labels_of_any_kind(scoring, kind):
    names = {
        "words": np.array(["no", "yes"]),
        "long numbers": np.array([20260101, 20260102]),  # one number in float32
        "truth": np.array([False, True]),
    }
    cv = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
    options = {"keep_predictions": True, "scoring": scoring, "n_iter": 4, "cv": cv}
    numbers, labels = search_of(**options).fit(X, Y), names[kind][Y]
    found = compare_to_default(search_of(**options).fit(X, labels), None, labels, n_resamples=20)
    assert found == compare_to_default(numbers, None, Y, n_resamples=20)
    assert found.method == "bbc"


@pytest.mark.parametrize(
    "cv",
    [ShuffleSplit(5, test_size=0.3, random_state=0), RepeatedKFold(n_splits=4, n_repeats=2)],
    ids=["some rows more often", "all rows twice"],
)
def test_mean_of_the_rows_is_that_of_the_folds(cv):
    search = search_of(cv=cv, keep_predictions=True).fit(X, Y)
    values = search.oof_scores_.values.astype(float)
    assert_allclose(np.nanmean(values, axis=1), search.cv_results_["mean_test_score"], rtol=1e-6)


def test_a_mean_over_rows_of_three_classes():
    three = np.arange(len(Y)) % 3
    model = LogisticRegression(C=1e-4)
    options = {"n_iter": 3, "cv": 3, "random_state": 0, "keep_predictions": True}
    search = BayesSearchCV(model, {"C": loguniform(1e-4, 1)}, scoring="neg_log_loss", **options)
    assert not search.fit(X, three).oof_scores_.is_prediction
    assert compare_to_default(search).method == "bbc"


@pytest.mark.parametrize("scoring", ["neg_mean_squared_error", "neg_mean_absolute_error"])
def test_a_mean_over_rows_of_two_outputs(scoring):
    X, y = make_regression(80, 5, n_targets=2, noise=30, random_state=0)
    options = {"n_iter": 3, "cv": 4, "random_state": 0, "keep_predictions": True}
    search = BayesSearchCV(Ridge(), {"alpha": loguniform(1e-2, 1)}, scoring=scoring, **options)
    rows = search.fit(X, y).oof_scores_
    assert not rows.is_prediction
    assert_allclose(rows.values.mean(axis=1), search.cv_results_["mean_test_score"], rtol=1e-6)


def test_a_metric_that_resamples_do_not_have():
    y = np.zeros(len(Y), dtype=int)
    y[:4] = 1  # one in each fold, too few for a resample to leave out and to draw
    search = search_of(keep_predictions=True, scoring="roc_auc", n_iter=3).fit(X, y)
    record = replace(read_search(search), best_index=2)
    groups = np.zeros(len(y), dtype=int)
    groups[0] = 1  # all resamples leave out nothing, or rows of one class
    found = compare_to_default(replace(record, oof=replace(record.oof, groups=groups)), None, y)
    assert (found.method, found.verdict) == ("bbc", "not shown")
    assert np.isnan([found.low, found.high]).all()
    assert "no value in any resample" in found.note


def test_candidates_from_a_journal_might_have_won(tmp_path):
    path = tmp_path / "journal"
    search_of(keep_predictions=True, journal=path, n_iter=4).fit(X, Y)
    search = search_of(keep_predictions=True, journal=path).fit(X, Y)
    known = search.oof_scores_.candidates
    assert 0 < len(known) < 10
    scores = search.cv_results_["mean_test_score"]
    record = replace(read_search(search), best_index=int(known[scores[known].argmax()]))
    found = compare_to_default(record, baseline=int(known[0]))
    assert found.method == "folds"
    assert f"rows of {10 - len(known)} candidates that might have won" in found.note


@pytest.mark.parametrize(
    "options",
    [{"cv": TimeSeriesSplit(4)}, {"scoring": lambda model, X, y: model.score(X, y)}],
    ids=["time order", "function"],
)
def test_what_cannot_be_resampled_is_not_kept(options):
    search = search_of(keep_predictions=True, **options).fit(X, Y)
    assert search.oof_scores_ is None
    found = compare_to_default(search)
    assert found.method == "folds"
    assert "kept no scores of rows" in found.note
    assert compare_to_default(search, method="folds").note == ""
    with pytest.raises(ValueError, match="'bbc' cannot be used: the search kept no"):
        compare_to_default(search, method="bbc")


def test_groups_are_kept():
    groups = np.repeat(np.arange(12), 10)
    search = search_of(cv=GroupKFold(4), keep_predictions=True).fit(X, Y, groups=groups)
    assert search.oof_scores_.groups.tolist() == groups.tolist()
    wide = compare_to_default(search)
    assert wide.method == "bbc"


def test_one_group_has_no_interval(kept):
    record = read_search(kept)
    oof = replace(record.oof, groups=np.zeros(len(Y), dtype=int))
    found = compare_to_default(replace(record, oof=oof))
    assert found.verdict == "not shown"
    assert np.isnan(found.low)
    assert "one group" in found.note


def test_pickles_without_rows(kept):
    with_rows = len(pickle.dumps(kept))
    lean = pickle.loads(pickle.dumps(kept))
    lean.oof_scores_ = None
    assert len(pickle.dumps(lean)) < with_rows - kept.oof_scores_.values.nbytes // 2
    assert compare_to_default(lean).method == "folds"
    assert compare_to_default(pickle.loads(pickle.dumps(kept))) == compare_to_default(kept)


def test_journals_hold_no_rows(tmp_path):
    path = tmp_path / "journal"
    first = search_of(keep_predictions=True, journal=path).fit(X, Y)
    assert '"rows":' not in path.read_text()
    again = search_of(keep_predictions=True, journal=path).fit(X, Y)
    assert first.oof_scores_ is not None
    assert again.oof_scores_ is None
    assert compare_to_default(again).method == "folds"


def test_a_failed_fold_keeps_no_rows():
    class Fails(DecisionTreeClassifier):
        def fit(self, X, y, sample_weight=None, check_input=True):
            if self.max_depth == 2:
                raise ValueError("two")
            return super().fit(X, y)

    search = BayesSearchCV(Fails(), {"max_depth": [1, 2, 3]}, n_iter=3, keep_predictions=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the failed fits
        search.fit(X, Y)
    failed = [p["max_depth"] for p in search.cv_results_["params"]].index(2)
    assert failed not in search.oof_scores_.candidates


# The log of the folds


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_log_has_every_fold(n_jobs):
    with parallel_config("threading"):
        search = search_of(n_iter=5, n_jobs=n_jobs).fit(X, Y)
    log = search.fold_log_
    assert len(log.candidates) == search.n_fits_ == 20
    assert len(set(zip(log.candidates.tolist(), log.splits.tolist(), strict=True))) == 20
    assert (log.submitted <= log.finished).all()
    assert (np.diff(log.finished) >= 0).all()
    assert log.finished[-1] <= search.search_time_
    assert all(log.workers)


# Folds that can be drawn again


SPLITS = list(KFold(3).split(X))
MASKS = [tuple(np.isin(np.arange(120), part) for part in split) for split in SPLITS]


@pytest.mark.parametrize(
    "cv",
    [
        3,
        None,
        KFold(3, shuffle=True),
        KFold(3, shuffle=True, random_state=np.random.RandomState(0)),
        StratifiedKFold(3, shuffle=True, random_state=1),
        SPLITS,
        "generator",
    ],
    ids=["int", "none", "unseeded", "random state", "seeded", "splits", "generator"],
)
def test_ours_keep_what_draws_the_folds_again(cv):
    cv = (split for split in SPLITS) if cv == "generator" else cv
    search = BayesSearchCV(TREE, {"max_depth": [3, 4]}, n_iter=2, cv=cv).fit(X, Y)
    found = compare_to_default(search, X, Y)
    scores = cross_val_score(TREE, X, Y, cv=pickle.loads(pickle.dumps(search.cv_)))
    assert found.default_score == pytest.approx(scores.mean())
    row = read_search(search).split_scores[0]
    again = cross_val_score(TREE.__class__(max_depth=3, random_state=0), X, Y, cv=search.cv_)
    assert_allclose(row, again)


@pytest.mark.parametrize(
    "cv",
    [
        KFold(3, shuffle=True),
        KFold(3, shuffle=True, random_state=np.random.RandomState(0)),
        (split for split in SPLITS),
    ],
    ids=["unseeded", "random state", "generator"],
)
def test_folds_of_others_that_cannot_be_drawn_again(cv):
    search = GridSearchCV(TREE, {"max_depth": [3, 4]}, cv=cv).fit(X, Y)
    with pytest.raises(ValueError, match=r"cannot be drawn again|[Ee]mpty"):
        compare_to_default(search, X, Y)


def test_no_random_numbers_of_the_caller_are_drawn():
    generator = np.random.RandomState(0)
    grid = {"max_depth": [2, 3]}
    cv = KFold(3, shuffle=True, random_state=generator)
    search = GridSearchCV(TREE, grid, cv=cv).fit(X, Y)
    before = generator.get_state()[1:3]
    with pytest.raises(ValueError, match="cannot be drawn again"):
        compare_to_default(search, X, Y)
    assert_array_equal(generator.get_state()[1], before[0])
    assert generator.get_state()[2] == before[1]


# Bad input


@pytest.mark.parametrize("n", [10, 119])
@pytest.mark.parametrize("cv", [None, SPLITS, MASKS], ids=["none", "splits", "masks"])
def test_fewer_rows_than_the_search_had(cv, n):
    search = BayesSearchCV(TREE, {"max_depth": [3, 4]}, n_iter=2, cv=cv).fit(X, Y)
    with pytest.raises(ValueError, match=f"beyond the {n} rows of X|cannot be drawn again"):
        compare_to_default(search, X[:n], Y[:n])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        compare_to_default(search, X, Y[:n])


def test_one_split():
    cv = [(np.arange(60), np.arange(60, 120))]
    found = compare_to_default(search_of(cv=cv).fit(X, Y))
    assert found.verdict == "not shown"
    assert np.isnan(found.low)
    assert "fewer than two folds" in found.note
    cv = [(np.arange(60, 120), np.arange(60))]  # not in the order of time
    by_rows = compare_to_default(search_of(cv=cv, keep_predictions=True).fit(X, Y))
    assert (by_rows.method, by_rows.verdict) == ("bbc", "not shown")
    assert np.isnan([by_rows.low, by_rows.high, by_rows.expected_low, by_rows.expected_high]).all()
    assert np.isfinite([by_rows.difference, by_rows.expected_score]).all()
    assert "a single split" in by_rows.note


@pytest.mark.parametrize("step", [0.0, 0.02])
def test_the_same_difference_on_every_fold_is_no_certainty(step):
    """Its variance is 0, and the mean of the model is not quite that of the folds."""
    rng = np.random.default_rng(0)
    points = rng.random(12)
    folds = 0.8 - (points[:, None] - 0.5) ** 2 + 0.05 * rng.standard_normal((12, 5))
    folds[7] = folds.max(axis=0)
    folds[3] = folds[7] - step
    record = record_of([{"a": p} for p in points], folds, {"a": uniform(0, 1)}, default_index=3)
    found = compare_to_default(replace(record, best_index=7), method="folds")
    assert found.difference != pytest.approx(step, abs=1e-6)
    assert np.isnan([found.low, found.high]).all()
    assert found.verdict == "not shown"
    assert "the same on every fold" in found.note
    assert found.expected_low < found.expected_score < found.expected_high


def test_perfect_scores_have_no_interval():
    folds = np.array([[0.9, 0.8, 0.9], [1.0, 1.0, 1.0]])
    found = compare_to_default(record_of([{"a": 0}, {"a": 1}], folds, {"a": [0, 1]}))
    assert found.low < found.high
    assert np.isnan([found.expected_low, found.expected_high]).all()


def test_nested_searches_that_differ_nowhere_have_no_interval():
    tied = np.repeat([0.0, 1.0], 30)
    found = compare_to_default(
        search_of().fit(tied[:, None], tied), tied[:, None], tied, method="nested"
    )
    assert (found.difference, found.verdict) == (0.0, "not shown")
    assert np.isnan([found.low, found.high]).all()
    assert "the same on every fold" in found.note


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"method": "t-test"}, "method must be one of"),
        ({"confidence_level": 95}, "between 0 and 1, got 95"),
        ({"confidence_level": "0.9"}, "between 0 and 1, got '0.9'"),
        ({"n_resamples": 0}, "at least 1, got 0"),
        ({"baseline": {"depth": 1}}, "names"),
        ({"baseline": 99}, "from 0 to"),
        ({"method": "nested"}, "pass the search itself, X and y"),
    ],
)
def test_bad_input(wrong, message, kept):
    with pytest.raises(ValueError, match=message):
        compare_to_default(kept, **wrong)


def test_no_scores_at_all():
    settings = [{"x": 0.1}, {"x": 0.2}]
    nothing = record_of(settings, [np.nan, np.nan], {"x": uniform(0, 1)})
    with pytest.raises(ValueError, match="No candidate"):
        compare_to_default(nothing)


def test_all_scores_equal():
    settings = [{"x": v} for v in np.linspace(0.1, 0.9, 7)]
    record = record_of(settings, np.ones((7, 3)), {"x": uniform(0, 1)}, best_index=3)
    found = compare_to_default(record)
    assert (found.difference, found.verdict) == (0.0, "not shown")


def test_real_data_with_a_gain():
    X, y = load_breast_cancer(return_X_y=True)
    search = BayesSearchCV(
        LogisticRegression(C=1e-9, solver="liblinear"),
        {"C": loguniform(1e-10, 1e2)},
        n_iter=8,
        random_state=0,
        keep_predictions=True,
    ).fit(X, y)
    assert compare_to_default(search).verdict == "better"
    assert compare_to_default(search, method="folds").verdict == "better"
