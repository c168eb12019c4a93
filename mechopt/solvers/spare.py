"""Columns that only fill up an equality between two others, such as "nobody gets the object": hardly ever used, and in presolve's way."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mechopt.solvers.scaling import Scaled

__all__ = ["spare_columns"]


def spare_columns(data: Scaled) -> NDArray[np.int64]:
    """Return columns that a solver may leave out at first; it must put them back if their reduced costs are positive.

    Without them the row equates two columns to a number, presolve substitutes one for the other, and bilateral trade takes half the
    time. They are worth nothing and appear in no other row, while the two others are worth something: that they are needed is rare.
    """
    matrix = data.matrix
    single = np.flatnonzero((np.diff(matrix.indptr) == 1) & (data.objective == 0) & (data.column_lower == 0))
    row = matrix.indices[matrix.indptr[single]]
    fills = (data.row_lower[row] == data.row_upper[row]) & (matrix.data[matrix.indptr[single]] == data.row_upper[row])
    single, row = single[fills], row[fills]
    entries = matrix.tocoo()
    others = ~np.isin(entries.col, single)
    count = np.bincount(entries.row[others], minlength=matrix.shape[0])
    worth = np.zeros(matrix.shape[0])
    np.add.at(worth, entries.row[others], data.objective[entries.col[others]])
    least = np.zeros(matrix.shape[0])
    np.minimum.at(least, entries.row[others], data.objective[entries.col[others]])
    alone = np.bincount(row, minlength=matrix.shape[0]) == 1
    return np.asarray(single[((count == 2) & (worth > 0) & (least >= 0) & alone)[row]], dtype=np.int64)
