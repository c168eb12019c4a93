"""Answers without an exact vertex: an exact point and exact prices near float ones, on each side where they are found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mechopt.exact.nearby import LEVELS, dual_program, exact_near, face_near, row_sizes
from mechopt.program.linear import Program
from mechopt.rational import RationalArray
from mechopt.solvers.backends import backend_named
from mechopt.solvers.scaling import unit_of_money
from mechopt.solvers.solution import NOTHING, Solution, auxiliary

__all__ = ["rounded"]

Floats = NDArray[np.float64]
Pair = tuple[RationalArray | None, RationalArray | None]

# Programs of more columns are not asked for a point and prices that fit each other exactly: a small gap is had in less time.
_MOST_COLUMNS = 20_000


def rounded(program: Program, solution: Solution, point: RationalArray | None, prices: RationalArray | None) -> Pair:
    """Return an exact point and exact prices of a program's integer rows near a float solution, each None where none is found.

    Parameters
    ----------
    program : Program
    solution : Solution
    point : RationalArray, length n_columns, or None
        Within all bounds, if it is known.
    prices : RationalArray, length n_rows, or None
        Of integer rows and with the right signs, if they are known.

    Returns
    -------
    (RationalArray or None, RationalArray or None)
        The point, length n_columns, and the prices, length n_rows.
    """
    both = solution.x is not None and solution.y is not None and program.n_columns <= _MOST_COLUMNS
    for digits in LEVELS if both and point is None and prices is None else ():
        found = _optimal_near(program, solution, digits)
        if found is not None:
            return found
    if point is None and solution.x is not None:
        point = _point_near(program, solution.x)
    if prices is None and solution.y is not None:
        prices = _prices_near(program, solution)
    return point, prices


def _optimal_near(program: Program, solution: Solution, digits: int) -> Pair | None:
    """Return a point and prices that prove it optimal, if the solver got so many digits right."""
    assert solution.x is not None
    point = face_near(program, solution.x, _units(program, solution.x), digits)
    prices = None if point is None else face_near(dual_program(program, point), *_of_integer_rows(program, solution), digits)
    return None if prices is None else (point, _over(prices, program))


def _point_near(program: Program, x: Floats) -> RationalArray | None:
    """Return a point within all bounds near a float one. Requirements that hardly give way are first taken not to give way at all."""
    units = _units(program, x)
    elastic = np.zeros(program.n_columns, dtype=np.bool_)
    for block in program.column_blocks:
        elastic[block.slice] |= block.name == "elastic"
    if np.any(elastic) and np.max(x[elastic]) < NOTHING:
        firm = replace(program, column_upper=np.where(elastic, 0, program.column_upper), column_has_upper=program.column_has_upper | elastic)
        found = exact_near(firm, np.where(elastic, 0.0, x), units, _optimum)
        if found is not None:
            return found
    return exact_near(program, x, units, _optimum)


def _units(program: Program, x: Floats) -> Floats:
    """Return one for probabilities, and for payments what the largest of them is."""
    units, pays = np.ones(program.n_columns), np.zeros(program.n_columns, dtype=np.bool_)
    for block in program.column_blocks:
        pays[block.slice] |= block.name in ("payments", "interim_payments")
    units[pays] = unit_of_money(float(np.max(np.abs(x[pays]), initial=0.0)))
    return units


def _prices_near(program: Program, solution: Solution) -> RationalArray | None:
    found = exact_near(dual_program(program), *_of_integer_rows(program, solution), _optimum)
    return None if found is None else _over(found, program)


def _of_integer_rows(program: Program, solution: Solution) -> tuple[Floats, Floats]:
    """Return prices of natural rows as the columns of the dual program, and the units in which they are not small.

    A unit is worth in its row what the dearest price is in its own.
    """
    assert solution.y is not None
    sizes = row_sizes(program, np.ones(program.n_columns) if solution.x is None else _units(program, solution.x))
    sizes[sizes == 0] = 1.0
    dearest = float(np.max(np.abs(solution.y) * sizes, initial=0.0)) or 1.0
    scale = program.objective_denominator / program.row_denominators.astype(np.float64)
    return solution.y * scale, scale * dearest / sizes


def _over(found: RationalArray, program: Program) -> RationalArray:
    return RationalArray(found.numerators, found.denominator * program.objective_denominator)


def _optimum(program: Program) -> Floats | None:
    solution = backend_named("highs")(program, auxiliary(program.n_columns))
    return solution.x if solution.status == "optimal" else None
