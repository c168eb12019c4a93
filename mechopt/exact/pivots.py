"""Pivots of the simplex method in exact arithmetic, for the last steps that no float solver can see.

From a basis with prices of the right signs the dual method is taken, from one whose point is within all bounds the primal one; from any
other, the dual one without costs until the point is within all bounds. Every pivot solves a handful of systems anew: few are affordable.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mechopt.exact.corner import Corner, Vertex
from mechopt.exact.matrix import IntegerMatrix, SingularMatrixError
from mechopt.program.linear import Basis, Position, Program
from mechopt.rational import IntegerArray, integers

__all__ = ["pivoted"]

Flags = NDArray[np.bool_]

# The most pivots, and fewer where rows and columns are many; the share of them after which the first choice is taken: that one never cycles.
_MOST, _WORK, _GREEDY = 300, 300_000, 0.5


def pivoted(program: Program, matrix: IntegerMatrix, basis: Basis) -> Vertex | None:
    """Return the vertex that exact pivots lead to from a basis, optimal or the last one that was affordable; None if there is none.

    Parameters
    ----------
    program : Program
    matrix : IntegerMatrix
        Its rows.
    basis : Basis
        One that has a vertex.

    Returns
    -------
    Vertex or None
        What is true of it is flagged; how many pivots led to it is counted.

    Examples
    --------
    Maximise x + y with x + y <= 1 and both in [0, 1], from the corner (1, 1) outside.

    >>> one, yes, no = np.ones(1, dtype=np.int64), np.array([True]), np.array([False])
    >>> two, both = np.ones(2, dtype=np.int64), np.array([True, True])
    >>> program = Program(1, 2, 0 * two, np.array([0, 1]), two, one, one, one, no, yes, 0 * two, two, both, both, two, 1, ~both)
    >>> matrix = IntegerMatrix((1, 2), program.entry_rows, program.entry_columns, program.entry_values)
    >>> vertex = pivoted(program, matrix, Basis(np.array([2, 2], np.int8), np.array([1], np.int8)))
    >>> vertex.optimal, str(vertex.value)
    (True, '1')
    """
    vertex = None
    most = min(_MOST, _WORK // max(program.n_rows + program.n_columns, 1))
    for count in range(most):
        corner = Corner(program, matrix, basis)
        try:
            vertex = replace(corner.vertex(), pivots=count)
            following = None if vertex.optimal else _Pivot(corner, vertex, greedy=count < _GREEDY * most).following()
        except SingularMatrixError:
            return vertex
        if following is None:
            return vertex
        basis = following
    return vertex


class _Pivot:
    """One step from a vertex. Columns come first, then the activities of rows, in every array."""

    def __init__(self, corner: Corner, vertex: Vertex, *, greedy: bool) -> None:
        program, self.corner, self.vertex, self.greedy = corner.program, corner, vertex, greedy
        self.n, sides = program.n_columns, (corner.columns, corner.rows)
        self.status = np.concatenate([side.status for side in sides])
        self.lower, self.upper = (np.concatenate([getattr(side, name).astype(object) for side in sides]) for name in ("lower", "upper"))
        self.has_lower, self.has_upper = (np.concatenate([getattr(side, name) for side in sides]) for name in ("has_lower", "has_upper"))
        self.basic = self.status == Position.BASIC
        self.movable = ~self.basic & ~(self.has_lower & self.has_upper & (self.lower == self.upper))
        self.kernel = corner.kernel()

    def following(self) -> Basis | None:
        """Return the next basis; None if there is no optimum."""
        return self._primal() if self.vertex.primal_feasible and not self.vertex.dual_feasible else self._dual()

    def _prices(self) -> IntegerArray:
        """Return derivatives of the maximum in each variable, over the prices' denominator; all zero if their signs are no use."""
        if not self.vertex.dual_feasible and not self.vertex.primal_feasible:
            return np.zeros(len(self.status), dtype=object)
        prices, program = self.vertex.y_numerators.astype(object), self.corner.program
        scale = self.vertex.y_denominator // program.objective_denominator
        reduced = program.objective.astype(object) * scale - self.corner.matrix.transposed.times(self.vertex.y_numerators)
        return np.concatenate([reduced, prices])

    def _values(self) -> IntegerArray:
        point = self.vertex.x_numerators
        return np.concatenate([point.astype(object), self.corner.matrix.times(point).astype(object)])

    def _chosen(self, places: NDArray[np.int64], merits: IntegerArray) -> int:
        return int(places[int(np.argmax(merits))]) if self.greedy else int(places[0])

    def _dual(self) -> Basis | None:
        values, denominator = self._values(), self.vertex.x_denominator
        below = np.where(self.basic & self.has_lower, self.lower * denominator - values, 0)
        above = np.where(self.basic & self.has_upper, values - self.upper * denominator, 0)
        missing = np.maximum(np.maximum(below, above), 0)
        violated = np.flatnonzero(missing)
        if not len(violated):
            return None
        leaving = self._chosen(violated, missing[violated])
        rises = below[leaving] > 0
        effect = self._effects(leaving) * (1 if rises else -1)
        up, down = self.movable & (self.status != Position.UPPER), self.movable & (self.status != Position.LOWER)
        helping = np.flatnonzero((up & (effect > 0)) | (down & (effect < 0)))
        if not len(helping):
            return None
        prices = self._prices()
        entering = min(helping.tolist(), key=lambda k: Fraction(abs(int(prices[k])), abs(int(effect[k]))))
        return self._exchanged(leaving, entering, Position.LOWER if rises else Position.UPPER)

    def _effects(self, leaving: int) -> IntegerArray:
        """Return, up to a positive factor, how a basic variable answers to every nonbasic one."""
        corner, n = self.corner, self.n
        own = np.zeros(n, dtype=object)
        if leaving >= n:
            entries = corner.matrix.rows == leaving - n
            own[corner.matrix.columns[entries]] = corner.matrix.values[entries]
            right = own[corner.basic_columns]
        else:
            right = (corner.basic_columns == leaving).astype(object)
        solution, denominator = self.kernel.solve_transposed(right)
        weights = np.zeros(corner.program.n_rows, dtype=object)
        weights[corner.nonbasic_rows] = solution
        return np.concatenate([own * denominator - corner.matrix.transposed.times(weights), weights])

    def _primal(self) -> Basis | None:
        prices = self._prices()
        wrong = self.movable & (((prices > 0) & (self.status != Position.UPPER)) | ((prices < 0) & (self.status != Position.LOWER)))
        entering = self._chosen(np.flatnonzero(wrong), np.abs(prices[wrong]))
        step, scale = self._moves(entering, 1 if prices[entering] > 0 else -1)
        values, denominator = self._values(), self.vertex.x_denominator
        lowest = None
        for k in np.flatnonzero(step).tolist():
            bounded, bound = (self.has_upper[k], self.upper[k]) if step[k] > 0 else (self.has_lower[k], self.lower[k])
            if not bounded:
                continue
            room = Fraction((bound * denominator - values[k]) * scale, denominator * step[k])
            if lowest is None or room < lowest[0]:
                lowest = room, k
        if lowest is None:
            return None
        leaving = lowest[1]
        return self._exchanged(leaving, entering, Position.UPPER if step[leaving] > 0 else Position.LOWER)

    def _moves(self, entering: int, sign: int) -> tuple[IntegerArray, int]:
        """Return how all variables move with a nonbasic one, as integers over a denominator."""
        corner, n = self.corner, self.n
        moved = np.zeros(n, dtype=object)
        if entering >= n:
            right = (corner.nonbasic_rows == entering - n).astype(object) * sign
        else:
            column = np.zeros(corner.program.n_rows, dtype=object)
            entries = corner.matrix.columns == entering
            column[corner.matrix.rows[entries]] = corner.matrix.values[entries]
            right = -sign * column[corner.nonbasic_rows]
        solution, denominator = self.kernel.solve(integers(right))
        moved[corner.basic_columns] = solution
        if entering < n:
            moved[entering] = sign * denominator
        return np.concatenate([moved, corner.matrix.times(moved).astype(object)]), denominator

    def _exchanged(self, leaving: int, entering: int, position: Position) -> Basis:
        """Return the basis with one variable for another; the same variable just goes to its other bound."""
        status = self.status.copy()
        status[entering] = Position.BASIC
        status[leaving] = position
        return Basis(status[: self.n], status[self.n :])
