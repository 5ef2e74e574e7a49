"""``warm_start_from``: earlier searches are read, checked, used as far as they agree, and kept."""

import pickle

import numpy as np
import pytest
from scipy.stats import loguniform, uniform
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_val_score

from sktune import BayesSearchCV
from sktune._sklearn_compat import _FoldArguments
from sktune.exceptions import InvalidSpaceError, JournalError, SkippedSettingsWarning
from sktune.optimizers import EarlierScores
from tests.contracts.search_contract import Recorder, rows

pytestmark = pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")

SPACE = {"level": uniform(), "width": loguniform(1e-2, 1e2)}


class Peak(Recorder):
    def __init__(self, level=0.0, width=1.0, top=0.7):
        super().__init__(level=level)
        self.width = width
        self.top = top

    def score(self, X, y=None):
        return -((self.level - self.top) ** 2) - 0.05 * np.log10(self.width) ** 2


def search(search_class=BayesSearchCV, space=SPACE, top=0.7, **options):
    options = {"n_iter": 12, "cv": 3, "random_state": 0, **options}
    if search_class is BayesSearchCV:
        options.setdefault("initial_params", [])
    return search_class(Peak(top=top), space, **options).fit(*rows())


@pytest.fixture(scope="module")
def earlier():
    return search()


def test_begins_with_the_best_and_the_first_design(earlier):
    warm = search(warm_start_from=earlier, random_state=1)
    sources = [o.candidate.source for _, o in sorted(warm.optimizer_.observations.items())]
    assert sources == ["start"] + ["design"] * 3 + ["model"] * 8
    assert warm.cv_results_["params"][0] == pytest.approx(earlier.best_params_)


@pytest.mark.parametrize("top", [0.7, 0.6])
def test_beats_a_cold_search_if_the_earlier_scores_agree(earlier, top):
    def fifth(**options):
        runs = [search(top=top, n_iter=5, random_state=seed, **options) for seed in range(1, 5)]
        return np.mean([run.best_score_ for run in runs])

    assert fifth(warm_start_from=earlier) > 0.3 * fifth()  # negative: nearer to 0


@pytest.mark.slow
def test_earlier_scores_that_contradict_do_little_harm():
    def negated(estimator, X, y):
        return -estimator.score(X, y)

    wrong = search(n_iter=15, scoring=negated)
    assert wrong.best_score_ > 0.4
    for seed in range(3):
        warm = search(warm_start_from=wrong, n_iter=15, random_state=seed)
        assert warm.best_score_ > -0.01


@pytest.mark.parametrize("as_given", ["search", "table", "list", "tuple of tables"])
def test_forms(earlier, as_given):
    given = {
        "search": earlier,
        "table": earlier.cv_results_,
        "list": [earlier],
        "tuple of tables": (earlier.cv_results_,),
    }[as_given]
    warm = search(warm_start_from=given, n_iter=6)
    expected = search(warm_start_from=earlier, n_iter=6)
    assert warm.cv_results_["params"] == expected.cv_results_["params"]


@pytest.mark.parametrize(
    "search_class, space, options",
    [
        (RandomizedSearchCV, SPACE, {}),
        (GridSearchCV, {"level": [0.1, 0.5, 0.9], "width": [0.1, 10.0]}, {}),
    ],
)
def test_searches_of_scikit_learn(search_class, space, options):
    if search_class is GridSearchCV:
        theirs = GridSearchCV(Peak(), space, cv=3).fit(*rows())
    else:
        theirs = search(search_class)
    warm = search(warm_start_from=theirs, n_iter=6)
    assert warm.cv_results_["params"][0] == pytest.approx(theirs.best_params_)


def test_several_searches_each_give_their_best(earlier):
    other = search(top=0.2)
    warm = search(warm_start_from=[earlier, other.cv_results_], n_iter=6)
    assert warm.cv_results_["params"][0] == pytest.approx(earlier.best_params_)
    assert warm.cv_results_["params"][1] == pytest.approx(other.best_params_)


def test_the_metric_that_is_maximised_is_read():
    def two(estimator, X, y):
        return {"good": estimator.score(X, y), "bad": -estimator.score(X, y)}

    both = search(scoring=two, refit="good")
    worst = min(zip(both.cv_results_["mean_test_good"], range(12), strict=True))[1]
    for metric, place in (("good", both.best_index_), ("bad", worst)):
        warm = search(scoring=two, refit=metric, warm_start_from=both, n_iter=4)
        assert warm.cv_results_["params"][0] == pytest.approx(both.cv_results_["params"][place])
    with pytest.raises(ValueError, match=r"must have scores of 'score'; it has.*'good', 'bad'"):
        search(warm_start_from=both)


def test_failed_settings_are_left_out(earlier):
    table = {key: np.array(column) for key, column in earlier.cv_results_.items()}
    for split in range(3):
        table[f"split{split}_test_score"][earlier.best_index_] = np.nan
    warm = search(warm_start_from=table, n_iter=4)
    second = list(earlier.cv_results_["rank_test_score"]).index(2)
    expected = earlier.cv_results_["params"][second]
    assert warm.cv_results_["params"][0] == pytest.approx(expected)


def test_settings_outside_the_space_are_left_out_with_a_warning(earlier):
    narrow = {"level": uniform(0, 0.5), "width": SPACE["width"]}
    with pytest.warns(SkippedSettingsWarning, match=r"of 12 settings of warm_start_from do not"):
        warm = search(space=narrow, warm_start_from=earlier, n_iter=4)
    assert warm.cv_results_["params"][0]["level"] <= 0.5


@pytest.mark.parametrize(
    "given, error, match",
    [
        (lambda earlier: Peak(), NotFittedError, "not fitted"),
        (lambda earlier: clone(earlier), NotFittedError, "not fitted"),
        (lambda earlier: [3], InvalidSpaceError, r"warm_start_from\[0\] must be a fitted search"),
        (lambda earlier: "that one", ValueError, "'warm_start_from' parameter"),
        (lambda earlier: {"level": [1]}, ValueError, "column 'params'"),
        (lambda earlier: {"params": [{"level": 1}]}, ValueError, "must have scores of 'score'"),
        (
            lambda earlier: {"params": [{"depth": 1}], "split0_test_score": [0.5]},
            InvalidSpaceError,
            "No setting of warm_start_from can be used",
        ),
        (
            lambda earlier: {
                "params": [{"level": 0.5, "width": 1.0}],
                "split0_test_score": [np.nan],
            },
            InvalidSpaceError,
            "no finite score",
        ),
    ],
)
def test_bad_input_is_refused_before_a_fit(earlier, given, error, match):
    with pytest.raises(error, match=match):
        search(warm_start_from=given(earlier))


def test_a_clone_keeps_what_was_found(earlier):
    warm = BayesSearchCV(Peak(), SPACE, n_iter=3, cv=3, warm_start_from=[earlier], random_state=0)
    again = clone(warm)
    assert again.warm_start_from is warm.warm_start_from
    assert not hasattr(again, "cv_results_")
    assert np.isfinite(cross_val_score(warm, *rows(), cv=2)).all()


def test_a_fold_does_not_carry_the_earlier_search(earlier):
    warm = BayesSearchCV(Peak(), SPACE, warm_start_from=earlier)
    carried = pickle.loads(pickle.dumps(_FoldArguments(caller=warm)))["caller"]
    assert carried.warm_start_from is None
    assert warm.warm_start_from is earlier


def test_models_of_earlier_searches_are_fitted_once(earlier, tmp_path, monkeypatch):
    # With a journal, the optimiser is made twice: the second time by the seed that stands there.
    n_fits = []
    model = EarlierScores.model
    monkeypatch.setattr(EarlierScores, "model", lambda *a: n_fits.append(1) or model(*a))
    search(warm_start_from=[earlier, earlier], n_iter=5, journal=tmp_path / "j")
    assert len(n_fits) == 2


def test_a_grid_is_run_whole_as_ever():
    grid = {"level": [0.1, 0.5, 0.9], "width": [0.1, 10.0]}
    cold = search(space=grid, initial_params=None, n_iter=6)
    warm = search(space=grid, initial_params=None, n_iter=6, warm_start_from=cold)
    assert warm.cv_results_["params"] == cold.cv_results_["params"]


def test_a_journal_knows_what_it_started_from(earlier, tmp_path):
    options = {"journal": tmp_path / "a.jsonl", "n_iter": 5}
    first = search(warm_start_from=earlier, **options)
    # The table says as much as the search that it comes from.
    second = search(warm_start_from=earlier.cv_results_, **{**options, "n_iter": 7})
    assert second.cv_results_["params"][:5] == first.cv_results_["params"]
    with pytest.raises(JournalError, match="earlier"):
        search(warm_start_from=search(top=0.2), **options)
