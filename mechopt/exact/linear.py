r"""Solve square sparse systems of integer equations exactly.

*Lifting*: a float factorisation of the matrix gives a few dozen bits of the solution, the residual is kept in integers,
and solving for the residual gives the next bits. The rational solution is read off its first bits by continued
fractions, over one denominator or entry by entry, and proved [1]_ [2]_. *Elimination* over the rationals decides where
floats cannot: lines with a single entry first, a dense core at the end.

References
----------
.. [1] Z. Wan, "An algorithm to solve integer linear systems exactly using numerical methods", J. Symb. Comput. 41
   (2006), 621-632. https://doi.org/10.1016/j.jsc.2005.11.001
.. [2] B. D. Saunders, D. H. Wood, B. S. Youse, "Numeric-symbolic exact rational linear system solver", ISSAC 2011,
   305-312. https://doi.org/10.1145/1993886.1993932
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components, maximum_bipartite_matching
from scipy.sparse.linalg import splu

from mechopt.exact.elimination import Elimination
from mechopt.exact.matrix import IntegerMatrix, Solution, magnitude
from mechopt.rational import IntegerArray, integers

__all__ = ["Kernel"]

Indices = NDArray[np.int64]
Floats = NDArray[np.float64]

# Bits a float solve is asked for, at first and at most, and the least it must bring; bits after which lifting gives up.
_FIRST_BITS, _MOST_BITS, _LEAST_BITS, _LONGEST = 40, 50, 6, 1 << 17
# The inverse of an equilibrated matrix beyond this size may be that of rounding errors.
_LARGEST_INVERSE = 1e12


class _Factors:
    """Float factors of a matrix scaled by powers of two and permuted to block triangular form."""

    def __init__(self, matrix: IntegerMatrix, matching: Indices) -> None:
        size, rows, columns = matrix.shape[0], matrix.rows, np.argsort(matching)[matrix.columns]
        doubles = matrix.values.astype(np.float64)
        scales, exponents = [np.zeros(size, dtype=np.int64)] * 2, np.frexp(doubles)[1]
        # Equilibrate: row means and column means of the exponents are brought to zero in turn.
        for side, line, other in ((0, rows, columns), (1, columns, rows), (0, rows, columns)):
            sums = np.bincount(line, exponents + scales[1 - side][other])
            scales[side] = np.rint(-sums / np.bincount(line)).astype(np.int64)
        doubles = np.ldexp(doubles, scales[0][rows] + scales[1][columns])
        # Only entries inside a block can fill up: their order is SuperLU's choice, the blocks' order is topological.
        pattern = sp.csr_array((doubles, (rows, columns)), shape=(size, size))
        labels = connected_components(pattern, connection="strong")[1]
        inside = labels[rows] == labels[columns]
        blocks = sp.csc_array((doubles[inside], (rows[inside], columns[inside])), shape=(size, size))
        order = np.lexsort((splu(blocks).perm_c, -labels))
        place = np.argsort(order)
        permuted = sp.csc_array((doubles, (place[rows], place[columns])), shape=(size, size))
        self.lu: Any = splu(permuted, permc_spec="NATURAL")
        self.lines = (order, scales[0][order]), (matching[order], scales[1][order])
        self.inverse_size = float(np.abs(self.lu.solve(np.random.default_rng(0).standard_normal(size))).max())

    def solve(self, right: IntegerArray, transposed: bool) -> tuple[Floats, int]:
        """Return doubles and an exponent: their product with 2^exponent is close to the solution."""
        (order, scale), (places, rescale) = self.lines[::-1] if transposed else self.lines
        dropped = max(magnitude(right).bit_length() - 500, 0)
        solution = (right >> dropped).astype(np.float64)
        scaled = np.ldexp(solution[order], scale)
        solution[places] = np.ldexp(self.lu.solve(scaled, "T" if transposed else "N"), rescale)
        return solution, dropped


class _Lifting:
    r"""The first bits of a solution: an integer vector X, in digits, and its residual :math:`2^S b - K X`, exactly."""

    def __init__(self, matrix: IntegerMatrix, factors: _Factors, right: IntegerArray, transposed: bool) -> None:
        self.matrix, self.factors, self.transposed = matrix, factors, transposed
        self.right, self.residual, self.bits = right, right, 0
        self.digits: list[tuple[IntegerArray, int]] = []

    def solve(self) -> Solution | None:
        """Return the proved solution, or None where floats do not contract."""
        target, attempt, least = _FIRST_BITS, 24, -math.inf
        while np.any(self.residual):
            correction, exponent = self.factors.solve(self.residual, self.transposed)
            # The correction, and so the error of X, is below 2^top.
            top = math.frexp(float(np.abs(correction).max()))[1] + exponent
            accuracy = self.bits - top
            if accuracy < least or attempt > _LONGEST or not np.all(np.isfinite(correction)):
                return None
            if accuracy >= attempt:
                solution = self._reconstruct(min(accuracy - 1, self.bits))
                if solution is not None:
                    return solution
                attempt = accuracy * 5 // 4
            if self.digits:
                target = max(_LEAST_BITS, min(_MOST_BITS, target + (-top if top > 0 else 4)))
            self._append(correction, exponent, top, max(target - top, 0))
            least = accuracy + _LEAST_BITS
        leading = self._leading(1)
        common = math.gcd(1 << self.bits, *leading.tolist())
        return leading // common, (1 << self.bits) // common

    def _append(self, correction: Floats, exponent: int, top: int, shift: int) -> None:
        excess = max(top + shift - 62, 0)
        digits = np.rint(np.ldexp(correction, exponent + shift - excess)).astype(np.int64)
        digits = digits.astype(object) << excess if excess else digits
        self.residual = self._remainder(digits, shift)
        self.digits.append((digits, shift))
        self.bits += shift

    @cached_property
    def _native(self) -> tuple[sp.csr_array, ...]:
        """The matrix modulo 2^64, its doubles, and their magnitudes."""
        doubles = self.matrix.values.astype(np.float64)
        parts = self.matrix.values.view(np.uint64), doubles, np.abs(doubles)
        return tuple(self.matrix.compressed(part) for part in parts)

    def _remainder(self, digits: IntegerArray, shift: int) -> IntegerArray:
        """Return 2^shift × residual - K × digits, exactly."""
        if shift < 60 and not any(part.dtype == object for part in (self.matrix.values, self.residual, digits)):
            modular, near, magnitudes = self._native
            doubles, raised = digits.astype(np.float64), np.ldexp(self.residual.astype(np.float64), shift)
            error = (np.diff(self.matrix.starts).max() + 8) * 2.0**-52 * (magnitudes @ np.abs(doubles) + np.abs(raised))
            # The float value is wrong by at most `error`. If the true one fits into int64, it is its value mod 2^64.
            if float((np.abs(raised - near @ doubles) + error).max()) < 2.0**62:
                wrapped = (self.residual.view(np.uint64) << np.uint64(shift)) - modular @ digits.view(np.uint64)
                return np.asarray(wrapped).view(np.int64)
        return integers((self.residual.astype(object) << shift) - self.matrix.times(digits))

    def _leading(self, step: int) -> IntegerArray:
        leading = np.zeros(self.matrix.shape[0], dtype=object)[::step]
        for digits, shift in self.digits:
            leading = (leading << shift) + digits[::step].astype(object)
        return leading

    def _reconstruct(self, accuracy: int) -> Solution | None:
        """Return the rational solution near X over 2^S if it can be seen and proved."""
        return self._together(accuracy) or self._separately(accuracy)

    def _samples(self) -> Iterator[IntegerArray]:
        """Yield a few entries of X, which refuse most attempts that come too early, then all of them."""
        return map(self._leading, (max(len(self.residual) // 12, 1), 1))

    def _together(self, accuracy: int) -> Solution | None:
        """Return the solution if the denominator that all entries have in common is short."""
        denominator = 1
        for leading in self._samples():
            denominator = _denominator(leading, self.bits, accuracy, denominator)
            if not denominator:
                return None
        scaled = leading * denominator
        numerators = (scaled + (1 << (self.bits - 1))) >> self.bits
        error = magnitude((numerators << self.bits) - scaled)
        # 2^S (K N - D b) = K (2^S N - D X) - D (2^S b - K X): below 2^S the integers K N - D b are all zero.
        proved = self.matrix.norm * error + denominator * magnitude(self.residual) < 1 << self.bits
        return (numerators, denominator) if proved else None

    def _separately(self, accuracy: int) -> Solution | None:
        """Return the solution if every entry has a short denominator, however long the one that they have in common is.

        Sums along a chain of types are of that sort: a term for every type, each over a number of its own.
        """
        tolerance = 1 << (self.bits - accuracy)
        for leading in self._samples():
            own = [_simplest(entry, self.bits, tolerance) for entry in leading.tolist()]
            if not all(own):
                return None
        different = sorted(set(own))
        denominator = _common_multiple(different)
        factors = {number: denominator // number for number in different}
        numerators = (leading * np.array(own, dtype=object) + (1 << (self.bits - 1))) >> self.bits
        numerators *= np.array([factors[number] for number in own], dtype=object)
        proved = np.array_equal(self.matrix.times(numerators), self.right.astype(object) * denominator)
        return (numerators, denominator) if proved else None


def _denominator(leading: IntegerArray, bits: int, accuracy: int, denominator: int) -> int:
    """Return the multiple of `denominator` common to all `leading` / 2^bits, known to 2^-accuracy; 0 if not seen."""
    half, mask = (1 << bits) >> 1, (1 << bits) - 1
    while denominator and denominator.bit_length() + 8 < accuracy:
        tolerance = denominator << (bits - accuracy)
        offsets = ((leading * denominator + half) & mask) - half
        wrong = np.flatnonzero(np.abs(offsets) > tolerance)
        if not wrong.size:
            return denominator
        leading = leading[wrong]
        denominator *= _simplest(int(offsets[wrong[0]]), bits, tolerance)
    return 0


def _simplest(offset: int, bits: int, tolerance: int) -> int:
    """Return the denominator of the first convergent of offset / 2^bits within `tolerance`; 0 if it is no surprise."""
    whole = 1 << bits
    before, left = whole, offset % whole
    last, denominator = 0, 1
    while left > tolerance * denominator:
        quotient, rest = divmod(before, left)
        before, left = left, rest
        last, denominator = denominator, last + quotient * denominator
    return denominator if (denominator**2 * tolerance) << 6 < whole else 0


def _common_multiple(numbers: list[int]) -> int:
    """Return the least common multiple, by pairs: one that grows number by number would be gone through for every one of them."""
    while len(numbers) > 1:
        numbers = [math.lcm(*numbers[k : k + 2]) for k in range(0, len(numbers), 2)]
    return numbers[0]


class Kernel:
    """A square sparse integer matrix, factored once, that solves systems exactly.

    Parameters
    ----------
    n : int
        Number of rows and columns.
    rows, columns, values : arrays, length n_entries
        See `IntegerMatrix`.

    Attributes
    ----------
    method : str
        ``"lifting"``, or ``"elimination"`` once a system needed it.

    Examples
    --------
    >>> Kernel(2, np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([2, 1, 3])).solve(np.array([1, 1]))
    (array([1, 1], dtype=object), 3)
    """

    def __init__(self, n: int, rows: Indices, columns: Indices, values: IntegerArray) -> None:
        self.matrix = IntegerMatrix((n, n), rows, columns, values)
        self.method = "lifting"

    @cached_property
    def _factors(self) -> _Factors | None:
        pattern = self.matrix.compressed(np.ones(len(self.matrix.values)))
        matching = maximum_bipartite_matching(pattern, perm_type="column").astype(np.int64)
        # SuperLU is not safe with matrices that are singular by their pattern alone.
        if np.any(matching < 0):
            return None
        try:
            factors = _Factors(self.matrix, matching)
        except (RuntimeError, OverflowError, MemoryError):  # a zero pivot, integers beyond all doubles, fill
            return None
        return factors if factors.inverse_size < _LARGEST_INVERSE else None

    def solve(self, right: IntegerArray) -> Solution:
        """Return integers z (object array, length n) and d > 0 with K z = d × `right`, in lowest terms.

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
            solution = None if self._factors is None else _Lifting(matrix, self._factors, right, transposed).solve()
        if solution is None:
            self.method = "elimination"
            solution = Elimination(matrix, right).solve()
        return solution
