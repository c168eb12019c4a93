r"""The exact primal and dual point of a basis, and the proof that it is optimal.

With R the nonbasic rows and C the basic columns of a basis, the point solves :math:`A_{RC} x_C = b_R - A_{RN} x_N` and
the prices solve :math:`A_{RC}^\top y_R = c_C`; everything else sits at a bound or is zero. Both are solved over the
rationals and checked against the whole program in integers. A basis that fails is refined: its violations, magnified,
are a new program of the same matrix [1]_.

References
----------
.. [1] A. M. Gleixner, D. E. Steffy, K. Wolter, "Iterative refinement for linear programming", INFORMS J. Comput. 28
   (2016), 449-464. https://doi.org/10.1287/ijoc.2016.0692
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mechopt.exact.linear import Kernel
from mechopt.exact.matrix import IntegerMatrix, SingularMatrixError, Solution, magnitude
from mechopt.program.linear import Basis, Position, Program, quotient
from mechopt.rational import IntegerArray, integers

__all__ = ["Resolve", "Vertex", "prove"]

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Status = NDArray[np.int8]
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


@dataclass(frozen=True, eq=False)
class Vertex:
    r"""An exact basic point of a program and its exact prices.

    Attributes
    ----------
    basis : Basis
        The basis they belong to: the given one unless it was repaired or refined.
    x_numerators, x_denominator : integer array, length n_columns, and int
        The point.
    y_numerators, y_denominator : integer array, length n_rows, and int
        Derivatives of the maximum in the right-hand sides of the *integer* rows.
    primal_feasible, dual_feasible : bool
        Whether the point meets all bounds, and whether prices and reduced costs have the right signs.
    value, bound : Fraction
        :math:`c \cdot x`, and the value of the prices at the bounds of the basis: an upper bound if `dual_feasible`.
    refinements : int
        Rounds of refinement behind the basis.
    method : str
        How the systems were solved: ``"lifting"`` or ``"elimination"``.
    """

    basis: Basis
    x_numerators: IntegerArray
    x_denominator: int
    y_numerators: IntegerArray
    y_denominator: int
    primal_feasible: bool
    dual_feasible: bool
    value: Fraction
    bound: Fraction
    refinements: int
    method: str

    @property
    def optimal(self) -> bool:
        """Whether the point is proved optimal."""
        return self.primal_feasible and self.dual_feasible and self.value == self.bound


@dataclass(frozen=True, eq=False)
class _Side:
    """The rows or the columns of a program: bounds and positions."""

    status: Status
    lower: IntegerArray
    upper: IntegerArray
    has_lower: Flags
    has_upper: Flags

    @classmethod
    def of(cls, status: Status, lower: IntegerArray, upper: IntegerArray, has_lower: Flags, has_upper: Flags) -> _Side:
        """Return the side with every nonbasic variable at a bound it has."""
        low, high = (status == Position.LOWER) & has_lower, (status == Position.UPPER) & has_upper
        instead = np.where(has_lower, Position.LOWER, np.where(has_upper, Position.UPPER, Position.FREE))
        meant = np.where(low | high | (status == Position.BASIC), status, instead).astype(np.int8)
        return cls(meant, lower, upper, has_lower, has_upper)

    @property
    def basic(self) -> Flags:
        """Which variables are basic."""
        return np.asarray(self.status == Position.BASIC)

    @cached_property
    def active(self) -> IntegerArray:
        """The bounds where the nonbasic variables are, zero elsewhere."""
        zero = np.zeros(len(self.status), dtype=np.int64)
        upper = np.where(self.status == Position.UPPER, self.upper, zero)
        return integers(np.where(self.status == Position.LOWER, self.lower, upper))

    def admit(self, values: IntegerArray, denominator: int) -> bool:
        """Return whether values / denominator lie within the bounds."""
        below = self.has_lower & (values < _scaled(self.lower, denominator))
        above = self.has_upper & (values > _scaled(self.upper, denominator))
        return not bool(np.any(below | above))

    def wrong_signs(self, prices: IntegerArray) -> Flags:
        """Return where a price (derivative in the bound) has a sign its position forbids."""
        fixed = self.has_lower & self.has_upper & (self.lower == self.upper) & ~self.basic
        positive = (prices > 0) & (self.status != Position.UPPER)
        negative = (prices < 0) & (self.status != Position.LOWER)
        return np.asarray((positive | negative) & ~fixed, dtype=np.bool_)

    def violation(self, prices: Floats) -> float:
        """Return the largest price of a wrong sign."""
        return float(np.max(np.abs(prices[self.wrong_signs(prices)]), initial=0.0))

    def distance(self, lower: Floats, upper: Floats) -> float:
        """Return how far values with such slacks are outside their bounds, or away from those they are at."""
        away = np.select([self.status == Position.LOWER, self.status == Position.UPPER], [np.abs(lower), np.abs(upper)])
        return float(np.max([away, lower, -upper], initial=0.0))

    def slack(self, values: IntegerArray, digits: int, denominators: IntegerArray) -> tuple[Floats, Floats]:
        """Return what lies between `values` / 2^digits and the bounds, in units of 1 / denominators."""
        unit = denominators.astype(object) << digits
        lower, upper = (quotient((bound.astype(object) << digits) - values, unit) for bound in (self.lower, self.upper))
        return np.where(self.has_lower, lower, -np.inf), np.where(self.has_upper, upper, np.inf)


def _scaled(values: IntegerArray, factor: int) -> IntegerArray:
    fits = values.dtype != object and max(magnitude(values), 1) * factor < 2**63
    return values * np.int64(factor) if fits else values.astype(object) * factor


def _difference(left: IntegerArray, right: IntegerArray) -> IntegerArray:
    fits = left.dtype != object and right.dtype != object and magnitude(left) + magnitude(right) < 2**63
    return left - right if fits else integers(left.astype(object) - right)


def _dot(left: IntegerArray, right: IntegerArray) -> int:
    chosen = (left != 0) & (right != 0)
    return int(np.sum(left[chosen].astype(object) * right[chosen].astype(object)))


class _Corner:
    """A program together with a basis."""

    def __init__(self, program: Program, matrix: IntegerMatrix, basis: Basis) -> None:
        row_bounds = program.row_lower, program.row_upper, program.row_has_lower, program.row_has_upper
        column_bounds = program.column_lower, program.column_upper, program.column_has_lower, program.column_has_upper
        self.program, self.matrix = program, matrix
        self.rows, self.columns = _Side.of(basis.row_status, *row_bounds), _Side.of(basis.column_status, *column_bounds)
        self.nonbasic_rows, self.basic_columns = np.flatnonzero(~self.rows.basic), np.flatnonzero(self.columns.basic)

    @property
    def basis(self) -> Basis:
        """The positions, with every nonbasic variable at a bound it has."""
        return Basis(self.columns.status, self.rows.status)

    def repaired(self, error: SingularMatrixError) -> Basis:
        """Return the basis in which activities replace the columns that depend on others."""
        row_status, column_status = self.rows.status.copy(), self.columns.status.copy()
        row_status[[self.nonbasic_rows[k] for k in error.rows if k < len(self.nonbasic_rows)]] = Position.BASIC
        column_status[[self.basic_columns[k] for k in error.columns if k < len(self.basic_columns)]] = Position.LOWER
        return Basis(column_status, row_status)

    def kernel(self) -> Kernel:
        """Return the matrix of the nonbasic rows and basic columns, or raise `SingularMatrixError`."""
        rows, columns = np.cumsum(~self.rows.basic) - 1, np.cumsum(self.columns.basic) - 1
        kept = ~self.rows.basic[self.matrix.rows] & self.columns.basic[self.matrix.columns]
        sizes = len(self.nonbasic_rows), len(self.basic_columns)
        places = rows[self.matrix.rows[kept]], columns[self.matrix.columns[kept]]
        kernel = Kernel(max(sizes), *places, self.matrix.values[kept])
        if sizes[0] != sizes[1]:
            # Filled up with zeros it is singular, and the error tells what is too much.
            kernel.solve(np.zeros(max(sizes), dtype=np.int64))
        return kernel

    def vertex(self) -> Vertex:
        """Return point and prices with everything that is true of them, or raise `SingularMatrixError`."""
        program, kernel, bounds = self.program, self.kernel(), self.columns.active
        inactive = _difference(self.rows.active, self.matrix.times(bounds))[self.nonbasic_rows]
        point, denominator = _placed(bounds, self.basic_columns, kernel.solve(inactive))
        no_prices = np.zeros(program.n_rows, dtype=np.int64)
        solution = kernel.solve_transposed(program.objective[self.basic_columns])
        prices, scale = _placed(no_prices, self.nonbasic_rows, solution)
        reduced = _difference(_scaled(program.objective, scale), self.matrix.transposed.times(prices))
        wrong = [self.columns.wrong_signs(reduced), self.rows.wrong_signs(prices)]
        inside = self.columns.admit(point, denominator) and self.rows.admit(self.matrix.times(point), denominator)
        bound = _dot(prices, self.rows.active) + _dot(reduced, bounds)
        return Vertex(
            basis=self.basis,
            x_numerators=point,
            x_denominator=denominator,
            y_numerators=prices,
            y_denominator=scale * program.objective_denominator,
            primal_feasible=inside,
            dual_feasible=not any(np.any(signs) for signs in wrong),
            value=Fraction(_dot(program.objective, point), denominator * program.objective_denominator),
            bound=Fraction(bound, scale * program.objective_denominator),
            refinements=0,
            method=kernel.method,
        )


def _placed(rest: IntegerArray, places: NDArray[np.int64], solution: Solution) -> Solution:
    """Return a solution at its places among values that are known."""
    numerators, denominator = solution
    values = _scaled(rest, denominator).astype(object)
    values[places] = numerators
    return integers(values), denominator


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
            break
    return best


def _merit(vertex: Vertex) -> int:
    return vertex.primal_feasible + vertex.dual_feasible


def _vertex(program: Program, matrix: IntegerMatrix, basis: Basis) -> Vertex | None:
    for _ in range(2):
        corner = _Corner(program, matrix, basis)
        try:
            return corner.vertex()
        except SingularMatrixError as error:
            basis = corner.repaired(error)
    return None


def _refined(program: Program, matrix: IntegerMatrix, basis: Basis, vertex: Vertex | None, resolve: Resolve) -> Iterator[Basis]:
    """Yield the bases of programs magnified around better and better points."""
    focus = _Focus(program, matrix, vertex)
    for _ in range(_ROUNDS):
        corner = _Corner(program, matrix, basis)
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

    def magnified(self, corner: _Corner) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
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

    def _left(self, corner: _Corner) -> tuple[_Pair, _Pair, _Pair]:
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


def _violations(corner: _Corner, columns: _Pair, rows: _Pair, costs: _Pair) -> tuple[float, float]:
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
