"""What is seen of a search that trains its settings in steps."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import spearmanr, uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import Ridge

from sktune import BayesSearchCV, HyperbandSearchCV
from sktune.inspection import (
    ConvergenceDisplay,
    FailureDisplay,
    FoldScoresDisplay,
    ImportanceDisplay,
    PairDisplay,
    ParallelCoordinatesDisplay,
    RungDisplay,
    TimelineDisplay,
    TraceDisplay,
    hyperparameter_importance,
    read_search,
    result_html,
    rung_trace,
    search_trace,
)

matplotlib = pytest.importorskip("matplotlib")

matplotlib.use("agg")

X, Y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2

pytestmark = pytest.mark.filterwarnings("ignore::sktune.exceptions.SktuneWarning")


class Learner(ClassifierMixin, BaseEstimator):
    """Is best after three epochs, so that a lower rung looks better than the last one."""

    def __init__(self, a=0.0, b=0.0, max_iter=27):
        self.a = a
        self.b = b
        self.max_iter = max_iter

    def fit(self, X, y):
        raise AssertionError("it is trained by partial_fit")

    def partial_fit(self, X, y, classes=None):
        self.epochs_ = getattr(self, "epochs_", 0) + 1
        self.classes_ = np.unique(y)
        if self.b > 0.9:
            raise ValueError("too much")
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def score(self, X, y):
        return self.a - abs(self.epochs_ - 3) + 0.01 * X[:, 0].mean()


@pytest.fixture(scope="module")
def search():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fits that fail
        return HyperbandSearchCV(
            Learner(),
            {"a": uniform(), "b": uniform()},
            resource="epochs",
            n_iter=4,
            cv=2,
            random_state=0,
        ).fit(X, Y)


def test_rung_trace(search):
    found, trace = search.cv_results_, rung_trace(search)
    assert_array_equal(trace.rungs, search.rungs_)
    n_first = (found["parent"] < 0).sum()
    assert trace.scores.shape == (n_first, 4)
    assert np.isfinite(trace.scores).sum() == np.isfinite(found["mean_test_score"]).sum()
    for number, rung in enumerate(search.rungs_):
        scores = found["mean_test_score"][found["resource"] == rung]
        assert_array_equal(
            np.sort(trace.scores[:, number]),
            np.sort(np.r_[scores, np.full(n_first - len(scores), np.nan)]),
        )
    assert trace.fates.count("winner") == 1
    winner = trace.scores[trace.fates.index("winner")]
    assert winner[-1] == search.best_score_
    assert trace.fates.count("failed") == np.isnan(found["mean_test_score"]).sum()
    full = (found["resource"] == 27).sum()
    assert trace.fates.count("full") == full - 1
    # What is newly trained: the whole budget, and at most one step more.
    assert 4 * 27 <= trace.spent[-1] < 5 * 27
    assert trace.spent[0] == 1


def test_ranks_are_compared_over_the_settings_that_two_rungs_share(search):
    trace = rung_trace(search)
    both = np.isfinite(trace.scores[:, :2]).all(axis=1)
    assert trace.n_shared[0, 1] == both.sum() > 2
    expected = spearmanr(*trace.scores[both][:, :2].T).statistic
    assert_allclose(trace.correlations[0, 1], expected)
    assert_allclose(trace.correlations, trace.correlations.T)


def test_who_begins_anew_pays_for_all_of_a_rung():
    rows = np.arange(200.0).reshape(100, 2)
    search = HyperbandSearchCV(
        Ridge(), {"alpha": uniform(0.1, 1)}, min_resource=10, n_iter=3, cv=2, random_state=0
    ).fit(rows, rows[:, 0])
    spent = rung_trace(search).spent
    assert_array_equal(np.diff(spent, prepend=0), search.cv_results_["resource"])


def test_the_best_so_far_is_that_of_full_training(search):
    trace = search_trace(search)
    top = search.cv_results_["resource"] == 27
    assert trace.best[-1] == search.best_score_ == np.nanmax(trace.scores[top])
    assert np.nanmax(trace.scores) > trace.best[-1]  # of a lower rung
    assert np.isnan(trace.best[: np.flatnonzero(top)[0]]).all()
    assert f"{search.best_score_:.4g}" in result_html(search)


def test_a_record_knows_the_rungs(search):
    record = read_search(search)
    assert_array_equal(record.resources, search.cv_results_["resource"])
    assert record.best_index == search.best_index_
    shares = hyperparameter_importance(search)
    assert shares.names[int(np.argmax(shares.shares))] == "a"


@pytest.mark.parametrize("kind", ["curves", "spent", "correlation"])
def test_pictures(search, kind):
    display = RungDisplay.from_search(search, kind=kind)
    display.figure_.canvas.draw()
    assert display.plot(display.ax_).ax_ is display.ax_
    matplotlib.pyplot.close("all")


@pytest.mark.parametrize(
    "display",
    [
        TraceDisplay,
        FoldScoresDisplay,
        ImportanceDisplay,
        PairDisplay,
        ParallelCoordinatesDisplay,
        TimelineDisplay,
        FailureDisplay,
    ],
)
def test_other_pictures_take_it(search, display):
    display.from_search(search).figure_.canvas.draw()
    matplotlib.pyplot.close("all")


def test_convergence_takes_it(search):
    ConvergenceDisplay.from_searches([search]).figure_.canvas.draw()
    matplotlib.pyplot.close("all")


def test_what_has_no_rungs_is_refused(search):
    other = BayesSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, n_iter=2, cv=2).fit(X, X[:, 0])
    with pytest.raises(ValueError, match="such as HyperbandSearchCV, got BayesSearchCV"):
        rung_trace(other)
    with pytest.raises(ValueError, match=r"kind must be one of \['curves'"):
        RungDisplay.from_search(search, kind="all")
