"""The model that explains: what it is fitted to, and functions drawn from it."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import loguniform, randint, uniform
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sktune.exceptions import SurrogateWarning
from sktune.inspection import compare_to_default, explaining_model, read_search
from sktune.inspection._model import _surrogate
from sktune.inspection._model._process import AdditiveProcess
from sktune.inspection._model._surrogate import N_REFITS, band, cut_disasters

from .._records import record_of, uniform_record

X, Y = load_iris(return_X_y=True)


def wave(points):
    return np.sin(5 * points[:, 0]) + points[:, 1]


def test_model_is_a_process_of_the_scores_as_they_are():
    record = uniform_record(wave, 2, n=30)
    model = explaining_model(record)
    points = record.space.transform(record.settings)
    plain = AdditiveProcess(record.space.feature_groups, points, record.scores, np.zeros(30))
    fresh = np.random.default_rng(1).random((20, 2))
    assert_allclose(model.at(fresh), plain.mean(fresh))
    assert model.r2_ > 0.9
    assert (model.n_cut_, model.n_left_out_) == (0, 0)


def test_scikit_learn_takes_it():
    model = explaining_model(uniform_record(wave, 2, n=40))
    assert_allclose(model.predict(model.X_), model.at(model.points_), atol=1e-6)
    assert model.score(model.X_, model.y_) > 0.95
    importances = permutation_importance(model, model.X_, model.y_, random_state=0)
    assert (importances.importances_mean > 0).all()
    average = partial_dependence(model, model.X_, [0], grid_resolution=5)["average"]
    assert average.shape == (1, 5)


def test_r2_is_that_of_candidates_left_out():
    """Each fifth is predicted by a model of a search that never tried it."""
    record = uniform_record(wave, 2, n=60, noise=0.3)
    model = explaining_model(record)
    fold = np.random.default_rng(0).permutation(60) % 5
    predicted = np.empty(60)
    for k in range(5):
        rest = np.flatnonzero(fold != k)
        fewer = replace(
            record,
            settings=tuple(record.settings[i] for i in rest),
            split_scores=record.split_scores[rest],
            scores=record.scores[rest],
            status=tuple(record.status[i] for i in rest),
            seconds=record.seconds[rest],
        )
        predicted[fold == k] = explaining_model(fewer).predict(model.X_[fold == k])
    assert 0.5 < model.r2_ < 0.95
    assert model.r2_ == pytest.approx(r2_score(record.scores, predicted), abs=0.03)


def test_columns_are_found_by_name():
    pd = pytest.importorskip("pandas")
    model = explaining_model(uniform_record(wave, 2, n=20))
    frame = pd.DataFrame(model.X_, columns=model.feature_names_in_)
    expected = model.predict(model.X_)
    assert_allclose(model.predict(frame), expected)
    assert_allclose(model.predict(frame[["x1", "x0"]]), expected)
    with pytest.raises(ValueError, match=r"must have the columns \['x0', 'x1'\], got \['x0'\]"):
        model.predict(frame[["x0"]])


@pytest.mark.parametrize(
    "wrong, message",
    [
        ([[0.1]], r"the 2 columns \['x0', 'x1'\], got 1"),
        ([[0.1, 0.2, 0.3]], "got 3"),
        ([0.1, 0.2], "2D array"),
        ([[0.1, np.nan]], "NaN"),
        ([[0.1, np.inf]], "infinity"),
    ],
)
def test_what_is_no_setting_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        explaining_model(uniform_record(wave, 2, n=20)).predict(wrong)


def test_numbers_and_places():
    space = {
        "C": loguniform(1e-2, 1e2),
        "k": randint(1, 9),
        "kernel": ["a", "b", None],
        "p": [5, 1],
    }
    rng = np.random.default_rng(0)
    settings = [
        {
            "C": float(10 ** rng.uniform(-2, 2)),
            "k": int(rng.integers(1, 9)),
            "kernel": [None, "a", "b"][i % 3],
            "p": [1, 5][i % 2],
        }
        for i in range(12)
    ]
    record = record_of(settings, rng.random(12), space)
    model = explaining_model(record)
    columns = dict(zip(model.feature_names_in_, model.X_.T, strict=True))
    assert_allclose(columns["C"], [s["C"] for s in settings], rtol=1e-6)
    assert_allclose(columns["k"], [s["k"] for s in settings])
    assert_allclose(columns["p"], [s["p"] for s in settings])
    places = record.space.dimensions[record.names.index("kernel")].values
    assert [places[int(i)] for i in columns["kernel"]] == [s["kernel"] for s in settings]
    assert_allclose(model.predict(model.transform(settings)), model.predict(model.X_))


def test_draws_are_the_same_for_one_seed():
    record = uniform_record(wave, 2)
    fresh = np.random.default_rng(1).random((5, 2))
    first, second, other = (
        np.vstack([draw(fresh) for draw in explaining_model(record).draw(24, seed)])
        for seed in (3, 3, 4)
    )
    assert first.shape == (24, 5)
    assert_allclose(first, second, rtol=0)
    assert not np.allclose(first, other)


def test_models_are_kept_with_the_record():
    record = uniform_record(wave, 2)
    assert explaining_model(record).process_ is explaining_model(record).process_
    search = GridSearchCV(SVC(), {"C": [0.01, 0.1, 1, 10, 100]}).fit(X, Y)
    assert explaining_model(search).process_ is not explaining_model(search).process_
    model = explaining_model(record)
    model.draw(12, 0)
    assert len(record._kept["refits of score, seed 0"]) == N_REFITS


def test_a_used_model_can_be_pickled():
    model = explaining_model(uniform_record(wave, 2))
    fresh = np.random.default_rng(1).random((5, 2))
    model.draw(12, 0)
    expected = model.at(fresh)
    assert_allclose(pickle.loads(pickle.dumps(model)).at(fresh), expected)


def test_disasters_are_cut():
    values = np.array([0.0, 1.0, 2.0, 3.0, -1e6])
    cut, n_cut = cut_disasters(values)
    assert n_cut == 1
    assert_allclose(cut, [0.0, 1.0, 2.0, 3.0, 3.0 - 30 * 2.0])
    assert cut_disasters(np.array([0.0, 1.0, 1.0])) == (pytest.approx([0, 1, 1]), 0)
    settings = [{"x0": float(v)} for v in np.linspace(0.05, 0.95, 5)]
    assert explaining_model(record_of(settings, values, {"x0": uniform(0, 1)})).n_cut_ == 1


def test_failed_candidates_are_left_out():
    record = uniform_record(wave, 2, n=20)
    scores = record.scores.copy()
    scores[[3, 5]] = np.nan
    with_failures = record_of(record.settings, scores, {"x0": uniform(0, 1), "x1": uniform(0, 1)})
    model = explaining_model(with_failures)
    assert model.n_left_out_ == 2
    assert len(model.y_) == 18


def test_bands_hold_the_centre_and_the_draws():
    draws = np.random.default_rng(0).normal(1.0, 0.1, size=(200, 3))
    low, high = band(draws, np.zeros(3))
    assert (low < 0).all() and (high > 1).all()  # noqa: PT018
    plain = band(draws, draws.mean(axis=0))
    assert_allclose(plain, np.quantile(draws, [0.05, 0.95], axis=0))


@pytest.mark.parametrize("search", [HalvingGridSearchCV, HalvingRandomSearchCV])
def test_halving_is_read_at_the_largest_resource(search):
    space = {"max_depth": [1, 2, 3, 4, 5], "min_samples_leaf": [1, 5, 20]}
    tree = DecisionTreeClassifier(random_state=0)
    search = search(tree, space, min_resources=30, random_state=0).fit(X, Y)
    record = read_search(search)
    model = explaining_model(record)
    assert len(model._groups) == 3
    # A tree of few samples is worse: at the top the model must not average that in.
    best = record.settings[record.best_index]
    predicted = model.predict(model.transform([best]))[0]
    assert abs(predicted - search.best_score_) < 0.05


# Bad input


@pytest.mark.parametrize("n", [1, 4])
def test_too_few(n):
    with pytest.raises(ValueError, match=f"At least 5 candidates .* got {n}"):
        explaining_model(uniform_record(wave, 2, n=n))


def test_all_equal():
    with pytest.raises(ValueError, match="All 12 candidates have the same score"):
        explaining_model(uniform_record(lambda points: np.full(len(points), 0.5), 2, n=12))


def test_nothing_varies():
    record = record_of([{"x": 1}] * 6, np.arange(6.0), {"x": [1]})
    with pytest.raises(ValueError, match="Nothing varies"):
        explaining_model(record)


def test_more_parameters_than_candidates():
    with pytest.warns(SurrogateWarning, match="9 parameters were searched by 6"):
        explaining_model(uniform_record(wave, 9, n=6))


def test_unknown_target():
    with pytest.raises(ValueError, match="target must be"):
        explaining_model(uniform_record(wave, 2), target="cost")


@pytest.mark.slow
def test_thousands_of_candidates_are_thinned():
    model = explaining_model(uniform_record(wave, 2, n=700))
    assert len(model.y_) == 500
    assert model.r2_ > 0.99


def test_unselected_score_of_any_candidate(monkeypatch):
    """Also of one that the model was not fitted to, such as a callable ``refit`` may choose."""
    monkeypatch.setattr(_surrogate, "MAX_CANDIDATES", 40)
    rng = np.random.default_rng(0)
    points = rng.random((60, 2))
    folds = wave(points)[:, None] + 0.1 * rng.standard_normal((60, 5))
    settings = [{"x0": a, "x1": b} for a, b in points.tolist()]
    record = record_of(settings, folds, {"x0": uniform(0, 1), "x1": uniform(0, 1)})
    model = explaining_model(record)
    left_out = np.setdiff1d(np.arange(60), model._rows)
    assert len(left_out) == 20
    found = np.array([model.unselected(candidate) for candidate in range(60)])
    assert_allclose(found[left_out], model.at(record.space.transform(settings)[left_out]))
    assert_allclose(found[model._rows], model.process_.without_noise())
    assert compare_to_default(replace(record, best_index=int(left_out[0]))).method == "folds"


def test_one_fold_does_not_tell_its_noise():
    record = uniform_record(wave, 2, n=30, noise=0.3)
    model = explaining_model(record)
    best = record.best_index
    expected = model.at(record.space.transform([record.settings[best]]))[0]
    assert model.unselected(best) == expected
    assert expected < record.scores[best] - 0.05
