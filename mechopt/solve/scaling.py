"""A program in doubles as solvers like it: rows and objective scaled by powers of two, contradictions found beforehand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mechopt.program.linear import Basis, Position, Program
from mechopt.solve.solution import Solution

__all__ = ["SMALL", "Scaled", "scaled", "scaled_rows", "trivial"]

Floats = NDArray[np.float64]

# Rows are scaled to a largest coefficient near one; what is smaller than this beside it is beyond any float solver, and HiGHS
# drops it with a warning.
SMALL = 1e-12


@dataclass(frozen=True, eq=False)
class Scaled:
    """A program in doubles: maximise objective · x subject to bounds on matrix @ x and on x.

    Attributes
    ----------
    matrix : csc_array, shape (n_rows, n_columns)
        Natural rows times `row_scale`.
    row_lower, row_upper : float arrays, length n_rows
        In the units of the matrix.
    column_lower, column_upper, objective : float arrays, length n_columns
    row_scale : float array, length n_rows
        Powers of two.
    objective_scale : float
        Power of two: `objective` is so many times the program's.
    n_dropped : int
        Entries below `SMALL` that were left out.
    """

    matrix: sparse.csc_array
    row_lower: Floats
    row_upper: Floats
    column_lower: Floats
    column_upper: Floats
    objective: Floats
    row_scale: Floats
    objective_scale: float
    n_dropped: int

    def natural_duals(self, duals: Floats) -> Floats:
        """Return dual values of the scaled program as those of the natural rows and the program's objective."""
        return duals * self.row_scale / self.objective_scale


def scaled(program: Program) -> Scaled:
    """Return a program in doubles.

    Without a scaled objective, probabilities of 1/8000 vanish in a solver's tolerance and the dual simplex takes three times as long.
    """
    matrix, row_scale, n_dropped = scaled_rows(program)
    lower, upper = program.float_rows()
    column_lower, column_upper = program.float_columns()
    objective = program.float_objective()
    scale = float(_power_of_two(np.max(np.abs(objective), initial=0.0)))
    return Scaled(matrix, lower * row_scale, upper * row_scale, column_lower, column_upper, objective * scale, row_scale, scale, n_dropped)


def scaled_rows(program: Program) -> tuple[sparse.csc_array, Floats, int]:
    """Return the matrix with every row scaled to a largest coefficient near one, the scales, and how many entries are left out."""
    shape = (program.n_rows, program.n_columns)
    natural = sparse.csc_array((program.float_entries(), (program.entry_rows, program.entry_columns)), shape=shape)
    natural.sum_duplicates()
    largest = np.zeros(program.n_rows)
    np.maximum.at(largest, natural.indices, np.abs(natural.data))
    scale = _power_of_two(largest)
    matrix = sparse.csc_array((natural.data * scale[natural.indices], natural.indices, natural.indptr), shape=shape)
    small = np.abs(matrix.data) <= SMALL
    n_dropped = int(np.count_nonzero(small & (natural.data != 0)))
    matrix.data[small] = 0.0
    matrix.eliminate_zeros()
    return matrix, scale, n_dropped


def _power_of_two(largest: Floats) -> Floats:
    """Return the powers of two that bring magnitudes near one; one for zero."""
    return np.exp2(-np.round(np.log2(np.where(largest == 0, 1.0, largest))))


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
