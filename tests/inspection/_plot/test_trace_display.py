"""The picture of a search: what is drawn is what the trace says."""

import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.svm import SVC

from sktune import BayesSearchCV
from sktune.exceptions import MissingDependencyError
from sktune.inspection import SearchTrace, TraceDisplay, search_trace

NAN = np.nan
TRACE = SearchTrace(
    metric="score",
    scores=np.array([NAN, 0.5, 0.8, NAN, 0.7]),
    stds=np.array([NAN, 0.1, 0.2, NAN, 0.05]),
    best=np.array([NAN, 0.5, 0.8, 0.8, 0.8]),
    fit_times=np.ones(5),
    has_failed=np.array([True, False, False, False, False]),
    is_dropped=np.array([False, False, False, True, False]),
)


def trace_of_successes(metric):
    return SearchTrace(metric, *np.ones((4, 3)), *np.zeros((2, 3), dtype=bool))


@pytest.fixture
def pyplot():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    yield pyplot
    pyplot.close("all")


def lines(ax):
    """What is drawn under each label: x and y, and half the heights of the error bars."""
    drawn = {line.get_label(): line.get_xydata() for line in ax.lines}
    (bars,) = ax.containers
    drawn[bars.get_label()] = bars.lines[0].get_xydata()
    segments = [segment for segment in bars.lines[2][0].get_segments() if len(segment)]
    return drawn, [(segment[1, 1] - segment[0, 1]) / 2 for segment in segments]


def test_what_is_drawn(pyplot):
    ax = TraceDisplay(TRACE).plot().ax_
    drawn, heights = lines(ax)
    numbers = np.arange(1, 6)
    assert_allclose(drawn["candidate, ± 1 std over the folds"], np.c_[numbers, TRACE.scores])
    assert_allclose(heights, TRACE.stds[[1, 2, 4]])
    assert_allclose(drawn["best so far"], np.c_[numbers, TRACE.best])
    assert_allclose(drawn["failed"], [[1, 0]])
    assert_allclose(drawn["dropped"], [[4, 0]])
    legend = {text.get_text() for text in ax.get_legend().get_texts()}
    assert legend >= {"best so far", "failed", "dropped"}
    ax.figure.canvas.draw()  # a picture that cannot be drawn is none


def test_nothing_is_called_failed_where_nothing_failed(pyplot):
    drawn, _ = lines(TraceDisplay(trace_of_successes("score")).plot().ax_)
    assert not drawn.keys() & {"failed", "dropped"}


@pytest.mark.parametrize(
    "metric, label",
    [("score", "cross-validated score"), ("f1_macro", "cross-validated f1_macro")],
)
def test_labels(pyplot, metric, label):
    ax = TraceDisplay(trace_of_successes(metric)).plot().ax_
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("candidate", label)


def test_axes_that_are_given_are_used(pyplot):
    _, axes = pyplot.subplots(1, 2)
    display = TraceDisplay(TRACE).plot(axes[1])
    assert display.ax_ is axes[1]
    assert display.figure_ is axes[1].figure
    assert len(pyplot.get_fignums()) == 1
    assert not axes[0].lines


def test_a_display_can_be_drawn_again(pyplot):
    display = TraceDisplay(TRACE)
    first = display.plot().ax_
    assert display.plot() is display
    assert display.ax_ is not first
    assert len(pyplot.get_fignums()) == 2


@pytest.mark.parametrize(
    "make",
    [
        GridSearchCV,
        lambda *args, **kwargs: RandomizedSearchCV(*args, n_iter=3, **kwargs),
        lambda *args, **kwargs: BayesSearchCV(*args, n_iter=3, **kwargs),
    ],
)
def test_from_any_search(pyplot, make):
    search = make(SVC(), {"C": [0.01, 1.0, 10.0]}, scoring=["accuracy", "f1_macro"], refit=False)
    search.fit(*load_iris(return_X_y=True))
    _, ax = pyplot.subplots()
    display = TraceDisplay.from_search(search, metric="f1_macro", ax=ax)
    assert display.ax_ is ax
    drawn, _ = lines(ax)
    assert_allclose(drawn["best so far"][:, 1], search_trace(search, "f1_macro").best)


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    display = TraceDisplay(TRACE)
    with pytest.raises(MissingDependencyError, match=r'pip install "\.\[plot\]"') as caught:
        display.plot()
    assert str(caught.value).startswith("TraceDisplay.plot needs matplotlib")
