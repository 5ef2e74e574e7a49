"""How an annealing search cooled: the numbers, and the picture of them."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.svm import SVC

from sktune import AnnealingSearchCV, BayesSearchCV
from sktune.inspection import AnnealingDisplay, AnnealingTrace, annealing_trace
from sktune.inspection._annealing import _rates

SPACE = {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)}
NAN = np.nan
TRACE = AnnealingTrace(
    chains=np.array([-1, 0, 1, 0, 1, 0]),
    temperatures=np.array([NAN, 1.0, 1.0, 0.5, 0.8, 0.1]),
    lengths=np.array([NAN, 0.3, 0.2, 0.1, 0.0, 0.05]),
    accepted=np.array([NAN, 1.0, 1.0, 0.0, 0.0, NAN]),
    acceptance_rates=np.array([NAN, 1.0, 1.0, 0.5, 0.5, NAN]),
)


@pytest.fixture(scope="module")
def search():
    search = AnnealingSearchCV(SVC(), SPACE, n_iter=20, cv=3, n_chains=2, random_state=0)
    return search.fit(*load_iris(return_X_y=True))


@pytest.fixture
def pyplot():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    yield pyplot
    pyplot.close("all")


def test_trace_is_aligned_with_cv_results(search):
    trace = annealing_trace(search)
    n_candidates = len(search.cv_results_["params"])
    assert {len(getattr(trace, name)) for name in trace.__slots__} == {n_candidates}
    is_move = trace.chains >= 0
    # The estimator's own setting is not in this space; four of twenty are the first design.
    assert_array_equal(np.flatnonzero(~is_move), np.arange(4))
    assert_array_equal(np.isnan(trace.temperatures), ~is_move)
    assert_array_equal(np.isnan(trace.lengths), ~is_move)
    points = search.optimizer_.space.transform(search.cv_results_["params"])
    for index, move in search.optimizer_.moves.items():
        step = np.sqrt(np.mean((points[index] - points[move.base]) ** 2))
        assert trace.lengths[index] == pytest.approx(step)
        assert trace.temperatures[index] == move.temperature
        assert trace.accepted[index] == move.is_accepted


def test_each_chain_cools(search):
    trace = annealing_trace(search)
    ends = []
    for chain in (0, 1):
        temperatures = trace.temperatures[trace.chains == chain]
        assert (np.diff(temperatures) < 0).all()
        ends.append(temperatures[-1])
    assert ends[0] < ends[1] < 1.0


def test_trace_survives_a_pickle(search):
    first, second = (annealing_trace(s) for s in (search, pickle.loads(pickle.dumps(search))))
    assert_array_equal(first.accepted, second.accepted)


def test_rates_count_the_last_twenty_moves_of_the_same_chain():
    chains = np.array([-1, 0, 1] + [0] * 25)
    accepted = np.array([NAN, 1.0, 0.0] + [0.0] * 24 + [NAN])
    rates = _rates(chains, accepted)
    assert_allclose(rates[:5], [NAN, 1.0, 0.0, 1 / 2, 1 / 3])
    # The one that was accepted is the first of twenty, then no more among them.
    assert rates[21] == pytest.approx(1 / 20)
    assert rates[22] == 0.0
    assert np.isnan(rates[-1])


def test_only_annealing_has_moves(search):
    with pytest.raises(NotFittedError):
        annealing_trace(AnnealingSearchCV(SVC(), SPACE))
    bayes = BayesSearchCV(SVC(), {"C": [1, 2]}, n_iter=2, cv=2).fit(*load_iris(return_X_y=True))
    with pytest.raises(TypeError, match="must be an AnnealingSearchCV, got BayesSearchCV"):
        annealing_trace(bayes)


def test_what_is_drawn(pyplot):
    display = AnnealingDisplay(TRACE).plot()
    temperature, rate, length = display.axes_
    assert_allclose(temperature.lines[0].get_xydata(), [[2, 1.0], [4, 0.5], [6, 0.1]])
    assert_allclose(temperature.lines[1].get_xydata(), [[3, 1.0], [5, 0.8]])
    assert_allclose(rate.lines[0].get_xydata(), [[2, 1.0], [4, 0.5], [6, NAN]])
    dots = {(c.get_label(), i): c.get_offsets() for i, c in enumerate(length.collections)}
    assert_allclose(dots["rejected", 0], [[4, 0.1]])
    assert_allclose(dots["accepted", 1], [[2, 0.3]])
    # A move of no length, into another branch say, has no place on a logarithmic axis.
    assert np.ma.is_masked(length.collections[2].get_offsets()[0]) or not np.isfinite(
        length.collections[2].get_offsets()[0][1]
    )
    assert [text.get_text() for text in temperature.get_legend().get_texts()] == [
        "chain 1",
        "chain 2",
    ]
    display.figure_.canvas.draw()  # a picture that cannot be drawn is none


def test_axes_can_be_given(pyplot, search):
    figure, axes = pyplot.subplots(1, 3)
    display = AnnealingDisplay.from_search(search, axes=axes)
    assert display.figure_ is figure
    assert [ax.get_ylabel() != "" for ax in axes] == [True] * 3


def test_a_search_without_moves_can_be_drawn(pyplot):
    nothing = np.full(3, NAN)
    trace = AnnealingTrace(np.full(3, -1), nothing, nothing, nothing, nothing)
    AnnealingDisplay(trace).plot().figure_.canvas.draw()
