import numpy as np
import pytest

from sktune.optimizers._models._units import unit_of


@pytest.mark.parametrize("size", [1e-300, 1e-150, 1e-3, 1.0, 1e9, 1e150, 1.7e308])
def test_squares_in_the_unit_neither_overflow_nor_vanish(size):
    scores = size * np.array([0.3, -1.0, np.nan, np.inf])
    unit = unit_of(scores)
    assert unit == 1.0 or not 1e-100 <= size <= 1e100
    squares = (scores[:2] / unit) ** 2
    assert ((squares > 1e-250) & (squares < 1e250)).all()
    # A power of two: nothing is lost on the way there and back.
    np.testing.assert_array_equal(scores[:2] / unit * unit, scores[:2])


def test_one_disaster_does_not_set_the_unit():
    assert unit_of(np.array([[0.9, 0.8], [0.7, -1e300], [0.9, 0.9]])) == 1.0
    assert unit_of(np.array([1e-200, -1e300, 2e-200])) < 1e-199


@pytest.mark.parametrize("scores", [[], [0.0, 0.0], [np.nan, np.inf]])
def test_unit_of_nothing(scores):
    assert unit_of(np.array(scores)) == 1.0
