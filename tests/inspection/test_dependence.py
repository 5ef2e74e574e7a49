"""Dependence of the score: the mean against brute force, and what lies around it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import loguniform, randint, uniform

from sktune.inspection import explaining_model, score_dependence

from ._records import record_of, uniform_record


def function(points):
    return np.sin(3 * points[:, 0]) + points[:, 1] * points[:, 2]


RECORD = uniform_record(function, 3, n=80)


def test_average_is_that_of_the_model_over_the_space():
    found = score_dependence(RECORD, "x0")
    model = explaining_model(RECORD)
    others = np.random.default_rng(0).random((4000, 3))
    for place, mean in list(zip(found.values[0], found.mean, strict=True))[::8]:
        others[:, 0] = RECORD.space.dimensions[0].to_unit(place)
        assert mean == pytest.approx(model.at(others).mean(), abs=0.01)
    assert_allclose(found.mean, np.sin(3 * np.array(found.values[0])) + 0.25, atol=0.1)
    assert (found.low <= found.mean).all()
    assert (found.mean <= found.high).all()


def test_slice_goes_through_the_best():
    found = score_dependence(RECORD, "x1", kind="slice")
    best = RECORD.settings[RECORD.best_index]
    assert found.through == pytest.approx(best, abs=1e-6)
    model = explaining_model(RECORD)
    for place, mean in zip(found.values[0][::8], found.mean[::8], strict=True):
        row = model.transform([{**best, "x1": place}])
        assert mean == pytest.approx(model.predict(row)[0], abs=1e-3)


def test_bands_are_quantiles_of_the_draws():
    found = score_dependence(RECORD, "x1", kind="slice", n_draws=24, random_state=3)
    best = RECORD.settings[RECORD.best_index]
    points = RECORD.space.transform([{**best, "x1": place} for place in found.values[0]])
    model = explaining_model(RECORD)
    draws = np.vstack([draw(points) for draw in model.draw(24, 3)])
    ends = np.quantile(draws, [0.05, 0.95], axis=0)
    moved = ends + model.at(points) - draws.mean(axis=0)
    assert_allclose(found.low, np.minimum(ends[0], moved[0]), atol=1e-6)
    assert_allclose(found.high, np.maximum(ends[1], moved[1]), atol=1e-6)


def test_two_parameters():
    found = score_dependence(RECORD, ["x1", "x2"])
    assert found.mean.shape == found.low.shape == (16, 16)
    model = explaining_model(RECORD)
    points = np.full((1000, 3), np.linspace(0, 1, 1000)[:, None])
    for i, j in ((0, 0), (3, 12), (15, 7)):
        points[:, 1:] = RECORD.space.transform(
            [{"x0": 0.0, "x1": found.values[0][i], "x2": found.values[1][j]}]
        )[0, 1:]
        assert found.mean[i, j] == pytest.approx(model.at(points).mean(), abs=0.01)
    first, second = (np.array(values) for values in found.values)
    exact = np.outer(first, second)
    shown = found.mean - found.mean.mean() + exact.mean()
    assert np.abs(shown - exact).mean() < 0.05


def test_the_points_are_the_candidates():
    found = score_dependence(RECORD, ["x2", "x0"])
    expected = [(setting["x2"], setting["x0"]) for setting in RECORD.settings]
    assert_allclose(found.tried, expected, atol=1e-6)
    assert_allclose(found.scores, RECORD.scores)


def test_scales_and_kinds():
    rng = np.random.default_rng(0)
    settings = [
        {"C": float(10 ** rng.uniform(-3, 3)), "k": i % 4 + 1, "kind": "ab"[i % 2]}
        for i in range(16)
    ]
    space = {"C": loguniform(1e-3, 1e3), "k": randint(1, 5), "kind": ["a", "b"]}
    record = record_of(settings, rng.random(16), space)
    c, k, kind = (score_dependence(record, name, n_draws=12) for name in ("C", "k", "kind"))
    assert (c.is_log, k.is_log, kind.is_log) == ((True,), (False,), (False,))
    assert (c.is_numeric, kind.is_numeric) == ((True,), (False,))
    assert k.values == ((1, 2, 3, 4),)
    assert kind.values == (("a", "b"),)


def test_branches():
    settings = [{"a": i / 20} if i % 2 else {"b": i / 20} for i in range(1, 20)]
    scores = [s.get("a", 0.0) + 2 * s.get("b", 0.0) for s in settings]
    space = [{"a": uniform(0, 1)}, {"b": uniform(0, 1)}]
    record = record_of(settings, scores, space)
    found = score_dependence(record, "a", n_draws=12)
    assert len(found.tried) == 10
    assert_allclose(found.mean, found.values[0], atol=0.15)
    # The best setting has b: the slice along a goes through the best that has a.
    assert score_dependence(record, "a", kind="slice", n_draws=12).through == pytest.approx(
        {"a": 19 / 20}, abs=0.01
    )
    with pytest.raises(ValueError, match="No branch of the space has all"):
        score_dependence(record, ["a", "b"])
    with pytest.raises(ValueError, match="No candidate with a score has"):
        score_dependence(record, ["a", "b"], kind="slice")


@pytest.mark.parametrize("names", ["C", ["x0", "C"], [], ["x0", "x1", "x2"], ["x0", "x0"], None, 3])
def test_unknown_names(names):
    with pytest.raises(ValueError, match=r"one or two of \['x0', 'x1', 'x2'\]"):
        score_dependence(RECORD, names)


def test_unknown_kind():
    with pytest.raises(ValueError, match="kind must be one of"):
        score_dependence(RECORD, "x0", kind="ice")


def test_too_few():
    with pytest.raises(ValueError, match="got 2"):
        score_dependence(uniform_record(function, 3, n=2), "x0")
