"""Rules that choose on a front, against their definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sktune._gp import front_above
from sktune.inspection._pareto._rules import check_rule, choose

METRICS, COSTS = ["accuracy", "f1", "fit_time"], ["fit_time"]


@st.composite
def fronts(draw, n_scores=3):
    rows = st.lists(st.integers(1, 9), min_size=n_scores, max_size=n_scores)
    drawn = np.array(draw(st.lists(rows, min_size=1, max_size=12)), dtype=float)
    front = front_above(drawn, np.zeros(n_scores))
    front[:, -1] -= 10.0  # a cost, told as its negative
    return front


def distance_from_line(points):
    """Signed distances of points of two scores from the line between the ends."""
    low, high = points.min(axis=0), points.max(axis=0)
    scaled = (points - low) / (high - low)
    first, last = scaled[np.argmax(scaled[:, 0])], scaled[np.argmax(scaled[:, 1])]
    along = (last - first) / np.linalg.norm(last - first)
    normal = np.array([along[1], -along[0]])
    return (scaled - first) @ (normal if normal.sum() > 0 else -normal)


@given(fronts(n_scores=2))
def test_knee_is_furthest_from_the_line_between_the_ends(front):
    place = choose("knee", front, ["accuracy", "fit_time"], COSTS).place
    if len(front) > 1:
        distances = distance_from_line(front)
        assert distances[place] == pytest.approx(distances.max())


@given(fronts())
def test_ideal_is_nearest_to_the_best_of_each_score(front):
    span = np.where(np.ptp(front, axis=0) > 0, np.ptp(front, axis=0), 1.0)
    distances = np.linalg.norm((front.max(axis=0) - front) / span, axis=1)
    place = choose("ideal", front, METRICS, COSTS).place
    assert distances[place] == pytest.approx(distances.min())


@given(fronts(), st.integers(1, 9), st.integers(1, 9))
def test_limits(front, least, most):
    rule = {"maximize": "accuracy", "f1": least, "fit_time": most}
    choice = choose(rule, front, METRICS, COSTS)
    is_within = (front[:, 1] >= least) & (front[:, 2] >= -most)
    if is_within.any():
        assert not choice.misses
        assert is_within[choice.place]
        assert front[choice.place, 0] == front[is_within, 0].max()
    else:
        row = front[choice.place]
        missed = {"f1": max(least - row[1], 0.0), "fit_time": max(-row[2] - most, 0.0)}
        assert choice.misses == {name: miss for name, miss in missed.items() if miss > 0}


@given(fronts(), st.sampled_from(METRICS))
def test_all_the_weight_on_one_metric_is_its_name(front, name):
    by_weight = choose({"weights": {name: 2.0}}, front, METRICS, COSTS).place
    by_name = choose(name, front, METRICS, COSTS).place
    column = METRICS.index(name)
    assert front[by_weight, column] == front[by_name, column] == front[:, column].max()


@given(fronts(), st.sampled_from(["knee", "ideal"]))
def test_units_do_not_matter(front, rule):
    other = front * [1e-3, 1.0, 1e6]
    assert choose(rule, front, METRICS, COSTS) == choose(rule, other, METRICS, COSTS)


@pytest.mark.parametrize(
    "rule, message",
    [
        ("fastest", "'fastest' is no rule"),
        (3, "must be a rule, got 3"),
        ({}, "must be a rule"),
        ({"fit_time": 0.5}, "one of 'maximize', 'minimize' and 'weights'"),
        ({"maximize": "accuracy", "minimize": "fit_time"}, "one of 'maximize'"),
        ({"maximize": "speed"}, r"names \['speed'\]"),
        ({"maximize": "accuracy", "speed": 1}, r"names \['speed'\]"),
        ({"maximize": "fit_time"}, "'fit_time' is a cost, so write {'minimize'"),
        ({"minimize": "accuracy"}, "'accuracy' is a score, so write {'maximize'"),
        ({"maximize": "accuracy", "fit_time": "fast"}, "limit of 'fit_time' must be a number"),
        ({"maximize": "accuracy", "fit_time": np.nan}, "limit of 'fit_time' must be a number"),
        ({"maximize": "accuracy", "fit_time": -0.5}, "'fit_time' must be at least 0, got -0.5"),
        ({"maximize": "accuracy", "accuracy": 0.5}, "cannot have a limit besides"),
        ({"weights": {}}, "weights stand alone"),
        ({"weights": [1, 2]}, "weights stand alone"),
        ({"weights": {"f1": 1}, "f1": 0.5}, "weights stand alone"),
        ({"weights": {"speed": 1}}, r"names \['speed'\]"),
        ({"weights": {"f1": -1, "accuracy": 2}}, "numbers from 0 up"),
        ({"weights": {"f1": 0}}, "one of them above 0"),
        ({"weights": {"f1": True}}, "numbers from 0 up"),
    ],
)
def test_bad_rules(rule, message):
    with pytest.raises(ValueError, match=message):
        check_rule(rule, METRICS, COSTS, "refit")


@pytest.mark.parametrize(
    "rule",
    [
        "knee",
        "ideal",
        "f1",
        {"maximize": "accuracy"},
        {"minimize": "fit_time", "accuracy": 0.9},
        {"weights": {"accuracy": 1, "fit_time": np.float32(0.5)}},
    ],
)
def test_good_rules(rule):
    check_rule(rule, METRICS, COSTS, "refit")
