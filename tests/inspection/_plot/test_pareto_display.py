"""The picture of a front, read back from its artists."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

from sktune import ParetoSearchCV
from sktune.inspection import ParetoDisplay

matplotlib = pytest.importorskip("matplotlib")

matplotlib.use("agg")
IRIS = load_iris(return_X_y=True)
SCORING = ["accuracy", "neg_log_loss", "n_features", "model_size", "fit_time"]


@pytest.fixture(scope="module")
def search():
    return ParetoSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"max_depth": [1, 2, 3, 4], "min_samples_leaf": [1, 20]},
        scoring=SCORING,
        thresholds={"accuracy": 0.6},
        n_iter=8,
        cv=3,
    ).fit(*IRIS)


@pytest.fixture(autouse=True)
def _close():
    yield
    matplotlib.pyplot.close("all")


@pytest.mark.parametrize("metrics", [SCORING[:2], ["accuracy", "model_size"], SCORING[:3]])
def test_points_are_those_of_the_front(search, metrics):
    display = ParetoDisplay.from_search(search, metrics)
    front, n = display.front, len(metrics)
    assert len(display.axes_) == n * (n - 1) // 2
    ax = display.axes_[0]
    assert (ax.get_xlabel().split()[0], ax.get_ylabel()) == (metrics[1], metrics[0])
    drawn = np.array(sorted(map(tuple, ax.containers[0].lines[0].get_xydata())))
    np.testing.assert_allclose(drawn, np.array(sorted(map(tuple, front.scores[:, [1, 0]]))))
    chosen = front.all_scores[search.best_index_]
    assert any(np.allclose(c.get_offsets(), chosen[[1, 0]]) for c in ax.collections)
    assert any(np.allclose(line.get_ydata(), 0.6) for line in ax.lines)


def test_hypervolume(search):
    display = ParetoDisplay.from_search(search, SCORING[:2])
    (line,) = display.plot_hypervolume().lines
    assert (np.diff(line.get_ydata()) >= 0).all()
    assert line.get_ydata()[-1] == 1.0
    assert ParetoDisplay.from_search(search, SCORING[:4]).front.reference[0] == 0.6


def test_of_scikit_learns_search():
    search = GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1, 2]}, scoring=["accuracy"])
    search.set_params(refit="accuracy").fit(*IRIS)
    display = ParetoDisplay.from_search(search, ["accuracy", "fit_time"])
    assert display.axes_[0].get_xlabel() == "fit_time (s)"


def test_too_many_metrics(search):
    with pytest.raises(ValueError, match="shows 4 metrics at most"):
        ParetoDisplay.from_search(search)
