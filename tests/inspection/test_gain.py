"""Where the gain came from: against all orders, and against searches that are run."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, cross_val_score
from sklearn.svm import SVC

from sktune.exceptions import MissingDependencyError
from sktune.inspection import explain_gain, explaining_model, read_search

from ._records import record_of, uniform_record

X, Y = load_iris(return_X_y=True)


def function(points):
    return points[:, 0] + 2 * points[:, 1] * points[:, 2]


RECORD = replace(uniform_record(function, 4, n=60), default_index=3)


def over_all_orders(function, start, end):
    """What each of four coordinates adds in the mean over all orders, shape (4, n_draws)."""
    shares = []
    for order in permutations(range(4)):
        now, added = start.copy(), [0.0] * 4
        for column in order:
            before = np.ravel(function(now[None]))
            now[column] = end[column]
            added[column] = np.ravel(function(now[None])) - before
        shares.append(added)
    return np.mean(shares, axis=0)


def test_shares_are_averages_over_all_orders():
    found = explain_gain(RECORD)
    model = explaining_model(RECORD)
    points = RECORD.space.transform(RECORD.settings)
    ends_of_gain = points[3], points[RECORD.best_index]
    assert_allclose(found.shares, over_all_orders(model.at, *ends_of_gain)[:, 0], atol=1e-9)
    draws = [over_all_orders(draw, *ends_of_gain) for draw in model.draw(36, 0)]
    assert_allclose(found.draws.T, np.hstack(draws), atol=1e-9)
    assert found.shares.sum() == pytest.approx(found.expected_gain)
    assert found.gain == pytest.approx(RECORD.scores.max() - RECORD.scores[3])
    assert (found.low <= found.shares).all()
    assert (found.shares <= found.high).all()
    ends = np.quantile(found.draws, [0.05, 0.95], axis=0)
    moved = ends + found.shares - found.draws.mean(axis=0)
    assert_allclose(found.low, np.minimum(ends[0], moved[0]))
    assert_allclose(found.high, np.maximum(ends[1], moved[1]))
    assert (found.start_score, found.end_score) == (RECORD.scores[3], RECORD.scores.max())


def test_near_the_truth():
    found = explain_gain(RECORD)
    start, end = (np.array([[s[n] for n in RECORD.names]]) for s in (found.start, found.end))
    assert found.expected_gain == pytest.approx((function(end) - function(start))[0], abs=0.1)
    assert abs(found.shares[3]) < 0.05
    assert found.shares[0] == pytest.approx((end - start)[0, 0], abs=0.1)


def test_any_two_candidates():
    there, back = explain_gain(RECORD, 5, to=9), explain_gain(RECORD, 9, to=5)
    assert_allclose(there.shares, -back.shares, atol=1e-9)
    assert (there.start, there.end) == (RECORD.settings[5], RECORD.settings[9])
    named = explain_gain(RECORD, RECORD.settings[5], to=RECORD.settings[9])
    assert_allclose(named.shares, there.shares)


def test_a_gain_of_nothing():
    found = explain_gain(RECORD, 5, to=5, path=True)
    assert_allclose(found.shares, 0.0)
    assert found.path == ()


def test_greedy_path():
    found = explain_gain(RECORD, path=True)
    assert sorted(found.path) == sorted(RECORD.names)
    assert len(found.path_scores) == 5
    steps = np.diff(found.path_scores)
    assert steps.sum() == pytest.approx(found.expected_gain)
    # No other first step gains more.
    model = explaining_model(RECORD)
    points = RECORD.space.transform(RECORD.settings)
    firsts = []
    for column in range(4):
        one = points[3].copy()
        one[column] = points[RECORD.best_index, column]
        firsts.append(model.at(one[None])[0])
    assert found.path_scores[1] == pytest.approx(max(firsts))
    assert found.path[0] == RECORD.names[int(np.argmax(firsts))]


def test_the_path_is_run_on_the_folds():
    grid = {"C": [0.01, 1.0, 10.0], "gamma": [0.001, 0.1, 1.0]}
    search = GridSearchCV(SVC(C=0.01, gamma=1.0), grid, cv=4).fit(X, Y)
    found = explain_gain(search, verify=(X, Y))
    assert len(found.verified_scores) == len(found.path) + 1
    record = read_search(search)
    assert found.verified_scores[0] == pytest.approx(record.scores[record.default_index])
    assert found.verified_scores[-1] == pytest.approx(search.best_score_)
    between = {"C": 0.01, "gamma": 1.0} | {found.path[0]: search.best_params_[found.path[0]]}
    expected = cross_val_score(SVC(**between), X, Y, cv=4).mean()
    assert found.verified_scores[1] == pytest.approx(expected)


def test_the_path_is_run_with_groups_and_weights():
    groups, weights = np.arange(len(Y)) % 30, np.linspace(0.1, 2.0, len(Y))
    grid = {"C": [0.01, 1.0, 10.0], "gamma": [0.001, 0.1, 1.0]}
    given = {"groups": groups, "sample_weight": weights}
    search = GridSearchCV(SVC(C=0.01, gamma=1.0), grid, cv=GroupKFold(3)).fit(X, Y, **given)
    record = read_search(search)
    found = explain_gain(record, verify=(X, Y), params=given, n_draws=12)
    assert found.verified_scores[0] == pytest.approx(found.start_score)
    assert found.verified_scores[-1] == pytest.approx(search.best_score_)
    with pytest.raises(ValueError, match=r"pass params=\{'groups': groups\}"):
        explain_gain(record, verify=(X, Y))


def test_folds_are_drawn_before_a_model_is_fitted():
    search = GridSearchCV(SVC(C=0.1), {"C": [0.1, 1, 2, 3, 4]}, cv=KFold(3, shuffle=True))
    record = read_search(search.fit(X, Y))
    with pytest.raises(ValueError, match="cannot be drawn again"):
        explain_gain(record, verify=(X, Y))
    assert not record._kept


def test_across_branches():
    settings = [{"kernel": "linear", "C": float(c)} for c in np.geomspace(1e-2, 1e2, 12)] + [
        {"kernel": "rbf", "C": float(c), "gamma": float(g)}
        for c, g in zip(np.geomspace(1e-2, 1e2, 12), np.linspace(0.01, 0.99, 12), strict=True)
    ]
    scores = [s.get("gamma", -1.0) for s in settings]
    space = [
        {"kernel": ["linear"], "C": loguniform(1e-3, 1e3)},
        {"kernel": ["rbf"], "C": loguniform(1e-3, 1e3), "gamma": uniform(0, 1)},
    ]
    found = explain_gain(record_of(settings, scores, space))
    assert found.names[0] == "(branch)"
    # From none to the median of gamma, and from there to its best.
    assert found.shares[0] > 0.8
    assert found.shares[list(found.names).index("gamma")] > 0.1


def test_many_parameters():
    record = uniform_record(lambda points: points.sum(axis=1), 16, n=60)
    found = explain_gain(record, n_draws=12)
    assert found.shares.sum() == pytest.approx(found.expected_gain)


@pytest.mark.slow  # to import shap takes seconds
@pytest.mark.filterwarnings("ignore")  # of shap itself, as it is imported
def test_shap_objects():
    found = explain_gain(RECORD)
    try:
        explanation = found.to_shap()
    except MissingDependencyError:
        pytest.skip("shap is not installed")
    assert_allclose(explanation.values, found.shares)


def test_shap_is_asked_for(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "shap", None)
    with pytest.raises(MissingDependencyError, match=r"Gain\.to_shap needs shap"):
        explain_gain(RECORD).to_shap()


# Bad input


def test_no_default():
    with pytest.raises(ValueError, match="not among the candidates"):
        explain_gain(replace(RECORD, default_index=None))


@pytest.mark.parametrize("wrong", [{"baseline": {"C": 1}}, {"to": {"C": 1}}])
def test_unknown_names(wrong):
    with pytest.raises(ValueError, match=r"names \['C'\]; the search has \['x0'"):
        explain_gain(RECORD, **wrong)


def test_a_failed_baseline():
    scores = RECORD.scores.copy()
    scores[3] = np.nan
    failed = replace(RECORD, scores=scores)
    with pytest.raises(ValueError, match="own setting, candidate 3, has no finite score"):
        explain_gain(failed)
    with pytest.raises(ValueError, match="to: candidate 3 has no finite score"):
        explain_gain(failed, 4, to=3)


def test_too_few():
    with pytest.raises(ValueError, match="got 3"):
        explain_gain(uniform_record(function, 4, n=3))


@pytest.mark.parametrize("wrong", [X, (X,), "XY"], ids=["array", "alone", "str"])
def test_data_to_verify_are_a_pair(wrong):
    with pytest.raises(ValueError, match=r"verify must be a pair \(X, y\), got"):
        explain_gain(RECORD, verify=wrong)
