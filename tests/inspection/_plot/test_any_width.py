"""Every display in any style and at 390 pixels: nothing is cut, and every colour is seen."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

from sktune import inspection
from sktune._records import FoldLog
from sktune.inspection import (
    AnnealingDisplay,
    AnnealingTrace,
    Comparison,
    ComparisonDisplay,
    ConvergenceDisplay,
    EpochCurveDisplay,
    EpochCurves,
    FailureDisplay,
    FoldScoresDisplay,
    Gain,
    GainDisplay,
    Importance,
    ImportanceDisplay,
    PairDisplay,
    ParallelCoordinatesDisplay,
    ParetoDisplay,
    RungDisplay,
    RungTrace,
    ScoreDependence,
    ScoreDependenceDisplay,
    SearchTrace,
    TimelineDisplay,
    TraceDisplay,
)
from sktune.inspection._plot._axes import CONTRAST, score_colormap

from .._records import record_of

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")
plt = pytest.importorskip("matplotlib.pyplot")

STYLES = ["default", "dark_background", "ggplot", "Solarize_Light2"]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


NAMES = ("regressor__learning_rate", "max_depth", "preprocessor__numbers__strategy")
SHARES, DRAWS = np.array([0.5, 0.3, 0.2]), np.full((4, 3), 0.3)


def record():
    """40 candidates, five folds, parameters with long names; some failed, some were dropped."""
    rng = np.random.default_rng(0)
    points = rng.random((40, 3))
    settings = [dict(zip(NAMES, row, strict=True)) for row in points.tolist()]
    scores = 0.9 + 0.05 * np.sin(3 * points[:, :1]) + 0.02 * rng.standard_normal((40, 5))
    found = record_of(settings, scores, dict.fromkeys(NAMES, uniform(0, 1)), default_index=2)
    status = tuple(np.resize(["complete", "complete", "failed", "complete", "dropped"], 40))
    ends = np.arange(1.0, 201.0)
    log = FoldLog(
        np.repeat(np.arange(40), 5), np.tile(np.arange(5), 40), ends - 1, ends, ("a", "b") * 100
    )
    return replace(found, status=status, fold_log=log)


def trace(n=40):
    rng = np.random.default_rng(0)
    scores, no = rng.random(n), np.zeros(n, dtype=bool)
    is_odd = np.arange(n) % 7 == 3
    best = np.maximum.accumulate(scores)
    return SearchTrace("balanced_accuracy", scores, scores / 9, best, np.ones(n), is_odd, no)


def comparison(**changes):
    found = Comparison(0.1, 0.05, 0.2, "not shown", 0.8, 0.7, 0.9, 0.03, 0.83, 0.7, "bbc", 0.95)
    return replace(found, **changes)


def importance():
    bands, branches = (SHARES - 0.1, SHARES + 0.2), np.array([1.0, 0.5, 1.0])
    given = ("shapley", "better-half", "score", 0.2, 40, 0)
    found = Importance(NAMES, SHARES, DRAWS, *bands, None, branches, SHARES, None, *given)
    return ImportanceDisplay(found).plot()


def gain():
    ends = [
        dict(zip(NAMES, values, strict=True)) for values in ((0.1, 3, "mean"), (1e-5, 12, "median"))
    ]
    bands = SHARES / 50 - 0.01, SHARES / 50 + 0.01
    return GainDisplay(
        Gain(NAMES, SHARES / 50, DRAWS, *bands, *ends, 0.91, 0.93, 0.02, 0.021)
    ).plot()


def dependence(*names):
    numbers = tuple(np.linspace(0.01, 1.0, 20).tolist())
    mean = np.sin(4 * np.array(numbers))
    if len(names) == 2:
        mean = mean[:, None] + mean
    tried = tuple(zip(*[numbers] * len(names), strict=True))
    found = ScoreDependence(
        names,
        "average",
        "balanced_accuracy",
        (numbers,) * len(names),
        mean,
        mean - 0.1,
        mean + 0.1,
        tried,
        np.array(numbers),
        (True, False)[: len(names)],
        (True, True)[: len(names)],
        None,
        0.7,
    )
    return ScoreDependenceDisplay(found).plot()


def annealing():
    n, rng = 30, np.random.default_rng(0)
    fields = np.arange(n) % 3, np.geomspace(1, 0.01, n), rng.random(n), rng.random(n) < 0.5
    return AnnealingDisplay(AnnealingTrace(*fields, np.full(n, 0.5))).plot()


def rungs(kind):
    rng = np.random.default_rng(0)
    best = np.maximum.accumulate(rng.random(12))
    fates = ("paused", "failed", "full", "winner")
    given = np.array([10.0, 30.0, 90.0]), rng.random((4, 3)), fates, np.cumsum(np.full(12, 40.0))
    of_rungs = RungTrace("accuracy", *given, best, np.eye(3), np.full((3, 3), 4))
    return RungDisplay(of_rungs, kind).plot()


def epochs():
    curves = np.random.default_rng(0).random((4, 3, 20)).cumsum(axis=2)
    return EpochCurveDisplay(EpochCurves("val_loss", curves, 1)).plot()


def front(scoring):
    tree = DecisionTreeClassifier(random_state=0)
    grid = {"max_depth": [1, 2, 3], "min_samples_leaf": [1, 20]}
    search = GridSearchCV(tree, grid, scoring=scoring, refit=scoring[0], cv=3)
    return ParetoDisplay.from_search(search.fit(*load_iris(return_X_y=True)), scoring)


LONG = {
    "1. BayesSearchCV": comparison(),
    "a very long name of a search": comparison(rows_gain=0.0123),
}

PICTURES = {
    "AnnealingDisplay": annealing,
    "ComparisonDisplay": lambda: ComparisonDisplay(LONG).plot(),
    "EpochCurveDisplay": epochs,
    "FailureDisplay": lambda: FailureDisplay.from_search(record()),
    "FoldScoresDisplay": lambda: FoldScoresDisplay.from_search(record()),
    "GainDisplay": gain,
    "ImportanceDisplay": importance,
    "PairDisplay": lambda: PairDisplay.from_search(record()),
    "ParallelCoordinatesDisplay": lambda: ParallelCoordinatesDisplay.from_search(record()),
    "ParetoDisplay": lambda: front(["accuracy", "neg_log_loss"]),
    "RungDisplay": lambda: rungs("curves"),
    "RungDisplay, spent": lambda: rungs("spent"),
    "RungDisplay, correlation": lambda: rungs("correlation"),
    "ScoreDependenceDisplay": lambda: dependence("max_depth"),
    "ScoreDependenceDisplay, two": lambda: dependence("max_depth", "regressor__learning_rate"),
    "TimelineDisplay": lambda: TimelineDisplay.from_search(record()),
    "TraceDisplay": lambda: TraceDisplay(trace()).plot(),
}


def test_every_display_is_here():
    names = {name for name in inspection.__all__ if name.endswith("Display")}
    # Of a search: its courses are private.
    assert {name.partition(",")[0] for name in PICTURES} == names - {"ConvergenceDisplay"}


def check_nothing_is_cut(figure):
    figure.draw_without_rendering()
    width, height = figure.bbox.width, figure.bbox.height
    for ax in figure.axes:
        assert ax.get_window_extent().width > 0.06 * width or ax.get_label() == "<colorbar>"
        legend = ax.get_legend()
        found = [] if legend is None else [legend]
        found += [ax.xaxis.label, ax.yaxis.label, ax.title]
        low, high = sorted(ax.get_ylim())
        ticks = zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)
        found += [text for place, text in ticks if low <= place <= high]
        found += [text for text in ax.get_children() if isinstance(text, matplotlib.text.Text)]
        for artist in found:
            if isinstance(artist, matplotlib.text.Text) and not artist.get_text():
                continue
            box = artist.get_window_extent()
            assert box.x0 >= -1, artist
            assert box.x1 <= width + 1, artist
            assert box.y0 >= -1, artist
            assert box.y1 <= height + 1, artist


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.filterwarnings("error")
def test_nothing_is_cut(name, style):
    with plt.style.context(style):
        figure = PICTURES[name]().figure_
        check_nothing_is_cut(figure)
        figure.set_size_inches(3.9, figure.get_size_inches()[1])
        check_nothing_is_cut(figure)


def test_searches_with_long_names():
    grid = GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1, 2, 3]}, cv=3)
    grid.fit(*load_iris(return_X_y=True))
    names = ["a grid of three depths and nothing else at all", "another", "one more of them"]
    figure = ConvergenceDisplay.from_searches({name: [grid] for name in names}).figure_
    figure.set_size_inches(3.9, 4.0)
    check_nothing_is_cut(figure)


def contrast(one, other):
    """The ratio of WCAG 2, with its constants as the standard has them."""

    def luminance(color):
        rgb = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in matplotlib.colors.to_rgb(color)
        ]
        return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]

    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def test_contrast():
    assert contrast("white", "black") == pytest.approx(21.0)
    assert contrast("red", "white") == pytest.approx(4.0, abs=0.01)


@pytest.mark.parametrize("colormap", ["viridis", "magma", "gray", "viridis_r"])
@pytest.mark.parametrize("style", STYLES)
def test_colours_of_scores_are_seen(style, colormap):
    with plt.style.context(style), plt.rc_context({"image.cmap": colormap}):
        background = plt.rcParams["axes.facecolor"]
        found = score_colormap(background)
        whole = plt.get_cmap(colormap)
    kept = [tuple(color) for color in found(np.linspace(0, 1, found.N)).tolist()]
    every = [tuple(color) for color in whole(np.linspace(0, 1, 256)).tolist()]
    begin = every.index(kept[0])
    assert kept == every[begin : begin + len(kept)]
    assert min(contrast(color, background) for color in kept) >= CONTRAST - 1e-9
    assert len(kept) > 120


def test_a_background_like_the_colours():
    with plt.rc_context({"image.cmap": "gray"}):
        narrow = matplotlib.colors.LinearSegmentedColormap.from_list("narrow", ["0.5", "0.6"])
        matplotlib.colormaps.register(narrow, name="narrow", force=True)
    try:
        with plt.rc_context({"image.cmap": "narrow"}):
            assert score_colormap("0.55").N == narrow.N
    finally:
        matplotlib.colormaps.unregister("narrow")


@pytest.mark.parametrize("style", STYLES)
def test_lines_and_points_of_scores_are_seen(style):
    with plt.style.context(style):
        background = plt.rcParams["axes.facecolor"]
        lines = ParallelCoordinatesDisplay.from_search(record()).lines_
        points = PairDisplay.from_search(record()).points_
        figure = plt.gcf()
        figure.draw_without_rendering()
    colors = [line.get_color() for line in lines]
    colors += [color for drawn in points for color in drawn.get_facecolors()]
    assert min(contrast(color, background) for color in colors) >= CONTRAST - 1e-9


def test_chains_are_seen_in_any_style():
    for style in ("default", "dark_background"):
        with plt.style.context(style):
            axes = annealing().axes_
            background = plt.rcParams["axes.facecolor"]
        assert all(contrast(line.get_color(), background) > 3 for line in axes[0].lines)
