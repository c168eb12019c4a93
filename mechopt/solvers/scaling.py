"""A program in doubles as solvers like it: rows and objective scaled by powers of two, contradictions found beforehand."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mechopt.program.linear import Basis, Position, Program
from mechopt.solvers.solution import Solution, Status

__all__ = ["SMALL", "Scaled", "Scaling", "basis_near", "scaled", "scaling_of", "trivial", "unit_of_money"]

Floats = NDArray[np.float64]

# Rows are scaled to a largest coefficient near one. What is smaller than SMALL beside it is beyond any float solver: HiGHS drops it
# with a warning. Below _LIGHT, where HiGHS within SciPy drops it without one, columns are scaled too.
SMALL = 1e-12
_LIGHT = 1e-8
_PASSES = 10


@dataclass(frozen=True, eq=False)
class Scaling:
    """The matrix of a program scaled by powers of two.

    Attributes
    ----------
    matrix : csc_array, shape (n_rows, n_columns)
        Natural rows times `rows`, columns times `columns`.
    rows, columns : float arrays, length n_rows and n_columns
    n_dropped : int
        Entries below `SMALL` that were left out.
    """

    matrix: sparse.csc_array
    rows: Floats
    columns: Floats
    n_dropped: int


@dataclass(frozen=True, eq=False)
class Scaled:
    """A program in doubles: maximise objective · z subject to bounds on matrix @ z and on z, where x = z times the column scales.

    Attributes
    ----------
    scaling : Scaling
    row_lower, row_upper : float arrays, length n_rows
    column_lower, column_upper, objective : float arrays, length n_columns
    objective_scale : float
        Power of two: the objective is so many times the program's.
    """

    scaling: Scaling
    row_lower: Floats
    row_upper: Floats
    column_lower: Floats
    column_upper: Floats
    objective: Floats
    objective_scale: float

    @property
    def matrix(self) -> sparse.csc_array:
        """The scaled matrix."""
        return self.scaling.matrix

    def believed(self, status: Status) -> Status:
        """Return a solver's status, which says nothing where entries were left out: what is missing may be what bounds, or what saves."""
        return "failed" if self.scaling.n_dropped and status not in ("optimal", "time-limit") else status

    def natural_point(self, z: Floats) -> Floats:
        """Return a point of the scaled program as one of the program."""
        return z * self.scaling.columns

    def natural_duals(self, duals: Floats) -> Floats:
        """Return dual values of the scaled program as those of the natural rows and the program's objective."""
        return duals * self.scaling.rows / self.objective_scale


def scaled(program: Program) -> Scaled:
    """Return a program in doubles.

    Without a scaled objective, probabilities of 1/8000 vanish in a solver's tolerance and the dual simplex takes several times as long.
    """
    scaling = scaling_of(program)
    lower, upper = program.float_rows()
    column_lower, column_upper = program.float_columns()
    objective = program.float_objective() * scaling.columns
    scale = float(_power_of_two(np.max(np.abs(objective), initial=0.0)))
    return Scaled(
        scaling,
        lower * scaling.rows,
        upper * scaling.rows,
        column_lower / scaling.columns,
        column_upper / scaling.columns,
        objective * scale,
        scale,
    )


def scaling_of(program: Program) -> Scaling:
    """Return the matrix with every row's largest coefficient near one; columns are scaled only where entries would vanish beside it."""
    shape = (program.n_rows, program.n_columns)
    natural = sparse.csc_array((program.float_entries(), (program.entry_rows, program.entry_columns)), shape=shape)
    natural.sum_duplicates()
    natural.eliminate_zeros()
    plain = _scaling(natural, np.ones(program.n_columns))
    if plain.n_dropped == 0 and np.min(np.abs(plain.matrix.data), initial=1.0) >= _LIGHT:
        return plain
    # The objective is a row like others: a column must not be scaled until its cost vanishes.
    with_costs = sparse.csc_array(sparse.vstack([natural, sparse.csr_array(program.float_objective().reshape(1, -1))]))
    better = _scaling(natural, _balanced_columns(with_costs, program.integer_columns))
    return better if better.n_dropped <= plain.n_dropped else plain


def _scaling(natural: sparse.csc_array, columns: Floats) -> Scaling:
    """Scale given columns and then the rows, and leave out what vanishes."""
    values = natural.data * np.repeat(columns, np.diff(natural.indptr))
    largest = np.zeros(natural.shape[0])
    np.maximum.at(largest, natural.indices, np.abs(values))
    rows = _power_of_two(largest)
    matrix = sparse.csc_array((values * rows[natural.indices], natural.indices.copy(), natural.indptr.copy()), shape=natural.shape)
    small = np.abs(matrix.data) <= SMALL
    matrix.data[small] = 0.0
    matrix.eliminate_zeros()
    return Scaling(matrix, rows, columns, int(np.count_nonzero(small)))


def _balanced_columns(natural: sparse.csc_array, fixed: NDArray[np.bool_]) -> Floats:
    """Return column scales of a geometric equilibration; one where columns are integers."""
    row = np.asarray(natural.indices, dtype=np.int64)
    column = np.repeat(np.arange(natural.shape[1], dtype=np.int64), np.diff(natural.indptr))
    size = np.log2(np.abs(natural.data))
    scales = [np.zeros(length) for length in natural.shape]
    for _ in range(_PASSES):
        for axis, places in zip((0, 1), (row, column), strict=True):
            count = np.bincount(places, minlength=natural.shape[axis])
            total = np.bincount(places, size + scales[0][row] + scales[1][column], minlength=natural.shape[axis])
            scales[axis] -= np.where(count > 0, total / np.maximum(count, 1), 0.0)
            scales[1][fixed] = 0.0
    return np.exp2(np.round(scales[1]))


def _power_of_two(largest: Floats) -> Floats:
    """Return the powers of two that bring magnitudes near one; one for zero."""
    return np.exp2(-np.round(np.log2(np.where(largest == 0, 1.0, largest))))


def unit_of_money(largest: float) -> float:
    """Return the power of two in which amounts up to `largest` are of size one; one where there are none."""
    return float(2.0 ** math.ceil(math.log2(largest))) if largest > 0 else 1.0


def trivial(program: Program) -> Solution | None:
    """Return the answer to a program that solvers refuse: bounds that contradict each other, or no columns at all."""
    sides = (
        (program.row_lower, program.row_upper, program.row_has_lower & program.row_has_upper),
        (program.column_lower, program.column_upper, program.column_has_lower & program.column_has_upper),
    )
    contradiction = any(np.any((lower > upper) & both) for lower, upper, both in sides)
    if program.n_columns == 0:
        contradiction |= bool(np.any((program.row_lower > 0) & program.row_has_lower))
        contradiction |= bool(np.any((program.row_upper < 0) & program.row_has_upper))
    if contradiction:
        return Solution("infeasible", statistics={"solver": "none", "method": "bounds contradict each other"})
    if program.n_columns > 0:
        return None
    basis = Basis(np.zeros(0, dtype=np.int8), np.full(program.n_rows, Position.BASIC, dtype=np.int8))
    statistics = {"solver": "none", "method": "no columns"}
    return Solution("optimal", np.zeros(0), np.zeros(program.n_rows), basis, float(program.constant), statistics)


def basis_near(data: Scaled, z: Floats, y: Floats) -> Basis:
    """Return a basis guessed from a point and prices, for solvers that have none.

    What is farther from its bounds than its price is from zero is basic. The guess may be singular; it is a start for refinement.

    Parameters
    ----------
    data : Scaled
    z : float array, length n_columns
    y : float array, length n_rows
        Point and dual values of the scaled program.
    """
    prices = data.objective - data.matrix.T @ y
    columns = _positions(z, data.column_lower, data.column_upper, prices)
    return Basis(columns, _positions(data.matrix @ z, data.row_lower, data.row_upper, y))


def _positions(values: Floats, lower: Floats, upper: Floats, prices: Floats) -> NDArray[np.int8]:
    below, above = values - lower, upper - values
    bounded = np.where(below <= above, Position.LOWER, Position.UPPER)
    nonbasic = np.where(np.isinf(lower) & np.isinf(upper), Position.FREE, bounded)
    return np.where((np.minimum(below, above) > np.abs(prices)) & (lower < upper), Position.BASIC, nonbasic).astype(np.int8)
