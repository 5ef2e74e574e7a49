import numpy as np

from sktune.optimizers._models import _subset
from sktune.optimizers._models._subset import representative


def test_keeps_the_best_and_spreads_the_rest(monkeypatch):
    scores = np.arange(100.0)[::-1]  # the first are the best
    np.testing.assert_array_equal(representative(scores), np.arange(100))
    monkeypatch.setattr(_subset, "MAX_OBSERVATIONS", 20)
    kept = representative(scores)
    assert len(set(kept)) == 20
    assert set(range(10)) <= set(kept)
    np.testing.assert_array_equal(kept[10:], 10 + np.linspace(0, 89, 10).round())
