"""Pictures of a search: what is drawn is what was found, in the caller's style."""

import inspect
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sktune import AnnealingSearchCV, BayesSearchCV, inspection
from sktune._records import FoldLog
from sktune.exceptions import MissingDependencyError
from sktune.inspection import (
    Comparison,
    ComparisonDisplay,
    ConvergenceDisplay,
    FailureDisplay,
    FoldScoresDisplay,
    GainDisplay,
    ImportanceDisplay,
    PairDisplay,
    ParallelCoordinatesDisplay,
    ScoreDependenceDisplay,
    TimelineDisplay,
    explain_gain,
    hyperparameter_importance,
    read_search,
    score_dependence,
    search_trace,
)
from sktune.inspection._plot._axes import shortened

from .._records import record_of, uniform_record

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")
plt = pytest.importorskip("matplotlib.pyplot")

pytestmark = pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")

X, Y = load_iris(return_X_y=True)


def function(points):
    return np.sin(3 * points[:, 0]) + points[:, 1] * points[:, 2]


RECORD = replace(uniform_record(function, 3, n=40), default_index=2)

# Of each display what it takes besides a record.
DISPLAYS = {
    ConvergenceDisplay: (),
    ImportanceDisplay: (),
    ScoreDependenceDisplay: ("x0",),
    GainDisplay: (),
    ParallelCoordinatesDisplay: (),
    FoldScoresDisplay: (),
    PairDisplay: (),
    FailureDisplay: (),
}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def searches():
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    space = {"max_depth": [1, 2, 3, 4, 5], "min_samples_leaf": [1, 5, 20]}
    seeded = {"random_state": 0}
    found = [
        BayesSearchCV(tree, space, n_iter=9, **seeded),
        AnnealingSearchCV(tree, space, n_iter=9, **seeded),
        RandomizedSearchCV(tree, space, n_iter=9, **seeded),
        GridSearchCV(tree, space),
        HalvingGridSearchCV(tree, space, min_resources=40, **seeded),
        HalvingRandomSearchCV(tree, space, min_resources=20, **seeded),
    ]
    return [search.fit(X, Y) for search in found]


# What all have in common


@pytest.mark.parametrize("display", DISPLAYS, ids=lambda display: display.__name__)
@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_drawn_twice_and_in_any_style(display, style):
    with plt.style.context(style):
        found = display.from_search(RECORD, *DISPLAYS[display])
        found.figure_.canvas.draw()
        assert found.plot() is found


@pytest.mark.parametrize(
    "display", [d for d in DISPLAYS if d is not PairDisplay], ids=lambda display: display.__name__
)
def test_drawn_on_the_axes_given(display):
    _, ax = plt.subplots()
    found = display.from_search(RECORD, *DISPLAYS[display], ax=ax)
    assert found.ax_ is ax
    assert found.figure_ is ax.figure


@pytest.mark.slow
def test_every_search_is_drawn(searches):
    for search in searches:
        record = read_search(search)
        for display in (ImportanceDisplay, ParallelCoordinatesDisplay, FoldScoresDisplay):
            display.from_search(record)
        ScoreDependenceDisplay.from_search(record, "max_depth")
        PairDisplay.from_search(record)
        FailureDisplay.from_search(record)
        ConvergenceDisplay.from_search(search)
        plt.close("all")


@pytest.mark.parametrize("name", [n for n in inspection.__all__ if n.endswith("Display")])
def test_interface(name):
    display = getattr(inspection, name)
    assert callable(display.from_search)
    assert callable(display.plot)
    drawn = inspect.getdoc(display)
    assert "ax_ :" in drawn or "axes_ :" in drawn
    assert "figure_ :" in drawn


GALLERY = Path(__file__).parents[3] / "docs" / "gallery"


@pytest.mark.skipif(not GALLERY.exists(), reason="tests without the documentation")
@pytest.mark.parametrize("name", [n for n in inspection.__all__ if n.endswith("Display")])
def test_every_display_has_an_example(name):
    assert any(f"{name}.from_search" in path.read_text() for path in GALLERY.glob("plot_*.py"))


def test_matplotlib_is_asked_for(monkeypatch):
    found = hyperparameter_importance(RECORD, n_draws=2)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(MissingDependencyError, match=r"ImportanceDisplay\.plot needs matplotlib"):
        ImportanceDisplay(found).plot()


@pytest.mark.parametrize(
    "text, expected",
    [
        ("short", "short"),
        ("a_very_long_step_name__of_a_parameter", "a_very_long_…a_parameter"),
        (0.123456789, "0.1235"),
        (np.int64(3), "3"),
        (None, "None"),
    ],
)
def test_names_are_cut_in_the_middle(text, expected):
    assert shortened(text) == expected
    assert len(shortened(text)) <= 24


# One by one


def whiskers(ax):
    """Ends of the horizontal error bars of axes, shape (n, 2)."""
    bars = next(c for c in ax.containers if isinstance(c, matplotlib.container.ErrorbarContainer))
    return np.array([segment[:, 0] for segment in bars.lines[2][0].get_segments()])


def test_convergence(searches):
    bayes = searches[0]
    ax = ConvergenceDisplay.from_search(bayes, unit="fits").ax_
    trace = search_trace(bayes)
    assert_allclose(ax.lines[0].get_xdata(), 5.0 * np.arange(1, len(trace.best) + 1))
    assert_allclose(ax.lines[0].get_ydata(), trace.best)
    by_seconds = ConvergenceDisplay.from_search(bayes, unit="seconds")
    assert_allclose(by_seconds.lines_[0].get_xdata(), np.cumsum(trace.fit_times))


def test_one_name_is_one_parameter(searches):
    assert len(PairDisplay.from_search(searches[0], "max_depth").points_) == 1
    parallel = ParallelCoordinatesDisplay.from_search(searches[0], "max_depth")
    assert parallel.names == ("max_depth",)


def test_convergence_of_records(searches):
    for search in searches:
        records = read_search(search)
        of_search, of_record = (ConvergenceDisplay.from_search(s) for s in (search, records))
        for name in ("get_xdata", "get_ydata", "get_linestyle"):
            found, expected = (getattr(d.lines_[0], name)() for d in (of_record, of_search))
            assert np.array_equal(found, expected)
        assert of_record.lines_[0].get_label() == "search"


def test_a_grid_is_a_cloud(searches):
    display = ConvergenceDisplay.from_search(searches[3])
    assert display.lines_[0].get_linestyle() == "--"
    assert set(display.lines_[0].get_ydata()) == {searches[3].best_score_}
    assert len(display.ax_.collections) == 1


def test_seeds_are_a_band():
    space = {"C": loguniform(1e-3, 1e3)}
    runs = [RandomizedSearchCV(SVC(), space, n_iter=6, random_state=s).fit(X, Y) for s in range(3)]
    display = ConvergenceDisplay.from_searches({"random": runs, "one": runs[0]})
    assert len(display.lines_) == 2
    best = np.array([search_trace(run).best for run in runs])
    assert_allclose(display.lines_[0].get_ydata(), np.median(best, axis=0))
    assert len(ConvergenceDisplay.from_searches(runs).lines_) == 1


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda s: ConvergenceDisplay.from_search(s, unit="days"), "unit must be one of"),
        (lambda s: ConvergenceDisplay.from_searches([]), "at least one"),
        (lambda s: ConvergenceDisplay.from_searches({"random": []}), "at least one"),
        (lambda s: ConvergenceDisplay.from_search(s, metric="f1"), "metric must be one of"),
        (lambda s: ParallelCoordinatesDisplay.from_search(s, ["C"]), "names must be some of"),
        (lambda s: ParallelCoordinatesDisplay.from_search(s, []), "names must be some of"),
        (lambda s: ParallelCoordinatesDisplay.from_search(s, "C"), r"got \['C'\]"),
        (lambda s: PairDisplay.from_search(s, ["C"]), "names must be 1 to 6 of"),
        (lambda s: PairDisplay.from_search(s, "max_features"), r"got \['max_features'\]"),
        (lambda s: FoldScoresDisplay.from_search(s, n_best=0), "n_best must be a whole number"),
        (lambda s: FoldScoresDisplay.from_search(s, n_best=2.5), "n_best must be a whole number"),
        (lambda s: ImportanceDisplay.from_search(s, max_parameters=0), "at least 1, got 0"),
        (lambda s: PairDisplay.from_search(GridSearchCV(SVC(), {}).fit(X, Y)), "Nothing varies"),
    ],
)
def test_unknown_names_are_refused(call, message, searches):
    with pytest.raises(ValueError, match=message):
        call(searches[2])


def test_importance_has_the_largest_on_top():
    found = hyperparameter_importance(RECORD)
    display = ImportanceDisplay(found).plot(max_parameters=2)
    widths = [bar.get_width() for bar in display.bars_]
    assert_allclose(widths, np.sort(found.shares)[::-1][:2])
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    order = np.argsort(-found.shares)[:2]
    assert labels == [found.names[i] for i in order]
    assert_allclose(whiskers(display.ax_), np.c_[found.low, found.high][order])


def test_poor_models_are_named():
    found = replace(hyperparameter_importance(RECORD), r2=0.2)
    assert "poor model (R2 0.20)" in ImportanceDisplay(found).plot().ax_.get_title(loc="left")


def test_styles_are_the_callers():
    display = ImportanceDisplay.from_search(RECORD, bar_kw={"color": "red"})
    assert display.bars_[0].get_facecolor() == (1.0, 0.0, 0.0, 1.0)
    with plt.rc_context({"axes.prop_cycle": plt.cycler(color=["#123456"])}):
        bar = ImportanceDisplay.from_search(RECORD).bars_[0]
    assert matplotlib.colors.to_hex(bar.get_facecolor()) == "#123456"


@pytest.mark.parametrize("kind", ["average", "slice"])
def test_dependence_is_drawn_as_found(kind):
    found = score_dependence(RECORD, "x0", kind=kind)
    display = ScoreDependenceDisplay(found).plot()
    assert_allclose(display.lines_[0].get_xdata(), found.values[0])
    assert_allclose(display.lines_[0].get_ydata(), found.mean)
    band = next(c for c in display.ax_.collections if c is not display.points_)
    heights = band.get_paths()[0].vertices[:, 1]
    assert_allclose([heights.min(), heights.max()], [found.low.min(), found.high.max()])
    tried = display.points_.get_offsets()
    assert_allclose(tried[:, 0], [row[0] for row in found.tried])
    assert_allclose(np.sort(tried[:, 1])[5:], np.sort(found.scores)[5:])


def test_dependence_of_two_parameters():
    display = ScoreDependenceDisplay.from_search(RECORD, ["x0", "x1"])
    assert display.ax_.get_xlabel() == "x0"
    assert len(display.points_.get_offsets()) == 40


def test_dependence_of_choices():
    rng = np.random.default_rng(0)
    settings = [{"kind": "abc"[i % 3], "x": float(rng.random())} for i in range(20)]
    record = record_of(settings, rng.random(20), {"kind": list("abc"), "x": uniform(0, 1)})
    display = ScoreDependenceDisplay.from_search(record, "kind")
    assert [text.get_text() for text in display.ax_.get_xticklabels()] == list("abc")
    ScoreDependenceDisplay.from_search(record, ["kind", "x"])


def test_gain_is_a_waterfall():
    found = explain_gain(RECORD)
    display = GainDisplay(found).plot()
    steps = [bar.get_width() for bar in display.bars_]
    assert sum(steps) == pytest.approx(found.expected_gain)
    for left, right in zip(display.bars_[:-1], display.bars_[1:], strict=True):
        assert right.get_x() == pytest.approx(left.get_x() + left.get_width())
    assert display.bars_[0].get_x() == pytest.approx(found.start_score)
    order = np.argsort(-found.shares)
    order = order[np.abs(found.shares[order]) > 0.02 * np.abs(found.shares).max()]
    assert_allclose(steps[: len(order)], found.shares[order])
    begins = np.array([bar.get_x() for bar in display.bars_])[: len(order), None]
    bands = np.c_[found.low, found.high][order]
    assert_allclose(whiskers(display.ax_)[: len(order)], begins + bands)


def test_comparison():
    found = Comparison(0.1, 0.05, 0.2, "better", 0.8, 0.7, 0.9, 0.03, 0.83, 0.7, "bbc", 0.95)
    none = replace(found, low=np.nan, high=np.nan, verdict="not shown")
    display = ComparisonDisplay({"a": found, "b": none}).plot()
    segment = display.intervals_[0].lines[2][0].get_segments()[0]
    assert_allclose(segment[:, 0], [0.05, 0.2])
    drawn = [line for line in display.ax_.lines if line.get_markerfacecolor() == "none"]
    assert_allclose([line.get_xdata() for line in drawn], [[0.83 - 0.7]] * 2)
    assert list(display.intervals_[0].lines[0].get_xdata()) == [0.1]
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert labels == ["a\nbetter", "b\nnot shown"]


def test_comparison_of_searches(searches):
    display = ComparisonDisplay.from_searches(searches[:2] + searches[3:4], X, Y)
    assert len(display.intervals_) == 3


def test_lines_end_where_a_parameter_ends():
    settings = [{"a": 0.2}, {"a": 0.4}, {"b": 0.6}, {"b": 0.9}]
    record = record_of(settings, [0.1, 0.2, 0.3, 0.4], [{"a": uniform(0, 1)}, {"b": uniform(0, 1)}])
    display = ParallelCoordinatesDisplay.from_search(record)
    best = display.lines_[-1].get_ydata()
    assert_allclose(best, [0.75, np.nan, 0.9], atol=0.01)
    assert len(display.lines_) == 4


def test_folds_within_noise():
    settings = [{"x": v} for v in (0.1, 0.5, 0.9)]
    noise = 0.01 * np.random.default_rng(0).normal(size=(3, 5))
    record = record_of(settings, np.array([[1.0], [0.999], [0.5]]) + noise, {"x": uniform(0, 1)})
    display = FoldScoresDisplay.from_search(record)
    assert sorted(display.is_within_noise_.tolist()) == [False, True, True]
    assert not display.is_within_noise_[-1]
    assert len(display.lines_) == 5
    order = np.argsort(-record.scores)
    assert_allclose([line.get_xdata() for line in display.lines_], record.split_scores[order].T)
    means = np.concatenate([dots.get_offsets()[:, 0] for dots in display.ax_.collections])
    assert_allclose(np.sort(means), np.sort(record.scores))
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert labels == [f"{row} (default)" if row == 0 else f"{row}" for row in order]


def test_candidates_are_where_they_lie():
    points = RECORD.space.transform(RECORD.settings)
    order = np.argsort(RECORD.scores)
    parallel = ParallelCoordinatesDisplay.from_search(RECORD)
    assert_allclose([line.get_ydata() for line in parallel.lines_], points[order], atol=1e-9)
    pairs = PairDisplay.from_search(RECORD, ["x2", "x0"])
    first, between, second = pairs.points_
    assert_allclose(between.get_offsets(), points[order][:, [2, 0]], atol=1e-9)
    assert_allclose(first.get_offsets()[:, 0], points[order, 2], atol=1e-9)
    assert_allclose(second.get_offsets()[:, 0], points[order, 0], atol=1e-9)
    for dots in pairs.points_:
        assert_allclose(dots.get_array(), RECORD.scores[order])


def test_timeline():
    log = FoldLog(
        np.array([0, 0, 1]),
        np.array([0, 1, 0]),
        np.array([0.0, 0.0, 1.0]),
        np.array([1.0, 2.5, 2.0]),
        ("a", "b", "a"),
    )
    record = replace(RECORD, fold_log=log, status=("complete", "dropped", *RECORD.status[2:]))
    display = TimelineDisplay.from_search(record)
    bars = sorted(
        tuple(path.get_extents().intervalx) for bars in display.bars_ for path in bars.get_paths()
    )
    assert_allclose(bars, [(0.0, 1.0), (0.0, 2.5), (1.0, 2.0)])
    with pytest.raises(ValueError, match="has not kept when its folds were run"):
        TimelineDisplay.from_search(RECORD)


@pytest.mark.slow
def test_pairs_are_the_most_important():
    record = uniform_record(lambda points: points @ np.arange(8.0), 8, n=40)
    display = PairDisplay.from_search(record)
    assert set(display.names) == {f"x{i}" for i in range(2, 8)}
    assert display.axes_[0, 1] is None
    assert len(display.points_) == 21


def test_failures_come_first_where_they_lie_apart():
    rng = np.random.default_rng(0)
    settings = [{"a": float(rng.random()), "b": float(rng.random())} for _ in range(30)]
    scores = [np.nan if s["b"] > 0.7 else s["a"] for s in settings]
    record = record_of(settings, scores, {"a": uniform(0, 1), "b": uniform(0, 1)})
    display = FailureDisplay.from_search(record)
    assert display.names_ == ("b", "a")
    n_failed = int(np.isnan(scores).sum())
    assert len(display.points_[1].get_offsets()) == 2 * n_failed
    assert display.ax_.get_title(loc="left") == f"{n_failed} of 30 candidates failed"
