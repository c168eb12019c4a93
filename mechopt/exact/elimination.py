"""Gaussian elimination over the rationals: square systems, and systems of equations that some columns are free to satisfy."""

from __future__ import annotations

import heapq
import math

import numpy as np
from flint import fmpq, fmpq_mat

from mechopt.exact.matrix import IntegerMatrix, SingularMatrixError, Solution
from mechopt.rational import IntegerArray

__all__ = ["Elimination"]

# Rows of a core solved densely.
_DENSE_CORE = 400


class Elimination:
    """Gaussian elimination over the rationals; pivots where a row or column has the fewest entries.

    Parameters
    ----------
    matrix : IntegerMatrix
    right : integer array, length n_rows
    preference : int array, length n_columns, optional
        Among columns with as few entries the one with the least preference becomes a pivot.

    Examples
    --------
    >>> entries = np.zeros(2, dtype=np.int64), np.array([0, 1]), np.array([2, 1])
    >>> Elimination(IntegerMatrix((1, 2), *entries), np.array([3]), np.array([0, 1])).any_solution()
    (array([3, 0], dtype=object), 2)
    """

    def __init__(self, matrix: IntegerMatrix, right: IntegerArray, preference: IntegerArray | None = None) -> None:
        self.n_rows, self.n_columns = matrix.shape
        self.rows: list[dict[int, fmpq]] = [{} for _ in range(self.n_rows)]
        self.columns: list[set[int]] = [set() for _ in range(self.n_columns)]
        for i, j, value in zip(matrix.rows.tolist(), matrix.columns.tolist(), matrix.values.tolist(), strict=True):
            self.rows[i][j] = fmpq(value)
            self.columns[j].add(i)
        self.right = [fmpq(value) for value in right.tolist()]
        self.solution: dict[int, fmpq] = {}
        self.pivots: list[tuple[int, int, fmpq]] = []
        self.open_rows, self.open_columns, self.dense_core = set(range(self.n_rows)), set(range(self.n_columns)), _DENSE_CORE
        # Rows come after columns that have as few entries: those are chosen by preference.
        self.rank = [0] * self.n_columns if preference is None else preference.tolist()
        self.rank_of_rows = max(self.rank, default=0) + 1 if preference is not None else -1
        # Lines by their number of entries; column j is line n_rows + j. Outdated items are passed over.
        self.queue = [(len(line), self.rank_of_rows, i) for i, line in enumerate(self.rows)]
        self.queue += [(len(line), self.rank[j], self.n_rows + j) for j, line in enumerate(self.columns)]
        heapq.heapify(self.queue)

    def solve(self) -> Solution:
        """Return the solution of a square system, or raise `SingularMatrixError`."""
        self._eliminate()
        if self.open_rows:
            raise SingularMatrixError(sorted(self.open_rows), sorted(self.open_columns))
        return self._substitute()

    def any_solution(self) -> Solution | None:
        """Return a solution, zero in all columns that are no pivots; None if the equations contradict each other."""
        self.dense_core = 0
        self._eliminate()
        if any(self.right[i] for i in self.open_rows):
            return None
        self.solution = dict.fromkeys(self.open_columns, fmpq(0))
        return self._substitute()

    def _eliminate(self) -> None:
        while self.queue:
            count, _, i = heapq.heappop(self.queue)
            j = i - self.n_rows
            if count and i in self.open_rows and count == len(self.rows[i]):
                j = min(self.rows[i], key=lambda k: (len(self.columns[k]), self.rank[k]))
            elif count and j in self.open_columns and count == len(self.columns[j]):
                i = min(self.columns[j], key=lambda k: len(self.rows[k]))
            else:
                continue
            if count > 1 and self._solve_core():
                break
            self._pivot(i, j)

    def _pivot(self, i: int, j: int) -> None:
        row = self.rows[i]
        pivot = row.pop(j)
        self.open_rows.discard(i)
        self.open_columns.discard(j)
        self.pivots.append((i, j, pivot))
        for column in row:
            self.columns[column].discard(i)
            self._queue_column(column)
        for k in self.columns[j] - {i}:
            self._subtract(k, self.rows[k].pop(j) / pivot, i)

    def _queue_column(self, column: int) -> None:
        heapq.heappush(self.queue, (len(self.columns[column]), self.rank[column], self.n_rows + column))

    def _subtract(self, k: int, factor: fmpq, i: int) -> None:
        target = self.rows[k]
        self.right[k] -= factor * self.right[i]
        for column, value in self.rows[i].items():
            target[column] = target.get(column, 0) - factor * value
            self.columns[column].add(k)
            if not target[column]:
                del target[column]
                self.columns[column].discard(k)
            self._queue_column(column)
        heapq.heappush(self.queue, (len(target), self.rank_of_rows, k))

    def _solve_core(self) -> bool:
        """Solve what is left as a dense matrix if it is small and has an inverse."""
        size = len(self.open_rows)
        if size > self.dense_core:
            return False
        rows, columns = sorted(self.open_rows), sorted(self.open_columns)
        entries = [self.rows[i].get(j, 0) for i in rows for j in columns]
        try:
            found = fmpq_mat(size, size, entries).solve(fmpq_mat(size, 1, [self.right[i] for i in rows]))
        except ZeroDivisionError:
            self.dense_core = 0
            return False
        self.solution.update(zip(columns, found.entries(), strict=True))
        self.open_rows.clear()
        return True

    def _substitute(self) -> Solution:
        known = self.solution
        for i, j, pivot in reversed(self.pivots):
            known[j] = (self.right[i] - sum((value * known[k] for k, value in self.rows[i].items()), fmpq(0))) / pivot
        denominator = math.lcm(*{int(value.q) for value in known.values()})
        numerators = np.empty(self.n_columns, dtype=object)
        numerators[:] = [int(known[j].p) * (denominator // int(known[j].q)) for j in range(self.n_columns)]
        return numerators, denominator
