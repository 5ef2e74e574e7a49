"""Categories: choices without an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._base import ListedDimension

Floats = NDArray[np.float64]

# Up to so many categories get one column each. If there are more, a search tries only few of them,
# so a model learns little about each, and the columns of 64,000 would not fit into memory.
MAX_ONE_HOT = 64


class CategoricalDimension(ListedDimension):
    """Choices of any kind without an order; a model sees them one-hot.

    If there are many choices, it sees the digits of their place in the list one-hot: 8,000 choices
    are three digits to the base of 20, so 60 columns. Choices that share a digit are nearer to each
    other, as are neighbours in a list that was made in some order.
    """

    is_ordered = False

    def __init__(self, name: str, values: Sequence[Any], is_listed: bool = True) -> None:
        super().__init__(name, values)
        self.is_listed = is_listed
        n_values = len(self.values)
        self._n_digits = max(1, int(np.ceil(np.log(n_values) / np.log(MAX_ONE_HOT))))
        self._base = int(np.ceil(round(n_values ** (1 / self._n_digits), 9)))
        self.group_widths = (self._n_digits * self._base,)

    def encode(self, units: Floats) -> Floats:
        """One-hot, shape (n, n_features); scaled so that the squares of a row have the sum 1."""
        places = self.indices(units)
        features = np.zeros((len(places), self.n_features))
        for digit in range(self._n_digits):
            columns = digit * self._base + places // self._base**digit % self._base
            features[np.arange(len(places)), columns] = 1.0 / np.sqrt(self._n_digits)
        return features

    def coordinates(self, units: Floats) -> Floats:
        """Coordinates in which two choices are 1 apart: two columns add one half each."""
        return self.encode(units) * np.sqrt(0.5)
