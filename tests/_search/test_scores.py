"""Scores of any real type and size, and settings that failed."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV

from sktune import AnnealingSearchCV, BayesSearchCV, best_by_model
from tests.contracts.search_contract import Recorder, rows

pytestmark = [
    pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning"),
    # scikit-learn squares scores for their standard deviation.
    pytest.mark.filterwarnings("ignore:overflow encountered in square"),
    pytest.mark.filterwarnings("ignore:invalid value encountered in subtract"),
    pytest.mark.filterwarnings("ignore:Scoring failed"),
    pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning"),
]

SEARCHES = [BayesSearchCV, AnnealingSearchCV]
GRID = {"level": [0.25, 0.5, 0.75]}
SPACE = {"level": uniform()}


def scored(kind):
    """A parabola with its top at 0.6 and noise, as a score of some type."""

    def scoring(estimator, X, y=None):
        rng = np.random.default_rng([int(1e6 * estimator.level), int(np.sum(X))])
        return kind(-((estimator.level - 0.6) ** 2) + 0.01 * float(rng.standard_normal()))

    return scoring


def named(scoring):
    return lambda estimator, X, y=None: {"a": scoring(estimator, X), "b": scoring(estimator, X)}


NUMBERS = [Fraction, Decimal, np.float32, np.array, np.longdouble, lambda score: score > -0.1,
           lambda score: np.array([score])]  # fmt: skip
IDS = ["Fraction", "Decimal", "float32", "0-d array", "longdouble", "bool", "array of one"]


@pytest.mark.parametrize("kind", NUMBERS, ids=IDS)
@pytest.mark.parametrize("wrap", [lambda scoring: scoring, named], ids=["one", "several"])
@pytest.mark.parametrize("search_class", SEARCHES)
def test_scores_of_every_type_are_those_of_scikit_learn(search_class, wrap, kind, tmp_path):
    options = {"n_iter": 3, "cv": 3, "scoring": wrap(scored(kind)), "return_train_score": True}
    options["refit"] = "b" if wrap is named else True
    shared = {name: option for name, option in options.items() if name != "n_iter"}
    expected = GridSearchCV(Recorder(), GRID, **shared).fit(*rows()).cv_results_
    search = search_class(Recorder(), GRID, journal=tmp_path / "journal", **options).fit(*rows())
    for key, column in expected.items():
        if "score" in key and "time" not in key:
            np.testing.assert_array_equal(search.cv_results_[key], column, err_msg=key)
    wide = search_class(Recorder(), SPACE, random_state=0, racing=True, **{**options, "n_iter": 8})
    wide.fit(*rows())
    assert abs(wide.best_params_["level"] - 0.6) < 0.3


def test_a_complex_score_is_refused_with_the_first_fold():
    search = BayesSearchCV(Recorder(), SPACE, scoring=lambda e, X, y=None: 1 + 2j)
    with pytest.raises(ValueError, match=r"must return a real number, got \(1\+2j\)"):
        search.fit(*rows())


def test_a_score_beyond_all_floats_is_a_failure():
    def huge(estimator, X, y=None):
        return Fraction(10**400) if estimator.level > 0.5 else -(10**400)

    search = BayesSearchCV(Recorder(), SPACE, scoring=huge, n_iter=3, refit=False, random_state=0)
    search.fit(*rows())
    assert np.isinf(search.cv_results_["mean_test_score"]).all()
    assert not search.optimizer_.completed()[0]


@pytest.mark.parametrize("exponent", [-250, -90, 90, 300])
@pytest.mark.parametrize("search_class", SEARCHES)
def test_the_size_of_scores_does_not_matter(search_class, exponent):
    """Powers of two scale exactly, so the same settings are tried, and the model scales along."""
    unit = 2.0 ** round(exponent * np.log2(10))
    options = {"n_iter": 10, "cv": 3, "random_state": 0, "racing": True, "refit": best_by_model}
    plain, scaled = (
        search_class(Recorder(), SPACE, scoring=scored(lambda s, u=u: s * u), **options).fit(
            *rows()
        )
        for u in (1.0, unit)
    )
    levels = [[p["level"] for p in s.cv_results_["params"]] for s in (plain, scaled)]
    np.testing.assert_allclose(*levels, rtol=1e-6)
    assert scaled.best_index_ == plain.best_index_
    expected, found = (s.optimizer_.expected_scores(
        [o.candidate for o in s.optimizer_.observations.values()]
    ) for s in (plain, scaled))  # fmt: skip
    np.testing.assert_allclose(np.divide(found, unit), expected, rtol=1e-4)


@pytest.mark.parametrize("search_class", SEARCHES)
def test_a_disaster_beside_ordinary_scores(search_class):
    def scoring(estimator, X, y=None):
        return -1e300 * float(np.sum(X)) if estimator.level < 0.3 else scored(float)(estimator, X)

    search = search_class(
        Recorder(), SPACE, scoring=scoring, n_iter=20, cv=3, random_state=0, racing=True
    ).fit(*rows())
    assert abs(search.best_params_["level"] - 0.6) < 0.1


@pytest.mark.parametrize("exponent", [-250, 250])
def test_what_is_left_to_gain_has_the_unit_of_the_scores(exponent):
    unit = 2.0 ** round(exponent * np.log2(10))
    gains = []
    for u in (1.0, unit):
        search = BayesSearchCV(
            Recorder(), SPACE, n_iter=25, cv=3, random_state=0, stop_when_converged=True,
            scoring=scored(lambda s, u=u: s * u),
        ).fit(*rows())  # fmt: skip
        gains.append(search.optimizer_.remaining_gain() / u)
    assert gains[1] == pytest.approx(gains[0], rel=1e-4)
    assert gains[0] > 0


@pytest.mark.parametrize("exponent", [-250, 250])
def test_earlier_scores_of_any_size_help(exponent):
    unit = 2.0 ** round(exponent * np.log2(10))
    starts = []
    for u in (1.0, unit):
        earlier = RandomizedSearchCV(
            Recorder(), SPACE, n_iter=15, cv=3, random_state=0,
            scoring=scored(lambda s, u=u: s * u),
        ).fit(*rows())  # fmt: skip
        warm = BayesSearchCV(
            Recorder(), SPACE, n_iter=5, cv=3, random_state=0, scoring=scored(float),
            initial_params=[], warm_start_from=earlier,
        ).fit(*rows())  # fmt: skip
        starts.append([params["level"] for params in warm.cv_results_["params"]])
    np.testing.assert_allclose(starts[1], starts[0], rtol=1e-6)


@pytest.mark.parametrize("search_class", SEARCHES)
@pytest.mark.parametrize("score", [np.nan, -np.inf])
def test_best_by_model_says_that_there_is_nothing_to_choose(search_class, score):
    search = search_class(
        Recorder(), SPACE, n_iter=3, scoring=lambda e, X, y=None: score, refit=best_by_model
    )
    with pytest.raises(ValueError, match="best_by_model needs a setting with a finite score"):
        search.fit(*rows())
    assert len(search.cv_results_["params"]) == 3


# Failures of earlier searches


class FailsAbove(Recorder):
    """Fits below 0.5 only; the error falls with the level."""

    def fit(self, X, y=None, **params):
        if self.level > 0.5:
            raise ValueError("no")
        return super().fit(X, y)

    def score(self, X, y=None):
        return -100.0 * (0.6 - self.level)


def first_of(earlier, estimator=None, **options):
    options = {
        "initial_params": [],
        "n_iter": 2,
        "cv": 2,
        "random_state": 0,
        "refit": False,
        **options,
    }
    warm = BayesSearchCV(estimator or FailsAbove(), SPACE, warm_start_from=earlier, **options)
    return warm.fit(*rows()).cv_results_["params"][0]["level"], warm


@pytest.mark.parametrize("error_score", [0, 0.0, 1, np.nan, Fraction(1, 2)])
@pytest.mark.parametrize("search_class", [*SEARCHES, RandomizedSearchCV])
def test_numbers_that_stand_for_failures_are_no_scores(search_class, error_score):
    earlier = search_class(
        FailsAbove(), SPACE, n_iter=12, cv=2, random_state=0, error_score=error_score, refit=False
    ).fit(*rows())
    levels = np.array([params["level"] for params in earlier.cv_results_["params"]])
    assert (levels > 0.5).any()
    first, warm = first_of(earlier)
    assert first == pytest.approx(levels[levels <= 0.5].max())
    (scores,) = warm.optimizer_.earlier
    assert len(scores.points) == (levels <= 0.5).sum()


@pytest.mark.parametrize("search_class", [*SEARCHES, RandomizedSearchCV])
def test_what_fails_on_some_folds_is_left_out(search_class):
    def fails_on_one(estimator, X, y=None):
        if estimator.level > 0.5 and 0 in np.round(X).ravel():
            raise ValueError("no")
        return estimator.level

    earlier = search_class(
        Recorder(), SPACE, n_iter=12, cv=3, random_state=0, error_score=7.0, scoring=fails_on_one
    ).fit(*rows())
    n_failed = sum((earlier.cv_results_[f"split{k}_test_score"] == 7.0).sum() for k in range(3))
    assert n_failed > 0
    first, _ = first_of(earlier)
    assert first <= 0.5


def test_a_true_score_that_equals_error_score_counts_in_our_own_searches():
    def exact(estimator, X, y=None):
        return 0.0 if estimator.level > 0.4 else -1.0

    earlier = BayesSearchCV(
        Recorder(), SPACE, n_iter=10, cv=2, random_state=0, error_score=0.0, scoring=exact
    ).fit(*rows())
    first, warm = first_of(earlier)
    assert len(warm.optimizer_.earlier[0].points) == 10
    assert first > 0.4


def test_dropped_settings_of_a_race_are_no_failures():
    earlier = BayesSearchCV(
        Recorder(), SPACE, n_iter=20, cv=4, random_state=0, racing=True, scoring=scored(float)
    ).fit(*rows())
    assert (earlier.cv_results_["n_splits_done"] < 4).any()
    for given in (earlier, earlier.cv_results_):
        _, warm = first_of(given, Recorder())
        assert len(warm.optimizer_.earlier[0].points) == 20


def test_an_earlier_count_is_no_share():
    from sklearn.ensemble import RandomForestRegressor

    X, y = np.random.default_rng(0).random((30, 4)), np.arange(30.0)
    forest = RandomForestRegressor(3, random_state=0)
    earlier = GridSearchCV(forest, {"max_features": [1, 2, 0.5]}, cv=2).fit(X, y)
    warm = BayesSearchCV(forest, {"max_features": uniform(0.1, 0.9)}, n_iter=2, cv=2,
                         initial_params=[], warm_start_from=earlier)  # fmt: skip
    with pytest.warns(UserWarning, match="2 of 3 settings.*'max_features' is"):
        warm.fit(X, y)
    assert warm.cv_results_["params"][0] == {"max_features": pytest.approx(0.5)}
