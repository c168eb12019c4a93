"""Sparse integer matrices, and the error that says how one is singular."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from mechopt.rational import IntegerArray, integers

__all__ = ["IntegerMatrix", "SingularMatrixError", "Solution", "magnitude"]

Indices = NDArray[np.int64]
Solution = tuple[IntegerArray, int]


class SingularMatrixError(ArithmeticError):
    """The matrix has no inverse; without the given rows and columns (lists of int) it has one."""

    def __init__(self, rows: list[int], columns: list[int]) -> None:
        super().__init__(f"the matrix is singular: {len(rows)} of its rows depend on the others")
        self.rows, self.columns = rows, columns


class IntegerMatrix:
    """A sparse matrix of integers of any size, in row-major order, without zeros and duplicates.

    Parameters
    ----------
    shape : (int, int)
    rows, columns, values : int64 arrays, length n_entries
        Values may be an object array of int; duplicates add up.

    Examples
    --------
    >>> IntegerMatrix((1, 1), np.array([0, 0]), np.array([0, 0]), np.array([1, 2])).times(np.array([10**18])).tolist()
    [3000000000000000000]
    """

    def __init__(self, shape: tuple[int, int], rows: Indices, columns: Indices, values: IntegerArray) -> None:
        keys = rows.astype(np.int64) * shape[1] + columns
        values = integers(values)
        if np.any(keys[1:] < keys[:-1]):
            order = np.argsort(keys)
            keys, values = keys[order], values[order]
        starts = np.flatnonzero(np.diff(keys, prepend=-1))
        if len(starts) < len(keys):
            keys, values = keys[starts], integers(np.add.reduceat(values.astype(object), starts))
        if not np.all(values):
            keys, values = keys[values != 0], values[values != 0]
        self.shape, self.values = shape, values
        self.rows: Indices = keys // max(shape[1], 1)
        self.columns: Indices = keys - self.rows * shape[1]
        self.starts = np.concatenate([[0], np.cumsum(np.bincount(self.rows, minlength=shape[0]))]).astype(np.int64)

    @cached_property
    def norm(self) -> int:
        """A bound on every row's sum of magnitudes."""
        return magnitude(self.values) * int(np.diff(self.starts).max(initial=0))

    @cached_property
    def transposed(self) -> IntegerMatrix:
        """The matrix with rows and columns exchanged."""
        order = self.compressed(np.arange(len(self.values))).tocsc().data
        return IntegerMatrix((self.shape[1], self.shape[0]), self.columns[order], self.rows[order], self.values[order])

    def compressed(self, values: IntegerArray) -> sp.csr_array:
        """Return `values`, one per entry, as a scipy matrix of this pattern."""
        return sp.csr_array((values, self.columns, self.starts), shape=self.shape)

    def times(self, vector: IntegerArray) -> IntegerArray:
        """Return the exact product with an integer vector, in int64 where nothing can overflow."""
        if self.values.dtype != object and vector.dtype != object and self.norm * magnitude(vector) < 2**63:
            return np.asarray(self.compressed(self.values) @ vector)
        result = np.zeros(self.shape[0], dtype=object)
        filled = np.flatnonzero(np.diff(self.starts))
        products = self.values.astype(object) * vector.astype(object)[self.columns]
        result[filled] = np.add.reduceat(products, self.starts[filled])
        return result


def magnitude(vector: IntegerArray) -> int:
    """Return the largest absolute value in `vector`, 0 if it is empty."""
    return max(int(vector.max()), -int(vector.min())) if vector.size else 0
