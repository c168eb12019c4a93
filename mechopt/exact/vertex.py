r"""The exact primal and dual point of a basis, and the proof that it is optimal.

With R the nonbasic rows and C the basic columns of a basis, the point solves :math:`A_{RC} x_C = b_R - A_{RN} x_N` and
the prices solve :math:`A_{RC}^\top y_R = c_C`; everything else sits at a bound or is zero. Both are solved over the
rationals and checked against the whole program in integers. A basis that fails is refined: its violations, magnified,
are a new program of the same matrix [1]_. Where that does not end, a few exact pivots of the simplex method do.

References
----------
.. [1] A. M. Gleixner, D. E. Steffy, K. Wolter, "Iterative refinement for linear programming", INFORMS J. Comput. 28
   (2016), 449-464. https://doi.org/10.1287/ijoc.2016.0692
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mechopt.exact.corner import Corner, Vertex
from mechopt.exact.matrix import IntegerMatrix, SingularMatrixError, magnitude
from mechopt.exact.pivots import pivoted
from mechopt.program.linear import Basis, Program, quotient
from mechopt.rational import IntegerArray

__all__ = ["Resolve", "Vertex", "prove"]

Floats = NDArray[np.float64]
_Pair = tuple[Floats, Floats]

# Magnified costs beyond this forbid no less, and solvers lose digits over them.
_LARGEST_COST = 1e6
# Rounds of refinement; binary digits a round reads from a solver's answer and by which it magnifies at most.
_ROUNDS, _DIGITS = 10, 40


class Resolve(Protocol):
    """A solver of magnified programs that have the proved program's matrix."""

    def __call__(
        self,
        objective: Floats,
        column_lower: Floats,
        column_upper: Floats,
        row_lower: Floats,
        row_upper: Floats,
        row_objective: Floats,
        start: Basis,
    ) -> tuple[Basis, Floats, Floats] | None:
        r"""Maximise objective · x + row_objective · s subject to A x - s = 0 and to bounds on x and s.

        Parameters
        ----------
        objective, column_lower, column_upper : float arrays, length n_columns
        row_lower, row_upper, row_objective : float arrays, length n_rows
            Bounds (infinite where there is none) and costs of the row activities s, in natural rows. The costs are the
            prices found so far: they were subtracted from the program. A solver needs explicit columns for s.
        start : Basis
            The basis to start from: positions of x and s, the logicals of A x - s = 0 all nonbasic. Other starts leave
            far bounds, and with them rounding errors, in the basis.

        Returns
        -------
        (Basis, x, y) or None
            Positions of x and s (s is basic too where the logical of its row is), the point x, and the multipliers y of
            A x - s = 0, so that reduced costs are objective - A'y and row_objective + y. None if there is no optimum.
        """
        ...


def prove(program: Program, basis: Basis, resolve: Resolve | None = None) -> Vertex | None:
    r"""Return the exact point and prices of a basis, refined until they are proved optimal if `resolve` is given.

    Parameters
    ----------
    program : Program
    basis : Basis
        A float solver's final basis. One that is singular or of the wrong size is repaired with row activities.
    resolve : Resolve, optional
        A solver for magnified programs. Without it, what the basis gives is returned, flagged.

    Returns
    -------
    Vertex or None
        Optimal if its `optimal` says so. None if the basis has no point.

    Examples
    --------
    Maximise x subject to 3 x <= 1.

    >>> one, yes, no = np.ones(1, dtype=np.int64), np.array([True]), np.array([False])
    >>> program = Program(1, 1, 0 * one, 0 * one, 3 * one, one, one, one, no, yes, 0 * one, one, yes, no, one, 1, no)
    >>> vertex = prove(program, Basis(np.array([1], np.int8), np.array([2], np.int8)))
    >>> vertex.optimal, str(vertex.value), str(vertex.bound)
    (True, '1/3', '1/3')

    References
    ----------
    .. [1] A. M. Gleixner, D. E. Steffy, K. Wolter, "Iterative refinement for linear programming",
       INFORMS J. Comput. 28 (2016), 449-464. https://doi.org/10.1287/ijoc.2016.0692
    """
    shape = program.n_rows, program.n_columns
    matrix = IntegerMatrix(shape, program.entry_rows, program.entry_columns, program.entry_values)
    best = _vertex(program, matrix, basis)
    if resolve is None or (best is not None and best.optimal):
        return best
    basis = basis if best is None else best.basis
    for refinements, refined in enumerate(_refined(program, matrix, basis, best, resolve), start=1):
        vertex = _vertex(program, matrix, refined)
        if vertex is not None and (best is None or _merit(vertex) >= _merit(best)):
            best = replace(vertex, refinements=refinements)
        if best is not None and best.optimal:
            return best
    return best if best is None else _merited(best, pivoted(program, matrix, best.basis))


def _merited(best: Vertex, further: Vertex | None) -> Vertex:
    return best if further is None or _merit(further) < _merit(best) else replace(further, refinements=best.refinements)


def _merit(vertex: Vertex) -> int:
    return vertex.primal_feasible + vertex.dual_feasible


def _vertex(program: Program, matrix: IntegerMatrix, basis: Basis) -> Vertex | None:
    for _ in range(2):
        corner = Corner(program, matrix, basis)
        try:
            return corner.vertex()
        except SingularMatrixError as error:
            basis = corner.repaired(error)
    return None


def _refined(program: Program, matrix: IntegerMatrix, basis: Basis, vertex: Vertex | None, resolve: Resolve) -> Iterator[Basis]:
    """Yield the bases of programs magnified around better and better points."""
    focus = _Focus(program, matrix, vertex)
    for _ in range(_ROUNDS):
        corner = Corner(program, matrix, basis)
        answer = resolve(*focus.magnified(corner), corner.basis)
        if answer is None or not (np.all(np.isfinite(answer[1])) and np.all(np.isfinite(answer[2]))):
            return
        basis = answer[0]
        focus.correct(*answer[1:])
        yield basis


class _Focus:
    """A point and prices, integers over 2^digits, and the exponents by which their violations are magnified."""

    def __init__(self, program: Program, matrix: IntegerMatrix, vertex: Vertex | None) -> None:
        self.program, self.matrix, self.zoom = program, matrix, [0, 0]
        self.denominators = program.row_denominators.astype(object)
        # Prices of natural rows lose the digits of their row's denominator.
        self.spare = _DIGITS + magnitude(program.row_denominators).bit_length()
        self.digits = self.spare + _DIGITS
        self.point, self.prices = (np.zeros(size, dtype=object) for size in (program.n_columns, program.n_rows))
        if vertex is not None:
            self.point += (vertex.x_numerators.astype(object) << self.digits) // vertex.x_denominator
            raised = (vertex.y_numerators.astype(object) * program.objective_denominator) << self.digits
            self.prices += raised // vertex.y_denominator

    def magnified(self, corner: Corner) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
        """Return the data of the program whose variables are the magnified corrections; see `Resolve`."""
        columns, rows, costs = self._left(corner)
        if self.zoom == [0, 0] and max(_violations(corner, columns, rows, costs)) > 1:
            # A point so wrong is no help: start from nothing.
            self.point[:], self.prices[:] = 0, 0
            columns, rows, costs = self._left(corner)
        violations = _violations(corner, columns, rows, costs)
        self.zoom = [_zoom(old, violation) for old, violation in zip(self.zoom, violations, strict=True)]
        larger = (np.ldexp(cost, self.zoom[1]) for cost in costs)
        objective, row_objective = (np.clip(cost, -_LARGEST_COST, _LARGEST_COST) for cost in larger)
        bounds = [np.ldexp(bound, self.zoom[0]) for bound in (*columns, *rows)]
        return objective, bounds[0], bounds[1], bounds[2], bounds[3], row_objective

    def _left(self, corner: Corner) -> tuple[_Pair, _Pair, _Pair]:
        """Return what the point leaves of column and natural row bounds, and the prices of column and row costs."""
        unit = np.array([self.program.objective_denominator << self.digits], dtype=object)
        reduced = (self.program.objective.astype(object) << self.digits) - self.matrix.transposed.times(self.prices)
        return (
            corner.columns.slack(self.point, self.digits, np.ones(1, dtype=np.int64)),
            corner.rows.slack(self.matrix.times(self.point), self.digits, self.program.row_denominators),
            (quotient(reduced, unit), quotient(self.prices * self.denominators, unit)),
        )

    def correct(self, point: Floats, prices: Floats) -> None:
        """Add the corrections found in the magnified program."""
        digits = max(self.digits, max(self.zoom) + self.spare)
        raised, self.digits = digits - self.digits, digits
        self.point = (self.point << raised) + (_read(point) << (digits - self.zoom[0] - _DIGITS))
        larger = (_read(prices) << (digits - self.zoom[1] - _DIGITS)) * self.program.objective_denominator
        self.prices = (self.prices << raised) + larger // self.denominators


def _violations(corner: Corner, columns: _Pair, rows: _Pair, costs: _Pair) -> tuple[float, float]:
    primal = max(corner.columns.distance(*columns), corner.rows.distance(*rows))
    return primal, max(corner.columns.violation(costs[0]), corner.rows.violation(costs[1]))


def _zoom(old: int, violation: float) -> int:
    """Return the exponent that magnifies `violation` to one, not much more than before."""
    wanted = -int(np.frexp(violation)[1]) if violation > 0 else old
    return max(0, min(wanted, old + _DIGITS))


def _read(values: Floats) -> IntegerArray:
    result = np.empty(len(values), dtype=object)
    result[:] = [int(value) for value in np.rint(np.ldexp(values, _DIGITS)).tolist()]
    return result
