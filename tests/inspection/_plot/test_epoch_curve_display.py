"""The picture of the learning curves: what is drawn is what was reported."""

import sys
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import uniform

from sktune import BayesSearchCV
from sktune.exceptions import MissingDependencyError
from sktune.inspection import EpochCurveDisplay, EpochCurves
from tests.contracts.search_contract import Recorder, Reporting, rows

NAN = np.nan
CURVES = np.array(
    [
        [[5.0, 4.0, 3.0, 2.0], [7.0, 6.0, NAN, NAN]],
        [[3.0, 2.0, 1.5, 1.0], [5.0, 4.0, 2.5, NAN]],
        [[NAN, NAN, NAN, NAN], [2.0, 1.0, NAN, NAN]],
        [[NAN, NAN, NAN, NAN], [NAN, NAN, NAN, NAN]],
    ]
)


@pytest.fixture
def pyplot():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    yield pyplot
    pyplot.close("all")


def draw(curves, best_index, **kwargs):
    """Axes with the picture, which must be drawn without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = EpochCurveDisplay(EpochCurves("val_loss", curves, best_index)).plot(**kwargs).ax_
        ax.figure.canvas.draw()
    return ax


def lines(ax):
    """Points of the solid and of the dotted lines, those of one colour together."""
    to_hex = pytest.importorskip("matplotlib.colors").to_hex
    found = {}
    for line in ax.lines:
        found.setdefault((to_hex(line.get_color()), line.get_linestyle()), []).append(
            line.get_xydata()
        )
    return found


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_means_are_dotted_from_where_a_fold_has_ended(pyplot):
    ax = draw(CURVES, best_index=1)
    found = lines(ax)
    assert_allclose(found["#1f77b4", "-"], [[[1, 4], [2, 3], [3, 2]]])
    assert_allclose(found["#1f77b4", ":"], [[[3, 2], [4, 1]]])
    first, third, fourth = found["#000000", "-"]
    assert_allclose(first, [[1, 6], [2, 5]])
    assert_allclose(third, [[1, 2], [2, 1]])
    assert not len(fourth)
    assert_allclose(found["#000000", ":"], [[[2, 5], [3, 3], [4, 2]]])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "val_loss")


def test_spread_of_the_best_over_its_folds(pyplot):
    (band,) = draw(CURVES, best_index=1).collections
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices}
    # Means 4, 3, 2, 1; standard deviations 1, 1, 0.5, 0.
    assert corners >= {(1, 3), (1, 5), (2, 2), (2, 4), (3, 1.5), (3, 2.5), (4, 1)}


def test_legend(pyplot):
    names = ["best candidate", "± 1 std over its folds", "other candidates"]
    assert legend(draw(CURVES, best_index=1)) == names
    assert legend(draw(CURVES[1:2], best_index=0)) == names[:2]
    assert legend(draw(CURVES, best_index=None)) == names[2:]


def test_one_epoch_is_a_point(pyplot):
    ax = draw(CURVES[:, :, :1], best_index=0)
    assert {line.get_marker() for line in ax.lines if len(line.get_xydata())} == {"."}


def test_outliers_are_cut_except_those_of_the_best(pyplot):
    curves = np.tile(np.linspace(3.0, 1.0, 50), (30, 2, 1))
    curves[0, :, 0] = 9.0
    curves[1] = [1e6, *[1e7] * 48, np.inf]
    low, high = draw(curves, best_index=0).get_ylim()
    assert 0.5 < low < 1.0
    assert 9.0 < high < 10.0


@pytest.mark.parametrize("value", [NAN, np.inf, 2.0])
def test_constant_curves(pyplot, value):
    low, high = draw(np.full((2, 2, 3), value), best_index=1).get_ylim()
    assert low < high


def test_a_loss_that_is_no_number(pyplot):
    # That of a fit that has diverged, nan or infinite, at the end or in the middle.
    curves = np.array([[[NAN, 4.0, np.inf, 3.0, NAN]], [[3.0, NAN, 2.0, 1.0, NAN]]])
    found = lines(draw(curves, best_index=1))
    assert_allclose(np.vstack(found["#1f77b4", "-"]), [[1, 3]])
    assert_allclose(np.vstack(found["#1f77b4", ":"]), [[1, 3], [2, NAN], [3, 2], [4, 1]])


def test_axes_that_are_given_are_used_and_a_display_can_be_drawn_again(pyplot):
    _, axes = pyplot.subplots(1, 2)
    display = EpochCurveDisplay(EpochCurves("loss", CURVES, 0))
    assert display.plot(axes[1]) is display
    assert display.ax_ is axes[1]
    assert display.figure_ is axes[1].figure
    assert not axes[0].lines
    assert display.plot().ax_ is not axes[1]
    assert len(pyplot.get_fignums()) == 2


@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
def test_from_a_search(pyplot):
    search = BayesSearchCV(Reporting(), {"level": uniform()}, n_iter=3, cv=2, random_state=0)
    _, ax = pyplot.subplots()
    display = EpochCurveDisplay.from_search(search.fit(*rows()), metric="val_loss", name="", ax=ax)
    assert display.ax_ is ax
    report = search.fit_reports_[search.best_index_][0][""]
    drawn = np.vstack(lines(ax)["#1f77b4", "-"])
    assert_allclose(drawn[:2, 1], report["history"]["val_loss"][:2])


def test_a_search_without_reports(pyplot):
    search = BayesSearchCV(Recorder(), {"level": [1.0, 2.0]}, n_iter=2, cv=2).fit(*rows())
    with pytest.raises(ValueError, match="no learning curves"):
        EpochCurveDisplay.from_search(search)


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    display = EpochCurveDisplay(EpochCurves("loss", CURVES, 0))
    with pytest.raises(MissingDependencyError, match=r'pip install "\.\[plot\]"') as caught:
        display.plot()
    assert str(caught.value).startswith("EpochCurveDisplay.plot needs matplotlib")
