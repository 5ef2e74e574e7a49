import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sktune._gp import GaussianProcess
from sktune.optimizers._models._rung_model import RungModel

GROUPS = [slice(0, 1), slice(1, 2), slice(2, 3)]
N_BY_RUNG = (20, 10, 6)


def search(seed=0, lies=False):
    """Features, scores and rungs; the last feature is the level of the rung."""
    rng = np.random.default_rng(seed)
    settings_ = rng.random((N_BY_RUNG[0], 2))
    X = np.vstack(
        [np.column_stack([settings_[:n], np.full(n, rung / 2)]) for rung, n in enumerate(N_BY_RUNG)]
    )
    rung = np.repeat(np.arange(3), N_BY_RUNG)
    y = -((X[:, 0] - 0.3) ** 2) - 0.3 * (X[:, 1] - 0.6) ** 2 + 0.2 * X[:, 2]
    noise = y.mean() + y.std() * rng.normal(size=len(y))
    return X, np.where((rung < 2) & lies, noise, y), rung


def fit(X, y, rung, **options):
    return RungModel.fit(GaussianProcess(GROUPS), X, y, np.zeros(len(y)), rung == 2, **options)


@pytest.mark.parametrize("seed", range(4))
def test_low_rungs_that_tell_of_the_rest_are_in_the_model(seed):
    X, y, rung = search(seed)
    model = fit(X, y, rung)
    assert not model.is_alone
    assert len(model.scores.observed.X) == len(X)


@pytest.mark.parametrize("seed", range(4))
def test_low_rungs_of_noise_are_left_out(seed):
    X, y, rung = search(seed, lies=True)
    model = fit(X, y, rung)
    assert model.is_alone
    # What is left is the model of the fully trained alone.
    alone = GaussianProcess(GROUPS).fit(X[rung == 2], y[rung == 2])
    fresh = np.random.default_rng(9).random((5, 3))
    for found, expected in zip(
        model.scores.predict(fresh, return_std=True),
        alone.predict(fresh, return_std=True),
        strict=True,
    ):
        assert_allclose(found, expected)


@settings(max_examples=20)
@given(
    seed=st.integers(0, 9),
    lies=st.booleans(),
    unit=st.sampled_from([1e-6, 1e-3, 1.0, 1e3, 1e6]),
    n_full=st.integers(1, N_BY_RUNG[2]),
)
def test_what_is_believed_does_not_depend_on_the_unit_of_the_scores(seed, lies, unit, n_full):
    X, y, rung = search(seed, lies)
    n = len(y) - N_BY_RUNG[2] + n_full
    X, y, rung = X[:n], y[:n], rung[:n]
    assert fit(X, unit * y, rung).is_alone == fit(X, y, rung).is_alone


def test_two_scores_that_happen_to_be_nearly_equal_are_no_evidence():
    """In their own unit all would be likely, as that is tiny."""
    X, y, rung = search()
    chosen = (rung < 2) | (np.cumsum(rung == 2) <= 2)
    X, y, rung = X[chosen], y[chosen], rung[chosen]
    y[-1] = y[-2] * (1 + 1e-6)
    assert not fit(X, y, rung).is_alone


def test_the_hypothesis_is_kept_with_the_hyperparameters():
    X, y, rung = search(lies=True)
    last = fit(X[:-1], y[:-1], rung[:-1])
    kept = fit(X, y, rung, last=last, keep_all=True)
    assert kept.is_alone
    assert last.is_alone
    assert_allclose(kept.scores.theta, last.scores.theta)
    honest = fit(*search(), last=last)
    assert not honest.is_alone
    assert honest.thetas.keys() == {"together", "alone"}


@pytest.mark.parametrize("n_equal", ["all", "full"])
def test_equal_scores_are_no_evidence(n_equal):
    X, y, rung = search(lies=True)
    y[rung >= (0 if n_equal == "all" else 2)] = 0.5
    model = fit(X, y, rung)
    assert not model.is_alone
    assert np.isfinite(model.scores.predict(X)).all()
