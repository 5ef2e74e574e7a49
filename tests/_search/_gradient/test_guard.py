"""Whether parts pay: the rule, on losses of folds that were left out."""

import numpy as np
import pytest

from sktune._search._gradient._guard import parts_pay


@pytest.mark.parametrize(
    ("one", "parts", "pay"),
    [
        ([1.0, 1.0, 1.0], [0.9, 0.8, 0.9], True),
        # One fold speaks against them, and the gain of the others is less than its standard error.
        ([1.0, 1.0, 1.0, 1.0, 1.0], [0.6, 0.6, 0.7, 0.7, 2.0], True),
        ([1.0, 1.0, 1.0, 1.0, 1.0], [0.6, 0.6, 0.7, 0.7, 3.0], False),
        ([1.0, 1.0], [1.0, 1.0], False),
        ([1.0, 1.0, 1.0], [0.1, 0.1, np.nan], False),
        ([np.inf, 1.0], [1.0, 1.0], False),
    ],
)
def test_the_lower_mean_is_taken(one, parts, pay):
    assert parts_pay({"one": np.array(one), "parts": np.array(parts)}) == pay
