import numpy as np
import pytest

from sktune.optimizers._models._lower_tail import LowerTail


def test_only_what_is_far_below_is_drawn_in():
    scores = np.array([0.5, 0.6, 0.4, -50.0, 0.55])
    # Median 0.5, distance to the best 0.1, limit 0.3.
    drawn = LowerTail(scores).draw_in(scores)
    np.testing.assert_allclose(drawn, [0.5, 0.6, 0.4, 0.3 - 0.02 * np.log1p(503), 0.55])
    assert scores[3] == -50.0


@pytest.mark.parametrize("unchanged", [[0.1, 0.2, 9.9], [0.5, 0.5, 0.1], [1.0]])
def test_the_rest_stays(unchanged):
    scores = np.array(unchanged)
    tail = LowerTail(scores)
    np.testing.assert_array_equal(tail.draw_in(scores), scores)
    mean, std = tail.put_back(scores, np.ones(len(scores)))
    np.testing.assert_array_equal(mean, scores)
    np.testing.assert_array_equal(std, 1.0)


def test_put_back_is_the_inverse():
    tail = LowerTail(np.array([0.0, 1.0, 0.2, 0.4, -1e9, 0.3, 0.1]))
    scores = np.concatenate([np.linspace(-20, 1, 200), [-1e9]])
    drawn = tail.draw_in(scores)
    assert (np.diff(drawn[:-1]) > 0).all()
    step = 1e-7
    mean, std = tail.put_back(drawn, np.full(len(drawn), step))
    np.testing.assert_allclose(mean, scores, rtol=1e-9, atol=1e-12)
    # One step of the model's scale, in score units.
    further, _ = tail.put_back(drawn + step, std)
    np.testing.assert_allclose(std[:-1], (further - mean)[:-1], rtol=1e-4)


def test_predictions_are_not_put_back_below_the_lowest_score():
    tail = LowerTail(np.array([0.0, 1.0, 0.2, 0.4, -30.0]))
    mean, std = tail.put_back(np.array([-1e9]), np.array([0.1]))
    assert mean[0] == pytest.approx(-30.0)
    assert np.isfinite(std[0])
