"""Whether parts pay: the rule, on losses of folds that were left out."""

import numpy as np
import pytest

from sktune._search._gradient._guard import parts_pay


@pytest.mark.parametrize(
    ("one", "parts", "pay"),
    [
        ([1.0, 1.0, 1.0], [0.9, 0.8, 0.9], True),
        ([1.0, 1.0, 1.0, 1.0, 1.0], [0.6, 0.6, 0.7, 0.7, 1.1], True),
        # One fold speaks against them, and the gain is less than its standard error.
        ([1.0, 1.0, 1.0, 1.0, 1.0], [0.6, 0.6, 0.7, 0.7, 2.0], False),
        ([1.0, 1.0], [1.0, 1.0], False),
        ([1.0, 1.0, 1.0], [0.1, 0.1, np.nan], False),
        ([np.inf, 1.0], [1.0, 1.0], False),
    ],
)
def test_a_gain_above_its_standard_error_is_taken(one, parts, pay):
    assert parts_pay({"one": np.array(one), "parts": np.array(parts)}) == pay
