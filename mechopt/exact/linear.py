r"""Solve square sparse systems of integer equations exactly.

*Lifting*: a float factorisation of the matrix gives a few dozen bits of the solution, the residual is kept in integers, and solving
for the residual gives the next bits. The rational solution is read off its first bits by continued fractions, and proved [1]_ [2]_.
*Elimination* over the rationals decides where floats cannot: lines with a single entry first, a dense core at the end [3]_.

References
----------
.. [1] Z. Wan, "An algorithm to solve integer linear systems exactly using numerical methods", J. Symb. Comput. 41 (2006), 621-632.
   https://doi.org/10.1016/j.jsc.2005.11.001
.. [2] B. D. Saunders, D. H. Wood, B. S. Youse, "Numeric-symbolic exact rational linear system solver", ISSAC 2011, 305-312.
   https://doi.org/10.1145/1993886.1993932
.. [3] H. M. Markowitz, "The elimination form of the inverse and its application to linear programming",
   Manage. Sci. 3 (1957), 255-269. https://doi.org/10.1287/mnsc.3.3.255
"""

from __future__ import annotations

import heapq
import math
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from flint import fmpq, fmpq_mat
from numpy.typing import NDArray
from scipy.sparse.csgraph import structural_rank
from scipy.sparse.linalg import splu

from mechopt.rational import IntegerArray, integers

__all__ = ["IntegerMatrix", "Kernel", "SingularMatrixError", "Solution", "magnitude"]

Indices = NDArray[np.int64]
Floats = NDArray[np.float64]
Solution = tuple[IntegerArray, int]

# Bits a float solve is asked for, at first and at most; below the least per round, elimination is the better way.
_FIRST_BITS, _MOST_BITS, _LEAST_BITS = 40, 50, 6
# An equilibrated matrix with a larger inverse may be singular, and its inverse that of the rounding errors.
_LARGEST_INVERSE = 1e12
# Lifting gives up beyond so many bits; a core of so many rows is solved densely.
_LONGEST_SOLUTION, _DENSE_CORE = 1 << 17, 400


class SingularMatrixError(ArithmeticError):
    """The matrix has no inverse; without the given rows and columns (lists of int) it has one."""

    def __init__(self, rows: list[int], columns: list[int]) -> None:
        super().__init__(f"the matrix is singular: {len(rows)} of its rows depend on the others")
        self.rows = rows
        self.columns = columns


class IntegerMatrix:
    """A sparse matrix of integers of any size, in row-major order, without zeros and duplicates.

    Parameters
    ----------
    shape : (int, int)
    rows, columns, values : int64 arrays, length n_entries
        Values may be an object array of int; duplicates add up.

    Examples
    --------
    >>> matrix = IntegerMatrix((2, 2), np.array([0, 0, 1]), np.array([0, 0, 1]), np.array([1, 2, 10**18]))
    >>> matrix.times(np.array([1, 1000])).tolist()
    [3, 1000000000000000000000]
    """

    def __init__(self, shape: tuple[int, int], rows: Indices, columns: Indices, values: IntegerArray) -> None:
        keys = rows.astype(np.int64) * shape[1] + columns
        values = integers(values)
        if np.any(keys[1:] <= keys[:-1]):
            keys, values = _merged(keys, values)
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
        return IntegerMatrix((self.shape[1], self.shape[0]), self.columns, self.rows, self.values)

    @cached_property
    def _objects(self) -> IntegerArray:
        return self.values.astype(object)

    def compressed(self, values: IntegerArray) -> sp.csr_array:
        """Return `values`, one per entry, as a scipy matrix of this pattern."""
        return sp.csr_array((values, self.columns, self.starts), shape=self.shape)

    def times(self, vector: IntegerArray) -> IntegerArray:
        """Return the exact product with an integer vector, in int64 where nothing can overflow."""
        if self.values.dtype != object and vector.dtype != object and self.norm * magnitude(vector) < 2**63:
            return np.asarray(self.compressed(self.values) @ vector)
        result = np.zeros(self.shape[0], dtype=object)
        filled = np.diff(self.starts) > 0
        if np.any(filled):
            products = self._objects * vector.astype(object)[self.columns]
            result[filled] = np.add.reduceat(products, self.starts[:-1][filled])
        return result

    def select(self, rows: Indices, columns: Indices) -> IntegerMatrix:
        """Return the submatrix of the given rows and columns, both increasing."""
        row_of, column_of = (np.full(size, -1, dtype=np.int64) for size in self.shape)
        row_of[rows], column_of[columns] = np.arange(len(rows)), np.arange(len(columns))
        kept = (row_of[self.rows] >= 0) & (column_of[self.columns] >= 0)
        found = row_of[self.rows[kept]], column_of[self.columns[kept]]
        return IntegerMatrix((len(rows), len(columns)), *found, self.values[kept])


def _merged(keys: Indices, values: IntegerArray) -> tuple[Indices, IntegerArray]:
    order = np.argsort(keys)
    keys, values = keys[order], values[order]
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    if len(starts) < len(keys):
        most = int(np.diff(starts, append=len(keys)).max())
        values = values.astype(object) if magnitude(values) * most >= 2**63 else values
        keys, values = keys[starts], integers(np.add.reduceat(values, starts))
    return keys, values


def magnitude(vector: IntegerArray) -> int:
    """Return the largest absolute value in `vector`, 0 if it is empty."""
    return max(int(vector.max()), -int(vector.min())) if vector.size else 0


class _Factors:
    """Float factors of a matrix whose rows and columns are first scaled by powers of two."""

    def __init__(self, matrix: IntegerMatrix) -> None:
        doubles = matrix.values.astype(np.float64)
        self.scales = _equilibrate(matrix, np.frexp(doubles)[1].astype(np.int64))
        scaled = np.ldexp(doubles, self.scales[0][matrix.rows] + self.scales[1][matrix.columns])
        self.lu: Any = splu(matrix.compressed(scaled).tocsc())
        self.inverse_size = float(np.abs(self.lu.solve(np.random.default_rng(0).standard_normal(matrix.shape[0]))).max())

    def solve(self, right: IntegerArray, transposed: bool) -> tuple[Floats, int]:
        """Return doubles and an exponent: their product with 2^exponent is close to the solution."""
        before, after = self.scales[::-1] if transposed else self.scales
        dropped = max(magnitude(right).bit_length() - 500, 0)
        doubles = np.ldexp((right >> dropped).astype(np.float64), before)
        return np.ldexp(self.lu.solve(doubles, "T" if transposed else "N"), after), dropped


def _equilibrate(matrix: IntegerMatrix, exponents: Indices) -> tuple[Indices, Indices]:
    """Return exponents of row and column scales that bring the entries near one."""
    scales = np.zeros(matrix.shape[0], dtype=np.int64), np.zeros(matrix.shape[1], dtype=np.int64)
    lines = (matrix.rows, matrix.columns)
    for side in (0, 1, 0, 1, 0, 1):
        current = exponents + scales[1 - side][lines[1 - side]]
        largest, smallest = np.full(len(scales[side]), -4096), np.full(len(scales[side]), 4096)
        np.maximum.at(largest, lines[side], current)
        np.minimum.at(smallest, lines[side], current)
        scales[side][:] = -((largest + smallest) // 2)
    return scales


class _Lifting:
    r"""The first bits of a solution: an integer vector X, kept as digits, and its residual :math:`2^S b - K X`, exactly."""

    def __init__(self, matrix: IntegerMatrix, factors: _Factors, right: IntegerArray, transposed: bool) -> None:
        self.matrix, self.factors, self.transposed = matrix, factors, transposed
        self.residual = right
        self.digits: list[tuple[IntegerArray, int]] = []
        self.bits, self.target = 0, _FIRST_BITS
        self._approximate()

    def _approximate(self) -> None:
        self.correction, self.exponent = self.factors.solve(self.residual, self.transposed)
        # The correction, and so the error of X, is below 2^top.
        self.top = math.frexp(float(np.abs(self.correction).max()))[1] + self.exponent

    def solve(self) -> Solution | None:
        """Return the proved solution, or None where floats do not contract."""
        attempt = 24
        while np.any(self.residual):
            if self.bits - self.top >= attempt:
                solution = self._reconstruct(min(self.bits - self.top - 1, self.bits))
                if solution is not None:
                    return solution
                attempt = (self.bits - self.top) * 5 // 4
            if attempt > _LONGEST_SOLUTION or not self._advance():
                return None
        leading = self._leading(slice(None))
        common = math.gcd(1 << self.bits, *leading.tolist())
        return leading // common, (1 << self.bits) // common

    def _advance(self) -> bool:
        """Append the next digits; return whether they brought enough bits."""
        if not np.all(np.isfinite(self.correction)):
            return False
        before, shift = self.bits - self.top, max(self.target - self.top, 0)
        excess = max(self.top + shift - 62, 0)
        digits = np.rint(np.ldexp(self.correction, self.exponent + shift - excess)).astype(np.int64)
        digits = digits.astype(object) << excess if excess else digits
        self.residual = self._remainder(digits, shift)
        self.digits.append((digits, shift))
        self.bits += shift
        self._approximate()
        self.target = max(_LEAST_BITS, min(_MOST_BITS, self.target + (-self.top if self.top > 0 else 4)))
        return self.bits - self.top >= before + _LEAST_BITS or not np.any(self.residual)

    @cached_property
    def _native(self) -> tuple[sp.csr_array, sp.csr_array, sp.csr_array, int]:
        """The matrix modulo 2^64, its doubles, their magnitudes, and its longest row."""
        doubles, longest = self.matrix.values.astype(np.float64), int(np.diff(self.matrix.starts).max())
        values = self.matrix.values.view(np.uint64), doubles, np.abs(doubles)
        modular, near, magnitudes = (self.matrix.compressed(entry) for entry in values)
        return modular, near, magnitudes, longest

    def _remainder(self, digits: IntegerArray, shift: int) -> IntegerArray:
        """Return 2^shift × residual - K × digits, exactly."""
        if shift < 60 and not any(part.dtype == object for part in (self.matrix.values, self.residual, digits)):
            modular, near, magnitudes, longest = self._native
            doubles, raised = digits.astype(np.float64), np.ldexp(self.residual.astype(np.float64), shift)
            error = (longest + 8) * 2.0**-52 * (magnitudes @ np.abs(doubles) + np.abs(raised))
            # The float value is wrong by at most `error`. If the true one fits into int64, it equals its value modulo 2^64.
            if float((np.abs(raised - near @ doubles) + error).max()) < 2.0**62:
                wrapped = (self.residual.view(np.uint64) << np.uint64(shift)) - modular @ digits.view(np.uint64)
                return np.asarray(wrapped).view(np.int64)
        return integers((self.residual.astype(object) << shift) - self.matrix.times(digits))

    def _leading(self, chosen: slice) -> IntegerArray:
        leading = np.zeros(self.matrix.shape[0], dtype=object)[chosen]
        for digits, shift in self.digits:
            leading = (leading << shift) + digits[chosen].astype(object)
        return leading

    def _reconstruct(self, accuracy: int) -> Solution | None:
        """Return the rational solution near X over 2^S if it can be seen and proved."""
        # A few entries refuse most attempts that come too early.
        sample = self._leading(slice(None, None, max(len(self.residual) // 12, 1)))
        denominator = _denominator(sample, self.bits, accuracy, 1)
        if denominator is None:
            return None
        leading = self._leading(slice(None))
        denominator = _denominator(leading, self.bits, accuracy, denominator)
        if denominator is None:
            return None
        scaled = leading * denominator
        numerators = (scaled + (1 << (self.bits - 1))) >> self.bits
        error = magnitude((numerators << self.bits) - scaled)
        # 2^S (K N - D b) = K (2^S N - D X) - D (2^S b - K X): below 2^S the integers K N - D b are all zero.
        proved = self.matrix.norm * error + denominator * magnitude(self.residual) < 1 << self.bits
        return (numerators, denominator) if proved else None


def _denominator(leading: IntegerArray, bits: int, accuracy: int, denominator: int) -> int | None:
    """Return a multiple of `denominator` that makes all `leading` / 2^bits, known to 2^-accuracy, integers, or None."""
    half, mask = (1 << bits) >> 1, (1 << bits) - 1
    while denominator.bit_length() + 8 < accuracy:
        tolerance = denominator << (bits - accuracy)
        offsets = ((leading * denominator + half) & mask) - half
        wrong = np.flatnonzero(np.abs(offsets) > tolerance)
        if not wrong.size:
            return denominator
        leading = leading[wrong]
        factor = _simplest(int(offsets[wrong[0]]), bits, tolerance)
        if factor is None:
            return None
        denominator *= factor
    return None


def _simplest(offset: int, bits: int, tolerance: int) -> int | None:
    """Return the denominator of the first convergent within `tolerance` of `offset`, both over 2^bits, if it is no accident."""
    remainders, denominators = (1 << bits, offset % (1 << bits)), (0, 1)
    while remainders[1] > tolerance * denominators[1]:
        quotient = remainders[0] // remainders[1]
        remainders = remainders[1], remainders[0] - quotient * remainders[1]
        denominators = denominators[1], denominators[0] + quotient * denominators[1]
    found = denominators[1]
    return found if (found * found * tolerance) << 6 < 1 << bits else None


class _Elimination:
    """Gaussian elimination over the rationals; pivots where a row or column has the fewest entries."""

    def __init__(self, matrix: IntegerMatrix, right: IntegerArray) -> None:
        size = self.size = len(right)
        self.rows: list[dict[int, fmpq]] = [{} for _ in range(size)]
        self.columns: list[set[int]] = [set() for _ in range(size)]
        for i, j, value in zip(matrix.rows.tolist(), matrix.columns.tolist(), matrix.values.tolist(), strict=True):
            self.rows[i][j] = fmpq(value)
            self.columns[j].add(i)
        self.right = [fmpq(value) for value in right.tolist()]
        self.solution: dict[int, fmpq] = {}
        self.pivots: list[tuple[int, int, fmpq]] = []
        self.open_rows, self.open_columns, self.dense_core = set(range(size)), set(range(size)), _DENSE_CORE
        # Lines by their number of entries; column j is line size + j. Outdated items are passed over.
        self.queue = [(len(line), k) for k, line in enumerate([*self.rows, *self.columns])]
        heapq.heapify(self.queue)

    def solve(self) -> Solution:
        """Return the solution, or raise `SingularMatrixError`."""
        while self.queue:
            count, line = heapq.heappop(self.queue)
            place = self._place(line, count) if count else None
            if place is not None:
                if count > 1 and self._solve_core():
                    break
                self._pivot(*place)
        if self.open_rows:
            raise SingularMatrixError(sorted(self.open_rows), sorted(self.open_columns))
        return self._substitute()

    def _place(self, line: int, count: int) -> tuple[int, int] | None:
        j = line - self.size
        if line in self.open_rows and count == len(self.rows[line]):
            return line, min(self.rows[line], key=lambda k: len(self.columns[k]))
        if j in self.open_columns and count == len(self.columns[j]):
            return min(self.columns[j], key=lambda k: len(self.rows[k])), j
        return None

    def _pivot(self, i: int, j: int) -> None:
        row = self.rows[i]
        pivot = row.pop(j)
        self.open_rows.discard(i)
        self.open_columns.discard(j)
        self.pivots.append((i, j, pivot))
        for column in row:
            self.columns[column].discard(i)
            heapq.heappush(self.queue, (len(self.columns[column]), self.size + column))
        for k in self.columns[j] - {i}:
            self._subtract(k, self.rows[k].pop(j) / pivot, i)

    def _subtract(self, k: int, factor: fmpq, i: int) -> None:
        target = self.rows[k]
        self.right[k] -= factor * self.right[i]
        for column, value in self.rows[i].items():
            target[column] = target.get(column, 0) - factor * value
            self.columns[column].add(k)
            if not target[column]:
                del target[column]
                self.columns[column].discard(k)
            heapq.heappush(self.queue, (len(self.columns[column]), self.size + column))
        heapq.heappush(self.queue, (len(target), k))

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
        self.solution.update((j, found[k, 0]) for k, j in enumerate(columns))
        self.open_rows.clear()
        return True

    def _substitute(self) -> Solution:
        known = self.solution
        for i, j, pivot in reversed(self.pivots):
            known[j] = (self.right[i] - sum((value * known[k] for k, value in self.rows[i].items()), fmpq(0))) / pivot
        denominator = math.lcm(*{int(value.q) for value in known.values()})
        numerators = np.empty(self.size, dtype=object)
        numerators[:] = [int(known[j].p) * (denominator // int(known[j].q)) for j in range(self.size)]
        return numerators, denominator


class Kernel:
    """A square sparse integer matrix, factored once, that solves systems exactly.

    Parameters
    ----------
    n : int
        Number of rows and columns.
    rows, columns, values : int64 arrays, length n_entries
        Values may be an object array of int; duplicates add up.

    Attributes
    ----------
    method : str
        ``"lifting"``, or ``"elimination"`` once a system needed it.

    Examples
    --------
    >>> kernel = Kernel(2, np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([2, 1, 3]))
    >>> numerators, denominator = kernel.solve(np.array([1, 1]))
    >>> numerators.tolist(), denominator
    ([1, 1], 3)
    """

    def __init__(self, n: int, rows: Indices, columns: Indices, values: IntegerArray) -> None:
        self.matrix = IntegerMatrix((n, n), rows, columns, values)
        self.method = "lifting"

    @cached_property
    def _factors(self) -> _Factors | None:
        # SuperLU is not safe with matrices that are singular by their pattern alone.
        if structural_rank(self.matrix.compressed(np.ones(len(self.matrix.values)))) < self.matrix.shape[0]:
            return None
        try:
            factors = _Factors(self.matrix)
        except (RuntimeError, OverflowError):  # a zero pivot, or integers beyond all doubles
            return None
        return factors if factors.inverse_size < _LARGEST_INVERSE else None

    def solve(self, right: IntegerArray) -> Solution:
        """Return integers z and d with K z = d × right.

        Parameters
        ----------
        right : int64 array or object array of int, length n

        Returns
        -------
        numerators : object array of int, length n
        denominator : int, positive

        Raises
        ------
        SingularMatrixError
            If the matrix has no inverse.
        """
        return self._solve(self.matrix, right, transposed=False)

    def solve_transposed(self, right: IntegerArray) -> Solution:
        """Return integers z and d with z K = d × right; see `solve`."""
        return self._solve(self.matrix.transposed, right, transposed=True)

    def _solve(self, matrix: IntegerMatrix, right: IntegerArray, transposed: bool) -> Solution:
        right = integers(right)
        if not len(right):
            return np.zeros(0, dtype=object), 1
        with np.errstate(all="ignore"):
            factors = self._factors
            solution = None if factors is None else _Lifting(matrix, factors, right, transposed).solve()
        if solution is None:
            self.method = "elimination"
            solution = _Elimination(matrix, right).solve()
        return solution
