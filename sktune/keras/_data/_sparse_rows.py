"""Rows of a sparse matrix, made dense a batch at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.sparse import csr_array


class SparseRows:
    """A sparse matrix as an array whose rows become dense only when they are read.

    Parameters
    ----------
    matrix : sparse matrix or array, shape (n_rows, n_columns)
        In CSR form.
    """

    ndim = 2

    def __init__(self, matrix: Any) -> None:
        self._matrix = csr_array(matrix)
        self.shape: tuple[int, ...] = self._matrix.shape
        self.dtype: np.dtype[Any] = self._matrix.dtype

    @property
    def nbytes(self) -> int:
        """Bytes that all rows would take if they were dense."""
        return math.prod(self.shape) * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> SparseRows:
        return SparseRows(self._matrix[rows])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("Sparse rows cannot be converted to an array without a copy.")
        dense = self._matrix.toarray()
        return dense if dtype is None else dense.astype(dtype, copy=False)
