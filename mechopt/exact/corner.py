"""A basis of a program in integers: its exact point and prices, and what is true of them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mechopt.exact.linear import Kernel
from mechopt.exact.matrix import IntegerMatrix, SingularMatrixError, Solution, magnitude
from mechopt.program.linear import Basis, Position, Program, quotient
from mechopt.rational import IntegerArray, integers

__all__ = ["Corner", "Side", "Vertex"]

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Status = NDArray[np.int8]


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
    pivots : int
        Exact pivots behind the basis.
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
    pivots: int = 0

    @property
    def optimal(self) -> bool:
        """Whether the point is proved optimal."""
        return self.primal_feasible and self.dual_feasible and self.value == self.bound


@dataclass(frozen=True, eq=False)
class Side:
    """The rows or the columns of a program: bounds and positions."""

    status: Status
    lower: IntegerArray
    upper: IntegerArray
    has_lower: Flags
    has_upper: Flags

    @classmethod
    def of(cls, status: Status, lower: IntegerArray, upper: IntegerArray, has_lower: Flags, has_upper: Flags) -> Side:
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


class Corner:
    """A program together with a basis."""

    def __init__(self, program: Program, matrix: IntegerMatrix, basis: Basis) -> None:
        row_bounds = program.row_lower, program.row_upper, program.row_has_lower, program.row_has_upper
        column_bounds = program.column_lower, program.column_upper, program.column_has_lower, program.column_has_upper
        self.program, self.matrix = program, matrix
        self.rows, self.columns = Side.of(basis.row_status, *row_bounds), Side.of(basis.column_status, *column_bounds)
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
